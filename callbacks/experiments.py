"""All experiments: looks again while one trains."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output

from core.principal import Principal
from core.workspace import Workspace
from layouts.experiments import MOST, Ids, Shown, is_busy, listing
from layouts.visit import Visit
from web.session import current


def load(workspace: Workspace, visit: Visit) -> Shown:
    return _shown(workspace, visit.who)


def register(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        output={"list": Output(Ids.LIST, "children"), "done": Output(Ids.TICK, "disabled")},
        inputs={"_": Input(Ids.TICK, "n_intervals")},
        prevent_initial_call=True,
    )
    def look_again(_: int | None) -> dict[str, Any]:
        shown = _shown(workspace, current())
        return {"list": listing(shown), "done": not is_busy(shown.experiments)}


def _shown(workspace: Workspace, who: Principal) -> Shown:
    return Shown(who, workspace.experiments.find(who, limit=MOST))
