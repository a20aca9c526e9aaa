"""Questions to datasets: grouped answers, single rows, rows behind a mark, and CSV; all of one version, whole results kept."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlglot import exp

from core.data.datasets import Datasets, Version
from core.data.table_csv import csv_chunks
from core.errors import AstralytiqError, Invalid
from core.principal import Permission, Principal
from core.query.cache import ResultCache, key_of
from core.query.compile import compile_rows, count_of, rows_behind
from core.query.engines import Embedded, Plan, Result, plan_of, plan_of_tree
from core.query.spec import Answer, Filter, Order, Query

MOST_GROUPS = 100_000
"""Rows that an answer may have; what is above is left out, and ``notes["cut_at"]`` says so."""
MOST_ROWS = 10_000
"""Single rows that may be asked for at once."""

Asked = tuple[int, Query]


class Queries:
    """*threads* questions of one batch are answered at once."""

    def __init__(self, datasets: Datasets, engine: Embedded, cache: ResultCache, *, threads: int = 4) -> None:
        self._datasets = datasets
        self._engine = engine
        self._cache = cache
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="query")

    def run(self, who: Principal, dataset_id: int, query: Query, *, version: int | None = None) -> Answer:
        """The answer of that version, or of the current one."""
        who.require(Permission.DATASET_READ)
        return self._answer(self._datasets.version(who, dataset_id, version), query)

    def run_many(
        self, who: Principal, asked: Sequence[Asked], *, known: Mapping[int, Version] | None = None
    ) -> list[Answer | AstralytiqError]:
        """One answer or error for each question, in their order; what is kept is looked up first, the rest runs side by side.

        *known* are versions, by dataset, that the caller has just looked up: they are asked, and not looked up again.
        """
        who.require(Permission.DATASET_READ)
        looked_up = known or {}
        versions = {each: looked_up.get(each) or self._version(who, each) for each in dict.fromkeys(dataset_id for dataset_id, _ in asked)}
        found = [self._kept_or_error(versions[dataset_id], query) for dataset_id, query in asked]
        waiting = [i for i, each in enumerate(found) if each is None]
        computed = self._pool.map(lambda i: self._or_error(versions[asked[i][0]], asked[i][1]), waiting)
        for i, answer in zip(waiting, computed, strict=True):
            found[i] = answer
        return [each for each in found if each is not None]

    def rows(
        self,
        who: Principal,
        dataset_id: int,
        *,
        version: int | None = None,
        columns: Sequence[str] | None = None,
        where: Sequence[Filter] = (),
        order: Sequence[Order] = (),
        limit: int = 100,
        offset: int = 0,
    ) -> Answer:
        """Single rows in a stable order, and how many there are in all."""
        who.require(Permission.DATASET_READ)
        _check_page(limit, offset)
        asked = self._datasets.version(who, dataset_id, version)
        select = compile_rows(asked.table, columns=columns, where=where, order=order, limit=limit, offset=offset)
        return self._page(asked, select, asked.row_count if not where else None)

    def rows_behind(
        self,
        who: Principal,
        dataset_id: int,
        query: Query,
        mark: Mapping[str, Any],
        *,
        version: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Answer:
        """The rows that add up to one mark of *query*; *mark* holds the values of its dimensions by name."""
        who.require(Permission.DATASET_READ)
        _check_page(limit, offset)
        asked = self._datasets.version(who, dataset_id, version)
        return self._page(asked, rows_behind(asked.table, query, mark).limit(limit, copy=False).offset(offset, copy=False), None)

    def csv(
        self,
        who: Principal,
        dataset_id: int,
        *,
        version: int | None = None,
        columns: Sequence[str] | None = None,
        where: Sequence[Filter] = (),
        order: Sequence[Order] = (),
    ) -> Iterator[bytes]:
        """UTF-8 with a header, streamed; see core/data/table_csv.py for what protects a spreadsheet from its cells."""
        who.require(Permission.DATASET_READ)
        asked = self._datasets.version(who, dataset_id, version)
        select = compile_rows(asked.table, columns=columns, where=where, order=order, limit=None, offset=0)
        return _begun(csv_chunks(self._engine, select, asked.table))

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _version(self, who: Principal, id: int) -> Version | AstralytiqError:
        try:
            return self._datasets.version(who, id)
        except AstralytiqError as error:
            return error

    def _kept_or_error(self, version: Version | AstralytiqError, query: Query) -> Answer | AstralytiqError | None:
        if isinstance(version, AstralytiqError):
            return version
        started = time.perf_counter()
        try:
            plan = plan_of(version.table, query)
        except AstralytiqError as error:
            return error
        kept = self._cache.get(key_of(version.table.key, plan.sql))
        return None if kept is None else _answer(kept, plan, version, started, cached=True)

    def _or_error(self, version: Version | AstralytiqError, query: Query) -> Answer | AstralytiqError:
        if isinstance(version, AstralytiqError):
            return version
        try:
            return self._computed(version, plan_of(version.table, query))
        except AstralytiqError as error:
            return error

    def _answer(self, version: Version, query: Query) -> Answer:
        started = time.perf_counter()
        plan = plan_of(version.table, query)
        kept = self._cache.get(key_of(version.table.key, plan.sql))
        return self._computed(version, plan) if kept is None else _answer(kept, plan, version, started, cached=True)

    def _computed(self, version: Version, plan: Plan) -> Answer:
        started = time.perf_counter()
        result = self._engine.run(plan, most=MOST_GROUPS)
        self._cache.set(key_of(version.table.key, plan.sql), result)
        return _answer(result, plan, version, started, cached=False)

    def _page(self, version: Version, select: exp.Select, total: int | None) -> Answer:
        """Pages are not kept (they are many, large and quick), but how many rows there are is."""
        started = time.perf_counter()
        plan = plan_of_tree(version.table, select)
        result = self._engine.run(plan)
        if total is None:
            total = int(self._counted(version, plan_of_tree(version.table, count_of(select))))
        return _answer(result, plan, version, started, cached=False, total=total)

    def _counted(self, version: Version, plan: Plan) -> Any:
        kept = self._cache.get(key_of(version.table.key, plan.sql))
        return (kept.rows if kept is not None else self._computed(version, plan).rows)[0][0]


def _answer(result: Result, plan: Plan, version: Version, started: float, *, cached: bool, total: int | None = None) -> Answer:
    return Answer(
        result.columns,
        result.rows,
        dataset_version=version.number,
        cached=cached,
        elapsed_ms=(time.perf_counter() - started) * 1000,
        sql=plan.sql,
        total=total,
        notes={"computed_at": result.computed_at, **({"cut_at": len(result.rows)} if result.is_cut else {})},
    )


def _begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """*chunks* when the first is there: what is wrong with a question is said before anything of an answer is sent."""
    first = next(chunks)
    return _following(first, chunks)


def _following(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _check_page(limit: int, offset: int) -> None:
    if not 0 <= limit <= MOST_ROWS:
        raise Invalid(f"From 0 to {MOST_ROWS:,} rows can be asked for at once.", field="limit")
    if offset < 0:
        raise Invalid("The offset must be 0 or more.", field="offset")
