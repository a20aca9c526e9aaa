"""A query becomes ONE tree of SQL, which each engine renders in its own dialect.

The asked table stands in the tree under the name ``data``. Groups and order are given by position and every
column is qualified, so that the names a person gives to measures never meet the names of columns.

- A grain of a day or more gives a date, a grain of an hour a moment; weeks start on Monday.
- Bins are of equal width between the least and the greatest finite value of the rows asked for; a bin's value is its
  lower edge, the greatest value belongs to the last bin, and rows without a (finite) value are the bin ``null``.
- A top with "Other" gives its dimension as text. The measures of "Other" are computed from its rows. When one of the
  kept values is itself called "Other", the rest is called differently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from core.errors import Invalid, did_you_mean
from core.query.filters import condition
from core.query.formulas import DATA, parse_measure, parse_value, reference
from core.query.literals import literal
from core.query.spec import Dimension, Filter, Grain, Order, Query, Table

OTHER = "Other"
MOST_BINS = 1_000
MOST_TERMS = 100
_GREATEST = "8.9e307"  # beyond it the width of all bins together would overflow


def compile_query(table: Table, query: Query) -> exp.Select:
    """Columns: the dimensions, then the measures, under their names. Raises Invalid in words."""
    _check(query)
    measures = [parse_measure(each.formula, table, field=f"measures.{i}.formula") for i, each in enumerate(query.measures)]
    source = _source(table, query)
    names = _names(query)
    columns = [exp.alias_(each, name, quoted=True) for each, name in zip((*source.keys, *measures), names, strict=True)]
    select = source.select(columns)
    order = _order(query)
    if query.by:
        select = select.group_by(*(exp.Literal.number(i + 1) for i in range(len(query.by))), copy=False)
        select = select.order_by(*order, copy=False)
    if query.limit is not None:
        select = select.limit(query.limit, copy=False)
    return select.offset(query.offset, copy=False) if query.offset else select


def rows_behind(table: Table, query: Query, mark: Mapping[str, Any]) -> exp.Select:
    """All columns of the rows that a mark sums up; *mark* gives the values of (some of) the dimensions, by name."""
    _check(query)
    source = _source(table, query)
    keys = dict(zip((each.name for each in query.by), source.keys, strict=True))
    for name, value in mark.items():
        if name not in keys:
            raise Invalid(f"There is no dimension {name}.{did_you_mean(name, keys)}", field="mark")
        source.conditions.append(exp.NullSafeEQ(this=_operand(keys[name]), expression=literal(value)))
    select = source.select([exp.alias_(reference(column.name), column.name, quoted=True) for column in table.columns])
    return select.order_by(*_places(table), copy=False)


def compile_rows(
    table: Table,
    *,
    columns: Sequence[str] | None,
    where: Sequence[Filter] = (),
    order: Sequence[Order] = (),
    limit: int | None,
    offset: int,
) -> exp.Select:
    """Single rows in a stable order: the one asked for, ended by the place of the row in its file."""
    names = dict.fromkeys(columns) if columns is not None else (each.name for each in table.columns)
    chosen = [_column(table, name, "columns") for name in names]
    if not chosen:
        raise Invalid("Choose at least one column.", field="columns")
    select = exp.select(*(exp.alias_(reference(name), name, quoted=True) for name in chosen)).from_(_data(), copy=False)
    conditions = [condition(each, table, field=f"where.{i}") for i, each in enumerate(where)]
    if conditions:
        select = select.where(*conditions, copy=False)
    if order:
        terms = [_ordered(reference(_column(table, each.name, f"order.{i}.name")), desc=each.desc) for i, each in enumerate(order)]
        select = select.order_by(*terms, *_places(table), copy=False)
    if limit is not None:
        select = select.limit(limit, copy=False)
    return select.offset(offset, copy=False) if offset else select


def count_of(select: exp.Select) -> exp.Select:
    """How many rows *select* has without its limit and offset."""
    bare = select.copy()
    for part in ("limit", "offset", "order"):
        bare.set(part, None)
    return exp.select(exp.alias_(exp.Count(this=exp.Star()), "count", quoted=True)).from_(bare.subquery("counted"), copy=False)


@dataclass(slots=True)
class _Source:
    """Where the rows of a query come from, and the expression of each dimension over them."""

    keys: list[exp.Expr] = field(default_factory=list)
    conditions: list[exp.Expr] = field(default_factory=list)
    named: list[tuple[str, exp.Select]] = field(default_factory=list)
    joins: list[exp.Join] = field(default_factory=list)

    def select(self, columns: Sequence[exp.Expr], *, named: bool = True) -> exp.Select:
        """*named* writes what the joins name in front; without it they must be named by the query around."""
        select = exp.select(*columns, copy=False).from_(_data(), copy=False)
        for join in self.joins:
            select = select.join(join.copy(), copy=False)
        if self.conditions:
            select = select.where(*(each.copy() for each in self.conditions), copy=False)
        for name, query in self.named if named else ():
            select = select.with_(name, query, copy=False)
        return select


def _source(table: Table, query: Query) -> _Source:
    source = _Source(conditions=[condition(each, table, field=f"where.{i}") for i, each in enumerate(query.where)])
    filtered = _Source(conditions=list(source.conditions))  # bins come from the rows asked for, whatever the other bins are
    for i, dimension in enumerate(query.by):
        value = parse_value(dimension.formula, table, field=f"by.{i}.formula")
        if dimension.grain:
            value = _truncated(dimension, value, table, i)
        if dimension.bins:
            value = _binned(source, filtered, value, f"bins_{i}", dimension.bins)
        source.keys.append(value)
    if query.top:
        _keep_top(source, table, query)
    return source


def _truncated(dimension: Dimension, value: exp.Expr, table: Table, i: int) -> exp.Expr:
    column = table.column(dimension.formula)
    if column and not column.is_time:
        raise Invalid(
            f"{dimension.name} cannot be cut into {dimension.grain}s: the column {column.name} holds {column.kind} values, not dates.",
            field=f"by.{i}.grain",
        )
    cut = exp.TimestampTrunc(this=value, unit=exp.var(str(dimension.grain).upper()))
    return cut if dimension.grain is Grain.HOUR else exp.cast(cut, "DATE")


def _binned(source: _Source, filtered: _Source, value: exp.Expr, name: str, bins: int) -> exp.Expr:
    number = exp.cast(value, "DOUBLE")
    finite = exp.Case(ifs=[exp.If(this=_is_finite(number), true=number.copy())])
    edges = [exp.alias_(exp.Min(this=finite.copy()), "low"), exp.alias_(exp.Max(this=finite.copy()), "high")]
    source.named.append((name, filtered.select(edges)))
    source.joins.append(exp.Join(this=exp.to_table(name), kind="CROSS"))
    low, high = exp.column("low", table=name), exp.column("high", table=name)
    count = exp.Literal.number(f"{bins}e0")
    width = exp.paren((high - low) / count)
    zero = exp.Literal.number("0e0")
    place = exp.Floor(this=(number - low) / exp.func("NULLIF", width, zero))
    # when all values are equal there is one bin, and that value is its lower edge
    held = exp.func("LEAST", exp.func("COALESCE", place, zero.copy()), exp.Literal.number(f"{bins - 1}e0"))
    return exp.Case(ifs=[exp.If(this=_is_finite(number), true=low + held * width.copy())])


def _is_finite(number: exp.Expr) -> exp.Expr:
    greatest = exp.Literal.number(_GREATEST)
    return exp.Between(this=number.copy(), low=exp.Neg(this=greatest), high=greatest.copy())


def _keep_top(source: _Source, table: Table, query: Query) -> None:
    top = query.top
    assert top is not None  # noqa: S101 - for the type checker; the caller has looked
    place = _index("dimension", top.by, [each.name for each in query.by], "top.by")
    ranked = _index("measure", top.measure, [each.name for each in query.measures], "top.measure")
    rank = parse_measure(query.measures[ranked].formula, table, field="top.measure")
    key = source.keys[place]
    columns = [exp.alias_(key.copy(), "key"), exp.alias_(exp.true(), "kept")]
    kept = source.select(columns, named=False).group_by("1", copy=False).limit(top.n, copy=False)
    kept.order_by(_ordered(rank, desc=True), _ordered(exp.Literal.number(1)), copy=False)
    same = exp.NullSafeEQ(this=_operand(key), expression=exp.column("key", table="top"))
    source.named.append(("top", kept))
    source.joins.append(exp.Join(this=exp.to_table("top"), side="LEFT" if top.other else None, on=same))
    if top.other:
        source.named.append(("rest", _name_of_rest()))
        source.joins.append(exp.Join(this=exp.to_table("rest"), kind="CROSS"))
        own = exp.If(this=exp.column("kept", table="top"), true=exp.cast(key.copy(), "TEXT"))
        source.keys[place] = exp.Case(ifs=[own], default=exp.column("label", table="rest"))


def _name_of_rest() -> exp.Select:
    """ "Other", or, where a kept value is itself called so, a name after every kept one that begins so."""
    key = exp.cast(exp.column("key", table="top"), "TEXT")
    taken = exp.CountIf(this=exp.EQ(this=key, expression=literal(OTHER)))
    like = exp.Case(ifs=[exp.If(this=exp.StartsWith(this=key.copy(), expression=literal(OTHER)), true=key.copy())])
    longer = exp.DPipe(this=exp.Max(this=like), expression=literal(" (rest)"), safe=True)
    label = exp.Case(ifs=[exp.If(this=exp.GT(this=taken, expression=exp.Literal.number(0)), true=longer)], default=literal(OTHER))
    return exp.select(exp.alias_(label, "label")).from_("top")


def _order(query: Query) -> list[exp.Ordered]:
    """The order asked for, made total: every dimension that it does not name follows. "Other" comes last within what stands before it."""
    names = _names(query)
    asked = [(_index("dimension or measure", each.name, names, f"order.{i}.name"), each.desc) for i, each in enumerate(query.order)]
    if query.top and not asked:
        asked = [(names.index(query.top.measure), True)]
    terms = [*asked, *((i, False) for i in range(len(query.by)) if i not in {place for place, _ in asked})]
    ordered = [_ordered(exp.Literal.number(place + 1), desc=desc) for place, desc in terms]
    if query.top and query.top.other:
        top = names.index(query.top.by)
        ahead = next(i for i, (place, _) in enumerate(terms) if place == top or place >= len(query.by))
        is_rest = exp.EQ(this=exp.Count(this=exp.column("kept", table="top")), expression=exp.Literal.number(0))
        ordered.insert(ahead, _ordered(is_rest))
    return ordered


def _names(query: Query) -> list[str]:
    return [*(each.name for each in query.by), *(each.name for each in query.measures)]


def _ordered(term: exp.Expr, *, desc: bool = False) -> exp.Ordered:
    return exp.Ordered(this=term, desc=desc, nulls_first=False)


def _places(table: Table) -> list[exp.Ordered]:
    """Where a row stands: no two are equal. A column of such a name would be taken instead."""
    return [_ordered(reference(name)) for name in ("file_index", "file_row_number") if not table.column(name)]


def _operand(key: exp.Expr) -> exp.Expr:
    return key.copy() if isinstance(key, exp.Column) else exp.paren(key)


def _data() -> exp.Table:
    return exp.Table(this=exp.to_identifier(DATA))


def _column(table: Table, name: str, field: str) -> str:
    if table.column(name) is None:
        raise Invalid(f"There is no column {name}.{did_you_mean(name, (each.name for each in table.columns))}", field=field)
    return name


def _index(thing: str, name: str, names: Sequence[str], field: str) -> int:
    if name not in names:
        raise Invalid(f"There is no {thing} {name} in the query.{did_you_mean(name, names)}", field=field)
    return names.index(name)


def _check(query: Query) -> None:
    if not query.measures and not query.by:
        raise Invalid("Ask for at least one measure or one dimension.", field="measures")
    names = _names(query)
    if len(names) > MOST_TERMS:
        raise Invalid(f"A query may have {MOST_TERMS} dimensions and measures together; this one has {len(names)}.", field="measures")
    for i, name in enumerate(names):
        part = f"by.{i}.name" if i < len(query.by) else f"measures.{i - len(query.by)}.name"
        if not name.strip():
            raise Invalid("Every measure and dimension needs a name.", field=part)
        if name.casefold() in {other.casefold() for other in names[:i]}:
            raise Invalid(f"The name {name} is there twice. Give each measure and dimension a name of its own.", field=part)
    _check_numbers(query)


def _check_numbers(query: Query) -> None:
    for i, dimension in enumerate(query.by):
        if dimension.bins is not None and not 1 <= dimension.bins <= MOST_BINS:
            raise Invalid(f"The number of bins must be from 1 to {MOST_BINS:,}.", field=f"by.{i}.bins")
        if dimension.bins and dimension.grain:
            raise Invalid(f"{dimension.name} can have a grain or bins, not both.", field=f"by.{i}.bins")
    if query.limit is not None and query.limit < 0:
        raise Invalid("The limit must be 0 or more.", field="limit")
    if query.offset < 0:
        raise Invalid("The offset must be 0 or more.", field="offset")
    if query.top and query.top.n < 1:
        raise Invalid("A top needs at least one group.", field="top.n")
