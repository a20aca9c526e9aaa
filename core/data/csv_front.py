"""The front end for text files: encoding, dialect, preamble, header, types. Each step is a choice that a person may overrule."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from core.data.column_types import NULL_WORDS, ColumnType, find_decimal, find_type, pinned_type
from core.data.dialect import Dialect, find_dialect
from core.data.encoding import Encoding, find_encoding
from core.data.headers import Layout, Record, find_layout, unique_names
from core.data.options import Options
from core.errors import Invalid

_HEAD = 1 << 17
_WINDOW = 1 << 16  # one more in the middle and one at the end of a large file
_SAMPLE_ROWS = 1500
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MARKUP = re.compile(r"\s*<(!doctype|html|head|body|table|\?xml|svg|!--)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """*source* is the name in the file, *found* that name made usable, *name* the one it shall have. *pinned*: a person chose the type."""

    source: str
    found: str
    name: str
    type: ColumnType
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """What a table of text cells holds. *sparse*: a row without any value is a row too, because most cells are empty."""

    layout: Layout
    columns: tuple[FoundColumn, ...]
    nulls: tuple[str, ...] | None = None
    decimal: str = "."
    sparse: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return len(self.columns)

    @property
    def null_words(self) -> tuple[str, ...]:
        """Words for "no value" in typed columns."""
        return tuple(dict.fromkeys((*NULL_WORDS, *(self.nulls or ()))))


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a text file. *mac*: its lines end with a carriage return alone. *odd*: only a reading line by line gets it right."""

    encoding: Encoding
    dialect: Dialect
    mac: bool
    shape: Shape
    odd: bool
    needs_choice: bool
    head: str  # the sample's beginning, whole lines, for the preview


@dataclass(frozen=True, slots=True)
class _Written:
    """How a text file is written. *lines* are those of the first of its *windows*; the first *skip* of them are no part of the table."""

    encoding: Encoding
    mac: bool
    dialect: Dialect
    delimiter: str | None  # as chosen, or named by the file
    windows: list[str]
    lines: list[str]
    skip: int | None


def look(path: Path, options: Options, *, max_columns: int) -> Reading:
    """Raises Invalid when the file is no table of text, or is too wide."""
    written = _written(path, options)
    encoding, dialect, lines = written.encoding, written.dialect, written.lines
    more = [row for window in written.windows[1:] for row in _rows(dialect, _lines(window)[1:])]
    shape = describe(_records(dialect, lines), more, options, skip=written.skip, max_columns=max_columns)
    warnings = list(shape.warnings)
    needs_choice = shape.width == 1 and written.delimiter is None
    if needs_choice:
        warnings.insert(0, "Only one column was found. If there should be more, choose the delimiter.")
    if encoding.guessed:
        warnings.insert(0, f"The file does not say its encoding; {encoding.name} fits best. Check letters with accents.")
    shape = replace(shape, warnings=tuple(warnings))
    # DuckDB trims more than the blank before a quote.
    odd = dialect.spaced or any(_is_skipped_otherwise(line, dialect) for line in lines[: shape.layout.skip])
    return Reading(encoding, dialect, written.mac, shape, odd, needs_choice, "".join(lines))


def check(path: Path, options: Options, *, max_columns: int) -> None:
    """Raises what `look` raises, and leaves the types of the columns aside, which take most of its time."""
    written = _written(path, options)
    _layout(_records(written.dialect, written.lines), options, skip=written.skip, max_columns=max_columns)


def _written(path: Path, options: Options) -> _Written:
    encoding = find_encoding(path, options.encoding)
    windows = _windows(path, encoding)
    _check_is_text(windows[0])
    mac = "\n" not in windows[0] and "\r" in windows[0].rstrip("\r")
    windows = [_lines_end_alike(window, mac=mac) for window in windows]
    lines = _lines(windows[0])
    named, first = _separator_line(lines[0])
    delimiter = options.delimiter if options.delimiter is not None else named
    dialect = find_dialect(lines[max(options.skip or 0, first) :], delimiter=delimiter, quote=options.quote)
    skip = options.skip if options.skip is not None else first or None
    return _Written(encoding, mac, dialect, delimiter, windows, lines, skip)


def describe(records: Sequence[Record], more: Iterable[Sequence[str]], options: Options, *, skip: int | None, max_columns: int) -> Shape:
    """The columns of a table, from its first *records* and *more* rows from elsewhere in it."""
    layout = _layout(records, options, skip=skip, max_columns=max_columns)
    width = len(layout.sources)
    body = [record.cells for record in records if record.last_line > layout.skip]
    rows = [(*row, *("",) * (width - len(row))) for row in (*body, *more) if width - layout.spare <= len(row) <= width and row]
    filled = [sum(map(bool, map(str.strip, row))) for row in rows]
    full = sum(map(bool, filled))
    named = sum(bool(source.strip()) for source in layout.sources) or width
    values = [[row[i] for row in rows[:_SAMPLE_ROWS]] for i in range(width)]
    decimal = options.decimal or find_decimal(values)
    columns, notes = _columns(layout, values, options, decimal)
    sparse = full > 0 and sum(filled) < 0.5 * named * full
    return Shape(layout, columns, options.nulls, decimal, sparse, tuple(notes))


