"""Training and predictions over REST."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from core.ml.progress import Progress
from core.principal import Role
from tests.api.conftest import ClientFor
from tests.trained import DELAY, ORIGIN, run_next


def a_row(client: TestClient) -> dict[str, object]:
    """The first row of the flights, with the fields that the model of delays takes."""
    page = client.get("/api/v1/datasets/1/rows", params={"limit": 1}).json()
    row = dict(zip((column["name"] for column in page["columns"]), page["rows"][0], strict=True))
    fields = client.get(f"/api/v1/models/{DELAY}").json()["versions"][0]["inputs"]
    return {field["name"]: row[field["name"]] for field in fields}


def test_a_row_gets_a_prediction_with_its_explanation(client_for: ClientFor) -> None:
    analyst = client_for(Role.ANALYST)
    answer = analyst.post(f"/api/v1/models/{DELAY}/predict", json={"rows": [a_row(analyst)], "explain": True}).json()
    waterfall = answer["explanations"][0]
    total = waterfall["base"] + sum(each["amount"] for each in waterfall["contributions"])

    assert (answer["model_version"], len(answer["predictions"])) == (1, 1)
    assert abs(total - answer["predictions"][0]) < 1e-3


def test_classes_come_with_probabilities(client_for: ClientFor) -> None:
    analyst = client_for(Role.ANALYST)
    fields = analyst.get(f"/api/v1/models/{ORIGIN}").json()["versions"][0]["inputs"]
    page = analyst.get("/api/v1/datasets/1/rows", params={"limit": 1}).json()
    whole = dict(zip((column["name"] for column in page["columns"]), page["rows"][0], strict=True))
    row = {field["name"]: whole[field["name"]] for field in fields}
    answer = analyst.post(f"/api/v1/models/{ORIGIN}/predict", json={"rows": [row]}).json()

    assert sorted(answer["probabilities"][0]) == ["EWR", "JFK", "LGA"]
    assert abs(sum(answer["probabilities"][0].values()) - 1) < 1e-6


def test_a_wrong_field_is_named_with_its_row(client_for: ClientFor) -> None:
    analyst = client_for(Role.ANALYST)
    row = a_row(analyst)
    answer = analyst.post(f"/api/v1/models/{DELAY}/predict", json={"rows": [row, {**row, "carier": "UA"}]})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "rows.1.carier")


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ('"distance": NaN', "rows.0.distance", "rows.0.distance: is not a finite number"),
        ('"distance": 1e999', "rows.0.distance", "rows.0.distance: is not a finite number"),
        ('"distance": [', "body", "This is not JSON:"),
        ('"carrier": "\\ud800"', "rows.0.carrier", "rows.0.carrier: holds half of a surrogate pair"),
        ('"\\ud800": 1', "rows.0.\\ud800", "rows.0.\\ud800: is no input of this model."),
    ],
)
def test_what_is_no_json_or_no_text_is_refused_in_words(client_for: ClientFor, sent: str, field: str, words: str) -> None:
    analyst = client_for(Role.ANALYST)
    others = {name: value for name, value in a_row(analyst).items() if not sent.startswith(f'"{name}"')}
    row = json.dumps(others)[:-1] + f", {sent}}}"
    kind = {"Content-Type": "application/json"}
    answer = analyst.post(f"/api/v1/models/{DELAY}/predict", content=f'{{"rows": [{row}]}}', headers=kind)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert answer.json()["errors"][0]["message"].startswith(words)


def test_a_field_that_is_named_twice_is_refused_rather_than_guessed(client_for: ClientFor) -> None:
    analyst = client_for(Role.ANALYST)
    row = json.dumps(a_row(analyst))[:-1] + ', "distance": 500}'
    kind = {"Content-Type": "application/json"}
    answer = analyst.post(f"/api/v1/models/{DELAY}/predict", content=f'{{"rows": [{row}]}}', headers=kind)

    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        [{"field": "distance", "message": "An object names “distance” twice. Leave one of the two out."}],
    )


def test_true_is_no_number_of_a_version(client_for: ClientFor) -> None:
    analyst = client_for(Role.ANALYST)
    answer = analyst.post(f"/api/v1/models/{DELAY}/predict", json={"rows": [a_row(analyst)], "version": True})

    assert answer.status_code == 422


def test_an_unseen_category_is_a_warning_that_says_so(client_for: ClientFor) -> None:
    analyst = client_for(Role.ANALYST)
    row = {**a_row(analyst), "carrier": "ZZ"}
    answer = analyst.post(f"/api/v1/models/{DELAY}/predict", json={"rows": [row]}).json()

    assert [warning["field"] for warning in answer["warnings"]] == ["rows.0.carrier"]


def test_a_viewer_may_look_at_models_and_not_ask_them(viewer_client: TestClient) -> None:
    looked = viewer_client.get("/api/v1/models")
    asked = viewer_client.post(f"/api/v1/models/{DELAY}/predict", json={"rows": [{}]})

    assert (looked.status_code, asked.status_code) == (200, 403)


def test_an_experiment_is_trained_registered_and_served(scientist_client: TestClient, workspace) -> None:
    wanted = {"dataset_id": 2, "target": "malignant", "families": ["linear"]}
    started = scientist_client.post("/api/v1/experiments", json=wanted)
    run_next(workspace)
    experiment = scientist_client.get(f"/api/v1/experiments/{started.json()['experiment_id']}").json()
    best = experiment["runs"][0]
    registered = scientist_client.post("/api/v1/models", json={"run_id": best["id"], "name": "second"})
    explained = scientist_client.get(f"/api/v1/runs/{best['id']}/explanation", params={"row": 3})

    assert (started.status_code, experiment["status"], best["family"]) == (202, "succeeded", "linear")
    assert (registered.status_code, registered.json()["aliases"], explained.status_code) == (201, ["champion"], 200)


def test_an_experiment_under_way_answers_with_the_models_that_are_finished_and_how_far_the_others_are(
    scientist_client: TestClient, workspace, monkeypatch
) -> None:
    wanted = {"dataset_id": 2, "target": "malignant", "families": ["linear"]}
    address = f"/api/v1/experiments/{scientist_client.post('/api/v1/experiments', json=wanted).json()['experiment_id']}"
    seen, plain = [], Progress.fold

    def fold_and_look(self: Progress, number: int) -> None:
        plain(self, number)
        self._run.flush()
        seen.append(scientist_client.get(address).json())

    monkeypatch.setattr(Progress, "fold", fold_and_look)
    run_next(workspace)
    last = seen[-1]
    dummy = last["runs"][0]

    assert (last["status"], [run["family"] for run in last["runs"]], {*dummy["metrics"]["auc"]}) == (
        "running", ["dummy"], {"value", "low", "high"},
    )  # fmt: skip
    assert last["models"] == [
        {"family": "dummy", "label": "Always the average", "status": "finished", "progress": 1, "message": "", "run_id": dummy["id"]},
        {"family": "linear", "label": "Linear model", "status": "training", "progress": 5 / 7, "message": "on all rows", "run_id": None},
    ]
    assert [each["status"] for each in scientist_client.get(address).json()["models"]] == ["finished", "finished"]


def test_findings_are_measured_before_anything_is_trained(scientist_client: TestClient) -> None:
    found = scientist_client.get("/api/v1/experiments/inspect", params={"dataset_id": 1, "target": "arr_delay"}).json()

    assert (found["task"], {"dep_delay"} <= {each["name"] for each in found["features"]}) == ("regression", True)


def test_the_explanation_of_a_row_says_what_is_empty_and_never_was_in_training(scientist_client: TestClient) -> None:
    page = scientist_client.get("/api/v1/datasets/1/rows", params={"limit": 1000}).json()
    place = next(index for index, each in enumerate(page["columns"]) if each["name"] == "air_time")
    row = next(number for number, cells in enumerate(page["rows"]) if cells[place] is None)
    run = scientist_client.get(f"/api/v1/models/{DELAY}").json()["versions"][0]["run"]["id"]
    explained = scientist_client.get(f"/api/v1/runs/{run}/explanation", params={"row": row}).json()

    assert "air_time is empty, and training never saw it empty." in explained["warnings"]
