"""Chromium on the real application. Every page that a test opened ends with an empty console and no request to another host."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core.principal import Role
from tests.browser.site import PASSWORD, Site
from tests.servers import missing

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip

Open = Callable[..., Page]
expect.set_options(timeout=20_000)  # a machine of two cores that does other things too


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        missing("Chromium")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample with its dashboard, two models, and an account per role. Shared: a test adds things under names of its own."""
    running = Site(tmp_path_factory.mktemp("site"))
    running.seed()
    running.fill()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def open_as(browser: Browser, site: Site) -> Iterator[Open]:
    """``open_as(Role.VIEWER)`` gives a page signed in as that role; afterwards the consoles of all must be empty."""
    said: list[str] = []
    strangers: list[str] = []
    contexts = []

    def open_page(role: Role | None, path: str = "/", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "base_url": site.address} | options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: said.append(f"{m.type}: {m.text}") if m.type in ("warning", "error") else None)
        page.on("pageerror", lambda error: said.append(f"exception: {error}"))
        page.on("request", lambda r: strangers.append(r.url) if is_strange(r.url, site) else None)
        if role is not None:
            sign_in(page, f"{role}@example.com", path)
        return page

    open_page.said = said  # type: ignore[attr-defined]  # a test that provokes an error clears it
    yield open_page
    for context in contexts:
        context.close()

    assert (said, strangers) == ([], [])


def is_strange(url: str, site: Site) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(site.address).netloc


def sign_in(page: Page, email: str, path: str = "/") -> None:
    page.goto(f"/login?next={path}")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    page.locator("h1").first.wait_for()
