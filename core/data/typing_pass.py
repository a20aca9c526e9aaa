"""The statements that give a table of text (columns c0, c1, ...) its types, and what is learnt about the types from all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.data.casts import Cast, has_leading_zero, name, text
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
        values = ", ".join(f"{cast.at_once} AS {name}" for cast, name in zip(self._casts, self._names, strict=True))
        return f"SELECT {values} FROM {self._source} WHERE {self._not_blank()}"  # noqa: S608 - see the class

    def good(self) -> str:
        """The rows whose values all fit."""
        values = ", ".join(f"v{i} AS {name}" for i, name in enumerate(self._names))
        fits = [f"(k{i} IS NULL OR v{i} IS NOT NULL)" for i in self._typed()]
        return f"SELECT {values} FROM ({self._values()}) WHERE {' AND '.join([self._not_blank(), *fits])}"  # noqa: S608 - see the class

    def misfits(self) -> str:
        """Line and reason of the other rows."""
        reasons = ", ".join(
            f"CASE WHEN k{i} IS NOT NULL AND v{i} IS NULL THEN {text(column.name + ': “')} || left(k{i}, 80) "
            f"|| {text('” is not ' + LABELS[column.type.kind])} END"
            for i, column in enumerate(self._shape.columns)
            if i in self._typed()
        )
        misses = " OR ".join(f"(k{i} IS NOT NULL AND v{i} IS NULL)" for i in self._typed())
        return f"SELECT line, concat_ws('; ', {reasons}) FROM ({self._values()}) WHERE {misses}"  # noqa: S608 - see the class

    def _values(self) -> str:
        known = ", ".join(f"{cast.known} AS k{i}" for i, cast in enumerate(self._casts))
        values = ", ".join(f"{cast.value(f'k{i}')} AS v{i}" for i, cast in enumerate(self._casts))
        return f"SELECT *, {values} FROM (SELECT *, {known} FROM {self._source})"  # noqa: S608 - see the class

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
    typed = [(i, column) for i, column in enumerate(shape.columns) if column.type.kind != "text"]
    if not typed:
        return Widened(shape)
    casts = [Cast(f"c{i}", column.type, shape.null_words, shape.nulls or ()) for i, column in typed]
    known = ", ".join(f"{cast.known} AS k{n}" for n, cast in enumerate(casts))
    counts = [_counts(f"k{n}", cast, column) for n, (cast, (_, column)) in enumerate(zip(casts, typed, strict=True))]
    survey = ", ".join(sql for each in counts for sql in each)
    flat = iter(reader.rows(f"SELECT {survey} FROM (SELECT {known} FROM {source})")[0])  # noqa: S608 - see TypingPass
    columns, misfits, warnings = list(shape.columns), 0, []
    for (i, column), each in zip(typed, counts, strict=True):
        values, zeros, *missing = (next(flat) for _ in each)
        chosen, left = _choice(column, values, zeros, missing)
        misfits += left
        columns[i] = replace(column, type=chosen)
        if chosen.kind != column.type.kind:
            warnings.append(f"{column.name}: not all values are {LABELS[column.type.kind]}, so it is read as {LABELS[chosen.kind]}.")
    return Widened(replace(shape, columns=tuple(columns)), misfits, tuple(warnings))


def _counts(known: str, cast: Cast, column: FoundColumn) -> list[str]:
    """How many values there are, how many begin with a zero, and how many do not fit each of the types in question."""
    misses = [f"count({known}) - count({cast.value(known, candidate)})" for candidate in _ladder(column)]
    return [f"count({known})", f"count_if({has_leading_zero(known)})", *misses]


def _ladder(column: FoundColumn) -> list[ColumnType]:
    """The type found, then wider ones short of text."""
    found = column.type
    if not column.pinned and found.kind == "integer":
        return [found, replace(found, kind="big"), replace(found, kind="decimal")]
    if not column.pinned and found.kind == "date":
        return [found, replace(found, kind="timestamp", formats=(*found.formats, *(f + clock for f in found.formats for clock in _CLOCKS)))]
    return [found]


def _choice(column: FoundColumn, values: int, zeros: int, missing: Sequence[int]) -> tuple[ColumnType, int]:
    if column.pinned or not missing[0]:
        return column.type, missing[0]
    if zeros and column.type.kind in ("integer", "big", "decimal"):
        return TEXT, 0
    for candidate, left in zip(_ladder(column), missing, strict=True):
        if not left:
            return candidate, 0
    return (TEXT, 0) if missing[0] > _MOST_MISFITS * values else (column.type, missing[0])
