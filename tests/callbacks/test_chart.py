"""The chart builder and the list of charts, over the wire."""

from __future__ import annotations

import base64
import json

import pytest
from dash import Input, Output, State

from core.dashboards.drafts import first_draft
from core.dashboards.wire import spec_from_json
from layouts import charts as listing
from layouts import shell
from layouts.chart import Ids
from layouts.chart_form import error_id
from layouts.chart_parts import COLUMN, FORMULA, NOTHING, do_id, part_id
from tests.flights import add_dataset, flights_file
from tests.wire import fire

DRAFT = Output(Ids.DRAFT, "data")
BAR = {"kind": "bar", "measures": [{"aggregate": "count"}], "dimensions": [{"column": "carrier"}]}


@pytest.fixture
def flights(workspace, analyst):
    return add_dataset(workspace, analyst, "Flights", flights_file())


@pytest.fixture
def draft(flights):
    return first_draft(flights.table)


@pytest.fixture
def chart(workspace, analyst, flights):
    return workspace.charts.save(analyst, "Flights by carrier", flights.dataset_id, spec_from_json(BAR))


@pytest.fixture
def change(dash_for, analyst, flights, draft):
    """What comes of controls that say this: ``change({("chart", "kind"): "pie"})``; *done* is a button that was pressed."""
    client = dash_for(analyst)

    def _change(controls=None, *, known=None, done=None, chart=0):
        given = {Input(part_id(*each[:2], *(each[2:] or (0,))), "value"): value for each, value in (controls or {}).items()}
        if done:
            given = {Input(do_id(*done), "n_clicks"): 1, **given}
        place = {"chart": chart, "dataset": flights.dataset_id}
        changed = fire(client, DRAFT, {**given, State(Ids.DRAFT, "data"): known or draft, State(Ids.ID, "data"): place}).get("response")
        if changed is None:
            return None
        then = {Input(Ids.DRAFT, "data"): changed[Ids.DRAFT]["data"], State(Ids.ID, "data"): place}
        return changed | fire(client, Output(Ids.PREVIEW, "children"), then)["response"]

    return _change


@pytest.fixture
def ask(dash_for, flights, draft):
    """What comes of a press on *button*; *states* are what else the page sends."""

    def _ask(who, output, button, *, chart=0, known=None, states=None):
        place = {"chart": chart, "dataset": flights.dataset_id}
        sent = {State(Ids.DRAFT, "data"): known or draft, State(Ids.ID, "data"): place, **(states or {})}
        return fire(dash_for(who), output, {Input(button, "n_clicks"): 1, **sent})

    return _ask


@pytest.fixture
def visit(dash_for):
    """The page at an address, as JSON."""

    def _visit(who, address):
        given = {Input(shell.Ids.VISIT, "data"): {"address": address, "at": 1}}
        return json.dumps(fire(dash_for(who), Output(shell.Ids.CONTENT, "children"), given)["response"][shell.Ids.CONTENT])

    return _visit


def drawn(answer) -> str:
    return json.dumps(answer[Ids.PREVIEW]["children"])


# --- the list ----------------------------------------------------------------------------------------


def test_the_list_finds_charts_by_name(dash_for, viewer, chart):
    client = dash_for(viewer)

    found, none = (
        json.dumps(fire(client, Output(listing.Ids.LIST, "children"), {Input(listing.Ids.SEARCH, "value"): text})["response"])
        for text in ("carrier", "boats")
    )

    assert f"/charts/{chart.id}" in found
    assert "No chart is called \\u201cboats\\u201d." in none


def test_only_who_may_make_charts_is_invited_to(visit, viewer, analyst):
    pages = [visit(who, "/charts") for who in (viewer, analyst)]

    assert ["Make the first one" in page for page in pages] == [False, True]


# --- the page ----------------------------------------------------------------------------------------


