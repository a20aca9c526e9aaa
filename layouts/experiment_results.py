"""How good the models of an experiment are: the ranking with intervals beside the dummy's, and the pictures of one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from core.ml.evaluation import METRICS, Score
from core.ml.experiments import Experiment
from core.ml.records import Stage, Standing, TrainedRun
from layouts import components as ui
from layouts import learning_figures as figures


def content(experiment: Experiment, run: TrainedRun, detail: Mapping[str, Any]) -> list[Component]:
    pictures = _of_classes(detail) if experiment.task.is_classification else _of_numbers(detail, experiment.target)
    return [ui.section(run.label, [pictures, _worst(experiment, run, detail)])]


def ranking(experiment: Experiment, chosen: TrainedRun | None) -> Component:
    """While the training goes on there is a row for every model from the start: nothing below moves as they finish."""
    metrics = METRICS[experiment.task]
    columns = [
        ui.Col("model", "Model"),
        *(ui.Col(each.name, each.label, align="end") for each in metrics),
        ui.Col("registered", "Registered"),
    ]
    rows = [
        {
            "model": _model(experiment, run, chosen),
            **{each.name: _score(run.metrics[each.name]) for each in metrics},
            "registered": _registered(run.registered),
        }
        for run in experiment.runs
    ]
    hint = "On rows that the model had not seen, by five-fold cross-validation; below each score its 95 % interval. Ranked by the first."
    below = [(each.label, _unfinished(each)) for each in experiment.standings if each.stage in (Stage.TRAINING, Stage.WAITING)]
    table = html.Div(ui.data_table(columns, rows, below=below, caption="Models, the best first"), className="ranking")
    return ui.card(table, title="Models", hint=hint, flush=True)


def _model(experiment: Experiment, run: TrainedRun, chosen: TrainedRun | None) -> Component:
    name = ui.link(run.label, f"/experiments/{experiment.id}?run={run.id}")
    return html.Span([name, ui.tag("shown below")], className="named") if chosen and run.id == chosen.id else name


def _unfinished(standing: Standing) -> Component:
    if standing.stage is Stage.WAITING:
        return html.Div("Waiting", className="ranking-unfinished ranking-waiting")
    return html.Div(ui.progress(standing.progress, _words(standing)), className="ranking-unfinished")


def _words(standing: Standing) -> str:
    return f"{standing.message[:1].upper()}{standing.message[1:]}"


def key(experiment: Experiment) -> str:
    """The ranking looks different, but for how far a bar is, only under another key."""
    return " ".join(f"{each.family}:{each.stage}:{each.run.id if each.run else ''}" for each in experiment.standings)


def under_way(experiment: Experiment) -> dict[str, Any] | None:
    """Share and words of the bar in the ranking."""
    training = next((each for each in experiment.standings if each.stage is Stage.TRAINING), None)
    return {"share": training.progress, "words": _words(training)} if training else None


def finished(experiment: Experiment) -> list[tuple[int, str]]:
    """For each finished model, as they were, its run and a sentence for those who do not see the table."""
    count = len(experiment.families)
    return [(run.id, _said(run, place, count)) for place, run in enumerate(sorted(experiment.runs, key=lambda run: run.id), 1)]


def _said(run: TrainedRun, place: int, count: int) -> str:
    metric, score = run.headline
    interval = f"95 % interval {_short(score.low)} to {_short(score.high)}"
    return f"{run.label} is finished, {place} of {count}: {metric.label} {_short(score.value)}, {interval}."


def _score(score: Score) -> Component:
    exact = f"{score.low:.6f} to {score.high:.6f}"
    interval = html.Span(f"{_short(score.low)} to {_short(score.high)}", title=exact, className="interval")
    return html.Div([html.Span(_short(score.value), title=f"{score.value:.6f}"), interval], className="score")


def _short(value: float) -> str:
    size = abs(value)
    if size >= 1e7:
        return f"{value:.2e}" if size >= 1e15 else ui.format.compact(value)
    text = f"{value:.3f}" if size < 100 else f"{value:,.1f}" if size < 1e5 else f"{value:,.0f}"
    return text.removeprefix("-") if text == "-0.000" else text


def _registered(names: Sequence[tuple[str, int]]) -> Component | str:
    links: list[Component] = [ui.link(f"{name} {number}", f"/models/{name}/versions") for name, number in names]
    return html.Span(links, className="named") if links else ""


def _of_classes(detail: Mapping[str, Any]) -> Component:
    return _pairs(
        [
            ui.card(figures.confusion(detail["confusion"]), title="Confusion matrix"),
            ui.card(figures.roc(detail["curves"]), title="ROC curve"),
            ui.card(figures.precision_recall(detail["curves"]), title="Precision and recall"),
            ui.card(ui.data_table(_CLASSES, _class_rows(detail), caption="Classes", dense=True), title="Classes", flush=True),
        ]
    )


def _of_numbers(detail: Mapping[str, Any], target: str) -> Component:
    return _pairs(
        [
            ui.card(figures.estimates(detail, target), title="Predicted and actual"),
            ui.card(figures.residuals(detail["residuals"], target), title="Residuals"),
        ]
    )


def _pairs(cards: list[Component]) -> Component:
    return html.Div(cards, className="learn-two learn-pictures")


def _class_rows(detail: Mapping[str, Any]) -> list[dict[str, Any]]:
    shares = ("recall", "precision", "f1")
    return [{**each, "label": str(each["label"]), **{name: f"{each[name]:.3f}" for name in shares}} for each in detail["classes"]]


def _worst(experiment: Experiment, run: TrainedRun, detail: Mapping[str, Any]) -> Component:
    rows = [
        {
            "row": ui.link(f"Row {each['row']:,}", f"/experiments/{experiment.id}/explain?run={run.id}&row={each['row']}"),
            "actual": _value(each["actual"]),
            "predicted": _value(each["predicted"]),
            "share": ui.format.percent(each.get("share")),
        }
        for each in detail["worst"][:10]
    ]
    columns = [*_WORST, *([ui.Col("share", "How sure it was", align="end")] if experiment.task.is_classification else [])]
    hint = "Where it was most wrong. A row leads to the reasons."
    return ui.card(ui.data_table(columns, rows, caption="Rows missed by most", dense=True), title="Missed by most", hint=hint, flush=True)


def _value(value: Any) -> str:
    return ui.format.number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


_CLASSES = (
    ui.Col("label", "Class"),
    ui.Col("rows", "Rows", align="end"),
    ui.Col("recall", "Found", align="end"),
    ui.Col("precision", "Right when named", align="end"),
    ui.Col("f1", "F1", align="end"),
)
_WORST = (ui.Col("row", "Row"), ui.Col("actual", "Actual", align="end"), ui.Col("predicted", "Predicted", align="end"))
