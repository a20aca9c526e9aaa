"""Values as literals of a tree, read as the kind of the column that they are compared with."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from core.errors import Invalid

_WIDEST = 2**127  # whole numbers beyond it are none of an engine's, but as floating-point numbers they compare as they should


def literal(value: Any) -> exp.Expr:
    """Raises Invalid for a value that no query can hold."""
    if value is None:
        return exp.null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, str):
        return exp.Literal.string(value)
    if isinstance(value, float) or (isinstance(value, int) and not -_WIDEST <= value < _WIDEST):
        return _float(float(str(value)))
    if isinstance(value, (int, Decimal)):
        return _number(format(value, "f") if isinstance(value, Decimal) else str(value))
    if isinstance(value, (date, time)):
        return _moment(value)
    raise Invalid(f"A value of the kind {type(value).__name__} cannot be compared. Use a number, a text, a date, yes or no, or nothing.")


def whole(text: str, *, field: str | None = None) -> str:
    """*text*, of which no character is half of a pair: JSON can write such, and no statement can hold it. Raises Invalid."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Invalid("The question holds half of a pair of characters. Remove it and ask again.", field=field) from None
    return text


def read_as(kind: str, value: Any, *, column: str, field: str | None = None) -> Any:
    """*value* as a column of *kind* holds it: texts become numbers and moments. Raises Invalid when it cannot be read so."""
    if value is None or kind not in _KINDS:
        return value
    read, wanted, holds = _KINDS[kind]
    try:
        return read(value)
    except (ValueError, TypeError):
        raise Invalid(f"{value!r} is not {wanted}. The column {column} holds {holds}.", field=field) from None


def is_whole_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def next_day(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day


def _number(text: str) -> exp.Expr:
    return exp.Neg(this=exp.Literal.number(text[1:])) if text.startswith("-") else exp.Literal.number(text)


def _float(value: float) -> exp.Expr:
    if not math.isfinite(value):
        return exp.cast(exp.Literal.string(str(value)), "DOUBLE")
    text = repr(value)
    return _number(text if "e" in text else f"{text}e0")  # without an exponent it would be a decimal, rounded differently


def _moment(value: date | time) -> exp.Expr:
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(" ")), "TIMESTAMPTZ" if value.tzinfo else "TIMESTAMP")
    return exp.cast(exp.Literal.string(value.isoformat()), "DATE" if isinstance(value, date) else "TIME")


def _read_number(value: Any) -> int | float | Decimal:
    if isinstance(value, str):
        return int(value) if value.strip().lstrip("+-").isdigit() else float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise TypeError
    return value


def _read_boolean(value: Any) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    word = str(value).strip().lower()
    if word not in known:
        raise ValueError
    return known[word]


def _read_moment(value: Any) -> date:
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise TypeError
    text = value.strip()
    return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)


def _read_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


_KINDS: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "integer": (_read_number, "a number", "whole numbers"),
    "decimal": (_read_number, "a number", "numbers"),
    "boolean": (_read_boolean, "yes or no", "yes and no"),
    "date": (_read_moment, "a date such as 2024-03-31", "dates"),
    "timestamp": (_read_moment, "a date such as 2024-03-31, with or without a time", "moments"),
    "text": (_read_text, "a text", "text"),
}
"""Of each kind: how to read it, what to say is wanted, and what to say the column holds."""
