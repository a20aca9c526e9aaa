"""The supervisor: claims waiting jobs, has each run in a process of its own, and notices what becomes of them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from core.operations.jobs import Job, Status
from core.operations.logs import log
from core.operations.queue import LOST, STOPPED, Glance, Queue

BUSY_POLL_S = 0.2
IDLE_POLL_S = 0.5
VOUCH_EVERY_S = 3.0
GRACE_S = 2.0  # between being asked to stop and being killed
LINGER_S = 5.0  # between the job's end and the process's

_log = log(__name__)


class Handle(Protocol):
    """A job that was started somewhere: a process here, later a task of a Celery worker."""

    def alive(self) -> bool: ...
    def stop(self) -> None:
        """Asks it to end."""

    def kill(self) -> None:
        """Ends it, and returns when it is dead."""


class Launcher(Protocol):
    def start(self, job: Job) -> Handle: ...


class LocalProcess:
    """The leader of its own session: killing its group takes along whatever it started itself."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        with suppress(ProcessLookupError):  # it may have ended a moment ago
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@dataclass(frozen=True, slots=True)
class LocalProcesses:
    """Starts *command* with the job's number: a fresh program, because a fork after OpenMP has run hangs."""

    command: Sequence[str]
    environment: Mapping[str, str]

    def start(self, job: Job) -> Handle:
        arguments = ("--job", str(job.id), "--attempt", str(job.attempt), "--parent", str(os.getpid()))
        # the command is our own
        process = subprocess.Popen([*self.command, *arguments], env={**os.environ, **self.environment}, start_new_session=True)  # noqa: S603
        return LocalProcess(process)


@dataclass(slots=True)
class _Running:
    job: Job
    handle: Handle
    asked_at: float | None = None  # when its cancellation was first seen
    ended_at: float | None = None  # when its row was first seen to be no longer ours


class Supervisor:
    """Does everything in `tick`, which reads once and writes only when something changed: idle, it costs next to nothing."""

    def __init__(self, queue: Queue, launcher: Launcher, slots: int) -> None:
        self._queue = queue
        self._launcher = launcher
        self._slots = slots
        self._running: dict[int, _Running] = {}
        self._vouched = 0.0
        self._stopping = threading.Event()

    def run(self) -> None:
        """Until `stop`; then the running jobs are ended and may be tried again."""
        while not self._stopping.is_set():
            try:
                self.tick()
            except SQLAlchemyError as error:
                # a database that restarts is no reason to let go of running jobs
                _log.error("the job queue cannot be read", error=str(getattr(error, "orig", None) or error).strip())
                self._stopping.wait(IDLE_POLL_S)
            self._stopping.wait(BUSY_POLL_S if self._running else IDLE_POLL_S)
        self._shut_down()

    def stop(self) -> None:
        self._stopping.set()

    def tick(self) -> None:
        self._vouch()
        glances = self._queue.look()
        for glance in glances:
            if glance.is_lost and self._queue.reap(glance.id, glance.attempt):
                _log.warning("job lost", job=glance.id, worker=glance.worker)
        own = {glance.id: glance for glance in glances}
        for running in list(self._running.values()):
            self._tend(running, own.get(running.job.id))
        if any(glance.status is Status.QUEUED for glance in glances):
            self._fill()

    def _vouch(self) -> None:
        """Before the reaper looks: after the machine was asleep our own leases are over, and our jobs are not lost."""
        if self._running and time.monotonic() - self._vouched >= VOUCH_EVERY_S:
            self._queue.vouch([running.job.id for running in self._running.values() if running.handle.alive()])
            self._vouched = time.monotonic()

    def _tend(self, running: _Running, glance: Glance | None) -> None:
        job, moment = running.job, time.monotonic()
        if not running.handle.alive():
            if self._queue.give_up(job.id, job.attempt, LOST):
                _log.warning("job process gone", job=job.id)
            del self._running[job.id]
        elif glance is None or glance.attempt != job.attempt or glance.status is not Status.RUNNING:
            running.ended_at = running.ended_at or moment
            if moment - running.ended_at >= LINGER_S:
                running.handle.kill()
        elif glance.cancel_requested:
            running.asked_at = running.asked_at or moment
            if moment - running.asked_at >= GRACE_S:
                running.handle.kill()
                self._tend(running, glance)

    def _fill(self) -> None:
        while len(self._running) < self._slots and (job := self._queue.claim()):
            _log.info("job started", job=job.id, kind=job.kind, attempt=job.attempt)
            try:
                self._running[job.id] = _Running(job, self._launcher.start(job))
            except OSError as error:
                _log.exception("job cannot be started", job=job.id)
                self._queue.give_up(job.id, job.attempt, f"The job could not be started: {error.strerror}. Try it again.")

    def _shut_down(self) -> None:
        for running in self._running.values():
            running.handle.stop()
        deadline = time.monotonic() + GRACE_S
        while time.monotonic() < deadline and any(running.handle.alive() for running in self._running.values()):
            time.sleep(0.05)
        for running in self._running.values():
            running.handle.kill()
            self._queue.give_up(running.job.id, running.job.attempt, STOPPED)


def worker_name() -> str:
    """Unlike any other supervisor's, also after a restart under the same process number."""
    return f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"[:120]
