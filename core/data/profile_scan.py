"""The queries of a profile: what is asked of each kind of column, and of how many columns at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlglot import exp, parse_one

from core.query.engines import Embedded
from core.query.spec import Column, Table

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
_VALUES = "histogram({c})"
_LIST = {
    "exact": f"cardinality({_VALUES})",
    "top": f"list_slice(list_reverse_sort(list_zip(map_values({_VALUES}), map_keys({_VALUES}))), 1, {TOP})",
}

Facts = dict[str, Any]
Asked = Mapping[str, str]


def measure(engine: Embedded, table: Table) -> list[Facts]:
    """The first scan: counts, extremes, moments and quantiles of each column, by the names of `_ASKED`."""
    quantile = "quantile_cont" if table.row_count <= EXACT_QUANTILES else "approx_quantile"
    numbers = {"quantiles": quantile + "({x}, [0.05, 0.25, 0.5, 0.75, 0.95])"}
    facts: list[Facts] = []
    for columns in _chunks(table):
        asked = [{**_COMMON, **_ASKED[column.kind], **(numbers if column.is_number else {})} for column in columns]
        facts += _answers(engine, table, columns, asked, texts=("text",))
    return facts


def count_values(engine: Embedded, table: Table, measured: Sequence[Facts], edges: Callable[[Column, Facts], list[float]]) -> None:
    """The second scan: adds to what was *measured* the ``bins`` between the ``edges``, the ``exact`` number of different values and the
    ``top`` ones as pairs of count and value, where they can be afforded."""
    pairs = list(zip(table.columns, measured, strict=True))
    for column, facts in pairs:
        if facts.get("low") is not None:
            facts["edges"] = edges(column, facts)
    start = 0
    for columns in _chunks(table):
        chunk = pairs[start : start + len(columns)]
        start += len(columns)
        answers = _answers(engine, table, columns, [_counts(*pair) for pair in chunk], texts=_AS_TEXT)
        for (_, facts), answer in zip(chunk, answers, strict=True):
            facts.update(answer)
    for column, facts in [pair for pair in pairs if _is_grouped(*pair)][:_GROUPED_COLUMNS]:
        facts.update(_group(engine, table, column))


def _counts(column: Column, facts: Facts) -> Asked:
    """The engine's histogram counts a value on an edge in the bin below, so each edge but the last is replaced by the number before it."""
    asked = dict(_LIST) if _is_listed(column, facts) else {}
    if "edges" in facts:
        edges = facts["edges"][1:]
        upper = [*(math.nextafter(edge, -math.inf) for edge in edges[:-1]), edges[-1]]
        asked["bins"] = f"map_values(histogram({{x}}, [{', '.join(f'{edge:.16e}' for edge in upper)}]))"
    return asked


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


def _answers(engine: Embedded, table: Table, columns: Sequence[Column], asked: Sequence[Asked], *, texts: Sequence[str]) -> list[Facts]:
    """One query for all that is *asked* of the *columns*, those of the kinds *texts* as texts; its one row, sorted by column again.

    The names of the columns are nodes of the tree. The aggregates over them name only c0, x0, c1 ... and numbers, and are put in as one
    text: as nodes, 2,000 columns took longer to build and copy than to read.
    """
    wanted = ", ".join(text.format(c=f"c{n}", x=f"x{n}") for n, each in enumerate(asked) for text in each.values())
    if not wanted:
        return [{} for _ in asked]
    parts = [part for n, column in enumerate(columns) for part in _parts(column, n, as_text=column.kind in texts)]
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
