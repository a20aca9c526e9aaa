"""The queries of a profile: what is asked of each kind of column, and of how many columns at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlglot import exp, parse_one

from core.data.counted_numbers import QUANTILES, counted_numbers
from core.query.engines import Embedded
from core.query.spec import TYPE_NAMES, Column, Table

TOP = 10
CUT = 200
"""Longer texts are cut after that many characters, in what is shown of them."""

EXACT_QUANTILES = 2_000_000
"""Rows up to which quantiles are exact: that takes every value in memory at once."""

_LISTED = 10_000  # different values up to which a column is counted in one map, in the same scan as its bins
_GROUPED = 1_000_000  # ... and up to which a query of its own counts it,
_GROUPED_COLUMNS = 100  # for at most that many columns
_CHARACTERS = 100_000_000  # of different texts held in memory at once by one of them
_MEASURED = 1_000  # different decimals above which a column is a measurement, if half of its values differ: no value stands out
_CELLS = 20_000_000  # looked at by one query
_COLUMNS = 32  # ... and columns, because counting values in maps takes some megabytes for each, however few they are

# What stands for a column c inside a query: itself or its text as {c}, a number for each value as {x}.
_STAMP = "TRY_CAST(c AS TIMESTAMP)"
_MOMENT = f"CASE WHEN isfinite({_STAMP}) THEN epoch({_STAMP}) END"
_NUMBERS: Mapping[str, str] = {
    "integer": "CAST(c AS DOUBLE)",
    "decimal": "CASE WHEN isfinite(CAST(c AS DOUBLE)) THEN CAST(c AS DOUBLE) END",
    "date": _MOMENT,
    "timestamp": _MOMENT,
    "text": "length(CAST(c AS VARCHAR))",
    "binary": "octet_length(c)",
}
_AS_TEXT = ("text", "date", "timestamp", "time")

_COMMON = {"count": "count({c})", "approximate": "approx_count_distinct({c})"}
_LENGTH = {"text": {"length": "avg({x})"}}
_ENDS = {"low": "min({x})", "high": "max({x})", "finite": "count({x})"}
_SPREAD = {"mean": "avg({x})", "std": "stddev_samp({x})", "zeros": "count_if({x} = 0)", "negative": "count_if({x} < 0)"}
_EXTREMES = {"minimum": "min({c})", "maximum": "max({c})"}
_LENGTHS = {"shortest": "min({x})", "length": "avg({x})", "longest": "max({x})"}
_MOMENTS = {**_ENDS, "minimum": "CAST(min({c}) AS VARCHAR)", "maximum": "CAST(max({c}) AS VARCHAR)"}
_ASKED: Mapping[str, Mapping[str, str]] = {
    "integer": {**_ENDS, **_SPREAD, **_EXTREMES, "skewness": "skewness({x})"},
    "decimal": {**_ENDS, **_SPREAD, "skewness": "skewness(CASE WHEN abs({x}) < 1e90 THEN {x} END)"},  # its cube must be a number too
    "date": _MOMENTS,
    "timestamp": _MOMENTS,
    "time": {"minimum": "CAST(min({c}) AS VARCHAR)", "maximum": "CAST(max({c}) AS VARCHAR)"},
    "text": {
        **_LENGTHS,
        "minimum": f"min(left({{c}}, {CUT + 1}))",
        "maximum": f"max(left({{c}}, {CUT + 1}))",
        "blank": "count_if(trim({c}) = '')",
    },
    "binary": _LENGTHS,
    "boolean": {},
    "nested": {},
}
_COUNTED: Mapping[str, str] = {**dict.fromkeys(TYPE_NAMES, "histogram({c})"), "time": "histogram(CAST({c} AS VARCHAR))"}
_COUNTED_MOMENTS = {"minimum": "CAST(list_min({keys}) AS VARCHAR)", "maximum": "CAST(list_max({keys}) AS VARCHAR)"}
_FROM_KEYS: Mapping[str, Mapping[str, str]] = {
    "integer": {"minimum": "list_min({keys})", "maximum": "list_max({keys})"},
    "decimal": {},
    "date": _COUNTED_MOMENTS,
    "timestamp": _COUNTED_MOMENTS,
    "text": {
        "shortest": "list_min(list_transform({keys}, lambda c: length(c)))",
        "longest": "list_max(list_transform({keys}, lambda c: length(c)))",
        "minimum": f"left(list_min({{keys}}), {CUT + 1})",
        "maximum": f"left(list_max({{keys}}), {CUT + 1})",
        "blank": "list_sum(list_transform(map_entries({counted}), lambda e: CASE WHEN trim(e.key) = '' THEN e.value ELSE 0 END))",
    },
}
"""What `_ASKED` asks for and the different values tell; the rest follows from their numbers (core/data/counted_numbers.py)."""

Facts = dict[str, Any]
Asked = Mapping[str, str]
Edges = Callable[[Column, Facts], list[float]]


def look(engine: Embedded, table: Table, edges: Edges) -> list[Facts]:
    """What is known of each column: by the names of `_ASKED`, the ``approximate`` number of different values, the ``bins`` between the
    ``edges``, and where they can be afforded the ``exact`` number and the ``top`` values as pairs of count and value."""
    facts = [each for columns in _chunks(table) for each in _look_at(engine, table, columns, edges)]
    pairs = zip(table.columns, facts, strict=True)
    for column, each in [pair for pair in pairs if _is_grouped(*pair)][:_GROUPED_COLUMNS]:
        each.update(_group(engine, table, column))
    return facts


def _look_at(engine: Embedded, table: Table, columns: Sequence[Column], edges: Edges) -> list[Facts]:
    """The same of some columns, in three scans: the second measures or counts them as the first tells, the third fills the bins of
    those that were measured."""
    facts = _answers(engine, table, columns, [_COMMON | _LENGTH.get(column.kind, {}) for column in columns])
    pairs = list(zip(columns, facts, strict=True))
    measured = [_listed(column.kind) if _is_listed(column, each) else _measured(column, table.row_count) for column, each in pairs]
    for (column, each), answer in zip(pairs, _answers(engine, table, columns, measured), strict=True):
        each.update(answer)
        _derive(column, each, edges)
    for each, answer in zip(facts, _answers(engine, table, columns, [_binned(each) for each in facts]), strict=True):
        each.update(answer)
    return facts


def _derive(column: Column, facts: Facts, edges: Edges) -> None:
    """Adds what follows from the numbers of a column that was counted, and the edges of every one that has bins."""
    numbers = counted_numbers(facts.pop("numbers") or (), facts.pop("counts") or ()) if "numbers" in facts else None
    if numbers:
        facts.update(numbers.statistics() if column.is_number else numbers.ends())
    if facts.get("low") is not None:
        facts["edges"] = edges(column, facts)
        if numbers:
            facts["bins"] = numbers.bins(facts["edges"])


def _measured(column: Column, rows: int) -> Asked:
    """Asked of all rows, of a column with too many different values to hold them."""
    if not column.is_number:
        return _ASKED[column.kind]
    quantile = "quantile_cont" if rows <= EXACT_QUANTILES else "approx_quantile"
    return {**_ASKED[column.kind], "quantiles": f"{quantile}({{x}}, {list(QUANTILES)})"}


def _listed(kind: str) -> Asked:
    """Asked of the different values and their counts, in one map that the engine makes once."""
    counted = _COUNTED[kind]
    keys, counts = f"map_keys({counted})", f"map_values({counted})"
    shown = f"list_transform({keys}, lambda c: CAST(c AS VARCHAR))" if kind in _AS_TEXT else keys
    asked = {"exact": f"cardinality({counted})", "top": f"list_slice(list_reverse_sort(list_zip({counts}, {shown})), 1, {TOP})"}
    told = _FROM_KEYS.get(kind, _ASKED[kind])
    asked |= {name: text.replace("{keys}", keys).replace("{counted}", counted) for name, text in told.items()}
    if kind in _NUMBERS and kind != "text":
        asked |= {"numbers": f"list_transform({keys}, lambda c: {_NUMBERS[kind]})", "counts": counts}
    return asked


def _binned(facts: Facts) -> Asked:
    """The engine's histogram counts a value on an edge in the bin below, so each edge but the last is replaced by the number before it."""
    if "bins" in facts or "edges" not in facts:
        return {}
    edges = facts["edges"][1:]
    upper = [*(math.nextafter(edge, -math.inf) for edge in edges[:-1]), edges[-1]]
    return {"bins": f"map_values(histogram({{x}}, [{', '.join(f'{edge:.16e}' for edge in upper)}]))"}


