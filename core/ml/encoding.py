"""From cells to the numbers that models read: whole frames for training, single rows for serving, bit for bit the same.

Every field becomes one or more matrix columns: numbers as they are, moments as days and calendar parts, categories
as the place of their level (the commonest ones; all others share one place, which unseen values share too). NaN is null.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from core.ml.coercion import Cell
from core.ml.frames import Categories, Floats, Frame
from core.ml.schema import Kind, Schema

MOST_LEVELS = 254
_DAY = 86_400.0
_EPOCH = date(1970, 1, 1)
PARTS = {Kind.DATE: ("days", "month", "day", "weekday"), Kind.MOMENT: ("days", "month", "day", "weekday", "hour")}


@dataclass(frozen=True)
class Encoder:
    """*levels* holds the commonest values of each category field, None for the others; the place after the last is for the rest."""

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    levels: tuple[tuple[str, ...] | None, ...]

    @classmethod
    def fit(cls, schema: Schema, frame: Frame) -> Encoder:
        levels = (_common(column) if isinstance(column, Categories) else None for column in frame.columns)
        return cls(schema.names, tuple(field.kind for field in schema.fields), tuple(levels))

    @cached_property
    def owners(self) -> tuple[int, ...]:
        """For each matrix column the place of its field."""
        return tuple(place for place, kind in enumerate(self.kinds) for _ in PARTS.get(kind, ("",)))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        parts = ((name, part) for name, kind in zip(self.names, self.kinds, strict=True) for part in PARTS.get(kind, ("",)))
        return tuple(f"{name}.{part}" if part else name for name, part in parts)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """For each matrix column how many places it knows, the one for the rest included; 0 for a number."""
        return tuple(len(levels) + 1 if (levels := self.levels[owner]) is not None else 0 for owner in self.owners)

    def matrix(self, frame: Frame) -> Floats:
        """Of shape (rows, columns)."""
        found = np.empty((frame.row_count, len(self.owners)))
        at = 0
        for column, kind, levels in zip(frame.columns, self.kinds, self.levels, strict=True):
            if isinstance(column, Categories):
                found[:, at] = _places(column, levels or ())
            elif kind in PARTS:
                for part, values in enumerate(_parts(column, kind)):
                    found[:, at + part] = values
            else:
                found[:, at] = column
            at += len(PARTS.get(kind, ("",)))
        return found

    def row(self, cells: Sequence[Cell]) -> list[float]:
        """One row of `matrix`, without an array for every column."""
        found: list[float] = []
        for cell, encode in zip(cells, self._compiled, strict=True):
            encode(cell, found)
        return found

    @cached_property
    def _compiled(self) -> tuple[Callable[[Any, list[float]], None], ...]:
        return tuple(_compile(kind, levels) for kind, levels in zip(self.kinds, self.levels, strict=True))

    def to_json(self) -> dict[str, Any]:
        return {"names": list(self.names), "kinds": list(self.kinds), "levels": [None if e is None else list(e) for e in self.levels]}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Encoder:
        levels = tuple(None if each is None else tuple(each) for each in saved["levels"])
        return cls(tuple(saved["names"]), tuple(Kind(kind) for kind in saved["kinds"]), levels)


def with_rare(matrix: Floats, sizes: Sequence[int], seed: int) -> Floats:
    """A copy for fitting in which each category column has some rows at the place for the rest.

    Where training holds no rare values, nothing would be learned for that place, and a tree sends what it has never
    seen to some side at will: one row in a hundred teaches it the answer for "some other value".
    """
    found = matrix.copy()
    random = np.random.default_rng(seed)
    rows = len(matrix)
    for column, size in enumerate(sizes):
        if size and (matrix[:, column] == size - 1).sum() < 0.005 * rows:
            found[random.choice(rows, min(rows, max(5, rows // 100)), replace=False), column] = size - 1
    return found


def _common(column: Categories) -> tuple[str, ...]:
    counts = np.bincount(column.places[column.places >= 0], minlength=len(column.levels))
    fewest = 5 if len(column.places) < 10_000 else 20
    order = sorted((place for place in range(len(counts)) if counts[place] >= fewest), key=lambda p: (-counts[p], column.levels[p]))
    return tuple(column.levels[place] for place in order[:MOST_LEVELS])


def _places(column: Categories, levels: tuple[str, ...]) -> Floats:
    known = {level: float(place) for place, level in enumerate(levels)}
    table = np.array([known.get(level, float(len(levels))) for level in column.levels] + [np.nan])
    found: Floats = table[column.places]  # -1 is the last: null
    return found


def _parts(seconds: Floats, kind: Kind) -> tuple[Floats, ...]:
    null = np.isnan(seconds)
    day = np.floor(np.where(null, 0.0, seconds) / _DAY)
    moments = day.astype("int64").astype("datetime64[D]")
    months = moments.astype("datetime64[M]")
    parts = [seconds / _DAY, months.astype("int64") % 12 + 1.0, (moments - months).astype("int64") + 1.0, (day + 3.0) % 7.0]
    if kind is Kind.MOMENT:
        parts.append(np.floor((np.where(null, 0.0, seconds) - day * _DAY) / 3600.0))
    return tuple(np.where(null, np.nan, part) for part in parts)


def _compile(kind: Kind, levels: tuple[str, ...] | None) -> Callable[[Any, list[float]], None]:
    if levels is not None:
        known = {level: float(place) for place, level in enumerate(levels)}
        rest = float(len(levels))
        return lambda cell, into: into.append(math.nan if cell is None else known.get(cell, rest))
    if kind in PARTS:
        return lambda cell, into: into.extend(_row_parts(cell, kind))
    return lambda cell, into: into.append(cell)


def _row_parts(seconds: float, kind: Kind) -> list[float]:
    if math.isnan(seconds):
        return [math.nan] * len(PARTS[kind])
    day = math.floor(seconds / _DAY)
    calendar = _EPOCH + timedelta(days=day)
    found = [seconds / _DAY, float(calendar.month), float(calendar.day), float(calendar.weekday())]
    if kind is Kind.MOMENT:
        found.append(float(math.floor((seconds - day * _DAY) / 3600.0)))
    return found
