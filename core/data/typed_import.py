"""Files that know their types: Parquet, and JSON as an array, as lines or as objects one after the other."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import orjson

from core.data.casts import MISFIT, Cast, name, text
from core.data.column_types import LABELS, NULL_WORDS, pinned_type
from core.data.csv_front import FoundColumn
from core.data.encoding import find_encoding
from core.data.headers import unique_names
from core.data.json_numbers import Source, read_json, with_exact_numbers, within_64_bits
from core.data.kinds import ENCRYPTED, Kind
from core.data.options import ColumnChoice, Options
from core.data.reader import Reader, Watch
from core.data.rejects import Rejects
from core.data.text_import import Imported, copy_to, plain_utf8
from core.errors import Invalid
from core.query.spec import Column

_SAMPLE_ROWS = 1000
# Types that the engine or Parquet would lose something of, and what they are kept as.
_KEPT_AS = {
    "HUGEINT": "DECIMAL(38,0)", "UHUGEINT": "DECIMAL(38,0)",
    "UUID": "VARCHAR", "INTERVAL": "VARCHAR", "BIT": "VARCHAR", '"NULL"': "VARCHAR",
    "TIMESTAMPTZ_NS": "TIMESTAMPTZ",  # what pandas writes; the engine can neither cut it into months nor hand it out
}  # fmt: skip


class TypedFile:
    """A Parquet or JSON file, looked at. Raises Invalid when it is damaged, empty or too wide."""

    def __init__(self, path: Path, kind: Kind, options: Options, reader: Reader, scratch: Path, *, max_columns: int) -> None:
        self._reader, self._scratch = reader, scratch
        self.rejects: Rejects | None = None
        self._kind = kind
        found = self._parquet(path) if kind is Kind.PARQUET else self._json(path)
        if len(found.columns) > max_columns:
            count = len(found.columns)
            raise Invalid(f"The file has {count:,} columns; at most {max_columns:,} are allowed. Leave some out, then try again.")
        self._source, self._sources, self.warnings = found.sql, found.columns, found.warnings
        self.columns = self._found(options)

    def load(self, watch: Watch) -> Imported:
        out = self._scratch / "table.parquet"
        values = ", ".join(f"{self._value(i)} AS {name(column.name)}" for i, column in enumerate(self.columns))
        try:
            rows = self._reader.rows(
                copy_to(f"SELECT {values} FROM {self._source}", out, len(self.columns)),  # noqa: S608 - names and literals are quoted
                start=0.1, end=0.85, message="Reading rows",
            )  # fmt: skip
            written = self._reader.rows(f"DESCRIBE SELECT * FROM read_parquet({text(str(out))})")  # noqa: S608 - our own path
        except duckdb.InvalidInputException as error:
            if MISFIT not in str(error):
                raise _damaged(self._kind, error) from None
            wrong = " or ".join(f"{column.name} ({LABELS[column.type.kind]})" for column in self.columns if column.pinned)
            raise Invalid(f"Some value does not fit the type chosen for {wrong}. Choose text for it.", field="options.columns") from None
        except duckdb.Error as error:
            raise _damaged(self._kind, error) from None
        watch.check()
        rejects = self.rejects
        kept, count = (rejects.path, rejects.count) if rejects and rejects.count else (None, 0)
        return Imported(out, tuple(Column(row[0], row[1]) for row in written), rows[0][0], kept, count)

    def head(self, count: int) -> list[tuple[str | None, ...]]:
        """The first rows as text."""
        values = ", ".join(f"CAST({self._value(i)} AS VARCHAR)" for i in range(len(self.columns)))
        try:
            return self._reader.rows(f"SELECT {values} FROM {self._source} LIMIT {count}")  # noqa: S608 - see load
        except duckdb.Error as error:
            raise _damaged(self._kind, error) from None

    @property
    def types(self) -> list[str]:
        return [self._type(i) for i in range(len(self._sources))]

    def _found(self, options: Options) -> tuple[FoundColumn, ...]:
        found = unique_names([source for source, _ in self._sources])
        choices = [options.columns.get(each, ColumnChoice()) for each in found]
        names = unique_names([choice.name or each for choice, each in zip(choices, found, strict=True)])
        columns = []
        for (source, known), each, choice, new in zip(self._sources, found, choices, names, strict=True):
            if choice.type and choice.type != "text" and known != "VARCHAR":
                raise Invalid(f"{each} is {known} in the file. Only text can be read as something else.", field=f"options.columns.{each}")
            values = self._values(source) if choice.type and choice.type != "text" else []
            columns.append(FoundColumn(source, each, new, pinned_type(choice.type or "text", each, values), pinned=choice.type is not None))
        return tuple(columns)

    def _values(self, source: str) -> list[str]:
        rows = self._reader.rows(f"SELECT {name(source)} FROM {self._source} LIMIT {_SAMPLE_ROWS}")  # noqa: S608 - see load
        return [row[0] for row in rows if row[0] is not None]

    def _value(self, index: int) -> str:
        column, (source, known) = self.columns[index], self._sources[index]
        cell = name(source)
        if known == "JSON":
            return f"({cell} ->> '$')"
        if column.pinned and column.type.kind == "text":
            return f"CAST({cell} AS VARCHAR)"
        if column.pinned:
            cast = Cast(cell, column.type, NULL_WORDS)
            return cast.strict(cast.bare, cast.quick(cast.bare))
        kept = self._type(index)
        return cell if kept == known else f"CAST({cell} AS {kept})"

    def _type(self, index: int) -> str:
        known = self._sources[index][1]
        if self.columns[index].pinned:
            return self.columns[index].type.sql
        return "VARCHAR" if known == "JSON" or known.startswith("ENUM") else _KEPT_AS.get(known, known)

    def _parquet(self, path: Path) -> Source:
        sql = f"read_parquet({text(str(path))})"
        return Source(sql, self._described(sql))

    def _json(self, path: Path) -> Source:
        path = plain_utf8(path, find_encoding(path), self._scratch)
        form = _form(path)
        if form == "newline_delimited" and self._is_broken(path, form):
            path = self._mended(path)
        described = self._described(read_json(path, form))
        try:
            return within_64_bits(with_exact_numbers(path, form, described, self._reader), self._reader)
        except duckdb.Error as error:
            raise _damaged(self._kind, error) from None

    def _described(self, source: str) -> list[tuple[str, str]]:
        try:
            return [(row[0], row[1]) for row in self._reader.rows(f"DESCRIBE SELECT * FROM {source}")]  # noqa: S608 - see load
        except duckdb.Error as error:
            raise _damaged(self._kind, error) from None

    def _is_broken(self, path: Path, form: str) -> bool:
        try:
            columns = self._reader.rows(f"DESCRIBE SELECT * FROM {read_json(path, form)}")  # noqa: S608 - the path is quoted
            self._reader.rows(f"SELECT count(*) FROM {read_json(path, form)}")  # noqa: S608 - the path is quoted
        except duckdb.Error:
            return True
        return [row[0] for row in columns] == ["json"]  # some line is no object

    def _mended(self, path: Path) -> Path:
        """A copy without the lines that are no objects, which go to the rejects."""
        copy = self._scratch / "lines.json"
        with Rejects(self._scratch / "rejects.parquet") as self.rejects, path.open("rb") as lines, copy.open("wb") as out:
            for number, line in enumerate(lines, 1):
                problem = _problem(line)
                if problem:
                    self.rejects.add(number, problem, line.decode("utf-8", "replace").rstrip("\r\n"))
                else:
                    out.write(line)
        return copy


def _form(path: Path) -> str:
    with path.open("rb") as file:
        first = next((line for line in file if line.strip()), b"").removeprefix(b"\xef\xbb\xbf").strip()
    if not first:
        raise Invalid("The file is empty. Choose one that holds a table.")
    if first.startswith(b"["):
        return "array"
    return "newline_delimited" if not _problem(first) or first.endswith(b"}") else "unstructured"


def _problem(line: bytes) -> str:
    line = line.removeprefix(b"\xef\xbb\xbf").strip()
    if not line:
        return ""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return f"The line is no JSON: {error.msg} at character {error.colno}"
    return "" if isinstance(value, dict) else "The line is no JSON object"


def _damaged(kind: Kind, error: Exception) -> Invalid:
    message = str(error).split("\n", 1)[0]
    twice = re.search(r"(?:record/value|line) (\d+): .* has duplicate key \"(.*)\"", message)
    if twice:
        return Invalid(f"Record {twice[1]} of the JSON names “{twice[2]}” twice. Rename one of the two, then try again.")
    where = re.search(r"at byte \d+ in (?:record/value|line) (\d+): ([^.\n]*)", message)
    if kind is Kind.JSON:
        there = f" near record {where[1]} ({where[2]})" if where else ""
        return Invalid(f"The JSON is not well-formed{there}. Mend it, then try again.")
    if "encrypt" in message:  # some of the columns, while the list of them is open
        return Invalid(ENCRYPTED)
    return Invalid("The Parquet file is damaged or was not copied whole. Write or copy it again, then try again.")
