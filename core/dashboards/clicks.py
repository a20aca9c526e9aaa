"""Which mark was chosen, and the rows behind it: from what the browser says of a point to the values of the chart's dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from core.dashboards.marks import is_folded
from core.dashboards.numbers import OTHER, name_of, plain
from core.dashboards.query import USUAL_PARTS, query_of
from core.dashboards.spec import ChartSpec, DimensionSpec, Kind, TopSpec
from core.data.datasets import Version
from core.data.queries import Queries
from core.principal import Principal
from core.query.spec import Answer

Clicked = Mapping[str, Any]
"""``key`` (and ``down`` in a heat map) is where the point stands, as the figure has it; ``series`` the name of its trace."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The first of the rows that add up to a mark; *of* is that mark in words."""

    of: str
    rows: Answer


def rows_behind(who: Principal, version: Version, spec: ChartSpec, clicked: Clicked, queries: Queries, *, limit: int) -> Behind | None:
    """None when the chart has no such mark (any more)."""
    dataset_id, number = version.dataset_id, version.number
    answer = queries.run(who, dataset_id, query_of(spec, version.table), version=number)
    if is_drawn_only(spec, answer, clicked):
        spec = replace(spec, top=TopSpec(USUAL_PARTS))
        answer = queries.run(who, dataset_id, query_of(spec, version.table), version=number)
    mark = mark_of(spec, answer, clicked)
    if mark is None:
        return None
    rows = queries.rows_behind(who, dataset_id, query_of(spec, version.table), mark, version=number, limit=limit)
    return Behind(words_of(spec, mark), rows)


def is_drawn_only(spec: ChartSpec, answer: Answer, clicked: Clicked) -> bool:
    """The part that the smaller ones of a pie are drawn as: no row of *answer* is behind it, so it takes another question."""
    return clicked.get("key") == OTHER and is_folded(spec, answer)


def mark_of(spec: ChartSpec, answer: Answer, clicked: Clicked) -> dict[str, Any] | None:
    """The values of the dimensions by name, or None when *answer* has no such mark (any more)."""
    if spec.kind is Kind.HISTOGRAM:
        row = _bin(spec, answer, clicked)
    else:
        row = next((each for each in answer.rows if _is_clicked(spec, each, clicked)), None)
    return None if row is None else dict(zip((each.name for each in spec.groups), row, strict=False))


def words_of(spec: ChartSpec, mark: Mapping[str, Any]) -> str:
    """``carrier UA, month 3``."""
    return ", ".join(f"{each.name} {name_of(mark[each.name], each.grain)}" for each in spec.groups)


def _is_clicked(spec: ChartSpec, row: tuple[Any, ...], clicked: Clicked) -> bool:
    if not _same(row[0], spec.dimensions[0], clicked.get("key")):
        return False
    if spec.kind is Kind.HEATMAP:
        return _same(row[1], spec.dimensions[1], clicked.get("down"))
    return _has_colour(spec, row, clicked)


def _has_colour(spec: ChartSpec, row: tuple[Any, ...], clicked: Clicked) -> bool:
    return spec.colour is None or _same(row[len(spec.dimensions)], spec.colour, clicked.get("series"))


def _bin(spec: ChartSpec, answer: Answer, clicked: Clicked) -> tuple[Any, ...] | None:
    """The bar that stands on the greatest lower edge below the place of the click."""
    place = clicked.get("key")
    if isinstance(place, bool) or not isinstance(place, (int, float)):
        return None
    below = [row for row in answer.rows if row[0] is not None and float(row[0]) <= place and _has_colour(spec, row, clicked)]
    return max(below, key=lambda row: row[0], default=None)


def _same(value: Any, dimension: DimensionSpec, key: Any) -> bool:
    if isinstance(value, date) and isinstance(key, str) and _moment(key) == _utc(value):
        return True
    return key == name_of(value, dimension.grain) or (value is not None and key == plain(value))


def _moment(text: str) -> datetime | None:
    try:
        return _utc(datetime.fromisoformat(text))
    except ValueError:
        return None


def _utc(moment: date) -> datetime:
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
