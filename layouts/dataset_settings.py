"""The settings of a dataset: its name, its description, its end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.data.datasets import NAME_LENGTH
from core.principal import Permission
from layouts import components as ui
from layouts.dataset_head import Shown


@unique
class Ids(StrEnum):
    DELETE = "dataset-settings-delete"
    DESCRIPTION = "dataset-settings-description"
    NAME = "dataset-settings-name"
    SAVE = "dataset-settings-save"


@dataclass(frozen=True, slots=True)
class Form:
    shown: Shown


def body(form: Form) -> list[Component]:
    dataset = form.shown.dataset
    name = dbc.Input(id=Ids.NAME, value=dataset.name, maxLength=NAME_LENGTH, autocomplete="off")
    description = dbc.Textarea(id=Ids.DESCRIPTION, value=dataset.description, maxLength=5_000)
    fields = [
        ui.field("Name", name),
        ui.field("Description", description, help="What the rows are, where they come from, what to look out for."),
        html.Div(ui.button("Save", id=Ids.SAVE, kind="primary"), className="cluster"),
    ]
    cards = [ui.card(html.Div(fields, className="stack dataset-form"), title="Name and description")]
    return [*cards, *([_end(form)] if form.shown.who.may(Permission.DATASET_DELETE) else [])]


def _end(form: Form) -> Component:
    dataset = form.shown.dataset
    words = "All its versions go with it. As long as a chart or an experiment uses the data, it cannot be deleted."
    question = f"{dataset.name} is gone for everybody, with {ui.format.count(dataset.version, 'version')} of its data."
    delete = ui.button("Delete dataset", kind="danger", icon="trash-2", opens=f"{Ids.DELETE}-confirm")
    return html.Div(
        [
            ui.card(html.Div([html.P(words, className="muted"), delete], className="stack dataset-form"), title="Delete this dataset"),
            ui.confirm(Ids.DELETE, "Delete this dataset?", question, "Delete dataset"),
        ]
    )
