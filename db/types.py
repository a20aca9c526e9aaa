"""Column types that behave the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, DateTime, Dialect, Integer, TableValuedAlias, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeDecorator

Json = JSON().with_variant(JSONB(), "postgresql")

_UNKEPT = re.compile("[\0\ud800-\udfff]")
"""PostgreSQL keeps no NUL, and neither database half of a surrogate pair."""


def is_kept(text: str) -> bool:
    """Whether both databases keep *text* as it is."""
    return _UNKEPT.search(text) is None


def kept(text: str) -> str:
    """*text* with the replacement character for what a database would not keep."""
    return _UNKEPT.sub("\ufffd", text)


def json_text(value: Any) -> str:
    """JSON as both databases take it, and in letters that can be searched, not in their numbers."""
    text = json.dumps(value, ensure_ascii=False)
    return text if is_kept(text) and "\\u0000" not in text else json.dumps(_kept(value), ensure_ascii=False)


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return kept(value)
    if isinstance(value, dict):
        return {_kept(key): _kept(each) for key, each in value.items()}
    return [_kept(each) for each in value] if isinstance(value, (list, tuple)) else value


def elements(of: InstrumentedAttribute[list[Any]], dialect: str) -> tuple[TableValuedAlias, ColumnElement[Any], ColumnElement[int]]:
    """A list in JSON as rows to join: those, in them each element, and its place from 0 on."""
    value = Column("value", Json)
    if dialect == "postgresql":
        rows = func.jsonb_array_elements(of).table_valued(value, with_ordinality="place", name="element").render_derived()
        return rows, rows.c.value, rows.c.place - 1
    rows = func.json_each(of).table_valued(value, Column("key", Integer), name="element")
    return rows, rows.c.value, rows.c.key


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always aware and in UTC: SQLite would hand back naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    return datetime.now(UTC)
