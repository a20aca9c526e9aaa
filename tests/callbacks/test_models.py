"""The pages of models, over the wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from dash import Input, Output, State

from core.ml.experiments import ExperimentSpec
from core.ml.records import CHAMPION
from core.ml.schema import Field, Kind
from core.settings import Settings
from layouts import model_form, shell
from layouts.model import Ids, champion_id
from layouts.model_form import EMPTY, error_id, example, input_id, row_of, typical
from tests.trained import DELAY, ORIGIN, TUMOUR, add_table, copy_of_trained, train
from tests.wire import fire

LOCATION = Output(shell.Ids.LOCATION, "href")
ANSWER = Output(Ids.ANSWER, "children")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return copy_of_trained(tmp_path / "trained")


def page(client, path: str) -> str:
    return client.get(path).get_data(as_text=True)


def going(answer: dict) -> str:
    return answer["response"][shell.Ids.LOCATION]["href"]


def place(name: str, version: int = 1) -> dict:
    return {State(Ids.PLACE, "data"): {"model": name, "version": version}}


def ask(client, workspace, who, name: str, **changes: Any) -> dict:
    """Presses Predict with the values that the form comes with, but for *changes*."""
    values = example(workspace.models.get(who, name).champion) | changes
    given: dict[Any, Any] = {Input(Ids.ASK, "n_clicks"): 1, **place(name)}
    for field, value in values.items():
        given[State(input_id(field), "value")] = value
        given[State(input_id(field), "id")] = input_id(field)
    return fire(client, ANSWER, given)


def test_the_list_names_every_model_with_its_champion_and_score(dash_for, viewer) -> None:
    text = page(dash_for(viewer), "/models")

    assert [words for words in (DELAY, ORIGIN, TUMOUR, "Version 1", "AUC ") if words not in text] == []


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("", ("No prediction yet", "dep_delay", "Filled with typical values")),
        ("/predict?version=1", ("Version 1 (champion)",)),
        ("/predict?version=9", ("arrival-delay has no version 9.",)),
        ("/versions", ("Predictions that name no version are answered by the champion.", "Experiment 1", "champion")),
        ("/inputs", ("1 Jan 2013", "required", "values: ")),
        ("/api", ("curl -X POST http://localhost/api/v1/models/arrival-delay/predict", "Authorization: Bearer", "/api/docs")),
        ("/nowhere", ("A model has no such tab.",)),
    ],
)
def test_the_tabs_of_a_model_show_what_they_promise(dash_for, scientist, tab: str, words: tuple[str, ...]) -> None:
    text = page(dash_for(scientist), f"/models/{DELAY}{tab}")

    assert [each for each in words if each not in text] == []


def test_a_model_that_is_not_there_is_said_not_to_be(dash_for, viewer) -> None:
    assert "There is no model nothing." in page(dash_for(viewer), "/models/nothing")


def test_a_viewer_looks_at_versions_and_cannot_predict(dash_for, viewer) -> None:
    text = page(dash_for(viewer), f"/models/{DELAY}")

    assert ("answered by the champion" in text, f"/models/{DELAY}/predict" in text, "Make champion" in text) == (True, False, False)
    assert "may not predict models" in page(dash_for(viewer), f"/models/{DELAY}/predict")


@pytest.mark.parametrize("name", [DELAY, ORIGIN, TUMOUR])
def test_the_typical_row_of_the_form_is_predicted_and_explained(dash_for, workspace, analyst, name: str) -> None:
    answer = str(ask(dash_for(analyst), workspace, analyst, name)["response"])

    assert ("model-answer" in answer, "data-figure" in answer, "The bars add up to" in answer) == (True, True, True)


def test_a_prediction_of_classes_shows_how_sure_it_is(dash_for, workspace, analyst) -> None:
    answer = str(ask(dash_for(analyst), workspace, analyst, ORIGIN)["response"])

    assert all(f"'{label}'" in answer for label in ("EWR", "JFK", "LGA"))


def test_what_training_never_saw_is_said_beside_the_answer(dash_for, workspace, analyst) -> None:
    answer = str(ask(dash_for(analyst), workspace, analyst, DELAY, tailnum="N0NE", distance=9_999)["response"])

    assert ("tailnum “N0NE” was not seen in training" in answer, "distance 9999 is outside what training saw" in answer) == (True, True)


def test_what_is_wrong_with_a_field_is_said_below_it(dash_for, workspace, analyst) -> None:
    answer = ask(dash_for(analyst), workspace, analyst, DELAY, distance=None, hour="late")
    said = {key: props["children"] for key, props in answer["sideUpdate"].items()}

    assert said == {
        _text(error_id("hour")): "Is the text “late”; a number is expected.",
        _text(error_id("distance")): "Is empty, and training never saw it empty. Give a value.",
    }


def test_a_name_with_a_dot_and_a_colon_is_named_whole(dash_for, workspace, scientist) -> None:
    table = pa.table({"a.b: c": [None, *range(199)], "d: e.f": range(200), "y": [n % 7 / 3 for n in range(200)]})
    version = add_table(workspace, "Colons", table)
    done = train(workspace, ExperimentSpec(version.dataset_id, "y", features=("a.b: c", "d: e.f"), families=("linear",)))
    workspace.models.register(scientist, done.runs[0].id, "colons")
    client = dash_for(scientist)
    refused = ask(client, workspace, scientist, "colons", **{"d: e.f": None})["sideUpdate"]
    warned = ask(client, workspace, scientist, "colons", **{"a.b: c": 900})["response"]

    assert refused == {_text(error_id("d: e.f")): {"children": "Is empty, and training never saw it empty. Give a value."}}
    assert "a.b: c 900 is outside what training saw" in str(warned)


def _text(id: dict[str, Any]) -> str:
    import json

    return json.dumps(id, separators=(",", ":"), sort_keys=True)


def test_a_refusal_that_is_not_about_a_field_is_a_toast(dash_for, workspace, viewer) -> None:
    answer = ask(dash_for(viewer), workspace, viewer, DELAY)

    assert "may not predict models" in answer["sideUpdate"][shell.Ids.TOAST]["data"]["text"]


def test_another_version_is_chosen_and_made_champion(dash_for, workspace, scientist) -> None:
    linear = next(run for run in workspace.experiments.get(scientist, 1).runs if run.family == "linear")
    workspace.models.register(scientist, linear.id, DELAY)
    client = dash_for(scientist)
    chosen = fire(client, LOCATION, {Input(Ids.VERSION, "value"): "2", **place(DELAY)})
    moved = fire(client, LOCATION, {Input(champion_id(2), "n_clicks"): 1, **place(DELAY)})

    assert (going(chosen), going(moved)) == (f"/models/{DELAY}/predict?version=2", f"/models/{DELAY}/versions?champion=2")
    assert workspace.models.get(scientist, DELAY).champion.number == 2
    assert fire(client, LOCATION, {Input(Ids.VERSION, "value"): "1", **place(DELAY)}) == {}


def test_a_model_is_deleted_and_buttons_that_were_only_drawn_do_nothing(dash_for, workspace, scientist) -> None:
    client, press = dash_for(scientist), Input(f"{Ids.DELETE}-confirm-yes", "n_clicks")

    assert fire(client, LOCATION, {press: None, **place(TUMOUR)}) == {}
    assert fire(client, LOCATION, {Input(champion_id(1), "n_clicks"): None, **place(TUMOUR)}) == {}
    assert fire(client, ANSWER, {Input(Ids.ASK, "n_clicks"): None, **place(TUMOUR)}) == {}
    assert going(fire(client, LOCATION, {press: 1, **place(TUMOUR)})) == "/models"
    assert [model.name for model in workspace.models.find(scientist)] == [DELAY, ORIGIN]


def field(kind: Kind, type: str, **more: Any) -> Field:
    return Field("f", kind, type, **{"nullable": True, "low": 0.0, "high": 90_061.0, "typical": 3_661.0} | more)


@pytest.mark.parametrize(
    ("given", "value", "span"),
    [
        (field(Kind.NUMBER, "BIGINT"), 3661, "0 to 90,061"),
        (field(Kind.NUMBER, "DOUBLE", typical=0.1234567), 0.123457, "0 to 90,061"),
        (field(Kind.BOOLEAN, "BOOLEAN", typical=1.0), True, ""),
        (field(Kind.DATE, "DATE", typical=86_400.0), "1970-01-02", "1 Jan 1970 to 2 Jan 1970"),
        (field(Kind.MOMENT, "TIMESTAMP"), "1970-01-01T01:01:01", "1 Jan 1970, 00:00 to 2 Jan 1970, 01:01"),
        (field(Kind.MOMENT, "TIMESTAMPTZ"), "1970-01-01T01:01:01Z", "1 Jan 1970, 00:00 to 2 Jan 1970, 01:01 UTC"),
        (field(Kind.CLOCK, "TIME", high=7_200.0), "01:01:01", "00:00 to 02:00"),
        (field(Kind.CATEGORY, "VARCHAR", low=None, high=None, typical="a", levels=("a",), level_count=1), "a", ""),
        (field(Kind.CATEGORY, "VARCHAR", low=None, high=None, typical="", levels=("",), level_count=1), "", ""),
        (field(Kind.NUMBER, "BIGINT", low=None, high=None, typical=None), None, ""),
    ],
)
def test_every_kind_of_input_has_a_typical_value_a_range_and_a_control(given: Field, value: Any, span: str) -> None:
    assert (typical(given), model_form.span_of(given), model_form._field(given) is not None) == (value, span, True)


class Version:
    inputs = (
        field(Kind.BOOLEAN, "BOOLEAN"),
        field(Kind.MOMENT, "TIMESTAMPTZ"),
        field(Kind.CATEGORY, "VARCHAR"),
        field(Kind.CATEGORY, "VARCHAR", typical="", levels=("", "a"), level_count=2),
        field(Kind.NUMBER, "DOUBLE"),
    )


@pytest.mark.parametrize(
    ("given", "kind", "value"),
    [
        ("true", 0, True), ("false", 0, False), (EMPTY, 0, None), ("", 2, None), (None, 2, None), ("a", 2, "a"),
        ("2013-07-31T14:30", 1, "2013-07-31T14:30Z"), ("", 3, ""), (EMPTY, 3, None),
        (3, 4, 3), (" -1.5e3 ", 4, -1500.0), (" ", 4, None), ("0,5", 4, "0,5"),
    ],
)  # fmt: skip
def test_what_a_control_holds_becomes_a_value_of_a_row(given: Any, kind: int, value: Any) -> None:
    version: Any = Version()
    version.inputs = (Version.inputs[kind],)

    assert row_of(version, {"f": given}) == {"f": value}


def test_the_champion_is_named_where_it_is(dash_for, scientist) -> None:
    assert CHAMPION in page(dash_for(scientist), f"/models/{DELAY}/versions")
