"""What a model is worth: metrics on answers for rows it did not see, each with a 95 % interval, and the pictures beside them.

The interval is a percentile bootstrap over rows (200 draws). Above 10,000 rows each draw takes 10,000 of them and its
deviation is scaled by the square root of the share (m-out-of-n bootstrap). It covers which rows happened to be in the table,
not how another training would have come out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.ml.frames import SEED, Floats, Ints
from core.ml.inspection import auc
from core.ml.tasks import Target, Task

DRAWS = 200
DRAWN_ROWS = 10_000
POINTS = 200
_MOST_CURVES = 10


@dataclass(frozen=True, slots=True)
class Metric:
    """*better* says in which direction: ``higher`` or ``lower``."""

    name: str
    label: str
    better: str


METRICS: dict[Task, tuple[Metric, ...]] = {
    Task.BINARY: (
        Metric("auc", "AUC", "higher"),
        Metric("average_precision", "Average precision", "higher"),
        Metric("accuracy", "Accuracy", "higher"),
        Metric("balanced_accuracy", "Balanced accuracy", "higher"),
        Metric("f1", "F1", "higher"),
        Metric("log_loss", "Log loss", "lower"),
    ),
    Task.MULTICLASS: (
        Metric("auc", "AUC, mean over classes", "higher"),
        Metric("accuracy", "Accuracy", "higher"),
        Metric("balanced_accuracy", "Balanced accuracy", "higher"),
        Metric("f1", "F1, mean over classes", "higher"),
        Metric("log_loss", "Log loss", "lower"),
    ),
    Task.REGRESSION: (
        Metric("r2", "R²", "higher"),
        Metric("mae", "Mean absolute error", "lower"),
        Metric("rmse", "Root mean squared error", "lower"),
        Metric("median_error", "Median absolute error", "lower"),
    ),
}
"""The first of each task is the one models are ranked by."""


@dataclass(frozen=True, slots=True)
class Score:
    value: float
    low: float
    high: float


def scores(target: Target, truth: Floats, guesses: Floats, rest: Callable[[float], None]) -> dict[str, Score]:
    """*rest* is called between draws with the share that is done."""
    measure = _MEASURES[target.task]
    exact = measure(truth, guesses)
    size = min(len(truth), DRAWN_ROWS)
    scale = np.sqrt(size / len(truth))
    random = np.random.default_rng(SEED)
    drawn: dict[str, list[float]] = {name: [] for name in exact}
    for draw in range(DRAWS):
        rows = random.integers(0, len(truth), size)
        for name, value in measure(truth[rows], guesses[rows]).items():
            drawn[name].append(value)
        if draw % 10 == 0:
            rest(draw / DRAWS)
    found = {}
    for name, value in exact.items():
        # Not value + (end - value) * scale: beside a huge value an end near 0 would lose all its digits.
        low, high = (float(value * (1.0 - scale) + end * scale) for end in np.quantile(drawn[name], [0.025, 0.975]))
        found[name] = Score(value, low, high)
    return found


def _regression(truth: Floats, guesses: Floats) -> dict[str, float]:
    errors = np.abs(truth - guesses)
    spread = float(((truth - truth.mean()) ** 2).sum())
    return {
        "r2": 1.0 - float((errors**2).sum()) / spread if spread else 0.0,
        "mae": float(errors.mean()),
        "rmse": float(np.sqrt((errors**2).mean())),
        "median_error": float(np.median(errors)),
    }


def _binary(truth: Floats, guesses: Floats) -> dict[str, float]:
    counts = confusion(truth, guesses)
    return {
        "auc": auc(truth, guesses[:, 1]),
        "average_precision": average_precision(truth, guesses[:, 1]),
        **_of_counts(counts, positive=1),
        "log_loss": _log_loss(truth, guesses),
    }


def _multiclass(truth: Floats, guesses: Floats) -> dict[str, float]:
    present = np.unique(truth).astype(np.int64)
    areas = [auc((truth == place).astype(np.float64), guesses[:, place]) for place in present]
    return {"auc": float(np.mean(areas)), **_of_counts(confusion(truth, guesses)), "log_loss": _log_loss(truth, guesses)}


_MEASURES = {Task.REGRESSION: _regression, Task.BINARY: _binary, Task.MULTICLASS: _multiclass}


def confusion(truth: Floats, guesses: Floats) -> Ints:
    """Counts of shape (actual, guessed); the guess is the class with the largest share, the first of equals."""
    classes = guesses.shape[1]
    pairs = truth.astype(np.int64) * classes + guesses.argmax(axis=1)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def per_class(counts: Ints) -> tuple[Floats, Floats, Floats]:
    """Recall, precision and F1 of each class; 0 where there is nothing to divide by."""
    hits = np.diag(counts).astype(np.float64)
    actual, guessed = counts.sum(axis=1), counts.sum(axis=0)
    recall = hits / np.maximum(actual, 1)
    precision = hits / np.maximum(guessed, 1)
    return recall, precision, 2 * hits / np.maximum(actual + guessed, 1)


def _of_counts(counts: Ints, positive: int | None = None) -> dict[str, float]:
    recall, _, f1 = per_class(counts)
    present = counts.sum(axis=1) > 0
    return {
        "accuracy": float(np.diag(counts).sum() / counts.sum()),
        "balanced_accuracy": float(recall[present].mean()),
        "f1": float(f1[positive] if positive is not None else f1[present].mean()),
    }


def _log_loss(truth: Floats, guesses: Floats) -> float:
    given = guesses[np.arange(len(truth)), truth.astype(np.int64)]
    return float(-np.log(np.clip(given, 1e-15, 1.0)).mean())


def average_precision(truth: Floats, score: Floats) -> float:
    """The area under the precision-recall curve in steps (no interpolation), as scikit-learn defines it."""
    hits, asked, _ = _thresholds(truth, score)
    if not hits[-1]:
        return 0.0
    gained = np.diff(hits, prepend=0.0) / hits[-1]
    return float((gained * hits / asked).sum())


def _thresholds(truth: Floats, score: Floats) -> tuple[Floats, Floats, Floats]:
    """At each different score from above: positives found, rows taken, and the score."""
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    return np.cumsum(truth[order])[ends], ends.astype(np.float64) + 1.0, score[order][ends]


def pictures(target: Target, truth: Floats, guesses: Floats, numbers: Ints) -> dict[str, Any]:
    """What the results page draws, small enough for a row of the database."""
    if target.task is Task.REGRESSION:
        return {**_estimates(truth, guesses), "worst": _worst(np.abs(truth - guesses), truth, guesses, numbers, None)}
    counts = confusion(truth, guesses)
    recall, precision, f1 = per_class(counts)
    labels = list(target.classes)
    shown = [1] if target.task is Task.BINARY else np.argsort(-counts.sum(axis=1), kind="stable")[:_MOST_CURVES].tolist()
    missed = 1.0 - guesses[np.arange(len(truth)), truth.astype(np.int64)]
    return {
        "confusion": {"labels": labels, "counts": counts.tolist()},
        "classes": [
            {"label": label, "rows": int(counts[place].sum()), "recall": recall[place], "precision": precision[place], "f1": f1[place]}
            for place, label in enumerate(labels)
        ],
        "curves": [_curves(labels[place], (truth == place).astype(np.float64), guesses[:, place]) for place in shown],
        "worst": _worst(missed, truth, guesses, numbers, target),
    }


def _curves(label: Any, truth: Floats, score: Floats) -> dict[str, Any]:
    hits, asked, _ = _thresholds(truth, score)
    found = hits / max(1.0, hits[-1])
    false = (asked - hits) / max(1.0, asked[-1] - hits[-1])
    picked = _spread(len(hits))
    return {
        "label": label,
        "share": float(truth.mean()),
        "auc": auc(truth, score),
        "average_precision": average_precision(truth, score),
        "roc": [[0.0, 0.0], *np.column_stack([false, found])[picked].round(5).tolist()],
        "pr": np.column_stack([found, hits / asked])[picked].round(5).tolist(),
    }


def _spread(size: int) -> Ints:
    """At most POINTS places, the ends among them."""
    return np.unique(np.linspace(0, size - 1, min(size, POINTS)).round().astype(np.int64))


def _estimates(truth: Floats, guesses: Floats) -> dict[str, Any]:
    residuals = truth - guesses
    low, high = np.quantile(residuals, [0.005, 0.995])
    counts, edges = np.histogram(residuals, bins=40, range=(low, high) if high > low else (low - 0.5, low + 0.5))
    order = np.argsort(guesses, kind="stable")
    bins = [rows for rows in np.array_split(order, 20) if len(rows)]
    random = np.random.default_rng(SEED)
    points = random.choice(len(truth), min(len(truth), 500), replace=False)
    return {
        "residuals": {"edges": edges.tolist(), "counts": counts.tolist(), "outside": int(len(truth) - counts.sum())},
        "bins": [
            {
                "predicted": float(guesses[rows].mean()),
                "actual": float(truth[rows].mean()),
                "low": float(np.quantile(truth[rows], 0.1)),
                "high": float(np.quantile(truth[rows], 0.9)),
                "rows": len(rows),
            }
            for rows in bins
        ],
        "points": np.column_stack([guesses, truth])[points].round(6).tolist(),
    }


def _worst(missed: Floats, truth: Floats, guesses: Floats, numbers: Ints, target: Target | None) -> list[dict[str, Any]]:
    """The rows that were missed by most, by their numbers."""
    rows = np.argsort(-missed, kind="stable")[:20]
    if target is None:
        return [{"row": int(numbers[row]), "actual": float(truth[row]), "predicted": float(guesses[row])} for row in rows]
    return [
        {
            "row": int(numbers[row]),
            "actual": target.classes[int(truth[row])],
            "predicted": target.classes[int(guesses[row].argmax())],
            "share": float(guesses[row].max()),
        }
        for row in rows
    ]


def to_json(found: Mapping[str, Score]) -> dict[str, Any]:
    return {name: {"value": score.value, "low": score.low, "high": score.high} for name, score in found.items()}