def _is_counted(column: Column, facts: Facts) -> bool:
    if column.kind in ("binary", "nested"):
        return False
    return not (column.kind == "decimal" and facts["approximate"] > max(_MEASURED, facts["count"] / 2))


def _is_listed(column: Column, facts: Facts) -> bool:
    return _is_counted(column, facts) and facts["approximate"] <= _LISTED and (facts.get("length") or 0) <= CUT


def _is_grouped(column: Column, facts: Facts) -> bool:
    affordable: bool = facts["approximate"] <= _GROUPED and facts["approximate"] * (facts.get("length") or 0) <= _CHARACTERS
    return _is_counted(column, facts) and affordable and "top" not in facts


def _group(engine: Embedded, table: Table, column: Column) -> Facts:
    name = exp.column(column.name, quoted=True)
    value = exp.cast(name, "VARCHAR", dialect="duckdb") if column.kind in _AS_TEXT else name
    groups = (
        exp.select(exp.alias_(value, "v"), "count(*) AS n").from_("t").where(exp.Not(this=exp.Is(this=name.copy(), expression=exp.Null())))
    )
    query = (
        exp.select("n", "v", "count(*) OVER () AS different").from_(groups.group_by("v").subquery("g")).order_by("n DESC", "v").limit(TOP)
    )
    rows = engine.fetch(query, {"t": table}).rows
    return {"exact": rows[0][2], "top": [(count, value) for count, value, _ in rows]}


