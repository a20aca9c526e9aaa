"""What stands against a feature, found by measurement and said before anything is trained.

A leak shows in how well the column alone predicts the target: its values (numbers cut into bins of equal counts) are
replaced by the target's mean per value, learned on two thirds of the rows and scored on the other third, three
times. An identifier shows in how few of its values repeat. Names play no part. A sample of 20,000 rows is measured for
the scores, all rows for counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.ml.frames import SEED, Categories, Floats, Ints, text
from core.ml.schema import KINDS, Field, Kind, values
from core.ml.tasks import Target, Task
from core.query.spec import Column

SCORED_ROWS = 20_000
MOST_BINS = 500
ROWS_OF_A_BIN = 20
ROWS_OF_A_VALUE = 5  # a number whose values have that many rows each is taken value by value
FOLDS = 3
LEAK = {True: 0.99, False: 0.98}  # AUC of a classification, R² of a regression
SUSPECT = 0.95
NOTHING = {True: 0.55, False: 0.01}  # what chance alone gives a column in some hundred rows
_CLASSES = 10  # the commonest ones are scored when there are more


@unique
class Advice(StrEnum):
    USE = "use"
    CHECK = "check"
    LEAVE_OUT = "leave out"


@dataclass(frozen=True, slots=True)
class Feature:
    """*score* is what the column alone reaches (AUC or R², see `Findings.metric`), None where it was not measured."""

    name: str
    type: str
    kind: str
    distinct: int
    missing: float
    score: float | None
    advice: Advice
    warnings: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """Whether a model could read it at all, whatever is advised."""
        return self.score is not None


@dataclass(frozen=True, slots=True)
class Findings:
    target: Target
    metric: str
    features: tuple[Feature, ...]
    warnings: tuple[str, ...]

    @property
    def advised(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features if feature.advice is not Advice.LEAVE_OUT)


def inspect(columns: Iterable[Column], table: pa.Table, target: Target) -> Findings:
    kept, truth = target.read(table[target.name])
    rows = np.flatnonzero(kept)
    table = table.filter(pa.array(kept))
    if len(rows) > SCORED_ROWS:
        picked = np.sort(np.random.default_rng(SEED).choice(len(rows), SCORED_ROWS, replace=False))
    else:
        picked = np.arange(len(rows))
    yardstick = _Yardstick(target, truth[picked])
    features = tuple(_feature(column, table, picked, target, yardstick) for column in columns if column.name != target.name)
    return Findings(target, "AUC" if target.task.is_classification else "R²", features, (*target.warnings, *_of_time(features)))


def _of_time(features: Sequence[Feature]) -> tuple[str, ...]:
    times = [feature.name for feature in features if feature.kind in ("date", "moment") and feature.advice is not Advice.LEAVE_OUT]
    if not times:
        return ()
    return (
        f"Rows are shuffled into folds. If you mean to predict the future, scores may flatter: {', '.join(times)} orders the rows in time.",
    )


def _feature(column: Column, table: pa.Table, picked: Ints, target: Target, yardstick: _Yardstick) -> Feature:
    cells = table[column.name]
    missing = cells.null_count / max(1, len(cells))
    if column.kind not in KINDS or column.type.upper() == "INTERVAL":
        return Feature(
            column.name, column.type, column.kind, 0, missing, None, Advice.LEAVE_OUT, (f"No model can use a {column.kind} column.",)
        )
    kind = KINDS[column.kind]
    if kind is Kind.CATEGORY:
        cells = text(cells)
    distinct = int(pc.count_distinct(cells, mode="only_valid").as_py())
    if distinct <= 1:
        reason = "Empty in every row." if distinct == 0 else "The same value in every row."
        if distinct == 0 or missing == 0:
            return Feature(column.name, column.type, kind, distinct, missing, None, Advice.LEAVE_OUT, (reason,))
    score = yardstick.score(values(Field(column.name, kind, column.type), cells.take(pa.array(picked))))
    advice, warnings = _judged(column, cells, distinct, score, target)
    if pa.types.is_floating(cells.type) and (endless := int(pc.sum(pc.is_inf(cells)).as_py() or 0)):
        warnings = (*warnings, f"{endless:,} of its values are infinite; they are taken as empty.")
    if missing >= 0.5:
        warnings = (*warnings, f"{missing:.0%} of its values are empty.")
    return Feature(column.name, column.type, kind, distinct, missing, score, advice, warnings)


def _judged(column: Column, cells: pa.ChunkedArray, distinct: int, score: float, target: Target) -> tuple[Advice, tuple[str, ...]]:
    classes = target.task.is_classification
    measured = f"{'AUC' if classes else 'R²'} {_floored(score)}"
    if _is_identifier(column, cells, distinct):
        return Advice.LEAVE_OUT, (f"Looks like an identifier: {distinct:,} different values in {len(cells) - cells.null_count:,} rows.",)
    if score >= LEAK[classes]:
        alone = f"This column alone predicts {target.name} with {measured}."
        return Advice.LEAVE_OUT, (f"{alone} It probably says what is only known afterwards, or the same in other words.",)
    if _all_differ(column, cells, distinct) and score <= NOTHING[classes]:
        return Advice.LEAVE_OUT, (f"Looks like an identifier: every value is different, and alone it predicts nothing ({measured}).",)
    if score >= SUSPECT:
        return Advice.CHECK, (f"This column alone predicts {target.name} with {measured}. Check that it is known before {target.name} is.",)
    return Advice.USE, ()


def _floored(score: float) -> str:
    """Two digits, never rounded up: only a perfect column has 1.00."""
    return f"{np.floor(score * 100 + 1e-9) / 100:.2f}"


def _is_identifier(column: Column, cells: pa.ChunkedArray, distinct: int) -> bool:
    """Text whose values hardly repeat, or whole numbers that count (nearly all of a range, each once)."""
    filled = len(cells) - cells.null_count
    if filled < 50 or distinct < 0.9 * filled:
        return False
    if column.kind == "text":
        return True
    if column.kind != "integer" or distinct < 0.98 * filled:
        return False
    edges = pc.min_max(cells).as_py()
    return bool(edges["max"] - edges["min"] < 2 * filled)


def _all_differ(column: Column, cells: pa.ChunkedArray, distinct: int) -> bool:
    """Whole numbers of which none comes twice: numbers given to things, with gaps between them, or an amount."""
    filled = len(cells) - cells.null_count
    return column.kind == "integer" and filled >= 50 and distinct == filled


class _Yardstick:
    """Scores columns against one target, over the same folds."""

    def __init__(self, target: Target, truth: Floats) -> None:
        self._task = target.task
        self._folds: Ints = np.random.default_rng(SEED).permutation(len(truth)) % FOLDS
        if self._task is Task.REGRESSION or self._task is Task.BINARY:
            self._truth = [truth]
        else:
            counts = np.bincount(truth.astype(np.int64), minlength=len(target.classes))
            self._truth = [(truth == place).astype(np.float64) for place in np.argsort(-counts, kind="stable")[:_CLASSES]]

    def score(self, column: Floats | Categories) -> float:
        """AUC (the mean over classes, each against the rest) or R², from 0 to 1."""
        codes = _codes(column)
        guesses = [self._encoded(codes, truth) for truth in self._truth]
        if self._task is not Task.REGRESSION:
            return float(np.mean([auc(truth, guess) for truth, guess in zip(self._truth, guesses, strict=True)]))
        straight = 0.0 if isinstance(column, Categories) else _straight(column, self._truth[0])
        return max(0.0, _explained(self._truth[0], guesses[0]), straight)

    def _encoded(self, codes: Ints, truth: Floats) -> Floats:
        """The mean of the other folds' targets per code, drawn to the overall mean where rows are few."""
        guess = np.empty(len(truth))
        size = int(codes.max(initial=0)) + 1
        for fold in range(FOLDS):
            inside = self._folds == fold
            others, known = codes[~inside], truth[~inside]
            mean = known.mean()
            sums = np.bincount(others, known, minlength=size)
            counts = np.bincount(others, minlength=size)
            guess[inside] = ((sums + mean) / (counts + 1.0))[codes[inside]]
        return guess


