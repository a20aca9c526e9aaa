"""All experiments: what was trained on what, and how good it got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from core.ml.experiments import Experiment
from core.ml.records import TrainedRun
from core.operations.jobs import Status
from core.principal import Permission, Principal
from layouts import components as ui

REFRESH_MS = 2_000
MOST = 200


@unique
class Ids(StrEnum):
    LIST = "experiments-list"
    TICK = "experiments-tick"


@dataclass(frozen=True, slots=True)
class Shown:
    who: Principal
    experiments: Sequence[Experiment]


def layout(shown: Shown) -> Component:
    new = ui.button("New experiment", href="/experiments/new", kind="primary", icon="plus")
    return html.Div(
        [
            ui.page_head("Models", action=new if shown.who.may(Permission.EXPERIMENT_RUN) and shown.experiments else None),
            tabs(shown.who, "/experiments"),
            html.Div(listing(shown), id=Ids.LIST),
            dcc.Interval(id=Ids.TICK, interval=REFRESH_MS, disabled=not is_busy(shown.experiments)),
        ]
    )


def tabs(who: Principal, active: str) -> Component:
    """Models and the experiments they come from, as far as one may see them."""
    links = [("Registered models", "/models")]
    if who.may(Permission.EXPERIMENT_READ):
        links.append(("Experiments", "/experiments"))
    return ui.tabs(links, active) if len(links) > 1 else html.Div()


def is_busy(experiments: Sequence[Experiment]) -> bool:
    return any(not each.status.is_final for each in experiments)


def listing(shown: Shown) -> Component:
    if shown.experiments:
        return ui.data_table(_COLUMNS, [_row(each) for each in shown.experiments], caption="Experiments")
    may = shown.who.may(Permission.EXPERIMENT_RUN)
    return ui.empty_state(
        "No experiments yet",
        "Choose a dataset and the column to predict. Leaks are measured before training, and models are compared with intervals.",
        ui.button("New experiment", href="/experiments/new", kind="primary", icon="plus") if may else None,
        icon="flask-conical",
    )


def score(run: TrainedRun | None) -> str | Component:
    """What the run is ranked by, with its interval."""
    if run is None:
        return ui.format.ABSENT
    metric, found = run.headline
    words = f"95 % interval {found.low:.4f} to {found.high:.4f}"
    return html.Span([f"{metric.label.split(',')[0]} ", html.Span(f"{found.value:.3f}", className="num"), f" · {run.label}"], title=words)


def state(status: Status, progress: float | None = None) -> Component:
    kind, word = _STATES[status]
    if status is Status.RUNNING and progress is not None:
        word = f"Training, {progress:.0%}"
    return ui.status(kind, word)


def _row(each: Experiment) -> dict[str, Any]:
    return {
        "name": ui.link(each.name, f"/experiments/{each.id}"),
        "target": each.target,
        "dataset": ui.link(each.dataset, f"/data/{each.dataset_id}", quiet=True),
        "best": score(each.runs[0] if each.runs else None),
        "state": state(each.status, each.job.progress if each.job else None),
        "started": ui.when(each.created_at),
        "owner": each.owner,
    }


_COLUMNS = (
    ui.Col("name", "Name"),
    ui.Col("target", "Predicts"),
    ui.Col("dataset", "Data"),
    ui.Col("best", "Best so far"),
    ui.Col("state", "State"),
    ui.Col("started", "Started"),
    ui.Col("owner", "By"),
)
_STATES: dict[Status, tuple[Any, str]] = {
    Status.QUEUED: ("neutral", "Waiting for its turn"),
    Status.RUNNING: ("running", "Training"),
    Status.SUCCEEDED: ("positive", "Done"),
    Status.FAILED: ("critical", "Failed"),
    Status.CANCELLED: ("neutral", "Cancelled"),
}
