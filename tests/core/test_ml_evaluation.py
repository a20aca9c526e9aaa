"""Metrics are those of scikit-learn, intervals cover, pictures are small, explanations are in the dataset's columns."""

from __future__ import annotations

import json
import math

import numpy as np
import pyarrow as pa
import pytest
from sklearn import metrics

from core.errors import AstralytiqError
from core.ml import evaluation, explanation
from core.ml.encoding import Encoder
from core.ml.frames import Floats
from core.ml.models import FAMILIES, Lesson
from core.ml.schema import frame, learn
from core.ml.tasks import Target, Task
from core.query.spec import Column

RANDOM = np.random.default_rng(11)


def rest(_: float) -> None:
    """Nobody watches."""


def a_target(task: Task, *classes: str) -> Target:
    return Target("y", task, classes, 0, 0, {})


def shares(rows: int, classes: int) -> Floats:
    found = RANDOM.gamma(1.0, size=(rows, classes))
    return found / found.sum(axis=1, keepdims=True)


def values(task: Task, classes: tuple[str, ...], truth: Floats, guesses: Floats) -> dict[str, float]:
    return {name: score.value for name, score in evaluation.scores(a_target(task, *classes), truth, guesses, rest).items()}


def test_regression_metrics_are_those_of_scikit_learn():
    truth = RANDOM.normal(size=300)
    guesses = truth + RANDOM.normal(0, 0.5, 300)

    assert values(Task.REGRESSION, (), truth, guesses) == pytest.approx({
        "r2": metrics.r2_score(truth, guesses), "mae": metrics.mean_absolute_error(truth, guesses),
        "rmse": math.sqrt(metrics.mean_squared_error(truth, guesses)), "median_error": metrics.median_absolute_error(truth, guesses),
    })  # fmt: skip


def test_binary_metrics_are_those_of_scikit_learn():
    truth = RANDOM.integers(0, 2, 300).astype(np.float64)
    guesses = shares(300, 2).round(2)  # with ties
    guesses[:, 0] = 1 - guesses[:, 1]
    label = guesses.argmax(axis=1)

    assert values(Task.BINARY, ("a", "b"), truth, guesses) == pytest.approx({
        "auc": metrics.roc_auc_score(truth, guesses[:, 1]), "average_precision": metrics.average_precision_score(truth, guesses[:, 1]),
        "accuracy": metrics.accuracy_score(truth, label), "balanced_accuracy": metrics.balanced_accuracy_score(truth, label),
        "f1": metrics.f1_score(truth, label), "log_loss": metrics.log_loss(truth, np.clip(guesses, 1e-15, 1)),
    })  # fmt: skip


def test_multiclass_metrics_are_those_of_scikit_learn():
    truth = RANDOM.integers(0, 3, 300).astype(np.float64)
    guesses = shares(300, 3)
    label = guesses.argmax(axis=1)

    assert values(Task.MULTICLASS, ("a", "b", "c"), truth, guesses) == pytest.approx({
        "auc": metrics.roc_auc_score(truth, guesses, multi_class="ovr"), "accuracy": metrics.accuracy_score(truth, label),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, label), "f1": metrics.f1_score(truth, label, average="macro"),
        "log_loss": metrics.log_loss(truth, guesses),
    })  # fmt: skip


def test_the_interval_covers_what_is_true_in_about_19_of_20_samples():
    covered = 0
    for draw in range(100):
        random = np.random.default_rng(draw)
        errors = random.normal(size=400)
        score = evaluation.scores(a_target(Task.REGRESSION), errors, np.zeros(400), rest)["rmse"]
        covered += score.low <= 1.0 <= score.high

    assert 88 <= covered <= 100


def test_the_interval_of_many_rows_is_drawn_from_some_and_as_narrow_as_all_would_make_it():
    rows = 40_000
    score = evaluation.scores(a_target(Task.REGRESSION), RANDOM.normal(size=rows), np.zeros(rows), rest)["rmse"]

    assert score.high - score.low == pytest.approx(2 * 1.96 / math.sqrt(2 * rows), rel=0.3)


def test_an_interval_whose_ends_lie_apart_by_magnitudes_keeps_the_digits_of_the_small_one():
    random = np.random.default_rng(1)
    truth = random.normal(size=300)
    guesses = truth + random.normal(size=300) * 0.5
    guesses[7] = 1e9  # in a third of the draws it is not there
    found = evaluation.scores(Target("t", Task.REGRESSION, (), 300, 0, {}), truth, guesses, lambda _: None)["r2"]

    assert (found.value < -1e13, found.high == pytest.approx(0.77, abs=0.1)) == (True, True)


