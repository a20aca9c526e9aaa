"""What a row means is the same in training and in a prediction, and whatever does not fit is said."""

# ruff: noqa: DTZ001 - moments without a zone are a kind of their own
from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid, TooLarge
from core.ml.coercion import Remark, coerce
from core.ml.encoding import Encoder, with_rare
from core.ml.frames import Categories, Frame
from core.ml.schema import Schema, frame, learn
from core.query.spec import Column

COLUMNS = (
    Column("hour", "BIGINT"),
    Column("price", "DECIMAL(9,2)"),
    Column("open", "BOOLEAN"),
    Column("carrier", "VARCHAR"),
    Column("day", "DATE"),
    Column("at", "TIMESTAMP"),
    Column("seen", "TIMESTAMP WITH TIME ZONE"),
    Column("alarm", "TIME"),
)
TYPES = pa.schema({
    "hour": pa.int64(), "price": pa.decimal128(9, 2), "open": pa.bool_(), "carrier": pa.string(), "day": pa.date32(),
    "at": pa.timestamp("us"), "seen": pa.timestamp("us", "UTC"), "alarm": pa.time64("us"),
})  # fmt: skip
FULL: dict[str, Any] = {
    "hour": 7, "price": Decimal("12.50"), "open": True, "carrier": "UA", "day": date(2013, 7, 31),
    "at": datetime(2013, 7, 31, 14, 30), "seen": datetime(2013, 7, 31, 14, 30, tzinfo=UTC), "alarm": time(6, 30),
}  # fmt: skip
JSON: dict[str, Any] = {
    "hour": 7, "price": 12.5, "open": True, "carrier": "UA", "day": "2013-07-31",
    "at": "2013-07-31T14:30:00", "seen": "2013-07-31T14:30:00Z", "alarm": "06:30",
}  # fmt: skip


def learned(*rows: dict[str, Any], ignored: tuple[str, ...] = ()) -> Schema:
    return learn(COLUMNS, pa.Table.from_pylist(list(rows), schema=TYPES), ignored)


STRICT = learned(FULL, FULL | {"hour": 23, "carrier": "AA"}, ignored=("arr_delay",))
LENIENT = learned(FULL, dict.fromkeys(FULL))


def said(schema: Schema, **changes: Any) -> list[tuple[str, str]]:
    return [(remark.field, remark.message) for remark in coerce(schema, [JSON | changes]).warnings]


def refusal(schema: Schema, row: Any) -> tuple[str | None, str]:
    with pytest.raises(Invalid) as caught:
        coerce(schema, [JSON, row])
    return caught.value.field, caught.value.message


def test_a_row_that_fits_passes_without_a_remark():
    assert said(STRICT) == []


def test_every_problem_of_the_rows_is_named_with_row_and_field():
    field, message = refusal(STRICT, JSON | {"hour": "seven", "carrier": 1.5, "open": "perhaps"})

    assert (field, message.splitlines()) == (
        "rows.1.hour",
        [
            "rows.1.hour: is the text “seven”; a number is expected.",
            "rows.1.open: is the text “perhaps”; true or false is expected.",
            "rows.1.carrier: is the number 1.5; text is expected.",
        ],
    )


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("hour", " 7", "is the text “ 7”; a number is expected."),
        ("hour", "1_000", "is the text “1_000”; a number is expected."),
        ("hour", "1,5", "is the text “1,5”; a number is expected."),
        ("hour", "", "is the text “”; a number is expected."),
        ("hour", "nan", "is the text “nan”; a number is expected."),
        ("hour", "٣", "is the text “٣”; a number is expected."),
        ("hour", True, "is true; a number is expected."),
        ("hour", [7], "is a list; a number is expected."),
        ("hour", {"value": 7}, "is an object; a number is expected."),
        ("hour", math.nan, "is not a finite number that can be used."),
        ("hour", -math.inf, "is not a finite number that can be used."),
        ("hour", 1e39, "is not a finite number that can be used."),
        ("hour", 10**400, "is not a finite number that can be used."),
        ("hour", "1e400", "is not a finite number that can be used."),
        ("hour", None, "is empty, and training never saw it empty. Give a value."),
        ("open", 2, "is the number 2; true or false is expected."),
        ("carrier", False, "is false; text is expected."),
        ("carrier", "\ud800", "holds half of a surrogate pair, which is no character of any text."),
        ("carrier", None, "is empty, and training never saw it empty. Give a value."),
        ("day", "2013-02-30", "is “2013-02-30”; a date such as 2013-07-31 is expected."),
        ("day", "2013-W05", "is “2013-W05”; a date such as 2013-07-31 is expected."),
        ("day", "20130731", "is “20130731”; a date such as 2013-07-31 is expected."),
        ("day", "0000-01-01", "is “0000-01-01”; a date such as 2013-07-31 is expected."),
        ("day", 1375228800, "is the number 1375228800; a date such as 2013-07-31 is expected."),
        ("at", "31/07/2013", "is “31/07/2013”; a moment such as 2013-07-31T14:30:00 is expected."),
        ("at", 0, "is the number 0; a moment such as 2013-07-31T14:30:00 is expected."),
        ("seen", "0001-01-01T00:00:00+05:00", "is a moment before the year 1 or after 9999 in UTC."),
        ("alarm", "25:00", "is “25:00”; a time of day such as 14:30 is expected."),
        ("alarm", 6, "is the number 6; a time of day such as 14:30, without a zone, is expected."),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_refused(field: str, value: Any, reason: str):
    assert refusal(STRICT, JSON | {field: value}) == (f"rows.1.{field}", f"rows.1.{field}: {reason}")


