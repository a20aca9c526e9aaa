"""Inputs with their labels. The controls themselves are dbc.Input, dbc.Select and dbc.Textarea."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from layouts.components.attributes import given


def field(
    label: str, control: Component, *, help: str | Component | None = None, error_id: str | None = None, hidden: bool = False
) -> html.Div:
    """*control* under its label. *error_id* names the place below for words about what is wrong with it (its children);
    *hidden* keeps the label for screen readers only."""
    parts: list[Component] = [
        html.Label(label, htmlFor=_dom_id(control), className="field-label visually-hidden" if hidden else "field-label"),
        control,
    ]
    if help is not None:
        parts.append(html.Div(help, className="field-help"))
    if error_id is not None:
        parts.append(html.Div(id=error_id, className="field-error", role="alert"))
    return html.Div(parts, className="field")


def fields(children: Sequence[Component], *, id: str | None = None) -> html.Div:
    """Several fields side by side where there is room."""
    return html.Div(list(children), className="fields", **given(id=id))


def toggle(label: str, *, id: Any, value: bool = False, help: str | None = None) -> html.Div:
    """A switch that acts at once."""
    parts: list[Component] = [dbc.Switch(id=id, label=label, value=value, className="toggle")]
    if help is not None:
        parts.append(html.Div(help, className="field-help"))
    return html.Div(parts, className="field field-toggle")


def _dom_id(control: Component) -> str:
    """Dash writes a pattern-matching id into the document as JSON with sorted keys."""
    own = getattr(control, "id", None)
    if own is None:
        raise ValueError("A control needs an id, or its label belongs to nothing.")
    return json.dumps(own, sort_keys=True, separators=(",", ":")) if isinstance(own, dict) else str(own)
