"""The form of a prediction, built from the inputs of a model."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum, unique
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.ml.records import ModelVersion
from core.ml.schema import Field, Kind
from layouts import components as ui

_MOST_OPTIONS = 200
EMPTY = "\u2205"  # the option for "no value": a select cannot hold null


@unique
class Ids(StrEnum):
    ERROR = "model-form-error"
    INPUT = "model-form-input"


def input_id(name: str | Any) -> dict[str, Any]:
    return {"type": Ids.INPUT, "field": name}


def error_id(name: str | Any) -> dict[str, Any]:
    return {"type": Ids.ERROR, "field": name}


def form(version: ModelVersion) -> Component:
    """One control per input, filled with a typical row."""
    return html.Div([_field(each) for each in version.inputs], className="model-form")


def example(version: ModelVersion) -> dict[str, Any]:
    """A typical row, as JSON would hold it."""
    return {each.name: typical(each) for each in version.inputs}


def row_of(version: ModelVersion, values: dict[str, Any]) -> dict[str, Any]:
    """What the controls hold as a row; a field that is left empty is null."""
    return {each.name: _value(each, values.get(each.name)) for each in version.inputs}


def typical(field: Field) -> Any:
    value = field.typical
    if value is None or isinstance(value, str):
        return value
    if field.kind is Kind.BOOLEAN:
        return value > 0.5
    if field.kind is Kind.DATE:
        return f"{_moment(value):%Y-%m-%d}"
    if field.kind is Kind.MOMENT:
        return f"{_moment(value):%Y-%m-%dT%H:%M:%S}{'Z' if field.aware else ''}"
    if field.kind is Kind.CLOCK:
        return f"{_moment(value):%H:%M:%S}"
    return int(value) if field.whole else float(f"{value:.6g}")


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _value(field: Field, given: Any) -> Any:
    if field.kind is Kind.NUMBER and isinstance(given, str):
        return _number(given.strip())
    if given == "" and "" in field.known and _choice(field) is not None:
        return given  # text without letters, chosen from the list
    if given is None or given in ("", EMPTY):
        return None
    if field.kind is Kind.BOOLEAN:
        return given == "true"
    if field.kind is Kind.MOMENT and field.aware and isinstance(given, str) and not given.endswith("Z"):
        return f"{given}Z"
    return given


def _number(given: str) -> float | str | None:
    """What is no number stays as it is typed, and is refused in words."""
    try:
        return float(given) if given else None
    except ValueError:
        return given


def _field(field: Field) -> Component:
    error = html.Div(id=error_id(field.name), className="field-error", role="alert")
    return html.Div([ui.field(field.name, _control(field), help=_help(field)), error])


def _control(field: Field) -> Component:
    choice = _choice(field)
    if choice is not None:
        return choice
    control: Component = dbc.Input(id=input_id(field.name), **_INPUTS[field.kind], **_filled(field), autocomplete="off")
    return control


def _choice(field: Field) -> Component | None:
    """A select where all values are known and few."""
    value = typical(field)
    if field.kind is Kind.BOOLEAN:
        value = None if value is None else str(value).lower()
        options = [{"value": "true", "label": "Yes"}, {"value": "false", "label": "No"}]
    elif field.kind is Kind.CATEGORY and field.level_count == len(field.levels) <= _MOST_OPTIONS:
        options = [{"value": level, "label": level or "(no letters)"} for level in sorted(field.levels)]
    else:
        return None
    options = [{"value": EMPTY, "label": "(empty)"}, *options] if field.nullable else options
    control: Component = dbc.Select(id=input_id(field.name), options=options, value=value)
    return control


def _filled(field: Field) -> dict[str, Any]:
    value = typical(field)
    return {} if value is None else {"value": value.removesuffix("Z") if isinstance(value, str) and field.kind is Kind.MOMENT else value}


def _help(field: Field) -> str:
    rest = ", may be empty" if field.nullable else ""
    if field.kind is Kind.CATEGORY:
        return f"{ui.format.count(field.level_count, 'known value')}{rest}"
    seen = span_of(field)
    return f"{seen}{rest}" if seen else rest.removeprefix(", ").capitalize()


def span_of(field: Field) -> str:
    """The range of training in words, nothing where there is none."""
    if field.kind is Kind.BOOLEAN or field.low is None or field.high is None:
        return ""
    if field.kind is Kind.NUMBER:
        return f"{ui.format.number(field.low)} to {ui.format.number(field.high)}"
    form = {Kind.DATE: "%-d %b %Y", Kind.MOMENT: "%-d %b %Y, %H:%M", Kind.CLOCK: "%H:%M"}[field.kind]
    return f"{_moment(field.low):{form}} to {_moment(field.high):{form}}{' UTC' if field.aware else ''}"


_INPUTS: dict[Kind, dict[str, Any]] = {
    # Not of type number: what such a control cannot read it gives away as empty, and an empty value may be predicted.
    Kind.NUMBER: {"type": "text"},
    Kind.CATEGORY: {"type": "text"},
    Kind.DATE: {"type": "date"},
    Kind.MOMENT: {"type": "datetime-local", "step": 1},
    Kind.CLOCK: {"type": "time", "step": 1},
}