def test_the_builder_says_what_the_chart_leaves_out(visit, workspace, analyst, flights):
    spec = {"kind": "line", "measures": [{"aggregate": "mean", "column": "distance"}], "dimensions": [{"column": "air_time"}]}
    chart = workspace.charts.save(analyst, "By time", flights.dataset_id, spec_from_json(spec))
    nothing = {**spec, "filters": [{"column": "air_time", "op": "is null"}]}
    empty = workspace.charts.save(analyst, "By no time", flights.dataset_id, spec_from_json(nothing))

    pages = [visit(analyst, f"/charts/{each.id}") for each in (chart, empty)]

    words = "9,430 rows are left out: their air_time is empty."
    assert (f'"children": "{words}"' in pages[0], f"Nothing is left to show. {words}" in pages[1]) == (True, True)


def test_without_data_the_builder_says_what_to_do(visit, analyst):
    assert "Bring one in first" in visit(analyst, "/charts/new")


def test_with_one_dataset_the_builder_begins_with_it(visit, analyst, flights):
    page = visit(analyst, "/charts/new")

    assert "Bar chart of Rows by carrier, 16 values" in page


def test_with_several_datasets_it_asks_which(visit, workspace, analyst, flights):
    other = add_dataset(workspace, analyst, "Other flights", flights_file())

    asked = visit(analyst, "/charts/new")
    chosen = visit(analyst, f"/charts/new?dataset={other.dataset_id}")

    assert f"/charts/new?dataset={other.dataset_id}" in asked
    assert "Bar chart of Rows by carrier" in chosen


def test_a_viewer_sees_a_chart_and_cannot_change_it(visit, ask, viewer, chart):
    page = visit(viewer, f"/charts/{chart.id}")
    answer = ask(viewer, Output(Ids.STATE, "children"), Ids.SAVE, chart=chart.id)

    assert ("Bar chart of Rows by carrier" in page, Ids.FORM in page, Ids.SAVE_AS in page) == (True, False, False)
    assert answer["sideUpdate"][shell.Ids.TOAST]["data"]["header"] == "Not allowed"


def test_another_dataset_is_another_address(dash_for, analyst):
    answer = fire(dash_for(analyst), Output(shell.Ids.LOCATION, "href"), {Input(Ids.DATASET, "value"): "7"})

    assert answer["response"][shell.Ids.LOCATION]["href"] == "/charts/new?dataset=7"


# --- building ----------------------------------------------------------------------------------------


def test_another_kind_brings_the_controls_it_needs(change):
    answer = change({("chart", "kind"): "line"})

    assert answer[Ids.DRAFT]["data"]["dimensions"] == [{"column": "time_hour", "grain": "month"}]
    assert '"grain"' in json.dumps(answer[Ids.FORM]["children"])
    assert "Line chart of Rows by time_hour" in drawn(answer)
    assert (answer[Ids.STATE]["children"], answer[Ids.TITLE]["data"]) == ("Not saved yet", "Rows by time_hour")


def test_a_change_that_needs_no_other_controls_leaves_the_form_alone(change):
    answer = change({("order", "n"): 3, ("order", "other"): True})

    assert (Ids.FORM in answer, answer[Ids.DRAFT]["data"]["top"]) == (False, {"n": 3, "other": True})
    assert "Other" in drawn(answer)


def test_controls_that_say_nothing_new_change_nothing(change):
    assert change({("chart", "kind"): "bar", ("order", "n"): 20, ("order", "other"): True}) is None


def test_a_measure_becomes_a_mean_and_then_a_formula(change):
    mean = change({("measure", "aggregate"): "mean"})[Ids.DRAFT]["data"]
    of_delay = change({("measure", "aggregate"): "mean", ("measure", "column"): "dep_delay"}, known=mean)[Ids.DRAFT]["data"]
    formula = change({("measure", "aggregate"): "formula"}, known=of_delay)
    own = change({("measure", "formula"): "sum(dep_delay) / count(*)", ("measure", "unit"): "min"}, known=formula[Ids.DRAFT]["data"])

    assert [each["measures"][0] for each in (mean, of_delay, formula[Ids.DRAFT]["data"], own[Ids.DRAFT]["data"])] == [
        {"aggregate": "mean", "column": "year"},
        {"aggregate": "mean", "column": "dep_delay"},
        {"aggregate": "formula", "formula": 'avg("dep_delay")'},
        {"aggregate": "formula", "formula": "sum(dep_delay) / count(*)", "unit": "min"},
    ]
    assert "Bar chart of sum(dep_delay) / count(*) by carrier" in drawn(own)


