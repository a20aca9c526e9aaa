"""The dummy: the shares of the classes, or the mean. Whatever does not beat it has learned nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.ml.frames import Floats
from core.ml.models import Lesson

_FILE = "model.json"


@dataclass(frozen=True, slots=True)
class Dummy:
    """*answer* is the mean alone, or the share of each class."""

    answer: tuple[float, ...]

    @property
    def steps(self) -> int | None:
        return None

    def answers(self, matrix: Floats) -> Floats:
        repeated = np.tile(np.array(self.answer), (len(matrix), 1))
        return repeated[:, 0] if len(self.answer) == 1 else repeated

    def margins(self, matrix: Floats) -> Floats:
        return np.tile(self._margin, (len(matrix), 1))

    def contributions(self, matrix: Floats) -> Floats:
        found = np.zeros((len(matrix), len(self._margin), matrix.shape[1] + 1))
        found[:, :, -1] = self._margin
        return found

    def files(self) -> dict[str, bytes]:
        return {_FILE: json.dumps({"answer": self.answer}).encode()}

    @property
    def _margin(self) -> Floats:
        answer = np.array(self.answer)
        if len(answer) == 1:
            return answer
        logs: Floats = np.log(np.maximum(answer, 1e-15))
        return logs[1:] - logs[:1] if len(answer) == 2 else logs


def fit(lesson: Lesson) -> Dummy:
    if not lesson.classes:
        return Dummy((float(lesson.truth.mean()),))
    counts = np.bincount(lesson.truth.astype(np.int64), minlength=lesson.classes)
    return Dummy(tuple((counts / counts.sum()).tolist()))


def load(files: Mapping[str, bytes]) -> Dummy:
    return Dummy(tuple(json.loads(files[_FILE])["answer"]))