def test_the_pictures_of_a_classification_are_small_and_fit_json():
    truth = RANDOM.integers(0, 3, 5_000).astype(np.float64)
    found = evaluation.pictures(a_target(Task.MULTICLASS, "a", "b", "c"), truth, shares(5_000, 3), np.arange(5_000) + 7)

    assert {name: len(each) for name, each in found.items()} == {"classes": 3, "confusion": 2, "curves": 3, "worst": 20}
    assert (np.sum(found["confusion"]["counts"]), len(json.dumps(found)) < 60_000) == (5_000, True)


def test_curves_start_and_end_where_curves_do():
    truth = RANDOM.integers(0, 2, 900).astype(np.float64)
    curve = evaluation.pictures(a_target(Task.BINARY, "no", "yes"), truth, shares(900, 2), np.arange(900))["curves"][0]

    assert (curve["label"], curve["roc"][0], curve["roc"][-1], curve["pr"][-1]) == (
        "yes", [0.0, 0.0], [1.0, 1.0], [1.0, pytest.approx(truth.mean(), abs=1e-4)],
    )  # fmt: skip


def test_the_pictures_of_a_regression_count_every_row():
    truth = RANDOM.normal(size=1_000)
    found = evaluation.pictures(a_target(Task.REGRESSION), truth, truth * 0.5, np.arange(1_000))
    residuals = found["residuals"]

    assert (sum(residuals["counts"]) + residuals["outside"], sum(each["rows"] for each in found["bins"]), len(found["points"])) == (
        1_000, 1_000, 500,
    )  # fmt: skip


def test_the_worst_rows_carry_the_numbers_of_the_dataset():
    truth, guesses = np.zeros(100), np.zeros(100)
    guesses[42] = 9.0
    found = evaluation.pictures(a_target(Task.REGRESSION), truth, guesses, np.arange(1_000, 1_100))

    assert found["worst"][0] == {"row": 1_042, "actual": 0.0, "predicted": 9.0}


def day_model() -> tuple[explanation.Model, Encoder, pa.Table]:
    """A target that rises with a number and falls on one value of a category; the date says nothing."""
    table = pa.table({
        "x": RANDOM.normal(size=300), "c": RANDOM.choice(["a", "b"], 300), "day": pa.array(np.arange(300), pa.int32()).cast(pa.date32()),
    })  # fmt: skip
    truth = table["x"].to_numpy() * 3 - 5 * (table["c"].to_numpy(zero_copy_only=False) == "b")
    schema = learn(COLUMNS, table)
    encoder = Encoder.fit(schema, frame(schema, table))
    matrix = encoder.matrix(frame(schema, table))
    lesson = Lesson(matrix, truth, encoder.sizes, Task.REGRESSION, 0, lambda *_: None, steps=50)
    return FAMILIES["xgboost"].code.fit(lesson), encoder, table


COLUMNS = (Column("x", "DOUBLE"), Column("c", "VARCHAR"), Column("day", "DATE"))


def test_importance_is_in_the_columns_of_the_dataset_and_says_which_way_they_push():
    model, encoder, table = day_model()
    schema = learn(COLUMNS, table)
    found = explanation.importance(model, encoder, schema, frame(schema, table), rest)
    by_name = {each["field"]: each for each in found["fields"]}
    levels = {each["level"]: each["amount"] for each in by_name["c"]["levels"]}

    assert (found["rows"], found["fields"][2]["field"]) == (300, "day")
    assert (by_name["x"]["direction"] > 0.9, levels["a"] > 0 > levels["b"]) == (True, True)
    assert sum(each["share"] for each in found["fields"]) == pytest.approx(1)


def test_a_waterfall_goes_from_the_base_to_the_answer():
    model, encoder, _ = day_model()
    cells = (1.5, "b", 86_400.0)
    found = explanation.waterfall(model, encoder, a_target(Task.REGRESSION), cells, [1.5, "b", "1970-01-02"])

    assert found.base + sum(each.amount for each in found.contributions) == pytest.approx(found.total)
    assert found.total == pytest.approx(model.answers(np.array([encoder.row(cells)]))[0], abs=1e-4)
    assert [(each.field, each.value) for each in found.contributions][-1] == ("day", "1970-01-02")


def test_contributions_that_do_not_add_up_are_not_shown():
    model, encoder, table = day_model()

    class Liar:
        steps = None
        answers, files, margins = model.answers, model.files, model.margins

        def contributions(self, matrix: Floats) -> Floats:
            return model.contributions(matrix) + 0.01

    schema = learn(COLUMNS, table)
    with pytest.raises(AstralytiqError, match="do not add up"):
        explanation.contributions(Liar(), encoder, encoder.matrix(frame(schema, table)))
