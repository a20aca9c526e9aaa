"""Questions to datasets: the right version, kept answers, batches, rows and CSV."""

import csv
import io
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.data import queries as module
from core.errors import Invalid, NotFound, Refused
from core.query.spec import Answer, Dimension, Filter, Grain, Measure, Op, Order, Query, Top
from tests.core.tables import stored

COUNT = Measure("n", "count(*)")
BY_G = Query((COUNT,), (Dimension("g", "g"),))
ROWS = """
    SELECT * FROM (VALUES ('a', 1, -1.5, DATE '2024-01-01'), ('b', 2, NULL, DATE '2024-01-02'), ('a', 3, 0.5, NULL)) AS t(g, i, x, day)
"""


@pytest.fixture
def bring_in(workspace, analyst) -> Callable[..., int]:
    """A dataset whose rows *select* gives, or one more version of it."""

    def _bring_in(select: str = ROWS, dataset_id: int | None = None, base: int = 0) -> int:
        with workspace.storage.scratch() as folder:
            table = stored(folder, select)
            data_id = dataset_id or workspace.datasets.create(analyst, f"Data {time.monotonic_ns()}").id
            workspace.datasets.add_version(analyst, data_id, table.files, columns=table.columns, rejects=None, source={}, base=base)
        return data_id

    return _bring_in


@pytest.fixture
def queries(workspace):
    return workspace.queries


def same(answer: Answer, **changes: object) -> Answer:
    """*answer* without what differs from run to run."""
    return replace(answer, **{"elapsed_ms": 0, "notes": {}, "sql": "", **changes})


def test_the_second_time_an_answer_was_kept(queries, viewer, bring_in):
    data_id = bring_in()

    first, second = queries.run(viewer, data_id, BY_G), queries.run(viewer, data_id, BY_G)

    assert (first.rows, first.dataset_version, first.cached, second.cached) == ((("a", 2), ("b", 1)), 1, False, True)
    assert same(second, cached=False) == same(first)
    assert first.notes == second.notes == {"computed_at": first.notes["computed_at"]}


def test_a_new_version_is_asked_anew_and_the_old_one_is_still_there(queries, viewer, bring_in):
    data_id = bring_in()
    queries.run(viewer, data_id, BY_G)
    bring_in("SELECT 'z' AS g, 1 AS i, 1.5 AS x, DATE '2024-01-01' AS day", dataset_id=data_id, base=1)

    now, before = queries.run(viewer, data_id, BY_G), queries.run(viewer, data_id, BY_G, version=1)

    assert [(each.rows, each.dataset_version, each.cached) for each in (now, before)] == [
        ((("z", 1),), 2, False),
        ((("a", 2), ("b", 1)), 1, True),
    ]


def test_equal_content_under_another_name_shares_its_answers(queries, viewer, bring_in):
    queries.run(viewer, bring_in(), BY_G)

    assert queries.run(viewer, bring_in(), BY_G).cached


def test_an_answer_of_too_many_groups_is_cut_and_says_so(queries, viewer, bring_in, monkeypatch):
    monkeypatch.setattr(module, "MOST_GROUPS", 1)

    answer = queries.run(viewer, bring_in(), BY_G)

    assert (answer.rows, answer.notes["cut_at"]) == ((("a", 2),), 1)


def test_a_batch_answers_each_question_or_says_why_not(queries, viewer, bring_in):
    data_id = bring_in()
    queries.run(viewer, data_id, BY_G)
    wrong, strange = Query((Measure("n", "sum(nothing)"),)), Query((Measure("n", "sum(g)"),))

    answers = queries.run_many(viewer, [(data_id, BY_G), (999, BY_G), (data_id, Query((COUNT,))), (data_id, wrong), (data_id, strange)])

    assert [each.rows if isinstance(each, Answer) else type(each) for each in answers] == [
        (("a", 2), ("b", 1)), NotFound, ((3,),), Invalid, Invalid,
    ]  # fmt: skip
    assert [each.cached for each in answers if isinstance(each, Answer)] == [True, False]


def test_an_empty_batch_has_no_answers(queries, viewer):
    assert queries.run_many(viewer, []) == []


def test_rows_come_as_they_lie_in_the_file(queries, viewer, bring_in):
    answer = queries.rows(viewer, bring_in(), columns=["i", "g", "i"], limit=2, offset=1)

    assert ([column.name for column in answer.columns], answer.rows, answer.total) == (["i", "g"], ((2, "b"), (3, "a")), 3)


