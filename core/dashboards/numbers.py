"""Cells in words: numbers rounded for reading and exact for hovering, moments by their grain, absent values."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from textwrap import wrap
from typing import Any

from core.dashboards.spec import MeasureSpec, NumberFormat
from core.query.spec import Grain

ABSENT = "–"
NO_VALUE = "(empty)"
NO_LETTERS = "(blank)"
OTHER = "Other"
_SPACE = "\u00a0"
_WIDEST = 2**63
_TOOLTIP = 32  # letters in a line
_LETTERS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e4, "k"))
_MOMENTS = {
    Grain.HOUR: "%-d %b %Y, %H:%M",
    Grain.DAY: "%-d %b %Y",
    Grain.WEEK: "%-d %b %Y",
    Grain.MONTH: "%b %Y",
    Grain.QUARTER: "%b %Y",
    Grain.YEAR: "%Y",
}


def plain(value: Any) -> Any:
    """A cell as JSON has it: a decimal, or a whole number of more than 64 bits, as a float, nothing for what is no finite number."""
    if isinstance(value, Decimal) or (isinstance(value, int) and not -_WIDEST <= value < _WIDEST):
        value = float(value)
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def exact(value: Any) -> str:
    """All digits that the number has, with separators: ``336,776``, ``12.639070257304708``."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    value = plain(value)
    if value is None:
        return ABSENT
    return _without_point(f"{value:,}") if isinstance(value, float) else name_of(value)


def rounded(value: Any, measure: MeasureSpec) -> str:
    """As the measure's format says, else to four digits; with its unit."""
    value = plain(value)
    if value is None or isinstance(value, bool) or not isinstance(value, (int, float)):
        return ABSENT if value is None else name_of(value)
    if measure.format is NumberFormat.PERCENT:
        return f"{value * 100:,.1f}{_SPACE}%"
    text = _usual(value) if measure.format is NumberFormat.AUTO else f"{value:,.{int(measure.format.value)}f}"
    return f"{text}{_SPACE}{measure.unit}" if measure.unit else text


def compact(value: Any, measure: MeasureSpec) -> str:
    """For a tight place: ``336.8k``; small numbers as `rounded` has them."""
    value = plain(value)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or measure.format is NumberFormat.PERCENT or abs(value) < 1e6:
        return rounded(value, measure)
    size, letter = next((size, letter) for size, letter in _LETTERS if abs(value) >= size)
    scaled = value / size
    text = f"{_without_point(f'{scaled:,.4g}') if abs(scaled) < 1e4 else f'{scaled:,.0f}'}{letter}"
    return f"{text}{_SPACE}{measure.unit}" if measure.unit else text


def name_of(value: Any, grain: Grain | None = None) -> str:
    """A group's value as its label."""
    if value is None or value == "":
        return NO_VALUE if value is None else NO_LETTERS
    if isinstance(value, bool):
        return "true" if value else "false"
    if grain and isinstance(value, str):
        value = _moment(value)
    if isinstance(value, datetime):
        return value.strftime(_MOMENTS[grain] if grain else ("%-d %b %Y" if value.time() == value.min.time() else "%-d %b %Y, %H:%M"))
    if isinstance(value, date):
        return value.strftime(_MOMENTS[grain or Grain.DAY])
    if isinstance(value, (float, Decimal)):
        return f"{float(value):g}"
    return str(value)


def _moment(text: str) -> str | datetime:
    """The moment that a top with "Other" gives as text."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


def quoted(name: str) -> str:
    """A name of the user in a hover template: text, neither markup nor a placeholder."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace("%{", "%&#123;")


def in_lines(name: str) -> str:
    """The same of a name that may be longer than a tooltip can be wide on a phone."""
    if len(name) <= _TOOLTIP:
        return quoted(name)
    return "<br>".join(quoted(line) for line in wrap(name, _TOOLTIP, break_on_hyphens=False))


def hover_moment(grain: Grain | None) -> str:
    """The same for plotly, which formats moments itself."""
    return _MOMENTS[grain or Grain.DAY]


def ticks(measure: MeasureSpec) -> dict[str, Any]:
    """An axis of this measure; without a format plotly writes 10k and 2M."""
    if measure.format is NumberFormat.PERCENT:
        return {"tickformat": ".0%"}
    return {"ticksuffix": f" {measure.unit}"} if len(measure.unit) in (1, 2) else {}


def hover(measure: MeasureSpec, axis: str) -> str:
    """The exact number of *axis* (``y``) for a hover template."""
    if measure.format is NumberFormat.PERCENT:
        return f"%{{{axis}:.4%}}"
    return f"%{{{axis}:,}}" + (f" {measure.unit}" if measure.unit else "")


def titled(measure: MeasureSpec) -> str:
    """An axis title names the unit once."""
    return f"{measure.name} ({measure.unit})" if measure.unit else measure.name


def _usual(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return _without_point(f"{value:.4g}") if abs(value) >= 1e-4 else f"{value:.3g}"


def _without_point(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
