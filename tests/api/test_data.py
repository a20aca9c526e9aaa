"""Datasets, queries, charts and dashboards over REST."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from core.principal import Role
from tests.api.conftest import ClientFor
from tests.trained import run_next

COUNT = {"name": "n", "formula": "count(*)"}


def test_a_file_becomes_a_dataset_by_a_job(scientist_client: TestClient, workspace) -> None:
    sent = scientist_client.post("/api/v1/datasets", files={"file": ("tea.csv", b"leaf,grams\nassam,3\nkeemun,4\n")}, data={"name": "Tea"})
    run_next(workspace)
    job = scientist_client.get(f"/api/v1/jobs/{sent.json()['job_id']}").json()
    rows = scientist_client.get(f"/api/v1/datasets/{sent.json()['dataset_id']}/rows").json()

    assert (sent.status_code, job["status"], rows["rows"], rows["total"]) == (202, "succeeded", [["assam", 3], ["keemun", 4]], 2)


def test_a_file_that_is_none_leaves_nothing_behind(scientist_client: TestClient, workspace) -> None:
    before = scientist_client.get("/api/v1/datasets").json()
    sent = scientist_client.post("/api/v1/datasets", files={"file": ("tea.csv", bytes(range(256)) * 40)}, data={"name": "Tea"})
    if sent.status_code == 202:
        run_next(workspace)

    assert scientist_client.get("/api/v1/datasets").json() == before


def test_a_query_answers_in_the_order_of_its_columns(viewer_client: TestClient) -> None:
    asked = {"measures": [COUNT], "by": [{"name": "origin", "formula": "origin"}], "order": [{"name": "n", "desc": True}], "limit": 2}
    answer = viewer_client.post("/api/v1/datasets/1/query", json=asked).json()

    assert [column["name"] for column in answer["columns"]] == ["origin", "n"]
    assert [len(row) for row in answer["rows"]] == [2, 2]
    assert (answer["dataset_version"], answer["cached"]) == (1, False)
    assert viewer_client.post("/api/v1/datasets/1/query", json=asked).json()["cached"] is True


def test_a_wrong_column_in_a_formula_is_named(viewer_client: TestClient) -> None:
    answer = viewer_client.post("/api/v1/datasets/1/query", json={"measures": [{"name": "d", "formula": "avg(dep_dely)"}]})

    assert answer.status_code == 422
    assert "dep_delay" in answer.json()["detail"]


def test_a_formula_reaches_no_file(viewer_client: TestClient) -> None:
    formulas = ["(SELECT count(*) FROM read_csv('/etc/passwd'))", "getenv('HOME')", "count(*); DROP TABLE t"]
    answers = [
        viewer_client.post("/api/v1/datasets/1/query", json={"measures": [{"name": "x", "formula": formula}]}) for formula in formulas
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]


def test_half_a_character_is_refused_in_words(viewer_client: TestClient, client_for: ClientFor) -> None:
    half = '[{"column": "origin", "op": "=", "value": "\\ud800"}]'
    sent = {
        "content": f'{{"measures": [{{"name": "n", "formula": "count(*)"}}], "where": {half}}}',
        "headers": {"Content-Type": "application/json"},
    }
    chart = '{"name": "Half", "dataset_id": 1, "spec": {"kind": "bar", "dimensions": [{"column": "\\ud800"}]}}'
    answers = [
        viewer_client.post("/api/v1/datasets/1/query", **sent),
        viewer_client.get("/api/v1/datasets/1/rows", params={"where": half}),
        client_for(Role.ANALYST).post("/api/v1/charts", content=chart, headers=sent["headers"]),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert "half of a pair" in answers[0].json()["detail"]
    assert "no column \\ud800" in answers[2].json()["detail"]


def test_rows_are_filtered_ordered_and_counted(viewer_client: TestClient) -> None:
    where = json.dumps([{"column": "origin", "op": "=", "value": "JFK"}])
    page = viewer_client.get("/api/v1/datasets/1/rows", params={"where": where, "order": "-distance", "limit": 3}).json()
    names = [column["name"] for column in page["columns"]]
    far = [row[names.index("distance")] for row in page["rows"]]

    assert {row[names.index("origin")] for row in page["rows"]} == {"JFK"}
    assert far == sorted(far, reverse=True)
    assert page["total"] > 3


def test_profile_versions_and_csv_are_there(viewer_client: TestClient) -> None:
    profile = viewer_client.get("/api/v1/datasets/1/profile").json()
    versions = viewer_client.get("/api/v1/datasets/1/versions").json()
    csv = viewer_client.get("/api/v1/datasets/1/rows.csv", params={"where": '[{"column": "carrier", "op": "=", "value": "nobody"}]'})

    assert (len(profile["columns"]), [each["number"] for each in versions]) == (18, [1])
    assert (csv.headers["content-type"].split(";")[0], csv.text.count("\n")) == ("text/csv", 1)


def test_a_dashboard_with_tiles_is_made_in_one_call_and_answers(client_for: ClientFor) -> None:
    analyst = client_for(Role.ANALYST)
    spec = {"kind": "bar", "measures": [{"aggregate": "count"}], "dimensions": [{"column": "carrier"}]}
    chart = analyst.post("/api/v1/charts", json={"name": "Flights by carrier", "dataset_id": 1, "spec": spec}).json()
    tiles = [{"chart_id": chart["id"], "x": 0, "y": 0, "w": 6, "h": 4}]
    made = analyst.post("/api/v1/dashboards", json={"name": "Mine", "tiles": tiles})
    data = client_for(Role.VIEWER).get(f"/api/v1/dashboards/{made.json()['id']}/data").json()

    assert (made.status_code, len(made.json()["tiles"]), [tile["state"] for tile in data]) == (201, 1, ["ready"])


def test_a_tile_says_what_its_chart_leaves_out_and_answers_with_all_groups(client_for: ClientFor) -> None:
    analyst = client_for(Role.ANALYST)
    spec = {"kind": "histogram", "measures": [{"aggregate": "max", "column": "month"}], "dimensions": [{"column": "dep_delay"}]}
    chart = analyst.post("/api/v1/charts", json={"name": "Delays", "dataset_id": 1, "spec": spec}).json()
    tiles = [{"chart_id": chart["id"], "x": 0, "y": 0, "w": 6, "h": 4}]
    made = analyst.post("/api/v1/dashboards", json={"name": "Delays", "tiles": tiles}).json()
    tile = analyst.get(f"/api/v1/dashboards/{made['id']}/data").json()[0]

    assert tile["left_out"] == "30 rows are left out: their dep_delay is empty."
    assert (len(tile["answer"]["columns"]), tile["answer"]["rows"][-1]) == (2, [None, 12])


def test_a_tile_says_which_filters_it_does_not_follow(client_for: ClientFor) -> None:
    analyst = client_for(Role.ANALYST)
    spec = {"kind": "number", "measures": [{"aggregate": "count"}]}
    chart = analyst.post("/api/v1/charts", json={"name": "Flights", "dataset_id": 1, "spec": spec}).json()
    tiles = [{"chart_id": chart["id"], "x": 0, "y": 0, "w": 6, "h": 4}]
    made = analyst.post("/api/v1/dashboards", json={"name": "Mine", "tiles": tiles}).json()
    where = [{"column": "wings", "op": "=", "value": 2}, {"column": "carrier", "op": "=", "value": "UA"}]
    data = analyst.get(f"/api/v1/dashboards/{made['id']}/data", params={"where": json.dumps(where)}).json()

    assert [tile["unfiltered"] for tile in data] == [["wings"]]


def test_a_dashboard_with_a_chart_that_is_not_there_leaves_nothing(client_for: ClientFor) -> None:
    analyst = client_for(Role.ANALYST)
    made = analyst.post("/api/v1/dashboards", json={"name": "Mine", "tiles": [{"chart_id": 99, "x": 0, "y": 0, "w": 6, "h": 4}]})

    assert (made.status_code, analyst.get("/api/v1/dashboards").json()) == (404, [])


def test_an_arrangement_on_an_old_revision_is_refused(client_for: ClientFor) -> None:
    analyst = client_for(Role.ANALYST)
    made = analyst.post("/api/v1/dashboards", json={"name": "Mine"}).json()
    first = analyst.put(f"/api/v1/dashboards/{made['id']}/tiles", json={"revision": made["revision"], "tiles": []})
    second = analyst.put(f"/api/v1/dashboards/{made['id']}/tiles", json={"revision": made["revision"], "tiles": []})

    assert (first.status_code, second.status_code) == (200, 409)


def test_half_of_a_character_is_refused_wherever_json_can_write_one(viewer_client: TestClient) -> None:
    half, headers = '"\\ud800"', {"Content-Type": "application/json"}
    filters = [f'[{{"column": "carrier", "op": "=", "value": {half}}}]', f'[{{"column": {half}}}]', f'[{{{half}: 1, "column": "carrier"}}]']
    answers = [viewer_client.get("/api/v1/datasets/1/rows", params={"where": where}) for where in filters]
    bodies = [f'{{"by": [{{"name": "c", "formula": "carrier"}}], "where": {where}}}' for where in filters]
    answers += [viewer_client.post("/api/v1/datasets/1/query", content=body, headers=headers) for body in bodies]

    assert [answer.status_code for answer in answers] == [422] * 6


def test_brackets_without_end_are_no_list_of_filters(client_for: ClientFor) -> None:
    scientist = client_for(Role.DATA_SCIENTIST)
    deep = "[" * 3000
    looked = [scientist.get(f"/api/v1/{path}", params={"where": deep}) for path in ("datasets/1/rows", "datasets/1/rows.csv")]
    sent = scientist.post("/api/v1/datasets", files={"file": ("tea.csv", b"a\n1\n")}, data={"name": "Tea", "options": deep})

    assert [(each.status_code, each.json()["errors"][0]["field"]) for each in [*looked, sent]] == [
        (422, "where"),
        (422, "where"),
        (422, "options"),
    ]


def test_a_csv_that_cannot_be_made_is_refused_before_it_begins(viewer_client: TestClient) -> None:
    where = json.dumps([{"column": "cast(carrier as integer)", "op": "=", "value": 1}])
    answer = viewer_client.get("/api/v1/datasets/1/rows.csv", params={"where": where})

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("number", ["5", True, 1.0, None])
def test_what_is_no_whole_number_in_a_body_is_not_taken_for_one(client_for: ClientFor, number: Any) -> None:
    scientist = client_for(Role.DATA_SCIENTIST)
    tile = {"chart_id": 1, "x": number, "y": 0, "w": 6, "h": 4}
    answers = [
        scientist.post("/api/v1/datasets/1/query", json={"measures": [COUNT], "limit": number}),
        scientist.post("/api/v1/charts", json={"name": "Mine", "dataset_id": number, "spec": {}}),
        scientist.post("/api/v1/dashboards", json={"name": "Mine", "tiles": [tile]}),
        scientist.post("/api/v1/experiments", json={"dataset_id": number, "target": "arr_delay"}),
        scientist.post("/api/v1/models", json={"run_id": number, "name": "mine"}),
    ]

    assert [(each.status_code, each.json()["errors"][0]["field"]) for each in answers] == [
        (422, field) for field in ("limit", "dataset_id", "tiles.0.x", "dataset_id", "run_id")
    ]


def test_what_is_neither_true_nor_false_in_a_body_is_not_taken_for_either(viewer_client: TestClient) -> None:
    order = {"name": "n", "desc": "yes"}
    answer = viewer_client.post("/api/v1/datasets/1/query", json={"measures": [COUNT], "order": [order]})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "order.0.desc")


@pytest.mark.parametrize("options", ['{"skip": "1"}', '{"skip": true}', '{"header": "yes"}', '{"header": 1}'])
def test_choices_for_reading_a_file_are_taken_by_their_types_too(scientist_client: TestClient, options: str) -> None:
    answer = scientist_client.post("/api/v1/datasets", files={"file": ("tea.csv", b"a\n1\n")}, data={"name": "Tea", "options": options})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, f"options.{next(iter(json.loads(options)))}")


def test_a_body_is_refused_in_words_of_http_rather_than_of_python(client_for: ClientFor) -> None:
    scientist, headers = client_for(Role.DATA_SCIENTIST), {"Content-Type": "application/json"}
    answers = [
        scientist.post("/api/v1/datasets/1/query", json={"measures": 1}),
        scientist.post("/api/v1/experiments", json={"dataset_id": 1, "target": "x", "features": "carrier"}),
        scientist.post("/api/v1/datasets", data={"name": "Tea", "file": "a,b"}),
        scientist.post("/api/v1/datasets/1/query", content="[" * 100_000, headers=headers),
        scientist.post("/api/v1/datasets/1/query", content="9" * 5_000, headers=headers),
        scientist.post("/api/v1/datasets/1/query", content='{"measures": "\u00e9"}'.encode("latin-1"), headers=headers),
    ]

    assert [(each.status_code, each.json()["detail"]) for each in answers] == [
        (422, "measures: Input should be a valid list"),
        (422, "features: Input should be a valid list"),
        (422, "file: Send a file: a part of the form that has a file name."),
        *[(400, "The body cannot be read: it has to be JSON in UTF-8, neither nested nor with numbers without end.")] * 3,
    ]


def test_a_body_that_is_not_json_is_told_where(viewer_client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    broken = viewer_client.post("/api/v1/datasets/1/query", content='{"by": ', headers=headers).json()["errors"]
    plain = viewer_client.post("/api/v1/datasets/1/query", content="{}", headers={"Content-Type": "text/plain"}).json()["errors"]

    assert broken == [{"field": "body", "message": "This is not JSON: Expecting value at character 7."}]
    assert plain == [{"field": "body", "message": "Send a JSON object, with the header 'Content-Type: application/json'."}]
