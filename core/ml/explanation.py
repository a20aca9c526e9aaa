"""Why a model answers what it answers: contributions that add up to the answer, in the columns of the dataset.

XGBoost's own contributions are exact tree SHAP values (Lundberg et al. 2020), the linear model's are the terms of its sum.
The pieces of one column (the parts of a date) are added before their size is taken. Every explanation is checked
to add up to the model's own answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import AstralytiqError
from core.ml.coercion import Cell
from core.ml.encoding import Encoder
from core.ml.frames import SEED, Categories, Floats, Frame
from core.ml.models import Model
from core.ml.schema import Schema
from core.ml.tasks import Label, Target, Task

MOST_ROWS = 5_000
TOLERANCE = 1e-4
_WORK = 600_000  # rows times rounds of trees that one importance may cost: about 20 s
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Contribution:
    field: str
    value: Label | None
    amount: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """*base* and the contributions add up to *total*, in the unit: the target's own, or log-odds of the class *label*."""

    label: Label | None
    unit: str
    base: float
    contributions: tuple[Contribution, ...]
    total: float


def contributions(model: Model, encoder: Encoder, matrix: Floats) -> tuple[Floats, Floats]:
    """Of shape (rows, outputs, fields), and the base (rows, outputs). Raises when they do not add up to the answer."""
    pieces = model.contributions(matrix)
    margins = model.margins(matrix)
    gap = np.abs(pieces.sum(axis=2) - margins)
    if gap.size and not (gap <= TOLERANCE * np.maximum(1.0, np.abs(margins))).all():
        raise AstralytiqError("The contributions do not add up to the answer, so this explanation is not shown.")
    found = np.zeros((*pieces.shape[:2], len(encoder.names)))
    for column, owner in enumerate(encoder.owners):
        found[:, :, owner] += pieces[:, :, column]
    return found, pieces[:, :, -1]


def waterfall(model: Model, encoder: Encoder, target: Target, cells: Sequence[Cell], shown: Sequence[Any]) -> Waterfall:
    """Of one row; *shown* are its values as they came. For several classes, the score of the most likely one."""
    matrix = np.array([encoder.row(cells)])
    found, base = contributions(model, encoder, matrix)
    output = int(model.margins(matrix)[0].argmax()) if target.task is Task.MULTICLASS else 0
    parts = sorted(
        (Contribution(name, value, float(amount)) for name, value, amount in zip(encoder.names, shown, found[0, output], strict=True)),
        key=lambda part: -abs(part.amount),
    )
    label = {Task.REGRESSION: None, Task.BINARY: target.classes[-1:], Task.MULTICLASS: target.classes[output : output + 1]}[target.task]
    start = float(base[0, output])
    return Waterfall(
        label=label[0] if label else None,
        unit=target.name if target.task is Task.REGRESSION else "log-odds" if target.task is Task.BINARY else "score",
        base=start,
        contributions=tuple(parts),
        total=start + sum(part.amount for part in parts),
    )


def importance(model: Model, encoder: Encoder, schema: Schema, frame: Frame, rest: Callable[[float], None]) -> dict[str, Any]:
    """The mean size of each field's contribution over a sample of rows, and which way its values push."""
    size = min(frame.row_count, MOST_ROWS, max(500, _WORK // (model.steps or 1)))
    rows = np.sort(np.random.default_rng(SEED).choice(frame.row_count, size, replace=False))
    sampled = frame.take(rows)
    matrix = encoder.matrix(sampled)
    parts = []
    for start in range(0, size, _AT_ONCE):
        rest(start / size)
        parts.append(contributions(model, encoder, matrix[start : start + _AT_ONCE])[0])
    found = np.concatenate(parts)
    sizes = np.abs(found).mean(axis=0)  # outputs, fields
    total = float(sizes.mean(axis=0).sum()) or 1.0
    fields = []
    for place, field in enumerate(schema.fields):
        amount = float(sizes[:, place].mean())
        pushes = _pushes(sampled.columns[place], found[:, 0, place]) if found.shape[1] == 1 else {}
        fields.append({"field": field.name, "importance": amount, "share": amount / total, **pushes})
    fields.sort(key=lambda each: -each["importance"])
    return {"rows": size, "fields": fields}


def _pushes(column: Floats | Categories, amounts: Floats) -> dict[str, Any]:
    """For numbers the correlation of value and contribution; for categories the mean contribution of the commonest levels."""
    if isinstance(column, Categories):
        counts = np.bincount(column.places[column.places >= 0], minlength=len(column.levels))
        order = [place for place in np.argsort(-counts, kind="stable")[:8] if counts[place]]
        return {"levels": [{"level": column.levels[place], "amount": float(amounts[column.places == place].mean())} for place in order]}
    both = ~np.isnan(column)
    if both.sum() < 2 or column[both].std() == 0 or amounts[both].std() == 0:
        return {"direction": 0.0}
    return {"direction": float(np.corrcoef(column[both], amounts[both])[0, 1])}
