"""How good the models of an experiment are: the ranking with intervals beside the dummy's, and the pictures of one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from core.ml.evaluation import METRICS, Score
from core.ml.experiments import Experiment
from core.ml.records import TrainedRun
from layouts import components as ui
from layouts import learning_figures as figures


def content(experiment: Experiment, run: TrainedRun, detail: Mapping[str, Any]) -> list[Component]:
    pictures = _of_classes(detail) if experiment.task.is_classification else _of_numbers(detail, experiment.target)
    return [ranking(experiment, run), ui.section(run.label, [pictures, _worst(experiment, run, detail)])]


def ranking(experiment: Experiment, chosen: TrainedRun) -> Component:
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
    return ui.card(ui.data_table(columns, rows, caption="Models, the best first"), title="Models", hint=hint, flush=True)


def _model(experiment: Experiment, run: TrainedRun, chosen: TrainedRun) -> Component:
    name = ui.link(run.label, f"/experiments/{experiment.id}?run={run.id}")
    return html.Span([name, ui.tag("shown below")], className="named") if run.id == chosen.id else name


def _score(score: Score) -> Component:
    interval = html.Span(f"{_short(score.low)} to {_short(score.high)}", className="interval")
    return html.Div([html.Span(_short(score.value), title=f"{score.value:.6f}"), interval], className="score")


def _short(value: float) -> str:
    text = f"{value:.3f}" if abs(value) < 100 else f"{value:,.1f}"
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
