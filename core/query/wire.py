"""Queries and answers as JSON, for the API, for saved things and for pages."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from core.errors import Invalid, did_you_mean
from core.query.spec import Answer, Dimension, Filter, Grain, Measure, Op, Order, Query, Top

_Choice = TypeVar("_Choice", bound=StrEnum)
_EXACT = 2**53  # above it a browser rounds whole numbers
_WIDEST = 2**63  # above it writers of JSON give up


def json_value(value: Any) -> Any:
    """A cell as JSON: moments as ISO 8601, decimals as numbers, what is no number (NaN, infinity) as null, bytes as base64.

    Whole numbers, also of decimals without a fraction, are exact up to 64 bits, and floating-point numbers above.
    """
    value = _whole_number(value)
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if -_WIDEST <= value < _WIDEST else float(value)
    if isinstance(value, (float, Decimal)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (date, time)):
        return value.isoformat()
    return _rare(value)


def browser_value(value: Any) -> Any:
    """As `json_value`, with the numbers that JavaScript would round (long identifiers, say) as text."""
    value = _whole_number(value)
    if isinstance(value, Decimal) and value.is_finite():
        return float(value) if Decimal(repr(float(value))) == value else format(value, "f")
    return str(value) if isinstance(value, int) and not -_EXACT <= value <= _EXACT else json_value(value)


def _whole_number(value: Any) -> Any:
    """A decimal as the int that it is, when its kind has no places after the point."""
    return int(value) if isinstance(value, Decimal) and value.as_tuple().exponent == 0 else value


def _rare(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {str(json_value(key)): json_value(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(each) for each in value]
    return str(value) if isinstance(value, UUID) else repr(value)


def json_rows(answer: Answer) -> list[list[Any]]:
    return [[json_value(cell) for cell in row] for row in answer.rows]


def query_to_json(query: Query) -> dict[str, Any]:
    """The shortest form that `query_from_json` reads back to the same query."""
    top = query.top
    asked: dict[str, Any] = {
        "measures": [{"name": each.name, "formula": each.formula} for each in query.measures],
        "by": [_dimension_to_json(each) for each in query.by],
        "where": [filter_to_json(each) for each in query.where],
        "order": [{"name": each.name, "desc": each.desc} for each in query.order],
        "limit": query.limit,
        "offset": query.offset or None,
        "top": {"by": top.by, "measure": top.measure, "n": top.n, "other": top.other} if top else None,
    }
    return {name: value for name, value in asked.items() if value not in (None, [])}


def filter_to_json(filter: Filter) -> dict[str, Any]:
    return {"column": filter.column, "op": filter.op.value, "value": json_value(filter.value)}


def query_from_json(given: Any) -> Query:
    """Raises Invalid naming the field (``by.0.grain``)."""
    known = _object(given, "query", ("measures", "by", "where", "order", "limit", "offset", "top"))
    return Query(
        measures=tuple(_measure(each, f"measures.{i}") for i, each in enumerate(_list(known, "measures"))),
        by=tuple(_dimension(each, f"by.{i}") for i, each in enumerate(_list(known, "by"))),
        where=tuple(filter_from_json(each, f"where.{i}") for i, each in enumerate(_list(known, "where"))),
        order=tuple(_order(each, f"order.{i}") for i, each in enumerate(_list(known, "order"))),
        limit=_whole(known, "limit", ""),
        offset=_whole(known, "offset", "") or 0,
        top=None if known.get("top") is None else _top(known["top"]),
    )


def list_from_text(text: str, field: str, example: str) -> list[Any]:
    """A list that is written as JSON, such as in an address. Raises Invalid naming *field*."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):  # the latter: brackets in brackets in brackets
        parsed = None
    if not isinstance(parsed, list):
        raise Invalid(f"{field} must be a JSON list such as {example}.", field=field)
    return parsed


def filter_from_json(given: Any, field: str = "where") -> Filter:
    known = _object(given, field, ("column", "op", "value"))
    value = known.get("value")
    for each in value if isinstance(value, (list, tuple)) else (value,):
        if isinstance(each, (Mapping, list, tuple)):
            raise Invalid("A filter compares with texts, numbers, dates, true, false or null.", field=f"{field}.value")
    return Filter(_text(known, "column", field), _choice(known.get("op", Op.EQ), Op, f"{field}.op"), value)


def _measure(given: Any, field: str) -> Measure:
    known = _object(given, field, ("name", "formula"))
    formula = _text(known, "formula", field)
    return Measure(_text(known, "name", field, usual=formula), formula)


def _dimension(given: Any, field: str) -> Dimension:
    known = _object(given, field, ("name", "formula", "grain", "bins"))
    formula = _text(known, "formula", field)
    grain = None if known.get("grain") is None else _choice(known["grain"], Grain, f"{field}.grain")
    return Dimension(_text(known, "name", field, usual=formula), formula, grain, _whole(known, "bins", f"{field}."))


def _dimension_to_json(dimension: Dimension) -> dict[str, Any]:
    asked = {"name": dimension.name, "formula": dimension.formula, "grain": dimension.grain, "bins": dimension.bins}
    return {name: str(value) if isinstance(value, Grain) else value for name, value in asked.items() if value is not None}


def _order(given: Any, field: str) -> Order:
    known = _object(given, field, ("name", "desc"))
    return Order(_text(known, "name", field), _flag(known, "desc", field, usual=False))


def _top(given: Any) -> Top:
    known = _object(given, "top", ("by", "measure", "n", "other"))
    n = _whole(known, "n", "top.")
    if n is None:
        raise Invalid("How many groups are kept? Give n.", field="top.n")
    return Top(_text(known, "by", "top"), _text(known, "measure", "top"), n, _flag(known, "other", "top", usual=True))


def _object(given: Any, field: str, names: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise Invalid(f"{field} has to be an object with {', '.join(names)}.", field=field)
    odd = next((name for name in given if name not in names), None)
    if odd is not None:
        raise Invalid(f"{field} has no {odd!r}.{did_you_mean(str(odd), names)}", field=f"{field}.{odd}")
    return given


def _list(known: Mapping[str, Any], name: str) -> Sequence[Any]:
    given = known.get(name)
    if given is None:
        return ()
    if not isinstance(given, (list, tuple)):
        raise Invalid(f"{name} has to be a list.", field=name)
    return given


def _text(known: Mapping[str, Any], name: str, field: str, *, usual: str = "") -> str:
    given = known.get(name) or usual
    if not isinstance(given, str) or not given.strip():
        raise Invalid(f"{field} needs a {name}.", field=f"{field}.{name}")
    return given


def _flag(known: Mapping[str, Any], name: str, field: str, *, usual: bool) -> bool:
    given = known.get(name, usual)
    if not isinstance(given, bool):
        raise Invalid(f"{name} has to be true or false.", field=f"{field}.{name}")
    return given


def _whole(known: Mapping[str, Any], name: str, prefix: str) -> int | None:
    given = known.get(name)
    if given is not None and (isinstance(given, bool) or not isinstance(given, int)):
        raise Invalid(f"{name} has to be a whole number.", field=prefix + name)
    return given


def _choice(given: Any, choices: type[_Choice], field: str) -> _Choice:
    try:
        return choices(given)
    except ValueError:
        named = ", ".join(each.value for each in choices)
        raise Invalid(f"{given!r} is not one of {named}.{did_you_mean(str(given), list(choices))}", field=field) from None
