"""The grid over all rows, in Chromium: sorted, filtered and taken away by what the server does."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.principal import Role
from tests.browser.conftest import Open


def explore(page: Page) -> None:
    page.goto("/data")
    page.get_by_role("link", name="Flights", exact=True).click()
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Explore").click()
    expect(page.locator("[row-index='0'] [col-id=c3]")).to_have_text("517")


@pytest.mark.smoke
def test_all_rows_are_sorted_filtered_and_taken_away(open_as: Open) -> None:
    page = open_as(Role.VIEWER, accept_downloads=True)
    explore(page)
    page.locator("[col-id=c5] .ag-header-cell-label").click()
    page.locator("[col-id=c5] .ag-header-cell-label").click()
    expect(page.locator("[row-index='0'] [col-id=c5]")).to_have_text("1301")
    page.locator(".ag-header-cell[col-id=c9]").scroll_into_view_if_needed()
    page.locator(".ag-header-cell[col-id=c9] .ag-header-cell-filter-button").click()
    page.get_by_role("textbox", name="Filter Value").fill("HA")
    page.get_by_role("button", name="Apply").click()

    expect(page.get_by_text("342 of 336,776 rows")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert (len(lines), lines[1].split(",")[5]) == (343, "1301")


def test_rows_far_down_come_when_one_gets_there(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    explore(page)
    page.locator(".ag-body-viewport").evaluate("view => { view.scrollTop = 32 * 300000; }")

    expect(page.get_by_role("gridcell", name="300,001", exact=True)).to_be_visible()


def test_the_grid_follows_the_theme(open_as: Open) -> None:
    page = open_as(Role.VIEWER, color_scheme="light")
    explore(page)
    ground = "getComputedStyle(document.querySelector('.ag-row')).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(ground)
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="As the system").click()

    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(22, 24, 28)")


def test_a_histogram_says_how_many_values_a_bar_stands_for(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    explore(page)
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Profile").click()
    card = page.get_by_role("article", name="month", exact=True)

    expect(card.get_by_role("img", name="Histogram of month: most values, 29,425, are 7.")).to_be_visible()
    expect(card.locator("svg title").nth(6)).to_have_text("7: 29,425")
