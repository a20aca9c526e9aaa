"""A dashboard: tiles on a grid of twelve columns, filtered together; arranged at the address that ends in ``/edit``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.dashboards.charts import Chart
from core.dashboards.clicks import Behind
from core.dashboards.dashboards import Dashboard, Opened, Place
from core.principal import Permission, Principal
from layouts import behind as rows_behind
from layouts import components as ui
from layouts import filter_bar
from layouts.tiles import board


@unique
class Ids(StrEnum):
    ARRANGED = "dashboard-arranged"  # what board.js wants saved: {places, base, add?}
    BEHIND = "dashboard-behind"
    BEHIND_BODY = "dashboard-behind-body"
    BOARD = "dashboard-board"
    DELETE = "dashboard-delete"  # prefix of the dialog
    DESCRIPTION = "dashboard-description"
    HOW = "dashboard-how"
    HOW_BODY = "dashboard-how-body"
    ID = "dashboard-id"
    MARK = "dashboard-mark"  # {tile, ...}: what was chosen there, from assets/js/board.js
    NAME = "dashboard-name"
    NAME_ERROR = "dashboard-name-error"
    RENAME = "dashboard-rename"
    RENAME_SAVE = "dashboard-rename-save"
    SAVED = "dashboard-saved"  # what the server holds: {revision, places}
    SAVING = "dashboard-saving"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows. *charts* are those that can be added while it is edited, *at* tells one opening from another."""

    opened: Opened
    who: Principal
    edit: bool = False
    charts: tuple[Chart, ...] = ()
    at: float = 0.0


def layout(shown: Shown) -> Component:
    """The dashboard as it is read."""
    dashboard = shown.opened.dashboard
    address = address_of(dashboard.id)
    return html.Div(
        [
            _head(shown),
            *([filter_bar.bar(shown.opened.filters, address)] if dashboard.tiles else []),
            _board(shown),
            *_dialogs(dashboard),
            _dialog(Ids.BEHIND, "Rows", [html.Div(id=Ids.BEHIND_BODY)], wide=True),
            dcc.Store(id=Ids.ID, data=dashboard.id),
            dcc.Store(id=Ids.MARK),
        ],
        className="dashboard",
    )


def edit_layout(shown: Shown) -> Component:
    """The dashboard while it is arranged."""
    dashboard = shown.opened.dashboard
    return html.Div(
        [
            _edit_head(shown),
            _unsaved(),
            _board(shown),
            _chart_list(shown.charts),
            html.Div(id="board-announcer", className="visually-hidden", role="status"),
            html.P(KEYS, id="board-keys", className="board-keys"),
            dcc.Store(id=Ids.ID, data=dashboard.id),
            dcc.Store(id=Ids.ARRANGED),
            dcc.Store(id=Ids.SAVED, data={**saved(dashboard), "at": shown.at}),
            dcc.Store(id=Ids.SAVING, data=False),
            *_dialogs(dashboard),
        ],
        className="dashboard dashboard-editing",
    )


KEYS = "Arrow keys move a tile, Shift and arrow keys resize it, Delete removes it, Ctrl Z undoes."


def address_of(dashboard_id: int) -> str:
    return f"/dashboards/{dashboard_id}"


def saved(dashboard: Dashboard) -> dict[str, Any]:
    return {"revision": dashboard.revision, "places": [place_to_json(each) for each in dashboard.places]}


GONE: Mapping[str, Any] = {"gone": True}  # instead of `saved`: somebody has deleted the dashboard meanwhile


def gone() -> Component:
    words = "Somebody deleted it meanwhile, so your last change is not saved. Its charts are kept."
    action = ui.button("All dashboards", kind="primary", href="/dashboards")
    return ui.empty_state("This dashboard was deleted", words, action, icon="layout-dashboard")


def place_to_json(place: Place) -> dict[str, int | None]:
    return {"id": place.tile_id, "chart_id": place.chart_id, "x": place.x, "y": place.y, "w": place.w, "h": place.h}


def behind(found: Behind) -> list[Component]:
    """The first rows that a mark sums up."""
    return [html.P(rows_behind.how_many(found), className="muted"), rows_behind.table(found)]


def tiles(shown: Shown) -> list[Component]:
    address = address_of(shown.opened.dashboard.id)
    if not shown.opened.tiles:
        return [_nothing(shown)]
    return board(shown.opened.tiles, shown.opened.filters, address=address, edit=shown.edit)


def _board(shown: Shown) -> Component:
    # Two kinds of element, so that React never takes one that GridStack has held for the other.
    if shown.edit:
        return html.Section(tiles(shown), id=Ids.BOARD, className="board grid-stack", **ui.aria(label="Tiles"))
    return html.Div(tiles(shown), id=Ids.BOARD, className="board")


def _nothing(shown: Shown) -> Component:
    if shown.edit:
        action: Component | None = ui.button("Add a chart", kind="primary", icon="plus", opens="board-charts")
    elif shown.who.may(Permission.DASHBOARD_WRITE):
        action = ui.button("Add charts", kind="primary", icon="plus", href=f"{address_of(shown.opened.dashboard.id)}/edit")
    else:
        action = None
    return ui.empty_state(
        "No charts yet", "A dashboard shows saved charts side by side, filtered together.", action, icon="layout-dashboard"
    )


