"""Charts while they are built: always something to look at, never a dead end."""

from itertools import pairwise, permutations
from pathlib import Path

import pytest

from core.dashboards.drafts import as_kind, completed, first_draft, look, next_dimension, next_filter, next_measure, spec_of, usual_op
from core.dashboards.query import query_of
from core.dashboards.spec import Kind
from core.errors import Invalid
from core.query.spec import Column, Op, Table
from tests.flights import add_dataset, flights_file


def table(*columns: tuple[str, str]) -> Table:
    return Table("key", (Path("/nowhere.parquet"),), tuple(Column(*each) for each in columns), 1)


SALES = table(("id", "BIGINT"), ("shop", "VARCHAR"), ("price", "DOUBLE"), ("pieces", "BIGINT"), ("at", "TIMESTAMP"), ("paid", "BOOLEAN"))
COUNT = {"aggregate": "count"}


def test_the_first_look_counts_rows_by_the_first_category():
    assert first_draft(SALES) == {
        "kind": "bar",
        "measures": [COUNT],
        "dimensions": [{"column": "shop"}],
        "colour": None,
        "filters": [],
        "sort": "natural",
        "top": {"n": 20, "other": True},
    }


@pytest.mark.parametrize(
    ("columns", "kind", "dimensions"),
    [
        ([("at", "DATE"), ("x", "DOUBLE")], "line", [{"column": "at", "grain": "month"}]),
        ([("x", "DOUBLE"), ("y", "BIGINT")], "number", []),
    ],
)
def test_without_a_category_the_first_look_is_over_time_or_one_number(columns, kind, dimensions):
    draft = first_draft(table(*columns))

    assert (draft["kind"], draft["dimensions"]) == (kind, dimensions)


@pytest.mark.parametrize("path", list(permutations(Kind, 2)))
def test_every_kind_can_become_every_other_and_holds_together(path):
    draft = first_draft(SALES)
    for kind in path:
        draft = as_kind(draft, kind, SALES)

        assert query_of(spec_of(draft), SALES).measures or kind is Kind.TABLE


def test_every_kind_can_be_drawn_of_real_data_one_after_the_other(workspace, analyst):
    version = add_dataset(workspace, analyst, "Flights", flights_file())
    draft, problems = first_draft(version.table), []
    for kind, _ in pairwise([*Kind, *reversed(Kind), Kind.BAR]):
        draft = as_kind(draft, kind, version.table)
        problems.append(look(analyst, workspace.charts, version.dataset_id, draft).problem)

    assert [problem for problem in problems if problem] == []


def test_lines_go_over_time_and_are_not_cut():
    draft = as_kind(first_draft(SALES), Kind.LINE, SALES)

    assert (draft["dimensions"], draft["top"]) == ([{"column": "at", "grain": "month"}], None)


def test_bars_of_time_stand_in_its_order_and_are_not_cut():
    line = as_kind(first_draft(SALES), Kind.LINE, SALES)

    assert as_kind(line, Kind.BAR, SALES)["top"] is None


def test_a_formula_stays_when_the_kind_changes():
    draft = completed({"kind": "bar", "dimensions": [{"formula": "year(at)"}]}, SALES)

    assert as_kind(draft, Kind.LINE, SALES)["dimensions"] == [{"formula": "year(at)"}]


def test_a_histogram_is_of_the_numbers_on_show():
    draft = completed({"kind": "bar", "measures": [{"aggregate": "mean", "column": "pieces"}], "dimensions": [{"column": "shop"}]}, SALES)

    changed = as_kind(draft, Kind.HISTOGRAM, SALES)

    assert (changed["measures"], changed["dimensions"], changed["top"]) == ([COUNT], [{"column": "pieces"}], None)


def test_a_histogram_of_a_count_takes_the_first_numbers():
    assert as_kind(first_draft(SALES), Kind.HISTOGRAM, SALES)["dimensions"] == [{"column": "price"}]


def test_a_colour_goes_where_it_has_no_place():
    draft = completed({"kind": "bar", "dimensions": [{"column": "shop"}], "colour": {"column": "paid"}}, SALES)

    two = completed({**draft, "measures": [COUNT, {"aggregate": "sum", "column": "price"}]}, SALES)

    assert (draft["colour"], as_kind(draft, Kind.PIE, SALES)["colour"], two["colour"]) == ({"column": "paid"}, None, None)


