"""The embedded engine: what it answers, what it refuses to touch, and what it says when it cannot."""

import os
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb
import pyarrow.parquet as pq
import pytest
from sqlglot import exp, parse_one

from core.errors import Cancelled, Invalid, TimedOut, Unavailable
from core.query.engines import Embedded, plan_of, render
from core.query.spec import Answer, Column, Dimension, Filter, Measure, Op, Query
from tests.core.tables import stored

COUNT = Measure("n", "count(*)")
LONG = "SELECT sum(a.i * b.i + random()) AS s FROM data AS a, data AS b"


@pytest.fixture
def engine(settings):
    opened = Embedded(settings)
    yield opened
    opened.close()


@pytest.fixture
def table(settings):
    return stored(settings.storage_folder, "SELECT i, i % 3 AS g, 'x' || i AS name FROM range(10) t(i)")


@pytest.fixture
def huge(settings):
    return stored(settings.storage_folder, "SELECT i FROM range(5000000) t(i)", "huge")


def test_an_answer_has_columns_rows_and_the_statement_without_paths(engine, table):
    answer = engine.answer(table, Query((COUNT,), (Dimension("g", "g"),)))

    assert answer == Answer(
        columns=(Column("g", "BIGINT"), Column("n", "BIGINT")),
        rows=((0, 4), (1, 3), (2, 3)),
        elapsed_ms=answer.elapsed_ms,
        sql='SELECT\n  "data"."g" AS "g",\n  COUNT(*) AS "n"\nFROM data\nGROUP BY\n  1\nORDER BY\n  1 ASC',
    )
    assert 0 < answer.elapsed_ms < 10_000


def test_a_table_may_lie_in_several_files(engine, table, settings):
    more = stored(settings.storage_folder, "SELECT 10 AS i, 1 AS g, 'o''clock' AS name", "it's more")

    both = replace(table, files=(*table.files, *more.files))

    assert engine.answer(both, Query((COUNT,), (Dimension("g", "g"),))).rows == ((0, 4), (1, 4), (2, 3))


def test_values_of_all_kinds_come_out_as_pythons_own(engine, settings):
    kinds = """
        SELECT true AS b, 1::HUGEINT AS h, 1.50::DECIMAL(4, 2) AS d, 'x'::BLOB AS blob, INTERVAL 1 DAY AS i, [1, 2] AS l, {'a': 1} AS s,
               TIMESTAMPTZ '2024-01-01 01:00:00+01' AS z, NULL AS nothing,
               [TIMESTAMPTZ '2024-01-01 00:00:00+00'] AS zs, NULL::TIMESTAMPTZ AS no
    """
    table = stored(settings.storage_folder, kinds.replace("1::HUGEINT", "1::DECIMAL(38, 0)"), "kinds")

    rows = engine.fetch(exp.select("*").from_("data"), {"data": table}).rows

    zoned = datetime(2024, 1, 1, tzinfo=UTC)
    assert rows == (
        (True, Decimal(1), Decimal("1.50"), b"x", timedelta(days=1), [1, 2], {"a": 1}, zoned, None, "['2024-01-01 00:00:00+00']", None),
    )


def test_a_moment_with_a_time_zone_made_by_a_formula_comes_out_too(engine, table):
    query = Query((Measure("at", "max(cast('2024-01-01 01:00:00+01' as timestamptz) + interval 1 day * i)"),))

    assert engine.answer(table, query).rows == ((datetime(2024, 1, 10, tzinfo=UTC),),)


def test_rows_beyond_the_most_are_left_out_and_it_is_said(engine, table):
    plan = plan_of(table, Query(by=(Dimension("i", "i"),)))

    results = [engine.run(plan, most=most) for most in (9, 10, None)]

    assert [(len(result.rows), result.is_cut) for result in results] == [(9, True), (10, False), (10, False)]


def test_batches_hold_the_same_rows_in_their_order(engine, huge):
    tree = exp.select("i").from_("data").where("i < 50000")

    batches = list(engine.batches(tree, {"data": huge}))

    assert [value for batch in batches for value in batch.column(0).to_pylist()] == list(range(50_000))
    assert len(batches) > 1


def test_a_slow_reader_gets_all_rows_whatever_the_time_limit(settings, huge):
    engine = Embedded(replace(settings, query_timeout_s=1))
    batches = engine.batches(exp.select("i").from_("data"), {"data": huge})

    first = next(batches)
    time.sleep(1.5)
    rest = sum(batch.num_rows for batch in batches)
    engine.close()

    assert first.num_rows + rest == huge.row_count


def test_rows_whose_first_takes_too_long_are_stopped_in_words(settings, huge):
    engine = Embedded(replace(settings, query_timeout_s=1))

    with pytest.raises(TimedOut, match="longer than 1 seconds and was stopped"):
        next(engine.batches(parse_one(LONG, read="duckdb"), {"data": huge}))
    engine.close()


