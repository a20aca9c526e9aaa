"""The gallery's messages."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, ctx

from callbacks.feedback import toast
from core.workspace import Workspace
from layouts.gallery import Ids

_MESSAGES = {
    Ids.TOAST_POSITIVE: ("positive", "Saved", "The dashboard keeps six charts."),
    Ids.TOAST_NEUTRAL: ("neutral", "Stopped", "Two finished models were kept."),
    Ids.TOAST_WARNING: ("warning", "That does not work", "A dataset needs a name."),
    Ids.TOAST_CRITICAL: ("critical", "Something broke on our side", "Nothing was changed."),
}


def register(app: Dash, _workspace: Workspace) -> None:
    @app.callback(inputs={"_": [Input(each, "n_clicks") for each in _MESSAGES]}, prevent_initial_call=True)
    def show_message(_: list[Any]) -> None:
        if ctx.triggered_id:
            toast(*_MESSAGES[Ids(ctx.triggered_id)])
