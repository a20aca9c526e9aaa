"""The rows kept apart: for each the line of the file, what is wrong with it, and its text."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

_SCHEMA = pa.schema([("line", pa.int64()), ("reason", pa.string()), ("raw", pa.string())])
_BATCH = 10_000
_LONGEST = 20_000  # characters of a row that are kept


class Rejects:
    """A Parquet file in the making, in the order of the lines when it is done."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._rows: list[tuple[int, str, str]] = []
        self._writer: pq.ParquetWriter | None = None
        self._in_order = True
        self._last = 0

    def __enter__(self) -> Rejects:
        return self

    def add(self, line: int, reason: str, raw: str) -> None:
        self._in_order = self._in_order and line >= self._last
        self._last = line
        self.count += 1
        self._rows.append((line, reason, raw[:_LONGEST]))
        if len(self._rows) >= _BATCH:
            self._write()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._rows:
            self._write()
        if self._writer:
            self._writer.close()
            if not self._in_order and error is None:
                pq.write_table(pq.read_table(self.path).sort_by("line"), self.path, compression="zstd")

    def _write(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, _SCHEMA, compression="zstd")
        lines, reasons, raws = zip(*self._rows, strict=True)
        self._writer.write_table(pa.table([pa.array(lines, pa.int64()), reasons, raws], schema=_SCHEMA))
        self._rows = []