def _layout(records: Sequence[Record], options: Options, *, skip: int | None, max_columns: int) -> Layout:
    layout = find_layout(records, header=options.header, skip=skip)
    width = len(layout.sources)
    if width > max_columns:
        raise Invalid(f"The file has {width:,} columns; at most {max_columns:,} are allowed. Choose another delimiter, or leave some out.")
    if not width:
        raise Invalid("The file holds no rows. Choose one that has some, or skip fewer lines.")
    return layout


def _columns(layout: Layout, values: Sequence[Sequence[str]], options: Options, decimal: str) -> tuple[tuple[FoundColumn, ...], list[str]]:
    notes = [] if decimal == "." or options.decimal else ["Numbers are read with a decimal comma."]
    nulls = tuple(dict.fromkeys((*NULL_WORDS, *(options.nulls or ()))))
    found, types, names = layout.names, [], []
    for name, column in zip(found, values, strict=True):
        choice = options.columns.get(name)
        names.append(choice.name if choice and choice.name else name)
        if choice and choice.type:
            types.append(pinned_type(choice.type, name, column, nulls=nulls, decimal=decimal))
            continue
        finding = find_type(name, column, nulls=nulls, decimal=decimal)
        types.append(finding.type)
        notes += [f"{name}: {finding.note}"] if finding.note else []
    notes += _null_notes(found, types, values, options)
    pinned = [name in options.columns and options.columns[name].type is not None for name in found]
    columns = zip(layout.sources, found, unique_names(names), types, pinned, strict=True)
    return tuple(FoundColumn(*column) for column in columns), notes


def _null_notes(names: Sequence[str], types: Sequence[ColumnType], values: Sequence[Sequence[str]], options: Options) -> list[str]:
    """A word that means "no value" in columns of numbers may mean it in those of text too: a person has to say."""
    if options.nulls is not None:
        return []
    words = {word for each in types for word in each.words}
    affected = [name for name, each, column in zip(names, types, values, strict=True) if each.kind == "text" and words & set(column)]
    if not affected:
        return []
    listed = ", ".join(f"“{word}”" for word in sorted(words))
    return [f"{listed} is empty in columns of numbers and text in {', '.join(affected[:5])}. Name it as empty to change that."]


def _windows(path: Path, encoding: Encoding) -> list[str]:
    """The beginning and, of a large file, pieces of its middle and end; all but the first begin in the middle of a line."""
    size = path.stat().st_size
    unit = 4 if "32" in encoding.name else 2 if "16" in encoding.name else 1
    starts = [(encoding.mark, _HEAD)]
    if size > 4 * _HEAD:
        starts += [(place - (place - encoding.mark) % unit, _WINDOW) for place in (size // 2, size - _WINDOW)]
    windows = []
    with path.open("rb") as file:
        for start, length in starts:
            file.seek(start)
            text = file.read(length).decode(encoding.name, errors="replace").replace("\0", "")
            whole = start + length >= size
            windows.append(text if whole else _whole_lines(text))
    return windows


def _whole_lines(text: str) -> str:
    end = max(text.rfind("\n"), -1)
    return text[: end + 1] if end >= 0 else text[: text.rfind("\r") + 1] or text


def _check_is_text(text: str) -> None:
    if not text.strip():
        raise Invalid("The file is empty. Choose one that holds a table.")
    if _MARKUP.match(text):
        raise Invalid("The file is a web page or XML under another name, not a table. Export it as CSV or Excel, then try again.")
    if len(_CONTROL.findall(text)) + text.count("\ufffd") > 0.02 * len(text):
        raise Invalid("The file is not text: it holds binary data. Choose a CSV, Excel, JSON or Parquet file.")


def _lines_end_alike(text: str, *, mac: bool) -> str:
    return text.replace("\r", "\n") if mac else text


def _lines(text: str) -> list[str]:
    """Split at line feeds only: other marks that str.splitlines knows are part of a cell."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _is_skipped_otherwise(line: str, dialect: Dialect) -> bool:
    """DuckDB counts a lone carriage return as a line when it skips some, and a quoted cell of several lines as part of one."""
    quotes = line.count(dialect.quote) if dialect.quote else 0
    return "\r" in line.removesuffix("\r\n") or quotes % 2 == 1 or (quotes > 0 and dialect.escape != dialect.quote)


def _separator_line(line: str) -> tuple[str | None, int]:
    """Excel's own first line that names the delimiter (``sep=;``), and how many lines it takes."""
    match = re.fullmatch(r"sep=(.)\s*", line, re.IGNORECASE)
    return (match[1], 1) if match else (None, 0)


def _records(dialect: Dialect, lines: Sequence[str]) -> list[Record]:
    taken = 0

    def counted() -> Iterator[str]:
        nonlocal taken
        for line in lines:
            taken += 1
            yield line

    records: list[Record] = []
    with suppress(csv.Error):  # what was read until then is sample enough
        records.extend(Record(taken, tuple(row)) for row in islice(dialect.rows(counted()), 2 * _SAMPLE_ROWS))
    return records


def _rows(dialect: Dialect, lines: Sequence[str]) -> list[Sequence[str]]:
    return [record.cells for record in _records(dialect, lines)]
