"""A chart while it is built: the JSON of a spec (core/dashboards/spec.py) that need not hold together yet.

What is missing is filled in with the most likely choice, so that there is always something to look at and to change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.dashboards.charts import Charts, Drawn
from core.dashboards.spec import RULES, Aggregate, ChartSpec, Kind, quoted
from core.dashboards.wire import spec_from_json
from core.errors import AstralytiqError
from core.principal import Principal
from core.query.spec import Column, Grain, Op, Table

Draft = dict[str, Any]
Part = dict[str, Any]

USUAL_TOP = 20
COUNT: Part = {"aggregate": Aggregate.COUNT.value}


def first_draft(table: Table) -> Draft:
    """The first look at a table: how many rows by its first category, or by time, or in all."""
    category = next(_columns(table, _CATEGORIES), None)
    if category is not None:
        return completed({"kind": Kind.BAR.value, "dimensions": [{"column": category.name}], "top": {"n": USUAL_TOP, "other": True}}, table)
    kind = Kind.LINE if next(_columns(table, _TIMES), None) else Kind.NUMBER
    return completed({"kind": kind.value}, table)


def as_kind(draft: Mapping[str, Any], kind: Kind, table: Table) -> Draft:
    """*draft* as a chart of another kind: what that kind has no place for goes, what it needs comes."""
    changed = dict(draft) | {"kind": kind.value}
    if kind is Kind.HISTOGRAM:
        return completed(changed | {"measures": [COUNT], "dimensions": _spread_of(draft, table)}, table)
    dimensions = [dict(each) for each in draft.get("dimensions", ())]
    if dimensions and not _suits(dimensions[0], kind, table):
        better = next(_columns(table, _LIKELY[kind]), None)
        dimensions[:1] = [_dimension(better)] if better else dimensions[:1]
    changed["dimensions"] = dimensions
    changed["top"] = _cut(changed, kind, table)
    return completed(changed, table)


def completed(draft: Mapping[str, Any], table: Table) -> Draft:
    """*draft* with as many measures and dimensions as its kind takes, and every part with what it cannot be without."""
    kind = Kind(draft.get("kind", Kind.BAR))
    rule = RULES[kind]
    measures = [_measure(each, table) for each in draft.get("measures", ())][: rule.measures[1]]
    while len(measures) < rule.measures[0]:
        measures.append(next_measure(measures, table, numbers_first=kind is Kind.SCATTER))
    dimensions = [_filled(each, table) for each in draft.get("dimensions", ())][: rule.dimensions[1]]
    while len(dimensions) < rule.dimensions[0]:
        dimensions.append(next_dimension(dimensions, kind, table))
    colour = draft.get("colour")
    keeps_colour = bool(colour) and rule.colour and (len(measures) == 1 or kind is Kind.SCATTER)
    return {
        **draft,
        "kind": kind.value,
        "measures": measures,
        "dimensions": dimensions,
        "colour": _filled(colour, table) if keeps_colour and colour else None,
        "filters": [_filter(each) for each in draft.get("filters", ())],
        "sort": draft.get("sort") or "natural",
        "top": draft.get("top") if can_be_cut(kind, dimensions) else None,
    }


def can_be_cut(kind: Kind, dimensions: Sequence[Part]) -> bool:
    """To its largest groups: bins stand side by side on an axis, all of them."""
    return kind not in (Kind.NUMBER, Kind.HISTOGRAM) and not (dimensions and dimensions[0].get("bins"))


def next_measure(measures: Sequence[Part], table: Table, *, numbers_first: bool = False) -> Part:
    """A measure that is not there yet: the count, then means of the numbers, beginning beside the one that is measured last."""
    last = max((i for i, each in enumerate(table.columns) if any(each.name == known.get("column") for known in measures)), default=-1)
    numbers = [each.name for each in (*table.columns[last + 1 :], *table.columns[: last + 1]) if each.is_number]
    means: list[Part] = [{"aggregate": Aggregate.MEAN.value, "column": name} for name in numbers]
    options = [*means, COUNT] if numbers_first else [COUNT, *means]
    known = [(each.get("aggregate"), each.get("column", "")) for each in measures]
    return dict(next((each for each in options if (each["aggregate"], each.get("column", "")) not in known), _formula(len(measures) + 1)))


def next_dimension(dimensions: Sequence[Part], kind: Kind, table: Table) -> Part:
    """The likeliest column for that kind that is not there yet."""
    known = {each.get("column") for each in dimensions}
    column = next((each for each in _columns(table, _LIKELY[kind]) if each.name not in known), None)
    column = column or next((each for each in table.columns if each.name not in known), None)
    return _dimension(column) if column else {"formula": quoted(table.columns[0].name)}


def next_filter(table: Table) -> Part:
    column = next(_columns(table, _CATEGORIES), table.columns[0])
    return {"column": column.name, "op": Op.IN.value, "value": []}


def usual_op(column: Column | None) -> Op:
    if column is not None and (column.is_number or column.is_time):
        return Op.BETWEEN
    return Op.EQ if column is not None and column.kind == "boolean" else Op.IN


@dataclass(frozen=True, slots=True)
class Look:
    """What a draft shows, or what is wrong with it."""

    drawn: Drawn | None = None
    spec: ChartSpec | None = None
    problem: AstralytiqError | None = None


def look(who: Principal, charts: Charts, dataset_id: int, draft: Mapping[str, Any]) -> Look:
    """A draft is wrong half of the time it is worked on: that is an answer, not an error."""
    spec = None
    try:
        spec = spec_of(draft)
        return Look(charts.preview(who, dataset_id, spec), spec)
    except AstralytiqError as problem:
        return Look(None, spec, problem)


def spec_of(draft: Mapping[str, Any]) -> ChartSpec:
    """Raises AstralytiqError where the draft does not hold together. A filter that has no value yet filters nothing."""
    filters = [each for each in draft.get("filters", ()) if each["op"] in (Op.IS_NULL, Op.NOT_NULL) or _has_value(each.get("value"))]
    return spec_from_json({name: value for name, value in {**draft, "filters": filters}.items() if value is not None})


def _has_value(value: Any) -> bool:
    """None stands for a control that is empty; in a list of values it is a value, at both ends of a range it is none."""
    return value not in (None, "", [], [None, None])


def _measure(given: Part, table: Table) -> Part:
    aggregate = Aggregate(given.get("aggregate") or Aggregate.COUNT)
    kept = {name: value for name, value in given.items() if name not in ("column", "formula")} | {"aggregate": aggregate.value}
    if aggregate is Aggregate.COUNT:
        return kept
    column = given.get("column") or _usual_column(aggregate, table)
    if aggregate is Aggregate.FORMULA:
        return kept | {"formula": given.get("formula") or (f"avg({quoted(column)})" if column else "count(*)")}
    return kept | {"column": column}


def _usual_column(aggregate: Aggregate, table: Table) -> str:
    numbers = [each for each in table.columns if each.is_number] if aggregate.needs_numbers else []
    return (numbers or list(table.columns))[0].name if table.columns else ""


def _filled(given: Part, table: Table) -> Part:
    """A dimension with the grain or bins that its column can have."""
    if given.get("formula"):
        return {name: value for name, value in given.items() if name != "column"}
    column = table.column(given.get("column", ""))
    part = dict(given)
    if column is not None and not column.is_time:
        part.pop("grain", None)
    if column is not None and not column.is_number:
        part.pop("bins", None)
    return part


def _filter(given: Part) -> Part:
    """A filter whose value has the shape that its comparison needs."""
    op, value = Op(given["op"]), given.get("value")
    many = list(value) if isinstance(value, (list, tuple)) else [] if value in (None, "") else [value]
    if op is Op.BETWEEN:
        return {**given, "value": [*many, None, None][:2]}
    if op in (Op.IN, Op.NOT_IN):
        return {**given, "value": [each for each in many if each != ""]}
    if op in (Op.IS_NULL, Op.NOT_NULL):
        return {**given, "value": None}
    return {**given, "value": many[0] if many else None}


def _cut(draft: Mapping[str, Any], kind: Kind, table: Table) -> Part | None:
    """Bars are cut to those that can be read; what goes on along an axis is shown whole."""
    by: Part = next(iter(draft["dimensions"]), {})
    column = table.column(by.get("column", ""))
    if kind is Kind.BAR and not (by.get("grain") or by.get("bins") or (column and column.is_time)):
        return draft.get("top") or {"n": USUAL_TOP, "other": True}
    return draft.get("top") if kind in (Kind.BAR, Kind.PIE, Kind.SCATTER) else None


def _spread_of(draft: Mapping[str, Any], table: Table) -> list[Part]:
    """Of which numbers a histogram of the same thing would be: those on show, else those it is by."""
    named = [each.get("column", "") for each in (*draft.get("measures", ()), *draft.get("dimensions", ()))]
    return [{"column": name} for name in named if (column := table.column(name)) and column.is_number][:1]


def _suits(dimension: Part, kind: Kind, table: Table) -> bool:
    column = table.column(dimension.get("column", ""))
    return column is None or kind not in (Kind.LINE, Kind.AREA) or column.is_number or column.is_time


def _dimension(column: Column) -> Part:
    return {"column": column.name, "grain": Grain.MONTH.value} if column.is_time else {"column": column.name}


def _formula(number: int) -> Part:
    return {"aggregate": Aggregate.FORMULA.value, "formula": "count(*)", "label": f"Measure {number}"}


_CATEGORIES = ("text", "boolean")
_TIMES = ("date", "timestamp")
_LIKELY: dict[Kind, tuple[str, ...]] = {
    **dict.fromkeys(Kind, (*_CATEGORIES, *_TIMES, "integer")),
    **dict.fromkeys((Kind.LINE, Kind.AREA), (*_TIMES, "integer", "decimal")),
    Kind.HISTOGRAM: ("decimal", "integer"),
}


def _columns(table: Table, kinds: Sequence[str]) -> Iterator[Column]:
    """The columns of those kinds, in the order of *kinds*."""
    for kind in kinds:
        yield from (each for each in table.columns if each.kind == kind)
