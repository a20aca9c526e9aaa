"""Where a histogram cuts: edges at round numbers, and at calendar days, months and years for moments.

A bin holds what is at or above its lower edge and below its upper one; the last bin holds its upper edge too.
"""

from __future__ import annotations

import math
import sys
from datetime import UTC, datetime

AIM = 25
MOST_MOMENTS = 60
SPREAD = 8.0
"""How many times the middle 90 % of the values their whole range may be before the outermost bins take the tails."""

_LARGEST = sys.float_info.max
_SINGLES = 40  # whole numbers that get a bin each
_EPOCH_MONDAY = 4 * 86_400  # the first of January 1970 was a Thursday
_SECONDS = (1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800)
_MONTHS = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1_200, 2_400, 6_000, 12_000)
_DAY, _WEEK, _MONTH = 86_400, 604_800, 2_629_746
_CALENDAR = (-62_135_596_800.0, 253_402_300_799.0)  # what datetime knows: the years 1 to 9999


def number_edges(low: float, high: float, middle: tuple[float, float] | None = None, *, whole: bool = False) -> list[float]:
    """At least two rising edges that cover *low* to *high*, with about `AIM` bins of one round width between them.

    *middle* is the range of the middle 90 %: when it is a small part of the whole, the bins share it out, and the first and the
    last one reach to the ends. *whole* numbers get whole widths.
    """
    inner_low, inner_high = low, high
    if middle and middle[1] > middle[0] and high - low > SPREAD * (middle[1] - middle[0]):
        slack = (middle[1] - middle[0]) / 4
        inner_low, inner_high = max(low, middle[0] - slack), min(high, middle[1] + slack)
    width = _round_width(inner_low, inner_high, whole=whole)
    first = math.floor(inner_low / width)
    bins = math.floor(inner_high / width) - first + 1
    edges = [min(max((first + n) * width, -_LARGEST), _LARGEST) for n in range(bins + 1)]
    edges[0] = min(low, edges[0])
    edges[-1] = max(high, edges[-1])
    return _rising(edges)


def _round_width(low: float, high: float, *, whole: bool) -> float:
    rough = (high - low) / AIM
    if whole and high - low < _SINGLES:
        return 1.0
    if not rough > 1e-300:
        return 10.0 ** max(-300, math.floor(math.log10(abs(low)))) if low else 1.0
    if not math.isfinite(rough):
        return 1e307
    power = 10.0 ** math.floor(math.log10(rough))
    width = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.8)
    return float(math.ceil(width)) if whole else width


def _rising(edges: list[float]) -> list[float]:
    """Without those that rounding made equal: numbers so large or so close that the width is lost in them."""
    rising = edges[:1]
    for edge in edges[1:]:
        if edge > rising[-1]:
            rising.append(edge)
    return rising if len(rising) > 1 else [math.nextafter(rising[0], -math.inf), *rising]


def moment_edges(low: float, high: float, *, days: bool = False) -> list[float]:
    """The same for moments in seconds since 1970: at most `MOST_MOMENTS` bins, none below a day when *days*."""
    if low < _CALENDAR[0] or high > _CALENDAR[1]:
        return number_edges(low, high, whole=True)
    for step in _SECONDS:
        if (high - low) / step < MOST_MOMENTS and not (days and step < _DAY):
            offset = _EPOCH_MONDAY if step == _WEEK else 0
            first = math.floor((low - offset) / step)
            return [float((first + n) * step + offset) for n in range(math.floor((high - offset) / step) - first + 2)]
    months = next(step for step in _MONTHS if (high - low) / (step * _MONTH) < MOST_MOMENTS)
    first, last = (_month(moment) // months for moment in (low, high))
    return [_start_of_month((first + n) * months) for n in range(last - first + 2)]


def _month(moment: float) -> int:
    date = datetime.fromtimestamp(moment, UTC)
    return date.year * 12 + date.month - 1


def _start_of_month(month: int) -> float:
    """Seconds at which the *month*, counted from the year 0, starts; an end of the calendar where it has no such month."""
    if month < 12:
        return _CALENDAR[0]
    if month >= 120_000:
        return _CALENDAR[1] + 1
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()
