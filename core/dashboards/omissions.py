"""What a chart has no place for: counted by the question that draws it, left out of the marks, and said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.dashboards import sentences
from core.dashboards.numbers import plain
from core.dashboards.spec import ChartSpec, Kind
from core.query.spec import Answer, Measure, Query, Table

_MANY_NUMBERS = 60  # bars beside each other; more are a number line
_EVERY_ROW = "count(*)"
Row = tuple[Any, ...]


def counting(query: Query, spec: ChartSpec, table: Table) -> Query:
    """*query* with a count behind its measures where rows may be left out and no measure counts them: in the same scan, it costs little.

    `told` takes the count out of the answer again.
    """
    if not _may_leave_out(spec, table) or any(each.expression == _EVERY_ROW for each in spec.measures):
        return query
    taken = {each.name.casefold() for each in query.by} | {each.name.casefold() for each in query.measures}
    name = next(each for each in (f"rows{'_' * i}" for i in range(len(taken) + 1)) if each not in taken)
    return replace(query, measures=(*query.measures, Measure(name, _EVERY_ROW)))


def told(spec: ChartSpec, answer: Answer) -> tuple[Answer, str]:
    """*answer* as the chart asked for it, and what of it the chart leaves out, in a sentence ("" when that is nothing)."""
    width = len(spec.groups) + len(spec.measures)
    own = answer if len(answer.columns) == width else replace(answer, columns=answer.columns[:width], rows=_cut(answer, width))
    if is_scaled(spec, answer):
        position = next((i for i, each in enumerate(spec.measures, len(spec.groups)) if each.expression == _EVERY_ROW), width)
        count = sum(row[position] for row in answer.rows if not _has_place(row))
        return own, sentences.of_left_out(count, "row", [spec.dimensions[0].name])
    if spec.kind in (Kind.SCATTER, Kind.PIE):
        return own, _without_measure(spec, own)
    return own, ""


def placed(spec: ChartSpec, answer: Answer) -> list[Row]:
    """The rows that have a place in the chart: plotly leaves the others out too, yet makes room for their height."""
    return [row for row in answer.rows if _has_place(row)] if is_scaled(spec, answer) else list(answer.rows)


def makes_mark(spec: ChartSpec, row: Row) -> bool:
    """Whether there is something to draw of a row: a point needs both its measures, else one of them will do."""
    needed = all if spec.kind is Kind.SCATTER else any
    return needed(plain(value) is not None for value in row[len(spec.groups) :])


def is_scaled(spec: ChartSpec, answer: Answer) -> bool:
    """Whether the first dimension is an axis of time or numbers, where what has no value has no place; categories have one for it."""
    if not answer.columns or spec.kind not in (Kind.BAR, Kind.LINE, Kind.AREA, Kind.HISTOGRAM):
        return False
    column = answer.columns[0]
    if spec.kind is Kind.BAR and not column.is_time:
        return column.is_number and len({row[0] for row in answer.rows}) > _MANY_NUMBERS
    return column.is_time or column.is_number


def _may_leave_out(spec: ChartSpec, table: Table) -> bool:
    if spec.kind not in (Kind.BAR, Kind.LINE, Kind.AREA, Kind.HISTOGRAM):
        return False
    column = table.column(spec.dimensions[0].column)
    return column is None or column.is_number or column.is_time  # of a formula nobody knows before the answer


def _has_place(row: Row) -> bool:
    return plain(row[0]) is not None


def _cut(answer: Answer, width: int) -> tuple[Row, ...]:
    return tuple(row[:width] for row in answer.rows)


def _without_measure(spec: ChartSpec, answer: Answer) -> str:
    depth = len(spec.groups)
    lacking = [row[depth:] for row in answer.rows if not makes_mark(spec, row)]
    names = [each.name for i, each in enumerate(spec.measures) if any(plain(values[i]) is None for values in lacking)]
    return sentences.of_left_out(len(lacking), "point" if spec.kind is Kind.SCATTER else "part", names)
