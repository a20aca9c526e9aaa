"""One way in for every kind of file: look at it (`preview`), and make it a Parquet table (`load`)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from core.data.casts import text
from core.data.csv_front import Reading, Shape, check, look
from core.data.encoding import Encoding
from core.data.excel import SheetLines, Workbook, look_at_sheet
from core.data.kinds import Kind
from core.data.options import Options
from core.data.reader import Reader, Unwatched, Watch
from core.data.text_import import Imported, import_records, import_text
from core.data.time_order import in_time_order
from core.data.typed_import import TypedFile
from core.errors import Invalid
from core.settings import Settings

PREVIEW_ROWS = 50
_SHEET_BYTES = 32 << 20  # of a sheet, that a preview looks for formulas in: half a second
UNPACKED = 10
"""A file may unpack to so many times the size that may be uploaded."""


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """*found* is the name by which options choose the column; *type* one of `column_types.CHOICES`, or SQL's own name where the
    file knows its types."""

    found: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Preview:
    """*rows* are the first ones as text; *rejects* (line, reason, text) those among the rows looked at that do not parse,
    *rejected* of them. *options* is how the file would be read, everything decided."""

    kind: Kind
    options: dict[str, Any]
    columns: tuple[PreviewColumn, ...]
    rows: tuple[tuple[str | None, ...], ...]
    rejected: int = 0
    rejects: tuple[tuple[int, str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    needs_choice: bool = False
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    table: Imported
    options: dict[str, Any]
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Source:
    """The file at *path*, to be read as *options* say; *scratch* is an empty folder for the time being."""

    path: Path
    kind: Kind
    options: Options
    settings: Settings
    scratch: Path

    def check(self) -> None:
        """Raises Invalid when the file is clearly no table."""
        if self.kind is Kind.CSV:
            check(self.path, self.options, max_columns=self.settings.max_columns)
        else:
            self.preview()

    def preview(self) -> Preview:
        watch = Unwatched()
        with self._reader(watch) as reader:
            if self.kind is Kind.CSV:
                return self._preview_text(reader, watch)
            if self.kind is Kind.EXCEL:
                return self._preview_sheet(reader, watch)
            return self._preview_typed(reader)

    def load(self, watch: Watch) -> Loaded:
        """Raises Invalid when nothing is left to load."""
        with self._reader(watch) as reader:
            loaded = self._load(reader, watch)
            if not loaded.table.rows and not loaded.table.rejected:
                raise Invalid("The file names columns and holds no rows. Choose one that has some.")
            return replace(loaded, table=in_time_order(loaded.table, self.scratch, reader))

    def _load(self, reader: Reader, watch: Watch) -> Loaded:
        if self.kind is Kind.CSV:
            watch.report(0.0, "Finding out how the file is written")
            reading = look(self.path, self.options, max_columns=self.settings.max_columns)
            table = import_text(self.path, reading, self.scratch, reader, watch)
            return Loaded(table, _decided(reading), (*reading.shape.warnings, *table.warnings))
        if self.kind is Kind.EXCEL:
            book, sheet, shape = self._sheet()
            table = import_records(SheetLines(book, sheet, shape, watch), shape, self.scratch, reader, watch)
            return Loaded(table, _decided_sheet(shape, sheet), (*shape.warnings, *table.warnings))
        file = self._typed(reader)
        return Loaded(file.load(watch), {}, file.warnings)

    def _reader(self, watch: Watch) -> Reader:
        return Reader((self.scratch, self.path.parent), watch)

    def _typed(self, reader: Reader) -> TypedFile:
        return TypedFile(self.path, self.kind, self.options, reader, self.scratch, max_columns=self.settings.max_columns)

    def _sheet(self, most: int | None = None) -> tuple[Workbook, str, Shape]:
        book = Workbook(self.path, self.settings.upload_bytes * UNPACKED)
        sheet = book.sheet(self.options)
        return book, sheet, look_at_sheet(book, sheet, self.options, max_columns=self.settings.max_columns, most=most)

    def _preview_text(self, reader: Reader, watch: Watch) -> Preview:
        reading = look(self.path, self.options, max_columns=self.settings.max_columns)
        head = self.scratch / "head.csv"
        head.write_text(reading.head, encoding="utf-8", newline="", errors="replace")
        table = import_text(head, replace(reading, encoding=Encoding("utf-8"), mac=False, odd=True), self.scratch, reader, watch)
        shape = reading.shape
        preview = Preview(self.kind, _decided(reading), _preview_columns(shape), (), warnings=shape.warnings)
        return _with_rows(replace(preview, needs_choice=reading.needs_choice), table, reader)

    def _preview_sheet(self, reader: Reader, watch: Watch) -> Preview:
        book, sheet, shape = self._sheet(_SHEET_BYTES)
        lines = SheetLines(book, sheet, shape, watch, most=4 * PREVIEW_ROWS)
        table = import_records(lines, shape, self.scratch, reader, watch)
        preview = Preview(self.kind, _decided_sheet(shape, sheet), _preview_columns(shape), (), warnings=shape.warnings, sheets=book.sheets)
        return _with_rows(preview, table, reader)

    def _preview_typed(self, reader: Reader) -> Preview:
        file = self._typed(reader)
        columns = tuple(
            PreviewColumn(column.found, column.name, column.type.choice if column.pinned else known)
            for column, known in zip(file.columns, file.types, strict=True)
        )
        rows = tuple(file.head(PREVIEW_ROWS))
        if not rows:
            raise Invalid("The file holds no rows. Choose one that has some.")
        rejected = file.rejects.count if file.rejects else 0
        return Preview(self.kind, {}, columns, rows, rejected=rejected, warnings=file.warnings)


def _with_rows(preview: Preview, table: Imported, reader: Reader) -> Preview:
    values = "CAST(COLUMNS(*) AS VARCHAR)"
    rows = reader.rows(f"SELECT {values} FROM read_parquet({text(str(table.path))}) LIMIT {PREVIEW_ROWS}")  # noqa: S608 - our own path
    rejects = pq.read_table(table.rejects).slice(0, 10).to_pylist() if table.rejects else []
    shown = tuple((each["line"], each["reason"], each["raw"]) for each in rejects)
    warnings = preview.warnings if rows or shown else ("No rows were found below the names of the columns.", *preview.warnings)
    return replace(preview, rows=tuple(rows), rejected=table.rejected, rejects=shown, warnings=warnings)


def _preview_columns(shape: Shape) -> tuple[PreviewColumn, ...]:
    return tuple(PreviewColumn(column.found, column.name, column.type.choice) for column in shape.columns)


def _decided(reading: Reading) -> dict[str, Any]:
    return {
        "encoding": reading.encoding.name,
        "delimiter": reading.dialect.delimiter,
        "quote": reading.dialect.quote,
        **_decided_shape(reading.shape),
    }


def _decided_sheet(shape: Shape, sheet: str) -> dict[str, Any]:
    return {"sheet": sheet, **_decided_shape(shape)}


def _decided_shape(shape: Shape) -> dict[str, Any]:
    layout = shape.layout
    return {"header": layout.header, "skip": layout.before, "decimal": shape.decimal, "nulls": list(shape.nulls or ())}
