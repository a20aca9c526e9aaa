"""The data of a dashboard's tiles: every query of the page in one batch, and what each answer means for its tile."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, unique

from core.dashboards.charts import Chart
from core.dashboards.figures import Colours, Drawing, draw
from core.dashboards.filters import concerning, in_words
from core.dashboards.numbers import name_of
from core.dashboards.omissions import counting, told
from core.dashboards.query import query_of
from core.dashboards.spec import Aggregate, ChartSpec, DimensionSpec, Kind
from core.data.datasets import Datasets, Version
from core.data.queries import Queries
from core.errors import AstralytiqError, NotFound
from core.operations.logs import log
from core.principal import Principal
from core.query.spec import Answer, Dimension, Filter, Measure, Order, Query

_MOST_CATEGORIES = 48


@unique
class State(StrEnum):
    READY = "ready"
    EMPTY = "empty"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Tile:
    id: int
    chart: Chart
    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class TileData:
    """What a tile shows. *message* says why it is empty or broken, *unconcerned* names the filters' columns that its data lacks,
    *responsible* the columns of the filters that did apply. *answer* is None when the tile is broken."""

    tile: Tile
    state: State
    drawing: Drawing | None = None
    message: str = ""
    unconcerned: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    answer: Answer | None = None
    row_count: int = 0
    error: AstralytiqError | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one tile asks, or why it cannot."""

    query: Query | None = None
    error: AstralytiqError | None = None
    filters: tuple[Filter, ...] = ()
    unconcerned: tuple[str, ...] = ()
    row_count: int = 0


@dataclass(slots=True)
class _Batch:
    """Queries to be answered at once; each gets a ticket."""

    asked: list[tuple[int, Query]] = field(default_factory=list)

    def add(self, dataset_id: int, query: Query) -> int:
        self.asked.append((dataset_id, query))
        return len(self.asked) - 1


def fill(who: Principal, tiles: Sequence[Tile], filters: Sequence[Filter], datasets: Datasets, queries: Queries) -> list[TileData]:
    """One tile that is broken breaks no other."""
    versions = {each: _version(who, datasets, each) for each in dict.fromkeys(tile.chart.dataset_id for tile in tiles)}
    asked = [_asked(tile, versions[tile.chart.dataset_id], filters) for tile in tiles]
    batch = _Batch()
    tickets = [batch.add(tile.chart.dataset_id, each.query) if each.query else None for tile, each in zip(tiles, asked, strict=True)]
    palette = _palette(tiles, asked, tickets, batch)
    known = {each: version for each, version in versions.items() if isinstance(version, Version)}
    answers = queries.run_many(who, batch.asked, known=known) if batch.asked else []
    colours = _colours(palette, answers)
    return [
        _filled(tile, each, answers[ticket] if ticket is not None else each.error, colours)
        for tile, each, ticket in zip(tiles, asked, tickets, strict=True)
    ]


def csv_of(data: TileData) -> Iterator[bytes]:
    """The tile's numbers, exact, under its filters; raises the tile's error in words when it has one."""
    answer = data.answer
    if answer is None:
        raise data.error or NotFound(data.message)
    yield _line([column.name for column in answer.columns])
    for row in answer.rows:
        yield _line(["" if value is None else value for value in row])


def _version(who: Principal, datasets: Datasets, id: int) -> Version | AstralytiqError:
    try:
        return datasets.version(who, id)
    except AstralytiqError as error:
        return error


def _asked(tile: Tile, version: Version | AstralytiqError, filters: Sequence[Filter]) -> _Asked:
    if isinstance(version, AstralytiqError):
        return _Asked(error=version)
    ours, others = concerning(filters, version.table)
    try:
        query = counting(query_of(tile.chart.spec, version.table), tile.chart.spec, version.table).also_where(ours)
    except AstralytiqError as error:
        return _Asked(error=error, unconcerned=others)
    return _Asked(query, None, ours, others, version.row_count)


