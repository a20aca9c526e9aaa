"""From an answer to what is drawn: a plotly figure as a plain dict, a number, or a table, and what it shows in a sentence.

Colours are tokens that the browser looks up (layouts/figure.py). Nothing here imports plotly: a dict costs microseconds, a
`plotly.graph_objects.Figure` eight milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.dashboards import marks, sentences
from core.dashboards.numbers import ABSENT, compact, exact, name_of, rounded
from core.dashboards.omissions import makes_mark, placed
from core.dashboards.query import MOST_POINTS, holds
from core.dashboards.spec import ChartSpec, Kind
from core.errors import Invalid
from core.query.spec import Answer

Figure = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BigNumber:
    text: str
    exact: str
    label: str


@dataclass(frozen=True, slots=True)
class Heading:
    name: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """Cells in words, and the exact value of those that were rounded ("" for the others)."""

    headings: tuple[Heading, ...]
    cells: tuple[tuple[str, ...], ...]
    exact: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """One of *figure*, *number*, *rows* is there; none when there is nothing to draw. *summary* is the text alternative.

    *left_out* says what has no place in the figure, in a sentence that the summary ends with ("" when that is nothing).
    """

    summary: str
    figure: Figure | None = None
    number: BigNumber | None = None
    rows: Rows | None = None
    left_out: str = ""

    @property
    def is_empty(self) -> bool:
        return self.figure is None and self.number is None and self.rows is None


@dataclass(frozen=True, slots=True)
class Colours:
    """Which of the eight series colours a category has: the same in every tile that shares it."""

    of: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # dimension -> category -> position

    def known(self, dimension: str) -> Mapping[str, int]:
        return self.of.get(dimension, {})


def draw(spec: ChartSpec, answer: Answer, colours: Colours | None = None, left_out: str = "") -> Drawing:
    """Raises Invalid when the answer has more marks than can be drawn, or values this kind cannot show."""
    if len(answer.rows) > MOST_POINTS:
        raise Invalid(
            f"This chart would have more than {MOST_POINTS:,} points. Use a coarser time grain, fewer bins, a top N or a filter.",
            field="dimensions",
        )
    if _is_empty(spec, answer):
        return Drawing(_sentences("There are no rows to show.", left_out), left_out=left_out)
    if spec.kind is Kind.NUMBER:
        return _number(spec, answer)
    if spec.kind is Kind.TABLE:
        return Drawing(sentences.of_table(answer), rows=rows_of(spec, answer))
    _check_numbers(spec, answer)
    summary = sentences.of_chart(spec, replace(answer, rows=tuple(placed(spec, answer))))
    return Drawing(_sentences(summary, left_out), figure=figure(spec, answer, colours), left_out=left_out)


def _sentences(*parts: str) -> str:
    return " ".join(filter(None, parts))


def _is_empty(spec: ChartSpec, answer: Answer) -> bool:
    """Whether no row makes a mark: those without a measure do not, nor do those without a place."""
    if spec.kind is Kind.TABLE:
        return not answer.rows
    return not any(makes_mark(spec, row) for row in placed(spec, answer))


def _check_numbers(spec: ChartSpec, answer: Answer) -> None:
    """A formula, or the least of a column, may give text or a date: what that is, is known only now."""
    for position, (measure, column) in enumerate(zip(spec.measures, answer.columns[len(spec.groups) :], strict=True)):
        if not column.is_number:
            raise Invalid(f"{measure.name} gives {holds(column)}, which only a table can show.", field=f"measures.{position}")


def figure(spec: ChartSpec, answer: Answer, colours: Colours | None = None) -> Figure:
    """The figure of a chart that is neither a number nor a table."""
    return _FIGURES[spec.kind](spec, answer, colours or Colours())


def rows_of(spec: ChartSpec, answer: Answer) -> Rows:
    """The table behind a chart of any kind."""
    depth = len(spec.groups)
    headings = tuple(Heading(column.name, position >= depth or column.is_number) for position, column in enumerate(answer.columns))
    cells, exacts = [], []
    for row in answer.rows:
        groups = [name_of(value, dimension.grain) for value, dimension in zip(row, spec.groups, strict=False)]
        shown = [rounded(value, measure) for value, measure in zip(row[depth:], spec.measures, strict=True)]
        full = [exact(value) for value in row[depth:]]
        cells.append((*groups, *shown))
        exacts.append((*("" for _ in groups), *("" if long in (short, ABSENT) else long for long, short in zip(full, shown, strict=True))))
    return Rows(headings, tuple(cells), tuple(exacts))


def _number(spec: ChartSpec, answer: Answer) -> Drawing:
    measure, value = spec.measures[0], answer.rows[0][0]
    return Drawing(f"{measure.name}: {exact(value)}", number=BigNumber(compact(value, measure), exact(value), measure.name))


_FIGURES: dict[Kind, Callable[[ChartSpec, Answer, Colours], Figure]] = {
    Kind.BAR: lambda spec, answer, colours: marks.bars(spec, answer, colours.known),
    Kind.LINE: lambda spec, answer, colours: marks.lines(spec, answer, colours.known),
    Kind.AREA: lambda spec, answer, colours: marks.lines(spec, answer, colours.known),
    Kind.SCATTER: lambda spec, answer, colours: marks.points(spec, answer, colours.known),
    Kind.PIE: lambda spec, answer, colours: marks.pie(spec, answer, colours.known),
    Kind.HEATMAP: lambda spec, answer, _: marks.heatmap(spec, answer),
    Kind.HISTOGRAM: lambda spec, answer, colours: marks.histogram(spec, answer, colours.known),
}
