"""The server is out of reach, or answers with an error: it is said in words, nothing typed is lost, and what the page lacks comes later."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from core.principal import Role
from tests.browser.conftest import Open

CALLBACK = re.compile("/_dash-update-component")


@pytest.fixture
def settings(open_as: Open) -> Page:
    """The settings of a dataset, with something typed into them."""
    page = open_as(Role.ADMIN, "/data/1/settings")
    expect(page.locator("#picture")).to_have_count(0)
    page.get_by_label("Description").fill("Typed by hand")
    return page


def messages(page: Page) -> str:
    return page.get_by_label("Messages").inner_text()


def test_what_was_done_without_a_connection_is_said_to_be_undone_and_stays_on_the_page(settings: Page, open_as: Open) -> None:
    settings.context.set_offline(True)
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_role("alert")).to_contain_text("The server cannot be reached")
    settings.context.set_offline(False)
    expect(settings.get_by_label("Messages")).to_contain_text("The server is back")
    open_as.said.clear()  # type: ignore[attr-defined]  # the browser itself reports what it could not reach

    assert settings.get_by_label("Description").input_value() == "Typed by hand"
    assert "Repeat the last step" in messages(settings)


@pytest.mark.parametrize("status", [403, 500])
def test_an_answer_that_is_an_error_is_told_in_words(settings: Page, open_as: Open, status: int) -> None:
    problem = {"title": "Out of date", "detail": "Load it again."} if status == 403 else {}
    settings.route(CALLBACK, lambda route: route.fulfill(status=status, json=problem))
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_role("alert")).to_contain_text("Load it again." if problem else "The server answered with an error (500).")
    open_as.said.clear()  # type: ignore[attr-defined]  # the browser and Dash report the answer

    assert settings.get_by_label("Description").input_value() == "Typed by hand"


def test_a_page_that_could_not_be_fetched_comes_when_the_server_is_back(open_as: Open) -> None:
    page = open_as(Role.VIEWER, "/charts")
    expect(page.locator("#picture")).to_have_count(0)
    page.context.set_offline(True)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Dashboards").click()
    expect(page.get_by_role("alert")).to_contain_text("The page is asked for again")
    page.context.set_offline(False)

    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboards")
    expect(page.get_by_role("alert")).to_have_count(0)
    open_as.said.clear()  # type: ignore[attr-defined]  # the browser itself reports what it could not reach


def test_a_page_that_was_answered_with_an_error_is_asked_for_again_by_a_button(open_as: Open) -> None:
    page = open_as(Role.VIEWER, "/charts")
    expect(page.locator("#picture")).to_have_count(0)
    page.route(CALLBACK, lambda route: route.fulfill(status=500, body="no"))
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Dashboards").click()
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.unroute(CALLBACK)
    again.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboards")
    open_as.said.clear()  # type: ignore[attr-defined]  # the browser and Dash report the answer


def test_rows_of_a_grid_come_after_a_break(open_as: Open) -> None:
    page = open_as(Role.VIEWER, "/data/1/explore")
    expect(page.get_by_role("gridcell").first).to_be_visible()
    rows = page.get_by_role("row").count()
    page.context.set_offline(True)
    page.locator(".ag-header-cell-label").nth(1).click()
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached")
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_have_count(0)

    expect(page.get_by_role("row")).to_have_count(rows)
    expect(page.locator("[row-index='0'] [role=gridcell]").first).to_have_text("1")
    open_as.said.clear()  # type: ignore[attr-defined]  # the browser itself reports what it could not reach