@pytest.mark.parametrize(
    ("field", "value", "remark"),
    [
        ("hour", "7", "is text; it was read as the number 7."),
        ("hour", "+7.5e0", "is text; it was read as the number +7.5e0. has decimals; training saw whole numbers only."),
        ("hour", 24, "24 is outside what training saw (7 to 23)."),
        ("hour", 7.5, "has decimals; training saw whole numbers only."),
        ("open", "True", "is text; it was read as true."),
        ("open", 0, "is a number; it was read as false."),
        ("carrier", "UAA", "“UAA” was not seen in training; it was treated as a rare value. Did you mean UA?"),
        ("carrier", 5, "is a number; it was read as the text “5”. “5” was not seen in training; it was treated as a rare value."),
        ("day", "9999-12-31", "9999-12-31 is outside what training saw (2013-07-31 to 2013-07-31)."),
        ("day", "2013-07-31T14:30:00", "has a time of day; it was read as 2013-07-31."),
        ("at", "2013-07-31T14:30:00Z", "has a time zone and training had none; it was read as UTC."),
        (
            "at",
            "2013-07-31",
            "has no time of day; it was read as midnight. "
            "2013-07-31T00:00:00 is outside what training saw (2013-07-31T14:30:00 to 2013-07-31T14:30:00).",
        ),
        ("seen", "2013-07-31T14:30:00", "has no time zone; it was read as UTC."),
    ],
)
def test_a_value_that_had_to_be_interpreted_is_remarked_on(field: str, value: Any, remark: str):
    assert said(STRICT, **{field: value}) == [(f"rows.0.{field}", remark)]


def test_a_field_that_was_empty_in_training_may_be_null_and_may_be_missing_with_a_remark():
    row = {name: value for name, value in JSON.items() if name != "carrier"} | {"hour": None}

    assert coerce(LENIENT, [row]).warnings == (Remark("rows.0.carrier", "is missing; it was taken as empty."),)


def test_a_field_that_was_never_empty_may_not_be_missing():
    row = {name: value for name, value in JSON.items() if name != "carrier"}

    assert refusal(STRICT, row | {"CARRIER": "UA"}) == (
        "rows.1.carrier",
        "rows.1.carrier: is missing, and training never saw it empty. There is CARRIER: names are case-sensitive.\n"
        "rows.1.CARRIER: is no input of this model. Did you mean carrier?",
    )


def test_a_name_that_is_no_input_is_refused_and_a_column_of_the_dataset_is_ignored_with_a_remark():
    assert (refusal(STRICT, JSON | {"carier": "UA"}), said(STRICT, arr_delay=3)) == (
        ("rows.1.carier", "rows.1.carier: is no input of this model. Did you mean carrier?"),
        [("rows.0.arr_delay", "is not used by this model; it was ignored.")],
    )


def test_a_row_must_be_an_object():
    assert refusal(STRICT, [1, 2]) == ("rows.1", "rows.1: is not an object of fields and values.")


def test_more_rows_than_the_limit_are_refused():
    with pytest.raises(TooLarge, match="10,001 rows at once"):
        coerce(STRICT, [JSON] * 10_001)


def test_problems_and_warnings_are_listed_up_to_a_limit():
    with pytest.raises(Invalid) as caught:
        coerce(STRICT, [{}] * 10_000)
    warnings = coerce(STRICT, [JSON | {"hour": 99}] * 1_500).warnings

    assert (len(caught.value.message.splitlines()), len(warnings), warnings[-1]) == (
        20,
        1_001,
        Remark("rows", "500 more warnings of this sort are not listed."),
    )


