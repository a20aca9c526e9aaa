"""The pages of datasets, over the wire."""

from __future__ import annotations

import duckdb
import pytest
from dash import Input, Output, State

from core.query.spec import Column
from db.rows import ChartRow, JobRow
from layouts import dataset, dataset_settings, datasets, shell
from tests.flights import add_dataset
from tests.wire import fire


@pytest.fixture
def flights(workspace, analyst, tmp_path):
    """Three flights, with one row set aside."""
    data, rejects = tmp_path / "data.parquet", tmp_path / "rejects.parquet"
    with duckdb.connect() as connection:
        rows = "(VALUES ('UA', 2, DATE '2013-01-01'), ('AA', NULL, DATE '2013-01-02'), ('UA', 33, NULL)) t(carrier, delay, day)"
        connection.execute(f"COPY (FROM {rows}) TO '{data}' (FORMAT parquet)")
        connection.execute(f"COPY (SELECT 4::BIGINT AS line, 'Two cells.' AS reason, 'UA;7' AS raw) TO '{rejects}' (FORMAT parquet)")
    workspace.datasets.create(analyst, "Flights", description="From New York.")
    source = {"file_name": "flights.csv", "kind": "csv", "bytes": 1234, "options": {"delimiter": ";", "columns": {"day": {"type": "date"}}}}
    columns = (Column("carrier", "VARCHAR"), Column("delay", "INTEGER"), Column("day", "DATE"))
    return workspace.datasets.add_version(
        analyst, 1, [data], columns=columns, rejects=rejects, source=source | {"warnings": ["No quotes were found."]}, base=0
    )


def page(client, path):
    return client.get(path).get_data(as_text=True)


def listed(client, search=""):
    given = {Input(datasets.Ids.SEARCH, "value"): search, Input(datasets.Ids.TICK, "n_intervals"): 1}
    return fire(client, Output(datasets.Ids.LIST, "children"), given)["response"]


def save(client, dataset_id, name, description="", clicks=1):
    given = {
        Input(dataset_settings.Ids.SAVE, "n_clicks"): clicks,
        State(dataset.Ids.DATASET, "data"): dataset_id,
        State(dataset_settings.Ids.NAME, "value"): name,
        State(dataset_settings.Ids.DESCRIPTION, "value"): description,
    }
    return fire(client, Output(dataset.Ids.PAGE, "children"), given)


def delete(client, dataset_id, clicks=1):
    yes = Input(f"{dataset_settings.Ids.DELETE}-confirm-yes", "n_clicks")
    return fire(client, Output(shell.Ids.LOCATION, "href"), {yes: clicks, State(dataset.Ids.DATASET, "data"): dataset_id})


def toast(answer):
    data = answer["sideUpdate"][shell.Ids.TOAST]["data"]
    return data["kind"], data["text"]


def test_an_empty_workspace_offers_what_each_role_may_do(dash_for, scientist, analyst, viewer):
    offered = [
        (word in text, sample in text)
        for text in (page(dash_for(who), "/data") for who in (scientist, analyst, viewer))
        for word, sample in [("Bring in a file", "Load the sample")]
    ]

    assert offered == [(True, True), (True, False), (False, False)]


def test_the_list_shows_size_version_owner_and_what_is_coming_in(dash_for, workspace, analyst, flights):
    workspace.datasets.create(analyst, "On its way")

    shown = listed(dash_for(analyst))

    text = str(shown[datasets.Ids.LIST]["children"])
    assert all(word in text for word in ("Flights", "From New York.", "Analyst", "On its way", "Coming in"))
    assert shown[datasets.Ids.TICK] == {"disabled": False}


def test_the_list_is_searched(dash_for, viewer, flights):
    found, nothing = (str(listed(dash_for(viewer), search)[datasets.Ids.LIST]["children"]) for search in ("LIGH", "zeppelin"))

    assert ("/data/1" in found, "No dataset has “zeppelin” in its name." in nothing) == (True, True)


def test_of_very_many_datasets_the_rest_is_counted(dash_for, workspace, analyst, flights, monkeypatch):
    workspace.datasets.create(analyst, "Another")
    monkeypatch.setattr("callbacks.datasets.MOST", 1)

    assert "1 more dataset not shown" in page(dash_for(analyst), "/data")


