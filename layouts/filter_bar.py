"""The filter bar of a dashboard: what is set, and the editor that sets it. The filters themselves live in the address (``?f=``)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum, unique
from typing import Any
from urllib.parse import quote

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.dashboards.fields import Field, FieldKind
from core.dashboards.filters import filters_to_text, in_words, many, without
from core.dashboards.numbers import NO_VALUE, name_of
from core.query.spec import Filter, Op
from layouts import components as ui


@unique
class Ids(StrEnum):
    ADD = "filter-add"
    APPLY = "filter-apply"
    BAR = "filter-bar"
    BUSY = "filter-busy"
    COLUMN = "filter-column"
    EDITOR = "filter-editor"
    FIND = "filter-find"
    HIGH = "filter-high"
    HINT = "filter-hint"
    LOW = "filter-low"
    RANGE = "filter-range"
    TEXT = "filter-text"  # the filters as they stand in the address
    VALUES = "filter-values"
    VALUES_BLOCK = "filter-values-block"


ABSENT = "\u2205"
"""What the box for rows without a value is called in a callback; a text of a dataset that is this very sign would share its box."""


def bar(filters: Sequence[Filter], address: str) -> html.Div:
    """The pills in a row, then the button; board.js opens the editor under whatever opened it."""
    return html.Div(
        [
            html.Div(pills(filters, address), id=Ids.BAR, className="filter-pills"),
            ui.button("Filter", id=Ids.ADD, kind="ghost", icon="plus", small=True),
            _editor(),
            dcc.Store(id=Ids.TEXT, data=filters_to_text(filters)),
            dcc.Store(id=Ids.BUSY, data=False),
        ],
        className="filter-bar",
        role="group",
        **ui.aria(label="Filters"),
    )


def pills(filters: Sequence[Filter], address: str) -> list[Component]:
    found: list[Component] = [_pill(each, filters, address) for each in filters]
    if len(filters) > 1:
        found.append(ui.link("Remove all", address, quiet=True))
    return found


def _pill(condition: Filter, filters: Sequence[Filter], address: str) -> html.Span:
    words = in_words(condition)
    edit = html.Button(
        words, type="button", className="pill-words", title=words, **ui.data(filter_edit=condition.column), **ui.aria(haspopup="dialog")
    )
    remove = html.A(
        [ui.icon("x"), html.Span(f"Remove the filter {words}", className="visually-hidden")],
        href=address_of(address, without(filters, condition.column)),
        className="pill-remove",
    )
    return html.Span([edit, remove], className="pill")


def _editor() -> html.Div:
    """All controls are there from the start; `control` shows those that the column needs."""
    values = html.Div(
        [
            ui.field("Find a value", dbc.Input(id=Ids.FIND, type="search", placeholder="Find a value", autocomplete="off"), hidden=True),
            dbc.Checklist(id=Ids.VALUES, options=[], value=[], className="filter-list"),
        ],
        id=Ids.VALUES_BLOCK,
        role="group",
        **ui.aria(label="Values"),
    )
    span = html.Div(
        [ui.field("From", dbc.Input(id=Ids.LOW)), ui.field("To", dbc.Input(id=Ids.HIGH))],
        id=Ids.RANGE,
        className="filter-span",
        hidden=True,
    )
    return html.Div(
        [
            ui.field("Filter by", dbc.Select(id=Ids.COLUMN, options=[], value=None)),
            values,
            span,
            html.P(id=Ids.HINT, className="filter-hint"),
            html.Div(ui.button("Apply", id=Ids.APPLY, kind="primary", small=True), className="filter-actions"),
        ],
        id=Ids.EDITOR,
        className="filter-editor",
        role="dialog",
        **ui.aria(label="Filter"),
    )


def options(fields: Sequence[Field]) -> list[dict[str, str]]:
    return [{"label": each.column, "value": each.column} for each in fields]


def control(field: Field, fields: Sequence[Field], known: Filter | None) -> dict[str, Any]:
    """What the editor's controls show for *field*, one of *fields*, filled in with the filter that is set on it."""
    chosen = [] if known is None else many(known.value)
    is_list = field.kind is FieldKind.VALUES
    low, high = (chosen if known is not None and known.op is Op.BETWEEN else [None, None])[:2]
    return {
        "hide_values": not is_list,
        "hide_range": is_list,
        "values": [{"label": f"{_label(value)}  ({ui.format.number(rows)})", "value": _key(value)} for value, rows in field.values],
        "chosen": [_key(value) for value in chosen] if is_list and known is not None and known.op is Op.IN else [],
        "type": "number" if field.kind is FieldKind.RANGE else "date",
        "low": _input(low),
        "high": _input(high),
        "low_hint": _input(field.low) or "",
        "high_hint": _input(field.high) or "",
        "hint": _hint(field, len({name for each in fields for name in each.datasets})),
    }


def chosen_filter(*, column: str, values: Sequence[str] | None, low: Any, high: Any, no_list: bool | None) -> Filter | None:
    """What was set in the editor; None when nothing was, which removes the filter."""
    if not no_list:
        return Filter(column, Op.IN, tuple(None if each == ABSENT else each for each in values)) if values else None
    ends = tuple(None if each in (None, "") else str(each) for each in (low, high))
    return Filter(column, Op.BETWEEN, ends) if any(ends) else None


def address_of(address: str, filters: Sequence[Filter]) -> str:
    text = filters_to_text(filters)
    return f"{address}?f={quote(text, safe='=,;.')}" if text else address


def _hint(field: Field, datasets: int) -> str:
    parts = []
    if field.kind is not FieldKind.VALUES and field.low is not None:
        parts.append(f"The data goes from {_label(field.low)} to {_label(field.high)}.")
    if field.more:
        parts.append("Only the most frequent values are listed.")
    if len(field.datasets) < datasets:
        parts.append(f"Only {' and '.join(field.datasets)} {'has' if len(field.datasets) == 1 else 'have'} this column.")
    return " ".join(parts)


def _label(value: Any) -> str:
    return NO_VALUE if value is None else ui.format.number(value) if isinstance(value, float) else name_of(value)


def _key(value: Any) -> str:
    return ABSENT if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _input(value: Any) -> str | None:
    if isinstance(value, (date, datetime)):
        return value.strftime("%Y-%m-%d")
    return None if value is None else str(value)
