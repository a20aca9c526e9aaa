"""The chart builder: a question is put together, looked at, saved, and its rows are seen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from core.dashboards.wire import spec_from_json
from core.principal import Role
from core.workspace import open_workspace
from tests.browser.conftest import Open
from tests.browser.site import Site


def builder(page: Page) -> None:
    """Opens the builder on the flights, and waits for its first picture."""
    page.goto("/charts/new")
    page.locator("main").get_by_role("link", name="Flights", exact=True).click()
    expect(page.locator("#chart-preview .bars .point")).to_have_count(16)


def test_a_question_is_built_corrected_and_saved(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    builder(page)
    page.get_by_role("radio", name="Line").check()
    expect(page.get_by_label("Dimension 1: column")).to_have_value("column:time_hour")
    page.get_by_label("Dimension 1: column").select_option("formula")
    formula = page.get_by_label("Dimension 1: formula")
    formula.fill("make_date(year, month, daj)")
    formula.press("Enter")
    expect(page.get_by_text("there is no column daj. Did you mean day?")).to_be_visible()
    formula.fill("make_date(year, month, day)")
    formula.press("Enter")
    page.get_by_label("Dimension 1: time grain").select_option(label="Exact")
    page.get_by_label("Measure 1: how it is summed up").select_option(label="Mean of")
    page.get_by_label("Measure 1: column").select_option("dep_delay")
    expect(page.get_by_text("365 groups")).to_be_visible()

    page.get_by_role("button", name="Save chart").first.click()
    page.get_by_role("dialog").get_by_label("Name").fill("Delay by day, built by hand")
    page.get_by_role("dialog").get_by_role("button", name="Save chart").click()

    expect(page).to_have_url(re.compile(r"/charts/\d+$"))
    expect(page.get_by_role("heading", level=1, name="Delay by day, built by hand")).to_be_visible()
    expect(page.locator("#chart-preview [role=img]")).to_have_attribute(
        "aria-label", re.compile("^Line chart of Mean dep_delay by make_date")
    )


def test_a_control_keeps_the_focus_when_the_form_changes_under_it(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    builder(page)
    aggregate = page.get_by_label("Measure 1: how it is summed up")

    aggregate.focus()
    page.keyboard.press("ArrowDown")

    expect(page.get_by_label("Measure 1: column")).to_be_visible()
    expect(aggregate).to_be_focused()


def test_a_name_that_was_given_stays_when_a_late_answer_proposes_another(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    builder(page)
    page.evaluate(
        "const sent = fetch; fetch = (...what) => sent(...what).then((got) => new Promise((go) => setTimeout(() => go(got), 1000))); 0"
    )
    page.get_by_role("radio", name="Line").check()
    page.get_by_role("button", name="Save chart").first.click()
    name = page.get_by_role("dialog").get_by_label("Name")
    name.fill("Mine")
    page.wait_for_timeout(3500)

    expect(name).to_have_value("Mine")
    expect(page.get_by_role("img", name=re.compile("^Line chart of"))).to_have_count(1)


@pytest.mark.parametrize("sent", [False, True])
def test_what_is_typed_while_the_form_is_on_its_way_stays(open_as: Open, sent: bool) -> None:
    page = open_as(Role.ANALYST)
    builder(page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/_dash-update-component", hold)
    page.get_by_label("Dimension 1: column").select_option("column:dest")
    cut = page.get_by_label("Order: how many groups")
    cut.fill("7")
    if sent:
        cut.press("Enter")
    page.wait_for_timeout(200)
    for route in held:
        route.continue_()
    page.unroute("**/_dash-update-component")
    if not sent:
        expect(page.get_by_text("21 groups")).to_be_visible()
        expect(cut).to_have_value("7")
        expect(cut).to_be_focused()
        cut.press("Enter")

    expect(page.get_by_text("8 groups")).to_be_visible()
    expect(cut).to_have_value("7")


def test_a_click_on_a_bar_shows_its_rows(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    builder(page)

    page.locator("#chart-preview .bars .point path").first.click(force=True)

    expect(page.get_by_role("heading", name="Rows behind carrier UA")).to_be_visible()
    expect(page.get_by_text("58,665 rows, the first 100 of them here")).to_be_visible()


COAST = [{"column": "dest", "op": "in", "value": ["LAX", "SFO"]}]
DELAY = {"aggregate": "mean", "column": "dep_delay"}
WALKED = {
    "bar": (
        {"dimensions": [{"column": "carrier"}], "colour": {"column": "origin"}, "filters": COAST},
        "Series JFK, carrier DL",
        "carrier DL, origin JFK",
    ),
    "line": ({"dimensions": [{"formula": "make_date(year, month, day)", "label": "day"}]}, "day 2013-12-30", "day 30 Dec 2013"),
    "pie": ({"dimensions": [{"column": "dest"}]}, "dest FLL", "dest FLL"),
    "heatmap": ({"dimensions": [{"column": "hour"}, {"column": "month"}], "filters": COAST}, "month 12, hour 21", "hour 21, month 12"),
    "histogram": ({"dimensions": [{"column": "distance"}], "filters": COAST}, "distance 2,564 to 2,568.4", "distance 2564"),
    "scatter": (
        {"dimensions": [{"column": "carrier"}], "measures": [{"aggregate": "count"}, DELAY], "filters": COAST},
        "carrier DL",
        "carrier DL",
    ),
}
"""The last mark but one of each kind of chart, as its button says it, and as its rows do."""


@pytest.mark.parametrize("kind", WALKED)
def test_the_rows_behind_a_mark_are_reached_by_keys_alone(open_as: Open, site: Site, kind: str) -> None:
    spec, mark, words = WALKED[kind]
    page = open_as(Role.VIEWER, f"/charts/{saved(site, {'kind': kind, 'measures': [{'aggregate': 'count'}], **spec})}")
    expect(page.locator("#picture")).to_have_count(0)
    button = page.get_by_role("button", name=f"Show rows of {mark}", exact=True)

    page.keyboard.press("t")
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name=f"Rows behind {words}", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()


def saved(site: Site, spec: dict[str, object]) -> int:
    """The number of a new chart of the flights."""
    workspace = open_workspace(site.settings)
    who = workspace.accounts.first_admin()
    flights = next(each for each in workspace.datasets.find(who) if each.name == "Flights")
    chart = workspace.charts.save(who, f"A {spec['kind']} to walk in", flights.id, spec_from_json(spec))
    workspace.close()
    return chart.id


def builder_of_long_names(page: Page) -> None:
    builder(page)
    page.get_by_label("Dimension 1: column").select_option("formula")
    page.get_by_label("Dimension 1: formula").fill("'<b>' || carrier || '</b> and what is too long for a label'")
    page.get_by_label("Dimension 1: formula").press("Enter")
    expect(page.locator("#chart-preview .ytick").get_by_text("<b>UA</b> and what is t…")).to_be_visible()


def test_a_name_in_the_data_is_shown_as_it_stands_and_not_read_as_markup(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    builder_of_long_names(page)

    page.locator("#chart-preview .bars .point path").first.click(force=True)
    expect(page.get_by_text("58,665 rows, the first 100 of them here")).to_be_visible()


def test_the_tooltip_has_all_of_a_name_that_is_cut_at_the_axis(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    builder_of_long_names(page)

    page.locator("#chart-preview .bars .point path").first.hover(force=True)

    expect(page.locator("#chart-preview .hoverlayer")).to_contain_text("<b>UA</b> and what is too long for a labelRows: 58,665")


def test_the_numbers_of_a_chart_are_explained_and_taken_away(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    builder(page)

    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    page.get_by_role("button", name="How it was computed").click()

    expect(page.get_by_role("dialog").get_by_text("336,776")).to_be_visible()
    assert download.value.suggested_filename == "rows-by-carrier.csv"


def test_a_picture_that_is_taken_away_says_what_it_leaves_out(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    builder(page)
    page.get_by_role("radio", name="Histogram").check()
    page.get_by_label("Dimension 1: column").select_option("column:dep_delay")
    words = "8,255 rows are left out: their dep_delay is empty."
    expect(page.locator("#chart-preview").get_by_text(words)).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("button", name="SVG").click()

    assert words in download.value.path().read_text(encoding="utf-8")


def test_a_long_name_goes_on_in_another_line_at_its_axis(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    builder_of_long_names(page)

    lines = page.locator("#chart-preview .ytitle tspan")
    expect(lines).to_have_count(2)
    assert " ".join(lines.all_text_contents()) == "'<b>' || carrier || '</b> and what is too long for a label'"


def test_a_viewer_sees_a_chart_and_no_way_to_change_it(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    page.goto("/charts")
    page.get_by_role("link", name="Flights by carrier").click()

    expect(page.locator("#chart-preview .bars .point")).to_have_count(16)
    assert page.get_by_role("button", name="Save").count() == 0
