"""Writers are killed at any moment, and every version that can be seen is whole."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.principal import Principal
from core.workspace import Workspace

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]


def kill_a_writer(workspace: Workspace, dataset_id: int, moment: float) -> int:
    """Lets a process bring in versions, kills it *moment* seconds after the first one, and tells the last one it said was done."""
    command = [sys.executable, "-m", "tests.faults.versions", str(workspace.settings.data_dir), str(dataset_id)]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True) as process:
        said = [process.stdout.readline()]
        time.sleep(moment)
        process.kill()
        said += process.stdout.readlines()
    return int([line for line in said if line.endswith("\n")][-1])


def test_a_killed_writer_leaves_each_version_whole_or_not_at_all(workspace: Workspace, analyst: Principal):
    dataset = workspace.datasets.create(analyst, "Counted")
    moments = random.Random(7)
    for _ in range(5):
        done = kill_a_writer(workspace, dataset.id, moments.uniform(0, 0.15))

    versions = workspace.datasets.versions(analyst, dataset.id)

    assert len(versions) >= done
    for version in versions:
        (path,) = version.table.files
        assert (pq.read_table(path).column("n").to_pylist(), path.stem) == (
            [version.number] * version.number,
            sha256(path.read_bytes()).hexdigest(),
        )


def test_what_a_killed_writer_left_behind_is_collected_and_nothing_else(workspace: Workspace, analyst: Principal, scientist: Principal):
    dataset, other = workspace.datasets.create(analyst, "Counted"), workspace.datasets.create(analyst, "Other")
    kill_a_writer(workspace, dataset.id, 0.05)
    storage = workspace.storage.folder
    left = storage / "scratch" / "of-a-dead-writer"
    left.mkdir()
    orphan = storage / "files" / "00" / f"{'0' * 64}.parquet"
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"never named")
    for path in (*storage.rglob("*.parquet"), *(storage / "scratch").iterdir()):
        os.utime(path, (0, 0))
    workspace.datasets.delete(scientist, other.id)

    files = {path for version in workspace.datasets.versions(analyst, dataset.id) for path in version.table.files}
    assert (set(storage.rglob("*.parquet")), list((storage / "scratch").iterdir())) == (files, [])
