"""How long the batched data call of the demo dashboard takes: six tiles, uncached and cached.

usage: python -m tests.bench.tiles [ROUNDS]
Prints the medians in milliseconds, the goals (60 and 10), and each tile beside the same SQL in a bare DuckDB (goal: at most 1.3 times).
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import duckdb

from core.dashboards.demo import make_demo
from core.dashboards.query import query_of
from core.principal import Principal, Role
from core.query.engines import plan_of
from core.settings import Settings
from core.workspace import Workspace, open_workspace
from db.rows import UserRow
from tests.flights import add_dataset, flights_file

WHO = Principal(1, "bench@example.com", "Bench", Role.ADMIN)


def milliseconds(action: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        action()
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken)


def main(rounds: int = 15) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Settings(data_dir=Path(folder)))
        with workspace.database.transaction() as session:
            session.add(UserRow(email=WHO.email, name=WHO.name, role=WHO.role, password_hash="!"))
        flights = add_dataset(workspace, WHO, "Flights", flights_file())
        dashboard = make_demo(WHO, flights.dataset_id, workspace.charts, workspace.dashboards)
        _tiles_together(workspace, dashboard.id, rounds)
        for tile in dashboard.tiles:
            plan = plan_of(flights.table, query_of(tile.chart.spec, flights.table))
            ours = milliseconds(lambda plan=plan: workspace.engine.run(plan), rounds)
            with duckdb.connect() as bare:
                theirs = milliseconds(lambda plan=plan, bare=bare: bare.execute(plan.statement).fetchall(), rounds)
            print(f"{tile.chart.name:32} {ours:7.1f} ms   bare DuckDB {theirs:7.1f} ms   {ours / theirs:.2f}x (goal 1.3x)")
        workspace.close()


def _tiles_together(workspace: Workspace, id: int, rounds: int) -> None:
    first = milliseconds(lambda: workspace.dashboards.data(WHO, id), 1)  # opens the engine, and plans each question
    taken = []
    for _ in range(rounds):
        workspace.cache._kept.clear()  # nothing in the product needs to
        taken.append(milliseconds(lambda: workspace.dashboards.data(WHO, id), 1))
    cached = milliseconds(lambda: workspace.dashboards.data(WHO, id), rounds)
    print(f"six tiles, first of a process {first:8.1f} ms")
    print(f"six tiles, uncached           {median(taken):8.1f} ms (goal 60)")
    print(f"six tiles, cached             {cached:8.1f} ms (goal 10)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
