"""Cross-validation and the final fit. Everything that learns from rows, the encoder included, learns inside the fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from sklearn.model_selection import KFold, StratifiedKFold, StratifiedShuffleSplit, train_test_split

from core.ml.encoding import Encoder, with_rare
from core.ml.frames import SEED, Floats, Frame, Ints
from core.ml.models import Family, Lesson, Model
from core.ml.progress import Progress
from core.ml.schema import Schema, frame, learn
from core.ml.tasks import Target
from core.query.spec import Column

FOLDS = 5
HELD_OUT = 0.15  # of a fold's training part, for early stopping


@dataclass(frozen=True, slots=True)
class Data:
    """*numbers* are the rows' numbers in their version; *truth* as in `Target.read`."""

    schema: Schema
    frame: Frame
    target: Target
    truth: Floats
    numbers: Ints


@dataclass(frozen=True, slots=True)
class Trained:
    """*guesses* are the answers for each row by the model of the fold that did not see it; *model* has learned from all rows."""

    model: Model
    encoder: Encoder
    guesses: Floats
    steps: int | None


def prepare(columns: Sequence[Column], table: pa.Table, target: Target, features: Sequence[str], numbers: Ints) -> Data:
    kept, truth = target.read(table[target.name])
    rows = table.filter(pa.array(kept))
    used = [column for column in columns if column.name in features]
    schema = learn(used, rows, ignored=[column.name for column in columns if column.name not in features])
    return Data(schema, frame(schema, rows), target, truth, numbers[kept])


def train(family: Family, data: Data, folds: int, threads: int, progress: Progress) -> Trained:
    progress.begin(family)
    classes = len(data.target.classes)
    guesses = np.zeros((len(data.truth), classes)) if classes else np.zeros(len(data.truth))
    steps = []
    for number, (learned, asked) in enumerate(_splits(data, folds), start=1):
        progress.fold(number)
        encoder, model = _fit(family, data, learned, threads, progress, seed=SEED + number)
        guesses[asked] = model.answers(encoder.matrix(data.frame.take(asked)))
        progress.fold_done(model.steps)
        if model.steps:
            steps.append(model.steps)
    progress.fold(folds + 1)
    usual = max(1, int(np.median(steps))) if steps else None
    encoder, model = _fit(family, data, np.arange(len(data.truth)), threads, progress, seed=SEED, steps=usual)
    return Trained(model, encoder, guesses, usual)


def _fit(
    family: Family, data: Data, learned: Ints, threads: int, progress: Progress, *, seed: int, steps: int | None = None
) -> tuple[Encoder, Model]:
    rows = data.frame.take(learned)
    truth = data.truth[learned]
    encoder = Encoder.fit(data.schema, rows)
    held_out = _held_out(truth, data.target, seed) if family.grows and steps is None else None
    lesson = Lesson(
        matrix=with_rare(encoder.matrix(rows), encoder.sizes, seed),
        truth=truth,
        sizes=encoder.sizes,
        task=data.target.task,
        classes=len(data.target.classes),
        tick=progress.tick,
        threads=threads,
        held_out=held_out,
        steps=steps,
    )
    return encoder, family.code.fit(lesson)


def _splits(data: Data, folds: int) -> list[tuple[Ints, Ints]]:
    kind = StratifiedKFold if data.target.task.is_classification else KFold
    return list(kind(folds, shuffle=True, random_state=SEED).split(np.zeros(len(data.truth)), data.truth))


def _held_out(truth: Floats, target: Target, seed: int) -> Ints:
    if target.task.is_classification and HELD_OUT * len(truth) >= len(target.classes):
        found: Ints = next(StratifiedShuffleSplit(1, test_size=HELD_OUT, random_state=seed).split(np.zeros(len(truth)), truth))[1]
        return found
    held: Ints = train_test_split(np.arange(len(truth)), test_size=HELD_OUT, random_state=seed)[1]
    return held
