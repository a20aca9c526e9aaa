"""A click on a mark finds the values it stands for."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.dashboards.clicks import is_drawn_only, mark_of, words_of
from core.dashboards.figures import figure
from core.dashboards.spec import ChartSpec, DimensionSpec, Kind, MeasureSpec
from core.query.spec import Answer, Column, Grain
from tests.flights import add_dataset, flights_file

COUNT = MeasureSpec()


def answer(*rows: tuple[object, ...]) -> Answer:
    return Answer(tuple(Column(str(i), "VARCHAR") for i in range(len(rows[0]))), rows)


def by(*names: str, grain: Grain | None = None) -> tuple[DimensionSpec, ...]:
    return tuple(DimensionSpec(name, grain=grain) for name in names)


@pytest.mark.parametrize(
    ("spec", "rows", "clicked", "mark"),
    [
        (ChartSpec(Kind.BAR, (COUNT,), by("g")), [("a", 1), ("b", 2)], {"key": "b", "series": "Rows"}, {"g": "b"}),
        (ChartSpec(Kind.BAR, (COUNT,), by("g")), [("a", 1), (None, 2)], {"key": "(empty)"}, {"g": None}),
        (ChartSpec(Kind.BAR, (COUNT,), by("g")), [("a", 1)], {"key": "gone"}, None),
        (ChartSpec(Kind.BAR, (COUNT,), by("g")), [("a", 1)], {}, None),
        (ChartSpec(Kind.BAR, (COUNT,), by("g"), by("c")[0]), [("a", "x", 1), ("a", "y", 2)], {"key": "a", "series": "y"},
         {"g": "a", "c": "y"}),
        (ChartSpec(Kind.LINE, (COUNT,), by("d")), [(date(2024, 1, 2), 1)], {"key": "2024-01-02"}, {"d": date(2024, 1, 2)}),
        (ChartSpec(Kind.LINE, (COUNT,), by("t")), [(datetime(2024, 1, 2, 3, tzinfo=UTC), 1)], {"key": "2024-01-02T03:00:00+00:00"},
         {"t": datetime(2024, 1, 2, 3, tzinfo=UTC)}),
        (ChartSpec(Kind.LINE, (COUNT,), by("d")), [(date(2024, 1, 2), 1)], {"key": "no date"}, None),
        (ChartSpec(Kind.BAR, (COUNT,), by("d", grain=Grain.MONTH)), [(date(2024, 1, 1), 1)], {"key": "Jan 2024"}, {"d": date(2024, 1, 1)}),
        (ChartSpec(Kind.AREA, (COUNT,), by("x")), [(Decimal("1.5"), 1)], {"key": 1.5}, {"x": Decimal("1.5")}),
        (ChartSpec(Kind.PIE, (COUNT,), by("g")), [("a", 1), ("Other", 2)], {"key": "Other"}, {"g": "Other"}),
        (ChartSpec(Kind.HEATMAP, (COUNT,), by("x", "y")), [(1, 2, 9), (2, 1, 8)], {"key": "2", "down": "1"}, {"x": 2, "y": 1}),
        (ChartSpec(Kind.HISTOGRAM, (COUNT,), by("x")), [(0.0, 1), (10.0, 2), (None, 3)], {"key": 12.5}, {"x": 10.0}),
        (ChartSpec(Kind.HISTOGRAM, (COUNT,), by("x")), [(0.0, 1)], {"key": "x"}, None),
        (ChartSpec(Kind.SCATTER, (COUNT, MeasureSpec(label="n")), by("g"), by("c")[0]), [("a", "x", 1, 2)], {"key": "a", "series": "x"},
         {"g": "a", "c": "x"}),
    ],
)  # fmt: skip
def test_a_click_finds_its_mark(spec, rows, clicked, mark):
    assert mark_of(spec, answer(*rows), clicked) == mark


@pytest.mark.parametrize(
    ("kind", "parts", "key", "drawn_only"),
    [
        (Kind.PIE, [("Other", 1), *((f"p{i}", 9) for i in range(9))], "Other", True),
        (Kind.PIE, [("Other", 1), *((f"p{i}", 9) for i in range(9))], "p0", False),
        (Kind.PIE, [("Other", 1), *((f"p{i}", 9) for i in range(8))], "Other", False),
        (Kind.PIE, [("Other", 1), *((f"p{i}", i and 9) for i in range(9))], "Other", False),  # a part of nothing is not drawn
        (Kind.BAR, [("Other", 1), *((f"p{i}", 9) for i in range(9))], "Other", False),
    ],
)
def test_the_part_that_small_ones_are_folded_into_takes_another_question(kind, parts, key, drawn_only):
    assert is_drawn_only(ChartSpec(kind, (COUNT,), by("g")), answer(*parts), {"key": key}) is drawn_only


def test_the_rows_behind_all_parts_of_a_folded_pie_are_the_rows_of_the_data(workspace, analyst, viewer):
    flights = add_dataset(workspace, analyst, "Flights", flights_file())
    spec = ChartSpec(Kind.PIE, (COUNT,), by("carrier"))
    labels = figure(spec, workspace.charts.preview(viewer, flights.dataset_id, spec).answer)["data"][0]["labels"]

    found = [workspace.charts.rows_behind(viewer, flights.dataset_id, spec, {"key": key}, limit=1) for key in labels]

    assert (labels[-1], found[-1].of, len(found[-1].rows.rows)) == ("Other", "carrier Other", 1)
    assert sum(each.rows.total for each in found) == flights.row_count
    assert workspace.charts.rows_behind(viewer, flights.dataset_id, spec, {"key": "nobody"}) is None


def test_a_mark_in_words():
    spec = ChartSpec(Kind.BAR, (COUNT,), by("day", grain=Grain.MONTH), by("origin")[0])

    assert words_of(spec, {"day": date(2024, 3, 1), "origin": None}) == "day Mar 2024, origin (empty)"
