"""What AG Grid asks the server for, as our own filters and orders. Everything in it comes from outside and is looked at here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import Invalid
from core.query.spec import Column, Filter, Op, Order

MOST_ROWS = 1_000
_BLANKS = {"blank": Op.IS_NULL, "notBlank": Op.NOT_NULL}
_OPERATORS = {
    "equals": Op.EQ,
    "notEqual": Op.NE,
    "lessThan": Op.LT,
    "lessThanOrEqual": Op.LE,
    "greaterThan": Op.GT,
    "greaterThanOrEqual": Op.GE,
    "contains": Op.CONTAINS,
    "startsWith": Op.STARTS_WITH,
    "endsWith": Op.ENDS_WITH,
}
_TRUTHS = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class GridRequest:
    offset: int
    limit: int
    where: tuple[Filter, ...]
    order: tuple[Order, ...]


def read(request: Mapping[str, Any], columns: Sequence[Column]) -> GridRequest:
    """*request* is the grid's ``getRowsRequest``; its columns are named by their place, ``c0`` and so on. Raises Invalid."""
    start, end = _whole(request, "startRow"), _whole(request, "endRow")
    filters, sorts = request.get("filterModel") or {}, request.get("sortModel") or []
    if not isinstance(filters, dict) or not isinstance(sorts, list) or not 0 <= start < end:
        raise _odd()
    return GridRequest(
        offset=start,
        limit=min(end - start, MOST_ROWS),
        where=tuple(_filter(_column(name, columns), model) for name, model in filters.items()),
        order=tuple(_order(sort, columns) for sort in sorts),
    )


def _filter(column: Column, model: Any) -> Filter:
    kind = model.get("type") if isinstance(model, dict) else None
    if kind in _BLANKS:
        return Filter(column.name, _BLANKS[kind])
    if kind in _TRUTHS and column.kind == "boolean":
        return Filter(column.name, Op.EQ, _TRUTHS[kind])
    low, high = (
        (model.get(name) for name in (("dateFrom", "dateTo") if column.is_time else ("filter", "filterTo"))) if kind else (None, None)
    )
    if kind == "inRange":
        return Filter(column.name, Op.BETWEEN, [_value(column, low), _value(column, high)])
    if kind not in _OPERATORS:
        raise _odd()
    return Filter(column.name, _OPERATORS[kind], _value(column, low))


def _value(column: Column, value: Any) -> str | int | float:
    """Days come from the grid as ``2013-05-31 00:00:00``."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Invalid(f"The filter on {column.name} needs a value.")
    return value[:10] if column.is_time and isinstance(value, str) else value


def _order(sort: Any, columns: Sequence[Column]) -> Order:
    if not isinstance(sort, dict) or sort.get("sort") not in ("asc", "desc"):
        raise _odd()
    return Order(_column(sort.get("colId"), columns).name, sort["sort"] == "desc")


def _column(name: Any, columns: Sequence[Column]) -> Column:
    place = name[1:] if isinstance(name, str) and name[:1] == "c" else ""
    if not place.isdecimal() or len(place) > 6 or int(place) >= len(columns):
        raise _odd()
    return columns[int(place)]


def _whole(request: Mapping[str, Any], name: str) -> int:
    value = request.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _odd()
    return value


def _odd() -> Invalid:
    return Invalid("The table asked for something it cannot show. Load the page again.")
