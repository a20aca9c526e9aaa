"""The demo fills an empty workspace, once, and touches no other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import delete, update

from core import demo
from core.dashboards.demo import NAME
from core.data.sample import FOLDER
from core.errors import Conflict
from core.ml.experiments import ExperimentSpec
from core.operations.jobs import Status
from core.operations.queue import LOST, Queue
from core.principal import Principal, Role
from core.settings import Settings
from core.workspace import Workspace, open_workspace
from db.rows import JobRow, RunRow
from tests.flights import add_dataset
from tests.trained import run_next, some_flights, train


@pytest.fixture
def fresh(settings: Settings, tmp_path):
    opened = open_workspace(replace(settings, data_dir=tmp_path / "fresh"))
    yield opened
    opened.close()


def test_one_account_per_role_with_passwords_that_work(fresh: Workspace, quick_hashes: None) -> None:
    accounts = demo.missing(fresh)
    demo.make(fresh, accounts)
    signed_in = [fresh.accounts.sign_in(each.email, each.password).principal.role for each in accounts]

    assert signed_in == list(Role)
    assert demo.missing(fresh) == []


@pytest.mark.parametrize("done", range(5))
def test_accounts_that_an_interruption_has_left_out_are_made_by_the_next_start(fresh: Workspace, quick_hashes: None, done: int) -> None:
    demo.make(fresh, demo.missing(fresh)[:done])

    assert [each.role for each in demo.missing(fresh)] == list(Role)[done:]


def test_nobody_is_added_to_people_who_are_there_already(fresh: Workspace, quick_hashes: None) -> None:
    fresh.accounts.create_first_admin("ada@example.com", "correct horse battery")
    fresh.accounts.create(fresh.accounts.first_admin(), "grace@example.com", "Grace", Role.VIEWER, "correct horse battery")

    assert demo.missing(fresh) == []


def test_a_workspace_with_data_of_its_own_is_left_alone(workspace: Workspace, admin) -> None:
    workspace.datasets.create(admin, "Ours")

    with pytest.raises(Conflict, match="has Ours"):
        demo.fill(workspace, admin)


@pytest.fixture
def working(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Jobs of *workspace* are run as they come."""
    monkeypatch.setattr(demo, "_LOOK_EVERY_S", 0.05)
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            if any(each.status == "queued" for each in Queue(workspace.database, "test").look()):
                run_next(workspace)
            done.wait(0.05)

    worker = threading.Thread(target=work)
    worker.start()
    yield
    done.set()
    worker.join()


def train_and_lose_the_best(workspace: Workspace, who: Principal, dataset_id: int) -> int:
    """An experiment of the demo as it is left by a server that is killed before its last model is finished."""
    spec = ExperimentSpec(dataset_id, demo.TARGET, features=demo.KNOWN_AT_DEPARTURE)
    done = train(workspace, spec, who)
    with workspace.database.transaction() as session:
        session.execute(delete(RunRow).where(RunRow.id == done.runs[0].id))
        session.execute(update(JobRow).values(status=Status.FAILED, error=LOST, retryable=True))
    return done.id


def interrupt(workspace: Workspace) -> None:
    """The next job of the queue is begun, and its process killed."""
    queue = Queue(workspace.database, "killed")
    job = queue.claim()
    assert job is not None
    queue.give_up(job.id, job.attempt, LOST)


@pytest.mark.slow
def test_the_demo_is_filled_by_jobs_and_a_second_time_changes_nothing(workspace: Workspace, admin, working) -> None:
    demo.fill(workspace, admin)
    demo.fill(workspace, admin)

    assert [each.name for each in workspace.dashboards.find(admin)] == [NAME]
    assert [(model.name, len(model.versions)) for model in workspace.models.find(admin)] == [(demo.MODEL, 1)]
    assert len(workspace.datasets.find(admin)) == 5


def test_an_import_of_the_demo_that_is_lost_while_it_is_waited_for_is_tried_again(workspace: Workspace, admin, monkeypatch) -> None:
    monkeypatch.setattr(demo.time, "sleep", lambda _: run_next(workspace))
    with FOLDER.joinpath("airlines.csv.gz").open("rb") as file:
        upload = workspace.imports.receive(admin, "airlines.csv.gz", file)
    _, job = workspace.imports.start(admin, upload.id, "Airlines")
    interrupt(workspace)
    demo._wait(workspace, admin, workspace.jobs.get(admin, job.id))

    assert [each.version for each in workspace.datasets.find(admin)] == [1]


def test_a_training_of_the_demo_that_was_interrupted_is_trained_to_its_end(workspace: Workspace, admin, monkeypatch) -> None:
    monkeypatch.setattr(demo, "KNOWN_AT_DEPARTURE", ("dep_delay", "distance"))
    monkeypatch.setattr(demo.time, "sleep", lambda _: run_next(workspace))
    version = add_dataset(workspace, admin, "Flights", some_flights(1_000))
    began = train_and_lose_the_best(workspace, admin, version.dataset_id)
    demo._train(workspace, admin, version.dataset_id)

    [model], [experiment] = workspace.models.find(admin), workspace.experiments.find(admin)
    assert (experiment.id, {run.family for run in experiment.runs}) == (began, {"dummy", "linear", "xgboost"})
    assert model.champion.run.id == experiment.runs[0].id
