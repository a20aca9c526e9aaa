"""One registered model: ask it, its versions, its inputs, and how a program asks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.ml.records import CHAMPION, ModelVersion
from core.ml.registry import Model, Predictions
from core.ml.schema import Field
from core.principal import Permission, Principal
from layouts import components as ui
from layouts.experiment_explain import reasons
from layouts.experiments import score
from layouts.model_form import example, form, span_of


@unique
class Ids(StrEnum):
    ANSWER = "model-answer"
    ASK = "model-ask"
    CURL = "model-curl"
    DELETE = "model-delete"  # prefix of the dialog
    MAKE_CHAMPION = "model-make-champion"
    PLACE = "model-place"  # {model, version}
    TOKEN = "model-token"  # noqa: S105 - the id of an example
    VERSION = "model-version"


def champion_id(number: int | Any) -> dict[str, Any]:
    return {"type": Ids.MAKE_CHAMPION, "version": number}


@dataclass(frozen=True, slots=True)
class Shown:
    """*version* is the one that is asked; *address* is where this site is reached."""

    who: Principal
    model: Model
    version: ModelVersion
    tab: str
    address: str


def layout(shown: Shown) -> Component:
    base = f"/models/{shown.model.name}"
    links = [("Versions", f"{base}/versions"), ("Inputs", f"{base}/inputs"), ("API", f"{base}/api")]
    if shown.who.may(Permission.MODEL_PREDICT):
        links.insert(0, ("Predict", f"{base}/predict"))
    content = {"predict": _predict, "versions": _versions, "inputs": _inputs, "api": _api}[shown.tab](shown)
    return html.Div(
        [
            _head(shown),
            ui.tabs(links, f"{base}/{shown.tab}"),
            *content,
            dcc.Store(id=Ids.PLACE, data={"model": shown.model.name, "version": shown.version.number}),
            ui.confirm(
                Ids.DELETE,
                "Delete this model?",
                f"{shown.model.name} with all its versions answers nobody any more. The experiments it came from stay.",
                "Delete model",
            ),
        ]
    )


def answer(found: Predictions) -> list[Component]:
    """What the model says to one row, how sure it is, what had to be interpreted, and why."""
    value = found.predictions[0]
    parts: list[Component] = [html.P(label_of(value), className="model-answer", title=str(value))]
    if found.probabilities:
        parts.append(_shares(found.probabilities[0]))
    parts += [ui.banner("warning", f"{each.field.removeprefix('rows.0.')} {each.message}") for each in found.warnings]
    if found.explanations:
        parts += reasons(found.explanations[0])
    return parts


def label_of(value: Any) -> str:
    """A prediction or an actual value in words."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return ui.format.number(value) if isinstance(value, (int, float)) else str(value)


def _shares(probabilities: dict[str, float]) -> Component:
    ranked = sorted(probabilities.items(), key=lambda each: -each[1])[:6]
    return html.Div([ui.progress(share, label, kind="neutral") for label, share in ranked], className="shares")


def _head(shown: Shown) -> Component:
    model, version = shown.model, shown.version
    status: list[Component] = [
        html.Span(f"{version.run.task.label} of {version.target}"),
        html.Span(["Version ", str(version.number), " ", *(ui.tag(alias, icon_name=_SIGNS.get(alias)) for alias in version.aliases)]),
        html.Span(score(version.run)),
        html.Span(["By ", model.owner, " ", ui.when(model.created_at)]),
    ]
    menu = [ui.menu_item("Delete", icon="trash-2", danger=True, opens=f"{Ids.DELETE}-confirm")]
    return ui.page_head(
        model.name,
        crumbs=[("Models", "/models")],
        status=status,
        menu=menu if shown.who.may(Permission.MODEL_WRITE) else (),
    )


def _predict(shown: Shown) -> list[Component]:
    options = [
        {"value": str(each.number), "label": f"Version {each.number}{' (champion)' if CHAMPION in each.aliases else ''}"}
        for each in shown.model.versions
    ]
    choice = ui.field("Version", dbc.Select(id=Ids.VERSION, options=options, value=str(shown.version.number)))
    ask = ui.button("Predict", id=Ids.ASK, kind="primary", icon="play")
    left = ui.card(
        html.Div([choice, form(shown.version), html.Div(ask, className="form-end")], className="stack"),
        title="One row",
        hint="Filled with typical values. What training never saw is said beside the answer.",
    )
    empty = ui.empty_state("No prediction yet", "Change what you like and choose Predict.", icon="target")
    title = f"Predicted {shown.version.target}"
    right = html.Div(
        ui.card(html.Div(empty, id=Ids.ANSWER, className="stack", **ui.aria(live="polite")), title=title), className="learn-stays"
    )
    return [html.Div([left, right], className="learn-two")]


