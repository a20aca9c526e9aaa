"""Jobs: long work as rows. Web workers insert and read them; `core.worker` runs them.

    queued ──claim──> running ──> succeeded
       │                 ├──────> failed      (retryable ones can be queued again)
       └──cancel─────────┴──────> cancelled

Every page and the API only watch the row, so a reload, another tab and another person see the same progress.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from core.errors import Cancelled, Conflict, NotFound, Refused, TooMany, Unavailable
from core.operations import audit
from core.operations.locks import one_at_a_time
from core.principal import Permission, Principal
from core.settings import Settings
from db.rows import JobRow
from db.session import Database
from db.types import kept, now

LEASE = timedelta(seconds=15)  # a running job that nobody has vouched for this long is lost
REPORT_EVERY_S = 0.25


@unique
class Status(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self not in (Status.QUEUED, Status.RUNNING)


ACTIVE = (Status.QUEUED, Status.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """*progress* runs from 0 to 1; *state* is whatever the handler last reported beside it; *attempt* counts from 1."""

    id: int
    kind: str
    status: Status
    owner_id: int
    title: str
    arguments: dict[str, Any]
    progress: float
    message: str
    state: dict[str, Any]
    result: dict[str, Any] | None
    error: str | None
    attempt: int
    retryable: bool
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def job_of(row: JobRow) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        status=Status(row.status),
        owner_id=row.owner_id,
        title=row.title,
        arguments=row.arguments,
        progress=row.progress,
        message=row.message,
        state=row.state,
        result=row.result,
        error=row.error,
        attempt=row.attempt,
        retryable=row.retryable,
        cancel_requested=row.cancel_requested,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


class Jobs:
    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._queue_limit = settings.queue_limit

    def submit(self, who: Principal, kind: str, arguments: dict[str, Any], *, title: str = "", session: Session | None = None) -> Job:
        """Puts a job into the queue; with *session*, in that transaction (so that a job and its dataset appear together).

        Raises TooMany when the queue is full.
        """
        who.require(Permission.JOB_READ)
        if session is not None:
            return self._submit(session, who, kind, arguments, title)
        with self._database.transaction() as own:
            return self._submit(own, who, kind, arguments, title)

    def get(self, who: Principal, id: int) -> Job:
        """A job of one's own, or of a thing that *who* may read. Raises NotFound."""
        who.require(Permission.JOB_READ)
        with self._database.reading() as session:
            return job_of(_seen_by(who, session.get(JobRow, id)))

    def find(self, who: Principal, *, kind: str | None = None, active: bool = False, mine: bool = False, limit: int = 50) -> list[Job]:
        """Newest first: one's own jobs; without *mine*, everybody's for those who manage jobs."""
        who.require(Permission.JOB_READ)
        query = select(JobRow).order_by(JobRow.id.desc()).limit(limit)
        if mine or not who.may(Permission.JOB_MANAGE):
            query = query.where(JobRow.owner_id == who.user_id)
        if kind is not None:
            query = query.where(JobRow.kind == kind)
        if active:
            query = query.where(JobRow.status.in_(ACTIVE))
        with self._database.reading() as session:
            return [job_of(row) for row in session.scalars(query)]

    def cancel(self, who: Principal, id: int) -> Job:
        """A waiting job is cancelled at once; a running one is asked to stop and is killed when it does not within 2 s."""
        who.require(Permission.JOB_READ)
        with self._database.transaction() as session:
            row = _changed_by(who, session.get(JobRow, id, with_for_update=True))
            if Status(row.status).is_final:
                return job_of(row)
            row.cancel_requested = True
            if row.status == Status.QUEUED:
                row.status, row.finished_at, row.message = Status.CANCELLED, now(), "Cancelled before it started"
            audit.record(session, who, "job.cancel", "job", id, job=row.kind)
            return job_of(row)

    def retry(self, who: Principal, id: int) -> Job:
        """Puts a failed job back into the queue. Raises Conflict when trying again would change nothing."""
        who.require(Permission.JOB_READ)
        with self._database.transaction() as session:
            row = _changed_by(who, session.get(JobRow, id, with_for_update=True))
            if row.status != Status.FAILED or not row.retryable:
                raise Conflict(f"This job is {row.status} and cannot be tried again. Start a new one instead.")
            self._refuse_over_limit(session)
            row.status, row.progress, row.message, row.state = Status.QUEUED, 0.0, "", {}
            row.error, row.retryable, row.cancel_requested = None, False, False
            row.started_at = row.finished_at = row.lease_until = None
            audit.record(session, who, "job.retry", "job", id, job=row.kind)
            return job_of(row)

    def _submit(self, session: Session, who: Principal, kind: str, arguments: dict[str, Any], title: str) -> Job:
        self._refuse_over_limit(session)
        row = JobRow(kind=kind, owner_id=who.user_id, title=title[:200], arguments=arguments, status=Status.QUEUED)
        session.add(row)
        session.flush()
        audit.record(session, who, "job.submit", "job", row.id, job=kind, title=row.title)
        return job_of(row)

    def _refuse_over_limit(self, session: Session) -> None:
        one_at_a_time(session, "jobs.queue")
        waiting = session.scalar(select(func.count()).select_from(JobRow).where(JobRow.status == Status.QUEUED)) or 0
        if waiting >= self._queue_limit:
            raise TooMany(f"{waiting} jobs are waiting already, and no more may. Try again in a minute.", retry_after=60)


