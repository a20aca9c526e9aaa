"""The first rows of a file as they would be read, with name and type of each column to change, and what to know about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.data.column_types import CHOICES
from core.data.kinds import Kind
from core.data.sources import Preview, PreviewColumn
from layouts import components as ui

MOST_COLUMNS = 60
_LONGEST = 80  # characters of a cell
_MOST_WARNINGS = 6
_REJECTS = 5
_TYPES = {
    "text": "Text", "integer": "Whole number", "decimal": "Number", "boolean": "Yes or no", "date": "Date", "date_dmy": "Date, day first",
    "date_mdy": "Date, month first", "timestamp": "Date and time", "timestamp_dmy": "Date and time, day first",
    "timestamp_mdy": "Date and time, month first", "time": "Time",
}  # fmt: skip
_NUMBERS = frozenset({"integer", "decimal", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "DOUBLE", "FLOAT", "HUGEINT", "UBIGINT"})


def column_id(part: str | Any, found: str | Any) -> dict[str, Any]:
    """Of a column's control; *part* is name or type."""
    return {"type": "import-column", "part": part, "column": found}


def table(preview: Preview, *, head_id: str, body_id: str, hint_id: str) -> Component:
    caption = "The first rows as they would be read"
    content = html.Table(
        [
            html.Caption(caption, className="visually-hidden"),
            html.Thead(table_head(preview), id=head_id),
            html.Tbody(table_body(preview), id=body_id),
        ],
        className="data-table data-table-dense import-table",
    )
    scroll = html.Div(content, className="table-scroll", role="region", tabIndex="0", **ui.aria(label=caption))
    return ui.card(scroll, title="What comes in", hint=html.Span(hint(preview), id=hint_id), flush=True)


def hint(preview: Preview) -> str:
    """How much of the file is shown; another choice may change both."""
    hidden = len(preview.columns) - MOST_COLUMNS
    rest = f" {ui.format.count(hidden, 'more column')} not shown here; they are read as they were found." if hidden > 0 else ""
    return f"The first {ui.format.count(len(preview.rows), 'row')}. Names and types can be changed.{rest}"


def table_head(preview: Preview) -> Component:
    return html.Tr([html.Th(_column(column, preview), scope="col") for column in preview.columns[:MOST_COLUMNS]])


def table_body(preview: Preview) -> list[Component]:
    ends = ["align-end" if column.type in _NUMBERS else "align-start" for column in preview.columns[:MOST_COLUMNS]]
    return [html.Tr([_cell(value, end) for value, end in zip(row, ends, strict=False)]) for row in preview.rows]


def notes(preview: Preview) -> list[Component]:
    """What needs a choice, and what else a person should know."""
    warnings = list(preview.warnings)
    parts: list[Component] = []
    if preview.needs_choice and warnings:
        parts.append(ui.banner("warning", "One column?", warnings.pop(0)))
    if warnings:
        more = len(warnings) - _MOST_WARNINGS
        lines = [*warnings[:_MOST_WARNINGS], *([f"And {more} more of the kind."] if more > 0 else [])]
        remarks = [html.Li([html.Span(ui.icon("info"), className="sign-note"), html.Span(line)]) for line in lines]
        parts.append(ui.card(html.Ul(remarks, className="remarks"), title="Worth a look"))
    return parts


def type_options(column: PreviewColumn, preview: Preview) -> list[dict[str, str]]:
    """A file that knows its types keeps them; only its texts can be read as something else."""
    listed = [{"value": choice, "label": _TYPES[choice]} for choice in CHOICES]
    if preview.kind in (Kind.CSV, Kind.EXCEL) or column.type in ("VARCHAR", *CHOICES):
        own = [{"value": column.type, "label": "Text"}] if column.type == "VARCHAR" else []
        return own + [each for each in listed if not (own and each["value"] == "text")]
    return [{"value": column.type, "label": _known(column.type)}, {"value": "text", "label": "Text"}]


def _known(name: str) -> str:
    return {"BIGINT": "Whole number", "DOUBLE": "Number", "DATE": "Date", "BOOLEAN": "Yes or no", "TIMESTAMP": "Date and time"}.get(
        name, name.split("(", maxsplit=1)[0].capitalize()
    )


def _column(column: PreviewColumn, preview: Preview) -> list[Component]:
    name = dbc.Input(id=column_id("name", column.found), value=column.name, type="text", size="sm", maxLength=200, debounce=True)
    kind = dbc.Select(id=column_id("type", column.found), value=column.type, options=type_options(column, preview), size="sm")
    return [ui.field(f"Name of {column.found}", name, hidden=True), ui.field(f"Type of {column.found}", kind, hidden=True)]


def _cell(value: str | None, end: str) -> Component:
    if value is None:
        return html.Td(html.Span("empty", className="visually-hidden"), className=f"{end} import-empty")
    short = value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
    return html.Td(short, className=end, **ui.given(title=value[:1000] if short != value else None))


def rejects(preview: Preview) -> list[Component]:
    """The rows that would be set aside, if there are any."""
    if not preview.rejected:
        return []
    count = ui.format.count(preview.rejected, "row")
    rows: list[Mapping[str, Any]] = [
        {"line": line, "reason": reason, "raw": html.Code(raw[:200], className="raw")} for line, reason, raw in preview.rejects[:_REJECTS]
    ]
    columns = (ui.Col("line", "Line"), ui.Col("reason", "What is wrong"), ui.Col("raw", "As it stands in the file"))
    shown = (
        [html.Div(ui.data_table(columns, rows, caption="Rows that would be set aside", dense=True), className="set-aside")] if rows else []
    )
    hint = "Counted in the part of the file that was looked at. They stay with the dataset, beside it."
    return [ui.card(shown, title=f"{count} would be set aside", hint=hint, flush=True)]
