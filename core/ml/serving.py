"""Models ready to answer: rebuilt from their files once per process, found again by their hashes."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.ml import explanation
from core.ml.artifacts import SIGNATURE, Artifacts
from core.ml.coercion import Cell
from core.ml.encoding import Encoder
from core.ml.explanation import Waterfall
from core.ml.frames import Floats
from core.ml.models import FAMILIES, Model
from core.ml.schema import Schema
from core.ml.tasks import Label, Target, Task

KEPT = 16
_PIPELINE = "pipeline.json"


@dataclass(frozen=True, slots=True)
class Served:
    """A model with everything between a row and its answer."""

    family: str
    schema: Schema
    encoder: Encoder
    target: Target
    model: Model

    def answers(self, cells: Sequence[Sequence[Cell]]) -> Floats:
        if not cells:
            return np.zeros((0, len(self.target.classes)) if self.target.classes else 0)
        return self.model.answers(np.array([self.encoder.row(row) for row in cells]))

    def predictions(self, answers: Floats) -> list[Label]:
        if self.target.task is Task.REGRESSION:
            return list(answers.tolist())
        return [self.target.classes[place] for place in answers.argmax(axis=1)]

    def probabilities(self, answers: Floats) -> list[dict[str, float]] | None:
        """By label, as text; None for a number."""
        if self.target.task is Task.REGRESSION:
            return None
        labels = [json.dumps(label) if isinstance(label, bool) else str(label) for label in self.target.classes]
        return [dict(zip(labels, shares, strict=True)) for shares in answers.tolist()]

    def waterfall(self, cells: Sequence[Cell], shown: Sequence[Any]) -> Waterfall:
        return explanation.waterfall(self.model, self.encoder, self.target, cells, shown)

    def files(self) -> dict[str, bytes]:
        pipeline = {
            "format": 1,
            "family": self.family,
            "schema": self.schema.to_json(),
            "encoder": self.encoder.to_json(),
            "target": self.target.to_json(),
        }
        return {**self.model.files(), _PIPELINE: json.dumps(pipeline, separators=(",", ":")).encode()}

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> Served:
        pipeline = json.loads(files[_PIPELINE])
        return cls(
            pipeline["family"],
            Schema.from_json(pipeline["schema"]),
            Encoder.from_json(pipeline["encoder"]),
            Target.from_json(pipeline["target"]),
            FAMILIES[pipeline["family"]].code.load(files),
        )


class Shelf:
    """The lately used models of this process. Two threads that ask for the same new one load it once."""

    def __init__(self, artifacts: Artifacts) -> None:
        self.artifacts = artifacts
        self._served: OrderedDict[str, Served] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, names: Mapping[str, str]) -> Served:
        """Raises Unavailable when the files are not what they were."""
        # The signature stands for all the files: it covers their names and hashes.
        key = names.get(SIGNATURE, "")
        with self._lock:
            found = self._served.get(key)
            if found is None:
                found = self._served[key] = Served.of(self.artifacts.load(names))
                if len(self._served) > KEPT:
                    self._served.popitem(last=False)
            self._served.move_to_end(key)
            return found
