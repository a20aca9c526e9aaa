"""Charts: what a spec may be, what it asks, and what is drawn of the answer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some

from core.dashboards.figures import Colours, draw
from core.dashboards.query import MOST_POINTS, query_of
from core.dashboards.spec import ChartSpec, Kind
from core.dashboards.wire import spec_from_json, spec_to_json
from core.errors import Conflict, Invalid, NotFound, Refused
from core.principal import Principal
from core.query.engines import Embedded
from core.query.spec import Answer, Column, Filter, Op, Table
from core.settings import Settings
from core.workspace import Workspace
from tests.flights import add_dataset, flights_file, table_of

SALES = """
    SELECT * FROM (VALUES
        ('north', 'tea',    1, DATE '2024-01-01', 10.5, true),
        ('north', 'coffee', 2, DATE '2024-01-01', 20.0, false),
        ('south', 'tea',    3, DATE '2024-02-01', -4.0, true),
        (NULL,    'tea',    4, DATE '2024-02-01',  1.0, NULL),
        ('south', 'milk',   5, DATE '2024-03-01', NULL, false)
    ) AS data(region, product, amount, day, profit, paid)
"""


@pytest.fixture(scope="module")
def sales_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sales") / "storage" / "sales.parquet"
    path.parent.mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({SALES}) TO '{path}' (FORMAT parquet)")
    return path


@pytest.fixture(scope="module")
def sales(sales_file: Path) -> Table:
    return table_of(sales_file)


@pytest.fixture(scope="module")
def engine(sales_file: Path) -> Iterator[Embedded]:
    opened = Embedded(Settings(data_dir=sales_file.parents[1]))
    yield opened
    opened.close()


def bar(**changes: object) -> dict[str, object]:
    return {"kind": "bar", "measures": [{"aggregate": "sum", "column": "amount"}], "dimensions": [{"column": "region"}], **changes}


def drawn(engine: Embedded, table: Table, spec: dict[str, object], colours: Colours | None = None):
    parsed = spec_from_json(spec)
    return draw(parsed, engine.answer(table, query_of(parsed, table)), colours)


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "number"},
        {"kind": "table", "dimensions": [{"column": "region"}]},
        bar(),
        bar(colour={"column": "product"}, sort="smallest"),
        bar(top={"n": 3, "other": False}, filters=[{"column": "amount", "op": "between", "value": [1, None]}]),
        {
            "kind": "line",
            "measures": [{"formula": "sum(profit) / count(*)", "label": "Each", "format": "percent"}],
            "dimensions": [{"formula": "day", "grain": "month"}],
        },
        {"kind": "histogram", "dimensions": [{"column": "amount", "bins": 12}]},
    ],
)
def test_a_spec_survives_being_saved(spec):
    parsed = spec_from_json(spec)

    assert spec_from_json(spec_to_json(parsed)) == parsed


@pytest.mark.parametrize(
    ("spec", "field", "words"),
    [
        ([], "spec", "has to be an object"),
        ({}, "kind", "A chart needs a kind"),
        ({"kind": "bra"}, "kind", "Did you mean bar?"),
        ({"kind": "bar", "dimension": []}, "spec.dimension", "Did you mean dimensions?"),
        ({"kind": "bar", "measures": {}}, "measures", "has to be a list"),
        ({"kind": "bar", "measures": [7]}, "measures.0", "has to be an object"),
        ({"kind": "bar"}, "dimensions", "A bar chart needs one dimension; this one has none."),
        ({"kind": "area"}, "dimensions", "An area chart needs one dimension"),
        ({"kind": "scatter", "dimensions": [{"column": "a"}]}, "measures", "two measures"),
        (bar(measures=[{"aggregate": "sum"}]), "measures.0.column", "Which column is the sum of?"),
        (bar(measures=[{"aggregate": "formula"}]), "measures.0.formula", "A formula is missing"),
        (bar(measures=[{"aggregate": "sum", "column": 3}]), "measures.0.column", "has to be text"),
        (bar(measures=[{"aggregate": "sum", "column": "a", "format": "3"}]), "measures.0.format", "is not one of"),
        (bar(dimensions=[{}]), "dimensions.0.column", "either a column or a formula"),
        (bar(dimensions=[{"column": "a", "formula": "b"}]), "dimensions.0.column", "either a column or a formula"),
        (bar(dimensions=[{"column": "a", "grain": "day", "bins": 3}]), "dimensions.0.bins", "not both"),
        (bar(dimensions=[{"column": "a", "bins": 0}]), "dimensions.0.bins", "from 1 to 200"),
        (bar(dimensions=[{"column": "a", "bins": True}]), "dimensions.0.bins", "from 1 to 200"),
        (bar(top={"n": 5000}), "top.n", "from 1 to 1,000"),
        (bar(top={"n": 5, "other": "yes"}), "top.other", "true or false"),
        (bar(sort="biggest"), "sort", "is not one of"),
        (bar(filters=[{"op": "="}]), "filters.0.column", "needs a column"),
        ({"kind": "number", "colour": {"column": "a"}}, "colour", "no colour"),
        (bar(measures=[{}, {"aggregate": "max", "column": "a"}], colour={"column": "b"}), "colour", "Several measures"),
        (bar(measures=[{"label": "region"}]), "label", "Two parts of the chart are called region"),
    ],
)  # fmt: skip
def test_a_spec_that_makes_no_chart_is_refused_naming_the_field(spec, field, words):
    with pytest.raises(Invalid) as refusal:
        spec_from_json(spec)

    assert (refusal.value.field, words in refusal.value.message) == (field, True), refusal.value.message


@pytest.mark.parametrize(
    ("spec", "field", "words"),
    [
        (bar(dimensions=[{"column": "regoin"}]), "dimensions.0.column", "The data has no column regoin. Did you mean region?"),
        (bar(colour={"column": "colour"}), "colour.column", "The data has no column colour."),
        (
            bar(measures=[{"aggregate": "mean", "column": "product"}]),
            "measures.0.column",
            "The mean needs numbers, and product holds text.",
        ),
        (
            bar(dimensions=[{"column": "product", "grain": "day"}]),
            "dimensions.0.grain",
            "A time grain needs dates, and product holds text.",
        ),
        (bar(dimensions=[{"column": "day", "bins": 5}]), "dimensions.0.bins", "Bins need numbers, and day holds dates."),
    ],
)
def test_a_chart_that_the_data_cannot_answer_is_refused_before_it_is_asked(sales, spec, field, words):
    with pytest.raises(Invalid) as refusal:
        query_of(spec_from_json(spec), sales)

    assert (refusal.value.field, refusal.value.message) == (field, words)


def test_bars_stand_in_the_order_of_their_size_with_exact_numbers_on_hover(engine, sales):
    drawing = drawn(engine, sales, bar())

    trace = drawing.figure["data"][0]
    assert (trace["x"], trace["y"], trace["hovertemplate"]) == (
        ["south", "(empty)", "north"],
        [8, 4, 3],
        "%{x}<br>Sum of amount: <b>%{y:,}</b><extra></extra>",
    )
    assert drawing.summary == "Bar chart of Sum of amount by region, 3 values: the greatest is south with 8, the least north with 3."


def test_bars_of_a_number_stand_in_its_order(engine, sales):
    drawing = drawn(engine, sales, bar(dimensions=[{"column": "amount"}], measures=[{}]))

    assert drawing.figure["data"][0]["x"] == ["1", "2", "3", "4", "5"]


def test_the_months_of_a_top_are_called_by_their_names_beside_other(engine, sales):
    by_month = bar(measures=[{}], dimensions=[{"column": "day", "grain": "month"}], top={"n": 2})

    assert drawn(engine, sales, by_month).figure["data"][0]["x"] == ["Jan 2024", "Feb 2024", "Other"]


def test_a_name_is_text_on_hover_and_one_without_letters_has_a_name_too(engine, sales):
    odd = {"formula": "case region when 'north' then '' else '<b>%{y}' end", "label": "<i>&"}

    trace = drawn(engine, sales, bar(measures=[{"label": "<a>"}], dimensions=[{"column": "product"}], colour=odd)).figure["data"]
    assert {each["name"] for each in trace} == {"(blank)", "<b>%{y}"}
    assert {each["hovertemplate"] for each in trace} == {
        "(blank)<br>%{x}<br>&lt;a>: <b>%{y:,}</b><extra></extra>",
        "&lt;b>%&#123;y}<br>%{x}<br>&lt;a>: <b>%{y:,}</b><extra></extra>",
    }


def test_bars_of_dates_stand_on_an_axis_of_time(engine, sales):
    drawing = drawn(engine, sales, bar(dimensions=[{"column": "day", "grain": "month"}]))

    assert drawing.figure["layout"]["xaxis"]["type"] == "date"
    assert [f"{day:%Y-%m-%d}" for day in drawing.figure["data"][0]["x"]] == ["2024-01-01", "2024-02-01", "2024-03-01"]


def test_long_names_make_bars_lie_on_their_side(engine, sales):
    drawing = drawn(engine, sales, bar(dimensions=[{"formula": "product || ' of the finest quality that money buys'", "label": "what"}]))

    trace = drawing.figure["data"][0]
    assert (trace["orientation"], trace["x"], drawing.figure["layout"]["yaxis"]["autorange"]) == ("h", [8, 5, 2], "reversed")
    assert trace["hovertemplate"] == "%{y}<br>Sum of amount: <b>%{x:,}</b><extra></extra>"


def test_the_rest_of_a_top_is_one_bar_at_the_end_in_grey(engine, sales):
    drawing = drawn(engine, sales, bar(dimensions=[{"column": "product"}], top={"n": 1}))

    assert drawing.figure["data"][0]["x"] == ["tea", "Other"]


def test_the_parts_of_a_sum_are_stacked_and_those_of_a_mean_stand_side_by_side(engine, sales):
    summed = drawn(engine, sales, bar(colour={"column": "product"}))
    mean = drawn(engine, sales, bar(colour={"column": "product"}, measures=[{"aggregate": "mean", "column": "amount"}]))

    assert [each.figure["layout"]["barmode"] for each in (summed, mean)] == ["stack", "group"]
    assert [trace["name"] for trace in summed.figure["data"]] == ["coffee", "milk", "tea"]


def test_a_category_has_the_colour_that_the_dashboard_gave_it(engine, sales):
    drawing = drawn(engine, sales, bar(colour={"column": "product"}), Colours({"product": {"tea": 4, "milk": 0, "coffee": 9}}))

    assert [(trace["name"], trace["marker"]["color"]) for trace in drawing.figure["data"]] == [
        ("milk", "var(--series-1)"),
        ("tea", "var(--series-5)"),
        ("coffee", "var(--series-2)"),
    ]


def test_several_measures_have_a_colour_each(engine, sales):
    drawing = drawn(engine, sales, bar(measures=[{"aggregate": "min", "column": "amount"}, {"aggregate": "max", "column": "amount"}]))

    assert [(trace["name"], trace["marker"]["color"]) for trace in drawing.figure["data"]] == [
        ("Least amount", "var(--series-1)"),
        ("Greatest amount", "var(--series-2)"),
    ]
    assert drawing.figure["layout"]["showlegend"] is True


def test_a_long_name_is_whole_in_the_tooltip_in_lines_that_a_phone_has_room_for(engine, sales):
    name = "Mean <profit> of everything that was sold in the north and in the south"
    measures = [{"aggregate": "mean", "column": "profit", "label": name}, {"aggregate": "sum", "column": "amount", "label": "x" * 80}]
    time = drawn(engine, sales, {"kind": "line", "measures": measures, "dimensions": [{"column": "day"}]})
    bars = drawn(engine, sales, bar(measures=measures[:1]))

    lines = [each["hovertemplate"].split("<b>")[0] for each in (*time.figure["data"], *bars.figure["data"])]
    whole = "Mean &lt;profit> of everything that<br>was sold in the north and in the<br>south: "
    assert lines == [whole, f"{'x' * 32}<br>{'x' * 32}<br>{'x' * 16}: ", f"%{{x}}<br>{whole}"]


def test_a_line_runs_along_time_and_shows_the_unit(engine, sales):
    spec = {
        "kind": "line",
        "measures": [{"aggregate": "mean", "column": "profit", "label": "Profit", "unit": "EUR"}],
        "dimensions": [{"column": "day"}],
    }
    drawing = drawn(engine, sales, spec)

    trace = drawing.figure["data"][0]
    assert (trace["mode"], trace["y"], trace["hovertemplate"]) == (
        "lines",
        [15.25, -1.5, None],
        "Profit: <b>%{y:,} EUR</b><extra></extra>",
    )
    assert drawing.figure["layout"]["yaxis"]["title"]["text"] == "Profit (EUR)"


def test_areas_of_a_sum_are_stacked_in_their_colours(engine, sales):
    drawing = drawn(engine, sales, bar(kind="area", dimensions=[{"column": "day"}], colour={"column": "product"}))

    assert [(trace["stackgroup"], trace["fillcolor"]) for trace in drawing.figure["data"]] == [
        ("all", "var(--series-1) / 0.5"),
        ("all", "var(--series-2) / 0.5"),
        ("all", "var(--series-3) / 0.5"),
    ]


def test_one_area_is_filled_down_to_zero(engine, sales):
    drawing = drawn(engine, sales, bar(kind="area", dimensions=[{"column": "day"}]))

    assert drawing.figure["data"][0]["fill"] == "tozeroy"


def test_a_scatter_has_a_point_for_each_value_with_its_name(engine, sales):
    spec = {
        "kind": "scatter",
        "measures": [{"aggregate": "sum", "column": "amount"}, {"aggregate": "max", "column": "profit"}],
        "dimensions": [{"column": "product"}],
        "colour": {"column": "region"},
    }
    drawing = drawn(engine, sales, spec)

    points = {
        (name, trace["name"]): (x, y)
        for trace in drawing.figure["data"]
        for name, x, y in zip(trace["text"], trace["x"], trace["y"], strict=True)
    }
    assert points == {
        ("tea", "north"): (1, 10.5),
        ("coffee", "north"): (2, 20.0),
        ("tea", "south"): (3, -4.0),
        ("tea", "(empty)"): (4, 1.0),
        ("milk", "south"): (5, None),
    }


def test_a_pie_shows_its_parts_and_keeps_their_colours(engine, sales):
    spec = {"kind": "pie", "dimensions": [{"column": "product"}]}
    drawing = drawn(engine, sales, spec, Colours({"product": {"coffee": 2, "milk": 1, "tea": 0}}))

    trace = drawing.figure["data"][0]
    assert dict(zip(trace["labels"], zip(trace["values"], trace["marker"]["colors"], strict=True), strict=True)) == {
        "tea": (3, "var(--series-1)"),
        "coffee": (1, "var(--series-3)"),
        "milk": (1, "var(--series-2)"),
    }


def test_a_pie_of_losses_is_refused_with_a_way_out(engine, sales):
    spec = {"kind": "pie", "measures": [{"aggregate": "min", "column": "profit"}], "dimensions": [{"column": "region"}]}

    with pytest.raises(Invalid, match="Use a bar chart"):
        drawn(engine, sales, spec)


def test_a_heatmap_names_its_cells_and_leaves_gaps_where_there_is_nothing(engine, sales):
    spec = {
        "kind": "heatmap",
        "measures": [{"aggregate": "sum", "column": "profit"}],
        "dimensions": [{"column": "product"}, {"column": "day", "grain": "month"}],
    }
    trace = drawn(engine, sales, spec).figure["data"][0]

    assert (trace["x"], trace["y"], trace["z"]) == (
        ["coffee", "milk", "tea"],
        ["Jan 2024", "Feb 2024", "Mar 2024"],
        [[20.0, None, 10.5], [None, None, -3.0], [None, None, None]],
    )
    assert (trace["zmid"], trace["colorbar"]["title"]["text"]) == (0, "Sum of profit")


def test_a_heatmap_without_losses_is_coloured_from_one_end(engine, sales):
    spec = {"kind": "heatmap", "dimensions": [{"column": "product"}, {"column": "paid"}]}
    trace = drawn(engine, sales, spec).figure["data"][0]

    assert (trace["y"], trace["colorscale"][0]) == (["false", "true", "(empty)"], [0.0, "var(--sequential-1)"])


def test_a_histogram_has_a_bar_from_edge_to_edge(engine, sales):
    trace = drawn(engine, sales, {"kind": "histogram", "dimensions": [{"column": "amount", "bins": 4}]}).figure["data"][0]

    assert (trace["x"], trace["y"], trace["width"], trace["customdata"][0]) == ([1.5, 2.5, 3.5, 4.5], [1, 1, 1, 2], 1.0, "1 to 2")


def test_the_bars_of_a_histogram_are_as_wide_as_its_bins_though_bins_beside_them_are_empty(engine, sales):
    trace = drawn(engine, sales, {"kind": "histogram", "dimensions": [{"column": "amount", "bins": 40}]}).figure["data"][0]

    assert (trace["width"], trace["customdata"][0], trace["customdata"][-1]) == (pytest.approx(0.1), "1 to 1.1", "4.9 to 5")


def test_what_has_no_place_in_time_takes_no_room_on_its_axis(engine, sales):
    paid = {"formula": "case when paid then day end", "label": "Paid on"}

    for kind in ("bar", "line"):
        trace = drawn(engine, sales, bar(kind=kind, dimensions=[paid])).figure["data"][0]

        assert trace["y"] == [1, 3]


def test_a_sum_of_more_than_64_bits_is_drawn_and_named_to_the_last_digit(engine, sales):
    huge = {"formula": "sum(amount::int128 * 12345678901234567890)", "label": "Huge"}

    assert drawn(engine, sales, bar(measures=[huge])).figure["data"][0]["y"] == [
        98765431209876540000.0,
        49382715604938271560.0,
        37037036703703703670.0,
    ]
    number = drawn(engine, sales, {"kind": "number", "measures": [huge]}).number
    assert (number.text, number.exact) == ("185,185,184T", "185,185,183,518,518,518,350")


def test_a_number_is_short_and_its_exact_value_is_there(engine, sales):
    spec = {"kind": "number", "measures": [{"formula": "sum(amount) * 1234567.25", "label": "Total", "unit": "EUR"}]}
    number = drawn(engine, sales, spec).number

    assert (number.text, number.exact, number.label) == ("18.52M\u00a0EUR", "18,518,508.75", "Total")


def test_a_table_rounds_for_reading_and_keeps_the_exact_value(engine, sales):
    spec = {
        "kind": "table",
        "measures": [
            {"formula": "sum(profit) / 3", "label": "Third", "format": "1"},
            {"formula": "count(*) / 7", "label": "Share", "format": "percent"},
        ],
        "dimensions": [{"column": "region"}],
        "top": {"n": 2},
    }
    drawing = drawn(engine, sales, spec)

    assert [(each.name, each.is_number) for each in drawing.rows.headings] == [("region", False), ("Third", True), ("Share", True)]
    assert drawing.rows.cells == (("north", "10.2", "28.6\u00a0%"), ("(empty)", "0.3", "14.3\u00a0%"))
    assert drawing.rows.exact[0] == ("", "10.166666666666666", "0.2857142857142857")
    assert drawing.summary == "Table of 2 rows: region, Third, Share."


def test_nothing_to_show_is_said_not_drawn(engine, sales):
    drawing = drawn(engine, sales, bar(filters=[{"column": "region", "op": "=", "value": "west"}]))

    assert (drawing.is_empty, drawing.summary) == (True, "There are no rows to show.")


def test_bars_of_a_histogram_that_do_not_add_up_stand_beside_each_other_in_their_bin(engine, sales):
    bins = {"kind": "histogram", "dimensions": [{"column": "amount", "bins": 4}], "colour": {"column": "region"}}
    overlaps = {}
    for aggregate, column in (("count", {}), ("mean", {"column": "amount"})):
        traces = drawn(engine, sales, {**bins, "measures": [{"aggregate": aggregate, **column}]}).figure["data"]
        ends = sorted((x - trace["width"] / 2, x + trace["width"] / 2) for trace in traces for x in trace["x"])
        overlaps[aggregate] = any(right > left + 1e-9 for (_, right), (left, _) in pairwise(ends))

    assert overlaps == {"count": True, "mean": False}


def test_a_histogram_of_nothing_but_empty_values_says_so(engine, sales):
    of_the_empty = {"kind": "histogram", "dimensions": [{"column": "profit"}], "filters": [{"column": "profit", "op": "is null"}]}

    assert drawn(engine, sales, of_the_empty).is_empty


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.NUMBER, Kind.TABLE)])
def test_what_is_no_number_is_drawn_by_no_mark_but_shown_in_a_table(engine, sales, kind):
    latest = {"aggregate": "max", "column": "day"}
    dimensions = [{"column": "amount"}, {"column": "region"}][: 2 if kind is Kind.HEATMAP else 1]
    measures = [latest, {"aggregate": "count"}] if kind is Kind.SCATTER else [latest]

    with pytest.raises(Invalid, match="Greatest day gives dates, which only a table can show") as refusal:
        drawn(engine, sales, {"kind": kind.value, "measures": measures, "dimensions": dimensions})

    assert refusal.value.field == "measures.0"


def test_lists_are_told_apart_by_a_table_only():
    table = Table("tags", (), (Column("tags", "VARCHAR[]"),), 1)

    with pytest.raises(Invalid, match="tags holds nested values, which only a table can show"):
        query_of(spec_from_json(bar(measures=[{}], dimensions=[{"column": "tags"}])), table)
    assert query_of(spec_from_json({"kind": "table", "dimensions": [{"column": "tags"}]}), table).by


def test_more_points_than_can_be_read_are_refused_with_a_way_out():
    rows = tuple((n, 1) for n in range(MOST_POINTS + 1))

    with pytest.raises(Invalid, match="more than 5,000 points"):
        draw(spec_from_json(bar()), Answer((Column("region", "BIGINT"), Column("Sum of amount", "HUGEINT")), rows))


def test_a_ninth_colour_and_all_after_it_are_one(engine):
    flights = table_of(flights_file())
    wide = Embedded(Settings(data_dir=flights.files[0].parents[1]))
    drawing = drawn(wide, flights, {"kind": "bar", "dimensions": [{"column": "origin"}], "colour": {"column": "carrier"}})
    wide.close()

    assert [(trace["name"], trace["marker"]["color"]) for trace in drawing.figure["data"]][-1] == ("Other", "var(--series-other)")
    assert len(drawing.figure["data"]) == 9


_NAMES = some.sampled_from(["kind", "measures", "dimensions", "colour", "filters", "sort", "top", "aggregate", "column", "formula", "n"])
_LEAVES = some.none() | some.booleans() | some.integers() | some.text(max_size=5) | some.sampled_from(list(Kind))
_JUNK = some.recursive(_LEAVES, lambda inner: some.lists(inner, max_size=3) | some.dictionaries(_NAMES, inner, max_size=3), max_leaves=8)


@hypothesis_settings(deadline=None)  # the machine is shared
@given(some.dictionaries(_NAMES, _JUNK))
def test_junk_is_refused_and_never_breaks(junk):
    with contextlib.suppress(Invalid):
        assert isinstance(spec_from_json(junk), ChartSpec)


@pytest.fixture
def sales_id(workspace: Workspace, analyst: Principal, sales_file: Path) -> int:
    return add_dataset(workspace, analyst, "Sales", sales_file).dataset_id


def test_a_chart_is_saved_found_and_drawn_again(workspace, analyst, viewer, sales_id):
    saved = workspace.charts.save(analyst, "  Amount by   region ", sales_id, spec_from_json(bar()))

    assert (saved.name, saved.dataset, saved.owner, saved.spec) == ("Amount by region", "Sales", "Analyst", spec_from_json(bar()))
    assert workspace.charts.find(viewer, search="BY REG", dataset_id=sales_id) == [saved]
    assert workspace.charts.find(viewer, search="%") == []
    assert workspace.charts.get(viewer, saved.id) == saved
    assert workspace.charts.preview(viewer, sales_id, saved.spec).answer.rows == (("south", 8), (None, 4), ("north", 3))


def test_a_chart_that_its_dataset_cannot_answer_is_not_saved(workspace, analyst, sales_id):
    with pytest.raises(Invalid, match="no column reigon"):
        workspace.charts.save(analyst, "Wrong", sales_id, spec_from_json(bar(dimensions=[{"column": "reigon"}])))

    assert workspace.charts.find(analyst) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"measures": [{"formula": "sum(amuont)"}]}, "no column amuont"),
        ({"measures": [{"formula": "count((select 1))"}]}, "a subquery cannot be used"),
        ({"dimensions": [{"formula": "upper(reigon)"}]}, "no column reigon"),
        ({"filters": [{"column": "amount", "op": ">", "value": "many"}]}, "'many' is not a number"),
        ({"dimensions": [{"column": "region", "label": "\ud800"}]}, "half of a pair"),
    ],
)
def test_a_chart_with_a_wrong_formula_or_filter_is_neither_saved_nor_changed_to(workspace, analyst, sales_id, changes, words):
    saved = workspace.charts.save(analyst, "Right", sales_id, spec_from_json(bar()))
    wrong = spec_from_json(bar(**changes))

    with pytest.raises(Invalid, match=words):
        workspace.charts.save(analyst, "Wrong", sales_id, wrong)
    with pytest.raises(Invalid, match=words):
        workspace.charts.update(analyst, saved.id, spec=wrong)
    assert workspace.charts.find(analyst) == [saved]


@pytest.mark.parametrize(
    ("name", "words"), [(" ", "A chart needs a name."), ("x" * 121, "121 characters"), ("a\x00b", "cannot be printed")]
)
def test_a_chart_needs_a_name_that_can_be_read(workspace, analyst, sales_id, name, words):
    with pytest.raises(Invalid, match=words):
        workspace.charts.save(analyst, name, sales_id, spec_from_json(bar()))


def test_a_chart_is_changed_and_deleted_and_the_audit_log_knows(workspace, admin, analyst, sales_id):
    saved = workspace.charts.save(analyst, "Amount", sales_id, spec_from_json(bar()))
    changed = workspace.charts.update(analyst, saved.id, name="Profit", spec=spec_from_json({"kind": "number"}))
    workspace.charts.delete(analyst, saved.id)

    assert (changed.name, changed.spec.kind) == ("Profit", Kind.NUMBER)
    with pytest.raises(NotFound, match="There is no chart"):
        workspace.charts.get(analyst, saved.id)
    with pytest.raises(NotFound, match="There is no chart"):
        workspace.charts.update(analyst, saved.id, name="Gone")
    assert [entry.action for entry in workspace.audit_log.find(admin)][:3] == ["chart.delete", "chart.update", "chart.create"]


def test_a_chart_on_a_dashboard_is_not_deleted(workspace, analyst, sales_id):
    saved = workspace.charts.save(analyst, "Amount", sales_id, spec_from_json(bar()))
    dashboard = workspace.dashboards.create(analyst, "Overview")
    workspace.dashboards.add_tile(analyst, dashboard.id, saved.id, dashboard.revision)

    with pytest.raises(Conflict, match="Amount is on the dashboard Overview"):
        workspace.charts.delete(analyst, saved.id)


def test_a_viewer_sees_charts_and_changes_none(workspace, viewer, analyst, sales_id):
    saved = workspace.charts.save(analyst, "Amount", sales_id, spec_from_json(bar()))

    for change in (
        lambda: workspace.charts.save(viewer, "Mine", sales_id, saved.spec),
        lambda: workspace.charts.update(viewer, saved.id, name="Mine"),
        lambda: workspace.charts.delete(viewer, saved.id),
    ):
        with pytest.raises(Refused):
            change()
    assert workspace.charts.find(viewer) == [saved]


def test_a_filter_of_a_chart_holds(engine, sales):
    spec = spec_from_json(bar(filters=[{"column": "product", "op": "in", "value": ["tea", "milk"]}]))

    assert spec.filters == (Filter("product", Op.IN, ("tea", "milk")),)
    assert engine.answer(sales, query_of(spec, sales)).rows == (("south", 8), (None, 4), ("north", 1))
