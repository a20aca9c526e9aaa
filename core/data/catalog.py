"""The catalogue of datasets as it is read: rows of the database become frozen results."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, select
from sqlalchemy.orm import Session, defer

from core.data.storage import Storage
from core.errors import NotFound
from core.query.spec import Column, Table
from db.rows import DatasetRow, DatasetVersionRow, JobRow, UserRow

IMPORT = "dataset.import"
"""Kind of the jobs that fill a dataset; their arguments name it as ``dataset_id``."""
LARGEST = 2**31 - 1  # number that PostgreSQL compares with an id without complaint


@dataclass(frozen=True, slots=True)
class Dataset:
    """*version* is the current one, 0 while nothing has been brought in; *updated_at* is when the data last changed."""

    id: int
    name: str
    description: str
    owner_id: int
    owner: str
    version: int
    row_count: int
    byte_count: int
    column_count: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """*source* says where the data came from: file name, kind, reading options, bytes."""

    dataset_id: int
    dataset_name: str
    number: int
    table: Table
    row_count: int
    byte_count: int
    reject_count: int
    source: dict[str, Any]
    created_by: str
    created_at: datetime


def living(search: str = "") -> Select[DatasetRow, str, int | None, int | None, list[Any] | None]:
    query = (
        select(DatasetRow, UserRow.name, DatasetVersionRow.row_count, DatasetVersionRow.byte_count, DatasetVersionRow.columns)
        .join(UserRow, UserRow.id == DatasetRow.owner_id)
        .outerjoin(DatasetVersionRow, (DatasetVersionRow.dataset_id == DatasetRow.id) & (DatasetVersionRow.number == DatasetRow.current))
        .where(DatasetRow.deleted_at.is_(None))
    )
    return query.where(DatasetRow.name_key.contains(name_key(search), autoescape=True)) if search else query


def listed(search: str = "") -> Select[DatasetRow, str, int | None, int | None, list[Any] | None]:
    """Those that lists show: without the empty ones whose import died."""
    return living(search).where(~was_never_filled())


def was_never_filled() -> ColumnElement[bool]:
    """The dataset is empty and its import has ended: killed, say, which leaves nobody to clear up. It is there to be tried again."""
    import_of_it = (JobRow.kind == IMPORT, JobRow.arguments["dataset_id"].as_integer() == DatasetRow.id)
    return (DatasetRow.current == 0) & exists().where(*import_of_it, JobRow.finished_at.is_not(None))


def dataset(row: DatasetRow, owner: str, row_count: int | None, byte_count: int | None, columns: list[Any] | None) -> Dataset:
    return Dataset(
        id=row.id,
        name=row.name,
        description=row.description,
        owner_id=row.owner_id,
        owner=owner,
        version=row.current,
        row_count=row_count or 0,
        byte_count=byte_count or 0,
        column_count=len(columns or ()),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def find(session: Session, id: int) -> Dataset:
    found = session.execute(living().where(DatasetRow.id == id)).first() if id <= LARGEST else None
    if found is None:
        raise _unknown(id)
    return dataset(*found)


def name_key(name: str) -> str:
    """What two names share when they differ only in case (SQLite's own lower() knows ASCII only)."""
    return unicodedata.normalize("NFC", name).casefold()


def living_row(session: Session, id: int, *, lock: bool = False) -> DatasetRow:
    row = session.get(DatasetRow, id, with_for_update=lock) if id <= LARGEST else None
    if row is None or row.deleted_at:
        raise _unknown(id)
    return row


def _unknown(id: int) -> NotFound:
    return NotFound(f"There is no dataset {id}. It may have been deleted.")


def version_rows(id: int) -> Select[DatasetVersionRow, str, str]:
    return (
        select(DatasetVersionRow, DatasetRow.name, UserRow.name)
        .join(DatasetRow, DatasetRow.id == DatasetVersionRow.dataset_id)
        .join(UserRow, UserRow.id == DatasetVersionRow.created_by)
        .where(DatasetVersionRow.dataset_id == id)
        .options(defer(DatasetVersionRow.profile))  # may be megabytes
    )


def version_row(session: Session, id: int, number: int | None) -> Row[DatasetVersionRow, str, str]:
    dataset = living_row(session, id)
    if dataset.current == 0:
        raise NotFound(f"{dataset.name} has no data yet: its first import is not done.")
    number = dataset.current if number is None else number
    found = session.execute(version_rows(id).where(DatasetVersionRow.number == number)).first() if number <= LARGEST else None
    if found is None:
        raise NotFound(f"{dataset.name} has no version {number}; its versions go from 1 to {dataset.current}.")
    return found


def version(row: DatasetVersionRow, name: str, creator: str, storage: Storage) -> Version:
    return Version(
        dataset_id=row.dataset_id,
        dataset_name=name,
        number=row.number,
        table=Table(
            key=hashlib.sha256("\n".join(file["hash"] for file in row.files).encode()).hexdigest(),
            files=tuple(storage.path(file["hash"]) for file in row.files),
            columns=tuple(Column(column["name"], column["type"]) for column in row.columns),
            row_count=row.row_count,
        ),
        row_count=row.row_count,
        byte_count=row.byte_count,
        reject_count=row.reject_count,
        source=row.source,
        created_by=creator,
        created_at=row.created_at,
    )
