"""Home: what was worked on last, what runs, and in an empty workspace where to begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from dash import dcc, html
from dash.development.base_component import Component

from core.operations.jobs import Job
from core.principal import Permission, Principal
from layouts import components as ui
from layouts.job_bar import job_bar

REFRESH_MS = 1_500
_STEPS = (
    ("database", "Bring in a file", "CSV, Excel, Parquet or JSON. You see what was understood before anything is kept."),
    ("layout-dashboard", "Build a dashboard", "Charts from columns and formulas, on one page with one filter bar."),
    ("brain", "Train a model", "Choose what to predict. You see how good it is and why, then call it over REST."),
)


@unique
class Ids(StrEnum):
    BODY = "home-body"
    LOAD_SAMPLE = "home-load-sample"
    TICK = "home-tick"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The last few things of one kind. *begin* makes the first one, for those who may."""

    title: str
    href: str
    items: Sequence[ui.Item]
    empty: str
    begin: ui.Item | None = None


@dataclass(frozen=True, slots=True)
class Home:
    who: Principal
    is_empty: bool
    shelves: Sequence[Shelf] = ()
    jobs: Sequence[Job] = ()


def layout(home: Home) -> Component:
    bring_in = ui.button("Bring in a file", href="/data/new", kind="primary", icon="upload")
    begun = not home.is_empty and home.who.may(Permission.DATASET_WRITE)
    return html.Div(
        [
            ui.page_head("Home", action=bring_in if begun else None),
            html.Div(body(home), id=Ids.BODY, className="stack stack-wide"),
            dcc.Interval(id=Ids.TICK, interval=REFRESH_MS, disabled=not home.jobs),
        ]
    )


def body(home: Home) -> list[Component]:
    """Everything below the head, so that it can be brought up to date while jobs run."""
    running = [_running(home.jobs)] if home.jobs else []
    if home.is_empty:
        return [*running, _beginning(home.who, loading=bool(home.jobs))]
    return [*running, html.Div([_column(home.shelves[0::2]), _column(home.shelves[1::2])], className="home-shelves")]


def _running(jobs: Sequence[Job]) -> Component:
    lines = [
        html.Div([html.Div(job.title or job.kind, className="home-job-title truncate"), job_bar(job)], className="home-job") for job in jobs
    ]
    return ui.card(html.Div(lines, className="home-jobs"), title="Running now", actions=ui.link("All jobs", "/jobs"))


def _column(shelves: Sequence[Shelf]) -> Component:
    return html.Div([_shelf(shelf) for shelf in shelves], className="stack")


def _shelf(shelf: Shelf) -> Component:
    if shelf.items:
        return ui.card(ui.listing(shelf.items), title=shelf.title, actions=ui.link("All", shelf.href), flush=True)
    begin = ui.button(shelf.begin.label, href=shelf.begin.href, small=True, icon=shelf.begin.icon) if shelf.begin else None
    words = html.Div([html.P(shelf.empty, className="muted"), *([begin] if begin else [])], className="home-none")
    return ui.card(words, title=shelf.title)


def _beginning(who: Principal, *, loading: bool) -> Component:
    if not who.may(Permission.DATASET_WRITE):
        words = "Nobody has brought in data so far. As soon as somebody does, dashboards and models show here."
        return ui.card(ui.empty_state("Nothing here yet", words, icon="database"))
    steps = [
        _step_card(1, *_STEPS[0], _first_actions(who, loading)),
        _step_card(2, *_STEPS[1]),
        _step_card(3, *_STEPS[2]),
    ]
    return ui.section("From a file to a model in three steps", html.Ol(steps, className="home-steps"))


def _first_actions(who: Principal, loading: bool) -> Component:
    actions = [ui.button("Bring in a file", href="/data/new", kind="primary", icon="upload")]
    if who.may(Permission.SAMPLE_LOAD):
        actions.append(
            ui.button(
                "Load the sample", id=Ids.LOAD_SAMPLE, icon="package", disabled=loading, title="336,776 flights from New York in 2013"
            )
        )
    return html.Div(actions, className="cluster")


def _step_card(number: int, sign: str, title: str, text: str, action: Component | None = None) -> html.Li:
    head = html.Div(
        [html.Span(ui.icon(sign), className="state-sign"), html.Span(f"Step {number}", className="home-step-number")],
        className="home-step-head",
    )
    parts: list[Component] = [head, html.H3(title), html.P(text, className="muted")]
    if action is not None:
        parts.append(html.Div(action, className="home-step-action"))
    return html.Li(parts, className="panel home-step")