def _seen_by(who: Principal, row: JobRow | None) -> JobRow:
    """A kind is ``thing.verb``: who may read the thing may watch the job."""
    if row is not None:
        if row.owner_id == who.user_id or who.may(Permission.JOB_MANAGE):
            return row
        thing = row.kind.partition(".")[0]
        if any(permission == f"{thing}:read" and who.may(permission) for permission in Permission):
            return row
    raise NotFound("There is no such job, or it is not yours to see.")


def _changed_by(who: Principal, row: JobRow | None) -> JobRow:
    seen = _seen_by(who, row)
    if seen.owner_id != who.user_id and not who.may(Permission.JOB_MANAGE):
        raise Refused("Only its owner or an administrator may change this job.")
    return seen


def held(job: Job) -> tuple[ColumnElement[bool], ...]:
    """The job's row, as long as it still belongs to this attempt: one given up for lost must not overwrite its successor."""
    return JobRow.id == job.id, JobRow.attempt == job.attempt, JobRow.status == Status.RUNNING


@dataclass(slots=True)
class Run:
    """What a handler gets in the job process: its job, for whom it works, and the way to report and to be stopped.

    A database that restarts stops no job: what cannot be written or asked meanwhile is left out.
    """

    database: Database
    job: Job
    who: Principal
    _cancelled: bool = False
    _checked: float = 0.0
    _written: float = 0.0
    _unwritten: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def report(self, progress: float, message: str, state: dict[str, Any] | None = None) -> None:
        """Shows *progress* (0 to 1) in words. Cheap to call often: written at most every 0.25 s, the last one in any case.

        *state* replaces the one reported before; without it that one stays.
        """
        with self._lock:
            self._unwritten |= {"progress": min(1.0, max(0.0, progress)), "message": kept(message[:500])}
            if state is not None:
                self._unwritten["state"] = state
            if time.monotonic() - self._written >= REPORT_EVERY_S:
                self._write()

    def check(self) -> None:
        """Raises Cancelled once somebody asked for it (or once the job was given up for lost). Reads at most every 0.25 s."""
        with self._lock:
            if not self._cancelled and time.monotonic() - self._checked >= REPORT_EVERY_S:
                with suppress(Unavailable), self.database.reading() as session:
                    self._cancelled = session.scalar(select(JobRow.id).where(*held(self.job), ~JobRow.cancel_requested)) is None
                self._checked = time.monotonic()
            if self._cancelled:
                raise Cancelled("The job was cancelled.")

    def flush(self) -> None:
        """Writes what was reported and not yet written."""
        with self._lock:
            if self._unwritten:
                self._write()

    def _write(self) -> None:
        with suppress(Unavailable), self.database.transaction() as session:
            session.execute(update(JobRow).where(*held(self.job)).values(**self._unwritten, lease_until=now() + LEASE))
        self._unwritten = {}
        self._written = time.monotonic()


Handler = Callable[[Run], dict[str, Any]]
"""What runs a job of one kind; the dict it returns is the job's result.

An AstralytiqError fails the job with its own words and for good; any other exception may be retried.
"""
