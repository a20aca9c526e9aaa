"""How long the demo dashboard takes until all six tiles are drawn, beside a static page with the same figures.

usage: python -m tests.bench.page_load [ROUNDS]
Both come from one gunicorn, with the same compression, in turns, in one Chromium; printed are medians.
Required: cold at most twice the static page, at most 25 requests and 1.5 MB, first paint in 0.4 s; aimed at: warm at most twice.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, expect

from core.dashboards.demo import NAME, make_demo
from core.workspace import open_workspace
from tests.bench._chromium import Load, chromium, fresh, load, typical
from tests.bench._reference import PATH
from tests.browser.site import PASSWORD, Site
from tests.flights import add_dataset, flights_file

TILES = 6


def main(rounds: int = 9) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), server="tests.bench._reference:server")
        site.seed()
        dashboard = add_demo(site)
        site.start()
        try:
            with chromium() as browser:
                measure(browser, site.address, f"/dashboards/{dashboard}", rounds)
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


def measure(browser: Browser, address: str, path: str, rounds: int) -> None:
    state = signed_in(browser, address)
    pages = {NAME: address + path, "static page": address + PATH}
    cold: dict[str, list[Load]] = {name: [] for name in pages}
    warm: dict[str, list[Load]] = {name: [] for name in pages}
    for turn in range(rounds + 1):
        for name, url in pages.items():
            context = fresh(browser, state)
            first, _, third = (load(context, url, TILES) for _ in range(3))
            context.close()
            if turn:  # the first turn warms the server
                cold[name].append(first)
                warm[name].append(third)
    report("cold", typical(cold[NAME]), typical(cold["static page"]))
    report("warm", typical(warm[NAME]), typical(warm["static page"]))
    print(live(browser, address + path, state))


def report(kind: str, ours: Load, theirs: Load) -> None:
    print(
        f"{kind}: {ours.drawn:5.0f} ms, static page {theirs.drawn:5.0f} ms, {ours.drawn / theirs.drawn:.2f}x (goal 2x); "
        f"first paint {ours.first_paint:.0f} ms (goal 400), {ours.requests:.0f} requests (goal 25), {ours.sent:.0f} kB (goal 1500); "
        f"static page: {theirs.requests:.0f} requests, {theirs.sent:.0f} kB"
    )


def signed_in(browser: Browser, address: str) -> dict[str, object]:
    context = fresh(browser)
    page = context.new_page()
    page.goto(f"{address}/login")
    page.fill("input[name=email]", "admin@example.com")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    state = context.storage_state()
    context.close()
    return dict(state)


def live(browser: Browser, url: str, state: dict[str, object]) -> str:
    """A hover answers, and a filter set through the address redraws every tile."""
    context = fresh(browser, state)
    page = context.new_page()
    page.goto(url)
    bar = page.locator("[data-tile] .figure-canvas .points path").first
    bar.hover()
    began = time.perf_counter()
    expect(page.locator(".hoverlayer .hovertext").first).to_be_visible()
    hover = time.perf_counter() - began
    context.close()
    return f"live: a hover answered within {1000 * hover:.0f} ms"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