def test_sorted_and_filtered_rows_have_a_stable_order_and_their_own_total(queries, viewer, bring_in):
    data_id = bring_in("SELECT i, i % 2 AS odd FROM range(10000) t(i)")

    pages = [
        queries.rows(viewer, data_id, where=[Filter("i", Op.LT, 2000)], order=[Order("odd", desc=True)], limit=500, offset=offset)
        for offset in (0, 500, 1000, 1500, 2000)
    ]  # fmt: skip

    assert [row[0] for page in pages for row in page.rows] == [*range(1, 2000, 2), *range(0, 2000, 2)]
    assert {page.total for page in pages} == {2000}


def test_rows_of_a_table_whose_columns_have_the_names_of_places(queries, viewer, bring_in):
    data_id = bring_in("SELECT 3 - i AS file_row_number, i AS data, 0 AS file_index FROM range(3) t(i)")

    assert queries.rows(viewer, data_id, order=[Order("data")]).rows == ((3, 0, 0), (2, 1, 0), (1, 2, 0))


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"limit": 10_001}, "From 0 to 10,000 rows"),
        ({"limit": -1}, "From 0 to 10,000 rows"),
        ({"offset": -1}, "The offset must be 0 or more"),
        ({"columns": []}, "at least one column"),
        ({"columns": ["ii"]}, "There is no column ii. Did you mean i?"),
        ({"order": [Order("count(*)")]}, "There is no column count"),
    ],
)
def test_rows_that_cannot_be_had_are_refused_in_words(queries, viewer, bring_in, asked, reason):
    with pytest.raises(Invalid, match=reason):
        queries.rows(viewer, bring_in(), **asked)


def test_the_rows_behind_a_mark_come_in_pages(queries, viewer, bring_in):
    data_id = bring_in()
    query = Query((COUNT,), (Dimension("month", "day", grain=Grain.MONTH), Dimension("g", "g")), top=Top("g", "n", 1))

    behind = queries.rows_behind(viewer, data_id, query, {"g": "Other"})
    page = queries.rows_behind(viewer, data_id, query, {"month": "2024-01-01"}, limit=1, offset=1)

    assert ([row[1] for row in behind.rows], behind.total) == ([2], 1)
    assert ([row[1] for row in page.rows], page.total) == ([2], 2)


def test_a_csv_is_the_rows_asked_for(queries, viewer, bring_in):
    text = b"".join(queries.csv(viewer, bring_in(), columns=["g", "x", "day"], where=[Filter("i", Op.GT, 1)], order=[Order("i", True)]))

    assert text == b'"g","x","day"\n"a",0.5,\n"b",,2024-01-02\n'


def test_a_spreadsheet_takes_no_cell_of_a_csv_for_a_formula(queries, viewer, bring_in):
    data_id = bring_in("""
        SELECT unnest(['=1+1', '+49 30', '-5', '@x', chr(9) || 'tab', 'plain', 'a "quoted", one', '', NULL]) AS "=cmd", -5 AS n
    """)

    rows = list(csv.reader(io.StringIO(b"".join(queries.csv(viewer, data_id)).decode())))

    assert [row[0] for row in rows] == ["'=cmd", "'=1+1", "'+49 30", "'-5", "'@x", "'\ttab", "plain", 'a "quoted", one', "", ""]
    assert {row[1] for row in rows[1:]} == {"-5"}


def test_a_csv_holds_every_kind_of_value(queries, viewer, bring_in):
    data_id = bring_in("""
        SELECT true AS b, 12345678901234567890::DECIMAL(38, 2) AS d, 'ab'::BLOB AS blob, [1] AS l, TIME '01:02:03' AS t,
               TIMESTAMP '2024-01-01 10:00:00' AS ts, TIMESTAMPTZ '2024-01-01 10:00:00+02' AS z, 1.5::FLOAT AS f
    """)

    text = b"".join(queries.csv(viewer, data_id)).decode()

    assert text.splitlines()[1] == (
        'true,12345678901234567890.00,"YWI=","[1]","01:02:03","2024-01-01 10:00:00","2024-01-01 08:00:00+00",1.5'
    )  # fmt: skip


def test_an_abandoned_download_leaves_nothing_running(workspace, queries, viewer, bring_in):
    stream = queries.csv(viewer, bring_in("SELECT i FROM range(200000) t(i)"))
    next(stream)
    next(stream)

    stream.close()

    assert workspace.engine._streaming._running == set()


def test_questions_need_the_right_to_read_datasets(queries, viewer, bring_in, monkeypatch):
    data_id = bring_in()
    monkeypatch.setattr("core.principal.GRANTS", {viewer.role: frozenset()})

    for ask in (
        lambda: queries.run(viewer, data_id, BY_G),
        lambda: queries.run_many(viewer, [(data_id, BY_G)]),
        lambda: queries.rows(viewer, data_id),
        lambda: queries.rows_behind(viewer, data_id, BY_G, {}),
        lambda: queries.csv(viewer, data_id),
    ):
        with pytest.raises(Refused):
            ask()
