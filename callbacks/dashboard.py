"""A dashboard: filter it, arrange it, take its numbers away."""

from __future__ import annotations

import time
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate
from flask import Response, request

from core.dashboards.dashboards import Opened
from core.dashboards.filters import filters_from_text, filters_to_text, with_, without
from core.dashboards.layout import places_from_json
from core.dashboards.tiles import csv_of
from core.errors import Invalid
from core.principal import Permission, Principal
from core.workspace import Workspace
from layouts import dashboard as page
from layouts import filter_bar, shell
from layouts.behind import title
from layouts.dashboard import Ids, Shown
from layouts.tiles import how, how_id
from layouts.visit import Visit
from web.session import current
from web.transfer import attachment, file_name


def load(workspace: Workspace, visit: Visit) -> Shown:
    """The dashboard and the data of all its tiles, so that the first layout already carries the figures."""
    filters = filters_from_text(visit.query.get("f", ""))
    opened = workspace.dashboards.open(visit.who, int(visit.params["dashboard_id"]), filters)
    if not visit.path.rstrip("/").endswith("/edit"):
        return Shown(opened, visit.who)
    visit.who.require(Permission.DASHBOARD_WRITE)
    return Shown(opened, visit.who, True, tuple(workspace.charts.find(visit.who)), time.time())


def register(app: Dash, workspace: Workspace) -> None:
    _register_filter_editor(app, workspace)
    _register_filters(app, workspace)
    _register_arranging(app, workspace)
    _register_asking(app, workspace)
    _register_keeping(app, workspace)
    _register_downloads(app, workspace)


def _register_filter_editor(app: Any, workspace: Workspace) -> None:
    """(Dash leaves clientside_callback untyped, hence Any.)"""
    dashboards = workspace.dashboards
    app.clientside_callback(ClientsideFunction("board", "busy"), Input(filter_bar.Ids.BUSY, "data"), prevent_initial_call=True)

    @app.callback(
        output={
            "options": Output(filter_bar.Ids.COLUMN, "options"),
            "column": Output(filter_bar.Ids.COLUMN, "value"),
            "values": Output(filter_bar.Ids.VALUES, "options"),
            "chosen": Output(filter_bar.Ids.VALUES, "value"),
            "hide_values": Output(filter_bar.Ids.VALUES_BLOCK, "hidden"),
            "hide_range": Output(filter_bar.Ids.RANGE, "hidden"),
            "low": Output(filter_bar.Ids.LOW, "value"),
            "high": Output(filter_bar.Ids.HIGH, "value"),
            "type": (Output(filter_bar.Ids.LOW, "type"), Output(filter_bar.Ids.HIGH, "type")),
            "low_hint": Output(filter_bar.Ids.LOW, "placeholder"),
            "high_hint": Output(filter_bar.Ids.HIGH, "placeholder"),
            "hint": Output(filter_bar.Ids.HINT, "children"),
        },
        inputs={
            "_": Input(filter_bar.Ids.ADD, "n_clicks"),
            "column": Input(filter_bar.Ids.COLUMN, "value"),
            "dashboard_id": State(Ids.ID, "data"),
            "text": State(filter_bar.Ids.TEXT, "data"),
        },
        prevent_initial_call=True,
    )  # type: ignore[untyped-decorator]  # see above
    def offer(_: int | None, column: str | None, dashboard_id: int, text: str) -> dict[str, Any]:
        fields = dashboards.filter_fields(current(), dashboard_id)
        if not fields:
            raise Invalid("There is nothing to filter by: the charts have no data yet.")
        field = next((each for each in fields if each.column == column), fields[0])
        known = next((each for each in filters_from_text(text) if each.column == field.column), None)
        shown = filter_bar.control(field, fields, known)
        return {**shown, "type": (shown["type"], shown["type"]), "options": filter_bar.options(fields), "column": field.column}


def _register_filters(app: Dash, workspace: Workspace) -> None:
    dashboards = workspace.dashboards

    @app.callback(
        output={
            "tiles": Output(Ids.BOARD, "children", allow_duplicate=True),
            "pills": Output(filter_bar.Ids.BAR, "children"),
            "text": Output(filter_bar.Ids.TEXT, "data"),
            "address": Output(shell.Ids.ADDRESS, "data", allow_duplicate=True),
        },
        inputs={
            "clicks": Input(filter_bar.Ids.APPLY, "n_clicks"),
            "editor": {
                "column": State(filter_bar.Ids.COLUMN, "value"),
                "values": State(filter_bar.Ids.VALUES, "value"),
                "low": State(filter_bar.Ids.LOW, "value"),
                "high": State(filter_bar.Ids.HIGH, "value"),
                "no_list": State(filter_bar.Ids.VALUES_BLOCK, "hidden"),
            },
            "dashboard_id": State(Ids.ID, "data"),
            "text": State(filter_bar.Ids.TEXT, "data"),
        },
        running=[(Output(filter_bar.Ids.BUSY, "data"), True, False)],
        prevent_initial_call=True,
    )
    def filter_tiles(clicks: int | None, editor: dict[str, Any], dashboard_id: int, text: str) -> dict[str, Any]:
        """One callback and one batch of questions for all tiles."""
        column = editor["column"]
        if not clicks or not column:
            raise PreventUpdate
        chosen = filter_bar.chosen_filter(**editor)
        known = filters_from_text(text)
        filters = without(known, column) if chosen is None else with_(known, chosen)
        opened = dashboards.open(current(), dashboard_id, filters)
        address = page.address_of(dashboard_id)
        return {
            "tiles": page.tiles(Shown(opened, current())),
            "pills": filter_bar.pills(filters, address),
            "text": filters_to_text(filters),
            "address": filter_bar.address_of(address, filters),
        }


