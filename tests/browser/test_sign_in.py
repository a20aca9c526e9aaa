"""Signing in, in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from core.principal import Role
from tests.browser.conftest import Open


@pytest.mark.smoke
def test_a_person_signs_in_and_out(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    expect(page.get_by_role("navigation").first).to_be_visible()

    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page.locator("input[name=email]")).to_be_visible()


def test_a_wrong_password_is_said_in_words(open_as: Open) -> None:
    page = open_as(None)
    page.goto("/login")
    page.fill("input[name=email]", "viewer@example.com")
    page.fill("input[name=password]", "not the password")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_be_visible()
    open_as.said.clear()  # type: ignore[attr-defined]  # the browser itself reports the 401 of the form


def test_the_sign_in_page_is_light_and_takes_no_bundle(open_as: Open) -> None:
    page = open_as(None)
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    page.goto("/login")
    page.wait_for_load_state("networkidle")

    assert sum(sizes) < 200_000  # decoded; about half of it travels
    assert page.locator("script[src*=dash]").count() == 0
