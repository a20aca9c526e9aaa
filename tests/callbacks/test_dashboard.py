"""A dashboard over the wire: first look, filters, arranging, dialogs, downloads."""

from __future__ import annotations

import json
import re

import pytest
from dash import Input, Output, State

from core.dashboards.demo import make_demo
from core.dashboards.fields import Field, FieldKind
from core.dashboards.filters import filters_from_text
from core.dashboards.wire import spec_from_json
from core.query.spec import Filter, Op
from db.rows import DatasetRow
from layouts import filter_bar, shell
from layouts.dashboard import Ids, place_to_json, saved
from layouts.tiles import how_id
from tests.flights import add_dataset, flights_file
from tests.wire import fire


@pytest.fixture
def flights(workspace, analyst):
    """The demo dashboard."""
    return make_demo(analyst, add_dataset(workspace, analyst, "Flights", flights_file()).dataset_id, workspace.charts, workspace.dashboards)


def page(client, address):
    """What the router answers at *address*."""
    return json.dumps(fire(client, Output(shell.Ids.CONTENT, "children"), {Input(shell.Ids.VISIT, "data"): {"address": address}}))


def toast(answer):
    return answer["sideUpdate"][shell.Ids.TOAST]["data"]["text"]


def test_the_first_look_already_carries_all_figures(dash_for, viewer, flights):
    content = page(dash_for(viewer), f"/dashboards/{flights.id}")

    assert [content.count(f'"{name}":') for name in ("data-tile", "data-figure", "data-rows")] == [6, 4, 1]
    assert ("336,776" in content, f"/dashboards/{flights.id}/edit" in content) == (True, False)


def test_the_address_holds_the_filters(dash_for, viewer, flights):
    content = page(dash_for(viewer), f"/dashboards/{flights.id}?f=carrier=HA;wings=2")

    assert ('"342"' in content, "Remove the filter carrier = HA" in content) == (True, True)
    assert "Not filtered by wings: Flights has no such column." in content


def test_a_tile_says_in_a_line_and_in_its_text_alternative_what_its_chart_leaves_out(workspace, dash_for, analyst, viewer, flights):
    spec = spec_from_json({"kind": "histogram", "dimensions": [{"column": "dep_delay", "label": "Departure delay"}]})
    workspace.charts.update(analyst, flights.tiles[2].chart.id, spec=spec)

    shown, filtered = (page(dash_for(viewer), f"/dashboards/{flights.id}{text}") for text in ("", "?f=dep_delay=0.."))

    words = "8,255 rows are left out: their Departure delay is empty."
    line, alternative = f'"children": "{words}", "className": "tile-note"', rf'"aria-label": "Histogram of [^"]*\. {words}"'
    assert (line in shown, bool(re.search(alternative, shown)), "left out" in filtered) == (True, True, False)


def test_a_filter_that_leaves_nothing_says_which_one_and_offers_to_remove_it(dash_for, viewer, flights):
    content = page(dash_for(viewer), f"/dashboards/{flights.id}?f=carrier=XX;origin=JFK")

    assert "No rows: the filters carrier = XX and origin = JFK leave none together." in content
    assert f'"/dashboards/{flights.id}?f=origin=JFK"' in content


def test_an_address_that_cannot_be_read_is_a_page_in_words(dash_for, viewer, flights):
    assert "cannot be read" in page(dash_for(viewer), f"/dashboards/{flights.id}?f=carrier")


def test_the_page_to_arrange_is_for_those_who_may(workspace, dash_for, analyst, viewer, flights):
    mine, theirs = (page(dash_for(who), f"/dashboards/{flights.id}/edit") for who in (analyst, viewer))

    assert ("Add a chart" in mine, "grid-stack-item" in mine, "data-tile" in theirs) == (True, True, False)


def test_an_empty_dashboard_says_what_to_do(workspace, dash_for, analyst, viewer):
    made = workspace.dashboards.create(analyst, "New")
    pages = [page(dash_for(who), f"/dashboards/{made.id}") for who in (analyst, viewer)]

    assert [("No charts yet" in each, "Add charts" in each) for each in pages] == [(True, True), (True, False)]
    assert "Save a chart first" in page(dash_for(analyst), f"/dashboards/{made.id}/edit")


@pytest.fixture
def apply(dash_for, viewer, flights):
    """What comes of *editor* when Apply is pressed while the filters *text* hold."""

    def _apply(text="", clicks=1, **editor):
        names = {"column": "COLUMN", "values": "VALUES", "low": "LOW", "high": "HIGH"}
        states = {State(filter_bar.Ids[names[name]], "value"): value for name, value in editor.items() if name in names}
        hidden = {State(filter_bar.Ids.VALUES_BLOCK, "hidden"): editor.get("no_list", False)}
        held = {State(Ids.ID, "data"): flights.id, State(filter_bar.Ids.TEXT, "data"): text}
        return fire(
            dash_for(viewer),
            Output(filter_bar.Ids.TEXT, "data"),
            {Input(filter_bar.Ids.APPLY, "n_clicks"): clicks, **states, **hidden, **held},
        )

    return _apply


