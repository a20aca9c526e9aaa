"""The embedded engine: DuckDB over Parquet, one locked private connection per process, one cursor per call."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import ErrorLevel, exp

from core.errors import AstralytiqError, Cancelled, Invalid, TimedOut, Unavailable
from core.query.compile import compile_query
from core.query.formulas import DATA
from core.query.spec import Answer, Column, Query, Table
from core.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

ZONED = "TIMESTAMP WITH TIME ZONE"
BATCH_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Result:
    """*is_cut* when there were more rows than were wanted at most."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    is_cut: bool = False
    computed_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Embedded:
    """Answers from the Parquet files in the storage folder; nothing else can be read or written through it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.storage_folder.resolve()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._opening = threading.Lock()
        self._running: set[duckdb.DuckDBPyConnection] = set()

    def answer(self, table: Table, query: Query) -> Answer:
        """Raises Invalid, TimedOut, Unavailable or Cancelled, all in words."""
        started = time.perf_counter()
        plan = plan_of(table, query)
        result = self.run(plan)
        return Answer(result.columns, result.rows, elapsed_ms=(time.perf_counter() - started) * 1000, sql=plan.sql)

    def run(self, plan: Plan, *, most: int | None = None) -> Result:
        """The rows of *plan*, at most *most* of them."""
        return self._fetch(plan.statement, has_zones=plan.has_zones, most=most)

    def fetch(self, tree: exp.Query, tables: Mapping[str, Table]) -> Result:
        """The rows of *tree*, in which *tables* stand under their names."""
        has_zones = any(column.type == ZONED for table in tables.values() for column in table.columns)
        return self._fetch(render(tree, tables), has_zones=has_zones)

    def arrow(self, tree: exp.Query, tables: Mapping[str, Table]) -> pa.Table:
        with self._cursor() as cursor:
            return cursor.sql(render(tree, tables)).to_arrow_table()

    def batches(self, tree: exp.Query, tables: Mapping[str, Table]) -> Iterator[pa.RecordBatch]:
        """The rows in the order of *tree*, never all of them in memory."""
        with self._cursor() as cursor:
            yield from cursor.sql(render(tree, tables)).to_arrow_reader(BATCH_ROWS)

    def copy_to_parquet(self, tree: exp.Query, tables: Mapping[str, Table], path: Path) -> None:
        """Writes the rows to *path*, which must be in the storage folder."""
        target = exp.Literal.string(str(path.resolve())).sql("duckdb")
        with self._cursor() as cursor:
            cursor.execute(f"COPY ({render(tree, tables)}) TO {target} (FORMAT parquet, COMPRESSION zstd)")

    def interrupt(self) -> None:
        """Stops what runs now; its callers get Cancelled."""
        for cursor in list(self._running):
            cursor.interrupt()

    def close(self) -> None:
        with self._opening:
            if self._connection is not None:
                self.interrupt()
                self._connection.close()
                self._connection = None

    def _fetch(self, statement: str, *, has_zones: bool, most: int | None = None) -> Result:
        with self._cursor() as cursor:
            if has_zones:
                return _zoned(cursor, statement, most)
            cursor.execute(statement)
            columns = tuple(Column(each[0], str(each[1])) for each in cursor.description or ())
            if not any(ZONED in column.type for column in columns):
                return _result(columns, cursor.fetchall() if most is None else cursor.fetchmany(most + 1), most)
        return self._fetch(statement, has_zones=True, most=most)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._open().cursor()
        self._running.add(cursor)
        try:
            yield cursor
        except duckdb.Error as error:
            if isinstance(error, (duckdb.FatalException, duckdb.InternalException)):
                self._connection = None  # it answers nothing any more; the next call opens another
            raise _in_words(error, self._settings) from error
        finally:
            self._running.discard(cursor)
            cursor.close()

    def _open(self) -> duckdb.DuckDBPyConnection:
        # opened at the first call and not before, so that a process may fork until then
        with self._opening:
            if self._connection is None:
                self._connection = _connect(self._settings, self._folder)
            return self._connection


@dataclass(frozen=True, slots=True)
class Plan:
    """*sql* is for people and cache keys, *statement* is what runs."""

    sql: str
    statement: str
    has_zones: bool


class _Asked:
    """A query as a key: equal when written alike (``1`` and ``True`` are equal values, and not the same question)."""

    __slots__ = ("query", "table", "text")

    def __init__(self, table: Table, query: Query) -> None:
        self.table = table
        self.query = query
        self.text = repr(query)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self.text == other.text and self.table == other.table

    def __hash__(self) -> int:
        return hash((self.text, self.table.key))


def plan_of(table: Table, query: Query) -> Plan:
    """What runs for *query*; the last thousand are remembered."""
    return _planned(_Asked(table, query))


@lru_cache(maxsize=1_000)
def _planned(asked: _Asked) -> Plan:
    return plan_of_tree(asked.table, compile_query(asked.table, asked.query))


def plan_of_tree(table: Table, tree: exp.Query) -> Plan:
    """What runs for a tree over *table* under the name ``data``."""
    zoned = {column.name for column in table.columns if column.type == ZONED}
    return Plan(
        sql=tree.sql("duckdb", pretty=True, unsupported_level=ErrorLevel.RAISE),
        statement=render(tree, {DATA: table}),
        has_zones=any(column.name in zoned for column in tree.find_all(exp.Column)),
    )


def render(tree: exp.Expr, tables: Mapping[str, Table]) -> str:
    """*tree* as DuckDB's SQL, with the files of *tables* in the place of their names."""
    tree = tree.copy()
    named = {each.alias for each in tree.find_all(exp.CTE)}
    for node in list(tree.find_all(exp.Table)):
        if node.name in tables:
            node.replace(_files(node, tables[node.name]))
        elif node.name not in named:
            raise ValueError(f"the tree names {node.name}, which is none of its tables")
    return tree.sql("duckdb", unsupported_level=ErrorLevel.RAISE)


