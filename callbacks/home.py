"""Home: looks again while jobs run, and loads the sample."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output

from core.principal import Permission, Principal
from core.workspace import Workspace
from layouts import components as ui
from layouts.home import Home, Ids, Shelf, body
from layouts.pages import Visit
from web.session import current

_SHOWN = 5


def register(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        output={"body": Output(Ids.BODY, "children"), "done": Output(Ids.TICK, "disabled")},
        inputs={"_": Input(Ids.TICK, "n_intervals")},
        prevent_initial_call=True,
    )
    def look_again(_: int | None) -> dict[str, Any]:
        home = _home(workspace, current())
        return {"body": body(home), "done": not home.jobs}


def load(workspace: Workspace, visit: Visit) -> Home:
    return _home(workspace, visit.who)


def _home(workspace: Workspace, who: Principal) -> Home:
    shelves = [_data(workspace, who)]
    return Home(
        who=who,
        is_empty=not any(shelf.items for shelf in shelves),
        shelves=shelves,
        jobs=workspace.jobs.find(who, active=True),
    )


def _data(workspace: Workspace, who: Principal) -> Shelf:
    items = [
        ui.Item(each.name, f"/data/{each.id}", _size(each.row_count, each.column_count, each.version), ui.when(each.updated_at), "database")
        for each in workspace.datasets.find(who, limit=_SHOWN)
    ]
    begin = ui.Item("Bring in a file", "/data/new", icon="upload") if who.may(Permission.DATASET_WRITE) else None
    return Shelf("Data", "/data", items, "No data yet.", begin)


def _size(rows: int, columns: int, version: int) -> str:
    return f"{ui.format.count(rows, 'row')}, {ui.format.count(columns, 'column')}" if version else "Nothing in it yet"
