"""Datasets: named tables whose data changes only by a new version; every version stays readable."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlglot import exp

from core.data import catalog
from core.data.catalog import Dataset, Version, name_key
from core.data.column_profile import profile_from_json, profile_to_json
from core.data.column_search import FoundColumn, find_columns
from core.data.profile import Profile, profile
from core.data.storage import GRACE, Storage, StoredFile
from core.errors import Conflict, Invalid
from core.operations import audit
from core.principal import Permission, Principal
from core.query.engines import Embedded
from core.query.spec import Answer, Column, Table
from db.rows import ChartRow, DatasetRow, DatasetVersionRow, ExperimentRow
from db.session import Database
from db.types import now

__all__ = ["NAME_LENGTH", "Dataset", "Datasets", "Version"]

NAME_LENGTH = 120
REJECT_COLUMNS = (Column("line", "BIGINT"), Column("reason", "VARCHAR"), Column("raw", "VARCHAR"))


class Datasets:
    """Finds and changes datasets. A deleted one is kept as a row, but nothing here shows it again."""

    def __init__(self, database: Database, storage: Storage, engine: Embedded) -> None:
        self._database = database
        self._storage = storage
        self._engine = engine

    def find(self, who: Principal, *, search: str = "", limit: int = 200, offset: int = 0) -> list[Dataset]:
        """Those whose name contains *search* in whatever case, the most recently changed first."""
        who.require(Permission.DATASET_READ)
        query = catalog.listed(search).order_by(DatasetRow.updated_at.desc(), DatasetRow.id.desc()).limit(limit).offset(offset)
        with self._database.reading() as session:
            return [catalog.dataset(*row) for row in session.execute(query)]

    def count(self, who: Principal, *, search: str = "") -> int:
        """How many there are that `find` would give without a limit."""
        who.require(Permission.DATASET_READ)
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(catalog.listed(search).subquery())) or 0

    def find_columns(self, who: Principal, search: str, *, limit: int = 50) -> list[FoundColumn]:
        """Columns of current versions whose name contains *search* in whatever case, the likeliest first."""
        who.require(Permission.DATASET_READ)
        with self._database.reading() as session:
            return find_columns(session, search, limit)

    def get(self, who: Principal, id: int) -> Dataset:
        who.require(Permission.DATASET_READ)
        with self._database.reading() as session:
            return catalog.find(session, id)

    def version(self, who: Principal, id: int, number: int | None = None) -> Version:
        """The version of that *number*, or the current one."""
        who.require(Permission.DATASET_READ)
        with self._database.reading() as session:
            return catalog.version(*catalog.version_row(session, id, number), self._storage)

    def versions(self, who: Principal, id: int) -> list[Version]:
        """All versions, the newest first."""
        who.require(Permission.DATASET_READ)
        with self._database.reading() as session:
            catalog.living_row(session, id)
            query = catalog.version_rows(id).order_by(DatasetVersionRow.number.desc())
            return [catalog.version(*row, self._storage) for row in session.execute(query)]

    def profile(self, who: Principal, id: int, number: int | None = None) -> Profile:
        """What is in each column of a version: looked at once, kept with it."""
        who.require(Permission.DATASET_READ)
        with self._database.reading() as session:
            found = catalog.version_row(session, id, number)
            version, stored = catalog.version(*found, self._storage), found[0].profile
        if stored is not None:
            return profile_from_json(stored)
        looked_at = profile(self._engine, version.table)
        with self._database.transaction() as session:
            kept = update(DatasetVersionRow).where(DatasetVersionRow.dataset_id == id, DatasetVersionRow.number == version.number)
            session.execute(kept.values(profile=profile_to_json(looked_at)))
        return looked_at

    def rejects(self, who: Principal, id: int, number: int | None = None, *, limit: int = 100, offset: int = 0) -> Answer:
        """The rows of the source that were kept apart, in the order of their lines: line, reason, raw."""
        who.require(Permission.DATASET_READ)
        with self._database.reading() as session:
            row = catalog.version_row(session, id, number)[0]
        if row.reject_file is None:
            return Answer(REJECT_COLUMNS, (), dataset_version=row.number, total=0)
        table = Table(row.reject_file, (self._storage.path(row.reject_file),), REJECT_COLUMNS, row.reject_count)
        lines = exp.select("line", "reason", "raw").from_("rejects").order_by("line", "raw").limit(limit).offset(offset)
        result = self._engine.fetch(lines, {"rejects": table})
        return Answer(result.columns, result.rows, dataset_version=row.number, total=row.reject_count)

    def create(self, who: Principal, name: str, *, description: str = "", session: Session | None = None) -> Dataset:
        """A dataset without data. *session* joins a transaction of the caller, who commits it."""
        who.require(Permission.DATASET_WRITE)
        with nullcontext(session) if session else self._database.transaction() as session:  # noqa: PLR1704 - the caller's or ours
            row = DatasetRow(description=description.strip(), owner_id=who.user_id)
            _name(session, who, row, name)
            session.add(row)
            _flush(session, row.name)
            audit.record(session, who, "dataset.create", "dataset", row.id, name=row.name)
            return catalog.find(session, row.id)

    def add_version(
        self,
        who: Principal,
        dataset_id: int,
        files: Sequence[Path],
        *,
        columns: Sequence[Column],
        rejects: Path | None,
        source: dict[str, Any],
        base: int,
        append: bool = False,
    ) -> Version:
        """Makes the Parquet *files* of the same *columns* the current version, or with *append* those of version *base* and them.

        *base* is the version that the writer started from (0 for a new dataset): Conflict when another one has become current
        since, so that nobody's data vanishes unseen. *rejects* is the Parquet file of the rows kept apart, with `REJECT_COLUMNS`.
        """
        who.require(Permission.DATASET_WRITE)
        stored = [self._storage.add(path) for path in files]
        rejected = self._storage.add(rejects) if rejects else None
        _check_columns(stored, columns)
        with self._database.transaction() as session:
            dataset = catalog.living_row(session, dataset_id, lock=True)
            if dataset.current != base:
                raise Conflict(f"{dataset.name} has changed: version {dataset.current} is current, not {base}. Look at it, then try again.")
            row = _new_version(dataset, stored, rejected, columns)
            if append and base:
                _append_to(row, catalog.version_row(session, dataset_id, base)[0])
            row.source, row.created_by = source, who.user_id
            dataset.current, dataset.updated_at = row.number, now()
            session.add(row)
            session.flush()
            audit.record(
                session, who, "dataset.add_version", "dataset", dataset_id, name=dataset.name, version=row.number, rows=row.row_count
            )
            return catalog.version(*catalog.version_row(session, dataset_id, row.number), self._storage)

    def rename(self, who: Principal, id: int, name: str, description: str) -> Dataset:
        """Gives it that name and that description."""
        who.require(Permission.DATASET_WRITE)
        with self._database.transaction() as session:
            row = catalog.living_row(session, id, lock=True)
            before = row.name
            _name(session, who, row, name)
            row.description = description.strip()
            _flush(session, row.name)
            audit.record(session, who, "dataset.rename", "dataset", id, name=row.name, before=before)
            return catalog.find(session, id)

    def delete(self, who: Principal, id: int) -> None:
        """Conflict in words while charts or experiments use it. Its name is free at once, its files go after the grace."""
        who.require(Permission.DATASET_DELETE)
        with self._database.transaction() as session:
            row = catalog.living_row(session, id, lock=True)
            _check_unused(session, row)
            row.deleted_at, row.name_key = now(), None
            audit.record(session, who, "dataset.delete", "dataset", id, name=row.name)
        self._collect()

    def discard_empty(self, who: Principal, id: int) -> None:
        """Takes back a dataset whose first import failed; one that has data is left alone."""
        who.require(Permission.DATASET_WRITE)
        with self._database.transaction() as session:
            row = session.get(DatasetRow, id, with_for_update=True)
            if row is None or row.current:
                return
            session.delete(row)
            audit.record(session, who, "dataset.discard", "dataset", id, name=row.name)

    def _collect(self) -> None:
        """Deletes the files that no version of a living or lately deleted dataset names."""
        with self._database.reading() as session:
            query = (
                select(DatasetVersionRow.files, DatasetVersionRow.reject_file)
                .join(DatasetRow, DatasetRow.id == DatasetVersionRow.dataset_id)
                .where((DatasetRow.deleted_at.is_(None)) | (DatasetRow.deleted_at > now() - GRACE))
            )
            rows = session.execute(query).all()
        self._storage.collect({name for files, rejects in rows for name in (*(file["hash"] for file in files), rejects) if name})


def _name(session: Session, who: Principal, row: DatasetRow, name: str) -> None:
    """Sets the name, checked: not blank, not too long, printable, not that of another living dataset."""
    name = " ".join(name.split())
    if not name:
        raise Invalid("A dataset needs a name.", field="name")
    if len(name) > NAME_LENGTH:
        raise Invalid(f"The name has {len(name)} characters; {NAME_LENGTH} are allowed.", field="name")
    if not name.isprintable():
        raise Invalid("The name holds a character that cannot be printed.", field="name")
    with session.no_autoflush:
        _free(session, who, name, row.id)
    row.name, row.name_key = name, name_key(name)


def _free(session: Session, who: Principal, name: str, id: int | None) -> None:
    """Raises Conflict when a dataset other than *id* has the name; one that a dead import left empty gives it away."""
    same = (DatasetRow.name_key == name_key(name), DatasetRow.id != (id or 0))
    dead = session.scalar(select(DatasetRow).where(*same, catalog.was_never_filled()).with_for_update())
    if dead is not None:
        session.delete(dead)
        session.flush()
        audit.record(session, who, "dataset.discard", "dataset", dead.id, name=dead.name)
    if session.scalar(select(DatasetRow.id).where(*same)) is not None:
        raise _taken(name)


def _taken(name: str) -> Conflict:
    return Conflict(f"There is already a dataset called {name}. Choose another name.", field="name")


def _flush(session: Session, name: str) -> None:
    """Writes, so that somebody who took the name in the same moment is met here and in words."""
    try:
        session.flush()
    except IntegrityError as error:
        if "name_key" not in str(error.orig):
            raise
        raise _taken(name) from None


def _check_columns(files: Sequence[StoredFile], columns: Sequence[Column]) -> None:
    if not files:
        raise Invalid("A version needs at least one file; an empty table is a file without rows.")
    names = tuple(column.name for column in columns)
    if any(file.columns != names for file in files):
        raise Invalid("The files of a version must have its columns, in the same order.")


def _new_version(
    dataset: DatasetRow, files: Sequence[StoredFile], rejects: StoredFile | None, columns: Sequence[Column]
) -> DatasetVersionRow:
    return DatasetVersionRow(
        dataset_id=dataset.id,
        number=dataset.current + 1,
        files=[{"hash": file.hash, "bytes": file.bytes, "rows": file.rows} for file in files],
        columns=[{"name": column.name, "type": column.type} for column in columns],
        row_count=sum(file.rows for file in files),
        byte_count=sum(file.bytes for file in files),
        reject_count=rejects.rows if rejects else 0,
        reject_file=rejects.hash if rejects else None,
    )


def _append_to(row: DatasetVersionRow, base: DatasetVersionRow) -> None:
    if row.columns != base.columns:
        raise Invalid("Rows can only be appended to a version with the same columns and types.")
    row.files = [*base.files, *row.files]
    row.row_count += base.row_count
    row.byte_count += base.byte_count


def _check_unused(session: Session, row: DatasetRow) -> None:
    users = [
        f"{kind} {name}"
        for kind, table in (("chart", ChartRow), ("experiment", ExperimentRow))
        for name in session.scalars(select(table.name).where(table.dataset_id == row.id).order_by(table.name).limit(5))
    ]
    if users:
        raise Conflict(f"{row.name} is in use by {_listed(users)}. Delete what uses it first.")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
