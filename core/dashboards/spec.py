"""What a chart shows, as frozen values: a kind, measures, dimensions, and how they are ordered and cut.

In JSON (the form that is stored, and that the API and the chart page send)::

    {"kind": "bar",
     "measures": [{"aggregate": "mean", "column": "dep_delay", "label": "Mean delay", "format": "1", "unit": "min"}],
     "dimensions": [{"column": "carrier"}],
     "colour": {"column": "origin"},
     "filters": [{"column": "dest", "op": "in", "value": ["LAX", "SFO"]}],
     "sort": "largest", "top": {"n": 10, "other": true}}

A dimension has a ``column`` or a ``formula``, and may have a ``grain`` (time) or ``bins`` (numbers).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from core.errors import Invalid
from core.query.spec import Filter, Grain


@unique
class Kind(StrEnum):
    NUMBER = "number"
    BAR = "bar"
    LINE = "line"
    AREA = "area"
    SCATTER = "scatter"
    PIE = "pie"
    TABLE = "table"
    HEATMAP = "heatmap"
    HISTOGRAM = "histogram"


@unique
class Aggregate(StrEnum):
    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    MEDIAN = "median"
    MIN = "min"
    MAX = "max"
    DISTINCT = "distinct"
    FORMULA = "formula"

    @property
    def adds_up(self) -> bool:
        """Whether the parts of a whole add up to it, so that they may be stacked."""
        return self in (Aggregate.COUNT, Aggregate.SUM)

    @property
    def needs_numbers(self) -> bool:
        return self in (Aggregate.SUM, Aggregate.MEAN, Aggregate.MEDIAN)


@unique
class NumberFormat(StrEnum):
    """The digits after the point of a number that is shown; its exact value is on hover and in exports."""

    AUTO = ""
    WHOLE = "0"
    ONE = "1"
    TWO = "2"
    PERCENT = "percent"


@unique
class Sort(StrEnum):
    """NATURAL is by time or number where there is one, else the largest first."""

    NATURAL = "natural"
    LARGEST = "largest"
    SMALLEST = "smallest"
    NAME = "name"


def quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


_FORMULAS = {
    Aggregate.SUM: "sum({})",
    Aggregate.MEAN: "avg({})",
    Aggregate.MEDIAN: "median({})",
    Aggregate.MIN: "min({})",
    Aggregate.MAX: "max({})",
    Aggregate.DISTINCT: "count(DISTINCT {})",
}
_WORDS = {
    Aggregate.SUM: "Sum of",
    Aggregate.MEAN: "Mean",
    Aggregate.MEDIAN: "Median",
    Aggregate.MIN: "Least",
    Aggregate.MAX: "Greatest",
    Aggregate.DISTINCT: "Distinct",
}


@dataclass(frozen=True, slots=True)
class MeasureSpec:
    """A *column* aggregated, the count of rows, or a *formula* with aggregates of its own."""

    aggregate: Aggregate = Aggregate.COUNT
    column: str = ""
    formula: str = ""
    label: str = ""
    format: NumberFormat = NumberFormat.AUTO
    unit: str = ""

    @property
    def name(self) -> str:
        if self.label:
            return self.label
        if self.aggregate is Aggregate.COUNT:
            return "Rows"
        return self.formula if self.aggregate is Aggregate.FORMULA else f"{_WORDS[self.aggregate]} {self.column}"

    @property
    def expression(self) -> str:
        if self.aggregate is Aggregate.FORMULA:
            return self.formula
        return "count(*)" if self.aggregate is Aggregate.COUNT else _FORMULAS[self.aggregate].format(quoted(self.column))


@dataclass(frozen=True, slots=True)
class DimensionSpec:
    column: str = ""
    formula: str = ""
    label: str = ""
    grain: Grain | None = None
    bins: int | None = None

    @property
    def name(self) -> str:
        return self.label or self.column or self.formula

    @property
    def expression(self) -> str:
        return self.column or self.formula  # a column by its exact name comes before a formula, so it needs no quotes


@dataclass(frozen=True, slots=True)
class TopSpec:
    n: int
    other: bool = True


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """Raises Invalid, naming the field, when the parts do not make a chart of this kind."""

    kind: Kind
    measures: tuple[MeasureSpec, ...] = (MeasureSpec(),)
    dimensions: tuple[DimensionSpec, ...] = ()
    colour: DimensionSpec | None = None
    filters: tuple[Filter, ...] = ()
    sort: Sort = Sort.NATURAL
    top: TopSpec | None = None

    def __post_init__(self) -> None:
        rule = RULES[self.kind]
        _check_count(self.kind, len(self.measures), rule.measures, "measures", rule.measures_words)
        _check_count(self.kind, len(self.dimensions), rule.dimensions, "dimensions", rule.dimensions_words)
        if self.colour is not None and not rule.colour:
            raise Invalid(f"A {self.kind} chart has no colour of its own. Leave the colour out.", field="colour")
        if self.colour is not None and len(self.measures) > 1 and self.kind is not Kind.SCATTER:
            raise Invalid("Several measures already have a colour each. Use one measure, or leave the colour out.", field="colour")
        names = [*(each.name for each in self.groups), *(each.name for each in self.measures)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Invalid(f"Two parts of the chart are called {twice}. Give one another label.", field="label")

    @property
    def groups(self) -> tuple[DimensionSpec, ...]:
        """All dimensions, the colour last."""
        return self.dimensions if self.colour is None else (*self.dimensions, self.colour)


@dataclass(frozen=True, slots=True)
class Rule:
    """How many measures and dimensions a kind takes (least, most), in words, and whether it takes a colour."""

    measures: tuple[int, int]
    measures_words: str
    dimensions: tuple[int, int]
    dimensions_words: str
    colour: bool = False


_MANY = 8
_ONE = (1, 1)
RULES: dict[Kind, Rule] = {
    Kind.NUMBER: Rule(_ONE, "one measure", (0, 0), "no dimension"),
    Kind.BAR: Rule((1, _MANY), "one to eight measures", _ONE, "one dimension", colour=True),
    Kind.LINE: Rule((1, _MANY), "one to eight measures", _ONE, "one dimension", colour=True),
    Kind.AREA: Rule((1, _MANY), "one to eight measures", _ONE, "one dimension", colour=True),
    Kind.SCATTER: Rule((2, 2), "two measures, across and up", _ONE, "one dimension, a point for each of its values", colour=True),
    Kind.PIE: Rule(_ONE, "one measure", _ONE, "one dimension"),
    Kind.TABLE: Rule((0, 20), "at most twenty measures", (1, 10), "one to ten dimensions"),
    Kind.HEATMAP: Rule(_ONE, "one measure", (2, 2), "two dimensions, across and down"),
    Kind.HISTOGRAM: Rule(_ONE, "one measure", _ONE, "one dimension of numbers, cut into bins", colour=True),
}


def _check_count(kind: Kind, count: int, bounds: tuple[int, int], field: str, words: str) -> None:
    if not bounds[0] <= count <= bounds[1]:
        article = "An" if kind.value[0] in "aeiou" else "A"
        raise Invalid(f"{article} {kind} chart needs {words}; this one has {count or 'none'}.", field=field)
