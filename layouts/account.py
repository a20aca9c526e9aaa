"""One's own account: name, password, appearance, where one is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum, unique

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.operations.passwords import SHORTEST
from core.operations.people import OpenSession
from core.principal import Principal
from layouts import components as ui


@unique
class Ids(StrEnum):
    LEAVE = "account-leave"  # takes what sends the browser to the sign-in page
    NAME = "account-name"
    NEW_PASSWORD = "account-new-password"  # noqa: S105 - the id of an input
    OLD_PASSWORD = "account-old-password"  # noqa: S105 - the id of an input
    SAVE_NAME = "account-save-name"
    SAVE_PASSWORD = "account-save-password"  # noqa: S105 - the id of a button
    SIGN_IN = "account-sign-in"
    SIGN_OUT = "account-sign-out"


@dataclass(frozen=True, slots=True)
class Own:
    who: Principal
    sessions: Sequence[OpenSession]


def layout(own: Own) -> Component:
    return html.Div(
        [
            ui.page_head("Account", status=[html.Span(own.who.email), ui.tag(own.who.role.label)]),
            html.Div([_name(own.who), _appearance(), _password(), _sessions(own)], className="account-cards"),
            ui.confirm(
                Ids.SIGN_OUT,
                "Sign out everywhere?",
                "Every browser, this one included, and every API token of yours stops working at once. Running jobs go on.",
                "Sign out everywhere",
            ),
            html.Div(id=Ids.LEAVE),
        ]
    )


def device(agent: str) -> str:
    """``Firefox on Linux`` from what a browser calls itself; they all name others too, so the order counts."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return " on ".join(part for part in (browser, system) if part) or agent or "Unknown browser"


def _name(who: Principal) -> Component:
    name = dbc.Input(id=Ids.NAME, value=who.name, maxlength=120, autocomplete="name")
    return ui.card(
        html.Div([ui.field("Name", name), ui.button("Save name", id=Ids.SAVE_NAME)], className="account-form"),
        title="Profile",
        hint="How others see you.",
    )


def _appearance() -> Component:
    choices = [
        html.Button(
            [ui.icon(icon), html.Span(label), html.Span(ui.icon("check", label="chosen"), className="theme-chosen")],
            type="button",
            className="theme-choice",
            **ui.data(choose_theme=value),
        )
        for value, icon, label in (("system", "monitor", "System"), ("light", "sun", "Light"), ("dark", "moon", "Dark"))
    ]
    return ui.card(html.Div(choices, className="theme-choices"), title="Appearance", hint="Kept with your account, for every browser.")


def _password() -> Component:
    old = dbc.Input(id=Ids.OLD_PASSWORD, type="password", autocomplete="current-password")
    new = dbc.Input(id=Ids.NEW_PASSWORD, type="password", autocomplete="new-password")
    rule = f"At least {SHORTEST} characters. A few words are easier to remember and harder to guess than one with signs in it."
    return ui.card(
        html.Div(
            [
                ui.field("Present password", old),
                ui.field("New password", new, help=rule),
                ui.button("Change password", id=Ids.SAVE_PASSWORD),
            ],
            className="account-form",
        ),
        title="Password",
        hint="Changing it signs you out in every other browser.",
    )


def _sessions(own: Own, now: datetime | None = None) -> Component:
    moment = now or datetime.now(UTC)
    lines = [html.Li(_session(each, own.who.session_id, moment), className="line") for each in own.sessions]
    leave = ui.button("Sign out everywhere", icon="log-out", opens=f"{Ids.SIGN_OUT}-confirm")
    return ui.card(
        html.Ul(lines, className="lines"), title="Where you are signed in", actions=leave, hint="API tokens end with it too.", flush=True
    )


def _session(session: OpenSession, here: str | None, now: datetime) -> list[Component]:
    mark = [ui.tag("This browser")] if session.id == here else []
    facts: list[Component] = [
        html.Span(session.address or "unknown address"),
        html.Span(["signed in ", ui.when(session.created_at, now)]),
        html.Span(["last used ", ui.when(session.seen_at, now)]),
    ]
    return [
        html.Div(
            [
                html.Div([html.Span(device(session.agent), title=session.agent), *mark], className="line-title"),
                html.Div(facts, className="line-facts"),
            ],
            className="line-words",
        )
    ]


_BROWSERS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
    ("python", "Python"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
