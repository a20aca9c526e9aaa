"""Rows of text become Parquet, and what does not parse a file of rejects.

At once when the file is clean: one strict statement that an irregular row or a value that does not fit its column ends.
Else with care: each record gets the number of its line, broken ones are set apart, types are widened where the sample
misled, and the rows whose values still do not fit follow the broken ones.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.data.casts import text
from core.data.csv_front import Reading, Shape
from core.data.dialect import LONGEST, Dialect
from core.data.encoding import Encoding
from core.data.line_records import Line, LineRecords, in_one_line
from core.data.reader import Reader, Watch
from core.data.rejects import Rejects
from core.data.typing_pass import TypingPass, widened
from core.query.spec import Column

_BLOCK = 1 << 20
_ROW_GROUP_CELLS = 122_880 * 30  # wide tables get shorter row groups, or writing them would take gigabytes
NO_DELIMITER = "\x1f"


@dataclass(frozen=True, slots=True)
class Imported:
    """*path* is the Parquet of the table, *rejects* that of the rows kept apart."""

    path: Path
    columns: tuple[Column, ...]
    rows: int
    rejects: Path | None = None
    rejected: int = 0
    warnings: tuple[str, ...] = ()


def import_text(path: Path, reading: Reading, scratch: Path, reader: Reader, watch: Watch) -> Imported:
    plain = plain_utf8(path, reading.encoding, scratch, watch, mac=reading.mac)
    shape = reading.shape
    if not reading.odd:
        try:
            return _at_once(plain, reading, scratch, reader)
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException):
            watch.report(0.1, "Reading row by row, because some do not parse")
    lines = LineRecords(
        plain, reading.dialect, skip=shape.layout.skip, width=shape.width, spare=shape.layout.spare, watch=_bytes_read(watch, plain)
    )
    return import_records(lines, shape, scratch, reader, watch, delimiter=reading.dialect.delimiter)


def import_records(lines: Iterable[Line], shape: Shape, scratch: Path, reader: Reader, watch: Watch, *, delimiter: str = ",") -> Imported:
    """*lines* is gone through again where values do not fit, for the text of their rows."""
    numbered, out = scratch / "numbered.csv", scratch / "table.parquet"
    delimiter = delimiter or NO_DELIMITER
    with Rejects(scratch / "rejects.parquet") as rejects:
        _write_numbered(lines, numbered, rejects, delimiter)
        source = _read_csv(numbered, shape.width, Dialect(delimiter), numbered=True)
        watch.report(0.5, "Checking the values")
        found = widened(shape, source, reader)
        typed = TypingPass(found.shape, source)
        rows = reader.rows(copy_to(typed.good(), out, shape.width), start=0.55, end=0.85, message="Writing the table")
        if found.misfits:
            _set_apart(dict(reader.rows(typed.misfits())), lines, rejects)
    numbered.unlink()
    kept = rejects.path if rejects.count else None
    return Imported(out, _columns(found.shape), rows[0][0], kept, rejects.count, found.warnings)


def _at_once(path: Path, reading: Reading, scratch: Path, reader: Reader) -> Imported:
    shape, out = reading.shape, scratch / "table.parquet"
    source = _read_csv(path, shape.width, reading.dialect, skip=shape.layout.skip)
    statement = copy_to(TypingPass(shape, source).strict(), out, shape.width)
    rows = reader.rows(statement, start=0.1, end=0.85, message=f"Reading {path.stat().st_size / 1e6:,.1f} MB of rows")
    return Imported(out, _columns(shape), rows[0][0])


def plain_utf8(path: Path, encoding: Encoding, scratch: Path, watch: Watch | None = None, *, mac: bool = False) -> Path:
    """The file itself when it is UTF-8 with line feeds, else a copy that is. Bytes that are no letters stay, to be met in their line."""
    if encoding.name == "utf-8" and not encoding.nulls and not mac:
        return path
    wide = encoding.name.startswith(("utf-16", "utf-32"))
    decoder = codecs.getincrementaldecoder(encoding.name)("replace" if wide else "surrogateescape")
    copy, size, done = scratch / "plain.txt", path.stat().st_size, 0
    with path.open("rb") as source, copy.open("wb") as target:
        source.seek(encoding.mark)
        while chunk := source.read(_BLOCK):
            letters = decoder.decode(chunk).replace("\0", "")
            target.write((letters.replace("\r", "\n") if mac else letters).encode("utf-8", "surrogateescape"))
            done += len(chunk)
            if watch:
                watch.check()
                watch.report(0.1 * done / size, f"Converting from {encoding.name}")
        target.write(decoder.decode(b"", final=True).encode("utf-8", "surrogateescape"))
    return copy


def _write_numbered(lines: Iterable[Line], path: Path, rejects: Rejects, delimiter: str) -> None:
    mark = delimiter.encode()
    with path.open("wb", buffering=_BLOCK) as out:
        for line in lines:
            if line.problem:
                rejects.add(line.number, line.problem, line.raw.decode("utf-8", "replace"))
            elif line.cells is None:
                out.write(b"%d%b%b\n" % (line.number, mark, line.raw))
            else:
                out.write(in_one_line(line.number, line.cells, delimiter))


def _set_apart(misfits: dict[int, str], lines: Iterable[Line], rejects: Rejects) -> None:
    for line in lines:
        if line.number in misfits and not line.problem:
            rejects.add(line.number, misfits[line.number], line.raw.decode("utf-8", "replace"))


def _read_csv(path: Path, cells: int, dialect: Dialect, *, skip: int = 0, numbered: bool = False) -> str:
    """A table function over text columns c0, c1, ... with everything pinned: DuckDB's own sniffer is not asked."""
    types = ", ".join([*(["'line': 'BIGINT'"] if numbered else []), *(f"'c{i}': 'VARCHAR'" for i in range(cells))])
    delimiter, escape = dialect.delimiter or NO_DELIMITER, dialect.escape if dialect.quote else ""
    sizes = f"max_line_size={2 * LONGEST + 100_000}, buffer_size={4 * LONGEST + 200_000}"  # a line grows by its quotes and number
    return (
        f"read_csv({text(str(path))}, auto_detect=false, header=false, columns={{{types}}}, delim={text(delimiter)}, "
        f"quote={text(dialect.quote)}, escape={text(escape)}, skip={skip}, nullstr=[''], strict_mode=true, {sizes})"
    )


def copy_to(select: str, path: Path, width: int) -> str:
    group = max(2048, min(122_880, _ROW_GROUP_CELLS // width))
    return f"COPY ({select}) TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {group})"


def _columns(shape: Shape) -> tuple[Column, ...]:
    return tuple(Column(column.name, column.type.sql) for column in shape.columns)


def _bytes_read(watch: Watch, path: Path) -> Callable[[int], None]:
    size = path.stat().st_size

    def report(done: int) -> None:
        watch.check()
        watch.report(0.1 + 0.4 * done / size, f"Read {done / 1e6:,.1f} of {size / 1e6:,.1f} MB")

    return report
