"""XGBoost: trees one after another on binned values, stopped when held-out rows get no better.

Booster and DMatrix are used directly: the labels of a fold need not be complete, and one row is answered without building a
DMatrix, to the same bit (tests compare). Nulls and categories are XGBoost's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from core.ml.frames import SEED, Floats, Ints
from core.ml.models import Lesson, Tick
from core.ml.tasks import Task

_FILE = "model.ubj"
_PATIENCE = 30
_LARGE = 100_000
_OBJECTIVES = {
    Task.BINARY: ("binary:logistic", "logloss"),
    Task.MULTICLASS: ("multi:softprob", "mlogloss"),
    Task.REGRESSION: ("reg:squarederror", "rmse"),
}


@dataclass(frozen=True, slots=True)
class Boosted:
    """The first *steps* rounds of *booster* (early stopping leaves rounds behind the best one, which contributions would count)."""

    booster: xgb.Booster
    steps: int
    task: Task
    threads: int = 1  # a row is answered in less time than it takes to wake another thread

    def answers(self, matrix: Floats) -> Floats:
        found = self.booster.inplace_predict(_narrow(matrix), iteration_range=(0, self.steps)).astype(np.float64)
        return np.column_stack([1.0 - found, found]) if self.task is Task.BINARY else found

    def margins(self, matrix: Floats) -> Floats:
        found = self.booster.inplace_predict(_narrow(matrix), iteration_range=(0, self.steps), predict_type="margin")
        return found.astype(np.float64).reshape(len(matrix), -1)

    def contributions(self, matrix: Floats) -> Floats:
        rows = xgb.DMatrix(_narrow(matrix), feature_types=self.booster.feature_types, enable_categorical=True, nthread=self.threads)
        found = self.booster.predict(rows, pred_contribs=True, iteration_range=(0, self.steps))
        return found.astype(np.float64).reshape(len(matrix), -1, matrix.shape[1] + 1)

    def files(self) -> dict[str, bytes]:
        self.booster.set_attr(steps=str(self.steps), task=self.task.value)
        return {_FILE: bytes(self.booster.save_raw("ubj"))}


def fit(lesson: Lesson) -> Boosted:
    objective, metric = _OBJECTIVES[lesson.task]
    settings = {
        "objective": objective,
        "eval_metric": metric,
        "eta": step_size(lesson),
        "max_depth": 6,
        "min_child_weight": 1 if lesson.task.is_classification else 5,
        "subsample": 0.9,
        "colsample_bytree": 0.9,
        "tree_method": "hist",
        "max_bin": 256,
        "nthread": lesson.threads,
        "seed": SEED,
    }
    if lesson.task is Task.MULTICLASS:
        settings["num_class"] = lesson.classes
    most = lesson.steps or most_steps(lesson)
    learned = np.ones(len(lesson.truth), dtype=bool)
    if lesson.held_out is not None:
        learned[lesson.held_out] = False
    rows = _rows(lesson, np.flatnonzero(learned), None)
    watched = [(_rows(lesson, lesson.held_out, rows), "held_out")] if lesson.held_out is not None else []
    callbacks: list[Any] = [_Ticking(lesson.tick, most)]
    if watched:
        callbacks.append(xgb.callback.EarlyStopping(rounds=_PATIENCE))
    booster = xgb.train(settings, rows, most, evals=watched, callbacks=callbacks, verbose_eval=False)
    steps = booster.best_iteration + 1 if watched else booster.num_boosted_rounds()
    return Boosted(booster, steps, lesson.task, lesson.threads)


def load(files: Mapping[str, bytes]) -> Boosted:
    booster = xgb.Booster(model_file=bytearray(files[_FILE]))
    booster.set_param({"nthread": 1})
    return Boosted(booster, int(booster.attr("steps") or 0), Task(booster.attr("task") or ""))


def step_size(lesson: Lesson) -> float:
    """Large tables and many classes take larger steps: nearly the same score in half the rounds."""
    return 0.2 if len(lesson.truth) > _LARGE or lesson.classes > 3 else 0.1


def most_steps(lesson: Lesson) -> int:
    """Each round grows one tree per class, so the more classes the fewer rounds."""
    if lesson.classes > 3:
        return max(100, 900 // lesson.classes)
    return 300 if len(lesson.truth) > _LARGE else 500


def _rows(lesson: Lesson, rows: Ints, reference: xgb.QuantileDMatrix | None) -> xgb.QuantileDMatrix:
    return xgb.QuantileDMatrix(
        _narrow(lesson.matrix[rows]),
        lesson.truth[rows],
        feature_types=["c" if size else "q" for size in lesson.sizes],
        enable_categorical=True,
        max_bin=256,
        nthread=lesson.threads,
        ref=reference,
    )


def _narrow(matrix: Floats) -> npt.NDArray[np.float32]:
    return matrix.astype(np.float32)


class _Ticking(xgb.callback.TrainingCallback):
    def __init__(self, tick: Tick, most: int) -> None:
        super().__init__()
        self._tick = tick
        self._most = most

    def after_iteration(self, model: xgb.Booster, epoch: int, evals_log: Any) -> bool:
        scores = [series[-1] for metric in evals_log.values() for series in metric.values()]
        self._tick(epoch + 1, self._most, float(scores[0]) if scores else None)
        return False
