"""The statistics of a column from its different numbers and how often each occurs: what the engine computes from all of its rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class CountedNumbers:
    """The *numbers* rise and are finite; each occurs as often as its place in *counts* says."""

    numbers: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]

    def ends(self) -> dict[str, Any]:
        low, high = (float(self.numbers[0]), float(self.numbers[-1])) if len(self.numbers) else (None, None)
        return {"low": low, "high": high, "finite": int(self.counts.sum())}

    def statistics(self) -> dict[str, Any]:
        """Nothing but None where there is no number at all, as the engine says."""
        if not len(self.numbers):
            return {**self.ends(), **dict.fromkeys(("zeros", "negative", "mean", "std", "skewness", "quantiles"))}
        zeros, negative = (int(self.counts[where].sum()) for where in (self.numbers == 0, self.numbers < 0))
        return {**self.ends(), "zeros": zeros, "negative": negative, **self._moments(), "quantiles": self._quantiles()}

    def bins(self, edges: Sequence[float]) -> list[int]:
        """How many values lie from each edge on and below the next; the last bin holds its upper edge too."""
        places = np.searchsorted(edges[1:-1], self.numbers, side="right")
        bins = np.zeros(len(edges) - 1, np.int64)
        np.add.at(bins, places, self.counts)
        return bins.tolist()

    def _moments(self) -> dict[str, float | None]:
        """The sample's standard deviation and adjusted skewness. What is too large for a number is none."""
        total = int(self.counts.sum())
        varies = len(self.numbers) > 1  # one number again and again may not vary by the rounding of its mean
        with np.errstate(over="ignore", invalid="ignore"):
            mean = np.dot(self.numbers, self.counts) / total if varies else self.numbers[0]
            away = self.numbers - mean
            square, cube = np.dot(away**2, self.counts) / total, np.dot(away**3, self.counts) / total
            std = math.sqrt(square * total / (total - 1)) if total > 1 else None
            skewed = varies and total > 2 and square > 0
            skewness = float(math.sqrt(total * (total - 1)) / (total - 2) * cube / square**1.5) if skewed else None
        return {"mean": float(mean), "std": std, "skewness": skewness}

    def _quantiles(self) -> list[float]:
        """Between the two values that are nearest, in proportion: the engine's quantile_cont, but for how it rounds the last digit."""
        last = np.cumsum(self.counts)
        rank = (int(last[-1]) - 1) * np.array(QUANTILES)
        below = np.floor(rank)
        low, high = (self.numbers[np.searchsorted(last, place, side="right")] for place in (below, np.ceil(rank)))
        share = rank - below
        return [float(value) for value in np.where(share == 0, low, low * (1 - share) + high * share)]


def counted_numbers(numbers: Sequence[float | None], counts: Sequence[int]) -> CountedNumbers:
    """Without the values that are no finite number."""
    found, often = np.array(numbers, np.float64), np.array(counts, np.int64)
    order = np.argsort(found, kind="stable")[: np.isfinite(found).sum()]
    return CountedNumbers(found[order], often[order])
