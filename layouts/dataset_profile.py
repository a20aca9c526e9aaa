"""Profile: what is in each column, what is worth a look first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from urllib.parse import quote

import dash_bootstrap_components as dbc
import orjson
from dash import dcc, html
from dash.development.base_component import Component

from core.data.column_search import FoundColumn
from core.data.profile import Alert, ColumnProfile, Profile
from core.query.spec import Column
from layouts import components as ui
from layouts.dataset_head import Shown, frame, kind_of
from layouts.profile_words import bin_text, facts, value_text

PART = 48
"""Columns on one page."""
_ALERTS = 12
_TOP = 6


@unique
class Ids(StrEnum):
    ASKED = "profile-asked"
    COLUMNS = "profile-columns"
    SEARCH = "profile-search"


@dataclass(frozen=True, slots=True)
class Seen:
    """*part* counts pages of `PART` columns from 0."""

    shown: Shown
    profile: Profile
    part: int = 0


def address_of(found: FoundColumn) -> str:
    """Where the card of that column is."""
    part = found.place // PART
    return f"/data/{found.dataset_id}/profile{f'?part={part + 1}' if part else ''}{_link_to(found.column.name)}"


def layout(seen: Seen) -> Component:
    search = dbc.Input(id=Ids.SEARCH, type="search", placeholder="Find a column", className="list-search", maxLength=200)
    content = [
        *([_alerts(seen)] if seen.profile.alerts else []),
        ui.field("Find a column", search, hidden=True),
        html.Div(columns(seen, ""), id=Ids.COLUMNS, className="stack"),
        dcc.Store(id=Ids.ASKED, data={"dataset_id": seen.shown.dataset.id, "version": _number(seen.shown)}),
    ]
    return frame(seen.shown, "profile", content)


def columns(seen: Seen, search: str) -> list[Component]:
    """The cards of a page; those whose name contains *search*, when there is something to search for."""
    wanted = search.strip().casefold()
    found = [column for column in seen.profile.columns if wanted in column.name.casefold()]
    if not found:
        return [ui.empty_state("No such column", f"No column has “{search}” in its name.", icon="columns-3")]
    start = 0 if wanted else seen.part * PART
    cards = [_card(column) for column in found[start : start + PART]]
    return [html.Div(cards, className="profile-cards"), *_paging(seen, len(found), start, is_search=bool(wanted))]


def _alerts(seen: Seen) -> Component:
    """The gravest kinds first; of many only the first, the rest stands at the columns."""
    alerts = sorted(seen.profile.alerts, key=lambda each: _GRAVITY.index(each[1].kind))
    lines = [html.Li(_alert_line(seen, name, alert)) for name, alert in alerts[:_ALERTS]]
    rest = len(alerts) - _ALERTS
    note = [html.P(f"And {ui.format.count(rest, 'remark')} more, at the columns below.", className="muted small")] if rest > 0 else []
    return ui.card([html.Ul(lines, className="profile-alerts"), *note], title="Worth a look")


def _alert_line(seen: Seen, name: str, alert: Alert) -> list[Component]:
    place = next((place for place, column in enumerate(seen.profile.columns) if column.name == name), 0)
    part = place // PART
    href = _link_to(name) if part == seen.part else seen.shown.address("profile", part=part + 1) + _link_to(name)
    return [_sign(alert), html.A(name, href=href, className="column-name"), html.Span(alert.text, className="muted")]


def _sign(alert: Alert) -> Component:
    return html.Span(
        ui.icon("triangle-alert" if alert.kind in _WARNINGS else "info"),
        className="sign-warning" if alert.kind in _WARNINGS else "sign-note",
    )


def _card(column: ColumnProfile) -> Component:
    head = html.Div(
        [html.H3(column.name, className="column-name"), kind_of(Column(column.name, column.type))], className="profile-head split"
    )
    remarks = [html.Li([_sign(alert), html.Span(alert.text)]) for alert in column.alerts if alert.kind != "missing"]
    parts: list[Component] = [
        head,
        _presence(column),
        *([html.Ul(remarks, className="remarks")] if remarks else []),
        *(_shape(column) if column.distinct > 1 else []),
    ]
    return html.Article(parts, className="panel profile-card", id=_anchor(column.name), tabIndex="-1", **ui.aria(label=column.name))


def _shape(column: ColumnProfile) -> list[Component]:
    """A histogram says it better than the most frequent values, once there are more than a few."""
    few = column.top and not (column.bins and column.distinct > _TOP)
    return [
        *([_histogram(column)] if column.bins else []),
        ui.properties(facts(column)),
        *([_top(column)] if few else []),
    ]


def _presence(column: ColumnProfile) -> Component:
    """How many values are there, as a bar and in words."""
    there = column.count / column.rows if column.rows else 0.0
    missing = f"{ui.format.percent(column.missing_share)} missing" if column.missing else "None missing"
    distinct = f"{'' if column.distinct_is_exact else 'about '}{ui.format.number(column.distinct)} different"
    words = [html.Span(missing, title=f"{column.missing:,} of {column.rows:,} rows"), html.Span(distinct)]
    bar = html.Div(html.Div(className="presence-fill", style={"width": f"{there:.2%}"}), className="presence", **ui.aria(hidden=True))
    return html.Div([bar, html.Div(words, className="split muted small")])


def _histogram(column: ColumnProfile) -> Component:
    """assets/js/bars.js draws it: as components, the bars of all columns would be thousands."""
    bars = [(bin_text(column, place), each.count) for place, each in enumerate(column.bins)]
    words, most = max(bars, key=lambda bar: bar[1])
    summary = f"Histogram of {column.name}: most values, {most:,}, are {words}."
    ends = [html.Span(value_text(column.minimum)), html.Span(value_text(column.maximum))]
    canvas = html.Div(className="histogram", role="img", **ui.data(bars=orjson.dumps(bars).decode()), **ui.aria(label=summary))
    return html.Div([canvas, html.Div(ends, className="split muted small histogram-ends", **ui.aria(hidden=True))])


def _top(column: ColumnProfile) -> Component:
    most = column.top[0].count
    lines = [
        html.Li(
            [
                html.Span(className="top-bar-fill", style={"width": f"{each.count / most:.2%}"}, **ui.aria(hidden=True)),
                html.Span(value_text(each.value), className="top-value truncate", title=str(each.value)),
                html.Span(ui.format.percent(each.count / column.rows), className="top-share muted", title=f"{each.count:,} rows"),
            ],
            className="top-line",
        )
        for each in column.top[:_TOP]
    ]
    rest = column.distinct - len(lines)
    note = [html.P(f"and {ui.format.count(rest, 'other value')}", className="muted small")] if rest > 0 else []
    return html.Div([html.Ol(lines, className="top-list", **ui.aria(label=f"Most frequent values of {column.name}")), *note])


def _paging(seen: Seen, total: int, start: int, *, is_search: bool) -> list[Component]:
    if total <= PART:
        return []
    words = html.Span(f"Columns {start + 1:,} to {min(total, start + PART):,} of {total:,}", className="muted small")
    links: list[Component] = []
    if not is_search:
        for label, part, icon in (("Columns before", seen.part - 1, "arrow-left"), ("Columns after", seen.part + 1, "arrow-right")):
            if 0 <= part * PART < total:
                links.append(ui.button(label, href=seen.shown.address("profile", part=part + 1), icon=icon, small=True))
    return [html.Nav([words, *links], className="cluster", **ui.aria(label="Pages of columns"))]


def _anchor(name: str) -> str:
    return f"column-{name}"


def _link_to(name: str) -> str:
    return f"#{quote(_anchor(name), safe='')}"


def _number(shown: Shown) -> int | None:
    return shown.version.number if shown.version else None


_WARNINGS = ("empty", "missing", "not finite", "blank")
_GRAVITY: Sequence[str] = ("empty", "not finite", "missing", "blank", "constant", "identifier", "skewed", "zeros", "many values")
