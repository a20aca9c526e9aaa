"""The frame around every page: going places by mouse, keys and Back, theme, drawer, messages, signing in again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from core.principal import Role
from tests.browser.conftest import Open
from tests.browser.site import PASSWORD, Site


def heading(page: Page) -> str:
    return page.evaluate("document.activeElement.tagName + ' ' + document.activeElement.textContent")


def test_going_to_a_page_moves_the_focus_to_its_title_and_names_the_tab(open_as: Open) -> None:
    page = open_as(Role.VIEWER)

    page.get_by_role("link", name="Dashboards").first.click()

    expect(page).to_have_title("Dashboards · AstralytiQ")
    expect(page.get_by_role("heading", name="Dashboards", level=1)).to_be_focused()
    expect(page.get_by_role("navigation", name="Main").locator("[aria-current=page]")).to_have_text("Dashboards")


def test_going_to_a_page_loads_no_document(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    page.evaluate("window.stayed = true")
    page.get_by_role("link", name="Dashboards").first.click()
    expect(page).to_have_title("Dashboards · AstralytiQ")
    page.go_back()
    expect(page).to_have_title("Home · AstralytiQ")

    assert page.evaluate("window.stayed") is True


def test_search_is_reached_and_used_by_keys_alone(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    page.keyboard.press("Control+k")
    expect(page.get_by_label("Search everything").and_(page.locator("input"))).to_be_focused()
    page.keyboard.type("flights")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Flights")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_column_is_found_and_its_card_comes_into_sight(open_as: Open) -> None:
    page = open_as(Role.VIEWER, viewport={"width": 1024, "height": 600})
    found = (("time_hour", "Flights"), ("distance", "Some flights"), ("month", "Some flights"))  # the last one on the page that is open
    for column, dataset in found:
        page.keyboard.press("Control+k")
        page.get_by_label("Search everything").and_(page.locator("input")).fill(column)
        page.get_by_role("link", name=f"{column} ").filter(has_text=re.compile(f"in {dataset}$")).click()

        card = page.get_by_role("article", name=column, exact=True)
        expect(page.get_by_role("heading", level=1)).to_have_text(dataset)
        expect(card).to_be_in_viewport(ratio=0.9)
        expect(card).to_be_focused()


def test_an_address_that_names_a_column_opens_the_page_there(open_as: Open) -> None:
    page = open_as(Role.VIEWER, viewport={"width": 390, "height": 400})
    page.goto("/data/1/profile#column-time_hour")
    expect(page.locator("#picture")).to_have_count(0)

    expect(page.get_by_role("article", name="time_hour", exact=True)).to_be_focused()
    expect(page.get_by_role("heading", level=3, name="time_hour", exact=True)).to_be_in_viewport()


def test_an_address_of_a_column_that_does_not_exist_opens_the_page_all_the_same(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    page.goto("/data/1/profile#column-50%")
    expect(page.locator("#picture")).to_have_count(0)
    page.get_by_role("button", name="Theme").click()

    expect(page.get_by_role("button", name="As the system")).to_be_visible()


def test_search_is_left_by_escape_while_its_answer_is_on_the_way(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    page.keyboard.press("Control+k")
    page.get_by_label("Search everything").and_(page.locator("input")).press_sequentially("fl")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.wait_for_timeout(300)  # long enough for what would come too late: the console must stay empty


def test_a_question_mark_lists_the_keys_and_they_work(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Go to dashboards")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("b")

    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboards")


def test_what_is_clicked_before_the_page_has_started_is_done_when_it_has(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    with before_it_starts(page) as picture:
        picture.get_by_role("button", name="Theme").click()

    expect(page.get_by_role("button", name="As the system")).to_be_visible()


def test_what_is_typed_before_the_page_has_started_arrives_in_the_search(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    with before_it_starts(page):
        page.keyboard.press("Control+k")
        page.keyboard.type("gdflights")

    expect(page.locator("#search-text")).to_have_value("gdflights")
    expect(page.locator("#search-text")).to_be_focused()


def test_the_focus_stays_on_a_link_while_the_page_starts(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    with before_it_starts(page) as picture:
        picture.get_by_role("link", name="Dashboards").first.focus()

    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Dashboards")).to_be_focused()


@contextmanager
def before_it_starts(page: Page) -> Iterator[Locator]:
    """Loads the page again and holds Dash back until the end of the block: there is only the picture of the page."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/together.js*", hold)
    page.reload(wait_until="commit")
    picture = page.locator("#picture")
    picture.get_by_role("heading", level=1).wait_for()
    yield picture
    for route in held:
        route.continue_()
    page.unroute("**/together.js*")
    expect(picture).to_have_count(0)


