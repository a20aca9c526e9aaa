"""Filters as conditions of a tree, with the meaning that people expect of them.

- "is not" and "not in" keep the rows without a value, as Metabase, Tableau and Power BI do; SQL's own ``!=`` drops them.
- "contains", "starts with" and "ends with" take no notice of upper and lower case.
- A day compared with a moment means the whole day: ``at <= 2024-03-31`` includes that evening.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlglot import exp

from core.errors import Invalid
from core.query.formulas import parse_value
from core.query.literals import is_whole_day, literal, next_day, read_as
from core.query.spec import Filter, Op, Table

MOST_VALUES = 10_000

_COMPARISONS: dict[Op, type[exp.Binary]] = {
    Op.EQ: exp.EQ, Op.NE: exp.NullSafeNEQ, Op.LT: exp.LT, Op.LE: exp.LTE, Op.GT: exp.GT, Op.GE: exp.GTE,
}  # fmt: skip


def condition(filter: Filter, table: Table, *, field: str = "where") -> exp.Expr:
    """Raises Invalid in words, naming the part of *field* that is wrong."""
    subject = parse_value(filter.column, table, field=f"{field}.column")
    column = table.column(filter.column)
    kind = column.kind if column else ""
    if filter.op in (Op.IS_NULL, Op.NOT_NULL):
        return _null(subject, empty=filter.op is Op.IS_NULL)
    if kind in ("nested", "binary"):
        raise Invalid(f"The column {filter.column} holds {kind} values: only whether it is empty can be asked.", field=f"{field}.op")
    values = _values(filter, kind, f"{field}.value")
    if filter.op in (Op.IN, Op.NOT_IN):
        return _membership(subject, values, inside=filter.op is Op.IN, days=kind == "timestamp")
    if filter.op is Op.BETWEEN:
        return _between(subject, values, days=kind == "timestamp")
    if filter.op in _COMPARISONS:
        return _comparison(filter, subject, values[0], days=kind == "timestamp", field=f"{field}.value")
    return _part_of_text(filter, subject, values[0], field=f"{field}.value")


def _values(filter: Filter, kind: str, field: str) -> list[Any]:
    many = filter.op in (Op.IN, Op.NOT_IN, Op.BETWEEN)
    if many != (isinstance(filter.value, Sequence) and not isinstance(filter.value, str)):
        wanted = "a list of values" if many else "one value"
        raise Invalid(f"The filter on {filter.column} ({filter.op}) needs {wanted}.", field=field)
    values = list(filter.value) if many else [filter.value]  # type: ignore[arg-type]  # it is a sequence, as was just seen
    if filter.op is Op.BETWEEN and len(values) != 2:
        raise Invalid(f"The filter on {filter.column} (between) needs a lowest and a highest value.", field=field)
    if len(values) > MOST_VALUES:
        raise Invalid(f"A filter may list {MOST_VALUES:,} values; the one on {filter.column} lists {len(values):,}.", field=field)
    if filter.op in (Op.CONTAINS, Op.STARTS_WITH, Op.ENDS_WITH):
        return values
    return [read_as(kind, value, column=filter.column, field=field) for value in values]


def _null(subject: exp.Expr, *, empty: bool = True) -> exp.Expr:
    test = exp.Is(this=_wrapped(subject), expression=exp.null())
    return test if empty else exp.Not(this=test)


def _comparison(filter: Filter, subject: exp.Expr, value: Any, *, days: bool, field: str) -> exp.Expr:
    if value is None:
        if filter.op in (Op.EQ, Op.NE):
            return _null(subject, empty=filter.op is Op.EQ)
        raise Invalid(f"The filter on {filter.column} ({filter.op}) needs a value.", field=field)
    if days and is_whole_day(value):
        return _whole_day(filter.op, subject, value)
    return _COMPARISONS[filter.op](this=_wrapped(subject), expression=literal(value))


def _whole_day(op: Op, subject: exp.Expr, day: date) -> exp.Expr:
    after = exp.GTE(this=_wrapped(subject), expression=literal(next_day(day)))
    before = exp.LT(this=_wrapped(subject), expression=literal(day))
    if op is Op.GT:
        return after
    if op is Op.LT:
        return before
    if op is Op.GE:
        return exp.GTE(this=_wrapped(subject), expression=literal(day))
    if op is Op.LE:
        return exp.LT(this=_wrapped(subject), expression=literal(next_day(day)))
    if op is Op.NE:
        return exp.paren(exp.or_(before, after, _null(subject), copy=False), copy=False)
    return _between(subject, [day, day], days=True)


def _between(subject: exp.Expr, values: Sequence[Any], *, days: bool) -> exp.Expr:
    low, high = values
    parts: list[exp.Expr] = []
    if low is not None:
        parts.append(exp.GTE(this=_wrapped(subject), expression=literal(low)))
    if high is not None and days and is_whole_day(high):
        parts.append(exp.LT(this=_wrapped(subject), expression=literal(next_day(high))))
    elif high is not None:
        parts.append(exp.LTE(this=_wrapped(subject), expression=literal(high)))
    return exp.and_(*parts, copy=False) if parts else exp.true()


def _membership(subject: exp.Expr, values: Sequence[Any], *, inside: bool, days: bool) -> exp.Expr:
    """``in`` as a list, with days and emptiness as tests of their own; ``not in`` is exactly its opposite."""
    whole = [value for value in values if days and is_whole_day(value)]
    single = [value for value in values if value is not None and value not in whole]
    tests = [_whole_day(Op.EQ, subject, day) for day in whole]
    if single:
        tests.append(exp.In(this=_wrapped(subject), expressions=[literal(value) for value in single]))
    if None in values:
        tests.append(_null(subject))
    found = exp.or_(*tests, copy=False) if tests else exp.false()
    # what has no value is in no list: without the coalesce, SQL would drop it from both sides
    return found if inside else exp.Not(this=exp.func("COALESCE", found, exp.false()))


def _part_of_text(filter: Filter, subject: exp.Expr, value: Any, *, field: str) -> exp.Expr:
    if value is None or isinstance(value, bool):
        raise Invalid(f"The filter on {filter.column} ({filter.op}) needs a text.", field=field)
    kind = {Op.CONTAINS: exp.Contains, Op.STARTS_WITH: exp.StartsWith, Op.ENDS_WITH: exp.EndsWith}[filter.op]
    text = exp.Lower(this=exp.cast(subject.copy(), "TEXT"))
    return kind(this=text, expression=exp.Lower(this=literal(read_as("text", value, column=filter.column))))


def _wrapped(subject: exp.Expr) -> exp.Expr:
    return subject.copy() if isinstance(subject, exp.Column) else exp.paren(subject)
