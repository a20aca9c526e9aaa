"""`./run --demo`: fills an empty workspace with the sample, a dashboard, a trained model and one account per role.

Everything goes the ordinary way: files are imported and the model is trained by jobs, while the server is already up.
Each step looks first whether it is done, so that a demo that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from core.dashboards.demo import make_demo
from core.data.sample import TABLES
from core.errors import AstralytiqError, Conflict
from core.ml.experiments import ExperimentSpec
from core.operations import logs
from core.operations.jobs import Job, Status
from core.principal import Principal, Role
from core.settings import Settings
from core.workspace import Workspace, open_workspace

MODEL = "arrival-delay"
TARGET = "arr_delay"
KNOWN_AT_DEPARTURE = (
    "month", "day", "hour", "sched_dep_time", "sched_arr_time", "dep_delay", "carrier", "origin", "dest", "distance",
)  # fmt: skip
_LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Account:
    role: Role
    email: str
    password: str


def missing(workspace: Workspace) -> list[Account]:
    """The accounts to make, one per role, with passwords to be said before: an interruption in between leaves none that nobody knows.

    Nothing when they are there, or when there are other people or data already.
    """
    accounts = [_account(role) for role in Role]
    if workspace.accounts.setup_needed():
        return accounts
    who = workspace.accounts.first_admin()
    there = {each.email for each in workspace.accounts.find(who)}
    if there - {who.email} - {each.email for each in accounts} or _strange(workspace, who):
        return []
    return [each for each in accounts if each.role is not Role.ADMIN and each.email not in there]


def make(workspace: Workspace, accounts: Iterable[Account]) -> None:
    for each in accounts:
        if each.role is Role.ADMIN:
            workspace.accounts.create_first_admin(each.email, each.password)
        else:
            workspace.accounts.create(workspace.accounts.first_admin(), each.email, each.role.label, each.role, each.password)


def _account(role: Role) -> Account:
    return Account(role, f"{role.value.replace('_', '.')}@demo.example", secrets.token_urlsafe(12))


def fill(workspace: Workspace, who: Principal) -> None:
    """Returns when the model is served. Raises Conflict when the workspace has data of its own."""
    strange = _strange(workspace, who)
    if strange:
        raise Conflict(f"The demo fills an empty workspace, and this one has {strange[0]}. Set ASTRALYTIQ_DATA_DIR to another folder.")
    _bring_in(workspace, who)
    flights = next(each for each in workspace.datasets.find(who) if each.name == "Flights")
    make_demo(who, flights.id, workspace.charts, workspace.dashboards)
    if all(model.name != MODEL for model in workspace.models.find(who)):
        _train(workspace, who, flights.id)


def _strange(workspace: Workspace, who: Principal) -> list[str]:
    return [each.name for each in workspace.datasets.find(who) if each.name not in TABLES]


def _bring_in(workspace: Workspace, who: Principal) -> None:
    started: list[Job] = []
    with suppress(Conflict):  # all is there, or on its way from a demo that was interrupted
        started = workspace.sample.load(who)
    going = workspace.jobs.find(who, kind="dataset.import", active=True)
    for job in {job.id: job for job in (*started, *going)}.values():
        _wait(workspace, who, job)


def _train(workspace: Workspace, who: Principal, dataset_id: int) -> None:
    known = [each for each in workspace.experiments.find(who, dataset_id=dataset_id) if each.target == TARGET]
    experiment = next((each for each in known if each.job and _leads_on(each.job)), None) or workspace.experiments.start(
        who, ExperimentSpec(dataset_id, TARGET, features=KNOWN_AT_DEPARTURE, name="Arrival delay, known at departure")
    )
    if experiment.job is not None:
        _wait(workspace, who, experiment.job)
    best = workspace.experiments.get(who, experiment.id).runs[0]
    workspace.models.register(who, best.id, MODEL, description="Minutes late on arrival, from what is known when a flight leaves.")


def _leads_on(job: Job) -> bool:
    """Not so one that was cancelled, or failed for good: the models that it did finish need not be the best."""
    return not job.status.is_final or job.status is Status.SUCCEEDED or job.retryable


def _wait(workspace: Workspace, who: Principal, job: Job) -> None:
    """Tries a job once more that an interruption has ended. Raises Conflict when it does not succeed."""
    may_retry = True
    while not job.status.is_final or (job.retryable and may_retry):
        if job.status.is_final:
            job, may_retry = workspace.jobs.retry(who, job.id), False
        time.sleep(_LOOK_EVERY_S)
        job = workspace.jobs.get(who, job.id)
    if job.status is not Status.SUCCEEDED:
        raise Conflict(f"The demo stopped at “{job.title}”: {job.error or job.status.value}")


def main() -> int:
    settings = Settings.from_environment()
    logs.configure(settings.log_format)
    workspace = open_workspace(settings)
    try:
        fill(workspace, workspace.accounts.first_admin())
    except AstralytiqError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    finally:
        workspace.close()
    sys.stdout.write("The demo is complete: see Dashboards > Flights and Models > arrival-delay.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
