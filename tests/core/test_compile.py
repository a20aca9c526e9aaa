"""Queries: what each part of one means, seen on real rows."""

import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from core.query.compile import compile_query, rows_behind
from core.query.engines import Embedded
from core.query.spec import Dimension, Filter, Grain, Measure, Op, Order, Query, Table, Top
from core.settings import Settings
from tests.core.tables import stored

COUNT = Measure("rows", "count(*)")
SUM = Measure("total", "sum(v)")
ROWS = """
    SELECT * FROM (VALUES
        ('a', 1, 1.5, TIMESTAMP '2024-01-01 00:00:00', true,  10),
        ('a', 2, 2.5, TIMESTAMP '2024-01-31 23:30:00', false, 20),
        ('B', 2, 9.5, TIMESTAMP '2024-02-01 00:00:00', true,  30),
        ('c', 9, NULL, NULL,                           NULL,  40),
        (NULL, NULL, 'nan'::DOUBLE, TIMESTAMP '2024-12-30 12:00:00', true, 50)
    ) AS t(g, n, f, "at", ok, v)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("query")


@pytest.fixture(scope="module")
def engine(folder):
    opened = Embedded(Settings(data_dir=folder))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def table(folder) -> Table:
    return stored(folder / "storage", ROWS)


@pytest.fixture
def ask(engine, table):
    return lambda query: engine.answer(table, query).rows


def by(formula: str, **how) -> Dimension:
    return Dimension(formula, formula, **how)


def test_without_dimensions_there_is_one_row(ask):
    assert ask(Query((COUNT, SUM))) == ((5, 150),)


def test_groups_come_in_order_of_their_dimensions_and_what_has_no_value_comes_last(ask):
    assert ask(Query((SUM,), (by("g"),))) == (("B", 30), ("a", 30), ("c", 40), (None, 50))


@pytest.mark.parametrize("desc", [False, True])
def test_what_has_no_value_comes_last_in_either_direction(ask, desc):
    answer = ask(Query((Measure("mean", "avg(n)"),), (by("g"),), order=(Order("mean", desc),)))

    assert answer[-1] == (None, None)


def test_equal_measures_are_ordered_by_the_dimensions(ask):
    assert ask(Query((SUM,), (by("g"),), order=(Order("total"),))) == (("B", 30), ("a", 30), ("c", 40), (None, 50))


def test_a_limit_and_an_offset_cut_a_page_out(ask):
    assert ask(Query((SUM,), (by("g"),), limit=2, offset=1)) == (("a", 30), ("c", 40))


def test_dimensions_alone_list_the_values_there_are(ask):
    assert ask(Query(by=(by("ok"),))) == ((False,), (True,), (None,))


def test_names_of_measures_may_be_those_of_columns(ask):
    answer = ask(Query((Measure("n", "sum(v)"), Measure("v", "max(n)")), (Dimension("f", "g"),), order=(Order("v", True), Order("n"))))

    assert answer == (("c", 40, 9), ("B", 30, 2), ("a", 30, 2), (None, 50, None))


@pytest.mark.parametrize(
    ("grain", "first"),
    [
        (Grain.HOUR, datetime(2024, 1, 31, 23)),  # noqa: DTZ001 - the column has no time zone
        (Grain.DAY, date(2024, 1, 31)),
        (Grain.WEEK, date(2024, 1, 29)),
        (Grain.MONTH, date(2024, 1, 1)),
        (Grain.QUARTER, date(2024, 1, 1)),
        (Grain.YEAR, date(2024, 1, 1)),
    ],
)
def test_a_grain_cuts_moments(ask, grain, first):
    assert ask(Query((COUNT,), (by("at", grain=grain),), (Filter("v", Op.EQ, 20),))) == ((first, 1),)


def test_moments_with_a_time_zone_are_cut_in_utc(engine, folder):
    table = stored(folder / "storage", "SELECT TIMESTAMPTZ '2024-01-01 00:30:00+02' AS \"at\"", "zoned")

    day = engine.answer(table, Query((COUNT,), (by("at", grain=Grain.DAY),))).rows
    hour = engine.answer(table, Query((COUNT,), (by("at", grain=Grain.HOUR),))).rows

    assert (day, hour) == (((date(2023, 12, 31), 1),), ((datetime(2023, 12, 31, 22, tzinfo=UTC), 1),))


def test_bins_are_of_equal_width_and_keep_what_has_no_value(ask):
    assert ask(Query((COUNT,), (by("f", bins=4),))) == ((1.5, 2), (7.5, 1), (None, 2))


def test_the_greatest_value_is_in_the_last_bin(ask):
    assert ask(Query((COUNT,), (by("n", bins=2),))) == ((1.0, 3), (5.0, 1), (None, 1))


def test_bins_span_the_filtered_rows(ask):
    assert ask(Query((COUNT,), (by("v", bins=2),), (Filter("g", Op.EQ, "a"),))) == ((10.0, 1), (15.0, 1))


def test_a_constant_column_is_one_bin(ask):
    assert ask(Query((COUNT,), (by("f", bins=7),), (Filter("v", Op.EQ, 10),))) == ((1.5, 1),)


def test_bins_of_nothing_are_nothing(ask):
    assert ask(Query((COUNT,), (by("f", bins=7),), (Filter("v", Op.EQ, 11),))) == ()


def test_bins_stand_the_ends_of_the_scale(engine, folder):
    numbers = "(VALUES (-8e307), (8e307), (0), ('inf'::DOUBLE), ('-inf'::DOUBLE), (1.7e308), (NULL)) AS t(x)"
    table = stored(folder / "storage", f"SELECT * FROM {numbers}", "ends")

    assert engine.answer(table, Query((COUNT,), (by("x", bins=2),))).rows == ((-8e307, 1), (0.0, 2), (None, 4))


FILTERS = [
    ("g", Op.EQ, "a", "10 20"),
    ("g", Op.EQ, None, "50"),
    ("g", Op.NE, "a", "30 40 50"),
    ("g", Op.NE, None, "10 20 30 40"),
    ("g", Op.IN, ["a", "c"], "10 20 40"),
    ("g", Op.IN, ["a", None], "10 20 50"),
    ("g", Op.IN, [], ""),
    ("g", Op.NOT_IN, ["a"], "30 40 50"),
    ("g", Op.NOT_IN, ["a", None], "30 40"),
    ("g", Op.NOT_IN, [], "10 20 30 40 50"),
    ("g", Op.CONTAINS, "b", "30"),
    ("g", Op.STARTS_WITH, "A", "10 20"),
    ("g", Op.ENDS_WITH, "C", "40"),
    ("g", Op.IS_NULL, None, "50"),
    ("g", Op.NOT_NULL, None, "10 20 30 40"),
    ("g", Op.EQ, 7, ""),
    ("n", Op.LT, 2, "10"),
    ("n", Op.LE, "2", "10 20 30"),
    ("n", Op.GT, 1.5, "20 30 40"),
    ("n", Op.GE, Decimal("9.0"), "40"),
    ("n", Op.BETWEEN, [2, 9], "20 30 40"),
    ("n", Op.BETWEEN, [None, 2], "10 20 30"),
    ("n", Op.BETWEEN, [None, None], "10 20 30 40 50"),
    ("n", Op.CONTAINS, 9, "40"),
    ("n", Op.LT, 10**40, "10 20 30 40"),
    ("n", Op.LT, 2**127, "10 20 30 40"),
    ("n", Op.IN, [2, 10**40], "20 30"),
    ("n", Op.GT, -(10**400), "10 20 30 40"),
    ("f", Op.EQ, 2.5, "20"),
    ("f", Op.EQ, "2.5", "20"),
    ("f", Op.EQ, math.nan, "50"),
    ("f", Op.LT, math.inf, "10 20 30"),
    ("ok", Op.EQ, True, "10 30 50"),
    ("ok", Op.EQ, "no", "20"),
    ("ok", Op.NE, True, "20 40"),
    ("at", Op.EQ, "2024-01-31", "20"),
    ("at", Op.NE, "2024-01-31", "10 30 40 50"),
    ("at", Op.LE, "2024-01-31", "10 20"),
    ("at", Op.LT, date(2024, 1, 31), "10"),
    ("at", Op.GT, "2024-01-31", "30 50"),
    ("at", Op.GE, "2024-02-01", "30 50"),
    ("at", Op.LE, "2024-01-31T12:00", "10"),
    ("at", Op.EQ, datetime(2024, 1, 31, 23, 30), "20"),  # noqa: DTZ001 - the column has no time zone
    ("at", Op.EQ, datetime(2024, 2, 1, 1, tzinfo=UTC), ""),
    ("at", Op.BETWEEN, ["2024-01-31", "2024-02-01"], "20 30"),
    ("at", Op.BETWEEN, ["2024-01-31", None], "20 30 50"),
    ("at", Op.IN, ["2024-01-31", "2024-02-01T00:00:00"], "20 30"),
    ("at", Op.NOT_IN, ["2024-01-31", None], "10 30 50"),
    ("year(at) + 0", Op.EQ, 2024, "10 20 30 50"),
    ("n = 2 or v = 50", Op.EQ, True, "20 30 50"),
    ("n + 1", Op.NOT_IN, [3], "10 40 50"),
    ("coalesce(n, 0) - 1", Op.LT, 0, "50"),
    ('"at"::date', Op.EQ, "2024-01-31", "20"),
]


@pytest.mark.parametrize(("column", "op", "value", "kept"), FILTERS)
def test_a_filter_keeps_what_people_expect(ask, column, op, value, kept):
    answer = ask(Query(by=(by("v"),), where=(Filter(column, op, value),)))

    assert [row[0] for row in answer] == [int(each) for each in kept.split()]


@pytest.mark.parametrize(
    ("filter", "reason", "field"),
    [
        (Filter("n", Op.EQ, "many"), "'many' is not a number. The column n holds whole numbers.", "where.0.value"),
        (Filter("n", Op.EQ, [1]), "needs one value", "where.0.value"),
        (Filter("n", Op.IN, 1), "needs a list of values", "where.0.value"),
        (Filter("n", Op.IN, "12"), "needs a list of values", "where.0.value"),
        (Filter("n", Op.IN, range(10_001)), "may list 10,000 values", "where.0.value"),
        (Filter("n", Op.BETWEEN, [1, 2, 3]), "a lowest and a highest", "where.0.value"),
        (Filter("n", Op.LT, None), "needs a value", "where.0.value"),
        (Filter("g", Op.CONTAINS, None), "needs a text", "where.0.value"),
        (Filter("ok", Op.EQ, "perhaps"), "'perhaps' is not yes or no", "where.0.value"),
        (Filter("at", Op.EQ, "soon"), "'soon' is not a date", "where.0.value"),
        (Filter("at", Op.EQ, 2024), "2024 is not a date", "where.0.value"),
        (Filter("f", Op.EQ, date(2024, 1, 1)), "is not a number", "where.0.value"),
        (Filter("n", Op.EQ, True), "True is not a number. The column n holds whole numbers.", "where.0.value"),
        (Filter("year(at)", Op.EQ, object()), "cannot be compared", None),
        (Filter("nn", Op.EQ, 1), "there is no column nn. Did you mean n?", "where.0.column"),
        (Filter("max(n)", Op.EQ, 1), "sums up rows", "where.0.column"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_in_words(table, filter, reason, field):
    with pytest.raises(Invalid) as refusal:
        compile_query(table, Query((COUNT,), where=(filter,)))

    assert reason in refusal.value.message
    assert refusal.value.field == field


def test_nested_and_binary_columns_can_only_be_empty_or_not(engine, folder):
    table = stored(folder / "storage", "SELECT [1] AS l, 'x'::BLOB AS b UNION ALL SELECT NULL, NULL", "nested")

    answers = [engine.answer(table, Query((COUNT,), where=(Filter(name, Op.IS_NULL),))).rows for name in ("l", "b")]

    assert answers == [((1,),), ((1,),)]
    with pytest.raises(Invalid, match="only whether it is empty can be asked"):
        compile_query(table, Query((COUNT,), where=(Filter("l", Op.EQ, "x"),)))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_compared_as_it_is(engine, table, text):
    same = f"g = '{text}' or g <> 'x'".replace("'", "''")
    query = Query(
        (Measure("hits", "count_if(g <> '')"), Measure(text.strip() or "?", "count(*)")), where=(Filter("g", Op.NE, text + same),)
    )

    assert engine.answer(table, query).rows == ((4, 5),)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (Query(), "at least one measure or one dimension"),
        (Query((COUNT, Measure("Rows", "sum(v)"))), "The name Rows is there twice"),
        (Query((Measure(" ", "count(*)"),)), "needs a name"),
        (Query(tuple(Measure(f"m{i}", "count(*)") for i in range(101))), "100 dimensions and measures"),
        (Query((COUNT,), (by("n", bins=0),)), "from 1 to 1,000"),
        (Query((COUNT,), (by("at", bins=2, grain=Grain.DAY),)), "not both"),
        (Query((COUNT,), (by("g", grain=Grain.DAY),)), "holds text values, not dates"),
        (Query((COUNT,), limit=-1), "The limit must be 0 or more"),
        (Query((COUNT,), offset=-1), "The offset must be 0 or more"),
        (Query((COUNT,), (by("g"),), order=(Order("row"),)), "There is no dimension or measure row in the query. Did you mean rows?"),
        (Query((COUNT,), (by("g"),), top=Top("g", "m", 1)), "There is no measure m"),
        (Query((COUNT,), (by("g"),), top=Top("h", "rows", 1)), "There is no dimension h"),
        (Query((COUNT,), (by("g"),), top=Top("g", "rows", 0)), "at least one group"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_in_words(table, query, reason):
    with pytest.raises(Invalid) as refusal:
        compile_query(table, query)

    assert reason in refusal.value.message


class TestTop:
    mean = Measure("mean", "avg(v)")

    def test_keeps_the_greatest_and_computes_other_from_its_rows(self, ask):
        answer = ask(Query((self.mean, COUNT), (by("g"),), top=Top("g", "rows", 1)))

        assert answer == (("a", 15.0, 2), ("Other", 40.0, 3))

    def test_without_other_leaves_the_rest_out(self, ask):
        assert ask(Query((COUNT,), (by("g"),), top=Top("g", "rows", 2, other=False))) == (("a", 2), ("B", 1))

    def test_can_keep_what_has_no_value(self, ask):
        assert ask(Query((self.mean,), (by("g"),), top=Top("g", "mean", 1))) == ((None, 50.0), ("Other", 25.0))

    def test_with_more_places_than_groups_has_no_other(self, ask):
        assert ask(Query((COUNT,), (by("ok"),), top=Top("ok", "rows", 9))) == (("true", 3), ("false", 1), (None, 1))

    def test_puts_other_last_within_the_dimensions_before_it(self, ask):
        query = Query((COUNT,), (by("ok"), by("g")), order=(Order("ok"), Order("rows", True)), top=Top("g", "rows", 1))

        assert ask(query) == ((False, "a", 1), (True, "a", 1), (True, "Other", 2), (None, "Other", 1))

    def test_of_bins_and_grains_cuts_those(self, ask):
        assert ask(Query((COUNT,), (by("n", bins=2),), top=Top("n", "rows", 1))) == (("1.0", 3), ("Other", 2))
        assert ask(Query((COUNT,), (by("at", grain=Grain.MONTH),), top=Top("at", "rows", 1))) == (("2024-01-01", 2), ("Other", 3))

    def test_does_not_merge_a_category_that_is_called_other(self, engine, folder):
        table = stored(folder / "storage", "SELECT unnest(['Other', 'Other', 'Other A', 'Other A', 'x', 'y']) AS g", "others")
        query = Query((COUNT,), (by("g"),), top=Top("g", "rows", 2))

        answer = engine.answer(table, query).rows
        behind = engine.fetch(rows_behind(table, query, {"g": "Other"}), {"data": table}).rows

        assert answer == (("Other", 2), ("Other A", 2), ("Other A (rest)", 2))
        assert behind == (("Other",), ("Other",))


def test_rows_behind_an_unknown_dimension_are_refused(table):
    with pytest.raises(Invalid, match="There is no dimension h"):
        rows_behind(table, Query((COUNT,), (by("g"),)), {"h": 1})


# The rows behind each mark add up to the mark, whatever is asked.

CELLS = st.fixed_dictionaries({
    "g": st.sampled_from(["a", "b", "Other", "Other (rest)", "", "x'y", None]),
    "n": st.none() | st.integers(-5, 5) | st.sampled_from([2**62, -(2**62)]),
    "f": st.none() | st.floats(width=32) | st.sampled_from([0.1, 0.30000000000000004, math.nan, math.inf, 1e308]),
    "at": st.none() | st.datetimes(datetime(2019, 12, 1), datetime(2020, 3, 1)).map(lambda each: each.replace(microsecond=0)),  # noqa: DTZ001
    "v": st.integers(-9, 9),
})  # fmt: skip
DIMENSIONS = st.sampled_from([
    Dimension("d", "g"), Dimension("d", "n"), Dimension("d", "f"), Dimension("d", "at"), Dimension("d", "at", grain=Grain.WEEK),
    Dimension("d", "at", grain=Grain.HOUR), Dimension("d", "n", bins=3), Dimension("d", "f", bins=7), Dimension("d", "f / 3 + n", bins=4),
    Dimension("d", "upper(g)"), Dimension("d", "n > 0"), Dimension("d", "f * 0.1"), Dimension("d", "n", bins=1),
])  # fmt: skip
CONDITIONS = st.sampled_from([
    Filter("v", Op.GT, 0), Filter("g", Op.NE, "a"), Filter("g", Op.IN, ["a", None]),
    Filter("at", Op.LE, "2020-01-15"), Filter("f", Op.LT, 1),
])  # fmt: skip


@st.composite
def questions(draw) -> Query:
    dimensions = [
        Dimension(f"d{i}", each.formula, each.grain, each.bins)
        for i, each in enumerate(draw(st.lists(DIMENSIONS, min_size=1, max_size=2)))
    ]  # fmt: skip
    top = draw(
        st.none() | st.builds(Top, st.just(draw(st.sampled_from(dimensions)).name), st.just("total"), st.integers(1, 3), st.booleans())
    )
    return Query((SUM, COUNT), tuple(dimensions), tuple(draw(st.lists(CONDITIONS, max_size=2))), top=top)


NAMES = ("g", "n", "f", "at", "v")


def sql_of(rows: list[dict[str, object]]) -> str:
    def text(value: object) -> str:
        if value is None:
            return "NULL"
        return f"'{value}'" if not isinstance(value, str) else "'" + value.replace("'", "''") + "'"

    values = ", ".join(f"({', '.join(text(each) for each in (row[name] for name in NAMES))})" for row in rows)
    return f'SELECT g::VARCHAR g, n::BIGINT n, f::DOUBLE f, "at"::TIMESTAMP "at", v::INTEGER v FROM (VALUES {values}) t(g, n, f, "at", v)'


@given(st.lists(CELLS, min_size=1, max_size=8), questions())
@settings(max_examples=60, deadline=timedelta(seconds=5), suppress_health_check=list(HealthCheck))
def test_the_rows_behind_each_mark_add_up_to_the_mark(engine, tmp_path_factory, folder, rows, query):
    table = stored(folder / "storage", sql_of(rows), f"random{next(NUMBERS)}")

    marks = engine.answer(table, query).rows
    names = [each.name for each in query.by]
    behind = [
        engine.fetch(rows_behind(table, query, dict(zip(names, mark, strict=False))), {"data": table}).rows for mark in marks
    ]  # fmt: skip

    assert [(sum(row[4] for row in found), len(found)) for found in behind] == [mark[len(names) :] for mark in marks]
    if query.top is None or query.top.other:
        everything = engine.answer(table, Query((COUNT,), where=query.where)).rows[0][0]
        assert sum(mark[-1] for mark in marks) == everything
    assert max(Counter(repr(mark[: len(names)]) for mark in marks).values(), default=1) == 1


NUMBERS = iter(range(1_000_000))