def test_a_wrong_formula_is_said_on_its_card_and_the_last_picture_stays(change):
    formula = change({("measure", "aggregate"): "formula"})[Ids.DRAFT]["data"]

    answer = change({("measure", "formula"): "sum(dep_dely)"}, known=formula)

    assert answer[error_id("measure")]["children"] == (
        "The formula sum(dep_dely): there is no column dep_dely. Did you mean dep_delay?"
    )  # fmt: skip
    assert (Ids.PREVIEW in answer, answer[error_id("dimension")]["children"]) == (False, "")
    assert answer[Ids.STATE]["children"] == "The preview shows the last chart that worked"


def test_a_dimension_can_be_a_formula_with_a_grain(change):
    formula = change({("dimension", "column"): FORMULA})[Ids.DRAFT]["data"]
    by_month = {
        ("dimension", "column"): FORMULA,
        ("dimension", "formula"): "make_date(year, month, day)",
        ("dimension", "grain"): "month",
        ("dimension", "bins"): None,
    }
    answer = change(by_month, known=formula)

    assert formula["dimensions"] == [{"formula": '"carrier"'}]
    assert answer[Ids.DRAFT]["data"]["dimensions"] == [{"formula": "make_date(year, month, day)", "grain": "month"}]
    assert "12 values" in drawn(answer)


def test_another_column_forgets_what_belonged_to_the_last_one(change, draft):
    known = {**draft, "dimensions": [{"column": "time_hour", "grain": "day", "label": "When"}]}

    answer = change({("dimension", "column"): f"{COLUMN}origin", ("dimension", "label"): "When"}, known=known)

    assert answer[Ids.DRAFT]["data"]["dimensions"] == [{"column": "origin"}]


def test_a_colour_comes_and_goes(change):
    coloured = change({("colour", "column"): f"{COLUMN}origin"})
    bare = change({("colour", "column"): NOTHING}, known=coloured[Ids.DRAFT]["data"])

    assert [each[Ids.DRAFT]["data"]["colour"] for each in (coloured, bare)] == [{"column": "origin"}, None]
    assert "by carrier and origin" in drawn(coloured)


def test_filters_are_added_filled_in_and_removed(change):
    added = change(done=("add", "filter"))[Ids.DRAFT]["data"]
    listed = change(
        {("filter", "column"): f"{COLUMN}carrier", ("filter", "op"): "in", ("filter", "value"): 'UA, "AA", (empty)'}, known=added
    )
    between = change({("filter", "column"): f"{COLUMN}dep_delay"}, known=added)[Ids.DRAFT]["data"]
    known = {("filter", "column"): f"{COLUMN}dep_delay", ("filter", "op"): "between", ("filter", "low"): "", ("filter", "high"): 0}
    early = change(known, known=between)
    gone = change(done=("remove", "filter"), known=early[Ids.DRAFT]["data"])[Ids.DRAFT]["data"]

    assert [each["filters"] for each in (added, listed[Ids.DRAFT]["data"], between, early[Ids.DRAFT]["data"], gone)] == [
        [{"column": "carrier", "op": "in", "value": []}],
        [{"column": "carrier", "op": "in", "value": ["UA", "AA", None]}],
        [{"column": "dep_delay", "op": "between", "value": [None, None]}],
        [{"column": "dep_delay", "op": "between", "value": [None, 0]}],
        [],
    ]  # fmt: skip
    assert "2 values" in drawn(listed)


