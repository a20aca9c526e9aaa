"""The embedded engine: DuckDB over Parquet, one locked private connection per process, one cursor per call."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlglot import ErrorLevel, exp

from core.errors import Cancelled
from core.query.compile import compile_query
from core.query.connections import Connection, Cursor, took_too_long
from core.query.formulas import DATA
from core.query.literals import whole
from core.query.spec import Answer, Column, Query, Table
from core.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

ZONED = "TIMESTAMP WITH TIME ZONE"
BATCH_ROWS = 20_000
STREAM_MEMORY = "512MB"  # beyond it a sort goes through the disk


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
        answering = {"memory_limit": settings.memory_limit, "max_execution_time": settings.query_timeout_s * 1000}
        self._answering = Connection(settings, answering)
        # a download takes as long as its reader does, so it must not be stopped after a time, nor take much meanwhile
        self._streaming = Connection(settings, {"memory_limit": STREAM_MEMORY, "threads": 1})

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

    def batches(self, tree: exp.Query, tables: Mapping[str, Table]) -> Iterator[pa.RecordBatch]:
        """The rows in the order of *tree*, never all of them in memory. Only the first batch has to come within the time limit."""
        late = threading.Event()
        try:
            yield from self._stream(render(tree, tables), late)
        except Cancelled:
            if late.is_set():
                raise took_too_long(self._settings) from None
            raise

    def interrupt(self) -> None:
        """Stops what runs now; its callers get Cancelled."""
        self._answering.interrupt()
        self._streaming.interrupt()

    def close(self) -> None:
        self._answering.close()
        self._streaming.close()

    def _fetch(self, statement: str, *, has_zones: bool, most: int | None = None) -> Result:
        with self._answering.cursor() as cursor:
            if has_zones:
                return _zoned(cursor, statement, most)
            cursor.execute(statement)
            columns = tuple(Column(each[0], str(each[1])) for each in cursor.description or ())
            if not any(ZONED in column.type for column in columns):
                return _result(columns, cursor.fetchall() if most is None else cursor.fetchmany(most + 1), most)
        return self._fetch(statement, has_zones=True, most=most)

    def _stream(self, statement: str, late: threading.Event) -> Iterator[pa.RecordBatch]:
        with self._streaming.cursor() as cursor:
            timer = threading.Timer(self._settings.query_timeout_s, _stop, (cursor, late))
            timer.start()
            try:
                for batch in cursor.sql(statement).to_arrow_reader(BATCH_ROWS):
                    timer.cancel()
                    yield batch
            finally:
                timer.cancel()


def _stop(cursor: Cursor, late: threading.Event) -> None:
    late.set()
    cursor.interrupt()


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
    """*tree* as DuckDB's SQL, with the files of *tables* in the place of their names. Raises Invalid for text that is none."""
    tree = tree.copy()
    named = {each.alias for each in tree.find_all(exp.CTE)}
    for node in list(tree.find_all(exp.Table)):
        if node.name in tables:
            node.replace(_files(node, tables[node.name]))
        elif node.name not in named:
            raise ValueError(f"the tree names {node.name}, which is none of its tables")
    return whole(tree.sql("duckdb", unsupported_level=ErrorLevel.RAISE))


def _files(node: exp.Table, table: Table) -> exp.Table:
    files = exp.Array(expressions=[exp.Literal.string(str(path)) for path in table.files])
    name = node.alias or node.name
    return exp.Table(this=exp.Anonymous(this="read_parquet", expressions=[files]), alias=exp.TableAlias(this=exp.to_identifier(name)))


def _zoned(cursor: Cursor, statement: str, most: int | None) -> Result:
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
