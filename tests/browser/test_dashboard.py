"""The demo dashboard: drawn, filtered, arranged, taken away as files."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from core.principal import Role
from tests.browser.conftest import Open


def flights(page: Page) -> None:
    """Opens the demo dashboard, and waits until its six tiles are drawn."""
    page.goto("/dashboards")
    page.get_by_role("link", name="Flights").first.click()
    expect(page.locator("[data-tile][data-state=ready]")).to_have_count(6)
    expect(page.locator("[data-tile] .main-svg").first).to_be_visible()


@pytest.mark.smoke
def test_the_six_tiles_of_the_demo_are_drawn(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    flights(page)

    expect(page.get_by_text("336,776").first).to_be_visible()
    expect(page.locator("[data-tile] .bars .point")).to_have_count(16)


FITS = """() => [...document.querySelectorAll("[data-tile] .figure-canvas")].every((canvas) => {
    const drawn = canvas.querySelector(".main-svg").getBoundingClientRect();
    return Math.abs(drawn.width - canvas.clientWidth) < 2 && Math.abs(drawn.height - canvas.clientHeight) < 2; })"""


def test_charts_are_as_large_as_their_tiles_also_when_the_window_changes(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    flights(page)
    page.wait_for_function(FITS)
    before = page.locator("[data-tile] .main-svg").first.bounding_box()["width"]
    page.set_viewport_size({"width": 1000, "height": 700})
    page.wait_for_function(FITS)

    assert page.locator("[data-tile] .main-svg").first.bounding_box()["width"] < before


def test_the_rows_behind_a_mark_of_a_tile_are_reached_by_keys_alone(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    flights(page)
    button = page.get_by_role("button", name="Show rows of Origin JFK", exact=True)

    page.get_by_role("button", name="Actions for Flights by origin").focus()
    for key in ("t", "ArrowDown"):
        page.keyboard.press(key)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Rows behind Origin JFK")).to_contain_text("111,279 rows, the first 100 of them here")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_a_click_on_a_mark_of_a_tile_shows_its_rows(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    flights(page)
    page.locator("[data-name='Flights by carrier'] .bars .point path").first.click(force=True)

    expect(page.get_by_role("dialog", name="Rows behind Carrier UA")).to_be_visible()


@pytest.mark.smoke
def test_a_filter_changes_every_tile_and_back_takes_it_away(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    flights(page)
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("Filter by").select_option("carrier")
    page.get_by_role("checkbox", name=re.compile("^HA")).check()
    page.get_by_role("button", name="Apply").click()

    expect(page.locator("[data-tile]").filter(has_text="Number of flights").get_by_text("342", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("f="))
    page.go_back()
    expect(page.locator("[data-tile]").filter(has_text="Number of flights").get_by_text("336,776", exact=True)).to_be_visible()


BACK_AT_ONCE = """() => new MutationObserver((_, watch) => {
    if (![...document.querySelectorAll("[data-tile]")].some((tile) => /Number of flights[^]*342/.test(tile.textContent))) return;
    watch.disconnect();
    history.back(); }).observe(document.body, {subtree: true, childList: true, characterData: true})"""


def test_who_goes_back_before_a_filter_is_in_the_address_is_not_brought_back_to_it(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    flights(page)
    page.evaluate(BACK_AT_ONCE)
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("Filter by").select_option("carrier")
    page.get_by_role("checkbox", name=re.compile("^HA")).check()
    page.get_by_role("button", name="Apply").click()

    expect(page.get_by_role("heading", name="Dashboards", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile("/dashboards$"))


def test_a_tile_is_taken_away_as_csv_and_as_a_picture(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    flights(page)
    names = []
    for words in ("Numbers (CSV)", "Picture (PNG)", "Picture (SVG)"):
        page.get_by_role("button", name="Actions for Flights by carrier").click()
        with page.expect_download() as download:
            page.get_by_text(words, exact=True).locator("visible=true").click()
        names.append(download.value.suggested_filename.rsplit(".", 1)[1])

    assert names == ["csv", "png", "svg"]


def test_a_viewer_finds_no_way_to_change_a_dashboard(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    flights(page)
    edit = page.get_by_role("link", name="Edit").or_(page.get_by_role("button", name="Edit")).count()
    page.goto(page.url.split("?")[0] + "/edit")
    open_as.said.clear()  # type: ignore[attr-defined]  # the browser itself reports the 403

    assert edit == 0
    expect(page.locator("[data-tile]")).to_have_count(0)


def test_a_button_that_makes_something_is_pressed_once_however_slow_the_answer(open_as: Open) -> None:
    page = open_as(Role.ANALYST, "/dashboards")
    page.get_by_role("button", name="New dashboard").click()
    dialog = page.get_by_role("dialog", name="New dashboard")
    dialog.get_by_label("Name").fill("Pressed twice")
    page.evaluate("const sent = fetch; fetch = (...what) => new Promise((go) => setTimeout(go, 1500)).then(() => sent(...what)); 0")
    create = dialog.get_by_role("button", name="Create dashboard")
    create.click()
    expect(create).to_be_disabled()
    create.click(force=True)
    expect(page.get_by_role("heading", name="Pressed twice", level=1)).to_be_visible()

    page.goto("/dashboards")
    expect(page.get_by_role("link", name="Pressed twice")).to_have_count(1)