def test_the_sample_comes_in_as_jobs(dash_for, workspace, scientist, viewer):
    press = {Input(datasets.Ids.LOAD_SAMPLE, "n_clicks"): 1}
    answer = fire(dash_for(scientist), Output(datasets.Ids.LIST, "children"), press)
    refused = fire(dash_for(viewer), Output(datasets.Ids.LIST, "children"), press)
    drawn = fire(dash_for(scientist), Output(datasets.Ids.LIST, "children"), {Input(datasets.Ids.LOAD_SAMPLE, "n_clicks"): None})

    assert (toast(answer)[0], answer["response"][datasets.Ids.TICK]) == ("neutral", {"disabled": False})
    assert len(workspace.jobs.find(scientist, kind="dataset.import", active=True)) == 5
    assert (toast(refused)[0], drawn) == ("warning", {})


def test_the_overview_says_what_is_there_and_where_it_comes_from(dash_for, viewer, flights):
    text = page(dash_for(viewer), "/data/1")

    for words in (
        "Flights",
        "From New York.",
        "Whole number",
        "UA, AA, UA",
        "flights.csv",
        "1.23\u00a0kB",
        "No quotes were found.",
        "1 column",
    ):
        assert words in text
    assert ("Two cells." in text, "UA;7" in text, "1 row set aside" in text) == (True, True, True)


def test_what_one_may_do_with_a_dataset_depends_on_the_role(dash_for, scientist, analyst, viewer, flights):
    texts = [page(dash_for(who), "/data/1") for who in (scientist, analyst, viewer)]

    assert [("Train a model" in text, "New chart" in text, "/data/1/settings" in text) for text in texts] == [
        (True, True, True),
        (False, True, True),
        (False, False, False),
    ]


def test_the_rows_set_aside_are_shown_page_by_page(dash_for, viewer, flights, monkeypatch):
    monkeypatch.setattr("layouts.dataset.REJECTS", 1)

    text = page(dash_for(viewer), "/data/1?aside=1")

    assert ("Earlier" in text, "Later" in text) == (True, False)


def test_a_dataset_without_data_waits_for_it(dash_for, workspace, analyst, viewer):
    workspace.datasets.create(analyst, "On its way")
    workspace.jobs.submit(analyst, "dataset.import", {"dataset_id": 1}, title="Import")
    client = dash_for(analyst)

    answer = fire(
        client, Output(dataset.Ids.PAGE, "children"), {Input(dataset.Ids.TICK, "n_intervals"): 1, State(dataset.Ids.DATASET, "data"): 1}
    )

    assert "Waiting for its turn" in str(answer["response"][dataset.Ids.PAGE])
    assert answer["response"][dataset.Ids.TICK] == {"disabled": False}
    assert "No data yet" in page(dash_for(viewer), "/data/1")
    for tab in ("explore", "profile"):
        assert "has no data yet" in page(client, f"/data/1/{tab}")


def test_a_file_that_could_not_be_brought_in_says_why_and_asks_no_more(dash_for, workspace, database, analyst):
    dataset_id = workspace.datasets.create(analyst, "On its way").id
    job = workspace.jobs.submit(analyst, "dataset.import", {"dataset_id": dataset_id}, title="Import")
    with database.transaction() as session:
        row = session.get_one(JobRow, job.id)
        row.status, row.error = "failed", "The file is empty."
    client = dash_for(analyst)
    kept = page(client, f"/data/{dataset_id}")
    workspace.datasets.discard_empty(analyst, dataset_id)

    tick = {Input(dataset.Ids.TICK, "n_intervals"): 1, State(dataset.Ids.DATASET, "data"): dataset_id}
    answer = fire(client, Output(dataset.Ids.PAGE, "children"), tick)

    assert ("The file is empty." in kept, "The file is empty." in str(answer["response"])) == (True, True)
    assert (answer["response"][dataset.Ids.TICK], shell.Ids.TOAST in answer.get("sideUpdate", {})) == ({"disabled": True}, False)


