"""`python -m core.worker`: the job supervisor; with `--job`, the process of one job."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from core.errors import AstralytiqError, Cancelled, Unavailable
from core.operations import logs, people
from core.operations.audit import ORIGIN, Origin
from core.operations.jobs import Handler, Job, Run, Status, job_of
from core.operations.queue import Outcome, Queue, finish
from core.operations.supervisor import LocalProcesses, Supervisor, worker_name
from core.settings import Settings
from db.rows import JobRow, UserRow
from db.session import Database

PATIENCE_S = 60

_log = logs.log("core.worker")


def main(arguments: Sequence[str] | None = None, *, module: str = "core.worker", more: Mapping[str, Handler] | None = None) -> None:
    """*module* is what job processes are started from, *more* are handlers beside the workspace's own."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=__doc__)
    parser.add_argument("--job", type=int, help="run this claimed job, and end")
    parser.add_argument("--attempt", type=int, default=1, help="which attempt of the job this is")
    parser.add_argument("--parent", type=int, help="process that the job must not outlive")
    chosen = parser.parse_args(arguments)
    settings = Settings.from_environment()
    logs.configure(settings.log_format)
    if chosen.job is None:
        supervise(settings, module)
    else:
        work(settings, chosen.job, chosen.attempt, parent=chosen.parent, more=more or {})


def supervise(settings: Settings, module: str = "core.worker") -> None:
    """Until SIGTERM or SIGINT. Needs only the job table: the workspace, with its engines, is opened in the job processes."""
    database = Database(settings.database)
    launcher = LocalProcesses((sys.executable, "-m", module), _environment(settings))
    supervisor = Supervisor(Queue(database, worker_name()), launcher, settings.job_slots or settings.cores_to_spare)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
    _log.info("waiting for jobs", slots=settings.job_slots or settings.cores_to_spare)
    supervisor.run()
    database.close()


def work(settings: Settings, id: int, attempt: int, *, parent: int | None, more: Mapping[str, Handler]) -> None:
    """Runs one claimed job to its end and writes that down."""
    # imported here, not in the supervisor, which lives long and needs none of the engines
    from core.workspace import open_workspace  # noqa: PLC0415

    signal.signal(signal.SIGTERM, _leave)
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    ORIGIN.set(Origin(request_id=f"job-{id}"))
    workspace = open_workspace(settings)
    os.nice(10)  # pages come first; not before the imports, which everybody waits for
    try:
        execute(workspace.database, {**workspace.handlers, **more}, id, attempt)
    finally:
        workspace.close()


def execute(database: Database, handlers: Mapping[str, Handler], id: int, attempt: int) -> None:
    """Nothing happens when the attempt is no longer this one: then the job was given up for lost before it began."""
    with database.reading() as session:
        row = session.get_one(JobRow, id)
        job, owner = job_of(row), session.get_one(UserRow, row.owner_id)
    if job.attempt != attempt or job.status is not Status.RUNNING:
        return
    if not owner.active:
        finish(database, job, Outcome(Status.FAILED, error="The account of the job's owner is deactivated."))
        return
    run = Run(database, job, people.principal(owner))
    outcome = _outcome(run, handlers.get(job.kind))
    run.flush()
    _write_down(database, job, outcome)
    _log.info("job ended", job=id, status=outcome.status.value, error=outcome.error)


def _outcome(run: Run, handler: Handler | None) -> Outcome:
    if handler is None:
        return Outcome(Status.FAILED, error=f"This version of AstralytiQ cannot run jobs of the kind {run.job.kind}.")
    try:
        result = handler(run)
        json.dumps(result, allow_nan=False)  # here, where it still counts as the handler's fault
    except Cancelled:
        return Outcome(Status.CANCELLED)
    except AstralytiqError as error:
        return Outcome(Status.FAILED, error=error.message, retryable=isinstance(error, Unavailable))
    except MemoryError:
        _log.exception("job out of memory", job=run.job.id)
        return Outcome(Status.FAILED, error="The job ran out of memory. Try it with less data.", retryable=True)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises must end in the row
        _log.exception("job failed", job=run.job.id)
        return Outcome(Status.FAILED, error=f"The job stopped on an error of ours ({type(error).__name__}). Try it again.", retryable=True)
    return Outcome(Status.SUCCEEDED, result=result)


def _write_down(database: Database, job: Job, outcome: Outcome) -> None:
    """Waits for a database that restarts: the work is done, and would be lost."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            finish(database, job, outcome)
        except Unavailable:
            if time.monotonic() >= until:
                raise
            time.sleep(1)
        else:
            return


def _environment(settings: Settings) -> dict[str, str]:
    """One job must not take all cores from the pages: idle OpenMP threads sleep, and there are few of them."""
    threads = str(settings.training_threads or settings.cores_to_spare)
    return {"OMP_NUM_THREADS": threads, "OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}


def _leave(*_: Any) -> NoReturn:
    """As an exception, so that temporary folders are cleared on the way out."""
    sys.exit(143)


def _end_with(parent: int) -> None:
    """A job whose supervisor is gone would be given up for lost and maybe started again: two must not run at once."""
    while os.getppid() == parent:
        time.sleep(1)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
