"""Explore and Profile, over the wire: what the grid asks for, and what it gets."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from urllib.parse import quote

import duckdb
import pytest
from dash import Input, Output, State

from callbacks.grid_request import MOST_ROWS, GridRequest, read
from core.errors import Invalid
from core.query.spec import Column, Filter, Op, Order
from layouts import dataset_explore, dataset_profile, shell
from layouts.cells import cell
from tests.flights import add_dataset
from tests.wire import fire

COLUMNS = (
    Column("carrier", "VARCHAR"),
    Column("delay", "BIGINT"),
    Column("at", "TIMESTAMP"),
    Column("late", "BOOLEAN"),
    Column("extra", "STRUCT(a INTEGER)"),
)
GRID = dataset_explore.Ids.GRID


def request(**filters):
    return {"startRow": 0, "endRow": 100, "filterModel": filters, "sortModel": []}


@pytest.fixture
def flights(workspace, analyst, tmp_path):
    path = tmp_path / "flights.parquet"
    duckdb.sql(
        f"""COPY (SELECT CASE n % 2 WHEN 0 THEN 'UA' ELSE 'AA' END AS carrier, (n * 7) % 100 AS delay,
        TIMESTAMP '2013-01-01' + INTERVAL (n) HOUR AS at,
        n % 3 = 0 AS late, {{'a': n}} AS extra FROM range(300) r(n)) TO '{path}' (FORMAT parquet)"""
    )
    return add_dataset(workspace, analyst, "Flights", path)


def ask(client, model, *, where=(), version=1, part=0, dataset_id=1):
    asked = {"dataset_id": dataset_id, "version": version, "part": part, "where": [*where]}
    return fire(
        client,
        Output(GRID, "getRowsResponse"),
        {Input(GRID, "getRowsRequest"): model, State(dataset_explore.Ids.ASKED, "data"): asked},
    )


def test_rows_come_block_by_block(dash_for, viewer, flights):
    answer = ask(dash_for(viewer), {"startRow": 100, "endRow": 102, "filterModel": {}, "sortModel": []})["response"]

    assert answer[GRID]["getRowsResponse"] == {
        "rowCount": 300,
        "rowData": [
            {"c0": "UA", "c1": 0, "c2": "2013-01-05 04:00:00", "c3": False, "c4": '{"a": 100}'},
            {"c0": "AA", "c1": 7, "c2": "2013-01-05 05:00:00", "c3": False, "c4": '{"a": 101}'},
        ],
    }
    assert answer[dataset_explore.Ids.COUNT] == {"children": "300 rows"}


def test_sorting_and_filtering_happen_on_the_server_and_the_download_follows(dash_for, viewer, flights):
    model = request(c0={"filterType": "text", "type": "equals", "filter": "UA"}) | {"sortModel": [{"colId": "c1", "sort": "desc"}]}
    client = dash_for(viewer)
    answer = ask(client, model, where=[{"column": "late", "op": "=", "value": True}])["response"]

    rows = answer[GRID]["getRowsResponse"]["rowData"]
    lines = client.get(answer[dataset_explore.Ids.DOWNLOAD]["href"]).get_data(as_text=True).splitlines()
    assert answer[dataset_explore.Ids.COUNT] == {"children": "50 of 300 rows"}
    assert ([row["c1"] for row in rows], {row["c0"] for row in rows}) == (sorted((row["c1"] for row in rows), reverse=True), {"UA"})
    assert (len(lines), [line.split(",")[1] for line in lines[1:3]]) == (51, [str(row["c1"]) for row in rows[:2]])


def test_before_the_grid_has_asked_nothing_is_answered(dash_for, viewer, flights):
    assert ask(dash_for(viewer), None) == {}


@pytest.mark.parametrize("asked", [{"dataset_id": "1"}, {"version": True}, {"part": -1}])
def test_what_the_page_could_not_have_asked_is_refused(dash_for, viewer, flights, asked):
    answer = ask(dash_for(viewer), request(), **asked)

    assert answer["sideUpdate"][shell.Ids.TOAST]["data"]["kind"] == "warning"


@pytest.mark.parametrize(
    ("name", "model", "filter"),
    [
        ("c0", {"type": "contains", "filter": "U"}, Filter("carrier", Op.CONTAINS, "U")),
        ("c0", {"type": "blank"}, Filter("carrier", Op.IS_NULL)),
        ("c1", {"type": "inRange", "filter": 1, "filterTo": 5}, Filter("delay", Op.BETWEEN, [1, 5])),
        ("c1", {"type": "greaterThanOrEqual", "filter": 2.5}, Filter("delay", Op.GE, 2.5)),
        ("c2", {"type": "equals", "dateFrom": "2013-05-31 00:00:00", "dateTo": None}, Filter("at", Op.EQ, "2013-05-31")),
        (
            "c2",
            {"type": "inRange", "dateFrom": "2013-05-01 00:00:00", "dateTo": "2013-05-31 00:00:00"},
            Filter("at", Op.BETWEEN, ["2013-05-01", "2013-05-31"]),
        ),
        ("c3", {"type": "no"}, Filter("late", Op.EQ, value=False)),
        ("c4", {"type": "notBlank"}, Filter("extra", Op.NOT_NULL)),
    ],
)
def test_filters_of_the_grid_become_ours(name, model, filter):
    assert read(request(**{name: model}), COLUMNS).where == (filter,)


def test_a_request_is_read_whole_and_never_too_large():
    model = {"startRow": 200, "endRow": 10**9, "filterModel": None, "sortModel": [{"colId": "c4", "sort": "asc"}]}

    assert read(model, COLUMNS) == GridRequest(200, MOST_ROWS, (), (Order("extra"),))


@pytest.mark.parametrize(
    "model",
    [
        {},
        {"startRow": 5, "endRow": 5},
        {"startRow": -1, "endRow": 5},
        {"startRow": 0, "endRow": True},
        {"startRow": 0, "endRow": 5, "filterModel": [1]},
        {"startRow": 0, "endRow": 5, "sortModel": {"c1": "asc"}},
        {"startRow": 0, "endRow": 5, "sortModel": ["c1"]},
        {"startRow": 0, "endRow": 5, "sortModel": [{"colId": "c1", "sort": "up"}]},
        {"startRow": 0, "endRow": 5, "sortModel": [{"colId": "delay", "sort": "asc"}]},
        {"startRow": 0, "endRow": 5, "sortModel": [{"colId": "c5", "sort": "asc"}]},
        request(c0="UA"),
        request(c0={"type": "yes"}),
        request(c0={"type": "; drop"}),
        request(c0={"type": "contains", "filter": None}),
        request(c1={"type": "inRange", "filter": 1}),
        request(**{"1": {"type": "blank"}}),
    ],
)
def test_a_request_that_no_grid_sends_is_refused(model):
    with pytest.raises(Invalid):
        read(model, COLUMNS)


def test_filters_in_the_address_are_shown_and_can_be_removed(dash_for, viewer, flights):
    where = [
        {"column": "carrier", "op": "=", "value": "UA"},
        {"column": "delay", "op": "between", "value": [1, 50]},
        {"column": "at", "op": "is null"},
        {"column": "carrier", "op": "in", "value": ["UA", "AA"]},
    ]

    text = dash_for(viewer).get(f"/data/1/explore?where={quote(json.dumps(where))}").get_data(as_text=True)

    for words in ("carrier = UA", "delay from 1 to 50", "at is missing", "carrier in UA, AA", "Remove the filter carrier = UA"):
        assert words in text


def test_the_grid_says_in_our_words_that_no_row_passes(dash_for, viewer, flights):
    text = dash_for(viewer).get("/data/1/explore").get_data(as_text=True)

    assert '"noMatchingRows":"No rows pass the filters."' in text


def test_a_wide_table_is_shown_some_columns_at_a_time(dash_for, workspace, analyst, viewer, tmp_path):
    path = tmp_path / "wide.parquet"
    duckdb.sql(f"COPY (SELECT {', '.join(f'{n} AS n{n}' for n in range(230))}) TO '{path}' (FORMAT parquet)")
    add_dataset(workspace, analyst, "Wide", path)
    client = dash_for(viewer)

    text = client.get("/data/1/explore?part=2").get_data(as_text=True)
    rows = ask(client, request(), part=2)["response"][GRID]["getRowsResponse"]["rowData"]

    assert ("Columns 101 to 200 of 230" in text, "part=1" in text, "part=3" in text) == (True, True, True)
    assert (len(rows[0]), rows[0]["c200"], rows[0]["c229"]) == (30, 200, 229)
    profile = client.get("/data/1/profile?part=2").get_data(as_text=True)
    assert ("Columns 49 to 96 of 230" in profile, "column-n48" in profile, "part=3" in profile) == (True, True, True)


def test_a_table_without_rows_has_no_grid(dash_for, workspace, analyst, viewer, tmp_path):
    path = tmp_path / "empty.parquet"
    duckdb.sql(f"COPY (SELECT 1 AS n WHERE false) TO '{path}' (FORMAT parquet)")
    add_dataset(workspace, analyst, "Empty", path)

    assert "This version has columns, but no rows." in dash_for(viewer).get("/data/1/explore").get_data(as_text=True)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (2**60, str(2**60)),
        (Decimal("1.50"), 1.5),
        (Decimal("12345678901234567890"), "12345678901234567890"),
        (Decimal("1234567890123456.78"), "1234567890123456.78"),
        (Decimal("0.12345678901234567890"), "0.12345678901234567890"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        ("", ""),
        (date(2013, 1, 1), "2013-01-01"),
        (datetime(2013, 1, 1, 5), "2013-01-01 05:00:00"),  # noqa: DTZ001 - as the engine gives it
        (time(10, 30), "10:30:00"),
        (timedelta(days=2), "2 days, 0:00:00"),
        (b"ab", "2 bytes"),
        ([1, None], "[1, null]"),
        ({"a": "ü"}, '{"a": "ü"}'),
    ],
)
def test_cells_show_every_type(value, shown):
    assert cell(value) == shown


def test_the_profile_begins_with_what_is_worth_a_look(dash_for, workspace, analyst, viewer, tmp_path):
    path = tmp_path / "odd.parquet"
    duckdb.sql(
        f"""COPY (SELECT n AS id, 2013 AS year, CASE WHEN n < 90 THEN n END AS gaps, n % 3 = 0 AS flag, 'c' || (n % 9) AS text,
        CASE n WHEN 0 THEN 10000.5 WHEN 1 THEN -10000.5 ELSE n % 10 END AS tails, TIMESTAMP '2013-01-01' + INTERVAL (n) DAY AS at,
        CASE n % 2 WHEN 0 THEN '\\x00'::BLOB ELSE '\\x01'::BLOB END AS blob,
        1e300 * n AS huge FROM range(100) r(n)) TO '{path}' (FORMAT parquet)"""
    )
    add_dataset(workspace, analyst, "Odd", path)

    text = dash_for(viewer).get("/data/1/profile").get_data(as_text=True)

    for words in (
        "Worth a look", "Every value is 2013.", "10\u00a0% missing", "100 different", "Middle half", "1 byte", "and 3 other values",
        "and more", "less than", "2012-12-31 to 2013-01-07", "2 characters", "about ",
    ):  # fmt: skip
        assert words in text, words


def test_columns_of_the_profile_are_found_by_name(dash_for, viewer, flights):
    client = dash_for(viewer)

    def find(search):
        asked = {
            Input(dataset_profile.Ids.SEARCH, "value"): search,
            State(dataset_profile.Ids.ASKED, "data"): {"dataset_id": 1, "version": 1},
        }
        return str(fire(client, Output(dataset_profile.Ids.COLUMNS, "children"), asked)["response"])

    assert ["column-delay" in find(search) for search in ("DEL", None, "nothing")] == [True, True, False]
    assert "No column has “nothing” in its name." in find("nothing")
