"""People: who has an account, with which role, and who was invited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum, unique
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.operations.people import Invitation, Person
from core.principal import Role
from layouts import components as ui


@unique
class Ids(StrEnum):
    ACT = "people-act"
    ASK = "people-ask"
    CHANGED = "people-changed"
    CHOSEN = "people-chosen"  # the id of whom the open question is about
    DEACTIVATE = "people-deactivate"
    DEACTIVATE_TEXT = "people-deactivate-text"
    EMAIL = "people-email"
    INVITE = "people-invite"
    INVITED = "people-invited"
    LINK = "people-link"
    LIST = "people-list"
    OPEN = "people-open"
    ROLE = "people-role"


def act_id(verb: str | Any, subject: int | Any) -> dict[str, Any]:
    """*verb* is a role to give, ``activate`` or, of an invitation, ``withdraw``."""
    return {"type": Ids.ACT, "verb": verb, "subject": subject}


def ask_id(person_id: int | Any) -> dict[str, Any]:
    return {"type": Ids.ASK, "subject": person_id}


@dataclass(frozen=True, slots=True)
class Team:
    people: Sequence[Person]
    invitations: Sequence[Invitation]
    me: int


def layout(team: Team) -> Component:
    return html.Div(
        [
            ui.page_head("People", status=summary(team)),
            html.Div(
                [
                    _invite_card(),
                    html.Div(people(team), id=Ids.LIST),
                    html.Div(invitations(team), id=Ids.OPEN),
                ],
                className="stack",
            ),
            ui.confirm(Ids.DEACTIVATE, "Deactivate this account?", html.Div(id=Ids.DEACTIVATE_TEXT), "Deactivate account"),
            dcc.Store(id=Ids.CHOSEN),
            dcc.Store(id=Ids.CHANGED),
        ]
    )


def summary(team: Team) -> str:
    active = [person for person in team.people if person.active]
    admins = sum(person.role is Role.ADMIN for person in active)
    return f"{ui.format.count(len(active), 'active account')}, {ui.format.count(admins, 'administrator')}"


def people(team: Team, now: datetime | None = None) -> Component:
    moment = now or datetime.now(UTC)
    lines = [html.Li(_person(person, team.me, moment), className="line person-line") for person in team.people]
    return html.Ul(lines, className="panel lines", **ui.aria(label="People"))


def invitations(team: Team, now: datetime | None = None) -> Component | None:
    if not team.invitations:
        return None
    moment = now or datetime.now(UTC)
    lines = [html.Li(_invitation(each, moment), className="line person-line") for each in team.invitations]
    return ui.section("Open invitations", html.Ul(lines, className="panel lines"), hint="Their links work once.")


def invited(invitation: Invitation, link: str) -> Component:
    """The link is shown this once: only its hash is kept."""
    link_field = dbc.Input(id=Ids.LINK, value=link, readonly=True, className="code")
    words = f"Send this link to {invitation.email}. It works once, until {ui.format.day(invitation.expires_at)}, and is not shown again."
    copy = html.Button([ui.icon("copy"), html.Span("Copy link")], type="button", className="btn btn-secondary", **ui.data(copies=Ids.LINK))
    line = html.Div([ui.field("Invitation link", link_field, hidden=True), copy], className="invite-link")
    return html.Div([ui.banner("positive", f"Invited as {invitation.role.label.lower()}.", words), line], className="stack stack-tight")


def question(person: Person) -> str:
    return (
        f"{person.name} ({person.email}) is signed out everywhere at once and cannot sign in again until the account is activated. "
        "What they made stays."
    )


def _invite_card() -> Component:
    roles = [{"label": role.label, "value": role.value} for role in Role]
    controls = [
        ui.field("E-mail address", dbc.Input(id=Ids.EMAIL, type="email", placeholder="ada@example.com", autocomplete="off")),
        ui.field("Role", dbc.Select(id=Ids.ROLE, options=roles, value=Role.ANALYST.value)),
        ui.button("Create invitation", id=Ids.INVITE, kind="primary", icon="user-plus"),
    ]
    place = html.Div(id=Ids.INVITED, **ui.aria(live="polite"))
    return ui.card(
        [html.Div(controls, className="invite"), place],
        title="Invite a person",
        hint="You get a link to send them; they choose their own password.",
    )


def _person(person: Person, me: int, now: datetime) -> list[Component]:
    marks = [*([ui.tag("You")] if person.id == me else [])]
    seen: list[str | Component] = ["last seen ", ui.when(person.last_seen_at, now)] if person.last_seen_at else ["never signed in"]
    return [
        html.Div(
            [
                html.Div([html.Span(person.name), *marks], className="line-title"),
                html.Div([html.Span(person.email)], className="line-facts"),
            ],
            className="line-words",
        ),
        html.Div(
            [
                html.Div(person.role.label) if person.active else ui.status("neutral", "Deactivated"),
                html.Div(html.Span(seen), className="line-facts"),
            ],
            className="person-role",
        ),
        html.Div(_menu(person), className="line-actions"),
    ]


def _menu(person: Person) -> Component:
    if not person.active:
        return ui.button("Activate", id=act_id("activate", person.id), small=True, title=f"Activate {person.name}")
    items = [
        ui.menu_item(f"Make {_article(role)}", id=act_id(role.value, person.id), icon=_ICONS[role])
        for role in Role
        if role is not person.role
    ]
    items.append(html.Hr(className="dropdown-divider"))
    items.append(ui.menu_item("Deactivate", id=ask_id(person.id), icon="ban", danger=True))
    return ui.menu(f"Change {person.name}", items, icon="ellipsis")


def _invitation(invitation: Invitation, now: datetime) -> list[Component]:
    days = max(1, round((invitation.expires_at - now).total_seconds() / 86_400))
    return [
        html.Div(
            [
                html.Div(invitation.email, className="line-title"),
                html.Div(html.Span(["invited ", ui.when(invitation.created_at, now)]), className="line-facts"),
            ],
            className="line-words",
        ),
        html.Div(
            [html.Div(invitation.role.label), html.Div(html.Span(f"{ui.format.count(days, 'day')} left"), className="line-facts")],
            className="person-role",
        ),
        html.Div(
            ui.button("Withdraw", id=act_id("withdraw", invitation.id), small=True, title=f"Withdraw the invitation of {invitation.email}"),
            className="line-actions",
        ),
    ]


def _article(role: Role) -> str:
    word = {Role.ADMIN: "administrator"}.get(role, role.label.lower())
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


_ICONS = {Role.ADMIN: "shield", Role.DATA_SCIENTIST: "flask-conical", Role.ANALYST: "chart-column", Role.VIEWER: "eye"}
