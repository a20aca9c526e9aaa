"""Excel workbooks: a sheet's rows as records of text, streamed, for the same front end that reads text files."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # ships no types
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from core.data.csv_front import Shape, describe
from core.data.excel_formulas import in_words, uncalculated
from core.data.headers import Record
from core.data.line_records import Line, misshapen
from core.data.options import Options
from core.data.reader import Watch
from core.errors import Invalid, TooLarge

_SAMPLE_ROWS = 2000
_TEXTS = 400_000_000  # bytes of the workbook's table of texts, the one part that is held in memory
_SHEETS = 50
_DAMAGES = (zipfile.BadZipFile, InvalidFileException, ParseError, DefusedXmlException, KeyError, ValueError, EOFError, OSError)


class Workbook:
    """The sheets of the workbook at *path*. Raises Invalid when it is damaged, TooLarge when it unpacks beyond *limit*."""

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        _refuse_bomb(path, limit)
        with self._open() as book:
            self.sheets: tuple[str, ...] = tuple(sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible")[:_SHEETS]
        if not self.sheets:
            raise Invalid("The workbook has no sheet with cells. Choose another file.")

    def sheet(self, options: Options) -> str:
        """The chosen sheet, or the first that holds something."""
        if options.sheet is not None:
            if options.sheet not in self.sheets:
                raise Invalid(f"There is no sheet {options.sheet}; there are {', '.join(self.sheets)}.", field="options.sheet")
            return options.sheet
        return next((name for name in self.sheets if any(True for _ in islice(self.rows(name), 1))), self.sheets[0])

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str]]]:
        """Row numbers and cells as text, without the empty ones at the end; empty rows are left out."""
        with self._open() as book:
            page = book[sheet]
            page.reset_dimensions()  # what other programs write there is often wrong
            for number, values in enumerate(page.iter_rows(values_only=True), 1):
                cells = [_text(value) for value in values]
                while cells and not cells[-1]:
                    cells.pop()
                if cells:
                    yield number, cells

    def uncalculated(self, sheet: str, most: int | None = None) -> int:
        """How many formulas of the sheet, or of the first *most* bytes of it, have no stored value."""
        with self._open() as book, book[sheet]._get_source() as source:  # there is no other way to the part of the file
            return uncalculated(source, most)

    @contextmanager
    def _open(self) -> Iterator[Any]:
        try:
            with self._path.open("rb") as file, warnings.catch_warnings():  # as a file, because of a path it wants to know the ending
                warnings.simplefilter("ignore")  # about decoration that is not read
                book = load_workbook(file, read_only=True, data_only=True)
                yield book
                book.close()
        except _DAMAGES as error:
            if isinstance(error, OSError) and error.errno:
                raise  # a disk that fails is no fault of the file
            raise Invalid("The Excel file is damaged. Open it in Excel and save it again, then try again.") from None


class SheetLines:
    """The rows of a sheet below the header, at most *most* of all its rows, for `import_records`."""

    def __init__(self, book: Workbook, sheet: str, shape: Shape, watch: Watch, most: int | None = None) -> None:
        self._book, self._sheet, self._shape, self._watch, self._most = book, sheet, shape, watch, most

    def __iter__(self) -> Iterator[Line]:
        width = self._shape.width
        for number, cells in islice(self._book.rows(self._sheet), self._most):
            if number % 5000 == 0:
                self._watch.check()
                self._watch.report(min(0.45, number / 2_500_000), f"Read {number:,} rows of {self._sheet}")
            if number <= self._shape.layout.skip:
                continue
            raw = ",".join(cells).encode("utf-8", "replace")
            if len(cells) > width:
                yield Line(number, raw, problem=misshapen(len(cells), width))
            else:
                yield Line(number, raw, [*cells, *[""] * (width - len(cells))])


def look_at_sheet(book: Workbook, sheet: str, options: Options, *, max_columns: int, most: int | None = None) -> Shape:
    """Formulas are looked for in the first *most* bytes of the sheet, or in all of it."""
    rows = list(islice(book.rows(sheet), _SAMPLE_ROWS))
    empty = book.uncalculated(sheet, most)
    warnings = (in_words(empty),) if empty else ()
    if not rows:
        raise Invalid(" ".join((f"The sheet {sheet} is empty.", *(warnings or ("Choose another sheet.",)))))
    width = max(len(cells) for _, cells in rows)
    records = [Record(number, (*cells, *("",) * (width - len(cells)))) for number, cells in rows]
    shape = describe(records, (), options, skip=options.skip, max_columns=max_columns)
    return replace(shape, warnings=(*warnings, *shape.warnings))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        if value.time() == time():
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="microseconds" if value.microsecond else "seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


def _refuse_bomb(path: Path, limit: int) -> None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    if sum(member.file_size for member in members) > limit:
        raise TooLarge(f"Unpacked the Excel file is larger than {limit / 1e6:,.0f} MB, the most that is allowed. Save the sheet as CSV.")
    if any(member.file_size > _TEXTS for member in members if "sharedStrings" in member.filename):
        raise TooLarge("The Excel file holds too much text to be read. Save the sheet as CSV, then try again.")