def _versions(shown: Shown) -> list[Component]:
    rows = [_version(each, shown.who) for each in shown.model.versions]
    hint = "Predictions that name no version are answered by the champion."
    return [ui.card(ui.data_table(_VERSIONS, rows, caption="Versions"), title="Versions", hint=hint, flush=True)]


def _version(each: ModelVersion, who: Principal) -> dict[str, Any]:
    is_champion = CHAMPION in each.aliases
    trained: str | Component = f"Experiment {each.experiment_id}"
    if who.may(Permission.EXPERIMENT_READ):
        trained = ui.link(trained, f"/experiments/{each.experiment_id}?run={each.run.id}", quiet=True)
    tags = [ui.tag(alias, icon_name=_SIGNS.get(alias)) for alias in each.aliases]
    may_move = who.may(Permission.MODEL_WRITE) and not is_champion
    return {
        "number": f"Version {each.number}",
        "aliases": html.Span(tags, className="named"),
        "family": each.run.label,
        "score": score(each.run),
        "data": ui.link(f"{each.dataset}, version {each.dataset_version}", f"/data/{each.dataset_id}/overview", quiet=True),
        "experiment": trained,
        "created": ui.when(each.created_at),
        "by": each.created_by,
        "act": ui.button("Make champion", id=champion_id(each.number), small=True) if may_move else "",
    }


def _inputs(shown: Shown) -> list[Component]:
    rows = [
        {
            "name": each.name,
            "kind": each.kind.value,
            "empty": "may be empty" if each.nullable else "required",
            "range": _range(each),
        }
        for each in shown.version.inputs
    ]
    hint = f"What a row for version {shown.version.number} holds. What was never empty in training is required."
    return [ui.card(ui.data_table(_INPUTS, rows, caption="Inputs", dense=True), title="Inputs", hint=hint, flush=True)]


def _range(field: Field) -> str:
    if field.levels:
        listed = ", ".join(field.levels[:6])
        return f"{ui.format.count(field.level_count, 'value')}: {listed}{' …' if field.level_count > 6 else ''}"
    return span_of(field) or ui.format.ABSENT


def _api(shown: Shown) -> list[Component]:
    token = f"curl -X POST {shown.address}/api/v1/auth/token \\\n  -H 'Content-Type: application/json' \\\n"
    token += """  -d '{"email": "you@example.com", "password": "…"}'"""
    body = json.dumps({"rows": [example(shown.version)]}, indent=2, ensure_ascii=False).replace("'", "'\\''")
    ask = f"curl -X POST {shown.address}/api/v1/models/{shown.model.name}/predict \\\n"
    ask += f"  -H 'Authorization: Bearer TOKEN' \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'"
    notes = "“version” beside “rows” asks another version or alias, “explain”: true adds the reasons. "
    docs = html.P([notes, ui.link("All of the API", "/api/docs")], className="field-help")
    return [ui.card([_code("1. A token", Ids.TOKEN, token), _code("2. A prediction", Ids.CURL, ask), docs], title="From a program")]


def _code(label: str, id: str, code: str) -> Component:
    area = dbc.Textarea(id=id, value=code, readOnly=True, className="code-block", rows=code.count("\n") + 1)
    face = [ui.icon("copy"), html.Span("Copy")]
    copy = html.Button(face, type="button", className="btn btn-secondary btn-sm code-copy", **ui.data(copies=id))
    return html.Div([ui.field(label, area), copy], className="code-with-copy")


_SIGNS = {CHAMPION: "trophy"}
_VERSIONS = (
    ui.Col("number", "Version"),
    ui.Col("aliases", "Alias"),
    ui.Col("family", "Model"),
    ui.Col("score", "Score"),
    ui.Col("data", "Learned from"),
    ui.Col("experiment", "Trained in"),
    ui.Col("created", "Registered"),
    ui.Col("by", "By"),
    ui.Col("act", ""),
)
_INPUTS = (ui.Col("name", "Field"), ui.Col("kind", "Kind"), ui.Col("empty", "Empty"), ui.Col("range", "Seen in training"))
