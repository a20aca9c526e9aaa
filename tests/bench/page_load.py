"""How long the demo dashboard takes until all six tiles are drawn, beside a static page with the same figures.

usage: python -m tests.bench.page_load [ROUNDS]
Both come from one gunicorn, with the same compression, in turns, in one Chromium; printed are medians.
Required: cold at most twice the static page, at most 25 requests and 1.5 MB, first paint in 0.4 s; aimed at: warm at most twice.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import BrowserContext

from core.dashboards.demo import NAME, make_demo
from core.workspace import open_workspace
from tests.bench._chromium import Load, Visitors, load, typical, visitors
from tests.bench._reference import PATH
from tests.browser.site import PASSWORD, Site
from tests.flights import add_dataset, flights_file

TILES = 6
VISITS = 4  # the browser keeps compiled scripts from the second or third on


def main(rounds: int = 9) -> None:
    with TemporaryDirectory() as folder:
        site = Site(Path(folder), server="tests.bench._reference:server")
        site.seed()
        path = f"/dashboards/{add_demo(site)}"
        site.start()
        try:
            with visitors() as people:
                measure(people, site.address, path, rounds)
        finally:
            site.stop()


def add_demo(site: Site) -> int:
    """The flights and their dashboard, whose id comes back."""
    workspace = open_workspace(site.settings)
    who = workspace.accounts.first_admin()
    flights = add_dataset(workspace, who, "Flights", flights_file())
    dashboard = make_demo(who, flights.dataset_id, workspace.charts, workspace.dashboards)
    workspace.close()
    return dashboard.id


def measure(people: Visitors, address: str, path: str, rounds: int) -> None:
    with people.fresh() as browser:
        cookies = signed_in(browser, address)
    pages = {NAME: address + path, "static page": address + PATH}
    cold: dict[str, list[Load]] = {name: [] for name in pages}
    warm: dict[str, list[Load]] = {name: [] for name in pages}
    for turn in range(rounds + 1):
        for name, url in pages.items():
            with people.fresh(cookies) as browser:
                first, *_, last = [load(browser, url, TILES) for _ in range(VISITS)]
            if turn:  # the first turn warms the server
                cold[name].append(first)
                warm[name].append(last)
    report("cold", typical(cold[NAME]), typical(cold["static page"]))
    report("warm", typical(warm[NAME]), typical(warm["static page"]))
    with people.fresh(cookies) as browser:
        alive(browser, address + path)


def report(kind: str, ours: Load, theirs: Load) -> None:
    ratio, live = ours.drawn / theirs.drawn, ours.live / theirs.drawn
    print(f"{kind}: six tiles after {ours.drawn:.0f} ms, the static page after {theirs.drawn:.0f} ms: {ratio:.2f}x (goal 2x);")
    print(f"      Dash has taken over after {ours.live:.0f} ms ({live:.2f}x), first paint {ours.first_paint:.0f} ms (goal 400),")
    print(f"      {ours.requests:.0f} requests (goal 25), {ours.sent:.0f} kB (goal 1500).")


def signed_in(browser: BrowserContext, address: str) -> list[Any]:
    """The cookies of somebody who has just signed in."""
    page = browser.new_page()
    page.goto(f"{address}/login")
    page.fill("input[name=email]", "admin@example.com")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    return [{key: value for key, value in cookie.items() if key != "partitionKey"} for cookie in browser.cookies()]


def alive(browser: BrowserContext, url: str) -> None:
    """A hover answers, and a filter set through the bar redraws every tile."""
    page = browser.new_page()
    page.goto(url)
    bar = page.locator("[data-tile] .figure-canvas .points path").first.bounding_box()
    assert bar is not None
    page.mouse.move(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    page.locator(".hoverlayer .hovertext").first.wait_for()
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("Filter by").select_option("carrier")
    page.get_by_role("checkbox", name=re.compile("^HA")).check()
    page.evaluate(_MARK)
    began = time.perf_counter()
    page.get_by_role("button", name="Apply").click()
    page.wait_for_function(_REDRAWN)
    print(f"live: a hover answers, a filter set through the bar has redrawn all tiles after {1000 * (time.perf_counter() - began):.0f} ms")


_DRAWN = "(tile) => (tile.querySelector('.main-svg, table, .tile-number') || tile).innerHTML"
_MARK = f"() => {{ window.before = [...document.querySelectorAll('[data-tile]')].map({_DRAWN}) }}"
_REDRAWN = f"""() => {{ const now = [...document.querySelectorAll('[data-tile]')].map({_DRAWN});
    return now.length === window.before.length && now.every((each, i) => each !== window.before[i]) }}"""


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
