"""A new experiment: what to predict, from what, with which models; what stands against each column is said before training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.data.datasets import Dataset, Version
from core.errors import Invalid
from core.ml.inspection import Advice, Feature, Findings
from core.ml.models import FAMILIES
from layouts import components as ui

_TARGETS = ("boolean", "integer", "decimal", "text")


@unique
class Ids(StrEnum):
    DATASET = "experiment-new-dataset"
    FAMILIES = "experiment-new-families"
    FEATURE = "experiment-new-feature"
    FINDINGS = "experiment-new-findings"
    NAME = "experiment-new-name"
    PANEL = "experiment-new-panel"
    PLACE = "experiment-new-place"  # {dataset, version}
    TARGET = "experiment-new-target"
    TRAIN = "experiment-new-train"
    VERSION = "experiment-new-version"


def feature_id(name: str | Any) -> dict[str, Any]:
    return {"type": Ids.FEATURE, "name": name}


@dataclass(frozen=True, slots=True)
class Shown:
    """*version* is None while no dataset is chosen; *findings* are None while no target is, or the reason why it cannot be."""

    datasets: Sequence[Dataset] = ()
    version: Version | None = None
    newest: int = 0
    target: str | None = None
    findings: Findings | Invalid | None = None


def layout(shown: Shown) -> Component:
    crumbs = [("Models", "/models"), ("Experiments", "/experiments")]
    if shown.version is None:
        return html.Div([ui.page_head("New experiment", crumbs=crumbs), _choose_data(shown.datasets)])
    version = shown.version
    train = ui.button("Train models", id=Ids.TRAIN, kind="primary", icon="play")
    form = html.Div([_data(version, shown.newest), _target(version, shown.target), _models(), _name()], className="build-form")
    found = html.Div(findings(shown.findings), id=Ids.FINDINGS, className="stack")
    panel = html.Div(found, id=Ids.PANEL, className="learn-found")
    return html.Div(
        [
            ui.page_head("New experiment", crumbs=crumbs, action=train),
            html.Div([form, panel], className="build"),
            dcc.Store(id=Ids.PLACE, data={"dataset": version.dataset_id, "version": version.number}),
        ]
    )


def address(dataset_id: int, version: int | None = None, target: str | None = None) -> str:
    chosen = {"dataset": dataset_id, "version": version, "target": target}
    return f"/experiments/new?{urlencode({name: value for name, value in chosen.items() if value is not None})}"


def findings(found: Findings | Invalid | None) -> list[Component]:
    """What was measured: the task, and each column with what stands against it."""
    if found is None:
        text = "The task follows from it, and every other column is measured for leaks before anything is trained."
        return [ui.card(ui.empty_state("Choose what to predict", text, icon="target"))]
    if isinstance(found, Invalid):
        return [ui.card(ui.error_state("This cannot be predicted", found.message))]
    return [_task(found), _features(found)]


def _task(found: Findings) -> Component:
    target = found.target
    facts: list[tuple[str, str | Component]] = [("Task", target.task.label), ("Rows", ui.format.number(target.row_count))]
    if target.classes:
        listed = ", ".join(str(label) for label in target.classes[:8]) + (" …" if len(target.classes) > 8 else "")
        facts.insert(1, ("Classes", f"{len(target.classes)}: {listed}"))
    notes = [ui.banner("neutral", words) for words in found.warnings]
    return ui.card(html.Div([ui.properties(facts, inline=True), *notes], className="stack"), title=f"Predict {target.name}")


def _features(found: Findings) -> Component:
    used = len(found.advised)
    hint = f"{used} of {ui.format.count(len(found.features), 'column')} are used unless you choose otherwise. "
    how = f"“Alone” is the {found.metric} that the column reaches by itself, measured by cross-validation."
    order = {Advice.LEAVE_OUT: 0, Advice.CHECK: 1, Advice.USE: 2}
    rows = [_feature(each) for each in sorted(found.features, key=lambda each: order[each.advice])]
    return ui.card(ui.data_table(_COLUMNS, rows, caption="Features", dense=True), title="Features", hint=hint + how, flush=True)


def _feature(each: Feature) -> dict[str, Any]:
    box = dbc.Checkbox(
        id=feature_id(each.name), label=each.name, value=each.advice is not Advice.LEAVE_OUT, disabled=not each.usable, className="feature"
    )
    words = [html.Span(text, className=f"remark remark-{_KINDS[each.advice]}") for text in each.warnings]
    return {
        "name": box,
        "kind": each.kind,
        "distinct": each.distinct,
        "missing": ui.format.percent(each.missing),
        "alone": ui.format.ABSENT if each.score is None else f"{each.score:.2f}",
        "said": html.Div(words, className="remarks") if words else "",
    }


def _data(version: Version, newest: int) -> Component:
    options = [
        {"value": str(number), "label": f"Version {number}{' (current)' if number == newest else ''}"} for number in range(newest, 0, -1)
    ]
    source = html.P(ui.link(version.dataset_name, f"/data/{version.dataset_id}/overview"), className="build-source")
    choice = ui.field(
        "Version",
        dbc.Select(id=Ids.VERSION, options=options, value=str(version.number)),
        help=f"{ui.format.count(version.row_count, 'row')}. The experiment keeps to this version.",
    )
    return _part("Learn from", [source, choice])


def _target(version: Version, target: str | None) -> Component:
    options = [{"value": column.name, "label": column.name} for column in version.table.columns if column.kind in _TARGETS]
    control = dbc.Select(id=Ids.TARGET, options=options, value=target, placeholder="Choose a column")
    return _part("Predict", [ui.field("Target", control, help="A number, a category, or a yes or no.")])


def _models() -> Component:
    offered = [family for family in FAMILIES.values() if family.name != "dummy"]
    boxes = dbc.Checklist(
        id=Ids.FAMILIES,
        options=[{"value": family.name, "label": family.label} for family in offered],
        value=[family.name for family in offered],
    )
    words = html.P("Each is cross-validated in five folds and compared with “always the average”.", className="field-help")
    return _part("With", [html.Div(boxes, role="group", **ui.aria(label="Models")), words])


def _name() -> Component:
    control = dbc.Input(id=Ids.NAME, placeholder="Named after the target and the data", maxLength=120, autocomplete="off")
    return _part("Call it", [ui.field("Name", control, hidden=True)])


def _part(title: str, children: list[Component]) -> Component:
    return html.Section([html.H2(title, className="build-title"), *children], className="build-card panel", **ui.aria(label=title))


def _choose_data(datasets: Sequence[Dataset]) -> Component:
    items = [
        ui.Item(each.name, address(each.id), ui.format.count(each.row_count, "row"), ui.when(each.updated_at), "database")
        for each in datasets
        if each.version
    ]
    if not items:
        text = "A model learns from a dataset. Bring one in first: a CSV, Excel, JSON or Parquet file."
        return ui.empty_state("No data yet", text, ui.button("Bring in data", kind="primary", href="/data/new", icon="upload"), "database")
    return ui.card(ui.listing(items), title="Learn from which data?", flush=True)


_KINDS = {Advice.LEAVE_OUT: "critical", Advice.CHECK: "warning", Advice.USE: "neutral"}
_COLUMNS = (
    ui.Col("name", "Column"),
    ui.Col("kind", "Kind"),
    ui.Col("distinct", "Distinct", align="end"),
    ui.Col("missing", "Empty", align="end"),
    ui.Col("alone", "Alone", align="end"),
    ui.Col("said", "What was found"),
)
