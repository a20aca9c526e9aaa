"""The parts pages are made of: what they say, and what their colours promise."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dash import html

from layouts import components as ui

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def text(component) -> str:
    """All words of *component*, in order."""
    if component is None:
        return ""
    if isinstance(component, (str, int, float)):
        return str(component)
    if isinstance(component, (list, tuple)):
        return " ".join(filter(None, map(text, component)))
    return text(getattr(component, "children", None))


# --- numbers in words ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (336776, "336,776"), (0, "0"), (-5, "-5"), (12.6123, "12.61"), (1234567.891, "1,234,568"), (0.00012, "0.00012"), (2.0, "2"),
        (0.0000000123, "1.23e-08"), (None, "–"), (math.nan, "–"), (math.inf, "–"),
    ],
)  # fmt: skip
def test_whole_numbers_are_said_in_full_and_others_to_four_digits(value, said):
    assert ui.format.number(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(999, "999"), (9999, "9,999"), (12345, "12.3k"), (336776, "336.8k"), (999_950, "1M"), (1_200_000, "1.2M"), (4e9, "4B"), (None, "–")],
)
def test_a_compact_number_never_reads_as_a_thousand_thousands(value, said):
    assert ui.format.compact(value) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "0 %"), (1, "100 %"), (0.5, "50 %"), (0.1234, "12.3 %"), (1e-9, "< 0.1 %"), (0.99999, "> 99.9 %"), (None, "–")],
)
def test_a_share_is_only_none_or_all_when_it_is(share, said):
    assert ui.format.percent(share).replace(ui.format.SPACE, " ") == said


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (999, "999 B"), (2345, "2.35 kB"), (31_053_850, "31.1 MB"), (1.5e12, "1.5 TB"), (None, "–")]
)
def test_sizes_count_in_thousands(count, said):
    assert ui.format.bytes(count).replace(ui.format.SPACE, " ") == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.85, "850 ms"), (2.34, "2.3 s"), (12.4, "12 s"), (185, "3 min 5 s"), (180, "3 min"), (7440, "2 h 4 min"), (None, "–")],
)
def test_durations_are_said_in_their_two_largest_units(seconds, said):
    assert ui.format.duration(seconds).replace(ui.format.SPACE, " ") == said


@pytest.mark.parametrize(
    ("past", "said"),
    [
        (timedelta(seconds=10), "just now"), (timedelta(seconds=55), "1 minute ago"), (timedelta(minutes=3), "3 minutes ago"),
        (timedelta(hours=2), "2 hours ago"), (timedelta(hours=26), "yesterday"), (timedelta(days=3), "3 days ago"),
        (timedelta(days=30), "31 Jan 2026"),
    ],
)  # fmt: skip
def test_what_is_recent_is_said_by_its_distance(past, said):
    assert ui.format.ago(NOW - past, NOW) == said


def test_a_moment_tells_its_time_zone():
    assert ui.format.moment(NOW) == "2 Mar 2026, 12:00 UTC"


def test_nothing_is_a_dash():
    assert (ui.format.moment(None), ui.format.ago(None), ui.format.day(None), text(ui.when(None))) == ("–", "–", "–", "–")


def test_what_rounds_to_nothing_has_no_sign():
    assert (ui.format.number(-0.0001, 3), ui.format.number(-0.25, 1)) == ("0.000", "-0.2")


def test_one_is_singular():
    assert (ui.format.count(1, "row"), ui.format.count(2, "row"), ui.format.count(2, "entry", "entries")) == (
        "1 row",
        "2 rows",
        "2 entries",
    )


# --- parts --------------------------------------------------------------------------------------


def test_a_rounded_number_tells_the_exact_one_on_hover():
    number = ui.rounded(336776)

    assert (number.children, number.title) == ("336.8k", "336,776")


def test_a_button_without_words_keeps_them_for_screen_readers():
    button = ui.button("Refresh", icon="refresh-cw", bare=True)

    assert (text(button), button.title) == ("Refresh", "Refresh")


def test_a_button_with_an_address_is_a_link():
    assert isinstance(ui.button("Data", href="/data"), html.A)


def test_progress_tells_screen_readers_how_far_it_is():
    bar = ui.progress(0.425, "Reading rows").children[1]

    assert (bar.role, getattr(bar, "aria-valuenow"), getattr(bar, "aria-label")) == ("progressbar", "42", "Reading rows")


def test_progress_of_unknown_length_claims_no_number():
    assert not hasattr(ui.progress(None, "Waiting").children[1], "aria-valuenow")


@pytest.mark.parametrize("value", [-1, 7])
def test_progress_stays_within_its_bar(value):
    assert ui.progress(value, "Reading").children[1].children.style["width"] in {"0.0%", "100.0%"}


def test_a_table_aligns_numbers_at_the_end_and_says_what_it_is():
    table = ui.data_table(
        [ui.Col("name", "Airline"), ui.Col("flights", "Flights")], [{"name": "Delta", "flights": 48110}], caption="Flights"
    )
    cells = table.children.children[2].children[0].children

    assert ([(cell.children, cell.className) for cell in cells], text(table.children.children[0])) == (
        [("Delta", "align-start"), ("48,110", "align-end")],
        "Flights",
    )


def test_a_table_shows_what_is_absent_and_what_is_true():
    columns = [ui.Col("delay", "Delay"), ui.Col("late", "Late")]
    table = ui.data_table(columns, [{"late": True}, {"delay": 3, "late": False}], caption="Delays")

    assert text(table.children.children[2]) == "– Yes 3 No"


def test_a_table_without_rows_says_why():
    assert "No airline flew." in text(ui.data_table([ui.Col("name", "Airline")], [], caption="Flights", empty="No airline flew."))


def test_a_label_belongs_to_its_control_even_when_the_id_is_a_pattern():
    field = ui.field("Name", html.Div(id={"type": "name", "index": 3}))

    assert field.children[0].htmlFor == '{"index":3,"type":"name"}'


def test_a_control_without_an_id_cannot_be_labelled():
    with pytest.raises(ValueError, match="needs an id"):
        ui.field("Name", html.Div())


def test_a_question_is_answered_by_its_own_buttons():
    question = ui.confirm("data-delete", "Delete Flights?", "It is gone then.", "Delete")
    buttons = question.children[1].children

    assert [(button.id, getattr(button, "data-closes")) for button in buttons] == [
        ("data-delete-confirm-no", "data-delete-confirm"),
        ("data-delete-confirm-yes", "data-delete-confirm"),
    ]


# --- icons and colours --------------------------------------------------------------------------


def _icons_drawn() -> set[str]:
    return set(re.findall(r"\.icon-([\w-]+) {", (ROOT / "assets" / "icons.css").read_text()))


def _icons_named() -> set[str]:
    """Names of icons as the code writes them: icon="plus", icon("plus"), Nav("plus", and in the tables of signs."""
    patterns = (r'icon="([\w-]+)"', r'\bicon\("([\w-]+)"', r'Nav\("([\w-]+)"', r'icon_name="([\w-]+)"', r"icon-([a-z][\w-]+)\"")
    files = [*(ROOT / "layouts").rglob("*.py"), *(ROOT / "callbacks").rglob("*.py"), *(ROOT / "assets" / "js").glob("*.js")]
    return {name for file in files for pattern in patterns for name in re.findall(pattern, file.read_text())}


def test_every_icon_that_is_named_is_drawn():
    assert _icons_named() - _icons_drawn() == set()


def _theme(name: str) -> dict[str, str]:
    """The tokens of a theme that are plain colours."""
    light, dark = (ROOT / "assets" / "tokens.css").read_text().split('[data-bs-theme="dark"] {', 1)
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    return found if name == "light" else found | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark))


def _linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""
    low, high = sorted(
        sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), _linear(each), strict=True)) for each in (one, other)
    )
    return (high + 0.05) / (low + 0.05)


SURFACES = ("surface", "surface-raised", "surface-sunken", "surface-hover", "surface-chosen")
INKS = ("ink", "ink-muted", "ink-faint", "accent-ink", "positive", "warning", "critical")
PAIRS = [
    *((ink, surface, 4.5) for ink in INKS for surface in SURFACES),
    *((state, f"{state}-soft", 4.5) for state in ("positive", "warning", "critical")),
    *((ink, f"{state}-soft", 4.5) for ink in ("ink",) for state in ("positive", "warning", "critical", "accent")),
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-hover", 4.5),
    ("on-critical", "critical-fill", 4.5),
    ("on-critical", "critical-fill-hover", 4.5),
    *((mark, surface, 3.0) for mark in ("line-control", "focus", "accent") for surface in ("surface", "surface-raised", "surface-sunken")),
    *((f"series-{mark}", "surface-raised", 3.0) for mark in (*range(1, 9), "other")),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_marks_stand_out_in_both_themes(theme):
    tokens = _theme(theme)

    weak = {(ink, surface): round(_contrast(tokens[ink], tokens[surface]), 2) for ink, surface, least in PAIRS
            if _contrast(tokens[ink], tokens[surface]) < least}  # fmt: skip

    assert weak == {}


# Machado, Oliveira, Fernandes 2009, full severity, on linear RGB.
SIGHTS = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def _mixed(rows, values):
    return [sum(weight * value for weight, value in zip(row, values, strict=True)) for row in rows]


def _oklab(linear):
    """Ottosson 2020; a distance of 0.02 is about what can just be seen."""
    to_cones = (
        (0.4122214708, 0.5363325363, 0.0514459929),
        (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005),
    )
    to_lab = (
        (0.2104542553, 0.7936177850, -0.0040720468),
        (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660),
    )
    return _mixed(to_lab, [math.cbrt(cone) for cone in _mixed(to_cones, linear)])


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_eight_categories_stay_apart_for_every_kind_of_sight(theme, sight):
    tokens = _theme(theme)
    seen = [_oklab([min(1, max(0, part)) for part in _mixed(SIGHTS[sight], _linear(tokens[f"series-{n}"]))]) for n in range(1, 9)]

    nearest = min(math.dist(one, other) for at, one in enumerate(seen) for other in seen[:at])

    assert nearest > 0.06