def _filled(tile: Tile, asked: _Asked, answer: Answer | AstralytiqError | None, colours: Colours) -> TileData:
    if not isinstance(answer, Answer):
        message = answer.message if answer else ""
        return TileData(tile, State.ERROR, message=message, unconcerned=asked.unconcerned, error=answer)
    answer, left_out = told(tile.chart.spec, answer)
    try:
        drawing = draw(tile.chart.spec, answer, colours, left_out)
    except AstralytiqError as error:
        return TileData(tile, State.ERROR, message=error.message, unconcerned=asked.unconcerned, answer=answer, row_count=asked.row_count)
    except Exception:  # noqa: BLE001 - a bug in one chart must leave the others standing
        log(__name__).exception("tile_failed", chart=tile.chart.id)
        words = "This chart could not be drawn because of an error of ours. It has been logged."
        return TileData(tile, State.ERROR, message=words, unconcerned=asked.unconcerned, answer=answer, row_count=asked.row_count)
    return TileData(
        tile,
        State.EMPTY if drawing.is_empty else State.READY,
        drawing,
        _why_empty(tile.chart, asked, left_out) if drawing.is_empty else "",
        asked.unconcerned,
        tuple(each.column for each in asked.filters),
        answer,
        asked.row_count,
    )


def _why_empty(chart: Chart, asked: _Asked, left_out: str) -> str:
    if left_out:
        return f"Nothing to draw. {left_out}"
    if not asked.filters:
        return f"No rows: {chart.dataset} has none for this chart." if asked.row_count else f"No rows: {chart.dataset} is empty."
    if len(asked.filters) == 1:
        return f"No rows: the filter {in_words(asked.filters[0])} leaves none."
    return f"No rows: the filters {' and '.join(in_words(each) for each in asked.filters)} leave none together."


_Key = tuple[int, DimensionSpec]


def _palette(tiles: Sequence[Tile], asked: Sequence[_Asked], tickets: Sequence[int | None], batch: _Batch) -> dict[_Key, int]:
    """The tickets of the answers that list the categories of each dimension with colours, each once for each dataset."""
    found: dict[_Key, int | None] = {}
    for tile, each, ticket in zip(tiles, asked, tickets, strict=True):
        spec = tile.chart.spec
        dimension = spec.dimensions[0] if spec.kind is Kind.PIE else spec.colour
        if dimension is None or each.query is None:
            continue
        key = (tile.chart.dataset_id, dimension)
        found[key] = ticket if _lists_all(spec, each.query) else found.get(key)
    return {key: batch.add(key[0], _categories_of(key[1])) if ticket is None else ticket for key, ticket in found.items()}


def _lists_all(spec: ChartSpec, query: Query) -> bool:
    """Whether a tile's own answer is that of `_categories_of`: an unfiltered pie of counts."""
    return spec.kind is Kind.PIE and spec.measures[0].aggregate is Aggregate.COUNT and not (query.where or query.top)


def _categories_of(dimension: DimensionSpec) -> Query:
    """All categories whatever the filters, so that a filter never changes a colour; the most frequent first."""
    return Query(
        measures=(Measure("rows", "count(*)"),),
        by=(Dimension(dimension.name, dimension.expression, dimension.grain, dimension.bins),),
        order=(Order("rows", desc=True),),
        limit=_MOST_CATEGORIES,
    )


def _colours(palette: Mapping[_Key, int], answers: Sequence[Answer | AstralytiqError]) -> Colours:
    positions: dict[str, dict[str, int]] = {}
    for (_, dimension), ticket in palette.items():
        answer = answers[ticket]
        known = positions.setdefault(dimension.name, {})
        for row in answer.rows if isinstance(answer, Answer) else ():
            known.setdefault(name_of(row[0], dimension.grain), len(known))
    return Colours(positions)


def _line(cells: Sequence[object]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([_safe(cell) for cell in cells])
    return buffer.getvalue().encode()


def _safe(cell: object) -> object:
    """A text that a spreadsheet would run as a formula is made text again by an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