def _files(node: exp.Table, table: Table) -> exp.Table:
    files = exp.Array(expressions=[exp.Literal.string(str(path)) for path in table.files])
    name = node.alias or node.name
    return exp.Table(this=exp.Anonymous(this="read_parquet", expressions=[files]), alias=exp.TableAlias(this=exp.to_identifier(name)))


def _zoned(cursor: duckdb.DuckDBPyConnection, statement: str, most: int | None) -> Result:
    """Moments with a time zone leave DuckDB as plain ones in UTC and get their zone here: on its own it would need pytz."""
    relation = cursor.sql(statement)
    columns = tuple(Column(name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True))
    zoned = [i for i, column in enumerate(columns) if column.type == ZONED]
    if any(ZONED in column.type for column in columns):
        relation = relation.project(", ".join(_without_zone(i, column) for i, column in enumerate(columns)))
    rows = relation.fetchall() if most is None else relation.limit(most + 1).fetchall()
    return _result(columns, [_with_zones(row, zoned) for row in rows] if zoned else rows, most)


def _without_zone(i: int, column: Column) -> str:
    if column.type == ZONED:
        return f"CAST(#{i + 1} AS TIMESTAMP)"
    return f"CAST(#{i + 1} AS VARCHAR)" if ZONED in column.type else f"#{i + 1}"


def _with_zones(row: tuple[Any, ...], zoned: Sequence[int]) -> tuple[Any, ...]:
    values = list(row)
    for i in zoned:
        if values[i] is not None:
            values[i] = values[i].replace(tzinfo=UTC)
    return tuple(values)


def _result(columns: tuple[Column, ...], rows: list[tuple[Any, ...]], most: int | None) -> Result:
    return Result(columns, tuple(rows[:most]), is_cut=most is not None and len(rows) > most)


def _connect(settings: Settings, folder: Path) -> duckdb.DuckDBPyConnection:
    folder.mkdir(parents=True, exist_ok=True)
    spill = settings.data_dir.resolve() / "spill"
    # what cursors must inherit is given here; they do not inherit a later SET
    config: dict[str, Any] = {"memory_limit": settings.memory_limit, "max_execution_time": settings.query_timeout_s * 1000}
    connection = duckdb.connect(":memory:", config=config)
    for name, value in (
        ("temp_directory", _text(spill)),
        ("TimeZone", "'UTC'"),
        ("parquet_metadata_cache", "true"),
        ("python_enable_replacements", "false"),
        ("autoload_known_extensions", "false"),
        ("autoinstall_known_extensions", "false"),
        ("allow_community_extensions", "false"),
        ("allowed_directories", f"[{_text(folder)}]"),
        ("enable_external_access", "false"),
        ("lock_configuration", "true"),
    ):
        connection.execute(f"SET GLOBAL {name} = {value}")
    return connection


def _text(path: Path) -> str:
    return exp.Literal.string(str(path)).sql("duckdb")


def _in_words(error: duckdb.Error, settings: Settings) -> AstralytiqError:
    text = str(error)
    if isinstance(error, duckdb.InterruptException):
        if "maximum execution time" in text:
            return TimedOut(
                f"The query took longer than {settings.query_timeout_s} seconds and was stopped. Filter it, or ask for fewer groups."
            )
        return Cancelled("The query was cancelled.")
    if isinstance(error, duckdb.OutOfMemoryException):
        return Unavailable(f"The query needs more memory than the {settings.memory_limit} it may use. Filter it, or ask for fewer groups.")
    if isinstance(error, (duckdb.IOException, duckdb.PermissionException, duckdb.FatalException, duckdb.InternalException)):
        return Unavailable("The files of this dataset cannot be read now. Try again; if that does not help, tell an administrator.")
    return Invalid(_reason(text))


_NO_FUNCTION = re.compile(r"argument types '(.+?)\((.*)\)'")
_NO_CAST = re.compile(r"Unimplemented type for cast \((.+) -> (.+)\)")


def _reason(text: str) -> str:
    """DuckDB's complaint as one sentence, without the statement it quotes."""
    first = text.partition("\n")[0].rpartition("Error:")[2].strip().removesuffix("!").removesuffix(".")
    found = _NO_FUNCTION.search(first)
    if found:
        types = found[2].replace("_LITERAL", "").replace("VARCHAR", "text").replace("STRING", "text").replace(", ", " and ").lower()
        return f"{found[1]} does not work with {types}. Convert with try_cast, such as try_cast(x as double), or choose another column."
    found = _NO_CAST.search(first)
    if found:
        return f"Values of the type {found[1]} cannot be taken for {found[2]}. Choose another column, or convert it with a formula."
    return f"{first.split(' when casting from source column')[0]}. Use try_cast to get nothing where a value does not fit."
