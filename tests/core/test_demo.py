"""The demo fills an empty workspace, once, and touches no other."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from core import demo
from core.dashboards.demo import NAME
from core.errors import Conflict
from core.operations.queue import Queue
from core.principal import Role
from core.settings import Settings
from core.workspace import Workspace, open_workspace
from tests.trained import run_next


@pytest.fixture
def fresh(settings: Settings, tmp_path):
    opened = open_workspace(replace(settings, data_dir=tmp_path / "fresh"))
    yield opened
    opened.close()


def test_one_account_per_role_with_passwords_that_work(fresh: Workspace, quick_hashes: None) -> None:
    made = demo.people(fresh)
    signed_in = [fresh.accounts.sign_in(each.email, each.password).principal.role for each in made]

    assert signed_in == list(Role)
    assert demo.people(fresh) == []


def test_a_workspace_with_data_of_its_own_is_left_alone(workspace: Workspace, admin) -> None:
    workspace.datasets.create(admin, "Ours")

    with pytest.raises(Conflict, match="has Ours"):
        demo.fill(workspace, admin)


@pytest.mark.slow
def test_the_demo_is_filled_by_jobs_and_a_second_time_changes_nothing(workspace: Workspace, admin, monkeypatch) -> None:
    monkeypatch.setattr(demo, "_LOOK_EVERY_S", 0.05)
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            if any(each.status == "queued" for each in Queue(workspace.database, "test").look()):
                run_next(workspace)
            done.wait(0.05)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        demo.fill(workspace, admin)
        demo.fill(workspace, admin)
    finally:
        done.set()
        worker.join()

    assert [each.name for each in workspace.dashboards.find(admin)] == [NAME]
    assert [(model.name, len(model.versions)) for model in workspace.models.find(admin)] == [(demo.MODEL, 1)]
    assert len(workspace.datasets.find(admin)) == 5
