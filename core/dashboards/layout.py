"""Where tiles may lie: a grid of twelve columns, and the rows that it takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.dashboards.spec import Kind
from core.errors import Invalid

COLUMNS = 12
MOST_TILES = 60
LEAST_WIDTH = 2
LEAST_HEIGHT = 2
MOST_HEIGHT = 24
MOST_ROWS = 1000

USUAL_SIZES: dict[Kind, tuple[int, int]] = {Kind.NUMBER: (3, 2), Kind.TABLE: (6, 6), Kind.PIE: (4, 5)}
USUAL_SIZE = (6, 5)


@dataclass(frozen=True, slots=True)
class Place:
    """In columns and rows from the top left; *tile_id* is None for a tile that is not saved yet."""

    chart_id: int
    x: int
    y: int
    w: int
    h: int
    tile_id: int | None = None


def places_from_json(given: Any) -> tuple[Place, ...]:
    """Of ``[{"chart_id", "x", "y", "w", "h", "id"?}]``. Raises Invalid naming the field."""
    if not isinstance(given, (list, tuple)):
        raise Invalid("The tiles have to be a list.", field="tiles")
    return tuple(_place(each, f"tiles.{position}") for position, each in enumerate(given))


def check(places: Sequence[Place]) -> None:
    """Raises Invalid for tiles outside the grid, too small, too large, too many, or one over another."""
    if len(places) > MOST_TILES:
        raise Invalid(f"A dashboard may have {MOST_TILES} tiles; this one would have {len(places)}.", field="tiles")
    taken: dict[tuple[int, int], int] = {}
    for position, place in enumerate(places):
        _check_bounds(place, f"tiles.{position}")
        for cell in _cells(place):
            if taken.setdefault(cell, position) != position:
                raise Invalid(f"Tile {position + 1} lies over tile {taken[cell] + 1}.", field=f"tiles.{position}")
    known = [place.tile_id for place in places if place.tile_id is not None]
    if len(known) != len(set(known)):
        raise Invalid("The same tile is there twice.", field="tiles")


def free_place(taken: Iterable[Place], chart_id: int, kind: Kind) -> Place:
    """The first gap from the top that a chart of that kind fits into in its usual size."""
    width, height = USUAL_SIZES.get(kind, USUAL_SIZE)
    cells = {cell for place in taken for cell in _cells(place)}
    below = max((y for _, y in cells), default=-1) + 1
    for y in range(below + 1):
        for x in range(COLUMNS - width + 1):
            place = Place(chart_id, x, y, width, height)
            if cells.isdisjoint(_cells(place)):
                return place
    raise AssertionError("below everything there is room")  # pragma: no cover - the last row is always free


def _cells(place: Place) -> list[tuple[int, int]]:
    return [(x, y) for x in range(place.x, place.x + place.w) for y in range(place.y, place.y + place.h)]


def _check_bounds(place: Place, field: str) -> None:
    if not LEAST_WIDTH <= place.w <= COLUMNS or not LEAST_HEIGHT <= place.h <= MOST_HEIGHT:
        raise Invalid(
            f"A tile is {LEAST_WIDTH} to {COLUMNS} columns wide and {LEAST_HEIGHT} to {MOST_HEIGHT} rows high, not {place.w} by {place.h}.",
            field=field,
        )
    if place.x < 0 or place.x + place.w > COLUMNS or not 0 <= place.y <= MOST_ROWS:
        raise Invalid(
            f"A tile at column {place.x}, row {place.y}, {place.w} columns wide, is outside the grid of {COLUMNS} columns.", field=field
        )


def _place(given: Any, field: str) -> Place:
    if not isinstance(given, dict):
        raise Invalid("A tile is an object with chart_id, x, y, w and h.", field=field)
    numbers = {name: given.get(name) for name in ("chart_id", "x", "y", "w", "h")}
    tile_id = given.get("id")
    for name, number in (*numbers.items(), *([("id", tile_id)] if tile_id is not None else [])):
        if isinstance(number, bool) or not isinstance(number, int) or not -(10**9) < number < 10**9:
            raise Invalid(f"{name} of a tile has to be a whole number.", field=f"{field}.{name}")
    return Place(**numbers, tile_id=tile_id)  # type: ignore[arg-type]  # all are whole numbers, as was just seen
