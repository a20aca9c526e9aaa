"""Rows in the order of their time, where that helps: a filter on time then reads the few row groups that it needs.

A file that is about in order already (most logs are) stays as it is, and so does one of a single row group.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from core.data.casts import name, text
from core.data.reader import Reader
from core.data.text_import import Imported, copy_to
from core.query.spec import Column

_LARGEST = 500_000_000  # bytes of Parquet; sorting more takes longer than it saves
_LOOSE = 2.0  # row groups that together cover so many times the whole range are not in order


def in_time_order(table: Imported, scratch: Path, reader: Reader) -> Imported:
    column = next((column for column in table.columns if column.is_time), None)
    if column is None or table.path.stat().st_size > _LARGEST or not _is_shuffled(table.path, column):
        return table
    ordered = scratch / "ordered.parquet"
    rows = f"SELECT * EXCLUDE (file_row_number) FROM read_parquet({text(str(table.path))}, file_row_number=true)"  # noqa: S608 - quoted
    order = f"{rows} ORDER BY {name(column.name)} NULLS LAST, file_row_number"
    reader.rows(copy_to(order, ordered, len(table.columns)), start=0.85, end=0.9, message=f"Sorting by {column.name}")
    table.path.unlink()
    return replace(table, path=ordered)


def _is_shuffled(path: Path, column: Column) -> bool:
    with pq.ParquetFile(path) as file:
        metadata, names = file.metadata, file.schema_arrow.names
        if metadata.num_row_groups < 2 or "file_row_number" in names:
            return False
        index = names.index(column.name)
        groups = [metadata.row_group(i).column(index).statistics for i in range(metadata.num_row_groups)]
    ranges = [(each.min, each.max) for each in groups if each is not None and each.has_min_max]
    if len(ranges) < 2 or not all(isinstance(edge, (date, datetime)) for edges in ranges for edge in edges):
        return False
    whole = max(high for _, high in ranges) - min(low for low, _ in ranges)
    return bool(sum((high - low for low, high in ranges), timedelta()) > _LOOSE * whole)
