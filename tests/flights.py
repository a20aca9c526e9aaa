"""The flights of the sample as a Parquet file, and as a dataset of a workspace."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import duckdb

from core.data.datasets import Dataset, Version
from core.principal import Principal
from core.query.spec import Column, Table
from core.workspace import Workspace

SAMPLE = Path(__file__).parents[1] / "sample" / "flights.csv.gz"


@cache
def flights_file() -> Path:
    """Written once for each process; tests copy it in, or ask an engine whose data folder is two above."""
    path = Path(mkdtemp(prefix="flights-")) / "storage" / "flights.parquet"
    path.parent.mkdir()
    with duckdb.connect() as connection:
        source = f"read_csv('{SAMPLE}', nullstr='NA')"
        connection.execute(f"COPY (FROM {source}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    return path


def columns_of(path: Path) -> tuple[Column, ...]:
    with duckdb.connect() as connection:
        described = connection.execute(f"DESCRIBE FROM read_parquet('{path}')").fetchall()
    return tuple(Column(name, kind) for name, kind, *_ in described)


def table_of(path: Path) -> Table:
    with duckdb.connect() as connection:
        (rows,) = connection.execute(f"SELECT count(*) FROM read_parquet('{path}')").fetchone() or (0,)
    return Table(path.stem, (path,), columns_of(path), rows)


def add_dataset(workspace: Workspace, who: Principal, name: str, path: Path) -> Version:
    """*path* as the first version of a new dataset."""
    dataset: Dataset = workspace.datasets.create(who, name)
    return workspace.datasets.add_version(
        who, dataset.id, [path], columns=columns_of(path), rejects=None, source={"file_name": path.name}, base=0
    )
