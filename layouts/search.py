"""The search dialog (Ctrl-K): one list over pages, things and actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from itertools import groupby

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from layouts import components as ui


@unique
class Ids(StrEnum):
    DIALOG = "search-dialog"
    LABEL = "search-label"
    RESULTS = "search-results"
    TEXT = "search-text"


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that can be gone to. *group* is the heading it stands under, *hint* a few words beside the label."""

    group: str
    label: str
    href: str
    icon: str
    hint: str = ""


def dialog() -> dbc.Modal:
    text = dbc.Input(
        id=Ids.TEXT,
        type="text",  # Esc empties a search input, and its news would come after the dialog is gone; so would what waits for a pause
        placeholder="Search pages, data, columns, dashboards, models",
        autocomplete="off",
        className="search-input",
    )
    keys: list[str | Component] = [html.Kbd("↑"), html.Kbd("↓"), " to move ", html.Kbd("Enter"), " to open ", html.Kbd("Esc"), " to close"]
    return dbc.Modal(
        [
            html.Div(
                [ui.icon("search"), html.Label("Search everything", htmlFor=Ids.TEXT, id=Ids.LABEL, className="visually-hidden"), text],
                className="search-line",
            ),
            html.Div(id=Ids.RESULTS, className="search-results"),
            html.Div(keys, className="search-keys", **ui.aria(hidden=True)),
        ],
        id=Ids.DIALOG,
        is_open=False,
        labelledby=Ids.LABEL,
        className="dialog search-dialog",
    )


def results(hits: Sequence[Hit], text: str) -> Component:
    """*hits* come sorted by group. The answer says what it answers, so that Enter can wait for the one to all that was typed."""
    return html.Div(_groups(hits) or _nothing(text), **ui.data(answers=text))


def _nothing(text: str) -> Component:
    return html.P(f"Nothing is called “{text}”. Try a shorter word.", className="search-none")


def _groups(hits: Sequence[Hit]) -> list[Component]:
    parts: list[Component] = []
    for group, members in groupby(hits, key=lambda hit: hit.group):
        rows = [html.Li(_row(hit)) for hit in members]
        parts.append(html.Section([html.H3(group, className="search-group"), html.Ul(rows, className="search-list")]))
    return parts


def _row(hit: Hit) -> html.A:
    words: list[Component] = [ui.icon(hit.icon), html.Span(hit.label, className="search-label")]
    if hit.hint:
        words.append(html.Span(hit.hint, className="search-hint"))
    return html.A(words, href=hit.href, className="search-hit", **ui.data(closes=Ids.DIALOG))
