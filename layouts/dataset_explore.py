"""Explore: all rows of a dataset, sorted and filtered on the server, fetched as one scrolls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any
from urllib.parse import urlencode

import dash_ag_grid as dag
from dash import dcc, html
from dash.development.base_component import Component

from core.data.datasets import Version
from core.query.spec import Answer, Column, Filter, Op, Order
from core.query.wire import filter_to_json
from layouts import components as ui
from layouts.cells import cell
from layouts.dataset_head import Shown, frame

BLOCK = 100
"""Rows that come at once."""
PART = 100
"""Columns that are shown at once: a table of 2,000 would send half a megabyte with each block."""


@unique
class Ids(StrEnum):
    ASKED = "explore-asked"
    COUNT = "explore-count"
    DOWNLOAD = "explore-download"
    GRID = "explore-grid"


@dataclass(frozen=True, slots=True)
class Explore:
    """*where* comes with the address and holds beside the grid's own filters. *part* counts parts of `PART` columns from 0."""

    shown: Shown
    version: Version
    where: tuple[Filter, ...] = ()
    part: int = 0

    @property
    def columns(self) -> Sequence[Column]:
        return self.version.table.columns[self.part * PART : (self.part + 1) * PART]


def layout(explore: Explore) -> Component:
    asked = {
        "dataset_id": explore.version.dataset_id,
        "version": explore.version.number,
        "part": explore.part,
        "where": [filter_to_json(each) for each in explore.where],
    }
    href = download_address(explore.version, explore.where, ())
    bar = html.Div(
        [
            html.Div(count(explore.version, None), id=Ids.COUNT, className="explore-count", **ui.aria(live="polite")),
            html.Div(
                [*_parts(explore), ui.button("Download CSV", id=Ids.DOWNLOAD, href=href, icon="download", small=True, download=True)],
                className="cluster",
            ),
        ],
        className="split explore-bar",
    )
    if not explore.version.row_count:
        words = "This version has columns, but no rows."
        return frame(explore.shown, "explore", ui.card(ui.empty_state("No rows", words, icon="rows-3")))
    content = [*([_pills(explore)] if explore.where else []), bar, _grid(explore), dcc.Store(id=Ids.ASKED, data=asked)]
    return frame(explore.shown, "explore", content)


def count(version: Version, total: int | None) -> str:
    """How many rows there are, or how many of them pass the filters."""
    if total is None or total == version.row_count:
        return ui.format.count(version.row_count, "row")
    return f"{ui.format.number(total)} of {ui.format.count(version.row_count, 'row')}"


def rows(answer: Answer, first_column: int) -> list[dict[str, Any]]:
    """Rows for the grid, by the places of their columns: a name may hold dots, which the grid takes for paths."""
    names = [f"c{first_column + place}" for place in range(len(answer.columns))]
    return [dict(zip(names, map(cell, row), strict=True)) for row in answer.rows]


def download_address(version: Version, where: Sequence[Filter], order: Sequence[Order]) -> str:
    """All columns of the rows that pass, in the order of the grid."""
    asked: dict[str, str] = {"version": str(version.number)}
    if where:
        asked["where"] = json.dumps([filter_to_json(each) for each in where])
    if order:
        asked["order"] = json.dumps([{"name": each.name, "desc": each.desc} for each in order])
    return f"/data/{version.dataset_id}/rows.csv?{urlencode(asked)}"


def _grid(explore: Explore) -> Component:
    first = explore.part * PART
    number = {
        "headerName": "#",
        "colId": "place",
        "valueGetter": {"function": "rowNumber(params)"},
        "width": 84,
        "pinned": "left",
        **_NUMBERED,
    }
    columns = [_column(column, f"c{first + place}") for place, column in enumerate(explore.columns)]
    grid: Component = dag.AgGrid(
        id=Ids.GRID,
        columnDefs=[number, *columns],
        defaultColDef={"resizable": True, "suppressHeaderMenuButton": False},
        rowModelType="infinite",
        dashGridOptions={
            "theme": {"function": f"themeQuartz.withParams({json.dumps(_THEME)})"},
            "cacheBlockSize": BLOCK,
            "maxBlocksInCache": 20,
            "infiniteInitialRowCount": min(BLOCK, explore.version.row_count) if explore.where else explore.version.row_count,
            "tooltipShowDelay": 400,
            "rowHeight": 32,
            "headerHeight": 36,
            "enableCellTextSelection": True,
            "suppressCellFocus": False,
            "animateRows": False,
            "localeText": _WORDS,
        },
        className="explore-grid",
        style={},
    )
    return html.Div(grid, role="region", className="explore-frame", **ui.aria(label=f"Rows of {explore.shown.dataset.name}"))


