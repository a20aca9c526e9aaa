"""A workspace is opened by several processes at once: the workers of the web server, the job supervisor, each job."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from core.errors import Invalid, Unavailable
from core.settings import Settings
from core.workspace import open_workspace
from db.session import Database
from tests.servers import postgresql

ROOT = Path(__file__).parents[2]
OPEN = """
from core.settings import Settings
from core.workspace import open_workspace
print("imported", flush=True)
input()
open_workspace(Settings.from_environment()).close()
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a workspace that nobody has opened yet."""
    environment = {"ASTRALYTIQ_DATA_DIR": str(tmp_path / "var")}
    if request.param == "sqlite":
        yield environment
        return
    with postgresql() as url:
        yield {**environment, "ASTRALYTIQ_DATABASE_URL": url}


def test_four_processes_open_a_fresh_workspace_in_the_same_moment(fresh: dict[str, str]) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = {**os.environ, **fresh, "PYTHONPATH": str(ROOT)}
    processes = [subprocess.Popen([sys.executable, "-c", OPEN], cwd=ROOT, env=environment, **pipes) for _ in range(4)]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=120)[1] for process in processes]

    assert (errors, [process.returncode for process in processes]) == ([""] * 4, [0] * 4)
    open_workspace(Settings.from_environment(fresh)).close()


def test_what_somebody_else_keeps_in_the_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "storage").mkdir()
    monkeypatch.setattr("os.access", lambda path, _: path != tmp_path / "storage")  # root may write everywhere

    with pytest.raises(Unavailable, match=r"storage cannot be written\. Make what is in .* yours"):
        open_workspace(Settings(data_dir=tmp_path))


@pytest.mark.parametrize("url", ["nonsense", "postgresql://u:secret@h:port/n", "postgres://u:secret@h/n", "mysql://u:secret@h/n"])
def test_an_address_that_names_no_database_is_said_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(Unavailable, match="No database of that kind is known") as raised:
        open_workspace(Settings(data_dir=tmp_path, database_url=url))

    assert "secret" not in raised.value.message


def test_a_database_of_a_newer_version_is_left_alone_and_said(settings: Settings) -> None:
    database = Database(settings.database)
    with database.transaction() as session:
        session.execute(sql("UPDATE alembic_version SET version_num = '9999'"))
    database.close()

    with pytest.raises(Unavailable, match=r"was made by a newer AstralytiQ than this one\. Start that one, or"):
        open_workspace(settings)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("JOB_SLOTS", "-1"),
        ("TRAINING_THREADS", "-1"),
        ("LOG_FORMAT", "xml"),
        ("PORT", "0"),
        ("WORKERS", "two"),
        ("MAX_UPLOAD_MB", "1.5"),
        ("SESSION_TIMEOUT_H", "99999999999999"),  # no date is that far away
        ("MEMORY_LIMIT", "1_0GB"),
        ("MEMORY_LIMIT", "64kb"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, text: str) -> None:
    with pytest.raises(Invalid, match=f"^ASTRALYTIQ_{name} is '{text}': expected"):
        Settings.from_environment({f"ASTRALYTIQ_{name}": text})


def test_a_setting_that_is_set_to_nothing_is_not_set() -> None:
    assert Settings.from_environment({"ASTRALYTIQ_DATA_DIR": "", "ASTRALYTIQ_PORT": ""}) == Settings()
