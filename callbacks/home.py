"""Home."""

from __future__ import annotations

from dash import Dash

from core.workspace import Workspace


def register(app: Dash, workspace: Workspace) -> None:
    """Nothing happens on this page by itself."""
