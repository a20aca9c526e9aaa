"""Dashboards: find one, make one."""

from __future__ import annotations

from dash import Dash, Input, Output, State
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.workspace import Workspace
from layouts import shell
from layouts.dashboards import Ids, Shown, table
from layouts.visit import Visit
from web.session import current


def load(workspace: Workspace, visit: Visit) -> Shown:
    return Shown(workspace.dashboards.find(visit.who), visit.who)


def register(app: Dash, workspace: Workspace) -> None:
    dashboards = workspace.dashboards

    @app.callback(output=Output(Ids.LIST, "children"), inputs={"search": Input(Ids.SEARCH, "value")}, prevent_initial_call=True)
    def show_matches(search: str | None) -> Component:
        return table(dashboards.find(current(), search=search or ""), search or "")

    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={
            "clicks": Input(Ids.CREATE, "n_clicks"),
            "_": Input(Ids.NAME, "n_submit"),
            "name": State(Ids.NAME, "value"),
            "description": State(Ids.DESCRIPTION, "value"),
        },
        running=[(Output(Ids.CREATE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def create(clicks: int | None, _: int | None, name: str | None, description: str | None) -> str:
        if not clicks and not _:
            raise PreventUpdate
        return f"/dashboards/{dashboards.create(current(), name or '', description or '').id}/edit"