def test_measures_and_dimensions_are_added_and_removed(change):
    two = change(done=("add", "measure"))[Ids.DRAFT]["data"]
    table = change({("chart", "kind"): "table"}, known=two)[Ids.DRAFT]["data"]
    wide = change(done=("add", "dimension"), known=table)[Ids.DRAFT]["data"]
    one = change(done=("remove", "measure", 0), known=wide)[Ids.DRAFT]["data"]

    assert [len(each["measures"]) for each in (two, table, wide, one)] == [2, 2, 2, 1]
    assert wide["dimensions"] == [{"column": "carrier"}, {"column": "tailnum"}]
    assert one["measures"] == [{"aggregate": "mean", "column": "year"}]


def test_junk_in_a_control_changes_nothing(change):
    assert change({("chart", "kind"): "pyramid", ("measure", "aggregate"): "magic", ("order", "n"): 20, ("order", "other"): True}) is None


# --- its numbers -------------------------------------------------------------------------------------


def test_it_says_how_the_numbers_were_computed(ask, viewer):
    answer = ask(viewer, Output(Ids.HOW, "is_open"), "chart-how-open")["response"]

    body = json.dumps(answer[Ids.HOW_BODY]["children"])
    assert (answer[Ids.HOW]["is_open"], "336,776" in body, "COUNT(*)" in body) == (True, True, True)


def test_its_numbers_go_out_as_csv(ask, viewer):
    answer = ask(viewer, Output(Ids.DOWNLOAD, "data"), Ids.CSV)["response"][Ids.DOWNLOAD]["data"]

    assert (answer["filename"], answer["type"]) == ("rows-by-carrier.csv", "text/csv")
    assert base64.b64decode(answer["content"]).decode().splitlines()[:2] == ["carrier,Rows", "UA,58665"]


@pytest.fixture
def click(dash_for, viewer, flights, draft):
    def _click(key):
        place = {"chart": 0, "dataset": flights.dataset_id}
        given = {Input(Ids.MARK, "data"): {"key": key}, State(Ids.DRAFT, "data"): draft, State(Ids.ID, "data"): place}
        return json.dumps(fire(dash_for(viewer), Output(Ids.BEHIND, "children"), given))

    return _click


def test_a_click_on_the_small_parts_of_a_pie_shows_the_rows_of_them_all(dash_for, viewer, flights, draft):
    pie = draft | {"kind": "pie", "top": None}
    place = {"chart": 0, "dataset": flights.dataset_id}
    given = {Input(Ids.MARK, "data"): {"key": "Other"}, State(Ids.DRAFT, "data"): pie, State(Ids.ID, "data"): place}

    assert "23,071 rows, the first 100 of them here" in json.dumps(fire(dash_for(viewer), Output(Ids.BEHIND, "children"), given))


@pytest.mark.parametrize(("key", "words"), [("OO", "32 rows"), ("UA", "58,665 rows, the first 100 of them here")])
def test_a_click_on_a_mark_shows_the_rows_behind_it(click, key, words):
    answer = click(key)

    assert f"Rows behind carrier {key}" in answer
    assert words in answer


@pytest.mark.parametrize(("kind", "is_asked"), [("bar", True), ("number", False), ("table", False)])
def test_only_a_chart_with_marks_asks_for_a_click_on_one(change, draft, kind, is_asked):
    drawn = change({("chart", "kind"): kind}, known=draft | {"kind": "line" if kind == "bar" else draft["kind"]})

    assert ("Choose a bar, point or part" in json.dumps(drawn[Ids.BEHIND])) is is_asked


def test_a_click_on_what_is_gone_shows_nothing(click):
    assert click("ZZ") == "{}"


# --- keeping it --------------------------------------------------------------------------------------


@pytest.fixture
def save_as(ask, analyst):
    def _save_as(name, dashboard=NOTHING):
        states = {State(Ids.NAME, "value"): name, State(Ids.DASHBOARD, "value"): dashboard}
        return ask(analyst, Output(Ids.NAME_ERROR, "children"), Ids.SAVE_AS_SAVE, states=states)["response"]

    return _save_as


def test_a_chart_is_saved_under_a_name_and_opened(save_as, workspace, analyst):
    answer = save_as("  Carriers ")

    (saved,) = workspace.charts.find(analyst)
    assert answer[shell.Ids.LOCATION]["href"] == f"/charts/{saved.id}"
    assert (saved.name, saved.spec) == ("Carriers", spec_from_json({**BAR, "top": {"n": 20}}))


