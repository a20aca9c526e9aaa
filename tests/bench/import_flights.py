"""The import of the flights CSV, with quarantine and profile, beside a bare DuckDB COPY of the same file to Parquet.

    python -m tests.bench.import_flights [rounds]

Prints medians and ratios for the packed and the unpacked file; the two sides take turns in one run. What is timed is all that an
import does once its process is up: receiving (with unpacking), reading, keeping, profile.
"""

from __future__ import annotations

import gzip
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from core.data.profile import profile
from core.operations.jobs import Run
from core.operations.queue import Queue
from core.principal import Principal, Role
from core.settings import Settings
from core.workspace import Workspace, open_workspace
from db.rows import UserRow

SAMPLE = Path(__file__).parents[2] / "sample" / "flights.csv.gz"
LIMIT = 2.0


def main(rounds: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Settings(data_dir=Path(folder) / "var"))
        with workspace.database.transaction() as session:
            session.add(UserRow(id=1, email="bench@example.com", name="Bench", role=Role.ADMIN, password_hash="!"))
        unpacked = Path(folder) / "flights.csv"
        unpacked.write_bytes(gzip.decompress(SAMPLE.read_bytes()))
        print(f"{'file':<16}{'receive ms':>12}{'job ms':>9}{'profile ms':>12}{'ours ms':>9}{'bare ms':>9}{'ratio':>7}")
        ratios = [_compare(workspace, path, Path(folder), rounds) for path in (unpacked, SAMPLE)]
        workspace.close()
    print(f"\nworst ratio {max(ratios):.2f} (at most {LIMIT})")
    return int(max(ratios) > LIMIT)


def _compare(workspace: Workspace, path: Path, folder: Path, rounds: int) -> float:
    statement = f"COPY (SELECT * FROM read_csv('{path}')) TO '{folder / 'bare.parquet'}' (FORMAT parquet)"
    timings = []
    for n in range(rounds + 1):
        with duckdb.connect() as connection:
            bare = _time(lambda connection=connection: connection.execute(statement))
        timings.append((*_import(workspace, path, f"{path.name} {n}"), bare))
    receive, job, profiled, bare = (statistics.median(column) for column in zip(*timings[1:], strict=True))  # the first one opens files
    ours = statistics.median(sum(row[:2]) for row in timings[1:])
    print(f"{path.name:<16}{receive:>12.0f}{job:>9.0f}{profiled:>12.0f}{ours:>9.0f}{bare:>9.0f}{ours / bare:>7.2f}")
    return ours / bare


def _import(workspace: Workspace, path: Path, name: str) -> tuple[float, float, float]:
    """Milliseconds of receiving and of the job, and of the profile alone, which is in the job's."""
    who = Principal(user_id=1, email="bench@example.com", name="Bench", role=Role.ADMIN)
    content, started = path.read_bytes(), time.perf_counter()
    upload = workspace.imports.receive(who, path.name, io.BytesIO(content))
    received = (time.perf_counter() - started) * 1000
    dataset, _ = workspace.imports.start(who, upload.id, name, {"nulls": ["NA"]})
    job = Queue(workspace.database, "bench").claim()
    if job is None:
        raise SystemExit("there is no job")
    worked = _time(lambda: workspace.imports.run(Run(workspace.database, job, who)))
    version = workspace.datasets.version(who, dataset.id)
    profiled = _time(lambda: profile(workspace.engine, version.table))
    workspace.datasets.delete(who, dataset.id)
    return received, worked, profiled


def _time(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 9))
