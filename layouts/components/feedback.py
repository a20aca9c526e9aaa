"""How things stand: states, progress, waiting, nothing there, something wrong."""

from __future__ import annotations

from typing import Literal

from dash import html
from dash.development.base_component import Component

from layouts.components.actions import icon as sign_of
from layouts.components.attributes import aria, given

State = Literal["positive", "warning", "critical", "neutral", "running"]
Shape = Literal["text", "metric", "table", "chart", "card"]


def status(kind: State, label: str, *, title: str | None = None) -> html.Span:
    """A dot and a word: never colour alone."""
    return html.Span(
        [html.Span(className="status-dot", **aria(hidden=True)), label], className=f"status status-{kind}", **given(title=title)
    )


def progress(value: float | None, label: str, *, kind: State = "running", id: str | None = None) -> html.Div:
    """*value* from 0 to 1; None while nobody knows how much there is to do. *label* says the step in words."""
    share = None if value is None else max(0.0, min(1.0, value))
    percent = None if share is None else round(share * 100)
    fill = html.Div(className="progress-fill", style=given(width=None if share is None else f"{share:.1%}"))
    bar = html.Div(
        fill,
        className="progress-track" if share is not None else "progress-track progress-unknown",
        role="progressbar",
        **aria(label=label, valuemin=0, valuemax=100, valuenow=percent),
    )
    figures = [] if percent is None else [html.Span(f"{percent}\u00a0%", className="progress-share")]
    text = html.Div([html.Span(label, className="progress-label"), *figures], className="progress-text", **aria(hidden=True))
    return html.Div([text, bar], className=f"progress-block progress-{kind}", **given(id=id))


def skeleton(kind: Shape = "text", lines: int = 3) -> html.Div:
    """The shape of what is coming, on the first load only."""
    count = {"text": lines, "table": lines, "metric": 2, "chart": 1, "card": 3}[kind]
    bones = [html.Span(className="bone") for _ in range(count)]
    return html.Div([*bones, html.Span("Loading", className="visually-hidden")], className=f"skeleton skeleton-{kind}", role="status")


def empty_state(title: str, text: str | Component, action: Component | None = None, icon: str | None = None) -> html.Div:
    """Says why nothing is there and what to do about it."""
    return _state("empty", title, text, action, icon or "inbox")


def error_state(title: str, text: str | Component, action: Component | None = None) -> html.Div:
    return _state("error", title, text, action, "circle-alert")


def banner(kind: State, title: str, text: str | Component | None = None, action: Component | None = None) -> html.Div:
    """A remark on the page itself, above what it is about."""
    words = [html.Strong(title, className="banner-title"), *([html.Span(text, className="banner-text")] if text else [])]
    parts: list[Component] = [sign_of(_SIGNS[kind]), html.Div(words, className="banner-words")]
    if action is not None:
        parts.append(html.Div(action, className="banner-action"))
    return html.Div(parts, className=f"banner banner-{kind}", role="alert" if kind == "critical" else "status")


def _state(kind: str, title: str, text: str | Component, action: Component | None, sign: str) -> html.Div:
    parts: list[Component] = [
        html.Span(sign_of(sign), className="state-sign"),
        html.H2(title, className="state-title"),
        html.Div(text, className="state-text"),
    ]
    if action is not None:
        parts.append(html.Div(action, className="state-action"))
    return html.Div(parts, className=f"state state-{kind}", **given(role="alert" if kind == "error" else None))


_SIGNS: dict[State, str] = {
    "positive": "circle-check",
    "warning": "triangle-alert",
    "critical": "circle-alert",
    "neutral": "info",
    "running": "loader-circle",
}
