"""A text file record by record, each with the number of its line in the file: broken rows are told apart, and read no further than they go.

An unclosed quote would swallow everything up to the next one. Here it costs its own line: the next line begins anew.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from core.data.dialect import LONGEST, Dialect

_SPAN = 1000  # lines of one quoted cell


class Line(NamedTuple):
    """A record. *cells* is None for a plain one that can be taken as it is; *problem* says what is wrong with it, or nothing."""

    number: int
    raw: bytes
    cells: list[str] | None = None
    problem: str = ""


class LineRecords:
    """The records of the UTF-8 file at *path* below the first *skip* lines. A record of *width* cells may lack the last *spare*."""

    def __init__(
        self, path: Path, dialect: Dialect, *, skip: int, width: int, spare: int = 0, watch: Callable[[int], None] | None = None
    ) -> None:
        self._path, self._dialect, self._skip, self._width, self._spare = path, dialect, skip, width, spare
        self._watch = watch
        self._delimiter = dialect.delimiter.encode()
        self._quote = dialect.quote.encode()
        self._again: list[bytes] = []  # lines taken for a quoted cell that was none, the next one last
        self._number = 0

    def __iter__(self) -> Iterator[Line]:
        with self._path.open("rb") as file:
            self._number, self._again = 0, []
            while line := self._next(file):
                if self._number <= self._skip:
                    continue
                raw = _without_end(line)
                if raw and (not raw.isspace() or (self._delimiter in raw and self._delimiter)):
                    yield self._record(raw, line, file)

    def _next(self, file: io.BufferedReader) -> bytes:
        line = self._again.pop() if self._again else file.readline(LONGEST + 1)
        if line:
            self._number += 1
            if self._watch and not self._number % 20_000:
                self._watch(file.tell())
        return line

    def _record(self, raw: bytes, line: bytes, file: io.BufferedReader) -> Line:
        number = self._number
        if number == 1 and raw.startswith(b"\xef\xbb\xbf"):
            raw = raw[3:]
        if len(raw) > LONGEST:
            self._pass_over_rest(line, file)
            return Line(number, raw[:1000], problem=f"The line is longer than {LONGEST // 1_000_000} MB")
        if not raw.isascii():
            try:
                raw.decode()
            except UnicodeDecodeError:
                return Line(number, raw, problem="The line holds bytes that are no letters in the file's encoding")
        if self._dialect.spaced or b'"' in raw or b"\r" in raw or (self._quote and self._quote in raw):
            return self._quoted(number, raw, line, file)
        if (raw.count(self._delimiter) + 1 if self._delimiter else 1) == self._width:
            return Line(number, raw)
        return self._fitted(number, raw, raw.decode().split(self._dialect.delimiter) if self._delimiter else [raw.decode()])

    def _quoted(self, number: int, raw: bytes, line: bytes, file: io.BufferedReader) -> Line:
        cells, problem = self._cells(raw)
        if not problem:
            return self._fitted(number, raw, cells)
        taken = [line]
        while problem == _OPEN and self._quote and len(taken) < _SPAN and (more := self._next(file)):
            taken.append(more)
            if self._quote not in more:
                continue
            whole = _without_end(b"".join(taken))
            cells, problem = self._cells(whole)
            if not problem and self._width - self._spare <= len(cells) <= self._width:
                return self._fitted(number, whole, cells)
        self._again += taken[:0:-1]
        self._number = number
        return Line(number, raw, problem=problem or _OPEN)

    def _cells(self, raw: bytes) -> tuple[list[str], str]:
        try:
            rows = list(self._dialect.rows([raw.decode()], strict=True))
        except csv.Error as error:
            return [], _OPEN if "unexpected end" in str(error) else "Text stands beside a quoted cell"
        except UnicodeDecodeError:
            return [], "The line holds bytes that are no letters in the file's encoding"
        return (rows[0], "") if len(rows) == 1 else ([], _OPEN)

    def _fitted(self, number: int, raw: bytes, cells: list[str]) -> Line:
        width = self._width
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            cells = cells[:width]
        if width - self._spare <= len(cells) < width:
            cells = [*cells, *[""] * (width - len(cells))]
        if len(cells) == width:
            return Line(number, raw, cells)
        return Line(number, raw, problem=misshapen(len(cells), width))

    def _pass_over_rest(self, line: bytes, file: io.BufferedReader) -> None:
        while line and not line.endswith(b"\n"):
            line = file.readline(LONGEST)


_OPEN = "A quote is opened and not closed"


def misshapen(cells: int, width: int) -> str:
    return f"The row has {cells} cell{'s' * (cells > 1)}, the table {width} column{'s' * (width > 1)}"


def _is_blank(raw: bytes, delimiter: bytes) -> bool:
    return raw.isspace() and not (delimiter and delimiter in raw)


def _without_end(line: bytes) -> bytes:
    return line[:-2] if line.endswith(b"\r\n") else line[:-1] if line.endswith(b"\n") else line


def in_one_line(number: int, cells: list[str], delimiter: str) -> bytes:
    """The record with its number before it, double quotes as needed, and line feeds only."""
    out = io.StringIO()
    cells = [cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell for cell in cells]
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerow([number, *cells])
    return out.getvalue().encode("utf-8", "replace")
