"""The type of a column of text, found from a sample of its values.

Nothing is guessed that would lose something: a leading zero keeps a column text, `no` is a truth value only where `yes`
stands beside it, 3/4/2021 is a date only when another value of the column tells the day from the month.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.data.moments import DEFAULTS, Moments, are_ambiguous, find_moments

NULL_WORDS = ("NA", "N/A", "n/a", "#N/A", "NULL", "Null", "null", "None", "none", "NaN", "nan", "-", "--", "?", ".", "\\N")
"""Mean "no value" in a column of numbers, dates or truth values; in a column of text they are text."""

CHOICES = ("text", "integer", "decimal", "boolean", "date", "date_dmy", "date_mdy", "timestamp", "timestamp_dmy", "timestamp_mdy", "time")
"""What a person may ask for; `_dmy` is day first, `_mdy` month first."""

SQL_TYPES = {
    "integer": "BIGINT", "big": "DECIMAL(38,0)", "decimal": "DOUBLE", "boolean": "BOOLEAN",
    "date": "DATE", "timestamp": "TIMESTAMP", "time": "TIME", "text": "VARCHAR",
}  # fmt: skip
LABELS = {
    "integer": "a whole number", "big": "a whole number of at most 38 digits", "decimal": "a number", "boolean": "a truth value",
    "date": "a date", "timestamp": "a date and time", "time": "a time of day", "text": "text",
}  # fmt: skip
TRUTHS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"))

_FEW = 20  # values; among fewer one that does not fit is no exception
_TOLERATED = 0.05  # of the values may not fit; their rows are kept apart
_INTEGER = re.compile(r"[+-]?(0|[1-9]\d*)")
_POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(\d+|[1-9]\d{0,2}(\.\d{3})+)(,\d+)?")
_ZERO = re.compile(r"[+-]?0\d[\d.,]*")
_TIME = re.compile(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?")


@dataclass(frozen=True, slots=True)
class ColumnType:
    """*kind* is a key of `SQL_TYPES`. *formats* are strptime's, in the *order* ymd, dmy or mdy; *words* the null words seen;
    *decimal* the mark of a number; *truths* the words of a truth value."""

    kind: str
    formats: tuple[str, ...] = ()
    order: str = "ymd"
    words: tuple[str, ...] = ()
    decimal: str = "."
    truths: tuple[str, str] = TRUTHS[0]

    @property
    def sql(self) -> str:
        return SQL_TYPES[self.kind]

    @property
    def zoned(self) -> bool:
        return any("%z" in form for form in self.formats)

    @property
    def choice(self) -> str:
        """The one of `CHOICES` that asks for this type."""
        if self.kind == "big":
            return "integer"
        return self.kind if self.order == "ymd" else f"{self.kind}_{self.order}"


TEXT = ColumnType("text")


@dataclass(frozen=True, slots=True)
class Finding:
    """*note* is what a person should know about the column's values, or nothing."""

    type: ColumnType
    note: str = ""


def find_type(name: str, values: Iterable[str], *, nulls: Sequence[str] = NULL_WORDS, decimal: str = ".") -> Finding:
    counts, words = _counted(values, nulls)
    moments = find_moments(name, counts)
    dated = moments[0].fitting if moments else frozenset()
    if not counts or any(_ZERO.fullmatch(value) and value not in dated for value in counts):
        return Finding(TEXT)
    if moments and are_ambiguous(moments) and len(moments[0].fitting) == len(counts):
        return Finding(TEXT, "may be dates with the day first or the month first: choose one, or it stays text.")
    best, missing = TEXT, dict(counts)
    for candidate in _candidates(counts, moments, decimal):
        left = {value: count for value, count in counts.items() if not _fits(candidate, value, moments)}
        if sum(left.values()) < sum(missing.values()):
            best, missing = candidate, left
    if best is TEXT or (missing and not _are_exceptions(missing, counts)):
        return Finding(TEXT, _nearly(best, missing, counts))
    note = f"holds “{next(iter(missing))}”, which is not {LABELS[best.kind]}: such rows are set aside." if missing else ""
    return Finding(replace(best, words=words), note)


