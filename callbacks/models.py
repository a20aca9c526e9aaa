"""All registered models."""

from __future__ import annotations

from dash import Dash

from core.workspace import Workspace
from layouts.models import Shown
from layouts.visit import Visit


def load(workspace: Workspace, visit: Visit) -> Shown:
    return Shown(visit.who, workspace.models.find(visit.who))


def register(app: Dash, workspace: Workspace) -> None:
    """The page only shows."""
