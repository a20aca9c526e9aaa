"""What a target asks for: telling classes apart, or estimating a number. Refusals are in words, before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import Invalid
from core.ml.frames import Floats, floats, text
from core.query.spec import Column

FEWEST_ROWS = 50
FEWEST_OF_A_CLASS = 5  # one for each fold
MOST_CLASSES = 50
LARGEST = 1e15  # models square errors in single precision: beyond this they run over
_NAMED = 3  # that many rare classes have a sentence each
MOST_WHOLE_CLASSES = 10  # more different whole numbers than this are a quantity

Label = bool | int | float | str


@unique
class Task(StrEnum):
    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"

    @property
    def is_classification(self) -> bool:
        return self is not Task.REGRESSION

    @property
    def label(self) -> str:
        return {"binary": "Classification in two classes", "multiclass": "Classification", "regression": "Regression"}[self.value]


@dataclass(frozen=True, slots=True)
class Target:
    """*classes* are in their own type and sorted; rows of the classes in *left_out* are too few to learn from."""

    name: str
    task: Task
    classes: tuple[Label, ...]
    row_count: int
    null_count: int
    left_out: Mapping[str, int]

    @property
    def warnings(self) -> tuple[str, ...]:
        said = []
        if self.null_count:
            rows, left = ("1 row has", "is") if self.null_count == 1 else (f"{self.null_count:,} rows have", "are")
            said.append(f"{rows} no {self.name} and {left} left out.")
        if len(self.left_out) > _NAMED:
            named = ", ".join(list(self.left_out)[:_NAMED])
            said.append(
                f"{len(self.left_out)} values of {self.name} stand in fewer than {FEWEST_OF_A_CLASS} rows each ({named}, …): "
                f"too few for a class, so these {sum(self.left_out.values()):,} rows are left out."
            )
        else:
            for label, count in self.left_out.items():
                only, left = ("1 row only", "it is") if count == 1 else (f"{count} rows only", "these rows are")
                said.append(f"{label} stands in {only}; a class needs {FEWEST_OF_A_CLASS}, so {left} left out.")
        return tuple(said)

    def read(self, values: pa.ChunkedArray) -> tuple[npt.NDArray[np.bool_], Floats]:
        """Which rows can be learned from, and their targets: numbers, or for classes their place in *classes*."""
        if not self.task.is_classification:
            numbers = _numbers(values)
            kept = np.isfinite(numbers)
            return kept, numbers[kept]
        plain = _plain(values)
        places = pc.index_in(plain, value_set=pa.array(self.classes, type=plain.type))
        codes = pc.fill_null(places, -1).to_numpy().astype(np.float64)
        return codes >= 0, codes[codes >= 0]

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "task": self.task.value, "classes": list(self.classes)}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Target:
        return cls(saved["name"], Task(saved["task"]), tuple(saved["classes"]), 0, 0, {})


def target(column: Column, values: pa.ChunkedArray, task: Task | None = None) -> Target:
    """Finds the task from the values, or checks the one that was asked for. Raises Invalid when nothing can be learned."""
    if column.kind not in ("boolean", "integer", "decimal", "text"):
        raise _invalid(f"{column.name} is a {column.kind} column; a target is a number, a yes or no, or a category.")
    plain = _plain(values)
    counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(pc.drop_null(plain)).to_pylist()}
    filled = sum(counts.values())
    _check_amount(column, filled, len(counts))
    task = task or _found(column, len(counts))
    nulls = len(values) - filled
    if task is Task.REGRESSION:
        if column.kind not in ("integer", "decimal"):
            raise _invalid(f"{column.name} holds {column.kind}, so it cannot be estimated as a number. Choose classification.")
        _check_size(column, counts)
        return Target(column.name, task, (), filled, nulls, {})
    return _classes(column, counts, nulls)


def _check_amount(column: Column, filled: int, distinct: int) -> None:
    if filled == 0:
        raise _invalid(f"{column.name} is empty in every row: there is nothing to learn from.")
    if distinct == 1 and filled > 1:
        raise _invalid(f"{column.name} has the same value in every row: there is nothing to learn from.")
    if filled < FEWEST_ROWS:
        rows = "1 row has" if filled == 1 else f"{filled} rows have"
        raise _invalid(f"Only {rows} a {column.name}; training needs at least {FEWEST_ROWS}.")


def _check_size(column: Column, counts: Mapping[Label, int]) -> None:
    largest = max(abs(float(value)) for value in counts)
    if largest > LARGEST:
        raise _invalid(
            f"{column.name} holds numbers as large as {largest:.3g}; up to {LARGEST:.0e} can be estimated. Bring it to a smaller unit."
        )


def _found(column: Column, distinct: int) -> Task:
    if distinct == 2:
        return Task.BINARY
    if column.kind == "text" or (column.kind == "integer" and distinct <= MOST_WHOLE_CLASSES):
        return Task.MULTICLASS
    return Task.REGRESSION


def _classes(column: Column, counts: Mapping[Label, int], nulls: int) -> Target:
    kept = sorted(label for label, count in counts.items() if count >= FEWEST_OF_A_CLASS)
    if len(kept) > MOST_CLASSES:
        raise _invalid(
            f"{column.name} has {len(kept):,} different values; at most {MOST_CLASSES} classes can be told apart. "
            "Choose a target with fewer values."
        )
    if len(kept) < 2:
        raise _invalid(f"Fewer than two values of {column.name} stand in {FEWEST_OF_A_CLASS} rows or more: there are no classes to learn.")
    if len(counts) - len(kept) > MOST_CLASSES:
        raise _invalid(f"{column.name} has {len(counts):,} different values, nearly all of them rare. Choose a target with fewer values.")
    task = Task.BINARY if len(kept) == 2 else Task.MULTICLASS
    left_out = {str(label): count for label, count in counts.items() if count < FEWEST_OF_A_CLASS}
    return Target(column.name, task, tuple(kept), sum(counts[label] for label in kept), nulls, left_out)


def _plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without decimals, dictionaries and numbers that are none: the types that JSON has, and null."""
    if pa.types.is_decimal(values.type) or pa.types.is_floating(values.type):
        numbers = pa.chunked_array([floats(values)])
        return pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, pa.float64()))
    return values if pa.types.is_primitive(values.type) else text(values)


def _numbers(values: pa.ChunkedArray) -> Floats:
    return floats(_plain(values))


def _invalid(message: str) -> Invalid:
    return Invalid(message, field="target")
