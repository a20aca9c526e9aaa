"""The inputs of a model: learned once from the training table, and every row from outside is brought to them, or refused in words.

`learn` reads the fields, `frame` brings a table to them and `coerce` rows of JSON: both by the same rules, so that
a row means the same to the training and to a prediction (tests compare the two value by value).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum, unique
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import Invalid
from core.ml.frames import Categories, Floats, Frame, floats, text
from core.query.spec import Column

MOST_LEVELS = 10_000  # that many values of a text column are remembered by name
LARGEST = float(np.finfo(np.float32).max)  # beyond it XGBoost's numbers are infinite


@unique
class Kind(StrEnum):
    NUMBER = "number"
    BOOLEAN = "boolean"
    CATEGORY = "category"
    DATE = "date"
    MOMENT = "moment"
    CLOCK = "clock"


KINDS = {
    "integer": Kind.NUMBER,
    "decimal": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
    "text": Kind.CATEGORY,
    "date": Kind.DATE,
    "timestamp": Kind.MOMENT,
    "time": Kind.CLOCK,
}


@dataclass(frozen=True, slots=True)
class Field:
    """*low* and *high* are the range of training (moments in seconds since 1970), *levels* its values by falling count.

    *level_count* is larger than the levels when there were too many to remember. A field that was never empty in
    training is not *nullable*. *aware* moments are in UTC.
    """

    name: str
    kind: Kind
    type: str
    nullable: bool = False
    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] = ()
    level_count: int = 0
    typical: float | str | None = None
    # Asked for every value of every prediction, so worked out once.
    whole: bool = field(init=False, repr=False, compare=False)
    aware: bool = field(init=False, repr=False, compare=False)
    known: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        whole = self.kind is Kind.NUMBER and Column(self.name, self.type).kind == "integer"
        aware = self.kind is Kind.MOMENT and ("ZONE" in self.type.upper() or self.type.upper() == "TIMESTAMPTZ")
        for name, value in (("whole", whole), ("aware", aware), ("known", frozenset(self.levels))):
            object.__setattr__(self, name, value)

    def to_json(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self) if each.init}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Field:
        return cls(**{**saved, "kind": Kind(saved["kind"]), "levels": tuple(saved["levels"])})


@dataclass(frozen=True, slots=True)
class Schema:
    """*ignored* are columns of the dataset that the model does not use (its target among them)."""

    fields: tuple[Field, ...]
    ignored: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    def to_json(self) -> dict[str, Any]:
        return {"fields": [field.to_json() for field in self.fields], "ignored": list(self.ignored)}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Schema:
        return cls(tuple(Field.from_json(each) for each in saved["fields"]), tuple(saved["ignored"]))


def learn(columns: Iterable[Column], table: pa.Table, ignored: Iterable[str] = ()) -> Schema:
    """The schema of *columns* as they are in *table*. Raises Invalid for a column of a type that no model can use."""
    found = []
    for column in columns:
        if column.kind not in KINDS or column.type.upper() == "INTERVAL":
            raise Invalid(f"{column.name} is a {column.kind} column, which no model can use. Leave it out.", field="features")
        plain = Field(column.name, KINDS[column.kind], column.type)
        found.append(_measured(plain, values(plain, table[column.name])))
    return Schema(tuple(found), tuple(ignored))


def frame(schema: Schema, table: pa.Table) -> Frame:
    return Frame(tuple(values(field, table[field.name]) for field in schema.fields), len(table))


def values(field: Field, column: pa.ChunkedArray) -> Floats | Categories:
    """Whole columns by the rules of `core.ml.coercion`; what no prediction may hold (infinity) is null."""
    if field.kind is Kind.CATEGORY:
        return _categories(column)
    if field.kind is Kind.NUMBER:
        numbers = floats(column)
        return np.where(np.abs(numbers) <= LARGEST, numbers, np.nan)
    if field.kind is Kind.BOOLEAN:
        return _floats(column.cast(pa.int8()), 1.0)
    if field.kind is Kind.DATE:
        return _floats(column.cast(pa.date32()).cast(pa.int32()), 1.0) * 86_400.0
    if field.kind is Kind.CLOCK:
        return _floats(column.cast(pa.time64("us")).cast(pa.int64()), 1e6)
    zone = "UTC" if pa.types.is_timestamp(column.type) and column.type.tz else None
    return _floats(column.cast(pa.timestamp("us", zone), safe=False).cast(pa.int64()), 1e6)


def _floats(column: pa.ChunkedArray, unit: float) -> Floats:
    found: Floats = column.cast(pa.float64()).to_numpy(zero_copy_only=False) / unit
    return found


def _categories(column: pa.ChunkedArray) -> Categories:
    coded = text(column).combine_chunks().dictionary_encode()
    places = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32)
    return Categories(places, tuple(coded.dictionary.to_pylist()))


def _measured(field: Field, found: Floats | Categories) -> Field:
    if isinstance(found, Categories):
        counts = np.bincount(found.places[found.places >= 0], minlength=len(found.levels))
        order = sorted(range(len(counts)), key=lambda place: (-counts[place], found.levels[place]))
        levels = tuple(found.levels[place] for place in order[:MOST_LEVELS])
        return replace(
            field, nullable=bool((found.places < 0).any()), levels=levels, level_count=len(counts), typical=levels[0] if levels else None
        )
    filled = found[~np.isnan(found)]
    if not len(filled):
        return replace(field, nullable=True)
    middle = float(np.quantile(filled, 0.5, method="lower"))
    return replace(
        field, nullable=len(filled) < len(found), low=float(filled.min()), high=float(filled.max()), typical=middle
    )  # fmt: skip
