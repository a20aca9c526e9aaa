"""Reads a file made on the spot the way an import does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from core.data.kinds import find_kind
from core.data.options import options_from
from core.data.reader import Unwatched
from core.data.sources import Preview, Source
from core.settings import Settings


@dataclass(frozen=True)
class Read:
    """*types* by column name; *rejects* as (line, reason, raw)."""

    types: dict[str, str]
    rows: list[tuple[Any, ...]]
    rejects: list[tuple[int, str, str]]
    warnings: tuple[str, ...]
    options: dict[str, Any]

    @property
    def columns(self) -> list[str]:
        return list(self.types)


def source(folder: Path, content: bytes | str, name: str = "file.csv", settings: Settings | None = None, **options: Any) -> Source:
    path, scratch = folder / name, folder / "scratch"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    scratch.mkdir(exist_ok=True)
    return Source(path, find_kind(path, name), options_from(options), settings or Settings(data_dir=folder), scratch)


def read(folder: Path, content: bytes | str, name: str = "file.csv", **options: Any) -> Read:
    loaded = source(folder, content, name, **options).load(Unwatched())
    table = loaded.table
    rows = [tuple(row.values()) for row in pq.read_table(table.path).to_pylist()]
    rejects = pq.read_table(table.rejects).to_pylist() if table.rejects else []
    assert len(rows) == table.rows
    assert len(rejects) == table.rejected
    return Read(
        {column.name: column.type for column in table.columns},
        rows,
        [(each["line"], each["reason"], each["raw"]) for each in rejects],
        loaded.warnings,
        loaded.options,
    )


def preview(folder: Path, content: bytes | str, name: str = "file.csv", **options: Any) -> Preview:
    return source(folder, content, name, **options).preview()
