"""Home."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from layouts import components as ui


def layout(_: Any) -> Component:
    return html.Div([ui.page_head("Home")])
