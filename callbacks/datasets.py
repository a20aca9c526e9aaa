"""All datasets: find one, load the sample."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from callbacks.feedback import toast
from core.principal import Permission, Principal
from core.workspace import Workspace
from layouts.datasets import MOST, Ids, Shown, listing
from layouts.visit import Visit
from web.session import current


def load(workspace: Workspace, visit: Visit) -> Shown:
    return _shown(workspace, visit.who, visit.query.get("search", ""))


def register(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        output={"list": Output(Ids.LIST, "children"), "done": Output(Ids.TICK, "disabled")},
        inputs={"search": Input(Ids.SEARCH, "value"), "_": Input(Ids.TICK, "n_intervals")},
        prevent_initial_call=True,
    )
    def show_matches(search: str | None, _: int | None) -> dict[str, Any]:
        shown = _shown(workspace, current(), search or "")
        return {"list": listing(shown), "done": not shown.is_loading}

    @app.callback(
        output={"list": Output(Ids.LIST, "children", allow_duplicate=True), "done": Output(Ids.TICK, "disabled", allow_duplicate=True)},
        inputs={"clicks": Input(Ids.LOAD_SAMPLE, "n_clicks")},
        state={"search": State(Ids.SEARCH, "value")},
        prevent_initial_call=True,
    )
    def load_sample(clicks: int | None, search: str | None) -> dict[str, Any]:
        if not clicks:
            raise PreventUpdate
        jobs = workspace.sample.load(current())
        toast("neutral", "The sample is coming in", f"{len(jobs)} tables; they show here as soon as they are read.")
        return {"list": listing(_shown(workspace, current(), search or "")), "done": False}


def _shown(workspace: Workspace, who: Principal, search: str) -> Shown:
    found = workspace.datasets.find(who, search=search, limit=MOST)
    loading = who.may(Permission.JOB_READ) and bool(workspace.jobs.find(who, kind="dataset.import", active=True))
    return Shown(
        datasets=found,
        count=workspace.datasets.count(who, search=search) if len(found) == MOST else len(found),
        who=who,
        search=search,
        is_loading=loading or any(not each.version for each in found),
    )
