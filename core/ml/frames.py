"""Tables in memory for learning: read from the files of a version, in their order, and turned into plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import NotFound
from core.query.spec import Table

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_ROWS = 500_000
"""Above this a random sample is trained on: more rows cost time and memory, and change the scores by less than their intervals."""
SEED = 20130101


@dataclass(frozen=True, slots=True)
class Categories:
    """Values of a text column: places in *levels*, -1 where there is none."""

    places: npt.NDArray[np.int32]
    levels: tuple[str, ...]

    def take(self, rows: Ints) -> Categories:
        return Categories(self.places[rows], self.levels)

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True, slots=True)
class Frame:
    """One column per field of a schema: numbers with NaN for null (moments in seconds since 1970), or categories."""

    columns: tuple[Floats | Categories, ...]
    row_count: int

    def take(self, rows: Ints) -> Frame:
        return Frame(tuple(c.take(rows) if isinstance(c, Categories) else c[rows] for c in self.columns), len(rows))


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of a version: *numbers* counts them from 0 in the order of its files."""

    table: pa.Table
    numbers: Ints
    total: int


def sample(table: Table, columns: Sequence[str], most: int = MOST_ROWS, seed: int = SEED) -> Sample:
    """At most *most* rows, drawn at random and kept in their order; file by file, so that the rest is never in memory at once."""
    total = table.row_count
    numbers = np.arange(total)
    if total > most:
        numbers = np.sort(np.random.default_rng(seed).choice(total, most, replace=False))
    parts, start = [], 0
    for path in table.files:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                end = start + file.metadata.row_group(group).num_rows
                inside = numbers[np.searchsorted(numbers, start) : np.searchsorted(numbers, end)] - start
                part = file.read_row_group(group, columns=list(columns))
                parts.append(part if len(inside) == len(part) else part.take(inside))
                start = end
    return Sample(pa.concat_tables(parts).select(list(columns)), numbers, total)


def floats(column: pa.ChunkedArray) -> Floats:
    """Numbers with NaN for null. Decimals go by way of text: Arrow's own cast is off by a last bit (47.87 becomes 47.870000000000005)."""
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())
    found: Floats = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return found


def text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """As plain text, also what only has a text form, such as UUIDs (Arrow's own cast would hand out their bytes)."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return column.cast(pa.string())
    return pa.chunked_array([[None if value is None else str(value) for value in column.to_pylist()]], type=pa.string())


def row(table: Table, number: int) -> dict[str, object]:
    """The row of that *number* with all its columns. Raises NotFound."""
    if not 0 <= number < table.row_count:
        raise NotFound(f"There is no row {number}; rows go from 0 to {table.row_count - 1:,}.")
    for path in table.files:
        with pq.ParquetFile(path) as file:
            if number >= file.metadata.num_rows:
                number -= file.metadata.num_rows
                continue
            for group in range(file.num_row_groups):
                size = file.metadata.row_group(group).num_rows
                if number < size:
                    found: dict[str, object] = file.read_row_group(group).slice(number, 1).to_pylist()[0]
                    return found
                number -= size
    raise NotFound("The row is not in the files of this version.")
