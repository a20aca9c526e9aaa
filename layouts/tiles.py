"""One tile of a dashboard: a chart with its title, what can be done with it, and what it does not say by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.dashboards.figures import Drawing
from core.dashboards.filters import without
from core.dashboards.tiles import State, TileData
from core.query.spec import Filter
from layouts import components as ui
from layouts.figure import figure, rows
from layouts.filter_bar import address_of


def board(tiles: Sequence[TileData], filters: Sequence[Filter], *, address: str, edit: bool) -> list[Component]:
    """The tiles of the dashboard at *address* (``/dashboards/3``)."""
    return [tile(data, filters, address=address, edit=edit) for data in tiles]


def tile(data: TileData, filters: Sequence[Filter], *, address: str, edit: bool) -> html.Div:
    """React owns the elements; GridStack, while the dashboard is edited, only their places (assets/js/board.js)."""
    place, chart = data.tile, data.tile.chart
    name = f"tile-{place.id}-name"
    head = html.Div(
        [html.H2(chart.name, className="tile-name", id=name, title=chart.name), _menu(data, filters, address=address, edit=edit)],
        className="tile-head",
    )
    body = html.Div(_body(data, filters, address, marks=not edit), className="tile-body")
    article = html.Article(
        [head, body, *_notes(data)],
        className="tile grid-stack-item-content" if edit else "tile",
        **ui.aria(labelledby=name),
    )
    return html.Div(
        article,
        id={"type": "tile", "tile": place.id},
        className="board-tile grid-stack-item" if edit else "board-tile",
        style={"--gs-x": place.x, "--gs-y": place.y, "--gs-w": place.w, "--gs-h": place.h},
        **ui.data(tile=place.id, state=data.state, chart=chart.id, name=chart.name, figure_scope=""),
        **({"tabIndex": "0", "role": "group"} | ui.aria(labelledby=name, describedby="board-keys") if edit else {}),
    )


def how_id(tile_id: Any) -> dict[str, Any]:
    return {"type": "tile-how", "tile": tile_id}


def how(data: TileData) -> list[Component]:
    """How the numbers of a tile came about."""
    answer = data.answer
    if answer is None:
        return [html.P(data.message)]
    chart = data.tile.chart
    source: list[str | Component] = [ui.link(chart.dataset, f"/data/{chart.dataset_id}/overview"), f", version {answer.dataset_version}"]
    facts: list[tuple[str, str | Component]] = [
        ("Data", html.Span(source)),
        ("Rows scanned", ui.format.number(data.row_count)),
        ("Rows in the answer", ui.format.number(len(answer.rows))),
        (
            "Taken",
            ui.format.duration(answer.elapsed_ms / 1000) + (", kept from an earlier question" if answer.cached else ", computed now"),
        ),
        *([("Computed", ui.when(answer.notes["computed_at"]))] if "computed_at" in answer.notes else []),
        *([("Filters left out", ", ".join(data.unconcerned))] if data.unconcerned else []),
    ]
    code = html.Pre(answer.sql, className="how-sql", tabIndex="0", role="region", **ui.aria(label="Query"))
    return [ui.properties(facts), html.H3("Query", className="how-heading"), code]


def _took(milliseconds: float) -> str:
    return "less than 1\u00a0ms" if milliseconds < 1 else ui.format.duration(milliseconds / 1000)


def _menu(data: TileData, filters: Sequence[Filter], *, address: str, edit: bool) -> Component:
    place = data.tile
    items: list[Component] = []
    if data.drawing is not None and data.drawing.figure is not None:
        items += [
            _figure_item("Show as table", "table", "table-2"),
            _figure_item("Picture (PNG)", "png", "download"),
            _figure_item("Picture (SVG)", "svg", "download"),
        ]
    if data.answer is not None:
        items.append(_download("Numbers (CSV)", address_of(f"/download{address}/tiles/{place.id}.csv", filters)))
    items += [
        ui.menu_item("How it was computed", id=how_id(place.id), icon="info"),
        ui.menu_item("Open chart", href=f"/charts/{place.chart.id}", icon="chart-column"),
    ]
    if edit:
        remove = html.Span([ui.icon("trash-2"), "Remove from dashboard"], className="menu-face", **ui.data(board_action="remove"))
        items.append(dbc.DropdownMenuItem(remove, className="menu-danger"))
    return ui.menu(f"Actions for {place.chart.name}", items, icon="ellipsis", small=True)


def _figure_item(label: str, action: Literal["table", "png", "svg"], icon: str) -> Component:
    item: Component = dbc.DropdownMenuItem(
        html.Span([ui.icon(icon), html.Span(label, className="face-label")], className="menu-face", **ui.data(figure_action=action))
    )
    return item


def _download(label: str, href: str) -> Component:
    item: Component = dbc.DropdownMenuItem(
        html.Span([ui.icon("download"), html.Span(label, className="face-label")], className="menu-face"), href=href, external_link=True
    )
    return item


def _body(data: TileData, filters: Sequence[Filter], address: str, *, marks: bool) -> Component:
    if data.state is State.EMPTY:
        columns = [each.column for each in filters if each.column in data.responsible]
        links = [ui.link(f"Remove the filter on {column}", address_of(address, without(filters, column))) for column in columns]
        return _message("funnel", data.message, links)
    if data.state is State.ERROR or data.drawing is None:
        return _message("circle-alert", data.message, [ui.link("Open chart", f"/charts/{data.tile.chart.id}")], kind="error")
    return _drawn(data.drawing, data.tile.chart.name, marks=marks)


def _drawn(drawing: Drawing, title: str, *, marks: bool) -> Component:
    if drawing.number is not None:
        number = drawing.number
        value = html.Span(number.text, className="tile-number", title=number.exact)
        return html.Div([value, html.Span(number.label, className="tile-number-label")], className="tile-metric")
    if drawing.rows is not None:
        headings = [(each.name, each.is_number) for each in drawing.rows.headings]
        return rows(headings, drawing.rows.cells, drawing.rows.exact, title=title, summary=drawing.summary)
    return figure(
        drawing.figure or {}, title=title, summary=drawing.summary, note=drawing.left_out, size="fill", actions=False, marks=marks
    )


def _message(icon: str, text: str, links: Sequence[Component], *, kind: str = "empty") -> html.Div:
    return html.Div(
        [ui.icon(icon), html.P(text), *([html.Div(list(links), className="tile-links")] if links else [])],
        className=f"tile-message tile-{kind}",
    )


def _notes(data: TileData) -> list[Component]:
    notes = []
    if data.drawing is not None and not data.drawing.is_empty and data.drawing.left_out:  # an empty tile says it in its message
        notes.append(data.drawing.left_out)
    if data.unconcerned:
        columns = " and ".join(data.unconcerned)
        notes.append(f"Not filtered by {columns}: {data.tile.chart.dataset} has no such column.")
    return [html.P(words, className="tile-note", title=words) for words in notes]
