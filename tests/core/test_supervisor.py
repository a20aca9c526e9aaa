"""The supervisor, step by step. Processes are the edge of the machine: here they are only said to live or to be dead."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from core.operations import supervisor as module
from core.operations.jobs import Job, Jobs, Status
from core.operations.queue import LOST, STOPPED, Outcome, Queue, finish
from core.operations.supervisor import Supervisor, worker_name
from core.principal import Principal
from core.settings import Settings
from db.rows import JobRow
from db.session import Database
from db.types import now


@dataclass
class Process:
    lives: bool = True
    said: list[str] = field(default_factory=list)
    obeys: bool = True

    def alive(self) -> bool:
        return self.lives

    def stop(self) -> None:
        self.said.append("stop")
        self.lives = self.lives and not self.obeys

    def kill(self) -> None:
        self.said.append("kill")
        self.lives = False


@dataclass
class Machine:
    """*broken* says why nothing can be started any more."""

    started: dict[int, Process] = field(default_factory=dict)
    broken: OSError | None = None

    def start(self, job: Job) -> Process:
        if self.broken:
            raise self.broken
        self.started[job.id] = Process()
        return self.started[job.id]


@pytest.fixture
def jobs(database: Database, settings: Settings) -> Jobs:
    return Jobs(database, settings)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def supervisor(database: Database, machine: Machine) -> Supervisor:
    return Supervisor(Queue(database, "here"), machine, slots=2)


@pytest.fixture
def running(jobs: Jobs, supervisor: Supervisor, analyst: Principal) -> Job:
    job = jobs.submit(analyst, "test.run", {})
    supervisor.tick()
    return jobs.get(analyst, job.id)


@pytest.fixture
def seconds_later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock on."""
    passed = [module.time.monotonic()]
    monkeypatch.setattr(module.time, "monotonic", lambda: passed[0])
    return lambda seconds: passed.__setitem__(0, passed[0] + seconds)


def test_as_many_jobs_run_as_there_are_slots(
    jobs: Jobs, supervisor: Supervisor, machine: Machine, analyst: Principal, database: Database
) -> None:
    ids = [jobs.submit(analyst, "test.run", {}).id for _ in range(3)]
    supervisor.tick()
    supervisor.tick()
    before = list(machine.started)
    finish(database, jobs.get(analyst, ids[0]), Outcome(Status.SUCCEEDED, {}))
    machine.started[ids[0]].lives = False
    supervisor.tick()

    assert (before, list(machine.started)) == (ids[:2], ids)
    assert jobs.get(analyst, ids[0]).status == Status.SUCCEEDED


def test_a_dead_process_is_a_lost_job(jobs: Jobs, supervisor: Supervisor, machine: Machine, running: Job, analyst: Principal) -> None:
    machine.started[running.id].lives = False
    supervisor.tick()

    lost = jobs.get(analyst, running.id)
    assert (running.status, lost.status, lost.error) == (Status.RUNNING, Status.FAILED, LOST)


def test_a_cancelled_job_gets_two_seconds_to_stop_by_itself(  # noqa: PLR0917 - fixtures
    seconds_later: Callable[[float], None], jobs: Jobs, supervisor: Supervisor, machine: Machine, running: Job, analyst: Principal
) -> None:
    jobs.cancel(analyst, running.id)
    supervisor.tick()
    seconds_later(1.9)
    supervisor.tick()
    before = list(machine.started[running.id].said)
    seconds_later(0.2)
    supervisor.tick()

    assert (before, machine.started[running.id].said, jobs.get(analyst, running.id).status) == ([], ["kill"], Status.CANCELLED)


def test_a_process_that_outlives_its_job_is_ended(
    seconds_later: Callable[[float], None], supervisor: Supervisor, machine: Machine, running: Job, database: Database
) -> None:
    finish(database, running, Outcome(Status.SUCCEEDED, {}))
    supervisor.tick()
    before = list(machine.started[running.id].said)
    seconds_later(5.1)
    supervisor.tick()

    assert (before, machine.started[running.id].said) == ([], ["kill"])


def test_leases_are_renewed_before_anything_is_given_up_for_lost(  # noqa: PLR0917 - fixtures
    seconds_later: Callable[[float], None], jobs: Jobs, supervisor: Supervisor, running: Job, analyst: Principal, database: Database
) -> None:
    with database.transaction() as session:  # as after an hour of sleep
        session.execute(update(JobRow).values(lease_until=now() - timedelta(hours=1)))
    seconds_later(3600)
    supervisor.tick()

    assert jobs.get(analyst, running.id).status == Status.RUNNING


def test_the_jobs_of_a_dead_supervisor_are_lost(jobs: Jobs, supervisor: Supervisor, analyst: Principal, database: Database) -> None:
    job = jobs.submit(analyst, "test.run", {})
    Queue(database, "gone", lease=timedelta(seconds=-1)).claim()
    supervisor.tick()

    assert jobs.get(analyst, job.id).error == LOST


def test_what_cannot_be_started_fails_in_words(jobs: Jobs, supervisor: Supervisor, machine: Machine, analyst: Principal) -> None:
    machine.broken = OSError(12, "Cannot allocate memory")
    job = jobs.submit(analyst, "test.run", {})
    supervisor.tick()

    failed = jobs.get(analyst, job.id)
    assert (failed.error, failed.retryable) == ("The job could not be started: Cannot allocate memory. Try it again.", True)


@pytest.mark.parametrize("obeys", [True, False])
def test_at_the_end_running_jobs_are_stopped_and_may_be_tried_again(  # noqa: PLR0917 - fixtures
    seconds_later: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
    jobs: Jobs,
    supervisor: Supervisor,
    machine: Machine,
    running: Job,
    analyst: Principal,
    obeys: bool,
) -> None:
    monkeypatch.setattr(module.time, "sleep", seconds_later)
    machine.started[running.id].obeys = obeys
    supervisor.stop()
    supervisor.run()

    stopped = jobs.get(analyst, running.id)
    assert (machine.started[running.id].said, stopped.status, stopped.error, stopped.retryable) == (
        ["stop", "kill"],
        Status.FAILED,
        STOPPED,
        True,
    )


def test_a_database_that_does_not_answer_for_a_while_is_waited_for(  # noqa: PLR0917 - fixtures
    jobs: Jobs, supervisor: Supervisor, machine: Machine, analyst: Principal, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [OperationalError("SELECT", {}, Exception("it restarts")), None]

    class Shaky(Queue):
        def look(self):
            if answers and (error := answers.pop(0)):
                raise error
            return super().look()

    monkeypatch.setattr(module, "IDLE_POLL_S", 0.01)
    shaky = Supervisor(Shaky(database, "here"), machine, slots=1)
    job = jobs.submit(analyst, "test.run", {})
    thread = threading.Thread(target=shaky.run)
    thread.start()
    for _ in range(200):
        if machine.started:
            break
        threading.Event().wait(0.02)
    shaky.stop()
    thread.join()

    assert list(machine.started) == [job.id]


def test_no_two_supervisors_have_one_name() -> None:
    assert len({worker_name() for _ in range(100)}) == 100