def _codes(column: Floats | Categories) -> Ints:
    """A small number for each value, or for the bin it is in when there are many; null is a value too."""
    if isinstance(column, Categories):
        return column.places.astype(np.int64) + 1
    null = np.isnan(column)
    filled = column[~null]
    edges = np.unique(filled)
    if len(edges) > min(MOST_BINS, len(filled) // ROWS_OF_A_VALUE):
        bins = min(MOST_BINS, max(2, len(filled) // ROWS_OF_A_BIN))
        edges = np.unique(np.quantile(filled, np.linspace(0, 1, bins + 1)[1:-1], method="nearest"))
    return np.where(null, 0, np.searchsorted(edges, np.where(null, 0.0, column), side="left") + 1)


def _straight(column: Floats, truth: Floats) -> float:
    """R² of a straight line: finds what bins blur, the same number in another unit."""
    both = ~np.isnan(column)
    if both.mean() < 0.99 or column[both].std() == 0 or truth[both].std() == 0:
        return 0.0
    return float(np.corrcoef(column[both], truth[both])[0, 1] ** 2)


def _explained(truth: Floats, guess: Floats) -> float:
    spread = float(((truth - truth.mean()) ** 2).sum())
    return 1.0 - float(((truth - guess) ** 2).sum()) / spread if spread else 0.0


def auc(truth: Floats, score: Floats) -> float:
    """Area under the ROC curve by ranks, ties counted half; 0.5 when one class is absent."""
    positive = truth > 0.5
    wins = int(positive.sum())
    losses = len(truth) - wins
    if not wins or not losses:
        return 0.5
    ranks = _ranks(score)
    return float((ranks[positive].sum() - wins * (wins + 1) / 2) / (wins * losses))


def _ranks(score: Floats) -> Floats:
    """From 1, ties sharing the mean of their ranks."""
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means: Floats = ends - (counts - 1) / 2.0
    return means[inverse]