def test_one_callback_redraws_every_tile_and_writes_the_address(apply, flights):
    answer = apply(column="carrier", values=["UA", "AA"])["response"]

    assert answer[filter_bar.Ids.TEXT]["data"] == "carrier=UA,AA"
    assert answer[shell.Ids.ADDRESS]["data"] == f"/dashboards/{flights.id}?f=carrier=UA,AA"
    assert (len(answer[Ids.BOARD]["children"]), "91,394" in json.dumps(answer[Ids.BOARD])) == (6, True)
    assert "carrier = UA or AA" in json.dumps(answer[filter_bar.Ids.BAR])


def test_a_range_joins_the_filters_that_hold(apply):
    answer = apply(column="dep_delay", low=60, high=None, no_list=True, text="carrier=UA")["response"]

    assert answer[filter_bar.Ids.TEXT]["data"] == "carrier=UA;dep_delay=60.."


@pytest.mark.parametrize("editor", [{"column": "carrier", "values": []}, {"column": "carrier", "low": "", "high": None, "no_list": True}])
def test_an_empty_choice_takes_the_filter_away(apply, flights, editor):
    answer = apply(**editor, text="carrier=UA;origin=JFK")["response"]

    assert answer[shell.Ids.ADDRESS]["data"] == f"/dashboards/{flights.id}?f=origin=JFK"


def test_an_editor_that_only_appeared_changes_nothing(apply):
    assert apply(column="carrier", values=["UA"], clicks=None) == {}


def offer(client, dashboard_id, column=None, text=""):
    given = {Input(filter_bar.Ids.ADD, "n_clicks"): 1, Input(filter_bar.Ids.COLUMN, "value"): column}
    return fire(
        client,
        Output(filter_bar.Ids.COLUMN, "options"),
        {**given, State(Ids.ID, "data"): dashboard_id, State(filter_bar.Ids.TEXT, "data"): text},
    )


def test_the_editor_lists_the_values_with_their_rows_and_what_is_chosen(dash_for, viewer, flights):
    answer = offer(dash_for(viewer), flights.id, "origin", "origin=JFK,LGA")["response"]

    assert answer[filter_bar.Ids.VALUES] == {
        "options": [
            {"label": "EWR  (120,835)", "value": "EWR"},
            {"label": "JFK  (111,279)", "value": "JFK"},
            {"label": "LGA  (104,662)", "value": "LGA"},
        ],
        "value": ["JFK", "LGA"],
    }
    assert (answer[filter_bar.Ids.VALUES_BLOCK]["hidden"], answer[filter_bar.Ids.RANGE]["hidden"]) == (False, True)


def test_the_editor_shows_the_range_of_numbers_and_of_time(dash_for, viewer, flights):
    client = dash_for(viewer)
    delay, moment = (offer(client, flights.id, column, "dep_delay=0..60")["response"] for column in ("dep_delay", "time_hour"))

    assert delay[filter_bar.Ids.LOW] == {"value": "0", "type": "number", "placeholder": "-43"}
    assert (moment[filter_bar.Ids.LOW]["type"], moment[filter_bar.Ids.LOW]["placeholder"], moment[filter_bar.Ids.LOW]["value"]) == (
        "date",
        "2013-01-01",
        None,
    )
    assert delay[filter_bar.Ids.HINT]["children"] == "The data goes from -43 to 1301."


def test_a_dashboard_without_data_has_nothing_to_filter_by(workspace, dash_for, analyst):
    answer = offer(dash_for(analyst), workspace.dashboards.create(analyst, "New").id)

    assert toast(answer) == "There is nothing to filter by: the charts have no data yet."


def test_the_editor_says_where_a_column_is_and_that_there_are_more_values():
    shared = Field("region", FieldKind.VALUES, ("Sales", "Staff"), ((None, 3), (True, 2), (1.5, 1)), more=True)
    own = Field("name", FieldKind.VALUES, ("Staff",))
    shown = [
        filter_bar.control(each, [shared, own], Filter("region", Op.IN, (None, "true")) if each is shared else None)
        for each in (shared, own)
    ]

    assert (shown[0]["values"], shown[0]["chosen"]) == (
        [
            {"label": "(empty)  (3)", "value": filter_bar.ABSENT},
            {"label": "true  (2)", "value": "true"},
            {"label": "1.5  (1)", "value": "1.5"},
        ],
        [filter_bar.ABSENT, "true"],
    )
    assert [each["hint"] for each in shown] == ["Only the most frequent values are listed.", "Only Staff has this column."]


