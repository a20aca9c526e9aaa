"""Times page loads in Chromium: until the marks are there, with what it cost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import BrowserContext, Playwright, sync_playwright

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip
# Looks at every frame, in the page itself, until all tiles show marks in their final size.
_WATCH = """
window.drawn = new Promise((resolve) => {
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
    if (tiles.length >= WANTED && tiles.every(isDrawn)) resolve(performance.now());
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
});
window.live = new Promise((resolve) => {
  const look = () => {
    if (document.readyState === "complete" && !document.getElementById("picture") && (window.renderer || !document.getElementById("opening")))
      resolve(performance.now());
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
});
"""  # noqa: E501 - JavaScript reads better unbroken


@dataclass(frozen=True, slots=True)
class Load:
    """Milliseconds from the start of the navigation; *live* is when Dash has taken over, *sent* are kilobytes over the wire."""

    drawn: float
    live: float
    first_paint: float
    requests: int
    sent: float


class Visitors:
    """Browsers with a profile of their own on disk, as people have them; what one has seen, the next has not."""

    def __init__(self, play: Playwright) -> None:
        self._play = play

    @contextmanager
    def fresh(self, cookies: Any = ()) -> Iterator[BrowserContext]:
        """A browser that was never here before, signed in by *cookies*."""
        with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            browser = self._play.chromium.launch_persistent_context(
                profile, executable_path=shutil.which("chromium"), args=list(FLAGS), viewport={"width": 1440, "height": 900}
            )
            browser.add_cookies(cookies)
            yield browser
            browser.close()


@contextmanager
def visitors() -> Iterator[Visitors]:
    with sync_playwright() as play:
        yield Visitors(play)


def load(browser: BrowserContext, url: str, tiles: int) -> Load:
    """Opens *url* in a new tab and waits until *tiles* tiles are drawn, and until nothing is loading any more."""
    page = browser.new_page()
    page.add_init_script(_WATCH.replace("WANTED", str(tiles)))
    network = browser.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    asked: list[str] = []
    network.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    page.goto(url, wait_until="commit")
    drawn, live = page.evaluate("window.drawn"), page.evaluate("window.live")
    page.wait_for_load_state("networkidle")
    paint = page.evaluate("(performance.getEntriesByName('first-contentful-paint')[0] || {}).startTime || 0")
    page.close()
    return Load(drawn, live, paint, len([url for url in asked if not url.startswith("data:")]), sum(sizes) / 1000)


def typical(loads: list[Load]) -> Load:
    return Load(*(median(getattr(each, field.name) for each in loads) for field in fields(Load)))
