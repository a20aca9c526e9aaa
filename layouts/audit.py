"""The audit log: find who did what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum, unique
from typing import Any
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.operations.audit import Entry, Filters
from layouts import components as ui

PATH = "/admin/audit"
PAGE = 50
ANY = "any"  # a select shows nothing at all for an empty value


@unique
class Ids(StrEnum):
    ACTION = "audit-action"
    ACTOR = "audit-actor"
    DOWNLOAD = "audit-download"
    ENTRIES = "audit-entries"
    OUTCOME = "audit-outcome"
    SEARCH = "audit-search"
    SINCE = "audit-since"
    UNTIL = "audit-until"


@dataclass(frozen=True, slots=True)
class Log:
    """*entries* may be one more than a page: then there are older ones. *filters.until* is the end of the last day shown."""

    entries: Sequence[Entry]
    filters: Filters
    actions: Sequence[str]


def layout(log: Log) -> Component:
    download = ui.button("Download CSV", id=Ids.DOWNLOAD, href=download_address(log.filters), icon="download", download=True)
    return html.Div(
        [
            ui.page_head(
                "Audit log",
                status="Every change and every refusal. Entries cannot be edited or deleted.",
                action=download,
            ),
            html.Div([_filters(log), html.Div(entries(log), id=Ids.ENTRIES)], className="stack"),
        ]
    )


def entries(log: Log) -> Component:
    shown = log.entries[:PAGE]
    if not shown:
        return ui.card(
            ui.empty_state(
                "No entries", "Nothing in the log fits these filters.", ui.button("Remove the filters", href=PATH, icon="x"), icon="funnel"
            )
        )
    table = ui.data_table(_COLUMNS, [{"entry": entry} for entry in shown], caption="Audit log, newest first")
    return html.Div([_small_only(shown), html.Div(table, className="audit-table"), _paging(log)], className="stack")


def address(filters: Filters) -> str:
    """The page's address with *filters*; days are both included."""
    return _with_query(PATH, {**_texts(filters), "since": _day(filters.since), "until": _last_day(filters), "before": filters.before_id})


def download_address(filters: Filters) -> str:
    """All pages: the moments as they are, the end not included."""
    moments = {name: moment.isoformat() if moment else None for name, moment in (("since", filters.since), ("until", filters.until))}
    return _with_query(f"{PATH}.csv", {**_texts(filters), **moments})


def _filters(log: Log) -> Component:
    given = log.filters
    actions = [{"label": "Any", "value": ANY}, *({"label": action, "value": action} for action in log.actions)]
    outcomes = [{"label": "Any", "value": ANY}, *({"label": word, "value": value} for value, (_, word) in _OUTCOMES.items())]
    search = {"type": "search", "debounce": True}
    return html.Div(
        [
            ui.field("Search", dbc.Input(id=Ids.SEARCH, value=given.search, placeholder="Object, detail, address", **search)),
            ui.field("Person", dbc.Input(id=Ids.ACTOR, value=given.actor, placeholder="Part of an e-mail", **search)),
            ui.field("Action", dbc.Select(id=Ids.ACTION, value=given.action or ANY, options=actions)),
            ui.field("Outcome", dbc.Select(id=Ids.OUTCOME, value=given.outcome or ANY, options=outcomes)),
            ui.field("From", dbc.Input(id=Ids.SINCE, type="date", value=_day(given.since))),
            ui.field("To", dbc.Input(id=Ids.UNTIL, type="date", value=_last_day(given))),
        ],
        className="audit-filters",
    )


def _paging(log: Log) -> Component:
    links: list[Component] = []
    if log.filters.before_id is not None:
        links.append(ui.button("Newest", href=address(replace(log.filters, before_id=None)), icon="arrow-left", small=True))
    if len(log.entries) > PAGE:
        older = replace(log.filters, before_id=log.entries[PAGE - 1].id)
        links.append(ui.button("Older", href=address(older), icon="arrow-right", small=True))
    return html.Nav(links, className="cluster", **ui.aria(label="Pages of the audit log")) if links else html.Div()


def _small_only(shown: Sequence[Entry]) -> Component:
    """On phones a list instead of a table that would have to be pushed sideways."""
    lines = [
        html.Li(
            [
                html.Div([html.Code(entry.action), _outcome(entry)], className="split"),
                html.Div([html.Span(_actor(entry)), html.Span(ui.format.moment(entry.at))], className="line-facts"),
                html.Div([html.Span(_object(entry)), *([_detail(entry)] if entry.detail else [])], className="line-facts"),
            ],
            className="line audit-line",
        )
        for entry in shown
    ]
    return html.Ul(lines, className="panel lines audit-list")


def _outcome(entry: Entry) -> Component:
    kind, word = _OUTCOMES.get(entry.outcome, ("neutral", entry.outcome.capitalize()))
    return ui.status(kind, word)


def _actor(entry: Entry) -> str:
    return entry.actor or "nobody signed in"


def _object(entry: Entry) -> str | Component:
    if not entry.object_kind:
        return ui.format.ABSENT
    name = f"{entry.object_kind.replace('_', ' ')} {entry.object_id}".strip()
    path = _PLACES.get(entry.object_kind)
    return ui.link(name, path.format(entry.object_id), quiet=True) if path else html.Span(name)


def _detail(entry: Entry) -> Component:
    words = ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in entry.detail.items())
    return html.Span(words, className="audit-detail", title=words)


def _where(entry: Entry) -> Component:
    return html.Span(entry.address or ui.format.ABSENT, title=f"Request {entry.request_id}" if entry.request_id else "")


def _texts(filters: Filters) -> dict[str, str]:
    return {"actor": filters.actor, "action": filters.action, "outcome": filters.outcome, "search": filters.search}


def _day(moment: Any) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""


def _last_day(filters: Filters) -> str:
    return _day(filters.until - timedelta(days=1)) if filters.until else ""


def _with_query(path: str, values: Mapping[str, Any]) -> str:
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{path}?{query}" if query else path


_OUTCOMES: dict[str, tuple[Any, str]] = {"done": ("positive", "Done"), "refused": ("warning", "Refused")}
_PLACES = {
    "chart": "/charts/{}", "dashboard": "/dashboards/{}", "dataset": "/data/{}", "experiment": "/experiments/{}", "user": "/admin/people",
}  # fmt: skip
_COLUMNS = (
    ui.Col("entry", "When", format=lambda entry: html.Span(ui.format.moment(entry.at), className="nowrap")),
    ui.Col("entry", "Who", format=_actor),
    ui.Col("entry", "Action", format=lambda entry: html.Code(entry.action)),
    ui.Col("entry", "Outcome", format=_outcome),
    ui.Col("entry", "Object", format=_object),
    ui.Col("entry", "Detail", format=_detail),
    ui.Col("entry", "From", format=_where),
)
