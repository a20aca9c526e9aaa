"""The pictures of a model."""

from __future__ import annotations

import json

import pytest

from core.ml.explanation import Contribution, Waterfall
from layouts.learning_figures import waterfall

NARROW = 140  # pixels beside the names on a phone of 360
LETTER = 6.6


def picture(base: float, *amounts: float) -> dict:
    parts = tuple(Contribution(f"f{place}", place, amount) for place, amount in enumerate(amounts))
    drawn = waterfall(Waterfall(None, "minutes", base, parts, base + sum(amounts)))
    return json.loads(getattr(drawn.children[0], "data-figure"))


@pytest.mark.parametrize(
    "amounts",
    [(6.9, -15.0, 5.67, -2.11, -0.679, 0.613, -0.0206), (-3.0, -0.01, 0.0, -0.02), (0.0, 0.0), (120.5, 400.25, -900.75), (5.0, 1e-3)],
)
def test_the_numbers_of_a_waterfall_touch_neither_the_names_nor_the_edge_of_a_phone(amounts):
    found = picture(*amounts)

    (trace,), layout = found["data"], found["layout"]
    low, high = layout["xaxis"]["range"]
    pixel = NARROW / (high - low)
    behind = {each["y"]: each for each in layout["annotations"]}
    for start, size, name, number, side in zip(*(trace[key] for key in ("base", "x", "y", "text", "textposition")), strict=True):
        length = len(number) * LETTER
        right = (size >= 0) == (side == "outside")
        room = abs(size) if side == "inside" else high - max(start, start + size) if right else min(start, start + size) - low
        assert (room * pixel >= length or room >= (high - low) / 3, (side == "none") == (name in behind)) == (True, True)
