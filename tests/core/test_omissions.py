"""What a chart has no place for is counted and said."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.dashboards.tiles import csv_of
from core.dashboards.wire import spec_from_json
from core.principal import Principal
from core.query.spec import Filter, Op
from core.workspace import Workspace
from tests.core.test_dashboards import parquet
from tests.flights import add_dataset

# 80 values and numbers of 4 rows each; of "gap" and "day" every fifth is empty, "odd" has values that are no numbers, "few" is in 9 parts
ROWS = """
    SELECT i % 80 AS whole, if(i % 5 = 0, NULL, i % 80) AS gap, if(i % 5 = 0, NULL, DATE '2024-01-01' + (i % 80)::INTEGER) AS day,
        CASE i % 10 WHEN 0 THEN NULL WHEN 1 THEN 'inf'::DOUBLE WHEN 2 THEN 'nan'::DOUBLE ELSE i % 80 END AS odd,
        if(i % 8 = 0, NULL, i % 8) AS few, if(i % 2 = 0, 'even', 'odd') AS parity, if(i % 8 = 3, NULL, 1.0) AS up, NULL::DOUBLE AS nothing
    FROM range(320) AS numbers(i)
"""
COUNT = {"aggregate": "count"}
MEAN = {"aggregate": "mean", "column": "whole"}


def chart(kind: str, *dimensions: dict[str, object], measures: object = (MEAN,), **more: object) -> dict[str, object]:
    return {"kind": kind, "measures": list(measures), "dimensions": list(dimensions), **more}  # type: ignore[call-overload]


@pytest.fixture
def dataset(workspace: Workspace, analyst: Principal, tmp_path: Path) -> int:
    return add_dataset(workspace, analyst, "Numbers", parquet(tmp_path, "numbers", ROWS)).dataset_id


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (chart("histogram", {"column": "gap"}, measures=[COUNT]), "64 rows are left out: their gap is empty."),
        (chart("histogram", {"column": "gap"}), "64 rows are left out: their gap is empty."),
        (chart("histogram", {"column": "gap"}, colour={"column": "parity"}), "64 rows are left out: their gap is empty."),
        (chart("histogram", {"column": "odd", "label": "Odd one"}), "96 rows are left out: their Odd one is empty."),
        (chart("line", {"column": "day", "grain": "week"}), "64 rows are left out: their day is empty."),
        (chart("line", {"column": "odd"}), "96 rows are left out: their odd is empty."),
        (chart("area", {"formula": "gap * 2", "label": "Twice"}, measures=[MEAN, COUNT]), "64 rows are left out: their Twice is empty."),
        (chart("line", {"column": "gap", "bins": 10}), "64 rows are left out: their gap is empty."),
        (chart("bar", {"column": "day"}), "64 rows are left out: their day is empty."),
        (chart("bar", {"column": "gap", "label": "rows"}), "64 rows are left out: their rows is empty."),
        (chart("bar", {"column": "whole"}), ""),
        (chart("bar", {"column": "few"}), ""),  # a bar of its own: "(empty)"
        (chart("bar", {"column": "gap", "bins": 10}), ""),
        (chart("line", {"column": "parity"}), ""),
        (chart("heatmap", {"column": "gap", "bins": 5}, {"column": "few"}), ""),
        (
            chart("scatter", {"column": "few"}, measures=[MEAN, {"aggregate": "sum", "column": "up"}]),
            "1 point is left out: its Sum of up is empty.",
        ),
        (
            chart("scatter", {"column": "few"}, measures=[MEAN, {"formula": "max(up) / nullif(max(few), 2)", "label": "Share"}]),
            "3 points are left out: their Share is empty.",
        ),
        (chart("pie", {"column": "few"}, measures=[{"aggregate": "sum", "column": "up"}]), "1 part is left out: its Sum of up is empty."),
    ],
)  # fmt: skip
def test_a_chart_says_what_it_has_no_place_for(workspace, viewer, dataset, spec, words):
    drawing = workspace.charts.preview(viewer, dataset, spec_from_json(spec)).drawing

    assert (drawing.left_out, drawing.summary.endswith(words), "(empty)" in drawing.summary and bool(words)) == (words, True, False)


def test_the_count_of_what_is_left_out_is_no_part_of_the_answer(workspace, analyst, dataset):
    saved = workspace.charts.save(analyst, "Means", dataset, spec_from_json(chart("line", {"column": "gap", "label": "Rows"})))
    board = workspace.dashboards.create(analyst, "Board")
    workspace.dashboards.add_tile(analyst, board.id, saved.id, board.revision)

    tile = workspace.dashboards.data(analyst, board.id)[0]

    lines = b"".join(csv_of(tile)).split(b"\r\n")
    assert (lines[0], lines[-2][:1]) == (b"Rows,Mean whole", b",")
    assert tile.drawing.left_out == "64 rows are left out: their Rows is empty."


def test_a_chart_of_nothing_but_what_it_has_no_place_for_is_empty_and_says_why(workspace, analyst, dataset):
    saved = workspace.charts.save(analyst, "Means", dataset, spec_from_json(chart("line", {"column": "gap"})))
    board = workspace.dashboards.create(analyst, "Board")
    workspace.dashboards.add_tile(analyst, board.id, saved.id, board.revision)

    tile = workspace.dashboards.data(analyst, board.id, [Filter("gap", Op.IS_NULL)])[0]

    assert (tile.state, tile.message) == ("empty", "Nothing to draw. 64 rows are left out: their gap is empty.")


def test_a_chart_whose_first_measure_is_empty_still_draws_the_others(workspace, analyst, dataset):
    spec = chart("line", {"column": "whole"}, measures=[{"aggregate": "mean", "column": "nothing"}, MEAN])

    assert workspace.charts.preview(analyst, dataset, spec_from_json(spec)).drawing.figure is not None
