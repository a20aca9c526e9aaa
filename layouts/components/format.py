"""Numbers, moments and sizes in words; an absent value is a dash."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from math import floor, isfinite, log10

Number = int | float | Decimal
ABSENT = "–"
SPACE = "\u00a0"  # between a number and its unit, so that a line never breaks there


def number(value: Number | None, digits: int | None = None) -> str:
    """``336,776`` or ``12.61``: whole numbers in full, others to four significant digits, or with exactly *digits* after the point."""
    if value is None or not isfinite(value):
        return ABSENT
    if digits is not None:
        return f"{value:z,.{digits}f}"  # z: what rounds to nothing has no sign
    if abs(float(value)) < 1e15 and value == int(value):
        return f"{int(value):,}"
    return _significant(float(value), 4)


def compact(value: Number | None) -> str:
    """``336.8k``, ``1.2M``: at most four characters and a letter, for tight places. Show `number` on hover."""
    if value is None or not isfinite(value):
        return ABSENT
    amount = float(value)
    if abs(amount) < 1e4:
        return number(value)
    size, letter = next(each for each in _LETTERS if abs(amount) >= 0.9995 * each[0])
    return f"{_significant(amount / size, 4 if abs(amount) >= 100 * size else 3)}{letter}"


def percent(share: Number | None, digits: int = 1) -> str:
    """``0.1234`` as ``12.3 %``; a share that is not quite none or all never reads as 0 or 100."""
    if share is None or not isfinite(share):
        return ABSENT
    text = f"{share * 100:,.{digits}f}"
    least = 10**-digits
    if share > 0 and float(text) == 0:
        return f"<{SPACE}{least:.{digits}f}{SPACE}%"
    if share < 1 and float(text.replace(",", "")) == 100:
        return f">{SPACE}{100 - least:.{digits}f}{SPACE}%"
    return f"{text.rstrip('0').rstrip('.') if digits else text}{SPACE}%"


def bytes(count: Number | None) -> str:  # noqa: A001 - read as format.bytes
    if count is None:
        return ABSENT
    for size, unit in _UNITS:
        if count >= size:
            return f"{_significant(float(count) / size, 3)}{SPACE}{unit}"
    return f"{int(count)}{SPACE}B"


def moment(at: datetime | None) -> str:
    """``23 Nov 2026, 18:37 UTC``."""
    return ABSENT if at is None else f"{at.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def day(at: datetime | None) -> str:
    return ABSENT if at is None else f"{at.astimezone(UTC):%-d %b %Y}"


def ago(at: datetime | None, now: datetime | None = None) -> str:
    """``just now``, ``3 minutes ago``, ``yesterday``, and the date beyond a week."""
    if at is None:
        return ABSENT
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    if seconds < 45:
        return "just now"
    if seconds >= 7 * 86_400:
        return day(at)
    size, unit = next((size, unit) for size, unit in _SPANS if seconds >= size * 0.75)
    count = max(1, round(seconds / size))
    if unit == "day" and count == 1:
        return "yesterday"
    return f"{count} {unit}{'' if count == 1 else 's'} ago"


def duration(seconds: Number | None) -> str:
    """``850 ms``, ``12 s``, ``3 min 5 s``, ``2 h 4 min``."""
    if seconds is None or not isfinite(seconds):
        return ABSENT
    if seconds < 1:
        return f"{round(seconds * 1000)}{SPACE}ms"
    if seconds < 10:
        return f"{_significant(float(seconds), 2)}{SPACE}s"
    whole = round(seconds)
    for size, unit, below, smaller in ((3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // below
            return f"{whole // size}{SPACE}{unit}" + (f" {rest}{SPACE}{smaller}" if rest else "")
    return f"{whole}{SPACE}s"


def count(amount: int, noun: str, plural: str | None = None) -> str:
    """``1 row``, ``336,776 rows``."""
    return f"{number(amount)} {noun if amount == 1 else plural or noun + 's'}"


def _significant(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - floor(log10(abs(value))))
    if decimals > digits + 4:
        return f"{value:.{digits}g}"
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_LETTERS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
