"""SQL that turns a column of text into its type: strictly, so that nothing is rounded, shortened or reinterpreted on the way.

(DuckDB's own casts read '1.5' as the integer 2, '007' as 7, '1_000' as 1000, and drop the offset of a moment.)
"""

from __future__ import annotations

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


def text(value: str) -> str:
    """As a literal."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """As an identifier."""
    return '"' + value.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Cast:
    """*cell* is the column's reference in the table of text. *words* mean "no value", *chosen* ones in columns of text too."""

    cell: str
    type: ColumnType
    words: Sequence[str] = ()
    chosen: Sequence[str] = ()

    @property
    def at_once(self) -> str:
        """The typed value; an error when one does not fit. Knows the words seen in the sample only: each costs time in each row."""
        words = self.type.words if self.type.kind != "text" else self.chosen
        cell = self.cell
        for word in dict.fromkeys((*words, *self.chosen)):
            cell = f"nullif({cell}, {text(word)})"
        if self.type.kind == "text":
            return cell
        if self.type.kind == "integer" and self.type.decimal == ".":
            value = f"CAST({cell} AS BIGINT)"
            return f"CASE WHEN CAST({value} AS VARCHAR) IS DISTINCT FROM {cell} THEN error({text(MISFIT)}) ELSE {value} END"
        if self.type.kind == "decimal" and self.type.decimal == ".":
            value = f"CAST({cell} AS DOUBLE)"
            return f"CASE WHEN {_odd_number(cell)} OR NOT isfinite({value}) THEN error({text(MISFIT)}) ELSE {value} END"
        return f"CASE WHEN {cell} IS NOT NULL THEN coalesce({_value(cell, self.type)}, error({text(MISFIT)})) END"

    @property
    def known(self) -> str:
        """The text, NULL where it means "no value"."""
        if self.type.kind == "text":
            return self._without(self.cell, self.chosen)
        return self._without(f"nullif(trim({self.cell}), '')", self.words)

    def value(self, known: str, type: ColumnType | None = None) -> str:
        """The typed value of what `known` gave, NULL where it does not fit."""
        return _value(known, type or self.type)

    @staticmethod
    def _without(cell: str, words: Sequence[str]) -> str:
        return f"CASE WHEN {cell} IN ({', '.join(map(text, words))}) THEN NULL ELSE {cell} END" if words else cell


def has_leading_zero(known: str) -> str:
    return f"({known} >= '00' AND {known} < '0:' OR {known} >= '-00' AND {known} < '-0:')"


def _odd_number(cell: str) -> str:
    """What the cast to DOUBLE takes and a number in a table should not be."""
    return f"({has_leading_zero(cell)} OR contains({cell}, '_'))"


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
    return _moment(x, type) if type.formats else x


def _where(x: str, pattern: str, value: str, *, zero: bool = False) -> str:
    also = f" AND NOT regexp_full_match({x}, {text(_ZERO)})" if zero else ""
    return f"CASE WHEN regexp_full_match({x}, {text(pattern)}){also} THEN {value} END"


def _moment(x: str, type: ColumnType) -> str:
    # %Y would read a year of two digits as one of the first century, so those formats come first, and no such year is believed.
    formats = sorted(type.formats, key=lambda form: "%y" not in form)
    moment = f"try_strptime({x}, [{', '.join(map(text, formats))}])"
    if type.zoned:
        moment = f"({moment} AT TIME ZONE 'UTC')"
    return f"CASE WHEN year({moment}) > 99 THEN CAST({moment} AS {type.sql}) END"
