"""Dashboards: tiles on a grid, filtered together, answered in one batch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from core.dashboards import tiles
from core.dashboards.dashboards import Place
from core.dashboards.demo import make_demo
from core.dashboards.fields import FieldKind
from core.dashboards.filters import filters_from_text, filters_to_text, in_words, with_, without
from core.dashboards.layout import check, free_place, places_from_json
from core.dashboards.spec import Kind
from core.dashboards.tiles import csv_of
from core.dashboards.wire import spec_from_json
from core.errors import AstralytiqError, Conflict, Invalid, NotFound, Refused
from core.principal import Principal
from core.query.spec import Filter, Op
from core.workspace import Workspace
from db.rows import DatasetRow
from tests.flights import add_dataset, columns_of, flights_file

COUNT = spec_from_json({"kind": "number"})
BY_REGION = spec_from_json({"kind": "pie", "dimensions": [{"column": "region"}]})


def parquet(folder: Path, name: str, rows: str) -> Path:
    path = folder / f"{name}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
    return path


@pytest.fixture
def sales(workspace: Workspace, analyst: Principal, tmp_path: Path) -> int:
    rows = """
        SELECT * FROM (VALUES
            ('north', '=1+1', 1.5, DATE '2024-01-01'), ('south', 'tea', 2.0, DATE '2024-02-01'), ('south', 'tea', NULL, DATE '2024-03-01')
        ) AS data(region, product, profit, day)
    """
    return add_dataset(workspace, analyst, "Sales", parquet(tmp_path, "sales", rows)).dataset_id


@pytest.fixture
def staff(workspace: Workspace, analyst: Principal, tmp_path: Path) -> int:
    rows = "SELECT * FROM (VALUES ('north', 'Ada'), ('west', 'Bo')) AS data(region, name)"
    return add_dataset(workspace, analyst, "Staff", parquet(tmp_path, "staff", rows)).dataset_id


@pytest.fixture
def board(workspace: Workspace, analyst: Principal, sales: int, staff: int):
    """Two tiles of sales, one of staff."""
    made = workspace.dashboards.create(analyst, "Overview", "Of everything")
    for name, dataset, spec in (
        ("Sales", sales, COUNT),
        ("Regions", sales, BY_REGION),
        ("Staff by name", staff, bars_of("name")),
    ):
        chart = workspace.charts.save(analyst, name, dataset, spec)
        made = workspace.dashboards.add_tile(analyst, made.id, chart.id, made.revision)
    return made


def bars_of(column: str):
    return spec_from_json({"kind": "bar", "dimensions": [{"column": column}]})


def test_charts_are_put_into_the_first_gap_in_their_usual_size(board):
    assert [(tile.chart.name, tile.x, tile.y, tile.w, tile.h) for tile in board.tiles] == [
        ("Sales", 0, 0, 3, 2),
        ("Regions", 3, 0, 4, 5),
        ("Staff by name", 0, 5, 6, 5),
    ]
    assert board.revision == 4


def test_a_dashboard_is_listed_and_found_by_its_name(workspace, viewer, board):
    listed = workspace.dashboards.find(viewer, search="over")

    assert [(each.name, each.description, each.owner, each.tile_count) for each in listed] == [("Overview", "Of everything", "Analyst", 3)]
    assert workspace.dashboards.find(viewer, search="_") == []


def test_tiles_are_moved_added_and_removed_in_one_change(workspace, analyst, board):
    sales, regions, staff = board.tiles
    places = [replace(board.places[1], x=0, y=0, w=12), Place(staff.chart.id, 0, 5, 2, 2), replace(board.places[2], y=7)]

    changed = workspace.dashboards.update(analyst, board.id, places, board.revision)

    assert [(tile.chart.name, tile.x, tile.y, tile.w, tile.h) for tile in changed.tiles] == [
        ("Regions", 0, 0, 12, 5),
        ("Staff by name", 0, 5, 2, 2),
        ("Staff by name", 0, 7, 6, 5),
    ]
    assert (changed.tiles[0].id, changed.tiles[2].id, sales.id in {tile.id for tile in changed.tiles}) == (regions.id, staff.id, False)


def test_a_tile_is_removed_and_its_chart_stays(workspace, analyst, board):
    changed = workspace.dashboards.remove_tile(analyst, board.id, board.tiles[0].id, board.revision)

    assert [tile.chart.name for tile in changed.tiles] == ["Regions", "Staff by name"]
    assert workspace.charts.get(analyst, board.tiles[0].chart.id).name == "Sales"
    with pytest.raises(NotFound, match="has no tile"):
        workspace.dashboards.remove_tile(analyst, board.id, board.tiles[0].id, changed.revision)


def test_who_starts_from_an_old_revision_changes_nothing(workspace, analyst, admin, board):
    theirs = workspace.dashboards.update(admin, board.id, board.places[:2], board.revision)

    for change in (
        lambda: workspace.dashboards.update(analyst, board.id, [], board.revision),
        lambda: workspace.dashboards.add_tile(analyst, board.id, board.tiles[0].chart.id, board.revision),
        lambda: workspace.dashboards.remove_tile(analyst, board.id, board.tiles[0].id, board.revision),
    ):
        with pytest.raises(Conflict, match="was changed by somebody else"):
            change()
    assert workspace.dashboards.get(analyst, board.id) == theirs


@pytest.mark.parametrize(
    ("places", "field", "words"),
    [
        ([Place(1, 0, 0, 1, 2)], "tiles.0", "2 to 12 columns wide"),
        ([Place(1, 0, 0, 13, 2)], "tiles.0", "not 13 by 2"),
        ([Place(1, 0, 0, 2, 99)], "tiles.0", "2 to 24 rows high"),
        ([Place(1, 11, 0, 2, 2)], "tiles.0", "outside the grid"),
        ([Place(1, -1, 0, 2, 2)], "tiles.0", "outside the grid"),
        ([Place(1, 0, 10**6, 2, 2)], "tiles.0", "outside the grid"),
        ([Place(1, 0, 0, 4, 4), Place(1, 3, 3, 4, 4)], "tiles.1", "Tile 2 lies over tile 1."),
        ([Place(1, 0, 0, 2, 2, 7), Place(1, 2, 0, 2, 2, 7)], "tiles", "The same tile is there twice."),
        ([Place(1, 0, 2 * row, 2, 2) for row in range(61)], "tiles", "may have 60 tiles"),
    ],
)
def test_tiles_that_do_not_fit_are_refused(places, field, words):
    with pytest.raises(Invalid) as refusal:
        check(places)

    assert (refusal.value.field, words in refusal.value.message) == (field, True), refusal.value.message


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ("all", "tiles"),
        (["one"], "tiles.0"),
        ([{"chart_id": 1, "x": 0, "y": 0, "w": 2}], "tiles.0.h"),
        ([{"chart_id": 1, "x": True, "y": 0, "w": 2, "h": 2}], "tiles.0.x"),
        ([{"chart_id": 1, "x": 0, "y": 0, "w": 2, "h": 2, "id": "4"}], "tiles.0.id"),
        ([{"chart_id": 10**12, "x": 0, "y": 0, "w": 2, "h": 2}], "tiles.0.chart_id"),
    ],
)
def test_junk_is_no_layout(given, field):
    with pytest.raises(Invalid) as refusal:
        places_from_json(given)

    assert refusal.value.field == field


def test_places_are_read_from_json():
    assert places_from_json([{"chart_id": 5, "x": 0, "y": 1, "w": 2, "h": 3, "id": 4}]) == (Place(5, 0, 1, 2, 3, 4),)


def test_a_gap_above_is_taken_before_the_end():
    taken = [Place(1, 0, 0, 3, 4), Place(1, 6, 0, 6, 4)]

    assert free_place(taken, 9, Kind.NUMBER) == Place(9, 3, 0, 3, 2)


def test_a_chart_that_is_gone_cannot_be_put_on_a_dashboard(workspace, analyst, board):
    with pytest.raises(NotFound, match="There is no chart 99"):
        workspace.dashboards.update(analyst, board.id, [Place(99, 0, 0, 4, 4)], board.revision)
    with pytest.raises(NotFound, match="There is no chart 99"):
        workspace.dashboards.add_tile(analyst, board.id, 99, board.revision)


def test_a_dashboard_is_renamed_and_deleted_and_the_audit_log_knows(workspace, admin, analyst, board):
    renamed = workspace.dashboards.rename(analyst, board.id, " All ", "New words")
    workspace.dashboards.delete(analyst, board.id)

    assert (renamed.name, renamed.description) == ("All", "New words")
    for gone in (
        lambda: workspace.dashboards.get(analyst, board.id),
        lambda: workspace.dashboards.delete(analyst, board.id),
        lambda: workspace.dashboards.data(analyst, board.id),
    ):
        with pytest.raises(NotFound, match="There is no dashboard"):
            gone()
    assert [entry.action for entry in workspace.audit_log.find(admin)][:2] == ["dashboard.delete", "dashboard.rename"]


def test_a_viewer_looks_and_changes_nothing(workspace, viewer, board):
    for change in (
        lambda: workspace.dashboards.create(viewer, "Mine"),
        lambda: workspace.dashboards.rename(viewer, board.id, "Mine"),
        lambda: workspace.dashboards.update(viewer, board.id, [], board.revision),
        lambda: workspace.dashboards.add_tile(viewer, board.id, 1, board.revision),
        lambda: workspace.dashboards.remove_tile(viewer, board.id, 1, board.revision),
        lambda: workspace.dashboards.delete(viewer, board.id),
    ):
        with pytest.raises(Refused):
            change()
    assert workspace.dashboards.get(viewer, board.id) == board


def test_every_tile_is_answered(workspace, viewer, board):
    sales, regions, staff = workspace.dashboards.data(viewer, board.id)

    assert [tile.state for tile in (sales, regions, staff)] == ["ready"] * 3
    assert (sales.drawing.number.text, regions.drawing.figure["data"][0]["labels"], staff.answer.rows) == (
        "3",
        ["south", "north"],
        (("Ada", 1), ("Bo", 1)),
    )
    assert (sales.row_count, sales.answer.dataset_version, "count(*)" in sales.answer.sql.lower()) == (3, 1, True)


def test_a_filter_holds_on_every_tile_that_has_its_column(workspace, viewer, board):
    sales, regions, staff = workspace.dashboards.data(viewer, board.id, filters_from_text("region=south"))

    assert (sales.drawing.number.text, regions.drawing.figure["data"][0]["labels"]) == ("2", ["south"])
    assert (staff.state, staff.message, staff.responsible) == ("empty", "No rows: the filter region = south leaves none.", ("region",))


def test_a_filter_on_a_column_that_a_tile_lacks_leaves_it_alone_and_says_so(workspace, viewer, board):
    sales, _, staff = workspace.dashboards.data(viewer, board.id, filters_from_text("product=tea;name=Ada"))

    assert (sales.drawing.number.text, sales.unconcerned, sales.responsible) == ("2", ("name",), ("product",))
    assert (staff.answer.rows, staff.unconcerned) == ((("Ada", 1),), ("product",))


def test_the_rows_behind_a_mark_of_a_tile_are_those_that_its_filters_leave(workspace, viewer, board):
    regions = board.tiles[1].id
    filters = (Filter("day", Op.GE, "2024-03-01"), Filter("name", Op.EQ, "Ada"))  # the second is none of its columns

    found = [
        workspace.dashboards.rows_behind(viewer, board.id, regions, {"key": key}, where)
        for key, where in (("south", ()), ("south", filters), ("north", filters))
    ]

    assert [each and (each.of, each.rows.total) for each in found] == [("region south", 2), ("region south", 1), None]
    with pytest.raises(NotFound):
        workspace.dashboards.rows_behind(viewer, board.id, 99, {"key": "south"})


def test_two_filters_that_leave_nothing_are_both_named(workspace, viewer, board):
    regions = workspace.dashboards.data(viewer, board.id, filters_from_text("region=north;profit=2.."))[1]

    assert regions.message == "No rows: the filters region = north and profit from 2 leave none together."


def test_a_filter_never_changes_a_colour(workspace, viewer, board):
    open_, filtered = (workspace.dashboards.data(viewer, board.id, filters)[1] for filters in ((), filters_from_text("region=north")))

    assert [tile.drawing.figure["data"][0]["marker"]["colors"] for tile in (open_, filtered)] == [
        ["var(--series-1)", "var(--series-2)"],
        ["var(--series-2)"],
    ]


def test_a_filter_that_makes_no_sense_breaks_only_the_tiles_it_concerns(workspace, viewer, board):
    states = [(tile.state, tile.message) for tile in workspace.dashboards.data(viewer, board.id, filters_from_text("profit=much"))]

    assert [state for state, _ in states] == ["error", "error", "ready"]
    assert "profit" in states[0][1]


def test_one_broken_tile_breaks_no_other(workspace, analyst, board, sales, tmp_path):
    rows = "SELECT 'tea' AS product, 1.0 AS profit"
    path = parquet(tmp_path, "narrow", rows)
    workspace.datasets.add_version(analyst, sales, [path], columns=columns_of(path), rejects=None, source={}, base=1)

    count, regions, staff = workspace.dashboards.data(analyst, board.id)

    assert [each.state for each in (count, regions, staff)] == ["ready", "error", "ready"]
    assert (regions.message, regions.answer, regions.drawing) == ("The data has no column region.", None, None)
    with pytest.raises(AstralytiqError, match="no column region"):
        list(csv_of(regions))


def test_tiles_of_data_that_never_came_say_so(workspace, analyst, board, sales, database):
    with database.transaction() as session:
        session.get(DatasetRow, sales).current = 0

    assert next((tile.state, tile.message) for tile in workspace.dashboards.data(analyst, board.id)) == (
        "error",
        "Sales has no data yet: its first import is not done.",
    )


def test_a_chart_that_cannot_be_drawn_is_an_error_of_its_tile_with_its_numbers(workspace, analyst, board, sales):
    spec = spec_from_json({"kind": "pie", "measures": [{"formula": "0 - count(*)", "label": "Less"}], "dimensions": [{"column": "region"}]})
    workspace.charts.update(analyst, board.tiles[1].chart.id, spec=spec)

    tile = workspace.dashboards.data(analyst, board.id)[1]

    assert (tile.state, "below zero" in tile.message, len(tile.answer.rows)) == ("error", True, 2)


def test_a_bug_in_one_chart_leaves_the_others_standing(workspace, analyst, board, monkeypatch):
    first = board.tiles[0].chart.spec
    draw = tiles.draw  # none that fails is known
    monkeypatch.setattr(tiles, "draw", lambda spec, *rest: draw(spec, *rest) if spec == first else 1 / 0)

    found = workspace.dashboards.data(analyst, board.id)

    assert [each.state for each in found] == ["ready", "error", "error"]
    assert found[1].message == "This chart could not be drawn because of an error of ours. It has been logged."


def test_an_empty_table_is_said_to_be_empty(workspace, analyst, tmp_path):
    dataset = add_dataset(workspace, analyst, "Nothing", parquet(tmp_path, "nothing", "SELECT 1 AS a WHERE false")).dataset_id
    chart = workspace.charts.save(analyst, "None", dataset, bars_of("a"))
    made = workspace.dashboards.create(analyst, "Void")
    made = workspace.dashboards.add_tile(analyst, made.id, chart.id, made.revision, Place(chart.id, 4, 0, 4, 4))

    tile = workspace.dashboards.data(analyst, made.id)[0]

    assert (tile.state, tile.message, tile.tile.x) == ("empty", "No rows: Nothing is empty.", 4)


def test_a_chart_whose_own_filters_leave_nothing_is_empty(workspace, analyst, board):
    spec = spec_from_json({"kind": "pie", "dimensions": [{"column": "region"}], "filters": [{"column": "region", "op": "=", "value": "x"}]})
    workspace.charts.update(analyst, board.tiles[1].chart.id, spec=spec)

    assert workspace.dashboards.data(analyst, board.id)[1].message == "No rows: Sales has none for this chart."


def test_a_tile_is_taken_away_as_exact_csv_that_no_spreadsheet_runs(workspace, analyst, board):
    spec = spec_from_json(
        {
            "kind": "table",
            "measures": [{"formula": "sum(profit) / 3", "label": "Third", "format": "1"}],
            "dimensions": [{"column": "product"}],
            "sort": "name",
        }
    )
    workspace.charts.update(analyst, board.tiles[0].chart.id, spec=spec)

    tile = workspace.dashboards.tile(analyst, board.id, board.tiles[0].id, filters_from_text("day=..2024-02-15"))

    assert b"".join(csv_of(tile)) == b"product,Third\r\n'=1+1,0.5\r\ntea,0.6666666666666666\r\n"


def test_an_absent_value_is_an_empty_cell(workspace, analyst, board):
    spec = spec_from_json(
        {
            "kind": "table",
            "measures": [{"aggregate": "min", "column": "profit"}],
            "dimensions": [{"column": "day"}],
            "top": {"n": 1},
            "sort": "name",
        }
    )
    workspace.charts.update(analyst, board.tiles[0].chart.id, spec=spec)

    tile = workspace.dashboards.tile(analyst, board.id, board.tiles[0].id, filters_from_text("day=2024-03-01.."))

    assert b"".join(csv_of(tile)) == b"day,Least profit\r\n2024-03-01,\r\n"


def test_the_filter_bar_offers_shared_columns_first_with_values_or_range(workspace, viewer, board):
    fields = {each.column: each for each in workspace.dashboards.filter_fields(viewer, board.id)}

    assert next(iter(fields)) == "region"
    assert {name: (each.kind, each.datasets) for name, each in fields.items()} == {
        "region": (FieldKind.VALUES, ("Sales", "Staff")),
        "product": (FieldKind.VALUES, ("Sales",)),
        "profit": (FieldKind.RANGE, ("Sales",)),
        "day": (FieldKind.TIME, ("Sales",)),
        "name": (FieldKind.VALUES, ("Staff",)),
    }
    assert fields["product"].values == (("tea", 2), ("=1+1", 1))
    assert (float(fields["profit"].low), float(fields["profit"].high), f"{fields['day'].high:%Y-%m-%d}") == (1.5, 2.0, "2024-03-01")


def test_whole_numbers_with_few_values_are_chosen_from_a_list_in_their_order(workspace, analyst, tmp_path):
    rows = "SELECT range % 3 AS level, range AS number FROM range(100)"
    dataset = add_dataset(workspace, analyst, "Levels", parquet(tmp_path, "levels", rows)).dataset_id
    chart = workspace.charts.save(analyst, "Levels", dataset, COUNT)
    made = workspace.dashboards.create(analyst, "Levels")
    workspace.dashboards.add_tile(analyst, made.id, chart.id, made.revision)

    level, number = workspace.dashboards.filter_fields(analyst, made.id)

    assert (level.kind, level.values, number.kind, number.low, number.high) == (
        FieldKind.VALUES,
        ((0, 34), (1, 33), (2, 33)),
        FieldKind.RANGE,
        0,
        99,
    )


def test_an_empty_dashboard_has_no_tiles_and_nothing_to_filter_by(workspace, analyst):
    made = workspace.dashboards.create(analyst, "New")

    assert (workspace.dashboards.data(analyst, made.id), workspace.dashboards.filter_fields(analyst, made.id)) == ([], [])


@pytest.mark.parametrize(
    ("text", "filters", "words"),
    [
        ("carrier=UA,AA", [Filter("carrier", Op.IN, ("UA", "AA"))], "carrier = UA or AA"),
        ("carrier=UA,AA,B6,DL", [Filter("carrier", Op.IN, ("UA", "AA", "B6", "DL"))], "carrier = UA, AA or 2 others"),
        ("dep_delay=0..60", [Filter("dep_delay", Op.BETWEEN, ("0", "60"))], "dep_delay from 0 to 60"),
        ("day=2013-06-01..", [Filter("day", Op.BETWEEN, ("2013-06-01", None))], "day from 2013-06-01"),
        ("day=..2013-06-01", [Filter("day", Op.BETWEEN, (None, "2013-06-01"))], "day until 2013-06-01"),
        ("tail=null,%6Eull", [Filter("tail", Op.IN, (None, "null"))], "tail = (empty) or null"),
        ('label=""', [Filter("label", Op.IN, ("",))], "label = (blank)"),
        ('label="",%22%22', [Filter("label", Op.IN, ("", '""'))], 'label = (blank) or ""'),
        ("a%3Db=1%2C5,50%25,x%2E%2Ey,p%3Bq", [Filter("a=b", Op.IN, ("1,5", "50%", "x..y", "p;q"))], "a=b = 1,5, 50% or 2 others"),
        ("", [], ""),
    ],
)
def test_filters_stand_in_the_address_to_be_read_and_typed(text, filters, words):
    parsed = filters_from_text(text)

    assert (list(parsed), filters_to_text(parsed), "; ".join(map(in_words, parsed))) == (filters, text, words)


@pytest.mark.parametrize("text", ["carrier", "=UA", "carrier=", "x" * 5000, ";".join(f"c{n}=1" for n in range(30))])
def test_an_address_that_holds_no_filters_is_refused(text):
    with pytest.raises(Invalid) as refusal:
        filters_from_text(text)

    assert refusal.value.field == "f"


def test_a_filter_is_set_in_its_place_and_taken_away():
    a, b = filters_from_text("a=1;b=2")
    changed = Filter("a", Op.IN, ("3",))

    assert (with_((a, b), changed), with_((b,), changed), without((a, b), "a")) == ((changed, b), (b, changed), (b,))


@pytest.fixture
def flights(workspace: Workspace, analyst: Principal) -> int:
    return add_dataset(workspace, analyst, "Flights", flights_file()).dataset_id


def test_the_demo_dashboard_shows_six_charts_of_the_flights(workspace, analyst, flights):
    made = make_demo(analyst, flights, workspace.charts, workspace.dashboards)
    data = {tile.tile.chart.name: tile for tile in workspace.dashboards.data(analyst, made.id)}

    assert {name: tile.state for name, tile in data.items()} == dict.fromkeys(data, "ready")
    heat = data["Mean delay by month and hour"].drawing.figure["data"][0]
    assert (
        data["Number of flights"].drawing.number.text,
        data["Flights by carrier"].drawing.figure["data"][0]["x"][:3],
        len(data["Mean departure delay by day"].drawing.figure["data"][0]["x"]),
        data["Destinations"].drawing.rows.cells[0],
        len(data["Destinations"].drawing.rows.cells),
        (heat["y"][0], heat["y"][-1], heat["x"][0], heat["x"][-1]),
        data["Flights by origin"].drawing.figure["data"][0]["values"],
    ) == (
        "336,776",
        ["UA", "B6", "EV"],
        365,
        ("ORD", "17,283", "13.6\u00a0min"),
        100,
        ("1", "12", "1", "23"),
        [120835, 111279, 104662],
    )


def test_the_demo_is_made_once(workspace, analyst, flights):
    first = make_demo(analyst, flights, workspace.charts, workspace.dashboards)

    assert make_demo(analyst, flights, workspace.charts, workspace.dashboards) == first
    assert len(workspace.charts.find(analyst)) == 6


def test_a_demo_that_was_interrupted_is_finished(workspace, analyst, flights):
    workspace.dashboards.create(analyst, "Flights")

    assert len(make_demo(analyst, flights, workspace.charts, workspace.dashboards).tiles) == 6
