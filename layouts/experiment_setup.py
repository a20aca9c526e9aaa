"""What an experiment was asked to do, and what was found about each column."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from core.ml.experiments import Experiment
from core.ml.models import FAMILIES
from layouts import components as ui


def content(experiment: Experiment) -> list[Component]:
    found = experiment.findings
    facts: list[tuple[str, str | Component]] = [
        ("Target", experiment.target),
        ("Task", experiment.task.label),
        ("Data", ui.link(experiment.dataset, f"/data/{experiment.dataset_id}/overview")),
        ("Version", str(experiment.dataset_version)),
        ("Models", ", ".join(FAMILIES[name].label for name in experiment.families)),
        ("Validation", "Five folds; everything that learns, learns inside the fold"),
    ]
    if "rows" in found:
        facts.insert(4, ("Rows", ui.format.number(found["rows"])))
    notes = [ui.banner("neutral", words) for words in found.get("warnings", ())]
    return [ui.card(html.Div([ui.properties(facts), *notes], className="stack"), title="What was asked"), _columns(experiment)]


def _columns(experiment: Experiment) -> Component:
    measured = {each["name"]: each for each in experiment.findings.get("features", ())}
    if not measured:
        return ui.card(
            ui.listing([ui.Item(name, f"/data/{experiment.dataset_id}/profile") for name in experiment.features]), title="Features"
        )
    rows = [_row(each, used=name in experiment.features) for name, each in measured.items()]
    rows.sort(key=lambda row: row["used"] == "no")
    hint = f"{len(experiment.features)} of {ui.format.count(len(measured), 'column')} were learned from."
    return ui.card(ui.data_table(_COLUMNS, rows, caption="Columns", dense=True), title="Columns", hint=hint, flush=True)


def _row(each: dict[str, Any], *, used: bool) -> dict[str, Any]:
    return {
        "name": each["name"],
        "used": "yes" if used else "no",
        "kind": each["kind"],
        "distinct": each["distinct"],
        "missing": ui.format.percent(each["missing"]),
        "alone": ui.format.ABSENT if each["score"] is None else f"{each['score']:.2f}",
        "said": html.Div([html.Span(text, className="remark") for text in each["warnings"]], className="remarks"),
    }


_COLUMNS = (
    ui.Col("name", "Column"),
    ui.Col("used", "Learned from"),
    ui.Col("kind", "Kind"),
    ui.Col("distinct", "Distinct", align="end"),
    ui.Col("missing", "Empty", align="end"),
    ui.Col("alone", "Alone", align="end"),
    ui.Col("said", "What was found"),
)
