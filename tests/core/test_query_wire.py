"""Queries and answers as JSON."""

import json
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from core.errors import Invalid
from core.query.spec import Answer, Column, Dimension, Filter, Grain, Measure, Op, Order, Query, Top
from core.query.wire import browser_value, json_rows, query_from_json, query_to_json

WHOLE = Query(
    measures=(Measure("n", "count(*)"),),
    by=(Dimension("day", "at", grain=Grain.DAY), Dimension("delay", "delay", bins=10)),
    where=(Filter("carrier", Op.IN, ("UA", None)), Filter("day", Op.BETWEEN, (None, 3)), Filter("x", Op.IS_NULL)),
    order=(Order("n", desc=True), Order("day")),
    limit=10,
    offset=20,
    top=Top("delay", "n", 5, other=False),
)


@pytest.mark.parametrize("query", [WHOLE, Query((Measure("n", "count(*)"),))])
def test_a_query_survives_the_way_there_and_back(query):
    assert query_from_json(json.loads(json.dumps(query_to_json(query)))) == query


def test_names_may_be_left_out_and_are_the_formulas_then():
    asked = {"measures": [{"formula": "count(*)"}], "by": [{"formula": "carrier"}], "where": [{"column": "a", "value": 1}]}

    assert query_from_json(asked) == Query(
        (Measure("count(*)", "count(*)"),), (Dimension("carrier", "carrier"),), (Filter("a", Op.EQ, 1),)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ([], "query", "query has to be an object"),
        ({"measure": []}, "query.measure", "Did you mean measures?"),
        ({"measures": "count(*)"}, "measures", "measures has to be a list."),
        ({"measures": [{}]}, "measures.0.formula", "measures.0 needs a formula."),
        ({"measures": [{"formula": 3}]}, "measures.0.formula", "measures.0 needs a formula."),
        ({"by": [{"formula": "a", "grain": "mont"}]}, "by.0.grain", "Did you mean month?"),
        ({"by": [{"formula": "a", "bins": 1.5}]}, "by.0.bins", "bins has to be a whole number."),
        ({"by": [{"formula": "a", "bins": True}]}, "by.0.bins", "bins has to be a whole number."),
        ({"where": [{"column": "a", "op": "=="}]}, "where.0.op", "'==' is not one of ="),
        ({"where": [{"op": "="}]}, "where.0.column", "where.0 needs a column."),
        ({"where": [{"column": "a", "value": {}}]}, "where.0.value", "A filter compares with"),
        ({"where": [{"column": "a", "op": "in", "value": [[1]]}]}, "where.0.value", "A filter compares with"),
        ({"order": [{"name": "a", "desc": "yes"}]}, "order.0.desc", "desc has to be true or false."),
        ({"limit": "10"}, "limit", "limit has to be a whole number."),
        ({"top": {"by": "a", "measure": "b"}}, "top.n", "How many groups are kept?"),
    ],
)
def test_what_does_not_fit_is_said_with_the_name_of_the_field(given, field, reason):
    with pytest.raises(Invalid) as refusal:
        query_from_json(given)

    assert reason in refusal.value.message
    assert refusal.value.field == field


def test_every_cell_becomes_json():
    cells = (
        None, True, "x", 7, 2**62, 2**70, 1.5, math.nan, math.inf, Decimal("1.5"), Decimal("NaN"), date(2024, 1, 2),
        datetime(2024, 1, 2, 3, tzinfo=UTC), time(1, 2), timedelta(minutes=1), b"ab", {"a": math.nan, 1: [date(2024, 1, 2)]}, UUID(int=1),
        1 + 2j, Decimal(2**53 + 1), Decimal(2**70),
    )  # fmt: skip
    answer = Answer(tuple(Column(str(i), "?") for i in range(len(cells))), (cells,))

    assert json.loads(json.dumps(json_rows(answer), allow_nan=False)) == [
        [None, True, "x", 7, 2**62, float(2**70), 1.5, None, None, 1.5, None, "2024-01-02", "2024-01-02T03:00:00+00:00", "01:02:00", 60.0,
         "YWI=", {"a": None, "1": ["2024-01-02"]}, "00000000-0000-0000-0000-000000000001", "(1+2j)",
         2**53 + 1, float(2**70)]
    ]  # fmt: skip


def test_a_browser_gets_long_numbers_as_text():
    assert [browser_value(value) for value in (2**53, 2**53 + 1, -(2**60), Decimal(2**53 + 1), Decimal(1), None)] == [
        2**53, "9007199254740993", "-1152921504606846976", "9007199254740993", 1, None,
    ]  # fmt: skip
