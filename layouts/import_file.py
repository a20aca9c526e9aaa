"""Bring in a file: choose it, see what was understood, correct that, import."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.data.imports import Upload
from core.data.sources import Preview
from layouts import components as ui
from layouts.import_choices import choice_fields
from layouts.import_preview import notes, rejects, table

ADDRESS = "/data/new"
_ENDINGS = re.compile(r"\.(csv|tsv|tab|txt|xlsx|json|jsonl|ndjson|parquet|gz|zip)$", re.IGNORECASE)


@unique
class Ids(StrEnum):
    ASIDE = "import-aside"  # rows that would be set aside
    BODY = "import-body"  # rows of the preview
    BUSY = "import-busy"  # around the button, while the import begins; the button itself waits for a choice
    CHOSEN = "import-chosen"  # what was decided otherwise than it was found
    FILE = "import-file"  # the file input, which assets/js/upload.js makes
    HEAD = "import-head"  # names and types of the columns
    HINT = "import-hint"  # how much of the file is shown
    LOAD_SAMPLE = "import-load-sample"
    NAME = "import-name"
    NOTES = "import-notes"
    SHOWN = "import-shown"  # what the controls show, so that a change can be told from their being drawn
    START = "import-start"
    UPLOAD = "import-upload"


@dataclass(frozen=True, slots=True)
class Choose:
    """Before there is a file. *limit* is in bytes."""

    limit: int
    may_load_sample: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    upload: Upload
    preview: Preview


def layout(content: Choose | Look) -> Component:
    return _choose(content) if isinstance(content, Choose) else _look(content)


def _choose(content: Choose) -> Component:
    sample = [_sample()] if content.may_load_sample else []
    return html.Div(
        [
            ui.page_head("Bring in a file", crumbs=[("Data", "/data")], status="You see what was understood before anything is kept."),
            html.Div([_drop(content.limit), *sample], className="stack import-choose"),
        ]
    )


def _drop(limit: int) -> Component:
    """assets/js/upload.js puts the file input in and does the rest: a request of its own, so that the file is never in memory whole."""
    kinds = "CSV, TSV, Excel (.xlsx), JSON or Parquet, also packed with gzip or zip"
    return html.Div(
        [
            html.Span(ui.icon("file-up"), className="state-sign"),
            html.H2("Drop a file here", className="state-title"),
            html.P(f"{kinds}. At most {ui.format.bytes(limit)}.", className="state-text"),
            html.Label("Choose a file", htmlFor=Ids.FILE, className="btn btn-primary upload-button"),
            html.Div(className="upload-progress", hidden=True),
            html.Div(className="upload-error", role="alert"),
        ],
        className="panel state upload",
        **ui.data(upload="/upload", next=f"{ADDRESS}?upload=", limit=limit),
    )


def _sample() -> Component:
    words = "336,776 flights from New York in 2013, with airlines, airports, planes and weather."
    return html.Div(
        [
            html.Div([html.Strong("No file at hand?"), html.P(words, className="muted")]),
            ui.button("Load the sample", id=Ids.LOAD_SAMPLE, icon="package"),
        ],
        className="panel import-sample",
    )


def _look(content: Look) -> Component:
    upload, preview = content.upload, content.preview
    name = dbc.Input(id=Ids.NAME, value=name_from(upload.file_name), maxLength=120, type="text", autoComplete="off")
    start = ui.button("Import", id=Ids.START, kind="primary", disabled=preview.needs_choice)
    facts = [html.Span(upload.file_name), html.Span(preview.kind.label), html.Span(ui.format.bytes(upload.bytes))]
    return html.Div(
        [
            ui.page_head(
                "Bring in a file", crumbs=[("Data", "/data")], status=facts, action=ui.button("Choose another file", href=ADDRESS)
            ),
            html.Div(
                [
                    ui.card(html.Div([ui.field("Name of the dataset", name), html.Fieldset(start, id=Ids.BUSY)], className="import-name")),
                    *_choices(preview),
                    html.Div(notes(preview), id=Ids.NOTES, className="stack import-notes", **ui.aria(live="polite")),
                    table(preview, head_id=Ids.HEAD, body_id=Ids.BODY, hint_id=Ids.HINT),
                    html.Div(rejects(preview), id=Ids.ASIDE),
                ],
                className="stack",
            ),
            dcc.Store(id=Ids.UPLOAD, data=upload.id),
            dcc.Store(id=Ids.CHOSEN, data={}),
            dcc.Store(id=Ids.SHOWN, data=shown(preview)),
        ]
    )


def _choices(preview: Preview) -> list[Component]:
    fields = choice_fields(preview)
    return [ui.card(fields, title="How it is read", hint="Found in the file; change what is wrong.")] if fields else []


def shown(preview: Preview) -> dict[str, Any]:
    """What the controls of *preview* show: options by name, and (name, type) of each column by the name that was found."""
    return {
        "options": dict(preview.options),
        "columns": {column.found: [column.name, column.type] for column in preview.columns},
        "needs_choice": preview.needs_choice,
    }


def name_from(file_name: str) -> str:
    """``monthly_sales-2020.csv.gz`` is called Monthly sales 2020."""
    name = file_name
    while _ENDINGS.search(name):
        name = _ENDINGS.sub("", name)
    words = " ".join(re.split(r"[\s_-]+", name)).strip()
    return (words[:1].upper() + words[1:])[:120]
