"""A chart anywhere: a figure as JSON that assets/js/figure.js draws in the colours of the current theme.

A colour inside a figure is a token, ``var(--series-3)``, or one with an opacity, ``var(--series-3) / 0.2``:
the browser looks it up when it draws, so a figure is the same in both themes and follows a switch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import orjson
from dash import html
from dash.development.base_component import Component

Size = Literal["normal", "small", "fill"]


def figure(
    fig: Mapping[str, Any],
    *,
    title: str,
    summary: str,
    note: str = "",
    table: Component | None = None,
    id: Any = None,
    size: Size = "normal",
    actions: bool = True,
    marks: bool = False,
) -> html.Figure:
    """*fig* is a plotly figure (``data``, ``layout``) without a template; *summary* says in a sentence what it shows.

    The reader can have it as a table: *table* when given, else one made of the figure's own numbers. *size* ``fill`` takes the
    height of what is around it; *actions* leaves out the row of buttons where a menu around the figure has them. *note* stands
    below the title of a picture that is saved; on the page its place is around the figure. With *marks* the table has a button
    for the rows behind each mark, which the page must show.
    """
    named: dict[str, Any] = {} if id is None else {"id": id}
    drawn: dict[str, Any] = {"aria-label": summary, "data-figure": to_json(fig), "data-figure-title": title}
    if note:
        drawn["data-figure-note"] = note
    if marks:
        drawn["data-figure-marks"] = ""
    tabled: dict[str, Any] = {"aria-label": f"{title}, as a table"}
    parts: list[Component] = [
        html.Div(className="figure-canvas", role="img", **drawn),
        html.Div(table, className="figure-table", hidden=True, tabIndex="0", role="region", **tabled),
    ]
    if actions:
        parts.append(_actions())
    return html.Figure(parts, className=f"figure figure-{size}", **named)


def rows(
    headings: Sequence[tuple[str, bool]], cells: Sequence[Sequence[str]], exact: Sequence[Sequence[str]] = (), *, title: str, summary: str
) -> html.Figure:
    """A table of many rows that figure.js writes: as Dash components a hundred rows would be sent and made three hundred times.

    *headings* are names and whether the column holds numbers; *exact* is shown on hover where a cell is rounded ("" elsewhere).
    """
    given: dict[str, Any] = {"data-rows": to_json({"headings": headings, "cells": cells, "exact": exact}), "aria-label": title}
    table = html.Div(className="figure-rows", role="region", tabIndex="0", **given)
    return html.Figure([table, html.Figcaption(summary, className="visually-hidden")], className="figure figure-fill")


def action(label: str, name: Literal["table", "png", "svg"], *, class_name: str = "figure-action") -> html.Button:
    """A button that figure.js answers for the figure in the same ``.figure`` or ``[data-figure-scope]``."""
    given: dict[str, Any] = {"data-figure-action": name}
    return html.Button(label, type="button", className=class_name, **given)


def to_json(fig: Mapping[str, Any]) -> str:
    return orjson.dumps(
        fig, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NAIVE_UTC | orjson.OPT_OMIT_MICROSECONDS
    ).decode()


def _actions() -> html.Div:
    return html.Div([action("Show as table", "table"), action("PNG", "png"), action("SVG", "svg")], className="figure-actions")


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)
