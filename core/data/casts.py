"""SQL that turns a column of text into its type: strictly, so that nothing is rounded, shortened or reinterpreted on the way.

(DuckDB's own casts read '1.5' as the integer 2, '007' as 7, '1_000' as 1000, and drop the offset of a moment.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.data.column_types import ColumnType

MISFIT = "a value does not fit its column"
"""The message of the error that `at_once` raises."""

_ZERO = "[+-]?0[0-9].*"
_INTEGER = "[+-]?(0|[1-9][0-9]*)"
_COMMA_INTEGER = r"[+-]?([0-9]+|[1-9][0-9]{0,2}(\.[0-9]{3})+)"
_POINT = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_COMMA = r"[+-]?([0-9]+|[1-9][0-9]{0,2}(\.[0-9]{3})+)(,[0-9]+)?"
_TIME = r"([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
_ANTIQUITY = 99  # years up to it are ones of two digits, misread
_UTC = " AT TIME ZONE 'UTC'"


def text(value: str) -> str:
    """As a literal."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """As an identifier."""
    return '"' + value.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Cast:
    """The column *cell* of a table of text. *words* mean "no value", *chosen* ones in columns of text too.

    Each expression refers to the ones before it by the names given here, in nested selects: what all rows need is
    computed once, and what few rows need, for those alone.
    """

    cell: str
    type: ColumnType
    words: Sequence[str] = ()
    chosen: Sequence[str] = ()

    @property
    def bare(self) -> str:
        """The text without the words seen in the sample (each costs time in each row)."""
        bare = self.cell
        for word in dict.fromkeys((*(self.type.words if self.type.kind != "text" else ()), *self.chosen)):
            bare = f"nullif({bare}, {text(word)})"
        return bare

    def quick(self, bare: str) -> str:
        """A reading that takes no time, and may be wrong."""
        if self._plain:
            return f"TRY_CAST({bare} AS {self.type.sql})"
        return _moment(bare, self.type) if self.type.formats else _value(bare, self.type)

    def strict(self, bare: str, quick: str) -> str:
        """The typed value of *bare*; an error when it does not fit."""
        if self.type.kind == "text":
            return bare
        return f"CASE WHEN {self._is_right(bare, quick)} THEN {quick} WHEN {bare} IS NOT NULL THEN error({text(MISFIT)}) END"

    def value(self, quick: str) -> str:
        """The typed value, NULL where there is none or it does not fit."""
        if self.type.kind == "text":
            return self.known
        careful = f"CASE WHEN {self.cell} IS NOT NULL THEN {_value(self.known, self.type)} END"
        return f"CASE WHEN {self._is_right(self.cell, quick)} THEN {quick} ELSE {careful} END"

    def misfits(self, value: str) -> str:
        """Whether there is a text that gave no *value*."""
        return f"CASE WHEN {self.cell} IS NULL OR {value} IS NOT NULL THEN false ELSE {self.known} IS NOT NULL END"

    def misfits_as(self, type: ColumnType) -> str:
        return f"{_value(self.known, type)} IS NULL"

    @property
    def known(self) -> str:
        """The text, NULL where it means "no value"."""
        if self.type.kind == "text":
            return _without(self.cell, self.chosen)
        return _without(f"nullif(trim({self.cell}), '')", self.words)

    @property
    def has_leading_zero(self) -> str:
        return _leading_zero(self.known)

    @property
    def _plain(self) -> bool:
        return self.type.kind in ("integer", "decimal") and self.type.decimal == "."

    def _is_right(self, bare: str, quick: str) -> str:
        if self._plain and self.type.kind == "integer":
            return f"CAST({quick} AS VARCHAR) = {bare}"
        if self._plain:
            return f"isfinite({quick}) AND NOT {_leading_zero(bare)} AND NOT contains({bare}, '_')"
        return f"year({quick}) > {_ANTIQUITY}" if self.type.formats else f"{quick} IS NOT NULL"


def _without(cell: str, words: Sequence[str]) -> str:
    # A pattern, because IN with more than a few words becomes a join, which no CASE can keep from running over all rows.
    pattern = text("|".join(map(re.escape, words)))
    return f"CASE WHEN regexp_full_match({cell}, {pattern}) THEN NULL ELSE {cell} END" if words else cell


def _leading_zero(cell: str) -> str:
    return f"({cell} >= '00' AND {cell} < '0:' OR {cell} >= '-00' AND {cell} < '-0:')"


def _value(x: str, type: ColumnType) -> str:
    comma = type.decimal == ","
    if type.kind in ("integer", "big"):
        digits = f"replace({x}, '.', '')" if comma else x
        return _where(x, _COMMA_INTEGER if comma else _INTEGER, f"TRY_CAST({digits} AS {type.sql})", zero=comma)
    if type.kind == "decimal":
        digits = f"replace(replace({x}, '.', ''), ',', '.')" if comma else x
        number = f"TRY_CAST({digits} AS DOUBLE)"
        return _where(x, _COMMA if comma else _POINT, f"CASE WHEN isfinite({number}) THEN {number} END", zero=True)
    if type.kind == "time":
        return _where(x, _TIME, f"TRY_CAST({x} AS TIME)")
    if type.kind == "boolean":
        yes, no = map(text, type.truths)
        return f"CASE lower({x}) WHEN {yes} THEN true WHEN {no} THEN false END"
    if not type.formats:
        return x
    moment = _moment(x, type)
    return f"CASE WHEN year({moment}) > {_ANTIQUITY} THEN {moment} END"


def _where(x: str, pattern: str, value: str, *, zero: bool = False) -> str:
    also = f" AND NOT regexp_full_match({x}, {text(_ZERO)})" if zero else ""
    return f"CASE WHEN regexp_full_match({x}, {text(pattern)}){also} THEN {value} END"


def _moment(x: str, type: ColumnType) -> str:
    # %Y reads a year of two digits as one of the first century, so formats with %y come first.
    formats = sorted(type.formats, key=lambda form: "%y" not in form)
    moment = f"try_strptime({x}, [{', '.join(map(text, formats))}])"
    return f"CAST({moment}{_UTC if type.zoned else ''} AS {type.sql})"
