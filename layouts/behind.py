"""The rows behind a mark of a chart: the first of them, and how many there are."""

from __future__ import annotations

from dash import html

from core.dashboards.clicks import Behind
from layouts import components as ui
from layouts.figure import rows


def title(found: Behind) -> str:
    return f"Rows behind {found.of}"


def how_many(found: Behind) -> str:
    """``58,665 rows, the first 100 of them here``."""
    first = "" if len(found.rows.rows) == found.rows.total else f", the first {len(found.rows.rows)} of them here"
    return f"{_count(found)}{first}"


def table(found: Behind) -> html.Figure:
    headings = [(column.name, column.is_number) for column in found.rows.columns]
    cells = [
        ["" if cell is None else ui.format.number(cell) if isinstance(cell, float) else str(cell) for cell in row]
        for row in found.rows.rows
    ]
    return rows(headings, cells, title=title(found), summary=f"{_count(found)} behind {found.of}")


def _count(found: Behind) -> str:
    return ui.format.count(found.rows.total or 0, "row")
