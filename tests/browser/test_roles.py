"""The four roles, in the browser: each does what it may, and finds neither page nor button for what it may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.principal import Role
from tests.browser.conftest import Open

CLOSED = {
    Role.VIEWER: (
        "/data/new", "/data/1/settings", "/charts/new", "/dashboards/1/edit", "/experiments", "/experiments/new", "/experiments/1",
        "/admin/people", "/admin/audit", "/gallery",
    ),
    Role.ANALYST: ("/experiments/new", "/admin/people", "/admin/audit", "/gallery"),
    Role.DATA_SCIENTIST: ("/admin/people", "/admin/audit", "/gallery"),
}  # fmt: skip
WAYS = {  # where a role that may not do this finds no button for it
    "Bring in a file": ("/", "/data"),
    "New chart": ("/", "/charts", "/data/1"),
    "New dashboard": ("/dashboards",),
    "Edit": ("/dashboards/1",),
    "New experiment": ("/models",),
    "Train a model": ("/data/1",),
    "Predict": ("/models/origin",),
    "Register model": ("/experiments/1",),
    "Delete dataset": ("/data/1/settings",),
}
LACKS = {
    Role.VIEWER: ("Bring in a file", "New chart", "New dashboard", "Edit", "New experiment", "Train a model", "Predict"),
    Role.ANALYST: ("New experiment", "Train a model", "Register model", "Delete dataset"),
}


def ways(page: Page, name: str) -> int:
    return sum(page.get_by_role(role, name=name, exact=True).count() for role in ("link", "button", "menuitem"))  # type: ignore[arg-type]


@pytest.mark.parametrize("role", CLOSED)
def test_an_address_that_a_role_may_not_open_is_refused_in_words(open_as: Open, role: Role) -> None:
    page = open_as(role)
    answers = {}
    for address in CLOSED[role]:
        answer = page.goto(address)
        assert answer is not None
        said = page.get_by_text("Ask an administrator for another role.").first
        expect(said).to_be_visible()
        answers[address] = (answer.status, page.get_by_role("heading", level=1).first.inner_text())
    said_by_browser = open_as.said  # type: ignore[attr-defined]
    said_by_browser[:] = [each for each in said_by_browser if "403" not in each]  # it reports the answers

    assert set(answers.values()) == {(403, "Not allowed")}


@pytest.mark.parametrize("role", LACKS)
def test_there_is_no_button_for_what_a_role_may_not_do(open_as: Open, role: Role) -> None:
    page = open_as(role)
    found = []
    for name in LACKS[role]:
        for address in WAYS[name]:
            page.goto(address)
            expect(page.locator("#picture")).to_have_count(0)
            if ways(page, name):
                found.append((name, address))

    assert found == []


def test_a_viewer_looks_at_data_charts_dashboards_and_models(open_as: Open) -> None:
    page = open_as(Role.VIEWER)
    navigation = page.get_by_role("navigation", name="Main")
    entries = navigation.get_by_role("link").all_inner_texts()
    navigation.get_by_role("link", name="Data").click()
    page.get_by_role("link", name="Airlines", exact=True).click()
    expect(page.get_by_role("cell", name="carrier", exact=True)).to_be_visible()
    navigation.get_by_role("link", name="Charts").click()
    page.get_by_role("link", name="Flights by carrier").click()
    expect(page.locator("#chart-preview .bars .point")).to_have_count(16)
    navigation.get_by_role("link", name="Dashboards").click()
    page.get_by_role("main").get_by_role("link", name="Flights", exact=True).click()
    expect(page.locator("[data-tile][data-state=ready]")).to_have_count(6)
    navigation.get_by_role("link", name="Models").click()
    page.get_by_role("link", name="origin", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("origin")

    assert entries == ["Home", "Data", "Charts", "Dashboards", "Models"]


def test_an_analyst_brings_in_data_saves_a_chart_and_predicts(open_as: Open, tmp_path: Path) -> None:
    page = open_as(Role.ANALYST, "/data/new")
    table = tmp_path / "shop_orders.csv"
    table.write_text("shop,amount\n" + "".join(f"{'North' if n % 3 else 'South'},{n}\n" for n in range(30)))
    page.get_by_label("Choose a file").set_input_files(table)
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("link", name="New chart").click(timeout=60_000)
    expect(page.locator("#chart-preview .bars .point")).to_have_count(2)
    page.get_by_role("button", name="Save chart").first.click()
    page.get_by_role("dialog").get_by_label("Name").fill("Orders by shop")
    page.get_by_role("dialog").get_by_role("button", name="Save chart").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders by shop")
    page.goto("/models/origin")
    page.get_by_role("button", name="Predict", exact=True).click()

    expect(page.get_by_text(re.compile("The bars add up to"))).to_be_visible()


def test_a_data_scientist_trains_and_registers(open_as: Open) -> None:
    page = open_as(Role.DATA_SCIENTIST, "/experiments/new")
    page.get_by_role("link", name="Some flights").click()
    page.get_by_label("Target").select_option("dep_delay")
    expect(page.get_by_role("heading", name="Predict dep_delay")).to_be_visible()
    page.get_by_role("checkbox", name="XGBoost").uncheck()
    page.get_by_role("button", name="Train models").click()
    page.get_by_role("button", name="Register model").click(timeout=60_000)
    page.get_by_role("dialog").get_by_label("Name").fill("departure-delay")
    page.get_by_role("dialog").get_by_role("button", name="Register model").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("departure-delay")
    expect(page.get_by_role("button", name="Predict", exact=True)).to_be_visible()


def test_an_admin_invites_a_person_and_finds_it_in_the_audit_log(open_as: Open) -> None:
    page = open_as(Role.ADMIN, "/admin/people")
    page.get_by_label("E-mail address").fill("new.person@example.com")
    page.get_by_role("button", name="Create invitation").click()
    expect(page.get_by_label("Invitation link")).to_have_value(re.compile("/invitation/"))
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Audit log").click()

    expect(page.get_by_role("table").get_by_text("new.person@example.com").first).to_be_visible()
