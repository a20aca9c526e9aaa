"""A profile says what is in each column, exactly where it can, and holds for every table."""

import json
import math
import statistics
from collections.abc import Callable
from datetime import date, datetime
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data import profile_scan
from core.data.bins import MOST_MOMENTS, moment_edges, number_edges
from core.data.column_profile import Alert, Bin, ColumnProfile, Frequent, Profile, profile_from_json, profile_to_json
from core.data.profile import profile
from core.query.engines import Embedded
from core.query.spec import Column, Table


@pytest.fixture
def look(settings) -> Callable[..., Profile]:
    """The profile of what a SELECT gives."""
    engine = Embedded(settings)
    settings.storage_folder.mkdir(exist_ok=True)

    def _look(select: str) -> Profile:
        path = settings.storage_folder / "table.parquet"
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
            columns = connection.execute(f"DESCRIBE FROM '{path}'").fetchall()
            rows = connection.execute(f"SELECT count(*) FROM '{path}'").fetchone()[0]
        return profile(engine, Table("", (path,), tuple(Column(*column[:2]) for column in columns), rows))

    yield _look
    engine.close()


def values(*cells: str) -> str:
    return f"SELECT * FROM (VALUES {', '.join(f'({cell})' for cell in cells)}) t(c)"


def kinds(column: ColumnProfile) -> list[str]:
    return [alert.kind for alert in column.alerts]


def test_whole_numbers_are_measured_and_counted(look):
    (column,) = look(values("3", "0", "0", "-2", "NULL", "7", "0")).columns

    numbers = [3, 0, 0, -2, 7, 0]
    assert (column.count, column.missing, column.distinct, column.distinct_is_exact, column.zeros, column.negative) == (6, 1, 4, True, 3, 1)
    assert (column.minimum, column.maximum, column.mean, column.std) == pytest.approx(
        (-2, 7, statistics.mean(numbers), statistics.stdev(numbers))
    )
    assert column.quantiles == pytest.approx((-1.5, 0, 0, 2.25, 6))
    assert (column.top[0], [(each.low, each.count) for each in column.bins if each.count]) == (
        Frequent(0, 3),
        [(-2, 1), (0, 3), (3, 1), (7, 1)],
    )


def test_texts_have_lengths_blanks_and_frequent_values(look):
    (column,) = look(values("'UA'", "'UA'", "'Delta'", "' '", "NULL")).columns

    assert (column.lengths, column.blank, column.minimum, column.maximum, column.top[0]) == ((1, 2.5, 5), 1, " ", "UA", Frequent("UA", 2))


def test_booleans_are_counted(look):
    (column,) = look(values("true", "false", "true", "NULL")).columns

    assert (column.distinct, column.top, column.bins) == (2, (Frequent(value=True, count=2), Frequent(value=False, count=1)), ())


def test_dates_get_bins_of_the_calendar(look):
    (column,) = look("SELECT DATE '2013-01-15' + (n * 31)::INTEGER AS c FROM range(71) r(n)").columns

    assert (column.minimum, column.maximum, column.bins[0], sum(each.count for each in column.bins), column.bins[-1].high) == (
        "2013-01-15", "2018-12-25", Bin("2013-01-01", "2013-04-01", 3), 71, "2019-01-01",
    )  # fmt: skip


def test_moments_with_a_time_zone_are_told_in_utc(look):
    (column,) = look("SELECT TIMESTAMPTZ '2013-01-01 05:00:00+05' + INTERVAL (n) MINUTE AS c FROM range(30) r(n)").columns

    assert (column.minimum, column.bins[0], len(column.bins)) == (
        "2013-01-01 00:00:00+00", Bin("2013-01-01 00:00:00", "2013-01-01 00:00:30", 1), 59,
    )  # fmt: skip


def test_a_value_on_an_edge_belongs_to_the_bin_above(look):
    (column,) = look("SELECT n / 10 AS c FROM range(0, 251) r(n)").columns

    assert {each.count for each in column.bins[:-1]} == {10}
    assert (column.bins[0].low, column.bins[1].low, column.bins[-1].count) == (0, 1, 1)


