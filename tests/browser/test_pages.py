"""Every page, as an administrator, in both themes and on both a desk and a phone: accessible, within its width, quiet."""

from __future__ import annotations

from importlib.resources import files

import pytest
from playwright.sync_api import expect

from core.principal import Role
from layouts.pages import PAGES
from tests.browser.conftest import Open

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .map(found => [found.impact, found.id, found.nodes[0].html.slice(0, 200)])"""
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
PARAMETERS = {"dataset_id": "1", "chart_id": "1", "dashboard_id": "1", "experiment_id": "1", "name": "origin", "tab": ""}
TABS = {
    "/data/1": ("overview", "versions", "settings"),
    "/experiments/1": ("results", "explain", "setup"),
    "/models/origin": ("predict", "versions", "inputs", "api"),
}


def addresses() -> list[str]:
    """One address for each row of the table of pages, and one for each tab."""
    found = []
    for page in PAGES:
        path = page.path
        for name, value in PARAMETERS.items():
            for hole in ("{%s:int}", "{%s:int?}", "{%s?}", "{%s}"):
                path = path.replace(hole % name, value)
        found.append(path.rstrip("/") or "/")
    return sorted({*found, *(f"{path}/{tab}" for path in found for tab in TABS.get(path, ()))})


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_accessible_and_keeps_within_its_width(open_as: Open, theme: str, size: str) -> None:
    page = open_as(Role.ADMIN, viewport=SIZES[size], color_scheme=theme, bypass_csp=True)
    wrong = {}
    for address in addresses():
        page.goto(address)
        page.locator("h1").first.wait_for()
        expect(page.locator("#picture")).to_have_count(0)  # which nobody can tab into yet
        page.wait_for_load_state("networkidle")
        page.evaluate(AXE)
        serious = [found for found in page.evaluate(RUN) if found[0] in ("serious", "critical")]
        sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")
        headings = page.locator("h1:visible").count()
        if serious or sideways or headings != 1:
            wrong[address] = (serious, "scrolls sideways" if sideways else "", f"{headings} main headings")

    assert wrong == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_before_sign_in_are_accessible_and_keep_within_their_width(open_as: Open, theme: str) -> None:
    page = open_as(None, viewport={"width": 360, "height": 740}, color_scheme=theme, bypass_csp=True)
    wrong = {}
    for address in ("/login", "/login?next=/data/1", "/setup", "/invitation/none"):
        page.goto(address)
        page.evaluate(AXE)
        sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")
        if found := [*page.evaluate(RUN), *(["scrolls sideways"] if sideways else [])]:
            wrong[address] = found
    open_as.said.clear()  # type: ignore[attr-defined]  # the browser itself reports an invitation that there is not

    assert wrong == {}


def test_what_opens_over_a_page_is_accessible(open_as: Open) -> None:
    page = open_as(Role.ADMIN, "/dashboards/1", bypass_csp=True)
    expect(page.locator("#picture")).to_have_count(0)
    expect(page.locator("[data-tile][data-state=ready]")).to_have_count(6)
    wrong = {}
    for name in ("Search everything", "No jobs running", "Theme", "Account of admin", "Filter"):
        page.get_by_role("button", name=name).first.click()
        page.wait_for_timeout(400)  # it has faded in
        page.evaluate(AXE)
        wrong[name] = [found for found in page.evaluate(RUN) if found[0] in ("serious", "critical")]
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)

    assert {name: found for name, found in wrong.items() if found} == {}


def test_an_address_that_is_none_says_so(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    page.goto("/nowhere")
    page.get_by_role("heading", level=1).wait_for()
    open_as.said.clear()  # type: ignore[attr-defined]  # the browser itself reports the 404

    assert "not" in page.get_by_role("heading", level=1).inner_text().lower()
