"""What a chart asks of its table, and whether the table can answer."""

from __future__ import annotations

from core.dashboards.spec import Aggregate, ChartSpec, DimensionSpec, Kind, MeasureSpec, Sort
from core.errors import Invalid, did_you_mean
from core.query.spec import Column, Dimension, Measure, Order, Query, Table, Top

MOST_POINTS = 5_000
"""More marks than that say nothing to a reader and make a page slow."""
MOST_COLOURS = 8
"""A ninth colour cannot be told from the others: the rest becomes "Other"."""
USUAL_PARTS = 8
USUAL_BINS = 30
USUAL_ROWS = 1_000


def query_of(spec: ChartSpec, table: Table) -> Query:
    """Raises Invalid naming the field when *table* lacks a column, or has one of another type than the chart needs.

    The answer has a column for each dimension, the colour after them, then the measures, under their names in the spec.
    """
    for position, measure in enumerate(spec.measures):
        _check_measure(measure, table, f"measures.{position}")
    for position, dimension in enumerate(spec.dimensions):
        _check_dimension(dimension, spec.kind, table, f"dimensions.{position}")
    if spec.colour is not None:
        _check_dimension(spec.colour, spec.kind, table, "colour")
    return Query(
        measures=tuple(Measure(each.name, each.expression) for each in spec.measures),
        by=tuple(_asked(each, spec) for each in spec.groups),
        where=spec.filters,
        order=_order(spec, table),
        limit=_limit(spec),
        top=_top(spec),
    )


def _asked(dimension: DimensionSpec, spec: ChartSpec) -> Dimension:
    bins = dimension.bins
    if spec.kind is Kind.HISTOGRAM and dimension is spec.dimensions[0] and bins is None:
        bins = USUAL_BINS
    return Dimension(dimension.name, dimension.expression, dimension.grain, bins)


def _limit(spec: ChartSpec) -> int | None:
    """One more than can be drawn, so that too many are noticed."""
    if spec.kind is Kind.NUMBER:
        return None
    if spec.kind is Kind.TABLE:
        return spec.top.n if spec.top else USUAL_ROWS
    return MOST_POINTS + 1


def _top(spec: ChartSpec) -> Top | None:
    """A cut of the groups: the one asked for, else one of the colours, or of a pie's parts, when those are many."""
    if spec.kind in (Kind.NUMBER, Kind.TABLE) or not spec.measures:
        return None
    by = spec.dimensions[0]
    if spec.top is not None and spec.kind is not Kind.HISTOGRAM:  # a histogram keeps its bins
        return Top(by.name, spec.measures[0].name, spec.top.n, spec.top.other)
    if spec.colour is not None:
        return Top(spec.colour.name, spec.measures[0].name, MOST_COLOURS)
    if spec.kind is Kind.PIE and not spec.measures[0].aggregate.adds_up:
        return Top(by.name, spec.measures[0].name, USUAL_PARTS)
    return None  # parts that add up are added up when they are drawn, which spares the engine a second look


def _order(spec: ChartSpec, table: Table) -> tuple[Order, ...]:
    if not spec.dimensions:
        return ()
    if not spec.measures or spec.kind in (Kind.LINE, Kind.AREA, Kind.HEATMAP, Kind.HISTOGRAM) or sorts_by_itself(spec, table):
        return tuple(Order(each.name) for each in spec.groups)
    if spec.sort is Sort.NAME:
        return tuple(Order(each.name) for each in spec.groups)
    return (Order(spec.measures[0].name, desc=spec.sort is not Sort.SMALLEST),)


def sorts_by_itself(spec: ChartSpec, table: Table) -> bool:
    """Whether the first dimension is time or a number, which nobody wants by size unless they say so."""
    dimension = spec.dimensions[0]
    if spec.kind in (Kind.PIE, Kind.TABLE) or spec.sort is not Sort.NATURAL or spec.top is not None:
        return False
    column = table.column(dimension.column)
    return bool(dimension.grain or dimension.bins or (column and (column.is_number or column.is_time)))


def _check_measure(measure: MeasureSpec, table: Table, field: str) -> None:
    if not measure.column:
        return
    column = _column(measure.column, table, f"{field}.column")
    if measure.aggregate.needs_numbers and not (column.is_number or (measure.aggregate is Aggregate.SUM and column.kind == "boolean")):
        raise Invalid(f"The {measure.aggregate} needs numbers, and {column.name} holds {holds(column)}.", field=f"{field}.column")


def _check_dimension(dimension: DimensionSpec, kind: Kind, table: Table, field: str) -> None:
    if not dimension.column:
        return
    column = _column(dimension.column, table, f"{field}.column")
    if column.kind in ("nested", "binary") and kind is not Kind.TABLE:
        raise Invalid(f"{column.name} holds {holds(column)}, which only a table can show.", field=f"{field}.column")
    if dimension.grain and not column.is_time:
        raise Invalid(f"A time grain needs dates, and {column.name} holds {holds(column)}.", field=f"{field}.grain")
    if dimension.bins and not column.is_number:
        raise Invalid(f"Bins need numbers, and {column.name} holds {holds(column)}.", field=f"{field}.bins")


def _column(name: str, table: Table, field: str) -> Column:
    column = table.column(name)
    if column is None:
        known = [each.name for each in table.columns]
        raise Invalid(f"The data has no column {name}.{did_you_mean(name, known)}", field=field)
    return column


_HOLDS = {"boolean": "true and false", "integer": "numbers", "decimal": "numbers", "date": "dates", "timestamp": "moments"}


def holds(column: Column) -> str:
    """What is in *column*, in words."""
    return _HOLDS.get(column.kind, "text" if column.kind == "text" else f"{column.kind} values")
