"""All registered models: what answers, by which name and version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from core.ml.registry import Model
from core.principal import Permission, Principal
from layouts import components as ui
from layouts import experiments


@dataclass(frozen=True, slots=True)
class Shown:
    who: Principal
    models: Sequence[Model]


def layout(shown: Shown) -> Component:
    new = ui.button("New experiment", href="/experiments/new", kind="primary", icon="plus")
    may_run = shown.who.may(Permission.EXPERIMENT_RUN)
    head = ui.page_head("Models", action=new if may_run and shown.models else None)
    if not shown.models:
        text = "Train models in an experiment and register the best: it gets a name, versions, and an address that answers."
        empty = ui.empty_state("No model registered yet", text, new if may_run else None, icon="brain")
        return html.Div([head, experiments.tabs(shown.who, "/models"), empty])
    table = ui.data_table(_COLUMNS, [_row(each) for each in shown.models], caption="Models")
    return html.Div([head, experiments.tabs(shown.who, "/models"), table])


def _row(model: Model) -> dict[str, Any]:
    champion = model.champion
    return {
        "name": ui.link(model.name, f"/models/{model.name}"),
        "target": champion.target,
        "champion": f"Version {champion.number}",
        "score": experiments.score(champion.run),
        "dataset": ui.link(champion.dataset, f"/data/{champion.dataset_id}", quiet=True),
        "versions": len(model.versions),
        "changed": ui.when(model.versions[0].created_at),
        "owner": model.owner,
    }


_COLUMNS = (
    ui.Col("name", "Name"),
    ui.Col("target", "Predicts"),
    ui.Col("champion", "Champion"),
    ui.Col("score", "Score"),
    ui.Col("dataset", "Learned from"),
    ui.Col("versions", "Versions", align="end"),
    ui.Col("changed", "Last version"),
    ui.Col("owner", "By"),
)
