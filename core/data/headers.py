"""Where the table begins in a text file, whether its first row names the columns, and names that can be used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.data.column_types import find_type
from core.data.dialect import width as common_width

_COMMENTS = ("#", "//", "%", "--")
_LONGEST_NAME = 200
_BODY = 100  # rows looked at below a header
_YEAR = re.compile(r"(1[5-9]|20|21)\d\d")


@dataclass(frozen=True, slots=True)
class Record:
    """The *cells* of a row and the line of the file where it ends (a quoted cell may span several)."""

    last_line: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> int:
        return sum(bool(cell.strip()) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Layout:
    """*skip* lines stand before the first row of data, the header included. *sources* are the names as written.
    A row may lack the last *spare* cells. *before* lines stand before the header."""

    skip: int
    header: bool
    sources: tuple[str, ...]
    spare: int = 0
    before: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        return unique_names(self.sources)


def find_layout(records: Sequence[Record], *, header: bool | None = None, skip: int | None = None) -> Layout:
    """*skip* given: that many lines are passed over, and the next row is the header or the first of data."""
    rows = [record for record in records if "".join(record.cells).strip() and (skip is None or record.last_line > skip)]
    if not rows:
        return Layout(skip or 0, header=False, sources=(), before=skip or 0)
    width = common_width([row.cells for row in rows])
    start = 0 if skip is not None else _first(rows, width)
    before = rows[start - 1].last_line if start else skip or 0
    first, body = rows[start].cells, [row.cells for row in rows[start + 1 : start + 1 + _BODY] if len(row.cells) == width]
    if not (_names_columns(first, body, width) if header is None else header):
        return Layout(before, header=False, sources=("",) * max(width, 1), before=before)
    names = _aligned(first, body, width)
    lacking = len(names) - width if width > 1 else 0
    unnamed = len(names) - len("".join("x" if name.strip() else " " for name in names).rstrip())
    unused = all(not cell for row in body for cell in row[len(names) - unnamed :]) if unnamed else False
    return Layout(rows[start].last_line, header=True, sources=names, spare=max(lacking, unnamed if unused else 0), before=before)


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Blank names become column_3, repeated ones (in any case) total_2."""
    taken: set[str] = set()
    result = []
    for number, name in enumerate(names, 1):
        unique = clean = _clean(name) or f"column_{number}"
        again = 1
        while unique.casefold() in taken:
            again += 1
            unique = f"{clean}_{again}"
        taken.add(unique.casefold())
        result.append(unique)
    return tuple(result)


def _clean(name: str) -> str:
    return "".join(letter for letter in " ".join(name.split()) if letter.isprintable())[:_LONGEST_NAME]


def _first(rows: Sequence[Record], width: int) -> int:
    """The index of the first row that belongs to the table: comments, titles and notes above it have fewer cells."""
    for index, (row, below) in enumerate(pairwise(rows)):
        if _is_comment(row) and (len(row.cells) < width or (width == 1 and not _is_comment(below))):
            continue
        if len(row.cells) >= width and (row.filled > 1 or width < 3 or below.filled < width - 1):
            return index
        if len(row.cells) == row.filled == width - 1 > 0 and len(below.cells) == width and not _values(row.cells):
            return index  # R leaves out the name of the row names
    return len(rows) - 1 if len(rows[-1].cells) == width > 1 else 0


def _is_comment(row: Record) -> bool:
    return row.cells[0].lstrip().startswith(_COMMENTS)


def _names_columns(first: Sequence[str], body: Sequence[Sequence[str]], width: int) -> bool:
    values = _values(first)
    if values:
        return len(values) < sum(bool(cell.strip()) for cell in first) and all(_heads_numbers(first, body, index) for index in values)
    if not body:
        return len(first) > 1
    if len(first) < width:
        return True
    columns = list(zip(*body, strict=True))
    if any(find_type("", column).type.kind != "text" for column in columns):
        return True
    repeated = sum(bool(cell.strip()) and cell in column for cell, column in zip(first, columns, strict=False))
    filled = sum(bool(cell.strip()) for cell in first)
    return 2 * repeated < filled and max(len(cell) for cell in first) <= _LONGEST_NAME


def _values(cells: Sequence[str]) -> list[int]:
    """The positions of the cells that are numbers, dates or times."""
    return [
        index for index, cell in enumerate(cells)
        if re.match(r"[\s+-]*[.\d]", cell) and (find_type("", [cell]).type.kind != "text" or re.fullmatch(r"[\s\d.,:/+-]+", cell))
    ]  # fmt: skip


def _heads_numbers(first: Sequence[str], body: Sequence[Sequence[str]], index: int) -> bool:
    """A year or a date over a column of other numbers: one of those tables with a column per year."""
    column = [row[index].strip() for row in body if index < len(row) and row[index].strip()]
    dated = _YEAR.fullmatch(first[index].strip()) or find_type("", [first[index]]).type.kind == "date"
    numbers = column and find_type("", column).type.kind in ("integer", "decimal", "big")
    return bool(dated and numbers and not all(_YEAR.fullmatch(value) for value in column))


def _aligned(first: Sequence[str], body: Sequence[Sequence[str]], width: int) -> tuple[str, ...]:
    """The header with a name for each of the *width* cells: R leaves out that of the row names, others that of an empty last cell."""
    if len(first) < width:
        missing = ("",) * (width - len(first))
        ends_empty = body and all(not row[-1].strip() for row in body)
        return (*first, *missing) if ends_empty or len(missing) > 1 else (*missing, *first)
    named = len(first)
    while named > width and not first[named - 1].strip():
        named -= 1
    return tuple(first[:named])
