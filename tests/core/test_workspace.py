"""A workspace is opened by several processes at once: the workers of the web server, the job supervisor, each job."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from core.workspace import open_workspace
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