def test_a_chart_without_a_name_is_not_saved(save_as, workspace, analyst):
    answer = save_as(" ")

    assert (answer[Ids.NAME_ERROR]["children"], workspace.charts.find(analyst)) == ("A chart needs a name.", [])


def test_a_chart_can_be_put_on_a_dashboard_at_once(save_as, workspace, analyst):
    board = workspace.dashboards.create(analyst, "Operations")

    answer = save_as("Carriers", str(board.id))

    assert answer[shell.Ids.LOCATION]["href"] == f"/dashboards/{board.id}"
    assert [tile.chart.name for tile in workspace.dashboards.get(analyst, board.id).tiles] == ["Carriers"]


def test_a_saved_chart_is_changed_in_place(ask, workspace, analyst, chart, draft):
    answer = ask(analyst, Output(Ids.STATE, "children"), Ids.SAVE, chart=chart.id, known={**draft, "kind": "pie"})["response"]

    assert answer[Ids.STATE]["children"] == "Saved"
    assert workspace.charts.get(analyst, chart.id).spec.kind == "pie"


def test_a_draft_that_does_not_work_is_not_saved(ask, workspace, analyst, chart, draft):
    answer = ask(analyst, Output(Ids.STATE, "children"), Ids.SAVE, chart=chart.id, known={**draft, "measures": []})

    assert answer["sideUpdate"][shell.Ids.TOAST]["data"]["header"] == "That does not work"
    assert workspace.charts.get(analyst, chart.id).spec == chart.spec


def test_a_chart_is_renamed_and_deleted(dash_for, workspace, analyst, chart):
    client = dash_for(analyst)

    renamed = fire(
        client,
        Output(Ids.RENAME, "is_open"),
        {Input(Ids.RENAME_SAVE, "n_clicks"): 1, State(Ids.RENAME_NAME, "value"): "Airlines", State(Ids.ID, "data"): {"chart": chart.id}},
    )["response"]
    name = workspace.charts.get(analyst, chart.id).name
    deleted = fire(
        client,
        Output(shell.Ids.LOCATION, "href"),
        {Input(f"{Ids.DELETE}-confirm-yes", "n_clicks"): 1, State(Ids.ID, "data"): {"chart": chart.id}},
    )["response"]

    assert (renamed[shell.Ids.VISIT]["data"]["address"], name) == (f"/charts/{chart.id}", "Airlines")
    assert (deleted[shell.Ids.LOCATION]["href"], workspace.charts.find(analyst)) == ("/charts", [])


def test_buttons_that_were_not_pressed_do_nothing(dash_for, analyst, flights, draft):
    client = dash_for(analyst)
    place = {State(Ids.DRAFT, "data"): draft, State(Ids.ID, "data"): {"chart": 1, "dataset": flights.dataset_id}}
    id_only = {State(Ids.ID, "data"): {"chart": 1}}

    answers = [
        fire(client, Output(Ids.HOW, "is_open"), {Input("chart-how-open", "n_clicks"): None, **place}),
        fire(client, Output(Ids.DOWNLOAD, "data"), {Input(Ids.CSV, "n_clicks"): None, **place}),
        fire(client, Output(Ids.BEHIND, "children"), {Input(Ids.MARK, "data"): None, **place}),
        fire(client, Output(Ids.STATE, "children"), {Input(Ids.SAVE, "n_clicks"): None, **place}),
        fire(client, Output(Ids.NAME_ERROR, "children"), {Input(Ids.SAVE_AS_SAVE, "n_clicks"): None, **place}),
        fire(client, Output(Ids.RENAME, "is_open"), {Input(Ids.RENAME_SAVE, "n_clicks"): None, **id_only}),
        fire(client, Output(shell.Ids.LOCATION, "href"), {Input(f"{Ids.DELETE}-confirm-yes", "n_clicks"): None, **id_only}),
    ]

    assert answers == [{}] * 7