def test_the_navigation_stays_folded(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    page.get_by_role("button", name="Fold navigation").click()
    expect(page.get_by_role("button", name="Fold navigation")).to_have_attribute("aria-expanded", "false")
    page.reload()
    expect(page.locator("#picture")).to_have_count(0)

    assert page.get_by_role("complementary", name="Workspace").bounding_box()["width"] < 60


def test_a_chosen_theme_holds_at_once_and_after_a_reload(open_as: Open) -> None:
    page = open_as(Role.VIEWER, color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    with page.expect_response(re.compile("_dash-update-component")):
        page.get_by_role("button", name="Theme").click()
        page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(ground)
    page.reload()
    page.locator("h1").wait_for()
    after = page.evaluate(ground)
    page.get_by_role("button", name="Theme").click()
    with page.expect_response(re.compile("_dash-update-component")):
        page.get_by_role("button", name="As the system").click()

    assert (light != dark, after) == (True, dark)


def test_on_a_phone_the_navigation_is_a_drawer(open_as: Open) -> None:
    page = open_as(Role.VIEWER, viewport={"width": 360, "height": 740})
    navigation = page.get_by_role("navigation", name="Main")
    expect(navigation).to_be_hidden()
    page.get_by_role("button", name="Open navigation").click()
    expect(navigation.get_by_role("link", name="Home")).to_be_focused()
    navigation.get_by_role("link", name="Dashboards").click()

    expect(page.get_by_role("heading", name="Dashboards", level=1)).to_be_focused()
    expect(navigation).to_be_hidden()


def test_whose_session_ended_signs_in_again_and_keeps_the_page(open_as: Open) -> None:
    page = open_as(Role.ADMIN, "/gallery")
    page.get_by_label("Name", exact=True).fill("Half a sentence")
    page.context.clear_cookies(name="session")
    page.get_by_role("button", name="Show a neutral message").click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Show a neutral message").click()

    expect(page.get_by_label("Messages")).to_contain_text("Two finished models were kept.")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half a sentence")


def test_a_question_is_asked_before_anything_is_deleted(open_as: Open) -> None:
    page = open_as(Role.ADMIN, "/gallery")
    ask = page.get_by_role("button", name="Ask before deleting")
    ask.click()
    page.get_by_role("dialog", name="Delete Flights?").get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(ask).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_gallery_is_photographed(open_as: Open, site: Site, tmp_path: Path, theme: str) -> None:
    page = open_as(Role.ADMIN, "/gallery", color_scheme=theme)
    photograph = page.screenshot(path=tmp_path / f"gallery-{theme}.png", full_page=True)

    colours = page.evaluate("[...document.querySelectorAll('.swatch')].map((each) => getComputedStyle(each).backgroundColor)")
    assert (len(photograph) > 100_000, "rgba(0, 0, 0, 0)" in colours) == (True, False)


def test_the_chosen_tab_is_in_sight_on_a_phone(open_as: Open) -> None:
    page = open_as(Role.ADMIN, "/data/1/settings", viewport={"width": 360, "height": 800})
    tab = page.get_by_role("link", name="Settings", exact=True)

    expect(tab).to_have_attribute("aria-current", "page")
    expect(tab).to_be_in_viewport(ratio=0.9)  # its lower edge lies on the line of the row


def test_the_actions_of_a_page_stand_below_the_line_about_it_on_a_phone(open_as: Open) -> None:
    page = open_as(Role.ANALYST, "/data/1", viewport={"width": 360, "height": 800})
    expect(page.locator("#picture")).to_have_count(0)
    places = ["h1", ".page-status", ".page-head .page-actions"]
    boxes = "(all) => all.map((each) => document.querySelector(each).getBoundingClientRect().toJSON())"
    title, status, actions = page.evaluate(boxes, places)

    assert title["y"] < status["y"] < actions["y"]
    assert status["y"] - (title["y"] + title["height"]) < 12


def test_with_the_colours_of_the_system_what_is_chosen_and_what_has_the_focus_shows(open_as: Open) -> None:
    page = open_as(Role.ANALYST, "/charts/new?dataset=1", forced_colors="active")
    dataset, kinds = page.get_by_role("combobox", name="Dataset"), page.locator(".kinds")
    dataset.focus()
    grounds = "(labels) => new Set(labels.map((each) => getComputedStyle(each).backgroundColor)).size"

    expect(dataset).to_have_css("outline-style", "solid")
    assert kinds.locator("label").evaluate_all(grounds) == 2  # the one that is chosen, and the others