def _register_arranging(app: Any, workspace: Workspace) -> None:
    """assets/js/board.js asks for each change and waits for its answer before it asks for the next."""
    app.clientside_callback(
        ClientsideFunction("board", "saved"), Output("board-state", "children"), Input(Ids.SAVED, "data"), Input(Ids.SAVING, "data")
    )

    @app.callback(
        output={"tiles": Output(Ids.BOARD, "children", allow_duplicate=True), "saved": Output(Ids.SAVED, "data")},
        inputs={"arranged": Input(Ids.ARRANGED, "data"), "dashboard_id": State(Ids.ID, "data")},
        running=[(Output(Ids.SAVING, "data"), True, False)],
        prevent_initial_call=True,
    )  # type: ignore[untyped-decorator]  # see above
    def arrange(arranged: dict[str, Any] | None, dashboard_id: int) -> dict[str, Any]:
        if not arranged:
            raise PreventUpdate
        who = current()
        if not workspace.dashboards.exists(who, dashboard_id):
            return {"tiles": page.gone(), "saved": page.GONE}
        changed = _arranged(workspace, who, dashboard_id, arranged)
        shown, tiles = arranged.get("shown"), changed.dashboard.tiles
        same = isinstance(shown, list) and len(shown) == len(tiles) and all(each.id in shown for each in tiles)
        return {"tiles": no_update if same else page.tiles(Shown(changed, who, True)), "saved": page.saved(changed.dashboard)}


def _arranged(workspace: Workspace, who: Principal, dashboard_id: int, arranged: dict[str, Any]) -> Opened:
    """*base* is left out by who wants to keep their own arrangement over that of somebody else, *shown* are the tiles on their screen."""
    dashboards = workspace.dashboards
    base = arranged.get("base") or dashboards.get(who, dashboard_id).revision
    if not isinstance(base, int):
        raise Invalid("The revision has to be a whole number.", field="base")
    if isinstance(arranged.get("add"), int):
        dashboards.add_tile(who, dashboard_id, arranged["add"], base)
    else:
        dashboards.update(who, dashboard_id, places_from_json(arranged.get("places")), base)
    return dashboards.open(who, dashboard_id)


def _register_asking(app: Dash, workspace: Workspace) -> None:
    dashboards = workspace.dashboards

    @app.callback(
        output={"open": Output(Ids.HOW, "is_open"), "body": Output(Ids.HOW_BODY, "children")},
        inputs={
            "clicks": Input(how_id(ALL), "n_clicks"),
            "dashboard_id": State(Ids.ID, "data"),
            "text": State(filter_bar.Ids.TEXT, "data", allow_optional=True),
        },
        prevent_initial_call=True,
    )
    def explain(clicks: list[int | None], dashboard_id: int, text: str | None) -> dict[str, Any]:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            raise PreventUpdate
        data = dashboards.tile(current(), dashboard_id, ctx.triggered_id["tile"], filters_from_text(text or ""))
        return {"open": True, "body": how(data)}

    @app.callback(
        output={
            "open": Output(Ids.BEHIND, "is_open"),
            "title": Output(f"{Ids.BEHIND}-title", "children"),
            "body": Output(Ids.BEHIND_BODY, "children"),
        },
        inputs={
            "clicked": Input(Ids.MARK, "data"),
            "dashboard_id": State(Ids.ID, "data"),
            "text": State(filter_bar.Ids.TEXT, "data"),
        },
        prevent_initial_call=True,
    )
    def show_rows(clicked: dict[str, Any] | None, dashboard_id: int, text: str) -> dict[str, Any]:
        if not clicked:
            raise PreventUpdate
        found = dashboards.rows_behind(current(), dashboard_id, clicked.get("tile", 0), clicked, filters_from_text(text))
        if found is None:
            raise PreventUpdate
        return {"open": True, "title": title(found), "body": page.behind(found)}


def _register_keeping(app: Dash, workspace: Workspace) -> None:
    dashboards = workspace.dashboards

    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={"clicks": Input(f"{Ids.DELETE}-confirm-yes", "n_clicks"), "dashboard_id": State(Ids.ID, "data")},
        prevent_initial_call=True,
    )
    def delete(clicks: int | None, dashboard_id: int) -> str:
        if not clicks:
            raise PreventUpdate
        dashboards.delete(current(), dashboard_id)
        return "/dashboards"

    @app.callback(
        output={"title": Output(shell.Ids.VISIT, "data", allow_duplicate=True), "open": Output(Ids.RENAME, "is_open")},
        inputs={
            "clicks": Input(Ids.RENAME_SAVE, "n_clicks"),
            "dashboard_id": State(Ids.ID, "data"),
            "name": State(Ids.NAME, "value"),
            "description": State(Ids.DESCRIPTION, "value"),
            "shown": State(shell.Ids.LOCATION, "pathname"),
        },
        prevent_initial_call=True,
    )
    def rename(clicks: int | None, dashboard_id: int, name: str | None, description: str | None, shown: str) -> dict[str, Any]:
        if not clicks:
            raise PreventUpdate
        dashboards.rename(current(), dashboard_id, name or "", description or "")
        return {"title": {"address": shown, "at": clicks}, "open": False}


def _register_downloads(app: Dash, workspace: Workspace) -> None:
    @app.server.get("/download/dashboards/<int:dashboard_id>/tiles/<int:tile_id>.csv")  # type: ignore[untyped-decorator]  # Dash leaves its server untyped
    def tile_csv(dashboard_id: int, tile_id: int) -> Response:
        data = workspace.dashboards.tile(current(), dashboard_id, tile_id, filters_from_text(request.args.get("f", "")))
        name = f"{file_name(data.tile.chart.name)}.csv"
        return Response(b"".join(csv_of(data)), mimetype="text/csv", headers=attachment(name))
