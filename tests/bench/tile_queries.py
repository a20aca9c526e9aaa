"""The six tiles of the demo dashboard: each query beside the same SQL in bare DuckDB, and all of them as one batch.

    python -m tests.bench.tile_queries [rounds]

Prints medians and the ratio; the two sides take turns in one run, so that what else the machine does touches both.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from core.data.queries import Queries
from core.principal import Principal, Role
from core.query.cache import ResultCache
from core.query.engines import plan_of
from core.query.spec import Answer, Column, Dimension, Measure, Order, Query, Table
from core.settings import Settings
from core.workspace import Workspace, open_workspace
from db.rows import UserRow

SAMPLE = Path(__file__).parents[2] / "sample" / "flights.csv.gz"
FLIGHTS = Measure("flights", "count(*)")
DELAY = Measure("mean delay", "avg(dep_delay)")
TILES = {
    "number of flights": Query((FLIGHTS,)),
    "flights by carrier": Query((FLIGHTS,), (Dimension("carrier", "carrier"),), order=(Order("flights", desc=True),)),
    "mean delay by day": Query((DELAY,), (Dimension("day", "make_date(year, month, day)"),), order=(Order("day"),)),
    "destinations": Query((FLIGHTS, DELAY), (Dimension("dest", "dest"),), order=(Order("flights", desc=True),), limit=100),
    "delay by month and hour": Query((DELAY,), (Dimension("month", "month"), Dimension("hour", "hour"))),
    "flights by origin": Query((FLIGHTS,), (Dimension("origin", "origin"),)),
}
LIMITS = {"ratio": 1.3, "uncached": 60.0, "cached": 10.0}


def main(rounds: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Settings(data_dir=Path(folder)))
        who, dataset_id, table = _flights(workspace)
        print(f"{'tile':<26}{'ours ms':>9}{'bare ms':>9}{'ratio':>7}")
        ratios = [_tile(workspace, table, name, query, rounds) for name, query in TILES.items()]
        print(f"\nworst ratio {max(ratios):.2f} (at most {LIMITS['ratio']})")
        batches = _batches(workspace, who, dataset_id, Path(folder), rounds)
        workspace.close()
    missed = max(ratios) > LIMITS["ratio"] or any(batches[name] > LIMITS[name] for name in batches)
    return int(missed)


def _flights(workspace: Workspace) -> tuple[Principal, int, Table]:
    with workspace.database.transaction() as session:
        session.add(UserRow(id=1, email="bench@example.com", name="Bench", role=Role.ADMIN, password_hash="!"))
    who = Principal(user_id=1, email="bench@example.com", name="Bench", role=Role.ADMIN)
    dataset = workspace.datasets.create(who, "Flights")
    with workspace.storage.scratch() as scratch:
        path = scratch / "flights.parquet"
        with duckdb.connect() as connection:
            connection.execute(f"COPY (SELECT * FROM read_csv('{SAMPLE}', nullstr='NA')) TO '{path}' (FORMAT parquet)")
            described = connection.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
        columns = tuple(Column(name, kind) for name, kind, *_ in described)
        version = workspace.datasets.add_version(who, dataset.id, [path], columns=columns, rejects=None, source={}, base=0)
    return who, dataset.id, version.table


def _tile(workspace: Workspace, table: Table, name: str, query: Query, rounds: int) -> float:
    bare = duckdb.connect()
    statement = plan_of(table, query).statement
    ours, theirs = _interleaved(lambda: workspace.engine.answer(table, query), lambda: bare.execute(statement).fetchall(), rounds)
    bare.close()
    print(f"{name:<26}{ours:>9.2f}{theirs:>9.2f}{ours / theirs:>7.2f}")
    return ours / theirs


def _batches(workspace: Workspace, who: Principal, dataset_id: int, folder: Path, rounds: int) -> dict[str, float]:
    asked = [(dataset_id, query) for query in TILES.values()]
    uncached = []
    for n in range(rounds):
        cache = ResultCache(folder / f"cache{n}")
        queries = Queries(workspace.datasets, workspace.engine, cache)
        uncached.append(_time(lambda queries=queries: queries.run_many(who, asked)))
        queries.close()
        cache.close()
    answers = workspace.queries.run_many(who, asked)
    if not all(isinstance(each, Answer) for each in answers):
        raise SystemExit(f"a tile has no answer: {answers}")
    cached = [_time(lambda: workspace.queries.run_many(who, asked)) for _ in range(rounds)]
    medians = {"uncached": statistics.median(uncached), "cached": statistics.median(cached)}
    for name, median in medians.items():
        print(f"batch of six, {name}: {median:.1f} ms (at most {LIMITS[name]:.0f})")
    return medians


def _interleaved(one: Callable[[], object], other: Callable[[], object], rounds: int) -> tuple[float, float]:
    pairs = [(_time(one), _time(other)) for _ in range(rounds + 3)][3:]  # the first ones open files and connections
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def _time(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 30))
