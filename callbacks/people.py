"""People: invite, give another role, deactivate and activate."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask import request

from callbacks.feedback import toast
from core.errors import Invalid, NotFound
from core.operations.people import Person
from core.principal import Principal, Role
from core.workspace import Workspace
from layouts.pages import Visit
from layouts.people import Ids, Team, act_id, ask_id, invitations, invited, people, question
from web.session import current


def load(workspace: Workspace, visit: Visit) -> Team:
    return _team(workspace, visit.who)


def register(app: Dash, workspace: Workspace) -> None:
    accounts = workspace.accounts

    @app.callback(
        output={"people": Output(Ids.LIST, "children"), "open": Output(Ids.OPEN, "children")},
        inputs={"_": Input(Ids.CHANGED, "data")},
        prevent_initial_call=True,
    )
    def show(_: Any) -> dict[str, Any]:
        team = _team(workspace, current())
        return {"people": people(team), "open": invitations(team)}

    @app.callback(
        output={"changed": Output(Ids.CHANGED, "data"), "link": Output(Ids.INVITED, "children"), "email": Output(Ids.EMAIL, "value")},
        inputs={"_": (Input(Ids.INVITE, "n_clicks"), Input(Ids.EMAIL, "n_submit"))},
        state={"email": State(Ids.EMAIL, "value"), "role": State(Ids.ROLE, "value")},
        running=[(Output(Ids.INVITE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def invite(_: Any, email: str | None, role: str | None) -> dict[str, Any]:
        invitation, token = accounts.invite(current(), email or "", role or "")
        shown: Component = invited(invitation, f"{request.host_url}invitation/{token}")
        return {"changed": ["invited", invitation.id], "link": shown, "email": ""}

    @app.callback(
        output=Output(Ids.CHANGED, "data", allow_duplicate=True),
        inputs={"clicks": Input(act_id(ALL, ALL), "n_clicks")},
        prevent_initial_call=True,
    )
    def change(clicks: list[int | None]) -> list[Any]:
        verb, subject = _clicked(clicks)
        who = current()
        if verb == "withdraw":
            accounts.withdraw(who, subject)
        elif verb == "activate":
            accounts.activate(who, subject)
        else:
            _tell_role(accounts.change_role(who, subject, verb))
        return [verb, subject, ctx.triggered[0]["value"]]

    @app.callback(
        output={
            "chosen": Output(Ids.CHOSEN, "data"),
            "text": Output(Ids.DEACTIVATE_TEXT, "children"),
            "is_open": Output(f"{Ids.DEACTIVATE}-confirm", "is_open"),
        },
        inputs={"clicks": Input(ask_id(ALL), "n_clicks")},
        prevent_initial_call=True,
    )
    def ask(clicks: list[int | None]) -> dict[str, Any]:
        _, subject = _clicked(clicks)
        return {"chosen": subject, "text": question(_person(workspace, current(), subject)), "is_open": True}

    @app.callback(
        output=Output(Ids.CHANGED, "data", allow_duplicate=True),
        inputs={"clicks": Input(f"{Ids.DEACTIVATE}-confirm-yes", "n_clicks")},
        state={"chosen": State(Ids.CHOSEN, "data")},
        prevent_initial_call=True,
    )
    def deactivate(clicks: int | None, chosen: int | None) -> list[Any]:
        if chosen is None:
            raise PreventUpdate
        person = accounts.deactivate(current(), chosen)
        toast("neutral", "Deactivated", f"{person.name} is signed out everywhere.")
        return ["deactivated", person.id, clicks]


def _team(workspace: Workspace, who: Principal) -> Team:
    return Team(workspace.accounts.find(who), workspace.accounts.invitations(who), who.user_id)


def _person(workspace: Workspace, who: Principal, id: int) -> Person:
    for person in workspace.accounts.find(who):
        if person.id == id:
            return person
    raise NotFound("There is no such person.")


def _clicked(clicks: list[int | None]) -> tuple[str, int]:
    """What the pressed button says and whom it is about."""
    if not any(clicks):
        raise PreventUpdate  # the buttons were only drawn
    pressed = ctx.triggered_id
    if not isinstance(pressed["subject"], int):
        raise Invalid("There is no such person.")
    return str(pressed.get("verb", "")), pressed["subject"]


def _tell_role(person: Person) -> None:
    toast("positive", "Role changed", f"{person.name} now has the role {Role(person.role).label.lower()}.")
