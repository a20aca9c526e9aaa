"""What a person may decide about reading a file; whatever is left open is found out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError, field_validator

from core.data import column_types, encoding
from core.errors import Invalid


class ColumnChoice(BaseModel):
    """A column's new *name* and its *type*, one of `column_types.CHOICES`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str | None = Field(default=None, min_length=1, max_length=200)
    type: str | None = None

    @field_validator("type")
    @classmethod
    def _known(cls, type: str | None) -> str | None:
        return _one_of(type, column_types.CHOICES)


class Options(BaseModel):
    """*columns* are keyed by the name that the preview shows. *delimiter* and *quote* may be empty: one column, no quotes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    encoding: str | None = None
    delimiter: str | None = Field(default=None, max_length=1)
    quote: str | None = None
    header: StrictBool | None = None
    skip: StrictInt | None = Field(default=None, ge=0, le=100_000)
    decimal: str | None = None
    nulls: tuple[str, ...] | None = Field(default=None, max_length=50)
    sheet: str | None = None
    columns: dict[str, ColumnChoice] = {}

    @field_validator("encoding")
    @classmethod
    def _readable(cls, name: str | None) -> str | None:
        return _one_of(name, encoding.CHOICES)

    @field_validator("quote")
    @classmethod
    def _quote(cls, mark: str | None) -> str | None:
        return _one_of(mark, ("", '"', "'"))

    @field_validator("decimal")
    @classmethod
    def _decimal(cls, mark: str | None) -> str | None:
        return _one_of(mark, (".", ","))

    @field_validator("delimiter")
    @classmethod
    def _delimiter(cls, mark: str | None) -> str | None:
        if mark and (not mark.isascii() or mark.isalnum() or mark in "\"'\r\n\\"):
            raise ValueError("a delimiter is a mark such as , ; or |")
        return mark


def options_from(values: Mapping[str, Any] | None) -> Options:
    """Raises Invalid that names the first wrong field."""
    try:
        return Options.model_validate(dict(values or {}))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{where}: {first['msg'].removeprefix('Value error, ')}.", field=f"options.{where}") from None


def _one_of(value: str | None, known: tuple[str, ...]) -> str | None:
    if value is not None and value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(map(repr, known))}")
    return value
