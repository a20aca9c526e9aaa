"""The job table from the side of those who run jobs: claim, vouch for, finish, give up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update

from core.operations.jobs import ACTIVE, LEASE, Job, Status, held, job_of
from db.rows import JobRow
from db.session import Database
from db.types import kept, now

LOST = "worker lost: the process that ran this job is gone (stopped from outside, or out of memory). Try it again."
STOPPED = "worker stopped: the server was shut down while this job ran. Try it again."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended."""

    status: Status
    result: dict[str, Any] | None = None
    error: str | None = None
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Glance:
    """An unfinished job, as far as a supervisor needs to know it."""

    id: int
    attempt: int
    status: Status
    worker: str
    cancel_requested: bool
    is_lost: bool


class Queue:
    """*worker* names the supervisor; every write is conditional, so any number of supervisors do each other no harm."""

    def __init__(self, database: Database, worker: str, lease: timedelta = LEASE) -> None:
        self._database = database
        self._worker = worker
        self._lease = lease

    def look(self) -> list[Glance]:
        """Everything a supervisor wants to know, in one read that takes no lock."""
        columns = (JobRow.id, JobRow.attempt, JobRow.status, JobRow.worker, JobRow.cancel_requested, JobRow.lease_until)
        moment = now()
        with self._database.reading() as session:
            rows = session.execute(select(*columns).where(JobRow.status.in_(ACTIVE)))
            return [
                Glance(
                    row.id,
                    row.attempt,
                    Status(row.status),
                    row.worker,
                    row.cancel_requested,
                    row.lease_until is not None and row.lease_until < moment,
                )
                for row in rows
            ]

    def claim(self) -> Job | None:
        """The oldest waiting job, now running under this supervisor's name. No two supervisors get the same one."""
        oldest = select(JobRow).where(JobRow.status == Status.QUEUED).order_by(JobRow.created_at, JobRow.id).limit(1)
        with self._database.transaction() as session:
            row = session.scalar(oldest.with_for_update(skip_locked=True))
            if row is None:
                return None
            moment = now()
            row.status, row.worker, row.attempt = Status.RUNNING, self._worker, row.attempt + 1
            row.started_at, row.lease_until = moment, moment + self._lease
            return job_of(row)

    def vouch(self, ids: Collection[int]) -> None:
        """Renews the leases of jobs whose processes live."""
        mine = (JobRow.id.in_(ids), JobRow.worker == self._worker, JobRow.status == Status.RUNNING)
        with self._database.transaction() as session:
            session.execute(update(JobRow).where(*mine).values(lease_until=now() + self._lease))

    def give_up(self, id: int, attempt: int, error: str) -> bool:
        """Fails a running job whose process is gone (cancelled, if somebody had asked for that). False when it had ended already."""
        return self._give_up(error, JobRow.id == id, JobRow.attempt == attempt)

    def reap(self, id: int, attempt: int) -> bool:
        """The same for a job that nobody has vouched for in time; its supervisor may be on another machine."""
        return self._give_up(LOST, JobRow.id == id, JobRow.attempt == attempt, JobRow.lease_until < now())

    def _give_up(self, error: str, *which: ColumnElement[bool]) -> bool:
        running = select(JobRow).where(*which, JobRow.status == Status.RUNNING)
        with self._database.transaction() as session:
            row = session.scalar(running.with_for_update())
            if row is None:
                return False
            if row.cancel_requested:
                row.status, row.message = Status.CANCELLED, "Cancelled"
            else:
                row.status, row.error, row.retryable = Status.FAILED, error, True
            row.finished_at, row.lease_until = now(), None
            return True


def finish(database: Database, job: Job, outcome: Outcome) -> bool:
    """Writes how *job* ended; False when it had been given up for lost meanwhile, so that this end no longer counts."""
    values: dict[str, Any] = {
        "status": outcome.status,
        "result": outcome.result,
        "error": kept(outcome.error) if outcome.error else None,
        "retryable": outcome.retryable,
        "finished_at": now(),
        "lease_until": None,
    }
    if outcome.status is Status.SUCCEEDED:
        values["progress"] = 1.0
    if outcome.status is Status.CANCELLED:
        values["message"] = "Cancelled"
    with database.transaction() as session:
        changed: Any = session.execute(update(JobRow).where(*held(job)).values(**values))
        return bool(changed.rowcount)