@pytest.fixture
def arrange(dash_for, analyst, flights):
    def _arrange(data, who=analyst):
        return fire(dash_for(who), Output(Ids.SAVED, "data"), {Input(Ids.ARRANGED, "data"): data, State(Ids.ID, "data"): flights.id})

    return _arrange


def shown(dashboard):
    return [each.id for each in dashboard.tiles]


def test_a_moved_tile_is_saved_and_nothing_is_drawn_again(workspace, analyst, arrange, flights):
    places = [place_to_json(each) for each in flights.places]
    places[-1]["y"] += 3
    answer = arrange({"base": flights.revision, "places": places, "shown": shown(flights)})["response"]

    now = workspace.dashboards.get(analyst, flights.id)
    assert (answer, now.revision, now.tiles[-1].y) == ({Ids.SAVED: {"data": saved(now)}}, flights.revision + 1, flights.tiles[-1].y + 3)


def test_who_arranges_a_dashboard_that_is_deleted_meanwhile_is_told_and_led_back(workspace, analyst, arrange, flights):
    workspace.dashboards.delete(analyst, flights.id)
    answer = arrange({"base": flights.revision, "places": [], "shown": []})["response"]

    assert answer[Ids.SAVED]["data"] == {"gone": True}
    assert [words in json.dumps(answer[Ids.BOARD]["children"]) for words in ("This dashboard was deleted", "/dashboards")] == [True, True]


def test_a_removed_tile_goes_from_the_screen(workspace, analyst, arrange, flights):
    places = [place_to_json(each) for each in flights.places[1:]]
    answer = arrange({"base": flights.revision, "places": places, "shown": shown(flights)})["response"]

    assert (len(answer[Ids.BOARD]["children"]), len(workspace.dashboards.get(analyst, flights.id).tiles)) == (5, 5)


def test_a_chart_is_added_where_there_is_room(workspace, analyst, arrange, flights):
    answer = arrange({"base": flights.revision, "places": [], "add": flights.tiles[0].chart.id, "shown": shown(flights)})["response"]

    assert (len(answer[Ids.BOARD]["children"]), len(workspace.dashboards.get(analyst, flights.id).tiles)) == (7, 7)


def test_somebody_else_was_quicker_and_nothing_is_lost(workspace, admin, analyst, arrange, flights):
    theirs = workspace.dashboards.update(admin, flights.id, flights.places[:5], flights.revision)
    mine = {"places": [place_to_json(each) for each in flights.places], "shown": shown(flights)}

    assert "was changed by somebody else" in toast(arrange({**mine, "base": flights.revision}))
    assert workspace.dashboards.get(analyst, flights.id) == theirs
    kept = arrange({**mine, "base": None})["response"]
    assert len(kept[Ids.SAVED]["data"]["places"]) == 6


@pytest.mark.parametrize(
    "junk",
    [
        {"base": "x", "places": []},
        {"base": 1, "places": "all"},
        {"base": 2, "places": [], "shown": {}},
        {"places": [{}]},
        {"base": 2, "add": "1"},
    ],
)
def test_junk_from_a_browser_never_breaks(arrange, junk):
    answer = arrange(junk)

    assert "response" in answer or "Something broke" not in json.dumps(answer)


def test_a_viewer_arranges_nothing(workspace, viewer, arrange, flights):
    assert "may not write dashboards" in toast(arrange({"base": flights.revision, "places": []}, viewer))
    assert arrange(None, viewer) == {}


def explain(client, dashboard_id, tile_id, clicks=1):
    given = {Input(how_id(tile_id), "n_clicks"): clicks, State(Ids.ID, "data"): dashboard_id, State(filter_bar.Ids.TEXT, "data"): "wings=2"}
    return fire(client, Output(Ids.HOW_BODY, "children"), given)


def test_a_number_says_how_it_was_computed(dash_for, viewer, flights):
    body = json.dumps(explain(dash_for(viewer), flights.id, flights.tiles[0].id)["response"][Ids.HOW_BODY], ensure_ascii=False)

    assert [words in body for words in ("COUNT(*)", ", version 1", "336,776", "Filters left out", "wings")] == [True] * 5
    assert explain(dash_for(viewer), flights.id, flights.tiles[0].id, clicks=None) == {}


def choose(client, dashboard_id, mark, filters=""):
    given = {Input(Ids.MARK, "data"): mark, State(Ids.ID, "data"): dashboard_id, State(filter_bar.Ids.TEXT, "data"): filters}
    return fire(client, Output(Ids.BEHIND_BODY, "children"), given)