def test_what_is_no_finite_number_is_counted_apart(look):
    (column,) = look(values("'nan'::DOUBLE", "'inf'::DOUBLE", "'-inf'::DOUBLE", "1.5", "2.5", "NULL")).columns

    assert (column.not_finite, column.minimum, column.maximum, column.mean, sum(each.count for each in column.bins)) == (3, 1.5, 2.5, 2, 2)
    assert "3 values are not a finite number or moment; the statistics leave them out." in [alert.text for alert in column.alerts]


def test_every_type_has_a_profile_that_can_be_stored(look):
    seen = look(
        """SELECT * FROM (VALUES
        (170141183460469231731687303715884105727::HUGEINT, 'x'::BLOB, uuid(), TIME '10:00', INTERVAL 1 DAY, {'a': [1]}, MAP {'k': 1},
         [1, 2], 1.5::DECIMAL(30, 2), NULL::INTEGER, 'infinity'::DATE,
         '2013-01-01'::TIMESTAMP_NS, 1e308::DOUBLE, 18446744073709551615::UBIGINT,
         'a'),
        (-1, '\\x00'::BLOB, uuid(), TIME '11:00', INTERVAL 2 DAY, {'a': [2]}, MAP {'k': 2}, [3], 2.5, NULL, '0044-03-15 (BC)', '2013-01-02',
         -1e308, 0, 'NUL' || chr(0)),
        (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '200000-01-01', NULL, 5e-324, NULL, repeat('long', 100))
        ) t(huge, blob, uuid, time, span, struct, map, list, money, nothing, date, ns, big, unsigned, text)"""
    )

    assert profile_from_json(json.loads(json.dumps(profile_to_json(seen), allow_nan=False))) == seen
    assert {column.name: sum(each.count for each in column.bins) for column in seen.columns if column.bins} == {
        "huge": 2, "money": 2, "date": 2, "ns": 2, "big": 3, "unsigned": 2,
    }  # fmt: skip
    assert {frequent.value for frequent in seen.column("text").top} == {"long" * 49 + "lon…", "a", "NUL\ufffd"}


@pytest.mark.parametrize("value", [1e308, -1e308, 1.7976931348623157e308, -1.7976931348623157e308])
def test_a_column_of_one_number_at_the_end_of_all_numbers_has_bins(look, value):
    (column,) = look(f"SELECT '{value}'::DOUBLE AS c FROM range(3)").columns

    assert sum(each.count for each in column.bins) == 3
    assert all(math.isfinite(edge) for each in column.bins for edge in (each.low, each.high))


def test_a_table_without_rows_has_a_profile(look):
    seen = look("SELECT 1 AS n, 'x' AS t, current_date AS d WHERE false")

    assert (seen.row_count, [(column.count, column.missing_share, column.distinct, column.alerts) for column in seen.columns]) == (
        0,
        [(0, 0.0, 0, ())] * 3,
    )


def test_a_column_without_values_says_so(look):
    (column,) = look(values("NULL::VARCHAR", "NULL")).columns

    assert column.alerts == (Alert("empty", "Every value is missing."),)


def test_a_column_name_can_be_anything(look):
    name = 'a "quoted" {c}; DROP TABLE t --'
    seen = look(f"""SELECT 1 AS "{name.replace('"', '""')}" """)

    assert (seen.columns[0].name, seen.column(name).count, seen.column("other")) == (name, 1, None)


def test_a_wide_table_is_looked_at_some_columns_at_a_time(look):
    seen = look("SELECT " + ", ".join(f"n * {n} AS c{n}" for n in range(200)) + " FROM range(5) r(n)")

    assert [(column.maximum, len(column.top)) for column in seen.columns] == [(4 * n, 5 if n else 1) for n in range(200)]


def test_what_is_worth_a_look_is_said_in_sentences(look):
    seen = look(
        """SELECT n AS id, 2013 AS year, CASE WHEN n % 10 = 0 THEN NULL ELSE 'x' END AS gaps, 'v' || (n % 1500) AS many,
        CASE WHEN n % 2 = 0 THEN 0 ELSE n % 50 END AS zeros, CASE WHEN n = 0 THEN 10000 ELSE n % 10 END AS skewed, '' AS blank,
        CASE WHEN n < 5 THEN 'twice' ELSE 'c' || n END AS nearly FROM range(3000) r(n)"""
    )

    assert {column.name: [alert.text for alert in column.alerts] for column in seen.columns} == {
        "id": ["Every value is different: this looks like an identifier."],
        "year": ["Every value is 2013."],
        "gaps": ["10 % of the values are missing (300 of 3,000).", "Every value that is there is x."],
        "many": ["1,500 different values: too many to show as categories."],
        "zeros": ["50 % of the values are zero (1,500 of 3,000)."],
        "skewed": ["Very skewed: 9 in 10 values lie from 0 to 9, the largest is 10,000."],
        "blank": ["100 % of the texts are blank (3,000 of 3,000).", "Every value is ."],
        "nearly": ["99.9 % of the values are different: nearly an identifier."],
    }
    assert seen.alerts[0] == ("id", seen.column("id").alerts[0])


