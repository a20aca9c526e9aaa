"""Real Parquet tables for tests of the query layer."""

from functools import cache
from pathlib import Path

import duckdb

from core.query.spec import Column, Table


def stored(folder: Path, select: str, name: str = "t") -> Table:
    """The rows of *select* as a Parquet file in *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.parquet"
    quoted = "'" + str(path).replace("'", "''") + "'"
    with _connection().cursor() as cursor:
        cursor.execute(f"COPY ({select}) TO {quoted} (FORMAT parquet)")
        described = cursor.execute(f"DESCRIBE SELECT * FROM {quoted}").fetchall()
        count = cursor.execute(f"SELECT count(*) FROM {quoted}").fetchall()[0][0]
    return Table(key=f"{folder}/{name}", files=(path,), columns=tuple(Column(each[0], each[1]) for each in described), row_count=count)


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()
