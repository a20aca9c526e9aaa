"""What a chart is made of, as cards that read as a sentence: show this, by that, only where, in this order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.dashboards.drafts import Draft, Part, can_be_cut
from core.dashboards.spec import RULES, Aggregate, Kind
from core.query.spec import Column, Op, Table
from layouts import chart_parts as parts
from layouts import components as ui
from layouts.chart_parts import COLUMN, EMPTY, FORMULA, LISTS, NOTHING, Slot, do_id, part_id
from layouts.chart_reading import listed

CARDS = ("chart", "measure", "dimension", "colour", "filter", "order")
_IN_ORDER_ANYWAY = (Kind.LINE, Kind.AREA, Kind.HEATMAP, Kind.HISTOGRAM, Kind.NUMBER)


def error_id(card: str) -> str:
    return f"chart-{card}-error"


def card_of(field: str | None) -> str:
    """The card that a wrong *field* of a spec or a query is on."""
    return _CARD_OF.get((field or "").partition(".")[0], "chart")


def cards(draft: Draft, table: Table) -> list[Component]:
    """All of them, in one order whatever the kind: one that the kind has no use for is hidden, not gone."""
    kind = Kind(draft["kind"])
    made = {
        "chart": _kinds(kind),
        "measure": _measures(draft, kind, table),
        "dimension": _dimensions(draft, kind, table),
        "colour": _colour(draft, kind, table),
        "filter": _filters(draft, table),
        "order": _order(draft, kind),
    }
    return [_with_error(card, section) for card, section in made.items()]


def _with_error(card: str, section: html.Section) -> html.Section:
    section.children = [*section.children, html.P(id=error_id(card), className="field-error", role="alert")]
    return section


def _card(card: str, title: str, rows: Sequence[Component], *, add: str | None = None, hidden: bool = False) -> html.Section:
    content: list[Component] = [html.H2(title, className="build-title", id=f"chart-{card}-title"), *rows]
    if add:
        content.append(html.Div(ui.button(add, id=do_id("add", card), kind="ghost", icon="plus", small=True), className="build-add"))
    return html.Section(content, className="build-card panel", hidden=hidden, **ui.aria(labelledby=f"chart-{card}-title"))


def _kinds(kind: Kind) -> html.Section:
    options = [
        {"label": html.Span([ui.icon(parts.ICONS[each]), each.value.capitalize()], className="kind-face"), "value": each} for each in Kind
    ]
    choice = dbc.RadioItems(id=part_id("chart", "kind"), options=options, value=kind, className="kinds", inline=True)
    return _card("chart", "Chart", [html.Div(choice, role="group", **ui.aria(label="Kind of chart"))])


def _measures(draft: Draft, kind: Kind, table: Table) -> html.Section:
    least, most = RULES[kind].measures
    given = draft["measures"]
    names = ("across", "up") if kind is Kind.SCATTER else ()
    rows = [_measure(_slot("measure", i, names), each, table, removable=len(given) > least) for i, each in enumerate(given)]
    return _card("measure", "Show", rows, add="Add a measure" if len(given) < most else None)


def _measure(slot: Slot, given: Part, table: Table, *, removable: bool) -> html.Div:
    aggregate = Aggregate(given["aggregate"])
    controls = [slot.select("aggregate", "how it is summed up", parts.AGGREGATES.items(), aggregate)]
    if aggregate is Aggregate.FORMULA:
        controls.append(slot.formula(given, "sum(arr_delay) / count(*)"))
    elif aggregate is not Aggregate.COUNT:
        fitting = [each.name for each in table.columns if each.is_number or not aggregate.needs_numbers]
        names = dict.fromkeys([*fitting, given["column"]])
        controls.append(slot.select("column", "column", [(each, each) for each in names], given["column"]))
    words = ui.fields(
        [
            slot.text("label", "Name", given, "As it is computed"),
            slot.choice("format", "Digits", parts.FORMATS, given.get("format") or NOTHING),
            slot.text("unit", "Unit", given, "min"),
        ]
    )
    is_open = any(given.get(name) for name in ("label", "format", "unit"))
    return slot.row(controls, more=parts.more("Name and format", words, is_open=is_open), name=_name(slot), removable=removable)


def _dimensions(draft: Draft, kind: Kind, table: Table) -> html.Section:
    least, most = RULES[kind].dimensions
    given = draft["dimensions"]
    names = ("across", "down") if kind is Kind.HEATMAP else ()
    usual = "30" if kind is Kind.HISTOGRAM else "no"
    rows = [_dimension(_slot("dimension", i, names), each, table, usual, removable=len(given) > least) for i, each in enumerate(given)]
    title = "A point for each" if kind is Kind.SCATTER else "By"
    return _card("dimension", title, rows, add="Add a dimension" if len(given) < most else None, hidden=most == 0)


def _colour(draft: Draft, kind: Kind, table: Table) -> html.Section:
    has_colour = RULES[kind].colour and (len(draft["measures"]) == 1 or kind is Kind.SCATTER)
    rows = [_dimension(Slot("colour", 0, "Colour"), draft["colour"] or {}, table, "no", removable=False)] if has_colour else []
    return _card("colour", "Coloured by", rows, hidden=not has_colour)


def _dimension(slot: Slot, given: Part, table: Table, usual_bins: str, *, removable: bool) -> html.Div:
    name, formula = given.get("column"), given.get("formula", "")
    column = table.column(name or "")
    nothing = [(NOTHING, "No colour")] if slot.card == "colour" else []
    options = [*nothing, *parts.columns_with(table, name), (FORMULA, "A formula …")]
    controls = [slot.select("column", "column", options, FORMULA if formula else COLUMN + name if name else NOTHING)]
    if formula:
        controls.append(slot.formula(given, "make_date(year, month, day)"))
    if formula or (column and column.is_time):
        controls.append(slot.select("grain", "time grain", parts.GRAINS, given.get("grain") or NOTHING))
    if formula or (column and column.is_number):
        controls.append(slot.count("bins", "number of bins", given.get("bins"), most=200, hint=usual_bins, unit="bins"))
    shown = name or formula
    words = parts.more("Name", slot.text("label", "Name", given, shown), is_open=bool(given.get("label"))) if shown else None
    return slot.row(controls, more=words, name=_name(slot), removable=removable)


def _filters(draft: Draft, table: Table) -> html.Section:
    rows = [_filter(Slot("filter", i, f"Filter {i + 1}"), each, table) for i, each in enumerate(draft["filters"])]
    return _card("filter", "Only where" if rows else "Of all rows", rows, add="Add a filter")


def _filter(slot: Slot, given: Part, table: Table) -> html.Div:
    column, op = table.column(given["column"]), Op(given["op"])
    controls = [
        slot.select("column", "column", parts.columns_with(table, given["column"]), COLUMN + given["column"]),
        slot.select("op", "comparison", parts.comparisons(column, op), op),
    ]
    if op is Op.BETWEEN:
        kind = parts.input_type(column)
        ends = zip(("low", "high"), ("from", "to"), given["value"], strict=True)
        controls.append(
            html.Div([slot.input(part, hint, value, kind=kind, hint=hint) for part, hint, value in ends], className="build-span")
        )
    elif op not in EMPTY:
        controls.append(_value(slot, given["value"], column, op))
    return slot.row(controls, removable=True)


def _value(slot: Slot, value: Any, column: Column | None, op: Op) -> html.Div:
    if op in LISTS:
        return slot.input("value", "values, with commas between them", listed(value or ()), hint="UA, AA")
    if column is not None and column.kind == "boolean":
        is_false = str(value).lower() in ("false", "no", "0")
        return slot.select("value", "value", (("true", "Yes"), ("false", "No")), "false" if is_false else "true")
    return slot.input("value", "value", value, kind=parts.input_type(column))


def _order(draft: Draft, kind: Kind) -> html.Section:
    slot, top, rows = Slot("order", 0, "Order"), draft["top"] or {}, []
    if kind not in _IN_ORDER_ANYWAY:
        rows.append(slot.select("sort", "which comes first", parts.SORTS, draft["sort"]))
    if can_be_cut(kind, draft["dimensions"]):
        unit = "rows at most" if kind is Kind.TABLE else "largest groups"
        rows.append(slot.count("n", "how many groups", top.get("n"), most=1000, hint="all", unit=unit))
        if kind is not Kind.TABLE:
            rows.append(ui.toggle("The rest as “Other”", id=part_id("order", "other"), value=top.get("other", True)))
    return _card("order", "In order", [html.Div(rows, className="build-controls")], hidden=not rows)


def _slot(card: str, i: int, names: Sequence[str]) -> Slot:
    name = f", {names[i]}" if i < len(names) else ""
    return Slot(card, i, f"{card.capitalize()} {i + 1}{name}")


def _name(slot: Slot) -> str:
    return slot.words.partition(", ")[2]


_CARD_OF = {
    **dict.fromkeys(("measures", "label"), "measure"),
    **dict.fromkeys(("dimensions", "by"), "dimension"),
    "colour": "colour",
    **dict.fromkeys(("filters", "where"), "filter"),
    **dict.fromkeys(("top", "order"), "order"),
}
