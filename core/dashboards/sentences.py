"""What a chart shows, in a sentence: the text alternative for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.dashboards.numbers import name_of, plain, rounded
from core.dashboards.spec import ChartSpec, Kind
from core.query.spec import Answer

_NAMES = {
    Kind.BAR: "Bar chart",
    Kind.LINE: "Line chart",
    Kind.AREA: "Area chart",
    Kind.SCATTER: "Scatter chart",
    Kind.PIE: "Pie chart",
    Kind.HEATMAP: "Heat map",
    Kind.HISTOGRAM: "Histogram",
}


def of_chart(spec: ChartSpec, answer: Answer) -> str:
    """``Bar chart of Flights by carrier, 16 values: the greatest is UA with 58,665, the least OO with 32.``"""
    measure, depth = spec.measures[-1 if spec.kind is Kind.SCATTER else 0], len(spec.groups)
    position = depth + (1 if spec.kind is Kind.SCATTER else 0)
    by = " and ".join(each.name for each in spec.groups)
    of = " and ".join(each.name for each in spec.measures)
    rows = [row for row in answer.rows if plain(row[position]) is not None]
    head = f"{_NAMES[spec.kind]} of {of} by {by}, {len(answer.rows):,} {'value' if len(answer.rows) == 1 else 'values'}"
    if not rows:
        return f"{head}."
    least, greatest = min(rows, key=lambda row: row[position]), max(rows, key=lambda row: row[position])
    at = f"{head}: the greatest is {_group(spec, greatest)} with {rounded(greatest[position], measure)}"
    return f"{at}." if len(rows) == 1 else f"{at}, the least {_group(spec, least)} with {rounded(least[position], measure)}."


def of_left_out(count: int, thing: str, names: Sequence[str]) -> str:
    """``8,255 rows are left out: their dep_delay is empty.`` What matters comes first, because a tile may cut the end."""
    if not count:
        return ""
    are, their = (" is", "its") if count == 1 else ("s are", "their")
    return f"{count:,} {thing}{are} left out: {their} {' or '.join(names)} is empty."


def of_table(answer: Answer) -> str:
    names = ", ".join(column.name for column in answer.columns)
    return f"Table of {len(answer.rows):,} {'row' if len(answer.rows) == 1 else 'rows'}: {names}."


def _group(spec: ChartSpec, row: tuple[Any, ...]) -> str:
    names = [name_of(value, dimension.grain) for value, dimension in zip(row, spec.groups, strict=False)]
    if spec.kind is Kind.HEATMAP:
        return " and ".join(f"{dimension.name} {name}" for name, dimension in zip(names, spec.groups, strict=True))
    return ", ".join(names)
