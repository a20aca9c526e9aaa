"""Datasets: bring a file in, look at it, ask it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from api.jobs import Accepted, Id
from api.problems import answers
from api.security import AskedFirst, Core, Who, needs
from core.data.column_profile import profile_to_json
from core.data.datasets import Dataset, Version
from core.errors import Invalid
from core.principal import Permission
from core.query import spec
from core.query.wire import filter_from_json, json_rows, list_from_text, query_from_json

router = APIRouter(prefix="/v1/datasets", tags=["Datasets"], route_class=AskedFirst)

Name = Annotated[str, Field(min_length=1, max_length=200)]
Formula = Annotated[str, Field(min_length=1, max_length=2000)]
# Strict: what a body holds as text or as a truth value is a mistake of its sender, not a number to be read out of it.
Number = Annotated[StrictInt, Field(ge=1, le=2**31 - 1)]
Scalar = bool | int | float | str | None


OPTIONS = (
    "JSON object of reading choices, each of which is found out when it is left out: encoding, delimiter, quote, header, skip, decimal, "
    'nulls, sheet, and columns, such as {"columns": {"zip": {"name": "zip code", "type": "text"}}}'
)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ColumnOut(BaseModel):
    name: str
    type: str


class DatasetOut(BaseModel):
    id: int
    name: str
    description: str
    owner: str
    version: int = Field(description="Number of the current version; 0 until the first import is done")
    row_count: int
    byte_count: int
    column_count: int
    created_at: datetime
    updated_at: datetime


class DatasetDetail(DatasetOut):
    columns: list[ColumnOut]


class VersionOut(BaseModel):
    number: int
    row_count: int
    byte_count: int
    reject_count: int = Field(description="Rows that did not parse and were kept apart")
    columns: list[ColumnOut]
    source: dict[str, Any]
    created_by: str
    created_at: datetime


class Imported(Accepted):
    dataset_id: int


class Measure(Strict):
    name: Name
    formula: Formula


class Dimension(Strict):
    name: Name
    formula: Formula
    grain: spec.Grain | None = None
    bins: Annotated[StrictInt, Field(ge=2, le=1000)] | None = None


class Filter(Strict):
    column: Formula
    op: spec.Op
    value: Scalar | list[Scalar] = None


class Order(Strict):
    name: Name
    desc: StrictBool = False


class Top(Strict):
    by: Name
    measure: Name
    n: Annotated[StrictInt, Field(ge=1, le=10_000)]
    other: StrictBool = True


class QueryIn(Strict):
    measures: Annotated[tuple[Measure, ...], Field(max_length=50)] = ()
    by: Annotated[tuple[Dimension, ...], Field(max_length=20)] = ()
    where: Annotated[tuple[Filter, ...], Field(max_length=100)] = ()
    order: Annotated[tuple[Order, ...], Field(max_length=20)] = ()
    limit: Annotated[StrictInt, Field(ge=1, le=100_000)] = 10_000
    offset: Annotated[StrictInt, Field(ge=0, le=2**53)] = 0
    top: Top | None = None
    version: Number | None = None


class AnswerOut(BaseModel):
    columns: list[ColumnOut]
    rows: list[list[Any]] = Field(description="Arrays in the order of `columns`")
    dataset_version: int
    cached: bool
    elapsed_ms: float


class RowsOut(AnswerOut):
    total: int


def _columns(columns: tuple[spec.Column, ...]) -> list[ColumnOut]:
    return [ColumnOut(name=column.name, type=column.type) for column in columns]


def _dataset(dataset: Dataset) -> dict[str, Any]:
    return {name: getattr(dataset, name) for name in DatasetOut.model_fields}


def _version(version: Version) -> VersionOut:
    known = {name: getattr(version, name) for name in VersionOut.model_fields if name != "columns"}
    return VersionOut(**known, columns=_columns(version.table.columns))


def answer_out(answer: spec.Answer) -> dict[str, Any]:
    return {
        "columns": _columns(answer.columns),
        "rows": json_rows(answer),
        "dataset_version": answer.dataset_version,
        "cached": answer.cached,
        "elapsed_ms": answer.elapsed_ms,
    }


def filters_of(where: str | None) -> tuple[spec.Filter, ...]:
    """Of a query parameter that is JSON. Raises Invalid naming the field."""
    if where is None:
        return ()
    parsed = list_from_text(where, "where", '[{"column": "carrier", "op": "=", "value": "UA"}]')
    return tuple(filter_from_json(each, f"where.{position}") for position, each in enumerate(parsed))


def _orders(order: str | None) -> tuple[spec.Order, ...]:
    names = [name for name in (order or "").split(",") if name]
    return tuple(spec.Order(name.removeprefix("-"), name.startswith("-")) for name in names)


@router.get("", responses=answers())
def list_datasets(
    who: Who,
    core: Core,
    search: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    offset: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> list[DatasetOut]:
    """Datasets whose name contains `search`, the newest first."""
    return [DatasetOut(**_dataset(each)) for each in core.datasets.find(who, search=search, limit=limit, offset=offset)]


@router.post("", status_code=202, responses=answers(409, 413), dependencies=needs(Permission.DATASET_WRITE))
def add_dataset(
    who: Who,
    core: Core,
    file: Annotated[UploadFile, File(description="CSV, TSV, Parquet, JSON, JSON lines or Excel; text files also gzipped or zipped")],
    name: Annotated[str, Form(min_length=1, max_length=200)],
    options: Annotated[str | None, Form(description=OPTIONS)] = None,
) -> Imported:
    """Brings a file in as a new dataset, by a job."""
    chosen = _options(options)
    upload = core.imports.receive(who, file.filename or "upload", file.file)
    try:
        dataset, job = core.imports.start(who, upload.id, name, chosen)
    except Exception:
        core.imports.discard(who, upload.id)
        raise
    return Imported(job_id=job.id, dataset_id=dataset.id)


def _options(text: str | None) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise Invalid('options must be a JSON object such as {"delimiter": ";"}.', field="options")
    return parsed


@router.get("/{id}", responses=answers(404))
def dataset(id: Id, who: Who, core: Core) -> DatasetDetail:
    found = core.datasets.get(who, id)
    columns = _columns(core.datasets.version(who, id).table.columns) if found.version else []
    return DatasetDetail(**_dataset(found), columns=columns)


@router.delete("/{id}", status_code=204, responses=answers(404, 409))
def delete_dataset(id: Id, who: Who, core: Core) -> None:
    """Deletes a dataset that no chart and no experiment uses."""
    core.datasets.delete(who, id)


@router.get("/{id}/versions", responses=answers(404))
def versions(id: Id, who: Who, core: Core) -> list[VersionOut]:
    return [_version(each) for each in core.datasets.versions(who, id)]


@router.get("/{id}/profile", responses=answers(404, 504))
def profile(id: Id, who: Who, core: Core, version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None) -> dict[str, Any]:
    """Per column: type, missing, distinct, extremes, mean, quantiles, most frequent values, histogram."""
    return profile_to_json(core.datasets.profile(who, id, version))


@router.get("/{id}/rejects", responses=answers(404, 504))
def rejects(
    id: Id,
    who: Who,
    core: Core,
    *,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> AnswerOut:
    """Rows of the source that did not parse: line number, reason, text."""
    return AnswerOut(**answer_out(core.datasets.rejects(who, id, version, limit=limit, offset=offset)))


@router.get("/{id}/rows", responses=answers(404, 504))
def rows(
    id: Id,
    who: Who,
    core: Core,
    *,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    where: Annotated[str | None, Query(max_length=4000, description='JSON: [{"column", "op", "value"}]')] = None,
    order: Annotated[
        str | None, Query(max_length=2000, description="Column names, separated by commas; a minus in front means descending")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> RowsOut:
    """A page of rows, in the file's order unless `order` says otherwise."""
    answer = core.queries.rows(who, id, version=version, where=filters_of(where), order=_orders(order), limit=limit, offset=offset)
    return RowsOut(**answer_out(answer), total=answer.total or 0)


@router.get("/{id}/rows.csv", response_class=StreamingResponse, responses=answers(404, 504) | {200: {"content": {"text/csv": {}}}})
def rows_csv(
    id: Id,
    who: Who,
    core: Core,
    *,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    where: Annotated[str | None, Query(max_length=4000, description='JSON: [{"column", "op", "value"}]')] = None,
) -> StreamingResponse:
    """All rows that pass `where`, as CSV."""
    chunks: Iterator[bytes] = core.queries.csv(who, id, version=version, where=filters_of(where))
    return StreamingResponse(chunks, media_type="text/csv")


@router.post("/{id}/query", responses=answers(404, 504), dependencies=needs(Permission.DATASET_READ))
def query(id: Id, asked: QueryIn, who: Who, core: Core) -> AnswerOut:
    """Groups and aggregates. Formulas are expressions such as `sum(arr_delay) / count(*)`."""
    wanted = query_from_json(asked.model_dump(exclude={"version"}))
    return AnswerOut(**answer_out(core.queries.run(who, id, wanted, version=asked.version)))
