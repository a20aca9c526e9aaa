"""How long the sign-in page takes in a browser that has never seen it, and what it weighs.

usage: python -m tests.bench.sign_in [ROUNDS]
Goal: 300 ms until everything is there, 100 kB.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.bench._chromium import Visitors, visitors
from tests.browser.site import Site

_TIMES = """() => new Promise((resolve) => {
  const done = () => document.fonts.ready.then(() => resolve({
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    ready: Math.max(performance.getEntriesByType("navigation")[0].loadEventEnd, ...performance.getEntriesByType("resource").map((e) => e.responseEnd)),
    bytes: performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource")).reduce((sum, e) => sum + e.transferSize, 0),
    requests: 1 + performance.getEntriesByType("resource").length,
  }));
  setTimeout(done, 200);
})"""  # noqa: E501 - JavaScript reads better unbroken


def main(rounds: int = 15) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.seed()
        site.start()
        try:
            with visitors() as people:
                found = [look(people, f"{site.address}/login") for _ in range(rounds + 1)][1:]
        finally:
            site.stop()
    middle = {name: median(each[name] for each in found) for name in found[0]}
    print(
        f"sign-in page: painted after {middle['paint']:.0f} ms, complete after {middle['ready']:.0f} ms (goal 300), "
        f"{middle['requests']:.0f} requests, {middle['bytes'] / 1000:.0f} kB (goal 100)"
    )


def look(people: Visitors, url: str) -> dict[str, float]:
    with people.fresh() as browser:
        page = browser.new_page()
        page.goto(url)
        times: dict[str, float] = page.evaluate(_TIMES)
    return times


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