def test_a_stream_that_is_interrupted_is_cancelled(engine, huge):
    next(engine.batches(exp.select("i").from_("data"), {"data": huge}))
    batches = engine.batches(parse_one(LONG, read="duckdb"), {"data": huge})
    threading.Timer(0.3, engine.interrupt).start()

    with pytest.raises(Cancelled):
        next(batches)


def test_nothing_outside_of_the_storage_folder_can_be_read(engine, table, tmp_path):
    outside = stored(tmp_path / "outside", "SELECT 1 AS i")

    with pytest.raises(Unavailable):
        engine.answer(outside, Query((COUNT,)))


@pytest.mark.parametrize(
    "statement",
    [
        "SET threads = 1",
        "SET memory_limit = '99GB'",
        "SET enable_external_access = true",
        "SELECT * FROM read_csv('/etc/passwd')",
        "ATTACH '/tmp/x.duckdb'",
        "INSTALL httpfs",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "SELECT * FROM python_variable",
    ],
)
def test_the_connection_is_locked(engine, table, statement):
    python_variable = pq.read_table(table.files[0])
    assert python_variable.num_rows == 10

    for connection in (engine._answering, engine._streaming):
        with connection.cursor() as cursor, pytest.raises(duckdb.Error):
            cursor.execute(statement)


def test_a_query_that_takes_too_long_is_stopped_in_words(settings, huge):
    engine = Embedded(replace(settings, query_timeout_s=1))
    started = time.monotonic()

    with pytest.raises(TimedOut, match="longer than 1 seconds and was stopped"):
        engine.fetch(parse_one(LONG, read="duckdb"), {"data": huge})
    engine.close()

    assert time.monotonic() - started < 10


def test_a_query_that_needs_too_much_memory_is_stopped_in_words(settings, huge):
    engine = Embedded(replace(settings, memory_limit="20MB"))
    tree = parse_one("SELECT count(*) AS n FROM (SELECT i, list(i::VARCHAR || '..............') AS l FROM data GROUP BY i)", read="duckdb")

    with pytest.raises(Unavailable, match="needs more memory than the 20MB"):
        engine.fetch(tree, {"data": huge})
    engine.close()


def test_an_interrupt_cancels_what_runs_and_nothing_after_it(engine, huge):
    threading.Timer(0.3, engine.interrupt).start()

    with pytest.raises(Cancelled):
        engine.fetch(parse_one(LONG, read="duckdb"), {"data": huge})

    assert engine.answer(huge, Query((COUNT,))).rows == ((5_000_000,),)


def test_threads_ask_at_the_same_time(engine, table):
    queries = [Query((Measure("total", f"sum(i + {n})"),), (Dimension("g", "g"),)) for n in range(40)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda query: engine.answer(table, query).rows, queries))

    assert answers == [((0, 18 + 4 * n), (1, 12 + 3 * n), (2, 15 + 3 * n)) for n in range(40)]


def test_a_missing_file_is_said_without_its_path(engine, table):
    table.files[0].unlink()

    with pytest.raises(Unavailable) as refusal:
        engine.answer(table, Query((COUNT,)))

    assert str(table.files[0]) not in refusal.value.message


@pytest.mark.parametrize(
    ("formula", "sentence"),
    [
        ("sum(name)", "sum does not work with text. Convert with try_cast, such as try_cast(x as double), or choose another column."),
        ("sum(name + 1)", "+ does not work with text and integer."),
        ("sum(name::int)", "Could not convert string 'x0' to INT32. Use try_cast to get nothing where a value does not fit."),
        ("max(make_date(2024, 13, i))", "Date out of range: 2024-13-0. Use try_cast"),
    ],
)
def test_what_the_data_does_not_allow_is_one_sentence(engine, table, formula, sentence):
    with pytest.raises(Invalid, match=re.escape(sentence)) as refusal:
        engine.answer(table, Query((Measure("m", formula),)))

    assert "\n" not in refusal.value.message


def test_a_closed_engine_opens_again_when_asked(engine, table):
    assert engine.answer(table, Query((COUNT,))).rows == ((10,),)
    engine.close()
    engine.close()

    assert engine.answer(table, Query((COUNT,))).rows == ((10,),)


def test_an_engine_that_was_never_asked_may_be_forked(engine, table):
    child = os.fork()
    if child == 0:
        os._exit(0 if engine.answer(table, Query((COUNT,))).rows == ((10,),) else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert engine.answer(table, Query((COUNT,))).rows == ((10,),)


def test_one_and_true_are_different_questions(table):
    queries = [Query((COUNT,), where=(Filter("g + 0", Op.EQ, value),)) for value in (1, True, 1.0)]

    assert [plan_of(table, query).sql.rsplit(" ", 1)[-1] for query in queries] == ["1", "TRUE", "1.0e0"]


def test_a_tree_names_only_its_tables(table):
    with pytest.raises(ValueError, match="names secrets"):
        render(exp.select("*").from_("secrets"), {"data": table})
