"""The numbers of a profile in words."""

from __future__ import annotations

import re

from dash import html
from dash.development.base_component import Component

from core.data.column_profile import Bin, Value
from core.data.profile import ColumnProfile
from layouts import components as ui

_MOMENT = re.compile(r"-?\d+-\d\d-\d\d \d\d:\d\d:\d\d(\+00)?")


def facts(column: ColumnProfile) -> list[tuple[str, str | Component]]:
    """Names and values, as far as this kind of column has them."""
    found: list[tuple[str, str | Component]] = []
    if column.mean is not None:
        found.append(("Mean", _both(_exact(column.mean), f"± {_exact(column.std)}" if column.std is not None else "")))
    if column.quantiles:
        about = "" if column.quantiles_are_exact else "about "
        low, quarter, median, three_quarters, high = column.quantiles
        found.append(("Median", about + _exact(median)))
        found.append(("Middle half", f"{about}{_exact(quarter)} to {_exact(three_quarters)}"))
        found.append(("5 % to 95 %", f"{about}{_exact(low)} to {_exact(high)}"))
    if column.zeros:
        found.append(("Zeros", _share(column.zeros, column)))
    if column.negative:
        found.append(("Below zero", _share(column.negative, column)))
    if column.lengths:
        least, mean, most = column.lengths
        unit = "bytes" if column.kind == "binary" else "characters"
        found.append(
            ("Length", f"{least:,} {unit}" if least == most else f"{least:,} to {most:,} {unit}, {ui.format.number(mean, 1)} on average")
        )
    if not column.bins and column.minimum is not None and column.distinct > 1:
        found.append(("First to last", _both(value_text(column.minimum), f"to {value_text(column.maximum)}")))
    return found


def value_text(value: Value) -> str:
    """A value of the data. Moments lose what is zero in them."""
    if value is None:
        return ui.format.ABSENT
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return _exact(value)
    if _MOMENT.fullmatch(value):
        return value.removesuffix("+00").removesuffix(" 00:00:00").removesuffix(":00")
    return value if value.strip() else "(blank)"


def bin_text(column: ColumnProfile, place: int) -> str:
    """``10 to 20``; a bin of one whole number is that number, and the outermost ones may be open."""
    each = column.bins[place]
    if isinstance(each.low, str):
        return f"{value_text(each.low)} to {value_text(each.high)}"
    low, high = float(each.low), float(each.high)
    if column.kind == "integer" and high - low == 1 and len(column.bins) <= 40:
        return _exact(low)
    if place == len(column.bins) - 1 and _is_tail(column.bins, -1):
        return f"{_exact(low)} and more"
    if place == 0 and _is_tail(column.bins, 0):
        return f"less than {_exact(high)}"
    return f"{_exact(low)} to {_exact(high)}"


def _is_tail(bins: tuple[Bin, ...], place: int) -> bool:
    """Whether the outermost bin reaches further than its neighbours."""
    if len(bins) < 3:
        return False
    width = float(bins[1].high) - float(bins[1].low)
    return float(bins[place].high) - float(bins[place].low) > 1.5 * width


def _exact(value: float | None) -> str:
    """As in the grid of rows: years and short codes read badly with a comma, so only five digits and more get one."""
    if value is not None and abs(value) >= 1e15:
        return f"{value:.3g}"
    text = ui.format.number(value)
    return text.replace(",", "") if value is not None and abs(value) < 10_000 else text


def _share(count: int, column: ColumnProfile) -> Component:
    return html.Span(ui.format.percent(count / column.count), title=f"{count:,} values")


def _both(first: str, second: str) -> Component:
    return html.Span([first, html.Span(f" {second}", className="muted")] if second else first)
