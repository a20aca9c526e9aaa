"""Jobs as rows: who may see and change them, how they are claimed, and how they end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core import worker
from core.errors import Cancelled, Conflict, Invalid, NotFound, Refused, TooMany, Unavailable
from core.operations.jobs import Handler, Job, Jobs, Run, Status
from core.operations.queue import LOST, Outcome, Queue, finish
from core.principal import Principal
from core.settings import Settings
from db.rows import JobRow, UserRow
from db.session import Database


@pytest.fixture
def base(either: Settings) -> Iterator[Database]:
    opened = Database(either.database)
    yield opened
    opened.close()


@pytest.fixture
def jobs(base: Database, either: Settings) -> Jobs:
    return Jobs(base, replace(either, queue_limit=3))


@pytest.fixture
def queue(base: Database) -> Queue:
    return Queue(base, "here")


def ran(base: Database, jobs: Jobs, who: Principal, handler: Handler) -> Job:
    """A job that *handler* ran to its end, in this process."""
    submitted = jobs.submit(who, "test.run", {})
    claimed = Queue(base, "here").claim()
    assert claimed is not None
    worker.execute(base, {"test.run": handler}, claimed.id, claimed.attempt)
    return jobs.get(who, submitted.id)


def test_a_submitted_job_waits_and_its_owner_finds_it(jobs: Jobs, analyst: Principal) -> None:
    job = jobs.submit(analyst, "dataset.import", {"upload": "x"}, title="Import flights.csv")

    assert (job.status, job.attempt, job.progress, job.title, job.arguments, job.status.is_final) == (
        Status.QUEUED, 0, 0.0, "Import flights.csv", {"upload": "x"}, False,
    )  # fmt: skip
    assert jobs.find(analyst) == [job] == jobs.find(analyst, kind="dataset.import", active=True)
    assert jobs.find(analyst, kind="experiment.train") == []


def test_a_job_joins_the_transaction_of_what_it_is_about(base: Database, jobs: Jobs, analyst: Principal) -> None:
    with pytest.raises(ZeroDivisionError), base.transaction() as session:
        jobs.submit(analyst, "dataset.import", {}, session=session)
        _ = 1 / 0

    assert jobs.find(analyst) == []


def test_a_full_queue_refuses_one_more(jobs: Jobs, analyst: Principal, admin: Principal) -> None:
    for _ in range(3):
        jobs.submit(analyst, "dataset.import", {})

    with pytest.raises(TooMany, match="3 jobs are waiting already") as refusal:
        jobs.submit(admin, "dataset.import", {})
    assert refusal.value.retry_after == 60


def test_a_full_queue_refuses_one_more_of_many_at_once(base: Database, jobs: Jobs, analyst: Principal) -> None:
    def submit(_: int) -> bool:
        try:
            jobs.submit(analyst, "dataset.import", {})
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(submit, range(8)))

    assert sum(accepted) == 3


def test_people_find_their_own_jobs_and_administrators_everybodys(
    jobs: Jobs, analyst: Principal, scientist: Principal, admin: Principal
) -> None:
    one, two = jobs.submit(analyst, "dataset.import", {}), jobs.submit(scientist, "experiment.train", {})

    assert [[job.id for job in jobs.find(who)] for who in (analyst, scientist, admin)] == [[one.id], [two.id], [two.id, one.id]]
    assert jobs.find(admin, mine=True) == []


def test_who_may_read_the_thing_may_watch_its_job(jobs: Jobs, scientist: Principal, analyst: Principal, viewer: Principal) -> None:
    job = jobs.submit(scientist, "experiment.train", {})

    assert jobs.get(analyst, job.id) == job
    with pytest.raises(NotFound):
        jobs.get(viewer, job.id)
    with pytest.raises(NotFound):
        jobs.get(analyst, 999)


def test_only_the_owner_or_an_administrator_changes_a_job(jobs: Jobs, scientist: Principal, analyst: Principal, admin: Principal) -> None:
    job = jobs.submit(scientist, "experiment.train", {})

    with pytest.raises(Refused, match="Only its owner"):
        jobs.cancel(analyst, job.id)
    assert jobs.cancel(admin, job.id).status == Status.CANCELLED


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(jobs: Jobs, queue: Queue, analyst: Principal) -> None:
    job = jobs.submit(analyst, "dataset.import", {})

    cancelled = jobs.cancel(analyst, job.id)

    assert (cancelled.status, cancelled.message, queue.claim()) == (Status.CANCELLED, "Cancelled before it started", None)
    assert jobs.cancel(analyst, job.id) == cancelled


def test_every_job_is_claimed_once_oldest_first(base: Database, either: Settings, analyst: Principal) -> None:
    jobs = Jobs(base, either)
    submitted = [jobs.submit(analyst, "dataset.import", {}).id for _ in range(12)]
    others = [Database(either.database) for _ in range(4)]

    def drain(number: int) -> list[int]:
        mine = Queue(others[number], f"worker {number}")
        return [job.id for job in iter(mine.claim, None)]

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(drain, range(4)))
    for other in others:
        other.close()

    assert sorted(job_id for ids in taken for job_id in ids) == submitted
    assert all(ids == sorted(ids) for ids in taken)


def test_what_a_handler_returns_is_the_jobs_result(base: Database, jobs: Jobs, analyst: Principal) -> None:
    def handler(run: Run) -> dict[str, Any]:
        run.report(0.5, "Half of it", {"rows": 10})
        run.report(0.75, "Nearly")  # too soon after the other to be written at once, and yet not lost
        run.check()
        return {"for": run.who.email, "kind": run.job.kind}

    job = ran(base, jobs, analyst, handler)

    assert (job.status, job.progress, job.message, job.state, job.result, job.attempt, job.error) == (
        Status.SUCCEEDED, 1.0, "Nearly", {"rows": 10}, {"for": "analyst@example.com", "kind": "test.run"}, 1, None,
    )  # fmt: skip
    assert job.started_at is not None
    assert job.finished_at is not None


def test_a_handler_works_with_the_role_of_now(base: Database, jobs: Jobs, analyst: Principal) -> None:
    def demote(run: Run) -> dict[str, Any]:
        return {"role": run.who.role}

    with base.transaction() as session:
        session.get_one(UserRow, analyst.user_id).role = "viewer"

    assert ran(base, jobs, analyst, demote).result == {"role": "viewer"}


def test_nothing_is_run_for_a_deactivated_account(base: Database, jobs: Jobs, analyst: Principal) -> None:
    with base.transaction() as session:
        session.get_one(UserRow, analyst.user_id).active = False

    job = ran(base, jobs, analyst, lambda run: {})

    assert (job.status, job.error, job.retryable) == (Status.FAILED, "The account of the job's owner is deactivated.", False)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Invalid("The file is empty."), ("The file is empty.", False)),
        (Unavailable("The disk is full."), ("The disk is full.", True)),
        (ValueError("secret detail"), ("The job stopped on an error of ours (ValueError). Try it again.", True)),
        (MemoryError(), ("The job ran out of memory. Try it with less data.", True)),
    ],
)
def test_a_failure_is_told_in_words(base: Database, jobs: Jobs, analyst: Principal, error: Exception, expected: tuple[str, bool]) -> None:
    def handler(run: Run) -> dict[str, Any]:
        raise error

    job = ran(base, jobs, analyst, handler)

    assert (job.status, job.result, (job.error, job.retryable)) == (Status.FAILED, None, expected)


def test_a_result_that_is_no_json_fails_the_job_instead_of_losing_it(base: Database, jobs: Jobs, analyst: Principal) -> None:
    assert ran(base, jobs, analyst, lambda run: {"score": float("nan")}).status == Status.FAILED


def test_an_unknown_kind_fails_in_words(base: Database, jobs: Jobs, queue: Queue, analyst: Principal) -> None:
    job = jobs.submit(analyst, "test.unknown", {})
    queue.claim()
    worker.execute(base, {}, job.id, 1)

    assert jobs.get(analyst, job.id).error == "This version of AstralytiQ cannot run jobs of the kind test.unknown."


def test_a_handler_learns_of_its_cancellation(base: Database, jobs: Jobs, analyst: Principal) -> None:
    def handler(run: Run) -> dict[str, Any]:
        jobs.cancel(run.who, run.job.id)
        run.check()
        return {}

    job = ran(base, jobs, analyst, handler)

    assert (job.status, job.message, job.retryable) == (Status.CANCELLED, "Cancelled", False)


def test_once_cancelled_every_check_says_so(base: Database, jobs: Jobs, queue: Queue, analyst: Principal) -> None:
    jobs.submit(analyst, "test.run", {})
    claimed = queue.claim()
    assert claimed is not None
    run = Run(base, claimed, analyst)
    jobs.cancel(analyst, claimed.id)

    for _ in range(2):
        with pytest.raises(Cancelled):
            run.check()


def test_reports_from_many_threads_are_all_taken(base: Database, jobs: Jobs, queue: Queue, analyst: Principal) -> None:
    jobs.submit(analyst, "test.run", {})
    claimed = queue.claim()
    assert claimed is not None
    run = Run(base, claimed, analyst)
    threads = [threading.Thread(target=run.report, args=(2.0, "x" * 1000)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.flush()

    job = jobs.get(analyst, claimed.id)
    assert (job.progress, job.message) == (1.0, "x" * 500)


def test_a_failed_job_is_tried_again_from_the_start(base: Database, jobs: Jobs, queue: Queue, analyst: Principal) -> None:
    def handler(run: Run) -> dict[str, Any]:
        run.report(0.5, "Half", {"done": 1})
        raise OSError

    failed = ran(base, jobs, analyst, handler)
    again = jobs.retry(analyst, failed.id)

    assert (again.status, again.progress, again.message, again.state, again.error, again.started_at, again.finished_at) == (
        Status.QUEUED, 0.0, "", {}, None, None, None,
    )  # fmt: skip
    claimed = queue.claim()
    assert claimed is not None
    assert claimed.attempt == 2


def test_a_job_that_cannot_get_better_is_not_tried_again(base: Database, jobs: Jobs, analyst: Principal) -> None:
    done = ran(base, jobs, analyst, lambda run: {})

    with pytest.raises(Conflict, match="This job is succeeded and cannot be tried again"):
        jobs.retry(analyst, done.id)


def test_a_job_that_nobody_vouches_for_is_lost(base: Database, jobs: Jobs, analyst: Principal) -> None:
    jobs.submit(analyst, "test.run", {})
    short = Queue(base, "gone", lease=timedelta(seconds=-1))
    claimed = short.claim()
    assert claimed is not None
    other = Queue(base, "here")

    glances = other.look()

    assert [(glance.id, glance.is_lost) for glance in glances] == [(claimed.id, True)]
    assert [other.reap(claimed.id, 1), other.reap(claimed.id, 1)] == [True, False]
    job = jobs.get(analyst, claimed.id)
    assert (job.status, job.error, job.retryable) == (Status.FAILED, LOST, True)


def test_a_lost_job_that_was_to_be_cancelled_is_cancelled(base: Database, jobs: Jobs, analyst: Principal) -> None:
    jobs.submit(analyst, "test.run", {})
    short = Queue(base, "gone", lease=timedelta(seconds=-1))
    claimed = short.claim()
    assert claimed is not None
    jobs.cancel(analyst, claimed.id)

    short.reap(claimed.id, 1)

    assert jobs.get(analyst, claimed.id).status == Status.CANCELLED


def test_a_job_that_is_vouched_for_is_not_lost(base: Database, jobs: Jobs, queue: Queue, analyst: Principal) -> None:
    jobs.submit(analyst, "test.run", {})
    claimed = queue.claim()
    assert claimed is not None
    with base.transaction() as session:
        session.get_one(JobRow, claimed.id).lease_until = claimed.created_at - timedelta(hours=1)

    Queue(base, "somebody else").vouch([claimed.id])
    before = queue.reap(claimed.id, 2)
    queue.vouch([claimed.id])

    assert (before, queue.reap(claimed.id, 1), queue.look()[0].is_lost) == (False, False, False)


class Away:
    """A database that goes away for a while: each of its transactions is refused, *refusals* times."""

    def __init__(self, base: Database, refusals: int) -> None:
        self._base, self._left = base, refusals

    def transaction(self) -> AbstractContextManager[Session]:
        if self._left:
            self._left -= 1
            raise Unavailable("The database does not answer. Try again in a minute.")
        return self._base.transaction()

    reading = transaction


def test_a_job_outlives_a_restart_of_its_database(
    base: Database, jobs: Jobs, queue: Queue, analyst: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.submit(analyst, "test.run", {})
    job = queue.claim()
    assert job is not None
    monkeypatch.setattr(worker.time, "sleep", lambda _: None)
    away: Any = Away(base, refusals=5)
    run = Run(away, job, analyst)
    run.report(0.5, "Half done")
    run.check()
    worker._write_down(away, job, Outcome(Status.SUCCEEDED, result={"rows": 3}))

    assert (jobs.get(analyst, job.id).status, jobs.get(analyst, job.id).result) == (Status.SUCCEEDED, {"rows": 3})


def test_an_attempt_given_up_for_lost_cannot_overwrite_its_successor(base: Database, jobs: Jobs, queue: Queue, analyst: Principal) -> None:
    jobs.submit(analyst, "test.run", {})
    first = queue.claim()
    assert first is not None
    run = Run(base, first, analyst)
    queue.give_up(first.id, first.attempt, LOST)
    jobs.retry(analyst, first.id)
    queue.claim()

    run.report(0.9, "From beyond the grave")
    finished = finish(base, first, Outcome(Status.SUCCEEDED, {"stale": True}))
    worker.execute(base, {"test.run": lambda run: {"stale": True}}, first.id, first.attempt)

    job = jobs.get(analyst, first.id)
    assert (finished, job.status, job.attempt, job.message, job.result) == (False, Status.RUNNING, 2, "", None)
    with pytest.raises(Cancelled):
        run.check()
