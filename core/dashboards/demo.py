"""The dashboard of the sample: six charts of the flights that left New York City in 2013."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.dashboards.charts import Charts
from core.dashboards.dashboards import Dashboard, Dashboards
from core.dashboards.layout import Place
from core.dashboards.wire import spec_from_json
from core.principal import Principal

NAME = "Flights"

_MEAN_DELAY = {"aggregate": "mean", "column": "dep_delay", "label": "Mean departure delay", "format": "1", "unit": "min"}
_FLIGHTS = {"aggregate": "count", "label": "Flights"}


@dataclass(frozen=True, slots=True)
class _Tile:
    name: str
    spec: dict[str, Any]
    x: int
    y: int
    w: int
    h: int


_TILES = (
    _Tile("Number of flights", {"kind": "number", "measures": [_FLIGHTS]}, 0, 0, 3, 2),
    _Tile(
        "Flights by origin",
        {"kind": "pie", "measures": [_FLIGHTS], "dimensions": [{"column": "origin", "label": "Origin"}]},
        0, 2, 3, 4,
    ),
    _Tile(
        "Mean departure delay by day",
        {"kind": "line", "measures": [_MEAN_DELAY], "dimensions": [{"formula": "make_date(year, month, day)", "label": "Day"}]},
        3, 0, 9, 6,
    ),
    _Tile(
        "Flights by carrier",
        {"kind": "bar", "measures": [_FLIGHTS], "dimensions": [{"column": "carrier", "label": "Carrier"}], "sort": "largest"},
        0, 6, 6, 5,
    ),
    _Tile(
        "Mean delay by month and hour",
        {
            "kind": "heatmap",
            "measures": [_MEAN_DELAY],
            "dimensions": [{"column": "hour", "label": "Hour"}, {"column": "month", "label": "Month"}],
        },
        6, 6, 6, 5,
    ),
    _Tile(
        "Destinations",
        {
            "kind": "table",
            "measures": [_FLIGHTS, _MEAN_DELAY],
            "dimensions": [{"column": "dest", "label": "Destination"}],
            "sort": "largest",
            "top": {"n": 100, "other": False},
        },
        0, 11, 12, 6,
    ),
)  # fmt: skip


def make_demo(who: Principal, dataset_id: int, charts: Charts, dashboards: Dashboards) -> Dashboard:
    """The dashboard "Flights" over the flights in *dataset_id*; the one that is there already, when it is."""
    there = next((each for each in dashboards.find(who, search=NAME) if each.name == NAME), None)
    if there is not None and there.tile_count:
        return dashboards.get(who, there.id)
    dashboard = dashboards.get(who, there.id) if there else dashboards.create(who, NAME, "Flights that left New York City in 2013.")
    known = {chart.name: chart for chart in charts.find(who, dataset_id=dataset_id)}
    places = []
    for tile in _TILES:
        chart = known.get(tile.name) or charts.save(who, tile.name, dataset_id, spec_from_json(tile.spec))
        places.append(Place(chart.id, tile.x, tile.y, tile.w, tile.h))
    return dashboards.update(who, dashboard.id, places, dashboard.revision)
