"""Linear models: ridge regression for numbers, logistic regression for classes.

Numbers are scaled to mean 0 and deviation 1; null takes the mean and a term of its own; every level of a category has a
term, so have the rest and null. What is kept of the fit is a table of terms, so that an answer is a sum of look-ups and its
explanation is the sum itself.

The penalty grows with the rows for numbers (a thousandth of them: columns that say the same share the effect instead of
blowing up against each other) and is ten for a level (as if ten more of its rows had been average).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.ml.frames import Floats
from core.ml.models import Lesson, Tick
from core.ml.tasks import Task

_FILE = "model.json"
_MOST_ITERATIONS = 300
_LEVEL_PENALTY = 10.0


@dataclass(frozen=True, slots=True)
class Term:
    """Of one matrix column. A number: (value - *mean*) / *scale* times weights[0], or weights[1] when it is null.

    A category (*size* above 0): the weights of its place, of which the last is for null. *typical* is the mean effect in training.
    """

    mean: float
    scale: float
    size: int
    weights: Floats
    typical: Floats

    def effects(self, values: Floats) -> Floats:
        """Of shape (rows, outputs)."""
        null = np.isnan(values)
        if self.size:
            found: Floats = self.weights[np.where(null, self.size, values).astype(np.int64)]
            return found
        scaled = (np.where(null, self.mean, values) - self.mean) / self.scale
        effects: Floats = np.where(null[:, None], self.weights[1], scaled[:, None] * self.weights[0])
        return effects


@dataclass(frozen=True, slots=True)
class Linear:
    task: Task
    intercept: Floats
    terms: tuple[Term, ...]

    @property
    def steps(self) -> int | None:
        return None

    def answers(self, matrix: Floats) -> Floats:
        margins = self.margins(matrix)
        if self.task is Task.REGRESSION:
            return margins[:, 0]
        if self.task is Task.BINARY:
            second = _sigmoid(margins[:, 0])
            return np.column_stack([1.0 - second, second])
        powers = np.exp(margins - margins.max(axis=1, keepdims=True))
        shares: Floats = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def margins(self, matrix: Floats) -> Floats:
        found = np.tile(self.intercept, (len(matrix), 1))
        for column, term in enumerate(self.terms):
            found += term.effects(matrix[:, column])
        return found

    def contributions(self, matrix: Floats) -> Floats:
        """How far each value moves the answer from that of the average row: exact for a sum."""
        found = np.empty((len(matrix), len(self.intercept), len(self.terms) + 1))
        found[:, :, -1] = self.intercept + sum(term.typical for term in self.terms)
        for column, term in enumerate(self.terms):
            found[:, :, column] = term.effects(matrix[:, column]) - term.typical
        return found

    def files(self) -> dict[str, bytes]:
        terms = [
            {"mean": t.mean, "scale": t.scale, "size": t.size, "weights": t.weights.tolist(), "typical": t.typical.tolist()}
            for t in self.terms
        ]
        return {_FILE: json.dumps({"task": self.task, "intercept": self.intercept.tolist(), "terms": terms}).encode()}


def load(files: Mapping[str, bytes]) -> Linear:
    saved = json.loads(files[_FILE])
    terms = (Term(t["mean"], t["scale"], t["size"], np.array(t["weights"]), np.array(t["typical"])) for t in saved["terms"])
    return Linear(Task(saved["task"]), np.array(saved["intercept"]), tuple(terms))


def fit(lesson: Lesson) -> Linear:
    penalty = len(lesson.truth) / 1000.0
    dummy = float(np.sqrt(penalty / _LEVEL_PENALTY))  # what stands for 1 in the design gives the levels a penalty of their own
    design, scales = _design(lesson.matrix, lesson.sizes, dummy)
    weights, intercept = (_ridge if lesson.task is Task.REGRESSION else _logistic)(design, lesson, penalty)
    terms, at = [], 0
    for column, (size, (mean, scale)) in enumerate(zip(lesson.sizes, scales, strict=True)):
        width = size + 1 if size else 2
        found = weights[at : at + width] * (dummy if size else np.array([[1.0], [dummy]]))
        plain = Term(mean, scale, size, found, np.zeros(len(intercept)))
        terms.append(replace(plain, typical=plain.effects(lesson.matrix[:, column]).mean(axis=0)))
        at += width
    return Linear(lesson.task, intercept, tuple(terms))


def _design(matrix: Floats, sizes: Sequence[int], dummy: float) -> tuple[Any, list[tuple[float, float]]]:
    """The sparse matrix of all terms, and mean and scale of each column: two terms per number, one per place (and null) of a category."""
    # A web worker that only predicts does without it, and it ships no types.
    from scipy import sparse  # type: ignore[import-untyped]  # noqa: PLC0415

    rows = np.arange(len(matrix))
    parts, scales = [], []
    for values, size in zip(matrix.T, sizes, strict=True):
        null = np.isnan(values)
        if size:
            places = np.where(null, size, values).astype(np.int64)
            parts.append(sparse.csr_array((np.full(len(rows), dummy), (rows, places)), shape=(len(rows), size + 1)))
            scales.append((0.0, 1.0))
            continue
        mean = float(values[~null].mean()) if not null.all() else 0.0
        scale = (float(values[~null].std()) if not null.all() else 0.0) or 1.0
        scaled = (np.where(null, mean, values) - mean) / scale
        parts.append(sparse.csr_array(np.column_stack([scaled, null * dummy])))
        scales.append((mean, scale))
    return sparse.hstack(parts, format="csr"), scales


def _ridge(design: Any, lesson: Lesson, penalty: float) -> tuple[Floats, Floats]:
    """The normal equations: exact, and for a few hundred terms far quicker than an iteration."""
    middle = np.asarray(design.mean(axis=0)).ravel()
    rows = len(lesson.truth)
    products = (design.T @ design).toarray() - rows * np.outer(middle, middle)
    targets = design.T @ (lesson.truth - lesson.truth.mean())
    weights = np.linalg.solve(products + penalty * np.eye(len(middle)), targets)
    lesson.tick(1, 1, None)
    return weights[:, None], np.array([lesson.truth.mean() - middle @ weights])


def _logistic(design: Any, lesson: Lesson, penalty: float) -> tuple[Floats, Floats]:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - only a training needs it

    model = LogisticRegression(C=1.0 / penalty, max_iter=_MOST_ITERATIONS)
    model.set_callbacks(_Ticking(lesson.tick))
    fitted = model.fit(design, lesson.truth)
    return fitted.coef_.T, fitted.intercept_


def _sigmoid(margin: Floats) -> Floats:
    small = np.exp(-np.abs(margin))
    return np.where(margin >= 0, 1.0 / (1.0 + small), small / (1.0 + small))


class _Ticking:
    """scikit-learn's protocol of a callback; an iteration of L-BFGS is a task."""

    def __init__(self, tick: Tick) -> None:
        self._tick = tick
        self._done = 0

    def setup(self, estimator: Any, context: Any) -> None: ...

    def teardown(self, estimator: Any, context: Any) -> None: ...

    def on_fit_task_begin(self, estimator: Any, context: Any, **_: Any) -> None: ...

    def on_fit_task_end(self, estimator: Any, context: Any, **_: Any) -> bool:
        self._done += 1
        self._tick(min(self._done, _MOST_ITERATIONS), _MOST_ITERATIONS, None)
        return False
