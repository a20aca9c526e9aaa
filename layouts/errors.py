"""Pages that could not be shown, in words."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from core.errors import AstralytiqError, NotFound, Refused, TimedOut
from layouts import components as ui

_SIGNS = {NotFound: "map-pin-off", Refused: "lock", TimedOut: "timer-off"}


def refusal(error: AstralytiqError) -> Component:
    """What *error* says, as a page."""
    sign = _SIGNS.get(type(error), "circle-alert")
    return _page(error.title, error.message, sign)


def no_such_page(path: str) -> Component:
    return _page("Not found", f"There is no page at {path}. The address may have a typing error, or what was there is gone.", "map-pin-off")


def breakdown(request_id: str) -> Component:
    words = "This page could not be made. That is our fault, not yours; the log has the details."
    return _page("Something broke", f"{words} If you ask for help, give the request number {request_id}." if request_id else words, "bug")


def _page(title: str, text: str, sign: str) -> Component:
    actions = html.Div(
        [
            ui.button("Go home", href="/", kind="primary", icon="house"),
            html.Button("Go back", type="button", className="btn btn-secondary", **ui.data(go="back")),
        ],
        className="cluster",
    )
    return html.Div(
        [
            html.Span(ui.icon(sign), className="state-sign"),
            html.H1(title, className="page-title", tabIndex="-1"),
            html.P(text, className="state-text"),
            html.Div(actions, className="state-action"),
        ],
        className="state state-page",
    )