def test_a_schema_survives_json():
    assert Schema.from_json(STRICT.to_json()) == STRICT


def test_a_column_that_no_model_can_use_is_refused():
    with pytest.raises(Invalid, match="parts is a nested column, which no model can use"):
        learn([Column("parts", "STRUCT(a INTEGER)")], pa.table({"parts": [{"a": 1}]}))


def test_values_that_are_not_text_but_have_a_text_form_are_categories():
    table = pa.table({"id": pa.array([b"0123456789abcdef"], pa.uuid())})

    assert learn([Column("id", "UUID")], table).fields[0].levels == ("30313233-3435-3637-3839-616263646566",)


moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))
ROWS = st.lists(
    st.fixed_dictionaries({
        "hour": st.none() | st.integers(-(2**53), 2**53),
        "price": st.none() | st.decimals(-9_999_999, 9_999_999, places=2),
        "open": st.none() | st.booleans(),
        "carrier": st.none() | st.sampled_from(["UA", "AA", "", "B6", "ü"]),
        "day": st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1)),
        "at": st.none() | moments,
        "seen": st.none() | moments.map(lambda moment: moment.replace(tzinfo=UTC)),
        "alarm": st.none() | st.times(),
    }),
    min_size=1,
    max_size=30,
)  # fmt: skip


def cells_of(column: np.ndarray | Categories) -> list[Any]:
    if isinstance(column, Categories):
        return [None if place < 0 else column.levels[place] for place in column.places]
    return [repr(value) for value in column.tolist()]


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_a_table_and_its_rows_come_to_the_same_cells_and_the_same_numbers(rows: list[dict[str, Any]]):
    table = pa.Table.from_pylist([*rows, dict.fromkeys(FULL)], schema=TYPES)
    schema = learn(COLUMNS, table)
    whole = frame(schema, table)
    cells = coerce(schema, table.to_pylist()).cells
    encoder = Encoder.from_json(Encoder.fit(schema, whole).to_json())

    by_row = [[repr(v) if isinstance(v, float) else v for v in column] for column in zip(*cells, strict=True)]
    assert [cells_of(column) for column in whole.columns] == by_row
    np.testing.assert_array_equal(encoder.matrix(whole), np.array([encoder.row(row) for row in cells]))


def test_infinity_in_a_table_is_taken_as_empty():
    schema = learn([Column("x", "DOUBLE")], pa.table({"x": [1.0, math.inf, 1e300]}))

    assert (schema.fields[0].nullable, schema.fields[0].high) == (True, 1.0)


def categories(*values: str | None) -> Frame:
    table = pa.table({"c": pa.array(values, pa.string())})
    return frame(learn([Column("c", "VARCHAR")], table), table)


def test_rare_and_unseen_values_share_one_place():
    schema = learn([Column("c", "VARCHAR")], pa.table({"c": ["a"] * 6 + ["b"] * 5 + ["c"]}))
    encoder = Encoder.fit(schema, categories(*["a"] * 6, *["b"] * 5, "c"))

    assert (encoder.sizes, encoder.matrix(categories("a", "b", "c", "new", None)).ravel().tolist()[:4]) == ((3,), [0.0, 1.0, 2.0, 2.0])


def test_only_the_commonest_levels_keep_a_place_of_their_own():
    schema = learn([Column("c", "VARCHAR")], pa.table({"c": ["a"]}))

    assert Encoder.fit(schema, categories(*[f"level {n}" for n in range(300)] * 5)).sizes == (255,)


def test_the_place_for_other_values_is_always_learned():
    matrix = np.zeros((1000, 2))
    taught = with_rare(matrix, (3, 0), seed=1)

    assert ((taught[:, 0] == 2).sum(), taught[:, 1].sum(), matrix.sum()) == (10, 0, 0)


def test_a_moment_becomes_days_and_calendar_parts():
    table = pa.table({"at": pa.array([datetime(1969, 12, 31, 23, 59, 59)], pa.timestamp("us"))})
    schema = learn([Column("at", "TIMESTAMP")], table)
    encoder = Encoder.fit(schema, frame(schema, table))

    assert dict(zip(encoder.columns, encoder.matrix(frame(schema, table))[0].tolist(), strict=True)) == {
        "at.days": -1 / 86_400, "at.month": 12.0, "at.day": 31.0, "at.weekday": 2.0, "at.hour": 23.0,
    }  # fmt: skip
