"""What the filter bar offers: the columns of a dashboard's datasets, those that more of them share first, with values or range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

from core.data.datasets import Datasets, Version
from core.data.queries import Queries
from core.errors import AstralytiqError
from core.principal import Principal
from core.query.spec import Answer, Column, Dimension, Measure, Order, Query

MOST_VALUES = 200
_FEW = 40  # numbers with no more values than that are chosen from a list
_MOST_COLUMNS = 80


@unique
class FieldKind(StrEnum):
    VALUES = "values"
    RANGE = "range"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Field:
    """*values* with their numbers of rows, the most frequent first (``more`` when there are others); *low* and *high* of a range."""

    column: str
    kind: FieldKind
    datasets: tuple[str, ...]
    values: tuple[tuple[Any, int], ...] = ()
    more: bool = False
    low: Any = None
    high: Any = None


def fields(who: Principal, dataset_ids: Sequence[int], datasets: Datasets, queries: Queries) -> list[Field]:
    """Two batched calls: the ranges of all columns, then the values of those that have few."""
    versions = [datasets.version(who, each) for each in dict.fromkeys(dataset_ids)]
    homes: dict[str, tuple[Version, Column]] = {}
    for version in versions:
        for column in version.table.columns[:_MOST_COLUMNS]:
            if column.kind in ("text", "boolean", "integer", "decimal", "date", "timestamp"):
                homes.setdefault(column.name, (version, column))
    spans = _spans(who, list(homes.values()), queries)
    kinds = {name: _kind(column, spans.get(name)) for name, (_, column) in homes.items()}
    listed = [(version, column) for name, (version, column) in homes.items() if kinds[name] is FieldKind.VALUES]
    values = _values(who, listed, queries)
    found = [
        _field(
            column,
            kinds[name],
            tuple(each.dataset_name for each in versions if each.table.column(name)),
            spans.get(name),
            values.get(name, []),
        )
        for name, (_, column) in homes.items()
    ]
    return sorted(found, key=lambda each: -len(each.datasets))


def _kind(column: Column, span: tuple[Any, Any, int] | None) -> FieldKind:
    if column.is_time:
        return FieldKind.TIME
    if column.kind == "decimal" or (column.kind == "integer" and (span is None or span[2] > _FEW)):
        return FieldKind.RANGE
    return FieldKind.VALUES


def _field(
    column: Column, kind: FieldKind, homes: tuple[str, ...], span: tuple[Any, Any, int] | None, values: list[tuple[Any, int]]
) -> Field:
    if kind is FieldKind.VALUES:
        ordered = values if column.kind in ("text", "boolean") else sorted(values, key=lambda each: (each[0] is None, each[0]))
        return Field(column.name, kind, homes, tuple(ordered[:MOST_VALUES]), len(values) > MOST_VALUES)
    low, high = span[:2] if span else (None, None)
    return Field(column.name, kind, homes, low=low, high=high)


def _spans(who: Principal, columns: Sequence[tuple[Version, Column]], queries: Queries) -> dict[str, tuple[Any, Any, int]]:
    """Least, greatest and roughly how many distinct values of the columns of numbers and time: one scan for each dataset."""
    by_dataset: dict[int, list[Column]] = {}
    for version, column in columns:
        if column.is_number or column.is_time:
            by_dataset.setdefault(version.dataset_id, []).append(column)
    asked = [(home, Query(measures=tuple(measure for column in ours for measure in _span(column)))) for home, ours in by_dataset.items()]
    found: dict[str, tuple[Any, Any, int]] = {}
    for ours, answer in zip(by_dataset.values(), queries.run_many(who, asked) if asked else [], strict=True):
        if isinstance(answer, Answer):
            cells = iter(answer.rows[0])
            found |= {column.name: (next(cells), next(cells), next(cells)) for column in ours}
    return found


def _span(column: Column) -> tuple[Measure, Measure, Measure]:
    name = '"' + column.name.replace('"', '""') + '"'
    return (
        Measure(f"least {column.name}", f"min({name})"),
        Measure(f"greatest {column.name}", f"max({name})"),
        Measure(f"distinct {column.name}", f"approx_count_distinct({name})"),
    )


def _values(who: Principal, columns: Sequence[tuple[Version, Column]], queries: Queries) -> dict[str, list[tuple[Any, int]]]:
    asked = [
        (
            version.dataset_id,
            Query(
                measures=(Measure("rows", "count(*)"),),
                by=(Dimension(column.name if column.name != "rows" else "value", column.name),),
                order=(Order("rows", desc=True),),
                limit=MOST_VALUES + 1,
            ),
        )
        for version, column in columns
    ]
    answers: list[Answer | AstralytiqError] = queries.run_many(who, asked) if asked else []
    return {
        column.name: [(row[0], row[1]) for row in answer.rows]
        for (_, column), answer in zip(columns, answers, strict=True)
        if isinstance(answer, Answer)
    }