def _chunks(table: Table) -> Iterator[tuple[Column, ...]]:
    size = max(1, min(_COLUMNS, _CELLS // max(1, table.row_count)))
    for start in range(0, len(table.columns), size):
        yield table.columns[start : start + size]


def _answers(engine: Embedded, table: Table, columns: Sequence[Column], asked: Sequence[Asked]) -> list[Facts]:
    """One query for all that is *asked* of the *columns*, texts as texts; its one row, sorted by column again.

    The names of the columns are nodes of the tree. The aggregates over them name only c0, x0, c1 ... and numbers, and are put in as one
    text: as nodes, 2,000 columns took longer to build and copy than to read.
    """
    wanted = ", ".join(text.format(c=f"c{n}", x=f"x{n}") for n, each in enumerate(asked) for text in each.values())
    if not wanted:
        return [{} for _ in asked]
    parts = [part for n, column in enumerate(columns) for part in _parts(column, n, as_text=column.kind == "text")]
    query = exp.select(exp.Var(this=wanted)).from_(exp.select(*parts).from_("t").subquery("columns"))
    values = iter(engine.fetch(query, {"t": table}).rows[0])
    return [{name: next(values) for name in each} for each in asked]


def _parts(column: Column, n: int, *, as_text: bool) -> Iterator[exp.Expr]:
    name = exp.column(column.name, quoted=True)
    yield exp.alias_(exp.cast(name, "VARCHAR", dialect="duckdb") if as_text else name, f"c{n}")
    if column.kind in _NUMBERS:
        number = _PARSED[column.kind].transform(lambda node: name.copy() if isinstance(node, exp.Column) else node)
        yield exp.alias_(number, f"x{n}")


_PARSED = {kind: parse_one(text, dialect="duckdb") for kind, text in _NUMBERS.items()}
