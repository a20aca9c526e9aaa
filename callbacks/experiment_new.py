"""A new experiment: inspects the target that was chosen, and starts the training."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, set_props
from dash.exceptions import PreventUpdate

from core.errors import Invalid
from core.ml.experiments import ExperimentSpec
from core.workspace import Workspace
from layouts import shell
from layouts.experiment_new import Ids, Shown, address, feature_id, findings
from layouts.visit import Visit
from web.session import current


def load(workspace: Workspace, visit: Visit) -> Shown:
    datasets = workspace.datasets.find(visit.who)
    asked = visit.query.get("dataset", "")
    full = [each for each in datasets if each.version]
    chosen = int(asked) if asked.isdecimal() else full[0].id if len(full) == 1 else None
    if chosen is None:
        return Shown(datasets)
    number = visit.query.get("version", "")
    version = workspace.datasets.version(visit.who, chosen, int(number) if number.isdecimal() else None)
    newest = workspace.datasets.get(visit.who, chosen).version
    target = visit.query.get("target")
    found = workspace.experiments.consider(visit.who, chosen, target, version=version.number) if target else None
    return Shown(datasets, version, newest, target, found)


def register(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={"version": Input(Ids.VERSION, "value"), "target": State(Ids.TARGET, "value"), "place": State(Ids.PLACE, "data")},
        prevent_initial_call=True,
    )
    def choose_version(version: str | None, target: str | None, place: dict[str, int]) -> str:
        if version is None or int(version) == place["version"]:
            raise PreventUpdate
        return address(place["dataset"], int(version), target)

    @app.callback(
        output=Output(Ids.FINDINGS, "children"),
        inputs={"target": Input(Ids.TARGET, "value"), "place": State(Ids.PLACE, "data")},
        running=[
            (Output(Ids.PANEL, "className"), "learn-found learn-busy", "learn-found"),
            (Output(Ids.TRAIN, "disabled"), True, False),
        ],
        prevent_initial_call=True,
    )
    def inspect(target: str | None, place: dict[str, int]) -> Any:
        if not target:
            raise PreventUpdate
        set_props(shell.Ids.ADDRESS, {"data": address(place["dataset"], place["version"], target)})
        return findings(workspace.experiments.consider(current(), place["dataset"], target, version=place["version"]))

    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={
            "clicks": Input(Ids.TRAIN, "n_clicks"),
            "form": {
                "target": State(Ids.TARGET, "value"),
                "families": State(Ids.FAMILIES, "value"),
                "name": State(Ids.NAME, "value"),
            },
            "features": {"used": State(feature_id(ALL), "value"), "ids": State(feature_id(ALL), "id")},
            "place": State(Ids.PLACE, "data"),
        },
        running=[(Output(Ids.TRAIN, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def train(clicks: int | None, form: dict[str, Any], features: dict[str, list[Any]], place: dict[str, int]) -> str:
        if not clicks:
            raise PreventUpdate
        return f"/experiments/{workspace.experiments.start(current(), _spec(form, features, place)).id}"


def _spec(form: dict[str, Any], features: dict[str, list[Any]], place: dict[str, int]) -> ExperimentSpec:
    if not form["target"]:
        raise Invalid("Choose first what to predict.", field="target")
    used = tuple(str(each["name"]) for each, is_used in zip(features["ids"], features["used"], strict=True) if is_used)
    if not used:
        raise Invalid("Choose at least one column to learn from.", field="features")
    families = tuple(form["families"] or ())
    return ExperimentSpec(place["dataset"], str(form["target"]), used, families, place["version"], name=form["name"] or "")
