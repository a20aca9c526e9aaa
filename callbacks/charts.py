"""Charts: find one."""

from __future__ import annotations

from dash import Dash, Input, Output
from dash.development.base_component import Component

from core.workspace import Workspace
from layouts.charts import Ids, Shown, table
from layouts.visit import Visit
from web.session import current


def load(workspace: Workspace, visit: Visit) -> Shown:
    return Shown(workspace.charts.find(visit.who), visit.who)


def register(app: Dash, workspace: Workspace) -> None:
    @app.callback(output=Output(Ids.LIST, "children"), inputs={"search": Input(Ids.SEARCH, "value")}, prevent_initial_call=True)
    def show_matches(search: str | None) -> Component:
        return table(workspace.charts.find(current(), search=search or ""), search or "")
