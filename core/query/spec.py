"""The query spec: what can be asked of a table, as frozen values.

A formula is user text in SQL's expression syntax (``sum(arr_delay) / count(*)``,
``make_date(year, month, day)``); core/query/formulas.py parses it against an allow-list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum, unique
from pathlib import Path
from typing import Any

TYPE_NAMES = ("boolean", "integer", "decimal", "text", "date", "timestamp", "time", "binary", "nested")
Value = None | bool | int | float | str | date | datetime | Decimal


@dataclass(frozen=True, slots=True)
class Column:
    """*type* is DuckDB's own name (``BIGINT``, ``VARCHAR``); *kind* one of `TYPE_NAMES`."""

    name: str
    type: str

    @property
    def kind(self) -> str:
        name = self.type.upper()
        if name.startswith(("STRUCT", "MAP", "UNION")) or name.endswith("]"):
            return "nested"
        return _KINDS.get(name.split("(")[0], "text")

    @property
    def is_number(self) -> bool:
        return self.kind in ("integer", "decimal")

    @property
    def is_time(self) -> bool:
        return self.kind in ("date", "timestamp")


_KINDS = {
    "BOOLEAN": "boolean",
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT",
                    "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "integer"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "decimal"),
    "DATE": "date",
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"), "timestamp"),
    **dict.fromkeys(("TIME", "INTERVAL", "TIME WITH TIME ZONE"), "time"),
    "BLOB": "binary",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """An immutable table: Parquet *files* of the same *columns*. *key* names its content (a cache key part)."""

    key: str
    files: tuple[Path, ...]
    columns: tuple[Column, ...]
    row_count: int

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


@unique
class Grain(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@unique
class Op(StrEnum):
    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    IN = "in"
    NOT_IN = "not in"
    BETWEEN = "between"  # value: [low, high], both included, either may be null (open)
    CONTAINS = "contains"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"
    IS_NULL = "is null"
    NOT_NULL = "is not null"


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    formula: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """*grain* truncates a moment; *bins* cuts a number into that many equal-width intervals (the value is the lower edge)."""

    name: str
    formula: str
    grain: Grain | None = None
    bins: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """*column* is a column's name or, as in `Dimension`, a formula over columns."""

    column: str
    op: Op
    value: Value | Sequence[Value] = None

    def __post_init__(self) -> None:
        if isinstance(self.value, list):
            object.__setattr__(self, "value", tuple(self.value))  # so that a query can be hashed


@dataclass(frozen=True, slots=True)
class Order:
    name: str
    desc: bool = False


@dataclass(frozen=True, slots=True)
class Top:
    """Keep the *n* greatest groups of dimension *by* ranked by measure *measure*; the rest becomes one group "Other" when *other*."""

    by: str
    measure: str
    n: int
    other: bool = True


@dataclass(frozen=True, slots=True)
class Query:
    measures: tuple[Measure, ...] = ()
    by: tuple[Dimension, ...] = ()
    where: tuple[Filter, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    top: Top | None = None

    def also_where(self, filters: Sequence[Filter]) -> Query:
        return Query(self.measures, self.by, (*self.where, *filters), self.order, self.limit, self.offset, self.top)


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows in the order of *columns*; *sql* is what ran, *elapsed_ms* how long it took this time."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    dataset_version: int = 0
    cached: bool = False
    elapsed_ms: float = 0.0
    sql: str = ""
    total: int | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
