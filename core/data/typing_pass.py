"""The statements that give a table of text (columns c0, c1, ...) its types, and what is learnt about the types from all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from core.data.casts import Cast, name, text
from core.data.column_types import LABELS, TEXT, ColumnType
from core.data.csv_front import FoundColumn, Shape
from core.data.reader import Reader

_MOST_MISFITS = 0.05  # above this share of its values a column is text after all
_CLOCKS = (" %H:%M:%S", "T%H:%M:%S", " %H:%M", "T%H:%M:%SZ", " %H:%M:%S.%f")


class TypingPass:
    """Names come in as quoted identifiers and words as literals (core/data/casts.py), so the statements hold no foreign SQL.

    *source* is a table function; with a column `line` unless it is read strictly.
    """

    def __init__(self, shape: Shape, source: str) -> None:
        self._shape = shape
        self._source = source
        self._casts = [Cast(f"c{i}", column.type, shape.null_words, shape.nulls or ()) for i, column in enumerate(shape.columns)]
        self._names = [name(column.name) for column in shape.columns]

    def strict(self) -> str:
        """All rows; an error at the first value that does not fit."""
        bare = ", ".join(f"{cast.bare} AS x{i}" for i, cast in enumerate(self._casts))
        quick = ", ".join(f"{cast.quick(f'x{i}')} AS q{i}" for i, cast in enumerate(self._casts))
        values = ", ".join(
            f"{cast.strict(f'x{i}', f'q{i}')} AS {name}" for i, (cast, name) in enumerate(zip(self._casts, self._names, strict=True))
        )
        cells = f"SELECT {bare} FROM {self._source} WHERE {self._not_blank()}"  # noqa: S608 - see the class
        return f"SELECT {values} FROM (SELECT *, {quick} FROM ({cells}))"  # noqa: S608 - see the class

    def good(self) -> str:
        """The rows whose values all fit."""
        values = ", ".join(f"v{i} AS {name}" for i, name in enumerate(self._names))
        fit = " AND ".join([self._not_blank(), *(f"NOT b{i}" for i in self._typed())])
        return f"SELECT {values} FROM ({self._values()}) WHERE {fit}"  # noqa: S608 - see the class

    def misfits(self) -> str:
        """Line and reason of the other rows."""
        reasons = ", ".join(
            f"CASE WHEN b{i} THEN {text(self._shape.columns[i].name + ': “')} || left(trim(c{i}), 80) "
            f"|| {text('” is not ' + LABELS[self._shape.columns[i].type.kind])} END"
            for i in self._typed()
        )
        misses = " OR ".join(f"b{i}" for i in self._typed())
        return f"SELECT line, concat_ws('; ', {reasons}) FROM ({self._values()}) WHERE {misses}"  # noqa: S608 - see the class

    def survey(self, ladders: Mapping[int, Sequence[ColumnType]]) -> str:
        """For each typed column: how many values fit, how many do not, how many of those begin with a zero, and how many
        do not fit each wider type of its ladder either."""
        counts = []
        for i, ladder in ladders.items():
            cast = self._casts[i]
            tests = [cast.has_leading_zero, *(cast.misfits_as(candidate) for candidate in ladder)]
            counts += [f"count(v{i})", f"count_if(b{i})", *(f"count_if(CASE WHEN b{i} THEN {test} ELSE false END)" for test in tests)]
        return f"SELECT {', '.join(counts)} FROM ({self._values()})"  # noqa: S608 - see the class

    def _values(self) -> str:
        """Columns v0, v1, ... with the values and b0, b1, ... that say where one is missing because it does not fit."""
        quick = ", ".join(f"{cast.quick(cast.cell)} AS q{i}" for i, cast in enumerate(self._casts))
        values = ", ".join(f"{cast.value(f'q{i}')} AS v{i}" for i, cast in enumerate(self._casts))
        misfits = ", ".join(f"{self._casts[i].misfits(f'v{i}')} AS b{i}" for i in self._typed())
        typed = f"SELECT *, {values} FROM (SELECT *, {quick} FROM {self._source})"  # noqa: S608 - see the class
        return f"SELECT *, {misfits} FROM ({typed})" if misfits else typed  # noqa: S608 - see the class

    def _typed(self) -> Sequence[int]:
        return [i for i, column in enumerate(self._shape.columns) if column.type.kind != "text"]

    def _not_blank(self) -> str:
        cells = ", ".join(f"c{i}" for i in range(self._shape.width))
        return "true" if self._shape.sparse else f"coalesce({cells}) IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Widened:
    """*shape* with types that fit all rows but *misfits* values."""

    shape: Shape
    misfits: int = 0
    warnings: tuple[str, ...] = ()


def widened(shape: Shape, source: str, reader: Reader) -> Widened:
    """Looks at every value once: a type that the sample suggested gives way to a wider one that loses nothing."""
    ladders = {i: _wider(column) for i, column in enumerate(shape.columns) if column.type.kind != "text"}
    if not ladders:
        return Widened(shape)
    counts = iter(reader.rows(TypingPass(shape, source).survey(ladders))[0])
    columns, misfits, warnings = list(shape.columns), 0, []
    for i, ladder in ladders.items():
        column, (fitting, missing, zeros) = columns[i], islice(counts, 3)
        chosen = _choice(column, missing / max(1, fitting + missing), zeros, dict(zip(ladder, counts, strict=False)))
        misfits += missing if chosen == column.type else 0
        columns[i] = replace(column, type=chosen)
        if chosen.kind != column.type.kind:
            warnings.append(f"{column.name}: not all values are {LABELS[column.type.kind]}, so it is read as {LABELS[chosen.kind]}.")
    return Widened(replace(shape, columns=tuple(columns)), misfits, tuple(warnings))


def _wider(column: FoundColumn) -> list[ColumnType]:
    """Wider types short of text."""
    found = column.type
    if not column.pinned and found.kind == "integer":
        return [replace(found, kind="big"), replace(found, kind="decimal")]
    if not column.pinned and found.kind == "date":
        return [replace(found, kind="timestamp", formats=(*found.formats, *(form + clock for form in found.formats for clock in _CLOCKS)))]
    return []


def _choice(column: FoundColumn, missing: float, zeros: int, wider: Mapping[ColumnType, int]) -> ColumnType:
    """*missing* is the share of values that do not fit the type found; *wider* says how many do not fit each wider one."""
    if column.pinned or not missing:
        return column.type
    if zeros and column.type.kind in ("integer", "big", "decimal"):
        return TEXT
    return next((candidate for candidate, left in wider.items() if not left), TEXT if missing > _MOST_MISFITS else column.type)