def test_many_different_values_are_counted_by_a_query_of_their_own(look, monkeypatch):
    select = "SELECT DATE '2013-01-01' + (n % 700)::INTEGER AS day, 'c' || (n % 900) AS text, (n % 3)::DOUBLE AS few FROM range(4000) r(n)"
    listed = look(select)
    monkeypatch.setattr(profile_scan, "_LISTED", 10)

    grouped = look(select)

    assert [(column.distinct, column.distinct_is_exact, column.top[0].count) for column in grouped.columns] == [
        (column.distinct, column.distinct_is_exact, column.top[0].count) for column in listed.columns
    ]


def test_what_is_too_much_to_count_is_estimated_and_flagged(look, monkeypatch):
    monkeypatch.setattr(profile_scan, "_LISTED", 10)
    monkeypatch.setattr(profile_scan, "_GROUPED", 100)
    monkeypatch.setattr(profile_scan, "EXACT_QUANTILES", 100)

    text, number = look("SELECT 'c' || n AS text, n AS number FROM range(5000) r(n)").columns

    assert (text.distinct_is_exact, text.top, kinds(text)) == (False, (), ["identifier"])
    assert (text.distinct, number.quantiles[2]) == (pytest.approx(5000, rel=0.1), pytest.approx(2500, rel=0.05))


def test_measurements_that_all_differ_have_no_frequent_values(look):
    (column,) = look("SELECT sqrt(n) AS c FROM range(3000) r(n)").columns

    assert (column.top, column.distinct_is_exact, column.alerts) == ((), False, ())


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(numbers, numbers, numbers, numbers, st.booleans())
def test_edges_rise_and_hold_every_number(a, b, c, d, whole):
    low, middle_low, middle_high, high = sorted(float(round(x)) if whole and abs(x) < 2**53 else x for x in (a, b, c, d))

    edges = number_edges(low, high, (middle_low, middle_high), whole=whole and high < 2**53)

    assert (edges[0] <= low, high <= edges[-1], edges == sorted(set(edges)), 2 <= len(edges) <= 60) == (True, True, True, True)


@given(st.datetimes(), st.datetimes(), st.booleans())
def test_edges_of_moments_rise_and_hold_every_moment(a, b, days):
    low, high = sorted((moment - datetime(1970, 1, 1)).total_seconds() for moment in (a, b))  # noqa: DTZ001

    edges = moment_edges(low, high, days=days)

    assert (edges[0] <= low, high < edges[-1], edges == sorted(set(edges)), len(edges) <= MOST_MOMENTS + 3) == (True, True, True, True)


def test_far_values_share_the_outermost_bins():
    edges = number_edges(-40, 1300, (-9, 88), whole=True)

    assert (edges[0], edges[-1], {high - low for low, high in pairwise(edges[1:-1])}) == (-40, 1300, {5})


@pytest.mark.parametrize(
    ("last", "first_edges"),
    [
        (date(2013, 1, 20), ["2013-01-01", "2013-01-02"]),
        (date(2013, 12, 31), ["2012-12-31", "2013-01-07"]),
        (date(2016, 12, 31), ["2013-01-01", "2013-02-01"]),
        (date(2400, 1, 1), ["2010-01-01", "2020-01-01"]),
    ],
)
def test_the_calendar_steps_by_days_weeks_months_or_years(last, first_edges):
    epoch = date(1970, 1, 1)
    edges = moment_edges((date(2013, 1, 1) - epoch).days * 86_400.0, (last - epoch).days * 86_400.0, days=True)

    assert [date.fromordinal(epoch.toordinal() + int(edge // 86_400)).isoformat() for edge in edges[:2]] == first_edges
    assert all(math.isfinite(edge) for edge in edges)
