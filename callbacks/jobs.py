"""Jobs: watch, cancel, try again."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from core.errors import Invalid
from core.principal import Permission, Principal
from core.workspace import Workspace
from layouts.jobs import Ids, Listed, act_id, fingerprint, rows, tick
from layouts.pages import Visit
from web.session import current


def load(workspace: Workspace, visit: Visit) -> Listed:
    return _listed(workspace, visit.who, mine=visit.query.get("of") != "everybody")


def register(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        output={"list": Output(Ids.LIST, "children"), "seen": Output(Ids.SEEN, "data"), "every": Output(Ids.TICK, "interval")},
        inputs={"_": (Input(Ids.TICK, "n_intervals"), Input(Ids.CHANGED, "data"))},
        state={"mine": State(Ids.MINE, "data"), "seen": State(Ids.SEEN, "data")},
        prevent_initial_call=True,
    )
    def watch(_: Any, mine: bool, seen: str | None) -> dict[str, Any]:
        listed = _listed(workspace, current(), mine=mine)
        now = fingerprint(listed)
        return {"list": no_update if now == seen else rows(listed), "seen": now, "every": tick(listed)}

    @app.callback(
        output=Output(Ids.CHANGED, "data"),
        inputs={"clicks": Input(act_id(ALL, ALL), "n_clicks")},  # type: ignore[arg-type]  # Dash's wildcards stand for any text
        prevent_initial_call=True,
    )
    def act(clicks: list[int | None]) -> list[Any]:
        if not any(clicks):
            raise PreventUpdate  # the buttons were only drawn
        verb, job_id = str(ctx.triggered_id["verb"]), ctx.triggered_id["job"]
        verbs = {"cancel": workspace.jobs.cancel, "retry": workspace.jobs.retry}
        if verb not in verbs or not isinstance(job_id, int):
            raise Invalid("There is no such action.")
        job = verbs[verb](current(), job_id)
        return [job.id, job.status, job.attempt, job.cancel_requested]


def _listed(workspace: Workspace, who: Principal, *, mine: bool) -> Listed:
    may_see_all = who.may(Permission.JOB_MANAGE)
    own = mine or not may_see_all
    owners = {} if own else {person.id: person.name for person in workspace.accounts.find(who)}
    return Listed(workspace.jobs.find(who, mine=own), own, may_see_all, who.may(Permission.DATASET_WRITE), owners)