def pinned_type(choice: str, name: str, values: Iterable[str], *, nulls: Sequence[str] = NULL_WORDS, decimal: str = ".") -> ColumnType:
    """The type of a column that a person calls a *choice*; the sample only tells the formats."""
    counts, words = _counted(values, nulls)
    kind, _, order = choice.partition("_")
    if kind in ("date", "timestamp"):
        moments = [each for each in find_moments(f"{name} date", counts) if not order or each.order == order]
        order = moments[0].order if moments else order or "ymd"
        return ColumnType(kind, moments[0].formats if moments else DEFAULTS[order], order, words)
    if kind == "boolean":
        seen = {value.lower() for value in counts}
        return ColumnType(kind, words=words, truths=next((pair for pair in TRUTHS if seen & set(pair)), TRUTHS[0]))
    return ColumnType(kind, words=words if kind != "text" else (), decimal=decimal)


def find_decimal(columns: Iterable[Iterable[str]]) -> str:
    """A comma when some column can be read only so (1,7 or 1.234,5) and none only with a point."""
    comma = point = False
    for values in columns:
        counts, _ = _counted(values, NULL_WORDS)
        if not counts or not all(_COMMA.fullmatch(value) or _POINT.fullmatch(value) for value in counts):
            continue
        comma = comma or (any("," in value for value in counts) and not any(_may_be_thousands(value) for value in counts if "," in value))
        point = point or any("." in value and not _COMMA.fullmatch(value) for value in counts)
    return "," if comma and not point else "."


def _may_be_thousands(value: str) -> bool:
    return re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+", value) is not None


def _counted(values: Iterable[str], nulls: Sequence[str]) -> tuple[Counter[str], tuple[str, ...]]:
    counts = Counter(map(str.strip, values))
    counts.pop("", None)
    words = tuple(word for word in nulls if word in counts)
    if len(words) < len(counts):
        for word in words:
            del counts[word]
        return counts, words
    return Counter(), ()


def _candidates(counts: Mapping[str, int], moments: Sequence[Moments], decimal: str) -> Iterator[ColumnType]:
    """The first of two that fit equally well is taken."""
    for each in moments:
        yield ColumnType("timestamp" if each.timed else "date", each.formats, each.order)
    longest = max((len(value.lstrip("+-")) for value in counts if _INTEGER.fullmatch(value)), default=0)
    if longest <= 38:
        yield ColumnType("integer" if longest <= 18 else "big", decimal=decimal)
    if longest <= 18:
        yield ColumnType("decimal", decimal=decimal)
    lower = {value.lower() for value in counts}
    for pair in TRUTHS:
        if lower == set(pair) or (pair == TRUTHS[0] and lower <= set(pair)):
            yield ColumnType("boolean", truths=pair)
    yield ColumnType("time")


def _fits(type: ColumnType, value: str, moments: Sequence[Moments]) -> bool:
    if type.formats:
        return any(value in each.fitting for each in moments if each.formats == type.formats)
    if type.kind in ("integer", "big", "decimal"):
        return _is_number(value, whole=type.kind != "decimal", decimal=type.decimal)
    return value.lower() in type.truths if type.kind == "boolean" else _TIME.fullmatch(value) is not None


def _is_number(value: str, *, whole: bool, decimal: str) -> bool:
    if _ZERO.fullmatch(value):
        return False
    if decimal == ",":
        return _COMMA.fullmatch(value) is not None and not (whole and "," in value)
    return (_INTEGER if whole else _POINT).fullmatch(value) is not None


def _are_exceptions(missing: Mapping[str, int], counts: Mapping[str, int]) -> bool:
    """Few, and not one word again and again: that would be a way to say something."""
    total, wrong = sum(counts.values()), sum(missing.values())
    return total >= _FEW and wrong <= _TOLERATED * total and max(missing.values()) < 3


def _nearly(best: ColumnType, missing: Mapping[str, int], counts: Mapping[str, int]) -> str:
    """Why a column that is nearly something else stays text."""
    if best is TEXT or len(missing) > 3 or sum(missing.values()) > 0.2 * sum(counts.values()):
        return ""
    words = ", ".join(f"“{word}”" for word in missing)
    return f"would be {LABELS[best.kind].split(' ', 1)[1]}s but for {words}. Name {words} as empty, or it stays text."
