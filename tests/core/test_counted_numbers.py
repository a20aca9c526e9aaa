"""What follows from the different values of a column and their counts is what the engine says of all of its rows."""

import math
from dataclasses import replace

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.data import profile_scan
from core.data.column_profile import ColumnProfile, Profile
from core.data.profile import profile
from core.query.engines import Embedded
from core.query.spec import Column, Table

ROWS = 200


@pytest.fixture
def both(settings, monkeypatch):
    """The profile of what a SELECT gives, from the counts of its different values and from all of its rows."""
    engine = Embedded(settings)
    settings.storage_folder.mkdir(exist_ok=True)
    path = settings.storage_folder / "table.parquet"

    def _both(select: str) -> tuple[Profile, Profile]:
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
            columns = connection.execute(f"DESCRIBE FROM '{path}'").fetchall()
            rows = connection.execute(f"SELECT count(*) FROM '{path}'").fetchone()[0]
        table = Table("", (path,), tuple(Column(*column[:2]) for column in columns), rows)
        counted = profile(engine, table)
        with monkeypatch.context() as patch:
            patch.setattr(profile_scan, "_LISTED", 0)
            return counted, profile(engine, table)

    yield _both
    engine.close()


def cells(type: str, values: st.SearchStrategy[str], *, most: int = 30) -> st.SearchStrategy[str]:
    """Of a few values, as a list in SQL: most of them again and again."""
    cell = st.one_of(st.just("NULL"), values.map(lambda value: f"'{value}'"))
    return st.lists(cell, min_size=1, max_size=most).map(lambda listed: f"[{', '.join(listed)}]::{type}[]")


def numbers(low: int, high: int, digits: int = 0) -> st.SearchStrategy[str]:
    return st.integers(low * 10**digits, high * 10**digits).map(
        lambda number: f"{number / 10**digits:.{digits}f}" if digits else f"{number}"
    )


not_finite = st.sampled_from(["nan", "inf", "-inf", "-0.0"])
columns = st.tuples(
    cells("BIGINT", numbers(-50, 50)),
    cells("BIGINT", numbers(-(2**63), 2**63 - 1)),
    cells("HUGEINT", numbers(-(2**127), 2**127 - 1)),
    cells("DOUBLE", st.one_of(numbers(-50, 50, 2), not_finite)),
    cells("FLOAT", numbers(-50, 50, 1)),
    cells("DECIMAL(30,4)", numbers(-(10**6), 10**6, 4)),
    cells("DATE", st.one_of(st.dates().map(str), st.sampled_from(["infinity", "-infinity"]))),
    cells("TIMESTAMP", st.one_of(st.datetimes().map(str), st.just("infinity"))),
    cells("TIMESTAMPTZ", st.datetimes().map(str)),
    cells("TIME", st.times().map(str)),
    cells("INTERVAL", st.sampled_from(["1 month", "30 days", "1 day", "24 hours"])),
    cells("BOOLEAN", st.sampled_from(["true", "false"])),
    cells("VARCHAR", st.text(st.characters(exclude_characters="'\0", exclude_categories=["Cs"]), max_size=20)),
    cells("VARCHAR", st.sampled_from(["", " ", "\u00a0", "\t", "long" * 60, "longer" * 70, "é" * 201])),
)


def plain(column: ColumnProfile) -> ColumnProfile:
    """Without what the two ways may tell differently: which of equally frequent values come first, and roundings of numbers."""
    return replace(column, top=(), mean=None, std=None, skewness=None, quantiles=None, distinct=0, distinct_is_exact=True, alerts=())


def rounded(column: ColumnProfile) -> list[float]:
    return [math.nan if number is None else number for number in (column.mean, column.std, *(column.quantiles or ()))]


@settings(
    max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(columns, st.integers(1, ROWS))
def test_counts_of_values_tell_what_all_rows_tell(both, lists, rows):
    chosen = ", ".join(f"({each})[(1 + hash(n, {place}) % len({each}))::INTEGER] AS c{place}" for place, each in enumerate(lists))

    counted, measured = both(f"SELECT {chosen} FROM range({rows}) r(n)")

    for one, other in zip(counted.columns, measured.columns, strict=True):
        assert plain(one) == plain(other)
        assert rounded(one) == pytest.approx(rounded(other), rel=1e-9, abs=1e-9, nan_ok=True)


def test_the_most_frequent_values_are_the_same_in_either_way(both):
    select = "SELECT n % 7 * (n % 3) AS i, DATE '2013-01-01' + (n % 7 * (n % 3))::INTEGER AS d, 'v' || (n % 7 * (n % 3)) AS t"

    counted, measured = both(f"{select} FROM range(500) r(n)")

    assert [[each.count for each in column.top] for column in counted.columns] == [
        [each.count for each in column.top] for column in measured.columns
    ]
    assert [(column.distinct, column.distinct_is_exact) for column in counted.columns] == [
        (column.distinct, True) for column in measured.columns
    ]


def test_skewness_is_the_engines(both):
    counted, measured = both("SELECT n % 10 * (n % 4) AS i, (n % 10) ** 2 / 4 AS d, 5 AS same, 0.1 AS rounded FROM range(500) r(n)")

    assert [column.skewness for column in counted.columns[:2]] == pytest.approx([column.skewness for column in measured.columns[:2]])
    assert [(column.std, column.skewness) for column in counted.columns[2:]] == [(0, None)] * 2


def test_one_number_alone_has_no_deviation(both):
    counted, measured = both("SELECT 5 AS n, NULL::INTEGER AS nothing, 'nan'::DOUBLE AS nan")

    assert [plain(column) for column in counted.columns] == [plain(column) for column in measured.columns]
    assert [(column.mean, column.std, column.quantiles) for column in counted.columns] == [(5, None, (5,) * 5), (None,) * 3, (None,) * 3]
