"""The controls of the chart builder: where each stands, what it is called, what it offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.dashboards.drafts import Part
from core.dashboards.spec import Aggregate, Kind, NumberFormat, Sort
from core.query.spec import Column, Grain, Op, Table
from layouts import components as ui

FORMULA = "formula"
NOTHING = "-"  # the value of a choice that means none: dbc.Select shows an empty one as if nothing were chosen
COLUMN = "column:"  # before a column's name in the value of a select, so that no column can be taken for another choice
LISTS = (Op.IN, Op.NOT_IN)
EMPTY = (Op.IS_NULL, Op.NOT_NULL)
Options = Iterable[tuple[str, str]]


def part_id(card: Any, part: Any, index: Any = 0) -> dict[str, Any]:
    """The control of one *part* of a *card*; all of them have a ``value``."""
    return {"type": "chart-part", "card": card, "part": part, "index": index}


def do_id(verb: Any, card: Any, index: Any = 0) -> dict[str, Any]:
    """The button that adds to a card or removes from it."""
    return {"type": "chart-do", "verb": verb, "card": card, "index": index}


@dataclass(frozen=True, slots=True)
class Slot:
    """One row of a card; *words* is what screen readers call it (``Measure 2, up``)."""

    card: str
    index: int
    words: str

    def select(self, part: str, what: str, options: Options, value: Any) -> html.Div:
        control = dbc.Select(id=part_id(self.card, part, self.index), options=_listed(options), value=value)
        return ui.field(f"{self.words}: {what}", control, hidden=True)

    def input(self, part: str, what: str, value: Any, *, kind: str = "text", hint: str = "") -> html.Div:
        step = {"step": "any"} if kind == "number" else {}
        control = dbc.Input(
            id=part_id(self.card, part, self.index), type=kind, value=value, placeholder=hint, debounce=True, autocomplete="off", **step
        )
        return ui.field(f"{self.words}: {what}", control, hidden=True)

    def count(self, part: str, what: str, value: Any, *, most: int, hint: str, unit: str) -> html.Div:
        """A whole number with its *unit* beside it."""
        place = part_id(self.card, part, self.index)
        control = dbc.Input(id=place, type="number", min=1, max=most, step=1, value=value, placeholder=hint, debounce=True)
        named = ui.field(f"{self.words}: {what}", control, hidden=True)
        return html.Div([named, html.Span(unit, className="build-word")], className="build-count")

    def formula(self, given: Part, example: str) -> html.Div:
        control = dbc.Input(
            id=part_id(self.card, "formula", self.index),
            value=given.get("formula", ""),
            placeholder=example,
            debounce=True,
            className="build-formula",
            autocomplete="off",
        )
        return ui.field(f"{self.words}: formula", control, hidden=True)

    def text(self, part: str, label: str, given: Part, hint: str) -> html.Div:
        """A text of the part that its own label is enough for."""
        place = part_id(self.card, part, self.index)
        return ui.field(label, dbc.Input(id=place, value=given.get(part, ""), placeholder=hint, debounce=True, autocomplete="off"))

    def choice(self, part: str, label: str, options: Options, value: Any) -> html.Div:
        return ui.field(label, dbc.Select(id=part_id(self.card, part, self.index), options=_listed(options), value=value))

    def row(self, controls: Sequence[Component], *, more: Component | None = None, name: str = "", removable: bool = False) -> html.Div:
        line: list[Component] = [html.Div(list(controls), className="build-controls")]
        if name:
            line.insert(0, html.Span(name.capitalize(), className="build-word build-name"))
        if removable:
            remove = do_id("remove", self.card, self.index)
            line.append(ui.button(f"Remove {self.words.lower()}", id=remove, icon="x", bare=True, kind="ghost", small=True))
        return html.Div([html.Div(line, className="build-line"), *([more] if more is not None else [])], className="build-row")


def more(title: str, content: Component, *, is_open: bool) -> html.Details:
    return html.Details([html.Summary([ui.icon("chevron-right"), title]), content], className="more", open=is_open)


def columns_with(table: Table, name: str | None) -> list[tuple[str, str]]:
    """All columns, and *name* too when the data has it no longer: the form then shows what the error is about."""
    names = [each.name for each in table.columns]
    return [(COLUMN + each, each) for each in (names if not name or name in names else [*names, name])]


def comparisons(column: Column | None, current: Op) -> list[tuple[str, str]]:
    fitting = _FITTING.get(column.kind if column else "text", _FITTING["text"])
    return [(each, OPS[each]) for each in Op if each in fitting or each is current]


def input_type(column: Column | None) -> str:
    if column is None:
        return "text"
    return "number" if column.is_number else "date" if column.is_time else "text"


def _listed(pairs: Options) -> list[dict[str, str]]:
    return [{"value": str(value), "label": label} for value, label in pairs]


ICONS = {
    Kind.NUMBER: "hash",
    Kind.BAR: "chart-column",
    Kind.LINE: "chart-line",
    Kind.AREA: "chart-area",
    Kind.SCATTER: "chart-scatter",
    Kind.PIE: "chart-pie",
    Kind.TABLE: "table-2",
    Kind.HEATMAP: "grid-3x3",
    Kind.HISTOGRAM: "chart-no-axes-column",
}
AGGREGATES = {
    Aggregate.COUNT: "Number of rows",
    Aggregate.SUM: "Sum of",
    Aggregate.MEAN: "Mean of",
    Aggregate.MEDIAN: "Median of",
    Aggregate.MIN: "Least",
    Aggregate.MAX: "Greatest",
    Aggregate.DISTINCT: "Different values of",
    Aggregate.FORMULA: "A formula …",
}
FORMATS = (
    (NOTHING, "As needed"),
    (NumberFormat.WHOLE, "None"),
    (NumberFormat.ONE, "One"),
    (NumberFormat.TWO, "Two"),
    (NumberFormat.PERCENT, "Percent"),
)
GRAINS = ((NOTHING, "Exact"), *((each, f"By {each}") for each in Grain))
SORTS = ((Sort.NATURAL, "As usual"), (Sort.LARGEST, "Largest first"), (Sort.SMALLEST, "Smallest first"), (Sort.NAME, "By name"))
OPS = {
    Op.EQ: "is",
    Op.NE: "is not",
    Op.LT: "is below",
    Op.LE: "is at most",
    Op.GT: "is above",
    Op.GE: "is at least",
    Op.IN: "is one of",
    Op.NOT_IN: "is none of",
    Op.BETWEEN: "is between",
    Op.CONTAINS: "contains",
    Op.STARTS_WITH: "starts with",
    Op.ENDS_WITH: "ends with",
    Op.IS_NULL: "is empty",
    Op.NOT_NULL: "is not empty",
}
_RANGES = (Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE, Op.BETWEEN, Op.IN, Op.NOT_IN, *EMPTY)
_FITTING = {
    "text": (Op.EQ, Op.NE, Op.IN, Op.NOT_IN, Op.CONTAINS, Op.STARTS_WITH, Op.ENDS_WITH, *EMPTY),
    "boolean": (Op.EQ, *EMPTY),
    **dict.fromkeys(("integer", "decimal", "date", "timestamp", "time"), _RANGES),
    **dict.fromkeys(("nested", "binary"), EMPTY),
}
