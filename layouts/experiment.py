"""One experiment: how far it is, how good its models are, why they say what they say, and what they learned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.errors import AstralytiqError
from core.ml.experiments import Experiment, Explained
from core.ml.records import TrainedRun
from core.operations.jobs import Status
from core.principal import Permission, Principal
from layouts import components as ui
from layouts import experiment_explain, experiment_new, experiment_results, experiment_setup
from layouts.experiments import state

REFRESH_MS = 1_500


@unique
class Ids(StrEnum):
    ANNOUNCED = "experiment-announced"  # a sentence for each finished model; assets/js/training.js adds them
    BODY = "experiment-body"
    CANCEL = "experiment-cancel"  # outside LIVE: drawn anew, it would count as pressed and end the background callback
    DELETE = "experiment-delete"  # prefix of the dialog
    FOLLOW = "experiment-follow"  # {experiment, user, nonce} while this page follows a training by a background callback
    LIVE = "experiment-live"
    NAME = "experiment-name"
    NOW = "experiment-now"  # what training.js brings the page to
    PLACE = "experiment-place"  # {experiment, tab, run, row}: what the page shows
    RANKING = "experiment-ranking"
    REGISTER = "experiment-register"
    REGISTER_SAVE = "experiment-register-save"
    RETRY = "experiment-retry"
    STATE = "experiment-state"
    TICK = "experiment-tick"


@dataclass(frozen=True, slots=True)
class Shown:
    """*run* is the one whose pictures are shown, *detail* those; *explained* the row that was asked for, or why there is none.

    While the training goes on, results show the pictures only of a run that was asked for.
    """

    who: Principal
    experiment: Experiment
    tab: str = "results"
    run: TrainedRun | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    row: int | None = None
    explained: Explained | AstralytiqError | None = None
    nonce: str = ""

    @property
    def is_busy(self) -> bool:
        return not self.experiment.status.is_final

    @property
    def may_run(self) -> bool:
        return self.who.may(Permission.EXPERIMENT_RUN)

    @property
    def may_stop(self) -> bool:
        """Only the owner of the training and who manages jobs."""
        return self.may_run and (self.experiment.owner_id == self.who.user_id or self.who.may(Permission.JOB_MANAGE))


def layout(shown: Shown) -> Component:
    follows = shown.is_busy and shown.experiment.owner_id == shown.who.user_id
    follow = {"experiment": shown.experiment.id, "user": shown.who.user_id, "nonce": shown.nonce}
    return html.Div(
        [
            html.Div(body(shown), id=Ids.BODY),
            _announced(shown.experiment),
            dcc.Store(id=Ids.NOW),
            dcc.Store(id=Ids.PLACE, data=place(shown)),
            *([dcc.Store(id=Ids.FOLLOW, data=follow)] if follows else []),
            dcc.Interval(id=Ids.TICK, interval=REFRESH_MS, disabled=not shown.is_busy),
            *_dialogs(shown),
        ]
    )


def _announced(experiment: Experiment) -> Component:
    """Read out is only what is added to it."""
    lines = [html.P(words, **ui.data(run=run)) for run, words in experiment_results.finished(experiment)]
    return html.Div(lines, id=Ids.ANNOUNCED, className="visually-hidden", role="log")


def place(shown: Shown) -> dict[str, Any]:
    return {"experiment": shown.experiment.id, "tab": shown.tab, "run": shown.run.id if shown.run else None, "row": shown.row}


def body(shown: Shown) -> list[Component]:
    """Everything that changes while a training goes on, and when it ends."""
    experiment = shown.experiment
    now = live(shown) if shown.is_busy else []
    # There whether or not anything goes on: an answer that was under way when the training ended still looks for its place.
    parts = [_head(shown), html.Div(now, id=Ids.LIVE, className="page-note")]
    if experiment.status is Status.FAILED:
        parts.append(html.Div(_failure(shown), className="page-note"))
    if experiment.status is Status.CANCELLED:
        kept = f"{ui.format.count(len(experiment.runs), 'finished model')} kept." if experiment.runs else "No model was finished by then."
        parts.append(html.Div(ui.banner("neutral", "The training was cancelled.", kept), className="page-note"))
    base = f"/experiments/{experiment.id}"
    links = [("Results", base), ("Explain", f"{base}/explain"), ("Setup", f"{base}/setup")]
    parts.append(ui.tabs(links, base if shown.tab == "results" else f"{base}/{shown.tab}"))
    key = experiment_results.key(experiment)
    parts.append(html.Div(_ranking(shown), id=Ids.RANKING, className="page-note", **ui.data(key=key)))
    if shown.tab == "setup":
        return [*parts, *experiment_setup.content(experiment)]
    if shown.run is None:
        return [*parts, ui.card(_nothing(shown))]
    if shown.tab == "explain":
        return [*parts, *experiment_explain.content(experiment, shown.run, shown.detail, shown.row, shown.explained)]
    return [*parts, *experiment_results.content(experiment, shown.run, shown.detail)]


def now(shown: Shown) -> dict[str, Any]:
    """What assets/js/training.js brings the page to, again and again while the training goes on."""
    return {
        "key": experiment_results.key(shown.experiment),
        "ranking": _ranking(shown),
        "training": experiment_results.under_way(shown.experiment),
        "finished": experiment_results.finished(shown.experiment),
    }


def _ranking(shown: Shown) -> list[Component]:
    there = shown.tab == "results" and (shown.is_busy or shown.run)
    return [experiment_results.ranking(shown.experiment, shown.run)] if there else []


def live(shown: Shown) -> list[Component]:
    """How far the training is, in words and numbers: the same lines from its start to its end."""
    job = shown.experiment.job
    now = job.state if job else {}
    left = now.get("seconds_left")
    facts = [
        ("Model", str(now.get("model") or ui.format.ABSENT)),
        ("Fold", f"{now['fold']} of {now['folds']}" if now.get("model") else ui.format.ABSENT),
        ("Trees", ui.format.number(now.get("trees"))),
        ("Loss on held-out rows", ui.format.number(now.get("score"))),
        ("Time left", f"about {ui.format.duration(left)}" if left else ui.format.ABSENT),
    ]
    if job is None or job.status is Status.QUEUED:
        bar = ui.progress(None, "Waiting for its turn")
    else:
        bar = ui.progress(job.progress, "Stopping" if job.cancel_requested else job.message or "Starting")
    return [ui.card(html.Div([bar, ui.properties(facts, inline=True)], className="stack live"), title="Training")]


def _nothing(shown: Shown) -> Component:
    if not shown.is_busy:
        return ui.empty_state("No results", "No model was finished.", icon="circle-stop")
    if shown.tab == "explain":
        return ui.empty_state("No model is finished yet", "The best one is explained here when the training ends.", icon="hourglass")
    return ui.empty_state(
        "Pictures follow",
        "Those of the best model are here when the training ends. Choose a finished model above to see its own before.",
        icon="hourglass",
    )


def _head(shown: Shown) -> Component:
    experiment = shown.experiment
    version = f"{experiment.dataset}, version {experiment.dataset_version}"
    status: list[Component] = [
        html.Span(state(experiment.status), id=Ids.STATE),
        html.Span(f"{experiment.task.label} of {experiment.target}"),
        ui.link(version, f"/data/{experiment.dataset_id}/overview", quiet=True),
        html.Span(["Started by ", experiment.owner, " ", ui.when(experiment.created_at)]),
    ]
    action = None
    if shown.is_busy and shown.may_stop:
        action = ui.button("Cancel", id=Ids.CANCEL, icon="circle-stop")
    elif shown.run is not None and shown.who.may(Permission.MODEL_WRITE):
        action = ui.button("Register model", kind="primary", icon="package", opens=Ids.REGISTER)
    menu = []
    if shown.may_run:
        again = experiment_new.address(experiment.dataset_id, experiment.dataset_version, experiment.target)
        menu.append(ui.menu_item("Train again with other choices", href=again, icon="rotate-ccw"))
        if not shown.is_busy:
            menu.append(ui.menu_item("Delete", icon="trash-2", danger=True, opens=f"{Ids.DELETE}-confirm"))
    crumbs = [("Models", "/models"), ("Experiments", "/experiments")]
    return ui.page_head(experiment.name, crumbs=crumbs, status=status, action=action, menu=menu)


def _failure(shown: Shown) -> Component:
    job = shown.experiment.job
    reason = (job.error if job else None) or "It ended without saying why."
    retry = ui.button("Try again", id=Ids.RETRY, icon="rotate-ccw") if job and job.retryable and shown.may_stop else None
    return ui.banner("critical", "The training failed.", reason[:1].upper() + reason[1:], retry)


def _dialogs(shown: Shown) -> list[Component]:
    """Also those that a later state of the page needs: a training that ends is not a new page."""
    if not shown.may_run:
        return []
    experiment = shown.experiment
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in experiment.target).strip("-").lower() or "model"
    form = [
        ui.field(
            "Name",
            dbc.Input(id=Ids.NAME, value=name, maxLength=80, autocomplete="off"),
            help="It stands in the address of its predictions. A name that exists gets a new version.",
        ),
        html.Div(
            [ui.button("Cancel", closes=Ids.REGISTER), ui.button("Register model", id=Ids.REGISTER_SAVE, kind="primary")],
            className="dialog-actions",
        ),
    ]
    title = html.H2("Register as a model", className="dialog-title", id=f"{Ids.REGISTER}-title")
    return [
        dbc.Modal(
            [html.Div(title, className="dialog-head"), html.Div(html.Div(form, className="stack"), className="dialog-body")],
            id=Ids.REGISTER,
            is_open=False,
            centered=True,
            labelledby=f"{Ids.REGISTER}-title",
            className="dialog",
        ),
        ui.confirm(Ids.DELETE, "Delete this experiment?", f"{experiment.name} goes with all its models.", "Delete experiment"),
    ]
