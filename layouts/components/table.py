"""A plain table for a few dozen rows; thousands belong into the grid of the data page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dash import html
from dash.development.base_component import Component

from layouts.components import format as words
from layouts.components.attributes import aria
from layouts.components.feedback import empty_state


@dataclass(frozen=True, slots=True)
class Col:
    """*name* is the key in each row. *format* turns a value into text or a component; without it numbers are grouped and right-aligned."""

    name: str
    label: str
    align: Literal["start", "end", "center"] | None = None
    format: Callable[[Any], str | Component] | None = None


def data_table(
    columns: Sequence[Col],
    rows: Sequence[Mapping[str, Any]],
    *,
    below: Sequence[tuple[str, Component]] = (),
    caption: str,
    empty: str | Component = "Nothing here yet.",
    dense: bool = False,
) -> Component:
    """*caption* is what a screen reader says the table is; it is not shown. *empty* says why there are no rows.

    *below* are rows of a name and something that takes the width of all other columns.
    """
    if not rows and not below:
        return empty if isinstance(empty, Component) else empty_state("Nothing here", empty)
    aligned = {column.name: _alignment(column, rows) for column in columns}
    head = html.Tr([html.Th(column.label, scope="col", className=aligned[column.name]) for column in columns])
    body = [html.Tr([html.Td(_cell(column, row.get(column.name)), className=aligned[column.name]) for column in columns]) for row in rows]
    body += [html.Tr([html.Td(name, className="align-start"), html.Td(wide, colSpan=len(columns) - 1)]) for name, wide in below]
    table = html.Table(
        [html.Caption(caption, className="visually-hidden"), html.Thead(head), html.Tbody(body)],
        className="data-table data-table-dense" if dense else "data-table",
    )
    return html.Div(table, className="table-scroll", role="region", tabIndex="0", **aria(label=caption))


def _cell(column: Col, value: Any) -> str | Component | Sequence[Component]:
    if column.format is not None:
        return column.format(value)
    if value is None:
        return words.ABSENT
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, (int, float)):
        return words.number(value)
    return value if isinstance(value, (Component, list)) else str(value)


def _alignment(column: Col, rows: Sequence[Mapping[str, Any]]) -> str:
    if column.align:
        return f"align-{column.align}"
    values = [value for row in rows if (value := row.get(column.name)) is not None]
    numbers = values and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    return "align-end" if numbers else "align-start"