def test_the_rows_behind_a_mark_open_in_a_dialog(dash_for, viewer, flights):
    client, tile = dash_for(viewer), next(each.id for each in flights.tiles if each.chart.name == "Flights by carrier")
    answer = choose(client, flights.id, {"tile": tile, "key": "UA"}, "origin=JFK")["response"]

    assert (answer[Ids.BEHIND], answer[f"{Ids.BEHIND}-title"]) == ({"is_open": True}, {"children": "Rows behind Carrier UA"})
    assert "4,534 rows, the first 100 of them here" in json.dumps(answer[Ids.BEHIND_BODY])
    assert [choose(client, flights.id, mark) for mark in (None, {"tile": tile, "key": "nobody"})] == [{}, {}]


def test_a_mark_of_a_tile_that_is_gone_is_refused_in_words(dash_for, viewer, flights):
    assert "has no tile 99" in toast(choose(dash_for(viewer), flights.id, {"tile": 99, "key": "UA"}))


def test_a_broken_tile_says_why_instead(dash_for, analyst, flights, database):
    with database.transaction() as session:
        session.get(DatasetRow, flights.tiles[0].chart.dataset_id).current = 0
    client = dash_for(analyst)

    assert "has no data yet" in json.dumps(explain(client, flights.id, flights.tiles[0].id))
    assert "has no data yet" in page(client, f"/dashboards/{flights.id}")


def test_a_dashboard_is_renamed_in_place(workspace, dash_for, analyst, flights):
    given = {Input(Ids.RENAME_SAVE, "n_clicks"): 2, State(Ids.ID, "data"): flights.id, State(Ids.NAME, "value"): "Departures"}
    address = {State(Ids.DESCRIPTION, "value"): "All", State(shell.Ids.LOCATION, "pathname"): f"/dashboards/{flights.id}"}
    answer = fire(dash_for(analyst), Output(Ids.RENAME, "is_open"), {**given, **address})["response"]

    assert (answer[Ids.RENAME]["is_open"], answer[shell.Ids.VISIT]["data"]["address"]) == (False, f"/dashboards/{flights.id}")
    assert workspace.dashboards.get(analyst, flights.id).name == "Departures"
    assert fire(dash_for(analyst), Output(Ids.RENAME, "is_open"), {**given, Input(Ids.RENAME_SAVE, "n_clicks"): None, **address}) == {}


def test_a_dashboard_is_deleted_when_that_is_confirmed(workspace, dash_for, analyst, flights):
    yes = Input(f"{Ids.DELETE}-confirm-yes", "n_clicks")
    never, done = (
        fire(dash_for(analyst), Output(shell.Ids.LOCATION, "href"), {yes: clicks, State(Ids.ID, "data"): flights.id})
        for clicks in (None, 1)
    )

    assert (never, done["response"][shell.Ids.LOCATION]["href"], workspace.dashboards.find(analyst)) == ({}, "/dashboards", [])


def test_a_tile_comes_as_csv_with_exact_numbers_under_its_filters(dash_for, viewer, flights):
    tile = next(each for each in flights.tiles if each.chart.name == "Mean departure delay by day")
    answer = dash_for(viewer).get(f"/download/dashboards/{flights.id}/tiles/{tile.id}.csv?f=carrier=HA;month=1")

    lines = answer.text.splitlines()
    assert (answer.mimetype, answer.headers["Content-Disposition"]) == (
        "text/csv",
        "attachment; filename=\"mean-departure-delay-by-day.csv\"; filename*=UTF-8''mean-departure-delay-by-day.csv",
    )
    assert (lines[0], len(lines), lines[1]) == ("Day,Mean departure delay", 32, "2013-01-01,-3.0")


def test_the_csv_of_a_tile_is_called_as_its_chart_in_any_script(workspace, dash_for, analyst, viewer, flights):
    tile = flights.tiles[0]
    workspace.charts.update(analyst, tile.chart.id, name="Verspätung, 平均")
    answer = dash_for(viewer).get(f"/download/dashboards/{flights.id}/tiles/{tile.id}.csv")

    assert answer.headers["Content-Disposition"].endswith("filename*=UTF-8''versp%C3%A4tung-%E5%B9%B3%E5%9D%87.csv")


def test_a_broken_tile_is_no_csv_but_a_sentence(dash_for, viewer, flights):
    answer = dash_for(viewer).get(f"/download/dashboards/{flights.id}/tiles/{flights.tiles[0].id}.csv?f=dep_delay=much")

    assert (answer.status_code, "dep_delay" in answer.text) == (422, True)


def test_filters_are_read_from_what_the_editor_says():
    chosen = filter_bar.chosen_filter(column="tailnum", values=[filter_bar.ABSENT, "N1"], low=None, high=None, no_list=False)

    assert (chosen, filters_from_text("tailnum=null,N1")) == (Filter("tailnum", Op.IN, (None, "N1")), (chosen,))
