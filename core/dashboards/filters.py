"""A dashboard's global filters: conditions on columns, as they stand in an address, and whether they concern a dataset.

The text form is made to be read and typed: ``carrier=UA,AA;dep_delay=0..60;day=2013-01-01..``. Values are text there; the query
layer reads them as the column's kind. A comma, semicolon, percent sign or equals sign inside a value is written ``%2C`` and so on,
as are the dots of a value with two of them; a value that is absent is ``null``, a text without letters ``""``.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from core.dashboards.numbers import NO_VALUE, exact, name_of
from core.errors import Invalid
from core.query.spec import Filter, Op, Table, Value

LONGEST = 4_000
MOST = 20
_MARKS = {"%": "%25", ",": "%2C", ";": "%3B", "=": "%3D", "..": "%2E%2E"}
_NULL = "null"
_BLANK = '""'
_SIGNS = {"": _BLANK, _NULL: "%6Eull", _BLANK: "%22%22"}  # of texts that are nothing, or look like a sign


def filters_from_text(text: str) -> tuple[Filter, ...]:
    """Raises Invalid for what is no list of filters; a column named twice keeps its last filter."""
    if len(text) > LONGEST:
        raise Invalid("The filters in the address are too long.", field="f")
    found: dict[str, Filter] = {}
    for part in text.split(";"):
        column, equals, values = part.partition("=")
        if not part:
            continue
        if not equals or not column or not values:
            raise Invalid(f"The filter {part!r} in the address cannot be read. Write column=value,value or column=low..high.", field="f")
        name = unquote(column)
        found[name] = _read(name, values)
    if len(found) > MOST:
        raise Invalid(f"At most {MOST} filters at once; the address has {len(found)}.", field="f")
    return tuple(found.values())


def filters_to_text(filters: Sequence[Filter]) -> str:
    return ";".join(f"{_written(each.column)}={_values(each)}" for each in filters)


def without(filters: Sequence[Filter], column: str) -> tuple[Filter, ...]:
    return tuple(each for each in filters if each.column != column)


def with_(filters: Sequence[Filter], changed: Filter) -> tuple[Filter, ...]:
    """*changed* in the place of the filter on its column, or at the end."""
    if all(each.column != changed.column for each in filters):
        return (*filters, changed)
    return tuple(changed if each.column == changed.column else each for each in filters)


def concerning(filters: Sequence[Filter], table: Table) -> tuple[tuple[Filter, ...], tuple[str, ...]]:
    """Those that *table* has the column of, and the columns of the others."""
    ours = tuple(each for each in filters if table.column(each.column))
    return ours, tuple(each.column for each in filters if not table.column(each.column))


def in_words(condition: Filter) -> str:
    """``carrier = UA or AA``; ``dep_delay from 0 to 60``; ``day until 31 Dec 2013``."""
    values = many(condition.value)
    if condition.op is Op.BETWEEN:
        low, high = values
        parts = [
            *([f"from {_word(low)}"] if low is not None else []),
            *([f"{'to' if low is not None else 'until'} {_word(high)}"] if high is not None else []),
        ]
        return f"{condition.column} {' '.join(parts) or 'with any value'}"
    shown = [_word(value) for value in values]
    if len(shown) > 3:
        shown = [*shown[:2], f"{len(shown) - 2} others"]
    symbol = "=" if condition.op in (Op.EQ, Op.IN) else condition.op.value
    return f"{condition.column} {symbol} {', '.join(shown[:-1])}{' or ' if len(shown) > 1 else ''}{shown[-1] if shown else 'nothing'}"


def many(value: Value | Sequence[Value]) -> list[Value]:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def _read(column: str, text: str) -> Filter:
    low, dots, high = text.partition("..")
    if dots:
        return Filter(column, Op.BETWEEN, (unquote(low) or None, unquote(high) or None))
    return Filter(column, Op.IN, tuple(None if each == _NULL else "" if each == _BLANK else unquote(each) for each in text.split(",")))


def _values(condition: Filter) -> str:
    values = many(condition.value)
    if condition.op is Op.BETWEEN:
        return "..".join("" if each is None else _written(each) for each in values)
    return ",".join(_NULL if each is None else _written(each) for each in values)


def _written(value: Value) -> str:
    text = str(value)
    if text in _SIGNS:
        return _SIGNS[text]
    for mark, code in _MARKS.items():
        text = text.replace(mark, code)
    return text


def _word(value: Value) -> str:
    return (
        NO_VALUE if value is None else exact(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else name_of(value)
    )
