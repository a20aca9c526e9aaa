"""Model families: one entry each. Their code is imported when one is trained or first asked, never with the web server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from core.errors import Invalid, did_you_mean
from core.ml.frames import Floats, Ints
from core.ml.tasks import Task

Tick = Callable[[int, int, float | None], None]
"""Called after each step of a fit with (steps done, most steps there may be, score so far); raises to stop it."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What there is to learn: *sizes* as in `Encoder.sizes`, *truth* as in `Target.read`, *classes* how many there are (0 for a number).

    With *held_out* rows, a family that grows stops when these get no better; without, it takes *steps* steps.
    """

    matrix: Floats
    truth: Floats
    sizes: Sequence[int]
    task: Task
    classes: int
    tick: Tick
    threads: int = 1
    held_out: Ints | None = None
    steps: int | None = None


class Model(Protocol):
    """A fitted model. *answers* are shares per class (rows, classes), or numbers (rows,).

    *margins* (rows, outputs) are what contributions add up to: the number itself, the log-odds of the second of two
    classes, or one score per class before the softmax. *contributions* are (rows, outputs, columns + 1), the base last.
    """

    @property
    def steps(self) -> int | None: ...

    def answers(self, matrix: Floats) -> Floats: ...

    def margins(self, matrix: Floats) -> Floats: ...

    def contributions(self, matrix: Floats) -> Floats: ...

    def files(self) -> dict[str, bytes]: ...


class Code(Protocol):
    def fit(self, lesson: Lesson) -> Model: ...

    def load(self, files: Mapping[str, bytes]) -> Model: ...


@dataclass(frozen=True, slots=True)
class Family:
    """*module* holds `fit` and `load`; one that *grows* is stopped by held-out rows; *effort* is its share of the training time."""

    name: str
    label: str
    module: str
    effort: float
    grows: bool = False

    @property
    def code(self) -> Code:
        return cast("Code", import_module(f"core.ml.{self.module}"))


FAMILIES = {
    family.name: family
    for family in (
        Family("dummy", "Always the average", "baseline", 0.02),
        Family("linear", "Linear model", "linear", 0.13),
        Family("xgboost", "XGBoost", "boosting", 0.85, grows=True),
    )
}


def family(name: str) -> Family:
    try:
        return FAMILIES[name]
    except KeyError:
        raise Invalid(f"There is no model family {name}.{did_you_mean(name, FAMILIES)}", field="families") from None
