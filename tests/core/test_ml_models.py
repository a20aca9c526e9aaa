"""Every family learns, answers one row as it answers many, explains in sums, and survives its files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression, Ridge

from core.errors import Cancelled, Invalid
from core.ml.models import FAMILIES, Lesson, family
from core.ml.tasks import Task

ROWS = 400
CASES = [(task, name) for task in Task for name in FAMILIES]


def lesson(task: Task, **changes: Any) -> Lesson:
    """Two numbers (one with nulls) and a category of four places (with nulls) decide."""
    random = np.random.default_rng(3)
    matrix = np.column_stack([random.normal(5, 3, ROWS), random.normal(0, 1, ROWS), random.integers(0, 4, ROWS)]).astype(np.float64)
    signal = matrix[:, 0] - 2 * matrix[:, 1] + np.array([0.0, 4.0, -4.0, 1.0])[matrix[:, 2].astype(int)]
    matrix[::17, 1] = np.nan
    matrix[::23, 2] = np.nan
    truth = {
        Task.REGRESSION: signal,
        Task.BINARY: (signal > np.median(signal)).astype(np.float64),
        Task.MULTICLASS: np.digitize(signal, np.quantile(signal, [0.33, 0.66])).astype(np.float64),
    }[task]
    classes = {Task.REGRESSION: 0, Task.BINARY: 2, Task.MULTICLASS: 3}[task]
    return Lesson(**{
        "matrix": matrix, "truth": truth, "sizes": (0, 0, 4), "task": task, "classes": classes, "tick": lambda *_: None, "steps": 30,
    } | changes)  # fmt: skip


@pytest.mark.parametrize(("task", "name"), CASES)
def test_one_row_is_answered_as_in_the_batch_and_as_before_saving(task: Task, name: str):
    given = lesson(task)
    model = FAMILIES[name].code.fit(given)
    loaded = FAMILIES[name].code.load(model.files())

    batch = model.answers(given.matrix)
    single = np.concatenate([loaded.answers(given.matrix[row : row + 1]) for row in range(ROWS)])
    if name == "linear":
        np.testing.assert_allclose(single, batch, rtol=1e-12)
    else:
        np.testing.assert_array_equal(single, batch)
    assert loaded.steps == model.steps


@pytest.mark.parametrize(("task", "name"), CASES)
def test_contributions_add_up_to_the_answer(task: Task, name: str):
    given = lesson(task)
    model = FAMILIES[name].code.fit(given)
    margins = model.contributions(given.matrix).sum(axis=2)

    answers = {
        Task.REGRESSION: margins[:, 0],
        Task.BINARY: np.column_stack([1 - expit(margins[:, 0]), expit(margins[:, 0])]),
        Task.MULTICLASS: softmax(margins, axis=1) if margins.shape[1] == 3 else margins,
    }[task]
    np.testing.assert_allclose(answers, model.answers(given.matrix), atol=1e-4)


@pytest.mark.parametrize("task", Task)
@pytest.mark.parametrize("name", ["linear", "xgboost"])
def test_a_family_beats_the_dummy(task: Task, name: str):
    given = lesson(task)

    def loss(family: str) -> float:
        answers = FAMILIES[family].code.fit(given).answers(given.matrix)
        if task is Task.REGRESSION:
            return float(((answers - given.truth) ** 2).mean())
        return float(-np.log(answers[np.arange(ROWS), given.truth.astype(int)]).mean())

    assert loss(name) < 0.6 * loss("dummy")


def plain_design(given: Lesson) -> np.ndarray:
    """What the linear model is a regression on, written out: scaled numbers, null flags and levels weighed for their penalty."""
    weight = np.sqrt(ROWS / 1000 / 10)
    columns = []
    for values, size in zip(given.matrix.T, given.sizes, strict=True):
        null = np.isnan(values)
        if size:
            columns += [weight * (np.where(null, size, values) == place) for place in range(size + 1)]
        else:
            columns += [np.where(null, 0, (values - np.nanmean(values)) / np.nanstd(values)), weight * null]
    return np.column_stack(columns)


def test_the_ridge_regression_is_that_of_scikit_learn():
    given = lesson(Task.REGRESSION)
    design = plain_design(given)
    theirs = Ridge(alpha=ROWS / 1000).fit(design, given.truth).predict(design)

    np.testing.assert_allclose(FAMILIES["linear"].code.fit(given).answers(given.matrix), theirs, rtol=1e-9)


@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS])
def test_the_table_of_terms_answers_as_the_pipeline_of_scikit_learn_does(task: Task):
    given = lesson(task)
    design = plain_design(given)
    theirs = LogisticRegression(C=1000 / ROWS, max_iter=300).fit(design, given.truth).predict_proba(design)

    np.testing.assert_allclose(FAMILIES["linear"].code.fit(given).answers(given.matrix), theirs, atol=2e-3)


def test_held_out_rows_stop_the_trees():
    random = np.random.default_rng(1)
    noise = lesson(Task.BINARY, truth=random.integers(0, 2, ROWS).astype(np.float64), held_out=np.arange(0, ROWS, 5), steps=None)

    assert 1 <= (FAMILIES["xgboost"].code.fit(noise).steps or 0) < 50


def test_contributions_leave_out_the_rounds_behind_the_best_one():
    given = lesson(Task.REGRESSION, held_out=np.arange(0, ROWS, 5), steps=None, truth=np.random.default_rng(2).normal(size=ROWS))
    model = FAMILIES["xgboost"].code.fit(given)

    np.testing.assert_allclose(model.contributions(given.matrix).sum(axis=2), model.margins(given.matrix), atol=1e-4)


@pytest.mark.parametrize(("name", "task"), [("xgboost", Task.REGRESSION), ("linear", Task.BINARY), ("linear", Task.REGRESSION)])
def test_a_fit_tells_its_steps_and_can_be_stopped_at_any(name: str, task: Task):
    def stop(steps: int, most: int, score: float | None) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        FAMILIES[name].code.fit(lesson(task, tick=stop))


def test_more_classes_and_more_rows_take_fewer_and_larger_steps():
    from core.ml.boosting import most_steps, step_size

    few, many = lesson(Task.MULTICLASS), lesson(Task.MULTICLASS, classes=50)
    large = lesson(Task.REGRESSION, truth=np.zeros(100_001))

    assert [(most_steps(each), step_size(each)) for each in (few, many, large)] == [(500, 0.1), (100, 0.2), (300, 0.2)]


def test_a_number_without_any_value_and_one_that_never_changes_do_no_harm():
    matrix = np.column_stack([np.full(ROWS, np.nan), np.full(ROWS, 2.0), np.arange(ROWS, dtype=np.float64)])
    given = lesson(Task.REGRESSION, matrix=matrix, sizes=(0, 0, 0), truth=matrix[:, 2])

    assert np.isfinite(FAMILIES["linear"].code.fit(given).answers(matrix)).all()


def test_a_family_that_is_not_there_is_refused_with_a_hint():
    with pytest.raises(Invalid, match=r"There is no model family xgbost\. Did you mean xgboost\?"):
        family("xgbost")
