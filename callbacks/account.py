"""One's own account: change the name or the password, sign out everywhere."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, dcc
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks.feedback import toast
from core.workspace import Workspace
from layouts.account import Ids, Own
from layouts.pages import Visit
from web.session import current


def load(workspace: Workspace, visit: Visit) -> Own:
    return Own(visit.who, workspace.accounts.sessions(visit.who))


def register(app: Dash, workspace: Workspace) -> None:
    accounts = workspace.accounts

    @app.callback(
        output=Output(Ids.NAME, "value"),
        inputs={"_": (Input(Ids.SAVE_NAME, "n_clicks"), Input(Ids.NAME, "n_submit"))},
        state={"name": State(Ids.NAME, "value")},
        prevent_initial_call=True,
    )
    def rename(_: Any, name: str | None) -> str:
        known = accounts.rename(current(), name or "")
        toast("positive", "Saved", f"Others see you as {known} from now on.")
        return known

    @app.callback(
        output={"old": Output(Ids.OLD_PASSWORD, "value"), "new": Output(Ids.NEW_PASSWORD, "value")},
        inputs={"_": (Input(Ids.SAVE_PASSWORD, "n_clicks"), Input(Ids.NEW_PASSWORD, "n_submit"))},
        state={"old": State(Ids.OLD_PASSWORD, "value"), "new": State(Ids.NEW_PASSWORD, "value")},
        prevent_initial_call=True,
    )
    def change_password(_: Any, old: str | None, new: str | None) -> dict[str, str]:
        accounts.change_password(current(), old or "", new or "")
        toast("positive", "Password changed", "You are signed out in every other browser.")
        return {"old": "", "new": ""}

    @app.callback(
        output=Output(Ids.LEAVE, "children"),
        inputs={"clicks": Input(f"{Ids.SIGN_OUT}-confirm-yes", "n_clicks")},
        prevent_initial_call=True,
    )
    def sign_out_everywhere(clicks: int | None) -> Component:
        if not clicks:
            raise PreventUpdate
        accounts.sign_out_everywhere(current())
        return dcc.Location(id=Ids.SIGN_IN, href="/login", refresh=True)
