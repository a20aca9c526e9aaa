"""How far a training is, in words and numbers: model, fold, trees, score so far, seconds since it began and left."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from core.ml.models import Family

PULSE_S = 1.0


class Reporter(Protocol):
    """What of a job's `Run` is needed here."""

    def report(self, progress: float, message: str, state: dict[str, Any] | None = None) -> None: ...

    def check(self) -> None: ...


class Progress:
    """A family's work is *folds* fits, one on all rows, and the explanation: each a stage, and the stages weigh the same."""

    def __init__(self, run: Reporter, families: Sequence[Family], folds: int) -> None:
        self._run = run
        self._folds = folds
        self._effort = sum(family.effort for family in families) or 1.0
        self._done_effort = 0.0
        self._family: Family | None = None
        self._stage = 0
        self._inside = 0.0
        self._words = "Reading the rows"
        self._usual: list[int] = []  # steps that the finished folds took
        self._state: dict[str, Any] = {"model": None, "family": None, "fold": 0, "folds": folds, "trees": None, "score": None, "models": []}
        self._began = time.monotonic()

    @contextmanager
    def pulse(self) -> Iterator[None]:
        """Reports once a second also while one long step gives no sign."""
        stop = threading.Event()

        def beat() -> None:
            while not stop.wait(PULSE_S):
                self._report()

        thread = threading.Thread(target=beat, name="pulse", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def say(self, words: str) -> None:
        self._words = words
        self._report()
        self._run.check()

    def begin(self, family: Family) -> None:
        self._family, self._stage, self._inside, self._usual = family, 0, 0.0, []
        self._state = {**self._state, "model": family.label, "family": family.name, "fold": 0, "trees": None, "score": None}
        self.say(f"{family.label}: starting")

    def fold(self, number: int) -> None:
        """Fold *number*, from 1; one more than there are folds is the fit on all rows."""
        self._stage, self._inside = number - 1, 0.0
        self._state = {**self._state, "fold": min(number, self._folds), "trees": None, "score": None}
        self.say(self._place())

    def tick(self, steps: int, most: int, score: float | None) -> None:
        grows = self._family is not None and self._family.grows
        expected = max(steps, sum(self._usual) // len(self._usual)) if self._usual else most
        self._inside = steps / max(1, expected)
        self._state = {**self._state, "trees": steps if grows else None, "score": score}
        said = f", {steps} {'trees' if grows else 'iterations'}" if most > 1 else ""
        self.say(f"{self._place()}{said}{f', loss on held-out rows {score:.4g}' if score is not None else ''}")

    def fold_done(self, steps: int | None) -> None:
        if steps:
            self._usual.append(steps)

    def explaining(self, share: float, words: str) -> None:
        self._stage, self._inside = self._folds + 1, share
        self.say(f"{self._family.label if self._family else ''}: {words}")

    def finish(self, family: Family, metric: str, score: float) -> None:
        self._done_effort += family.effort
        self._family = None
        finished = [*self._state["models"], {"family": family.name, "label": family.label, "metric": metric, "score": score}]
        self._state = {**self._state, "family": None, "models": finished}
        self.say(f"{family.label} is done: {metric} {score:.3f}")

    def _place(self) -> str:
        label = self._family.label if self._family else ""
        return f"{label}: fold {self._stage + 1} of {self._folds}" if self._stage < self._folds else f"{label}: on all rows"

    def _report(self) -> None:
        family = self._family  # once: the pulse is another thread
        own = (self._stage + min(1.0, self._inside)) / (self._folds + 2) if family else 0.0
        share = (self._done_effort + (family.effort * own if family else 0.0)) / self._effort
        elapsed = time.monotonic() - self._began
        left = round(elapsed * (1 - share) / share) if share > 0.05 else None
        self._run.report(share, self._words, {**self._state, "share": own, "seconds": round(elapsed), "seconds_left": left})