def _column(column: Column, name: str) -> dict[str, Any]:
    filter_type, options = _FILTERS.get(column.kind, ("agTextColumnFilter", ("blank", "notBlank")))
    parameters = {
        "filterOptions": [*options],
        "maxNumConditions": 1,
        "inRangeInclusive": True,
        "buttons": ["apply", "reset"],
        "closeOnApply": True,
    }
    return {
        "field": name,
        "colId": name,
        "headerName": column.name,
        "headerTooltip": f"{column.name} ({column.type})",
        "width": max(_WIDTHS.get(column.kind, 140), 56 + 8 * min(len(column.name), 24)),
        "sortable": column.kind not in ("nested", "binary"),
        "filter": filter_type,
        "filterParams": parameters,
        "cellDataType": False,
        "valueFormatter": {"function": "cellText(params)"},
        "tooltipValueGetter": {"function": "cellTip(params)"},
        "cellClassRules": {"cell-missing": "params.value === null"},
        **({"headerClass": "ag-right-aligned-header", "cellClass": "ag-right-aligned-cell"} if column.is_number else {}),
    }


def _parts(explore: Explore) -> list[Component]:
    """Links to the other parts of a wide table."""
    total = len(explore.version.table.columns)
    if total <= PART:
        return []
    first, last = explore.part * PART + 1, min(total, (explore.part + 1) * PART)
    links: list[Component] = [html.Span(f"Columns {first:,} to {last:,} of {total:,}", className="muted small")]
    for label, part, icon in (("Columns before", explore.part - 1, "arrow-left"), ("Columns after", explore.part + 1, "arrow-right")):
        if 0 <= part * PART < total:
            href = explore.shown.address("explore", part=part + 1, where=_where_text(explore.where))
            links.append(ui.button(label, href=href, icon=icon, small=True, bare=True))
    return links


def _pills(explore: Explore) -> Component:
    """The filters of the address, each with a link that removes it."""
    pills = []
    for place, each in enumerate(explore.where):
        others = [*explore.where[:place], *explore.where[place + 1 :]]
        href = explore.shown.address("explore", where=_where_text(others))
        words = _sentence(each)
        remove = ui.button(f"Remove the filter {words}", href=href, icon="x", bare=True, small=True, kind="ghost")
        pills.append(html.Span([html.Span(words), remove], className="explore-pill"))
    return html.Div(pills, className="cluster", role="group", **ui.aria(label="Filters"))


def _where_text(where: Sequence[Filter]) -> str:
    return json.dumps([filter_to_json(each) for each in where]) if where else ""


def _sentence(filter: Filter) -> str:
    value = filter.value
    if filter.op in (Op.IS_NULL, Op.NOT_NULL):
        return f"{filter.column} is {'missing' if filter.op is Op.IS_NULL else 'there'}"
    if filter.op is Op.BETWEEN and isinstance(value, (list, tuple)):
        return f"{filter.column} from {value[0]} to {value[1]}"
    listed = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return f"{filter.column} {filter.op} {listed}"


_NUMBERED = {
    "sortable": False,
    "filter": False,
    "resizable": False,
    "cellClass": "ag-right-aligned-cell row-number",
    "headerClass": "ag-right-aligned-header",
    "suppressMovable": True,
}
_COMPARED = ("equals", "notEqual", "lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual", "inRange", "blank", "notBlank")
_TRUTHS = [
    {"displayKey": "yes", "displayName": "Yes", "predicate": {"function": "true"}, "numberOfInputs": 0},
    {"displayKey": "no", "displayName": "No", "predicate": {"function": "true"}, "numberOfInputs": 0},
]
_FILTERS: Mapping[str, tuple[str, Sequence[Any]]] = {
    "integer": ("agNumberColumnFilter", _COMPARED),
    "decimal": ("agNumberColumnFilter", _COMPARED),
    "date": ("agDateColumnFilter", _COMPARED),
    "timestamp": ("agDateColumnFilter", _COMPARED),
    "text": ("agTextColumnFilter", ("contains", "equals", "notEqual", "startsWith", "endsWith", "blank", "notBlank")),
    "boolean": ("agTextColumnFilter", (*_TRUTHS, "blank", "notBlank")),
}
_WIDTHS = {"integer": 100, "decimal": 120, "date": 120, "timestamp": 180, "boolean": 100, "text": 140}
_NONE = "No rows pass the filters."
_WORDS = {"blank": "Is missing", "notBlank": "Is there", "noRowsToShow": _NONE, "noMatchingRows": _NONE, "loadingOoo": "Loading"}
_THEME = {
    "accentColor": "var(--accent)",
    "backgroundColor": "var(--surface-raised)",
    "borderColor": "var(--line)",
    "browserColorScheme": "inherit",
    "cellHorizontalPadding": 12,
    "chromeBackgroundColor": "var(--surface-sunken)",
    "dataFontSize": 13,
    "fontFamily": "var(--font)",
    "fontSize": 13,
    "foregroundColor": "var(--ink)",
    "headerBackgroundColor": "var(--surface-sunken)",
    "headerFontWeight": 500,
    "headerTextColor": "var(--ink-muted)",
    "inputBorder": "solid 1px var(--line-control)",
    "menuBackgroundColor": "var(--surface-raised)",
    "oddRowBackgroundColor": "var(--surface-raised)",
    "pickerButtonBorder": "solid 1px var(--line-control)",
    "rowHoverColor": "var(--surface-hover)",
    "selectedRowBackgroundColor": "var(--surface-chosen)",
    "wrapperBorderRadius": 8,
}
