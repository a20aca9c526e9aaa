"""The sample: five tables, brought in by the ordinary import."""

from __future__ import annotations

import csv
import gzip
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from core.data.sample import FOLDER, TABLES
from core.errors import Conflict, Refused
from core.principal import Principal
from core.workspace import Workspace
from tests.core.test_imports import run


def test_the_sample_comes_in_through_ordinary_imports(workspace: Workspace, scientist: Principal) -> None:
    jobs = workspace.sample.load(scientist)
    done = [run(workspace, job.id) for job in jobs]
    datasets = {each.name: (each.row_count, each.column_count) for each in workspace.datasets.find(scientist)}
    flights = next(each for each in workspace.datasets.find(scientist) if each.name == "Flights")
    columns = {column.name: column.type for column in workspace.datasets.version(scientist, flights.id).table.columns}

    assert [(job.title, job.error) for job in done] == [(f"Import {name}", None) for name in TABLES]
    assert datasets == {"Flights": (336_776, 19), "Airlines": (16, 2), "Airports": (1458, 8), "Planes": (3322, 9), "Weather": (26_115, 15)}
    assert (columns["dep_delay"], columns["tailnum"], columns["time_hour"]) == ("BIGINT", "VARCHAR", "TIMESTAMP")


def test_what_is_there_already_is_not_loaded_again(workspace: Workspace, scientist: Principal) -> None:
    workspace.datasets.create(scientist, "FLIGHTS")

    assert [job.title for job in workspace.sample.load(scientist)] == [
        "Import Airlines",
        "Import Airports",
        "Import Planes",
        "Import Weather",
    ]
    with pytest.raises(Conflict, match="loaded already"):
        workspace.sample.load(scientist)


def test_analysts_do_not_load_it(workspace: Workspace, analyst: Principal) -> None:
    with pytest.raises(Refused):
        workspace.sample.load(analyst)


def test_it_is_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.gz")) < 10_000_000


def test_the_script_makes_the_same_files_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in TABLES.values():
        content = gzip.decompress((FOLDER / f"{name}.csv.gz").read_bytes())
        if name == "flights":
            with zipfile.ZipFile(data / "flights.csv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("flights.csv", content)
        else:
            (data / f"{name}.csv").write_bytes(content)
    out = tmp_path / "out"

    subprocess.run([sys.executable, str(FOLDER / "make.py"), str(data), str(out)], check=True)

    for name in TABLES.values():
        ours, again = (gzip.decompress((folder / f"{name}.csv.gz").read_bytes()) for folder in (FOLDER, out))
        assert ours == again
        assert len({len(row) for row in csv.reader(io.StringIO(again.decode()))}) == 1
