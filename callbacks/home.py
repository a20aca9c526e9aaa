"""Home: looks again while jobs run, and loads the sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from dash import Dash, Input, Output, set_props
from dash.exceptions import PreventUpdate

from callbacks.shell import active_jobs
from core.dashboards.charts import Chart
from core.dashboards.dashboards import Listed
from core.data.catalog import Dataset
from core.principal import Permission, Principal
from core.workspace import Workspace
from layouts import components as ui
from layouts import shell
from layouts.home import Home, Ids, Shelf, body
from layouts.pages import Visit
from web.session import current

_SHOWN = 5
Changed = TypeVar("Changed", Dataset, Listed, Chart)


def register(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        output={"body": Output(Ids.BODY, "children"), "done": Output(Ids.TICK, "disabled")},
        inputs={"_": Input(Ids.TICK, "n_intervals")},
        prevent_initial_call=True,
    )
    def look_again(_: int | None) -> dict[str, Any]:
        return _shown(_home(workspace, current()))

    @app.callback(
        output={"body": Output(Ids.BODY, "children", allow_duplicate=True), "done": Output(Ids.TICK, "disabled", allow_duplicate=True)},
        inputs={"clicks": Input(Ids.LOAD_SAMPLE, "n_clicks")},
        prevent_initial_call=True,
    )
    def load_sample(clicks: int | None) -> dict[str, Any]:
        if not clicks:  # the button was only drawn anew
            raise PreventUpdate
        workspace.sample.load(current())
        set_props(shell.Ids.JOBS_TICK, {"interval": shell.BUSY_MS})
        return _shown(_home(workspace, current()))


def load(workspace: Workspace, visit: Visit) -> Home:
    return _home(workspace, visit.who)


def _shown(home: Home) -> dict[str, Any]:
    return {"body": body(home), "done": not home.jobs}


def _home(workspace: Workspace, who: Principal) -> Home:
    shelves = [make(workspace, who) for permission, make in _SHELVES if who.may(permission)]
    return Home(
        who=who,
        is_empty=not any(shelf.items for shelf in shelves),
        shelves=shelves,
        jobs=active_jobs(workspace, who),
    )


def _data(workspace: Workspace, who: Principal) -> Shelf:
    items = [
        ui.Item(each.name, f"/data/{each.id}", _size(each.row_count, each.column_count, each.version), ui.when(each.updated_at), "database")
        for each in _latest(workspace.datasets.find(who))
    ]
    begin = ui.Item("Bring in a file", "/data/new", icon="upload")
    return Shelf("Data", "/data", items, "No data yet.", begin if who.may(Permission.DATASET_WRITE) else None)


def _dashboards(workspace: Workspace, who: Principal) -> Shelf:
    items = [
        ui.Item(
            each.name, f"/dashboards/{each.id}", ui.format.count(each.tile_count, "chart"), ui.when(each.updated_at), "layout-dashboard"
        )
        for each in _latest(workspace.dashboards.find(who))
    ]
    begin = ui.Item("Build a dashboard", "/dashboards", icon="plus")
    return Shelf("Dashboards", "/dashboards", items, "No dashboard yet.", begin if who.may(Permission.DASHBOARD_WRITE) else None)


def _models(workspace: Workspace, who: Principal) -> Shelf:
    latest = sorted(workspace.models.find(who), key=lambda model: model.versions[0].created_at, reverse=True)[:_SHOWN]
    items = [
        ui.Item(each.name, f"/models/{each.name}", f"Predicts {each.champion.target}", f"version {each.champion.number}", "brain")
        for each in latest
    ]
    begin = ui.Item("Train a model", "/experiments/new", icon="play")
    return Shelf("Models", "/models", items, "No model yet.", begin if who.may(Permission.EXPERIMENT_RUN) else None)


def _charts(workspace: Workspace, who: Principal) -> Shelf:
    items = [
        ui.Item(each.name, f"/charts/{each.id}", f"From {each.dataset}", ui.when(each.updated_at), "chart-column")
        for each in _latest(workspace.charts.find(who))
    ]
    begin = ui.Item("Build a chart", "/charts/new", icon="plus")
    return Shelf("Charts", "/charts", items, "No chart yet.", begin if who.may(Permission.CHART_WRITE) else None)


def _latest(things: Sequence[Changed]) -> list[Changed]:
    return sorted(things, key=lambda each: each.updated_at, reverse=True)[:_SHOWN]


def _size(rows: int, columns: int, version: int) -> str:
    return f"{ui.format.count(rows, 'row')}, {ui.format.count(columns, 'column')}" if version else "Nothing in it yet"


_SHELVES: tuple[tuple[Permission, Callable[[Workspace, Principal], Shelf]], ...] = (
    (Permission.DATASET_READ, _data),
    (Permission.DASHBOARD_READ, _dashboards),
    (Permission.MODEL_READ, _models),
    (Permission.CHART_READ, _charts),
)
