"""Profile: finds columns by name."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State
from dash.development.base_component import Component

from callbacks.dataset import number_in, shown, shown_by
from core.errors import NotFound
from core.workspace import Workspace
from layouts.dataset_head import Shown
from layouts.dataset_profile import PART, Ids, Seen, columns
from layouts.visit import Visit
from web.session import current


def register(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        output=Output(Ids.COLUMNS, "children"),
        inputs={"search": Input(Ids.SEARCH, "value")},
        state={"asked": State(Ids.ASKED, "data")},
        prevent_initial_call=True,
    )
    def find(search: str | None, asked: dict[str, int]) -> list[Component]:
        place: Shown = shown(workspace, current(), asked.get("dataset_id", 0), asked.get("version"))
        return columns(_seen(workspace, place, 0), search or "")


def load(workspace: Workspace, visit: Visit) -> Seen:
    return _seen(workspace, shown_by(workspace, visit), (number_in(visit.query, "part") or 1) - 1)


def _seen(workspace: Workspace, place: Shown, part: int) -> Seen:
    profile: Any = workspace.datasets.profile(place.who, place.dataset.id, place.version.number if place.version else None)
    if not 0 <= part * PART < max(1, len(profile.columns)):
        raise NotFound(f"{place.dataset.name} has no columns that far.")
    return Seen(place, profile, part)
