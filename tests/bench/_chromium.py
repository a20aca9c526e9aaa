"""Times page loads in Chromium: until the marks are there, with what it cost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip
# Looks at every frame, in the page itself, until all tiles show marks in their final size.
_WATCH = """
(() => {
  const MARKS = ".points path, .lines path, .slice, .hm image, .heatmaplayer image, .js-line";
  const isDrawn = (tile) => {
    if (tile.dataset.state !== "ready") return false;
    const canvas = tile.querySelector(".figure-canvas");
    if (!canvas) return tile.textContent.trim().length > 0;
    const plot = canvas.querySelector(".main-svg");
    return plot !== null && canvas.querySelector(MARKS) !== null
      && Math.abs(plot.getBoundingClientRect().width - canvas.clientWidth) < 3
      && Math.abs(plot.getBoundingClientRect().height - canvas.clientHeight) < 3;
  };
  const look = () => {
    const tiles = [...document.querySelectorAll("[data-tile]")];
    if (tiles.length >= WANTED && tiles.every(isDrawn)) window.drawnAfter = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""


@dataclass(frozen=True, slots=True)
class Load:
    """Milliseconds from the start of the navigation; *sent* are kilobytes over the wire."""

    drawn: float
    first_paint: float
    requests: int
    sent: float


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        yield browser
        browser.close()


def fresh(browser: Browser, state: Any = None) -> BrowserContext:
    """A browser that has never been here (but is signed in when *state* says so): nothing in its cache."""
    return browser.new_context(viewport={"width": 1440, "height": 900}, storage_state=state)


def load(context: BrowserContext, url: str, tiles: int) -> Load:
    """Opens *url* in a new tab and waits until *tiles* tiles are drawn."""
    page = context.new_page()
    page.add_init_script(_WATCH.replace("WANTED", str(tiles)))
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    asked: list[str] = []
    network.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    page.goto(url, wait_until="commit")
    page.wait_for_function("window.drawnAfter", timeout=60_000)
    drawn = page.evaluate("window.drawnAfter")
    page.wait_for_load_state("networkidle")
    paint = page.evaluate("(performance.getEntriesByName('first-contentful-paint')[0] || {}).startTime || 0")
    page.close()
    return Load(drawn, paint, len([url for url in asked if not url.startswith("data:")]), sum(sizes) / 1000)


def typical(loads: list[Load]) -> Load:
    return Load(*(median(getattr(each, name) for each in loads) for name in ("drawn", "first_paint", "requests", "sent")))
