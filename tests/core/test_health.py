"""Ready means: the database answers, the storage can be written, the disk has room."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import Unavailable
from core.operations import health, limits
from core.operations.health import Check, Health
from core.principal import Principal
from core.workspace import Workspace
from db.session import Database


def test_a_good_workspace_is_ready(database: Database, tmp_path: Path) -> None:
    checked = Health(database, tmp_path).ready()

    assert {name: check.ok for name, check in checked.items()} == {"database": True, "storage": True, "disk": True}
    assert Health(database, tmp_path).alive()
    assert list(tmp_path.glob(".ready-*")) == []


def test_each_fault_is_named(tmp_path: Path) -> None:
    broken = Database(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")

    assert Health(broken, tmp_path / "gone").ready() == {
        "database": Check(False, "does not answer (OperationalError)"),
        "storage": Check(False, "cannot be written (No such file or directory)"),
        "disk": Check(False, "cannot be measured (No such file or directory)"),
    }


def test_a_database_that_is_away_is_said_to_be_and_taken_for_no_mistake_of_ours(tmp_path: Path) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    limits.speak(away.engine)

    with pytest.raises(Unavailable, match="does not answer"), away.reading() as session:
        session.connection()
    assert Health(away, tmp_path).ready()["database"] == Check(False, "does not answer (Unavailable)")


def test_a_database_without_room_says_so(workspace: Workspace, viewer: Principal) -> None:
    with workspace.database.reading() as session:
        session.execute(text("PRAGMA max_page_count = 1"))  # of the connection that the pool keeps: it may not grow any more
    with pytest.raises(Unavailable, match="disk of the database is full"):
        for _ in range(1000):
            workspace.accounts.rename(viewer, "A name " * 15)


def test_a_database_whose_file_was_taken_away_is_not_ready(database: Database, tmp_path: Path) -> None:
    with database.reading() as session:
        session.connection()  # which stays open in the pool
    Path(str(database.url.database)).rename(tmp_path / "elsewhere.db")

    assert not Health(database, tmp_path).ready()["database"].ok


def test_a_full_disk_is_not_ready(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 10**18)

    assert not Health(database, tmp_path).ready()["disk"].ok
