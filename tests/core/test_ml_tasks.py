"""The task is found from the target, what stands against a column is measured, and refusals are in words."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from core.errors import Invalid
from core.ml.inspection import Advice, Findings, auc, inspect
from core.ml.tasks import Target, Task, target
from core.query.spec import Column
from tests.trained import tumour_table

ROWS = 600
RANDOM = np.random.default_rng(7)


def found(kind: str, values: list[Any], task: Task | None = None) -> Target:
    return target(Column("y", kind), pa.chunked_array([values]), task)


@pytest.mark.parametrize(
    ("kind", "values", "task", "classes"),
    [
        ("BOOLEAN", [True, False] * 50, Task.BINARY, (False, True)),
        ("VARCHAR", ["no", "yes"] * 50, Task.BINARY, ("no", "yes")),
        ("VARCHAR", ["a", "b", "c"] * 50, Task.MULTICLASS, ("a", "b", "c")),
        ("BIGINT", [0, 1] * 50, Task.BINARY, (0, 1)),
        ("BIGINT", [3, 1, 2] * 50, Task.MULTICLASS, (1, 2, 3)),
        ("BIGINT", list(range(11)) * 50, Task.REGRESSION, ()),
        ("DOUBLE", [0.0, 1.0] * 50, Task.BINARY, (0.0, 1.0)),
        ("DOUBLE", [0.5, 1.0, 1.5] * 50, Task.REGRESSION, ()),
        ("DECIMAL(4,2)", [Decimal("0.50"), Decimal("1.25"), Decimal("3.00")] * 50, Task.REGRESSION, ()),
    ],
)
def test_the_task_follows_from_the_values(kind: str, values: list[Any], task: Task, classes: tuple[Any, ...]):
    chosen = found(kind, values)

    assert (chosen.task, chosen.classes, [type(label) for label in chosen.classes]) == (task, classes, [type(each) for each in classes])


def test_a_task_that_was_asked_for_is_taken_where_it_makes_sense():
    assert (found("BIGINT", list(range(20)) * 5, Task.MULTICLASS).task, found("BIGINT", [1, 2, 3] * 50, Task.REGRESSION).task) == (
        Task.MULTICLASS,
        Task.REGRESSION,
    )


@pytest.mark.parametrize(
    ("kind", "values", "task", "reason"),
    [
        ("DOUBLE", [1.0] * 90, None, "y has the same value in every row"),
        ("DOUBLE", [None] * 90, None, "y is empty in every row"),
        ("DOUBLE", [math.inf, math.nan] * 90, None, "y is empty in every row"),
        ("DOUBLE", [0.0, 1.0] * 20, None, "Only 40 rows have a y; training needs at least 50."),
        ("DOUBLE", [1.0], None, "Only 1 row has a y; training needs at least 50."),
        ("DOUBLE", [n * 1e199 for n in range(90)], None, "y holds numbers as large as 8.9e+200; up to 1e+15 can be estimated."),
        ("VARCHAR", [f"v{n}" for n in range(51)] * 5, None, "y has 51 different values; at most 50 classes can be told apart."),
        ("VARCHAR", [f"v{n}" for n in range(300)], None, "Fewer than two values of y stand in 5 rows or more"),
        ("VARCHAR", [*(f"v{n}" for n in range(99)), *["a", "b"] * 9], None, "y has 101 different values, nearly all of them rare."),
        ("VARCHAR", ["a", "b"] * 50, Task.REGRESSION, "y holds text, so it cannot be estimated as a number."),
        ("DATE", [date(2013, 1, 1), date(2013, 1, 2)] * 50, None, "y is a date column; a target is a number"),
        ("STRUCT(a INTEGER)", [{"a": 1}] * 50, None, "y is a nested column; a target is a number"),
    ],
)
def test_a_target_from_which_nothing_can_be_learned_is_refused(kind: str, values: list[Any], task: Task | None, reason: str):
    with pytest.raises(Invalid) as caught:
        found(kind, pa.array(values), task)

    assert (caught.value.field, caught.value.message.startswith(reason)) == ("target", True), caught.value.message


def test_rows_without_a_target_and_of_rare_classes_are_left_out_and_said_so():
    values = pa.chunked_array([["a", "b"] * 40 + ["c"] * 2 + [None] * 3])
    chosen = target(Column("y", "VARCHAR"), values)
    kept, truth = chosen.read(values)

    assert (chosen.warnings, kept.tolist(), truth.tolist()) == (
        (
            "3 rows have no y and are left out.",
            "c stands in 2 rows only; a class needs 5, so these rows are left out.",
        ),
        [True] * 80 + [False] * 5,
        [0.0, 1.0] * 40,
    )


@pytest.mark.parametrize(
    ("rare", "said"),
    [
        (["c"], ["c stands in 1 row only; a class needs 5, so it is left out."]),
        (
            ["c", "d", "d", "e", "f"],
            ["4 values of y stand in fewer than 5 rows each (c, d, e, …): too few for a class, so these 5 rows are left out."],
        ),
    ],
)
def test_many_rare_classes_are_said_in_one_sentence(rare: list[str], said: list[str]):
    assert list(found("VARCHAR", pa.array(["a", "b"] * 40 + rare)).warnings) == said


def inspected(goal: str, of: str, columns: dict[str, tuple[str, Any]]) -> Findings:
    names = [Column(name, kind) for name, (kind, _) in columns.items()]
    table = pa.table({name: values for name, (_, values) in columns.items()})
    return inspect(names, table, target(Column(goal, of), table[goal]))


def advice(findings: Findings) -> dict[str, Advice]:
    return {feature.name: feature.advice for feature in findings.features}


def test_leaks_identifiers_and_columns_that_say_nothing_are_found_by_measurement():
    y = RANDOM.lognormal(size=ROWS)
    group = RANDOM.integers(0, 6, ROWS)
    findings = inspected("y", "DOUBLE", {
        "y": ("DOUBLE", y),
        "in cents": ("DOUBLE", y * 100),
        "roughly y": ("DOUBLE", y + RANDOM.normal(0, 0.4, ROWS)),
        "noise": ("DOUBLE", RANDOM.normal(size=ROWS)),
        "measured": ("DOUBLE", RANDOM.normal(size=ROWS)),
        "group": ("VARCHAR", [f"g{each}" for each in group]),
        "row": ("BIGINT", np.arange(ROWS) + 1000),
        "sparse number": ("BIGINT", RANDOM.choice(10**9, ROWS, replace=False)),
        "amount": ("BIGINT", (np.sqrt(y) * 10**9).astype(np.int64) + RANDOM.choice(10**9, ROWS, replace=False)),
        "note": ("VARCHAR", [f"note {n}" for n in range(ROWS)]),
        "same": ("BIGINT", [1] * ROWS),
        "empty": ("DOUBLE", pa.nulls(ROWS, pa.float64())),
        "mostly empty": ("DOUBLE", [1.0, *[None] * 2] * (ROWS // 3)),
        "parts": ("STRUCT(a INTEGER)", [{"a": 1}] * ROWS),
    })  # fmt: skip

    assert advice(findings) == {
        "in cents": Advice.LEAVE_OUT, "roughly y": Advice.USE, "noise": Advice.USE, "measured": Advice.USE, "group": Advice.USE,
        "row": Advice.LEAVE_OUT, "sparse number": Advice.LEAVE_OUT, "amount": Advice.USE,
        "note": Advice.LEAVE_OUT, "same": Advice.LEAVE_OUT,
        "empty": Advice.LEAVE_OUT, "mostly empty": Advice.USE, "parts": Advice.LEAVE_OUT,
    }  # fmt: skip


def test_what_stands_against_a_column_is_said_with_its_number():
    y = np.arange(ROWS) % 7 == 0
    findings = inspected("y", "BOOLEAN", {
        "y": ("BOOLEAN", y),
        "outcome": ("VARCHAR", np.where(y, "paid", "open")),
        "row": ("BIGINT", np.arange(ROWS)),
        "half": ("DOUBLE", [1.0, None] * (ROWS // 2)),
    })  # fmt: skip

    assert {feature.name: feature.warnings for feature in findings.features} == {
        "outcome": (
            "This column alone predicts y with AUC 1.00. It probably says what is only known afterwards, or the same in other words.",
        ),
        "row": ("Looks like an identifier: 600 different values in 600 rows.",),
        "half": ("50% of its values are empty.",),
    }


def test_infinite_values_are_counted_and_said_to_be_taken_as_empty():
    ratio = np.where(np.arange(ROWS) % 4 == 0, np.inf, RANDOM.normal(size=ROWS))
    findings = inspected("y", "DOUBLE", {"y": ("DOUBLE", RANDOM.normal(size=ROWS)), "ratio": ("DOUBLE", ratio)})

    assert findings.features[0].warnings == ("150 of its values are infinite; they are taken as empty.",)


def test_that_a_value_is_missing_can_be_a_leak_too():
    y = RANDOM.integers(0, 2, ROWS)
    findings = inspected("y", "BIGINT", {
        "y": ("BIGINT", y), "closed": ("TIMESTAMP", pa.array(np.where(y, 1_000_000, None), pa.timestamp("us"))),
    })  # fmt: skip

    assert (advice(findings), findings.warnings) == ({"closed": Advice.LEAVE_OUT}, ())


def test_a_column_of_time_is_pointed_out_because_folds_are_shuffled():
    days = pa.array(np.arange(ROWS) // 2, pa.int32()).cast(pa.date32())
    findings = inspected("y", "DOUBLE", {"y": ("DOUBLE", RANDOM.normal(size=ROWS)), "day": ("DATE", days)})

    assert findings.warnings == (
        "Rows are shuffled into folds. If you mean to predict the future, scores may flatter: day orders the rows in time.",
    )


def test_a_strong_but_honest_column_is_to_be_checked_and_used():
    table = tumour_table()
    columns = [Column(name, "BOOLEAN" if name == "malignant" else "DOUBLE") for name in table.column_names]
    findings = inspect(columns, table, target(columns[-1], table["malignant"]))
    scores = {feature.name: round(feature.score or 0, 2) for feature in findings.features}

    assert (set(findings.advised), scores["mean_concave_points"] >= 0.95, advice(findings)["mean_concave_points"]) == (
        set(table.column_names) - {"malignant"},
        True,
        Advice.CHECK,
    )


def test_noise_alone_predicts_nothing():
    names = pa.array(RANDOM.integers(0, 200, ROWS).astype(str))
    findings = inspected("y", "BIGINT", {"y": ("BIGINT", RANDOM.integers(0, 2, ROWS)), "who": ("VARCHAR", names)})

    assert findings.features[0].score == pytest.approx(0.5, abs=0.06)


def test_the_area_under_the_curve_counts_ties_half_and_is_a_half_without_two_classes():
    truth, score = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.5, 0.5, 0.9])

    assert (auc(truth, score), auc(truth, np.zeros(4)), auc(np.ones(4), score)) == (0.875, 0.5, 0.5)
