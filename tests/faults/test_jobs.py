"""Processes are killed, and every job still ends in words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.operations.jobs import Job, Jobs, Status
from core.operations.queue import LOST, STOPPED
from core.principal import Principal
from core.settings import Settings
from db.session import Database

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]


class Supervisors:
    """Real ones: `python -m core.worker` with a few handlers more."""

    def __init__(self, settings: Settings) -> None:
        self._environment = {
            **os.environ,
            "ASTRALYTIQ_DATA_DIR": str(settings.data_dir),
            "ASTRALYTIQ_JOB_SLOTS": "2",
            "PYTHONPATH": str(ROOT),
        }
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-m", "tests.faults.worker"], cwd=ROOT, env=self._environment)
        self._started.append(process)
        return process

    def stop_all(self) -> None:
        for process in self._started:
            process.terminate()
        for process in self._started:
            process.wait(10)


@pytest.fixture
def supervisors(settings: Settings) -> Iterator[Supervisors]:
    started = Supervisors(settings)
    yield started
    started.stop_all()


@pytest.fixture
def jobs(database: Database, settings: Settings) -> Jobs:
    return Jobs(database, settings)


def until(look: Callable[[], Any], seconds: float) -> Any:
    """What *look* finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    pytest.fail(f"not within {seconds} s")


def processes_of(job: Job) -> list[psutil.Process]:
    words = ["--job", str(job.id)]
    return [process for process in psutil.process_iter(["cmdline"]) if " ".join(words) in " ".join(process.info["cmdline"] or [])]


def is_gone(process: psutil.Process) -> bool:
    """Also one that is dead and was not collected: in a container nobody may do that for orphans."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def at_work(jobs: Jobs, analyst: Principal) -> Callable[[str], Job]:
    """A job that a process has begun to work on."""

    def start(kind: str, **arguments: str) -> Job:
        submitted = jobs.submit(analyst, kind, arguments)
        return until(lambda: job if (job := jobs.get(analyst, submitted.id)).message == "Working" else None, 60)

    return start


@pytest.fixture
def ended(jobs: Jobs, analyst: Principal) -> Callable[[Job, float], Job]:
    return lambda job, seconds: until(lambda: now if (now := jobs.get(analyst, job.id)).status.is_final else None, seconds)


def test_a_job_whose_process_is_killed_is_lost_and_can_be_tried_again(supervisors, at_work, ended, jobs, analyst) -> None:
    supervisors.start()
    job = at_work("test.polite")
    [process] = processes_of(job)
    process.kill()

    lost = ended(job, 30)
    assert (lost.status, lost.error, lost.retryable) == (Status.FAILED, LOST, True)
    jobs.retry(analyst, job.id)
    again = until(lambda: now if (now := jobs.get(analyst, job.id)).message == "Working" else None, 60)
    assert (again.status, again.attempt) == (Status.RUNNING, 2)


def test_a_job_whose_supervisor_is_killed_stops_and_is_lost_to_the_next_one(supervisors, at_work, ended) -> None:
    first = supervisors.start()
    job = at_work("test.deaf")
    child = psutil.Process(job.state["child"])
    first.kill()
    first.wait()
    until(lambda: not processes_of(job) and is_gone(child), 10)

    killed = time.monotonic()
    supervisors.start()
    lost = ended(job, 30)

    assert (lost.status, lost.error, lost.retryable) == (Status.FAILED, LOST, True)
    assert time.monotonic() - killed < 30


def test_another_supervisor_notices_when_one_is_killed(supervisors, at_work, ended) -> None:
    first = supervisors.start()
    job = at_work("test.polite")
    supervisors.start()
    first.kill()

    assert ended(job, 30).error == LOST


def test_cancelling_stops_a_job_that_listens_within_three_seconds(supervisors, at_work, ended, jobs, analyst) -> None:
    supervisors.start()
    job = at_work("test.polite")

    jobs.cancel(analyst, job.id)

    assert ended(job, 3).status == Status.CANCELLED


def test_cancelling_kills_a_job_that_does_not_listen_within_three_seconds(supervisors, at_work, ended, jobs, analyst) -> None:
    supervisors.start()
    job = at_work("test.deaf")
    child = psutil.Process(job.state["child"])

    jobs.cancel(analyst, job.id)

    assert ended(job, 3).status == Status.CANCELLED
    until(lambda: not processes_of(job) and is_gone(child), 1)


def test_a_supervisor_that_is_asked_to_end_lets_its_jobs_clear_up(supervisors, at_work, jobs, analyst, tmp_path) -> None:
    supervisor = supervisors.start()
    job = at_work("test.tidy", file=str(tmp_path / "half-done"))
    supervisor.send_signal(signal.SIGTERM)
    code = supervisor.wait(5)

    stopped = jobs.get(analyst, job.id)
    assert (code, stopped.status, stopped.error, stopped.retryable) == (0, Status.FAILED, STOPPED, True)
    assert not (tmp_path / "half-done").exists()


def test_several_supervisors_run_every_job_once(supervisors, ended, jobs, analyst) -> None:
    submitted = [jobs.submit(analyst, "test.quick", {}) for _ in range(6)]
    for _ in range(3):
        supervisors.start()

    assert [ended(job, 60).result for job in submitted] == [{"attempt": 1}] * 6


def test_an_idle_supervisor_costs_next_to_nothing(supervisors) -> None:
    process = psutil.Process(supervisors.start().pid)
    time.sleep(3)  # the start itself costs imports
    before = sum(process.cpu_times()[:2])
    time.sleep(4)

    assert sum(process.cpu_times()[:2]) - before < 0.12
