"""Jobs: what works for one in the background, how far it is, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum, unique
from hashlib import sha256
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from core.operations.jobs import Job, Status
from layouts import components as ui

BUSY_MS = 1_000
IDLE_MS = 10_000


@unique
class Ids(StrEnum):
    ACT = "jobs-act"
    CHANGED = "jobs-changed"  # set when a job was cancelled or tried again here, so that the list looks at once
    LIST = "jobs-list"
    MINE = "jobs-mine"
    SEEN = "jobs-seen"  # fingerprint of what the list shows
    TICK = "jobs-tick"


def act_id(verb: str, job_id: int | Any) -> dict[str, Any]:
    return {"type": Ids.ACT, "verb": verb, "job": job_id}


@dataclass(frozen=True, slots=True)
class Listed:
    """*may_add*: whether an empty list offers to import something.
    *owners* are names by user id, known to those who see other people's jobs."""

    jobs: Sequence[Job]
    mine: bool = True
    may_see_all: bool = False
    may_add: bool = False
    owners: Mapping[int, str] = field(default_factory=dict)


def layout(listed: Listed) -> Component:
    tabs = [ui.tabs([("Mine", "/jobs"), ("Everybody's", "/jobs?of=everybody")], "/jobs" if listed.mine else "/jobs?of=everybody")]
    return html.Div(
        [
            ui.page_head("Jobs", status="Imports and trainings go on when you leave the page or close the browser."),
            *(tabs if listed.may_see_all else []),
            html.Div(rows(listed), id=Ids.LIST),
            dcc.Store(id=Ids.MINE, data=listed.mine),
            dcc.Store(id=Ids.SEEN, data=fingerprint(listed)),
            dcc.Store(id=Ids.CHANGED),
            dcc.Interval(id=Ids.TICK, interval=tick(listed)),
        ]
    )


def tick(listed: Listed) -> int:
    """How soon to look again, in milliseconds."""
    return BUSY_MS if any(not job.status.is_final for job in listed.jobs) else IDLE_MS


def fingerprint(listed: Listed, now: datetime | None = None) -> str:
    """The same as long as the list shows the same: of running jobs the seconds count."""
    moment = now or datetime.now(UTC)
    shown = [
        (job.id, job.status, job.attempt, job.cancel_requested, job.progress, job.message, int(_seconds(job, moment)))
        for job in listed.jobs
    ]
    return sha256(repr(shown).encode()).hexdigest()


def rows(listed: Listed, now: datetime | None = None) -> Component:
    if not listed.jobs:
        return ui.card(
            ui.empty_state(
                "No jobs yet",
                "When a file is imported or a model is trained, it shows here while it works and when it is done.",
                ui.button("Add data", href="/data/new", icon="plus") if listed.may_add else None,
                icon="activity",
            )
        )
    moment = now or datetime.now(UTC)
    return html.Ul([html.Li(_row(job, listed.owners, moment), className="line job-line") for job in listed.jobs], className="panel lines")


def _row(job: Job, owners: Mapping[int, str], now: datetime) -> list[Component]:
    words: list[Component] = [html.Div(_title(job), className="line-title"), html.Div(_facts(job, owners, now), className="line-facts")]
    if job.error:
        words.append(html.Div([ui.icon("circle-alert"), _sentence(job.error)], className="job-error"))
    return [
        html.Div(words, className="line-words"),
        html.Div(_state(job), className="job-state"),
        html.Div(_actions(job), className="line-actions"),
    ]


def _title(job: Job) -> str | Component:
    title = job.title or job.kind
    href = address(job)
    return ui.link(title, href, quiet=True) if href else title


def address(job: Job) -> str | None:
    """Where what the job made can be seen."""
    known = {**job.arguments, **(job.result or {})}
    if "experiment_id" in known:
        return f"/experiments/{known['experiment_id']}"
    if "dataset_id" in known and job.status is Status.SUCCEEDED:
        return f"/data/{known['dataset_id']}"
    return None


def _facts(job: Job, owners: Mapping[int, str], now: datetime) -> list[Component]:
    facts: list[Component] = [html.Span(_KINDS.get(job.kind, job.kind))]
    if owners:
        facts.append(html.Span(owners.get(job.owner_id, f"person {job.owner_id}")))
    facts.append(html.Span(["submitted ", ui.when(job.created_at, now)]))
    if job.finished_at and job.started_at:
        facts.append(html.Span(f"took {ui.format.duration(_seconds(job, now))}"))
    elif job.started_at:
        facts.append(html.Span(f"for {ui.format.duration(max(1, int(_seconds(job, now))))}"))
    if job.attempt > 1:
        facts.append(html.Span(f"attempt {job.attempt}"))
    return facts


def _seconds(job: Job, now: datetime) -> float:
    return ((job.finished_at or now) - job.started_at).total_seconds() if job.started_at else 0.0


def _state(job: Job) -> Component:
    if job.status is Status.RUNNING and not job.cancel_requested:
        return ui.progress(job.progress, job.message or "Starting")
    kind, word = _STATES[job.status]
    if job.status is Status.RUNNING:
        kind, word = "running", "Stopping"
    return ui.status(kind, word, title=ui.format.moment(job.finished_at) if job.finished_at else None)


def _actions(job: Job) -> list[Component]:
    of = job.title or job.kind
    if not job.status.is_final:
        return [ui.button("Cancel", id=act_id("cancel", job.id), small=True, disabled=job.cancel_requested, title=f"Cancel {of}")]
    if job.retryable:
        return [ui.button("Try again", id=act_id("retry", job.id), icon="rotate-ccw", small=True, title=f"Try again: {of}")]
    return []


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


_STATES: dict[Status, tuple[Any, str]] = {
    Status.QUEUED: ("neutral", "Waiting for its turn"),
    Status.RUNNING: ("running", "Running"),
    Status.SUCCEEDED: ("positive", "Done"),
    Status.FAILED: ("critical", "Failed"),
    Status.CANCELLED: ("neutral", "Cancelled"),
}
_KINDS = {"dataset.import": "Import", "experiment.train": "Training"}
