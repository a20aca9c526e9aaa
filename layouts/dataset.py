"""A dataset: what it holds and where it came from; its versions and its settings are tabs of the same page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from core.data.datasets import Version
from core.operations.jobs import Job
from core.query.spec import Answer, Column
from layouts import components as ui
from layouts import dataset_settings, dataset_versions
from layouts.cells import cell
from layouts.dataset_head import Shown, frame, kind_of
from layouts.job_bar import job_bar

REFRESH_MS = 1_500
MOST_COLUMNS = 200
REJECTS = 20
_EXAMPLES = 3
_LONGEST = 60  # characters of an example


@unique
class Ids(StrEnum):
    DATASET = "dataset-dataset"
    PAGE = "dataset-page"
    TICK = "dataset-tick"


@dataclass(frozen=True, slots=True)
class Overview:
    """*examples* are the first rows. *rejects* are a page of the rows set aside, from number *first* on."""

    shown: Shown
    version: Version
    examples: Answer
    rejects: Answer
    first: int = 0


@dataclass(frozen=True, slots=True)
class Awaited:
    """A dataset without data: *job* brings it in, when there is one that the asker may see."""

    shown: Shown
    job: Job | None


Content = Overview | Awaited | dataset_versions.History | dataset_settings.Form


def layout(content: Content) -> Component:
    """Of the tab that *content* is of."""
    waits = isinstance(content, Awaited)
    return html.Div(
        [
            html.Div(page(content), id=Ids.PAGE),
            dcc.Store(id=Ids.DATASET, data=content.shown.dataset.id),
            dcc.Interval(id=Ids.TICK, interval=REFRESH_MS, disabled=not waits),
        ]
    )


def page(content: Content) -> Component:
    if isinstance(content, dataset_versions.History):
        return frame(content.shown, "versions", dataset_versions.body(content))
    if isinstance(content, dataset_settings.Form):
        return frame(content.shown, "settings", dataset_settings.body(content))
    return frame(content.shown, "", waiting(content.job) if isinstance(content, Awaited) else overview(content))


def waiting(job: Job | None) -> Component:
    if job is None:
        words = "Its file is still being brought in, or that was stopped. The list of jobs says more."
        return ui.card(ui.empty_state("No data yet", words, ui.button("All jobs", href="/jobs"), icon="hourglass"))
    if job.status.is_final:
        return failed(job)
    note = html.P("This goes on when you leave the page.", className="muted small dataset-waiting")
    return ui.card([job_bar(job), note], title="Bringing the file in")


def failed(job: Job | None) -> Component:
    """Why nothing came in. *job* is None when nobody may say."""
    words = (job.error or job.message) if job else ""
    again = html.Div(
        [ui.button("All jobs", href="/jobs"), ui.button("Bring in a file", href="/data/new", icon="upload")], className="cluster"
    )
    return ui.card(ui.error_state("The file could not be brought in", words or "The list of jobs says more.", again))


def overview(content: Overview) -> list[Component]:
    version = content.version
    columns = version.table.columns
    numbers = [
        ui.metric_card("Rows", ui.format.number(version.row_count)),
        ui.metric_card("Columns", ui.format.number(len(columns))),
        ui.metric_card("Size", ui.format.bytes(version.byte_count), exact=f"{version.byte_count:,} bytes", hint="compressed, as Parquet"),
        ui.metric_card("Set aside", ui.format.number(version.reject_count), hint="rows that did not parse"),
    ]
    side = ui.card(_source(version), title="Where it comes from")
    schema = html.Div(ui.section("Columns", _schema(content.shown, columns, content.examples)), className="schema")
    return [
        *([html.P(content.shown.dataset.description, className="dataset-description")] if content.shown.dataset.description else []),
        html.Div(numbers, className="dataset-numbers"),
        html.Div([schema, side], className="with-side"),
        *([_set_aside(content)] if content.rejects.total else []),
    ]


def _schema(shown: Shown, columns: Sequence[Column], examples: Answer) -> Component:
    places = {column.name: place for place, column in enumerate(examples.columns)}
    rows = [
        {
            "place": place,
            "name": html.Span(column.name, className="column-name"),
            "kind": kind_of(column),
            "examples": _examples(examples, places[column.name]),
        }
        for place, column in enumerate(columns[:MOST_COLUMNS], start=1)
    ]
    headings = (ui.Col("place", "#", align="end"), ui.Col("name", "Name"), ui.Col("kind", "Kind"), ui.Col("examples", "First values"))
    table = ui.data_table(headings, rows, caption="Columns", dense=True)
    rest = len(columns) - MOST_COLUMNS
    if rest <= 0:
        return table
    more: list[str | Component] = [
        "And ",
        ui.format.count(rest, "more column"),
        ": see the ",
        ui.link("profile", shown.address("profile")),
        ".",
    ]
    return html.Div([table, html.P(more, className="muted small")], className="stack stack-tight")


def _examples(examples: Answer, place: int) -> Component:
    values = [row[place] for row in examples.rows[:_EXAMPLES]]
    texts = [ui.format.ABSENT if value is None else _cut(str(cell(value))) for value in values]
    return html.Span(", ".join(texts), className="column-examples")


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _source(version: Version) -> Component:
    source = dict(version.source)
    options = {**source.pop("options", {})}
    warnings = [*source.pop("warnings", [])]
    chosen = options.pop("columns", {})
    facts: list[tuple[str, Any]] = [("Version", str(version.number))]
    facts += [
        (_LABELS.get(name, name.replace("_", " ").capitalize()), _value(name, value))
        for name, value in (source | options).items()
        if value is not None and not (name == "skip" and value == 0)
    ]
    if chosen:
        facts.append(("Chosen by hand", ui.format.count(len(chosen), "column")))
    facts += [("Brought in by", version.created_by), ("On", ui.format.moment(version.created_at))]
    remarks = [html.Ul([html.Li([ui.icon("info"), html.Span(each)]) for each in warnings], className="remarks")] if warnings else []
    return html.Div([ui.properties(facts), *remarks], className="stack")


def _value(name: str, value: Any) -> str | Component:
    if name == "bytes":
        return html.Span(ui.format.bytes(value), title=f"{value:,} bytes")
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "None"
    if name in _CODES:
        return html.Code(_SIGNS.get(str(value), str(value)))
    return _WORDS.get(str(value), str(value))


def _set_aside(content: Overview) -> Component:
    total, shown, first = content.rejects.total or 0, len(content.rejects.rows), content.first
    rows = [
        {"line": line, "reason": reason, "raw": html.Code(_cut_raw(raw), className="raw")} for line, reason, raw in content.rejects.rows
    ]
    columns = (ui.Col("line", "Line", align="end"), ui.Col("reason", "Why"), ui.Col("raw", "The row as it stands in the file"))
    table = ui.data_table(columns, rows, caption="Rows set aside", dense=True)
    links: list[Component] = []
    if first:
        links.append(
            ui.button("Earlier", href=content.shown.address(aside=max(0, first - REJECTS)) + "#set-aside", icon="arrow-left", small=True)
        )
    if first + shown < total:
        links.append(ui.button("Later", href=content.shown.address(aside=first + REJECTS) + "#set-aside", icon="arrow-right", small=True))
    where = f"{first + 1:,} to {first + shown:,} of {ui.format.count(total, 'row')} that did not parse. They are not part of the data."
    body = [table, *([html.Nav(links, className="cluster", **ui.aria(label="Pages of the rows set aside"))] if links else [])]
    section = ui.section("Rows set aside", html.Div(body, className="stack stack-tight"), hint=where)
    return html.Div(section, id="set-aside", className="set-aside")


def _cut_raw(raw: str) -> str:
    return raw if len(raw) <= 500 else raw[:499] + "…"


_LABELS = {
    "file_name": "File",
    "kind": "Format",
    "bytes": "File size",
    "header": "Names in the first row",
    "nulls": "Read as missing",
    "skip": "Lines left out above",
    "decimal": "Decimal mark",
    "delimiter": "Columns end at",
    "quote": "Texts stand in",
}
_CODES = ("delimiter", "quote", "decimal")
_SIGNS = {"\t": "tab", " ": "space", "": "none"}
_WORDS = {
    "csv": "CSV",
    "tsv": "TSV",
    "json": "JSON",
    "jsonl": "JSON lines",
    "parquet": "Parquet",
    "excel": "Excel",
    "xlsx": "Excel",
    "utf-8": "UTF-8",
}
