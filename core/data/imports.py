"""Imports: a file comes in, is looked at, and becomes the first version of a dataset by a job.

    receive ──> the inbox (a file and a row) ──preview──> choices ──start──> a dataset without data, and a job
                                                                              │
                        the file is gone <── version 1, or the dataset too <──┘

Whatever goes wrong leaves nothing behind: no file in the inbox, no row, no dataset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from secrets import token_hex
from typing import Any, BinaryIO

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from core.data.archives import Counter, blocks_of, unpack
from core.data.catalog import IMPORT, Dataset
from core.data.datasets import Datasets
from core.data.kinds import Kind, find_kind
from core.data.options import Options, options_from
from core.data.sources import UNPACKED, Loaded, Preview, Source
from core.data.storage import Storage
from core.errors import AstralytiqError, NotFound, Unavailable
from core.operations import audit
from core.operations.jobs import Job, Jobs, Run, Status
from core.principal import Permission, Principal
from core.settings import Settings
from db.rows import DatasetRow, JobRow, UploadRow
from db.session import Database
from db.types import now

KIND = IMPORT
_FORGOTTEN = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in the inbox. *bytes* is its size as it came, packed or not."""

    id: str
    file_name: str
    bytes: int
    kind: Kind


class Imports:
    def __init__(self, database: Database, storage: Storage, datasets: Datasets, jobs: Jobs, settings: Settings) -> None:
        self._database, self._storage, self._datasets, self._jobs, self._settings = database, storage, datasets, jobs, settings
        self._inbox = settings.data_dir / "inbox"
        self._inbox.mkdir(parents=True, exist_ok=True)

    def receive(self, who: Principal, file_name: str, stream: BinaryIO) -> Upload:
        """Streams a file to the inbox, unpacks it and looks whether it is a table.

        Raises TooLarge or Invalid in words; the file is gone then.
        """
        who.require(Permission.DATASET_WRITE)
        self._sweep(who)
        key, name = token_hex(16), _tidy(file_name)
        path = self._inbox / key
        with _gone_on_error(path):
            size = self._write(stream, path)
            name, kind = self._check(path, name)
            with self._database.transaction() as session:
                session.add(UploadRow(id=key, owner_id=who.user_id, file_name=name, byte_count=size))
                audit.record(session, who, "upload.receive", "upload", key, file_name=name, bytes=size)
        return Upload(key, name, size, kind)

    def get(self, who: Principal, upload_id: str) -> Upload:
        """An upload of one's own that waits for its import."""
        who.require(Permission.DATASET_WRITE)
        with self._database.reading() as session:
            row = _own(session, who, upload_id)
        path = self._inbox / row.id
        if not path.exists():
            raise _gone()
        return Upload(row.id, row.file_name, row.byte_count, find_kind(path, row.file_name))

    def preview(self, who: Principal, upload_id: str, options: Mapping[str, Any] | None = None) -> Preview:
        """What the file would become, read as *options* say (core/data/options.py)."""
        who.require(Permission.DATASET_WRITE)
        chosen = options_from(options)
        with self._database.reading() as session:
            row = _own(session, who, upload_id)
        with self._storage.scratch() as scratch:
            return self._source(self._inbox / row.id, row.file_name, chosen, scratch).preview()

    def start(self, who: Principal, upload_id: str, name: str, options: Mapping[str, Any] | None = None) -> tuple[Dataset, Job]:
        """Makes a dataset of that *name*, still without data, and the job that fills it. The upload is taken: it starts once only."""
        who.require(Permission.DATASET_WRITE)
        options_from(options)
        self._sweep(who)
        with self._database.transaction() as session:
            row = _own(session, who, upload_id, lock=True)
            dataset = self._datasets.create(who, name, session=session)
            arguments = {
                "dataset_id": dataset.id,
                "upload": row.id,
                "file_name": row.file_name,
                "bytes": row.byte_count,
                "options": dict(options or {}),
            }
            job = self._jobs.submit(who, KIND, arguments, title=f"Import {dataset.name}", session=session)
            session.delete(row)
        return dataset, job

    def discard(self, who: Principal, upload_id: str) -> None:
        """Takes back an upload that nobody imported."""
        who.require(Permission.DATASET_WRITE)
        with self._database.transaction() as session:
            session.delete(_own(session, who, upload_id, lock=True))
            audit.record(session, who, "upload.discard", "upload", upload_id)
        (self._inbox / upload_id).unlink(missing_ok=True)

    def run(self, run: Run) -> dict[str, Any]:
        """The job: reads the file, adds the version, computes its profile. What fails for good takes the dataset along."""
        run.who.require(Permission.DATASET_WRITE)
        arguments = run.job.arguments
        path = self._inbox / arguments["upload"]
        try:
            result = self._import(run, path, arguments)
        except Unavailable:
            raise  # it may be tried again, with the same file
        except AstralytiqError:
            self._clear(run.who, arguments)
            raise
        path.unlink(missing_ok=True)
        return result

    def _import(self, run: Run, path: Path, arguments: dict[str, Any]) -> dict[str, Any]:
        if not self._datasets.get(run.who, arguments["dataset_id"]).version:  # an earlier attempt may have died after it brought it in
            self._bring_in(run, path, arguments)
        version = self._datasets.version(run.who, arguments["dataset_id"], 1)
        run.report(0.93, "Computing the profile")
        self._datasets.profile(run.who, version.dataset_id, version.number)
        rejected = version.reject_count
        run.report(1.0, f"{version.row_count:,} rows imported{f', {rejected:,} set aside' if rejected else ''}")
        return {"dataset_id": version.dataset_id, "version": version.number, "rows": version.row_count, "rejected": rejected}

    def _bring_in(self, run: Run, path: Path, arguments: dict[str, Any]) -> None:
        with self._storage.scratch() as scratch:
            source = self._source(path, arguments["file_name"], options_from(arguments["options"]), scratch)
            loaded = source.load(run)
            run.check()
            run.report(0.9, "Keeping the table")
            table = loaded.table
            self._datasets.add_version(
                run.who,
                arguments["dataset_id"],
                [table.path],
                columns=table.columns,
                rejects=table.rejects,
                source=_described(source, loaded, arguments),
                base=0,
            )

    def _source(self, path: Path, file_name: str, options: Options, scratch: Path) -> Source:
        if not path.exists():
            raise _gone()
        return Source(path, find_kind(path, file_name), options, self._settings, scratch)

    def _write(self, stream: BinaryIO, path: Path) -> int:
        limit = self._settings.upload_bytes
        counter = Counter(limit, f"The file is larger than {limit / 1e6:,.0f} MB, the most that may be uploaded.", self._inbox)
        with path.open("xb") as target:
            return counter.copy(blocks_of(stream), target)

    def _check(self, path: Path, name: str) -> tuple[str, Kind]:
        """Name and kind of what was uploaded, once it is unpacked in its place."""
        unpacked = path.with_suffix(".unpacked")
        inner = unpack(path, name, unpacked, self._settings.upload_bytes * UNPACKED)
        if inner is not None:
            unpacked.replace(path)
        name = _tidy(inner) if inner else name
        kind = find_kind(path, name)
        with self._storage.scratch() as scratch:
            Source(path, kind, Options(), self._settings, scratch).check()
        return name, kind

    def _clear(self, who: Principal, arguments: Mapping[str, Any]) -> None:
        self._datasets.discard_empty(who, arguments["dataset_id"])
        (self._inbox / arguments["upload"]).unlink(missing_ok=True)

    def _sweep(self, who: Principal) -> None:
        """Clears up after imports that were cancelled before they began, killed, or never tried again, and uploads that were forgotten."""
        self._storage.clear_scratch()
        oldest = now() - _FORGOTTEN
        replaced = ~exists().where(DatasetRow.id == JobRow.arguments["dataset_id"].as_integer())
        done_with = ~JobRow.retryable | (JobRow.finished_at < oldest) | replaced
        over = JobRow.status.in_((Status.CANCELLED, Status.FAILED)) & done_with
        with self._database.reading() as session:
            ended = session.scalars(select(JobRow.arguments).where(JobRow.kind == KIND, over))
            left = [arguments for arguments in ended if (self._inbox / arguments["upload"]).exists()]
        for arguments in left:
            self._clear(who, arguments)
        with self._database.transaction() as session:
            session.execute(delete(UploadRow).where(UploadRow.created_at < oldest))
        for path in self._inbox.iterdir():
            with suppress(FileNotFoundError):  # another request was quicker
                if path.stat().st_mtime < oldest.timestamp():
                    path.unlink()


def _own(session: Session, who: Principal, id: str, *, lock: bool = False) -> UploadRow:
    row = session.get(UploadRow, id, with_for_update=lock)
    if row is None or row.owner_id != who.user_id:
        raise NotFound("There is no such upload. It may have been imported or removed; upload the file again.")
    return row


def _gone() -> NotFound:
    return NotFound("The uploaded file is gone. Upload it again.")


def _described(source: Source, loaded: Loaded, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What a version remembers of where it came from."""
    return {
        "file_name": arguments["file_name"],
        "kind": source.kind.value,
        "bytes": arguments["bytes"],
        "options": {**loaded.options, "columns": source.options.model_dump(exclude_defaults=True).get("columns", {})},
        "warnings": list(loaded.warnings),
    }


def _tidy(file_name: str) -> str:
    """The last part of a path, whichever system's, printable and short enough for its column."""
    last = PurePosixPath(file_name.replace("\\", "/")).name
    return "".join(letter for letter in last if letter.isprintable())[-255:].strip() or "upload"


@contextmanager
def _gone_on_error(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        path.with_suffix(".unpacked").unlink(missing_ok=True)
        raise
