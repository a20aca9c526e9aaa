"""One registered model: asks it, moves its champion, deletes it."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update, set_props
from dash.exceptions import PreventUpdate
from flask import request

from callbacks import feedback
from callbacks.feedback import toast
from core.errors import Invalid, NotFound
from core.ml.records import CHAMPION, ModelVersion
from core.ml.registry import Model
from core.principal import Permission
from core.workspace import Workspace
from layouts import shell
from layouts.model import Ids, Shown, answer, champion_id
from layouts.model_form import error_id, input_id, row_of
from layouts.visit import Visit
from web.session import current

_TABS = ("predict", "versions", "inputs", "api")


def load(workspace: Workspace, visit: Visit) -> Shown:
    model = workspace.models.get(visit.who, visit.params["name"])
    may = visit.who.may(Permission.MODEL_PREDICT)
    tab = visit.params.get("tab", "predict" if may else "versions")
    if tab not in _TABS:
        raise NotFound("A model has no such tab.")
    if tab == "predict":
        visit.who.require(Permission.MODEL_PREDICT)
    return Shown(visit.who, model, _version(model, visit.query.get("version", "")), tab, request.host_url.rstrip("/"))


def register(app: Dash, workspace: Workspace) -> None:
    _register_asking(app, workspace)
    _register_versions(app, workspace)


def _register_asking(app: Dash, workspace: Workspace) -> None:
    models = workspace.models

    def in_the_form(error: Exception) -> Any:
        """What is wrong with a field is said below it."""
        if not isinstance(error, Invalid) or not (error.field or "").startswith("rows.0."):
            return feedback.show(workspace.audit_log, error)
        names = sorted((str(each["value"]["field"]) for each in ctx.args_grouping["fields"]), key=len, reverse=True)
        for line in error.message.splitlines():
            # by the names, the longest first: they may hold a dot or a colon themselves
            name = next(each for each in names if line.startswith(f"rows.0.{each}: "))
            words = line.removeprefix(f"rows.0.{name}: ")
            set_props(error_id(name), {"children": words[:1].upper() + words[1:]})
        return no_update

    @app.callback(
        output={"answer": Output(Ids.ANSWER, "children"), "errors": Output(error_id(ALL), "children")},
        inputs={
            "clicks": Input(Ids.ASK, "n_clicks"),
            "values": State(input_id(ALL), "value"),
            "fields": State(input_id(ALL), "id"),
            "place": State(Ids.PLACE, "data"),
        },
        running=[(Output(Ids.ASK, "disabled"), True, False)],
        on_error=in_the_form,
        prevent_initial_call=True,
    )
    def predict(clicks: int | None, values: list[Any], fields: list[dict[str, str]], place: dict[str, Any]) -> dict[str, Any]:
        if not clicks:
            raise PreventUpdate
        version = _version(models.get(current(), place["model"]), str(place["version"]))
        row = row_of(version, {field["field"]: value for field, value in zip(fields, values, strict=True)})
        found = models.predict(current(), version.model, [row], version=version.number, explain=True)
        return {"answer": answer(found), "errors": [""] * len(ctx.outputs_grouping["errors"])}

    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={"version": Input(Ids.VERSION, "value"), "place": State(Ids.PLACE, "data")},
        prevent_initial_call=True,
    )
    def choose_version(version: str | None, place: dict[str, Any]) -> str:
        if version is None or int(version) == place["version"]:
            raise PreventUpdate
        return f"/models/{place['model']}/predict?version={version}"


def _register_versions(app: Dash, workspace: Workspace) -> None:
    models = workspace.models

    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={"clicks": Input(champion_id(ALL), "n_clicks"), "place": State(Ids.PLACE, "data")},
        prevent_initial_call=True,
    )
    def make_champion(clicks: list[int | None], place: dict[str, Any]) -> str:
        if not any(clicks):
            raise PreventUpdate
        number = int(ctx.triggered_id["version"])
        models.set_alias(current(), place["model"], CHAMPION, number)
        toast("positive", "Champion moved", f"Version {number} answers from now on.")
        return f"/models/{place['model']}/versions?champion={number}"

    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={"clicks": Input(f"{Ids.DELETE}-confirm-yes", "n_clicks"), "place": State(Ids.PLACE, "data")},
        prevent_initial_call=True,
    )
    def delete(clicks: int | None, place: dict[str, Any]) -> str:
        if not clicks:
            raise PreventUpdate
        models.delete(current(), place["model"])
        return "/models"


def _version(model: Model, wanted: str) -> ModelVersion:
    """The version of that number, the champion without one."""
    if not wanted:
        return model.champion
    found = next((each for each in model.versions if str(each.number) == wanted), None)
    if found is None:
        raise NotFound(f"{model.name} has no version {wanted}.")
    return found