def test_the_page_shows_the_data_once_it_is_there(dash_for, viewer, flights):
    given = {Input(dataset.Ids.TICK, "n_intervals"): 1, State(dataset.Ids.DATASET, "data"): flights.dataset_id}

    answer = fire(dash_for(viewer), Output(dataset.Ids.PAGE, "children"), given)["response"]

    assert ("Where it comes from" in str(answer), answer[dataset.Ids.TICK]) == (True, {"disabled": True})


def test_an_older_version_is_shown_as_one(dash_for, workspace, analyst, flights, tmp_path):
    path = tmp_path / "more.parquet"
    duckdb.sql(f"COPY (SELECT 'UA' AS carrier, 1::INTEGER AS delay, NULL::DATE AS day) TO '{path}' (FORMAT parquet)")
    workspace.datasets.add_version(analyst, 1, [path], columns=flights.table.columns, rejects=None, source={}, base=1)
    client = dash_for(analyst)

    history, older = page(client, "/data/1/versions"), page(client, "/data/1?version=1")

    assert ("/data/1?version=1" in history, "Current" in history) == (True, True)
    assert ("You are looking at version 1" in older, "/data/1/explore?version=1" in older) == (True, True)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/data/9", "There is no dataset 9."),
        ("/data/99999999999999999", "There is no dataset"),
        ("/data/1/lineage", "no tab called lineage"),
        ("/data/1?version=7", "Flights has no version 7"),
        ("/data/1?version=x", "has to be a whole number"),
        ("/data/1/explore?part=9", "no columns that far"),
        ("/data/1/profile?part=9", "no columns that far"),
        ("/data/1/explore?where=x", "cannot be read"),
        ("/data/1/explore?where=1", "have to be a list"),
    ],
)
def test_an_address_that_leads_nowhere_says_why(dash_for, viewer, flights, path, words):
    assert words in page(dash_for(viewer), path)


def test_name_and_description_are_saved(dash_for, workspace, analyst, flights):
    answer = save(dash_for(analyst), 1, "Flights 2013", "All of them.")

    saved = workspace.datasets.get(analyst, 1)
    assert (toast(answer)[0], saved.name, saved.description) == ("positive", "Flights 2013", "All of them.")
    assert "Flights 2013" in str(answer["response"])


def test_a_name_that_is_taken_or_missing_is_refused_in_words(dash_for, workspace, analyst, viewer, flights):
    workspace.datasets.create(analyst, "Planes")
    client = dash_for(analyst)

    assert [toast(save(client, 1, name))[1] for name in ("planes", None)] == [
        "There is already a dataset called planes. Choose another name.",
        "A dataset needs a name.",
    ]
    assert (save(client, 1, "x", clicks=None), toast(save(dash_for(viewer), 1, "Mine"))[0]) == ({}, "warning")


def test_settings_are_for_those_who_may_change_something(dash_for, scientist, analyst, viewer, flights):
    texts = [page(dash_for(who), "/data/1/settings") for who in (scientist, analyst, viewer)]

    assert [("Name and description" in text, "Delete this dataset?" in text) for text in texts] == [
        (True, True),
        (True, False),
        (False, False),
    ]


def test_a_dataset_is_deleted_after_a_question(dash_for, workspace, scientist, flights):
    client = dash_for(scientist)
    untouched = delete(client, 1, clicks=None)
    answer = delete(client, 1)

    assert (untouched, answer["response"][shell.Ids.LOCATION]["href"], toast(answer)) == ({}, "/data", ("neutral", "Flights is gone."))
    assert workspace.datasets.find(scientist) == []


def test_a_dataset_in_use_says_what_uses_it(dash_for, workspace, scientist, flights, database):
    with database.transaction() as session:
        session.add(ChartRow(name="Delays", dataset_id=1, spec={}, owner_id=scientist.user_id))

    assert toast(delete(dash_for(scientist), 1))[1] == "Flights is in use by chart Delays. Delete what uses it first."


def test_a_wide_table_lists_some_columns_and_says_how_many_more(dash_for, workspace, analyst, viewer, tmp_path):
    path = tmp_path / "wide.parquet"
    duckdb.sql(f"COPY (SELECT {', '.join(f'{n} AS c{n}' for n in range(230))}) TO '{path}' (FORMAT parquet)")
    add_dataset(workspace, analyst, "Wide", path)

    text = page(dash_for(viewer), "/data/1")

    assert "30 more columns" in text