def test_what_a_part_cannot_be_without_is_filled_in():
    given = {
        "kind": "bar",
        "measures": [
            {"aggregate": "mean"},
            {"aggregate": "max"},
            {"aggregate": "formula", "column": "price"},
            {"aggregate": "count", "column": "id"},
        ],
        "dimensions": [{"column": "shop", "grain": "day", "bins": 3}],
        "filters": [
            {"column": "price", "op": "between", "value": None},
            {"column": "shop", "op": "in", "value": "a"},
            {"column": "shop", "op": "=", "value": ["a", "b"]},
            {"column": "shop", "op": "is null", "value": "a"},
        ],
    }

    assert completed(given, SALES) == {
        "kind": "bar",
        "measures": [
            {"aggregate": "mean", "column": "id"},
            {"aggregate": "max", "column": "id"},
            {"aggregate": "formula", "formula": 'avg("price")'},
            COUNT,
        ],
        "dimensions": [{"column": "shop"}],
        "colour": None,
        "filters": [
            {"column": "price", "op": "between", "value": [None, None]},
            {"column": "shop", "op": "in", "value": ["a"]},
            {"column": "shop", "op": "=", "value": "a"},
            {"column": "shop", "op": "is null", "value": None},
        ],
        "sort": "natural",
        "top": None,
    }


def test_what_is_added_is_not_there_yet():
    assert next_measure([COUNT], SALES) == {"aggregate": "mean", "column": "id"}
    assert next_measure([COUNT, {"aggregate": "mean", "column": "price"}], SALES) == {"aggregate": "mean", "column": "pieces"}
    assert next_measure([COUNT], table(("shop", "VARCHAR"))) == {"aggregate": "formula", "formula": "count(*)", "label": "Measure 2"}
    assert next_dimension([{"column": "shop"}], Kind.TABLE, SALES) == {"column": "paid"}
    assert next_dimension([{"column": "x"}], Kind.TABLE, table(("x", "BLOB"))) == {"formula": '"x"'}
    assert next_filter(SALES) == {"column": "shop", "op": "in", "value": []}


def test_bins_are_shown_whole():
    draft = completed(first_draft(SALES) | {"dimensions": [{"column": "price", "bins": 12}]}, SALES)

    assert (draft["dimensions"], draft["top"]) == ([{"column": "price", "bins": 12}], None)


def test_a_filter_without_a_value_filters_nothing_yet():
    unfilled = [("shop", "in", []), ("price", "between", [None, None]), ("shop", "=", None), ("shop", "contains", "")]
    filled = [("shop", "in", [None]), ("price", "between", [1, None]), ("paid", "=", False), ("shop", "is null", None)]
    filters = [{"column": column, "op": op, "value": value} for column, op, value in (*unfilled, *filled)]

    spec = spec_of(first_draft(SALES) | {"filters": filters})

    assert [(each.column, each.op) for each in spec.filters] == [(column, op) for column, op, _ in filled]


def test_each_kind_of_column_has_its_usual_comparison():
    ops = [usual_op(SALES.column(name)) for name in ("price", "at", "paid", "shop", "year(at)")]

    assert ops == [Op.BETWEEN, Op.BETWEEN, Op.EQ, Op.IN, Op.IN]


def test_a_draft_that_does_not_work_is_looked_at_with_its_problem(workspace, analyst):
    version = add_dataset(workspace, analyst, "Flights", flights_file())
    good = first_draft(version.table)

    shown = look(analyst, workspace.charts, version.dataset_id, good)
    wrong = look(analyst, workspace.charts, version.dataset_id, {**good, "measures": [{"aggregate": "formula", "formula": "sum("}]})
    torn = look(analyst, workspace.charts, version.dataset_id, {**good, "measures": []})

    assert (shown.problem, len(shown.drawn.answer.rows)) == (None, 16)
    assert (wrong.drawn, type(wrong.problem), wrong.problem.field) == (None, Invalid, "measures.0.formula")
    assert (torn.spec, torn.problem.field) == (None, "measures")