def _head(shown: Shown) -> Component:
    dashboard = shown.opened.dashboard
    may_write = shown.who.may(Permission.DASHBOARD_WRITE)
    edit = ui.button("Edit", href=f"{address_of(dashboard.id)}/edit", icon="pencil") if may_write else None
    menu = [
        ui.menu_item("Rename", icon="type", opens=Ids.RENAME),
        ui.menu_item("Delete", icon="trash-2", danger=True, opens=f"{Ids.DELETE}-confirm"),
    ]
    return ui.page_head(
        dashboard.name, crumbs=[("Dashboards", "/dashboards")], status=_status(shown), action=edit, menu=menu if may_write else ()
    )


def _status(shown: Shown) -> list[Component]:
    dashboard = shown.opened.dashboard
    sources = {data.tile.chart.dataset_id: (data.tile.chart.dataset, data.answer) for data in shown.opened.tiles}
    links = [
        ui.link(f"{name} version {answer.dataset_version}" if answer else name, f"/data/{dataset_id}/overview", quiet=True)
        for dataset_id, (name, answer) in sources.items()
    ]
    return [
        *([html.Span(dashboard.description)] if dashboard.description else []),
        html.Span(["By ", dashboard.owner]),
        html.Span(["Changed ", ui.when(dashboard.updated_at)]),
        *links,
    ]


def _edit_head(shown: Shown) -> Component:
    dashboard = shown.opened.dashboard
    tools = html.Div(
        [
            ui.button("Undo", icon="undo-2", bare=True, kind="ghost", id="board-undo", disabled=True),
            ui.button("Redo", icon="redo-2", bare=True, kind="ghost", id="board-redo", disabled=True),
            ui.button("Add a chart", icon="plus", opens="board-charts"),
            ui.button("Done", kind="primary", icon="check", href=address_of(dashboard.id)),
        ],
        className="page-actions",
    )
    return ui.page_head(
        dashboard.name,
        crumbs=[("Dashboards", "/dashboards"), (dashboard.name, address_of(dashboard.id))],
        status=html.Span("Saved", id="board-state"),
        action=tools,
    )


def _unsaved() -> html.Div:
    """Shown by board.js when a change could not be saved."""
    return html.Div(
        [
            ui.icon("triangle-alert"),
            html.Span("Your last change is not saved.", className="banner-words"),
            html.Button("Keep mine", type="button", className="btn btn-secondary btn-sm", **ui.data(board_action="keep")),
            html.Button("Load theirs", type="button", className="btn btn-secondary btn-sm", **ui.data(board_action="load")),
        ],
        id="board-unsaved",
        className="banner banner-warning",
        hidden=True,
        role="alert",
    )


def _chart_list(charts: Sequence[Chart]) -> dbc.Modal:
    rows = [
        html.Li(
            html.Button(
                [
                    ui.icon(_ICONS.get(each.spec.kind, "chart-column")),
                    html.Span(each.name, className="chart-choice-name"),
                    html.Span(each.dataset, className="chart-choice-data"),
                ],
                type="button",
                className="chart-choice",
                **ui.data(board_add=each.id, name=each.name, closes="board-charts"),
            )
        )
        for each in charts
    ]
    none = ui.empty_state(
        "No saved charts", "Save a chart first; then it can be put on a dashboard.", ui.button("New chart", href="/charts/new")
    )
    content = html.Ul(rows, className="chart-choices") if rows else none
    return _dialog("board-charts", "Add a chart", [content])


def _dialogs(dashboard: Dashboard) -> list[Component]:
    rename: list[Component] = [
        ui.field("Name", dbc.Input(id=Ids.NAME, value=dashboard.name, maxLength=120), error_id=Ids.NAME_ERROR),
        ui.field("Description", dbc.Input(id=Ids.DESCRIPTION, value=dashboard.description, maxLength=500)),
    ]
    save: list[Component] = [ui.button("Cancel", closes=Ids.RENAME), ui.button("Save", id=Ids.RENAME_SAVE, kind="primary")]
    question = f"{dashboard.name} is deleted for everybody. Its charts stay."
    return [
        _dialog(Ids.RENAME, "Rename dashboard", rename, save),
        _dialog(Ids.HOW, "How it was computed", [html.Div(id=Ids.HOW_BODY)]),
        ui.confirm(Ids.DELETE, "Delete this dashboard?", question, "Delete dashboard"),
    ]


def _dialog(id: str, title: str, content: list[Component], actions: Sequence[Component] = (), *, wide: bool = False) -> dbc.Modal:
    head: list[Component] = [
        html.H2(title, className="dialog-title", id=f"{id}-title"),
        ui.button("Close", icon="x", bare=True, kind="ghost", closes=id, small=True),
    ]
    return dbc.Modal(
        [
            html.Div(head, className="dialog-head"),
            html.Div(content, className="dialog-body"),
            *([html.Div(list(actions), className="dialog-actions")] if actions else []),
        ],
        id=id,
        is_open=False,
        centered=True,
        labelledby=f"{id}-title",
        className="dialog dialog-wide" if wide else "dialog",
    )


_ICONS = {
    "number": "hash",
    "bar": "chart-column",
    "line": "chart-line",
    "area": "chart-area",
    "scatter": "chart-scatter",
    "pie": "chart-pie",
    "table": "table-2",
    "heatmap": "grid-3x3",
    "histogram": "chart-no-axes-column",
}
