"""The main job, as somebody does it who starts with nothing: file, look, six charts, dashboard, training, reasons, prediction."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core.data.sample import FOLDER
from tests.browser.conftest import is_strange, sign_in
from tests.browser.site import Site
from tests.browser.test_dashboard import FITS


@pytest.fixture
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running = Site(tmp_path_factory.mktemp("empty"))
    running.seed()
    running.start()
    yield running
    running.stop()


def test_from_a_file_to_a_dashboard_and_a_served_explained_model(browser: Browser, empty_site: Site) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=empty_site.address)
    page, said = context.new_page(), []
    page.on("console", lambda m: said.append(f"{m.type}: {m.text}") if m.type in ("warning", "error") else None)
    page.on("pageerror", lambda error: said.append(f"exception: {error}"))
    page.on("request", lambda r: said.append(f"asked {r.url}") if is_strange(r.url, empty_site) else None)
    sign_in(page, "data_scientist@example.com")

    bring_in(page)
    make_charts(page)
    make_dashboard(page)
    train(page)
    predict(page)
    context.close()

    assert said == []


def bring_in(page: Page) -> None:
    page.get_by_role("link", name="Bring in a file").first.click()
    page.get_by_label("Choose a file").set_input_files(FOLDER / "flights.csv.gz")
    expect(page.get_by_label("Name of the dataset")).to_have_value("Flights")
    expect(page.get_by_label("Type of time_hour")).to_have_value(re.compile("timestamp", re.IGNORECASE))
    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.get_by_text("336,776").first).to_be_visible(timeout=90_000)
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Explore").click()
    expect(page.get_by_text("336,776 rows").first).to_be_visible()
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Profile").click()
    expect(page.get_by_role("article", name="carrier", exact=True)).to_contain_text("16 different")


def make_charts(page: Page) -> None:
    chart(page, "Number of flights", "Number", [], groups="1 group")
    chart(page, "Flights by carrier", "Bar", ["carrier"], groups="16 groups")
    chart(page, "Mean departure delay by day", "Line", ["make_date(year, month, day)"], mean="dep_delay", groups="365 groups")
    chart(page, "Destinations", "Table", ["dest"], groups="100 groups")
    chart(page, "Mean delay by month and hour", "Heatmap", ["month", "hour"], mean="dep_delay", groups="groups")
    chart(page, "Flights by origin", "Pie", ["origin"], groups="3 groups")


def chart(page: Page, name: str, kind: str, by: list[str], *, mean: str = "", groups: str) -> None:
    page.goto("/charts/new")
    page.get_by_role("radio", name=kind).check()
    for place, wanted in enumerate(by, 1):
        column = page.get_by_label(re.compile(rf"^Dimension {place}(, \w+)?: column$"))
        if "(" not in wanted:
            column.select_option(f"column:{wanted}")
            continue
        column.select_option("formula")
        formula = page.get_by_label(f"Dimension {place}: formula")
        formula.fill(wanted)
        formula.press("Enter")
        page.get_by_label(f"Dimension {place}: time grain").select_option(label="Exact")
    if mean:
        page.get_by_label("Measure 1: how it is summed up").select_option(label="Mean of")
        page.get_by_label("Measure 1: column").select_option(mean)
    if kind == "Table":
        page.get_by_label("Order: how many groups").fill("100")
        page.get_by_label("Order: how many groups").press("Enter")
    expect(page.get_by_text(groups).first).to_be_visible()
    page.get_by_role("button", name="Save chart").first.click()
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.get_by_role("dialog").get_by_role("button", name="Save chart").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def make_dashboard(page: Page) -> None:
    page.goto("/dashboards")
    page.get_by_role("button", name="Make the first one").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Flights")
    page.get_by_role("dialog").get_by_role("button", name="Create dashboard").click()
    expect(page.get_by_role("heading", level=1, name="Flights")).to_be_visible()
    if not page.url.endswith("/edit"):
        page.get_by_role("link", name="Add charts").click()
    for number, name in enumerate(
        ["Number of flights", "Flights by carrier", "Mean departure delay by day", "Destinations", "Mean delay by month and hour",
         "Flights by origin"], 1
    ):  # fmt: skip
        page.get_by_role("button", name="Add a chart").first.click()
        page.get_by_role("dialog", name="Add a chart").get_by_role("button", name=name).click()
        expect(page.locator("[data-tile]")).to_have_count(number)
    page.wait_for_timeout(300)  # the change is on its way
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.get_by_role("link", name="Done").click()
    expect(page.locator("[data-tile][data-state=ready]")).to_have_count(6)
    expect(page.locator("[data-tile] .bars .point")).to_have_count(16)
    page.wait_for_function(FITS)


def train(page: Page) -> None:
    page.goto("/models")
    page.get_by_role("link", name="New experiment").click()
    page.get_by_label("Target").select_option("arr_delay")
    expect(page.get_by_role("heading", name="Predict arr_delay")).to_be_visible()
    page.get_by_role("checkbox", name="tailnum").uncheck()
    page.get_by_role("button", name="Train models").click()
    expect(page.locator("main").get_by_text(re.compile("fold . of 5"))).to_be_visible(timeout=60_000)
    page.reload()
    expect(page.locator("main").get_by_text(re.compile("fold . of 5"))).to_be_visible()
    expect(page.get_by_role("button", name="Register model")).to_be_visible(timeout=400_000)

    ranking = page.get_by_role("table", name="Models, the best first")
    expect(ranking.get_by_role("row")).to_have_count(4)
    expect(page.locator(".main-svg").first).to_be_visible()
    page.get_by_role("link", name="Explain", exact=True).click()
    page.get_by_label("Row", exact=True).fill("7")
    page.get_by_role("button", name="Explain row").click()
    expect(page.get_by_text("The bars add up to the predicted arr_delay.")).to_be_visible()
    page.get_by_role("button", name="Register model").click()
    page.get_by_role("dialog").get_by_label("Name").fill("arrivals")
    page.get_by_role("dialog").get_by_role("button", name="Register model").click()
    expect(page).to_have_url(re.compile("/models/arrivals"))


def predict(page: Page) -> None:
    page.get_by_label("distance").fill("100000")
    page.get_by_role("button", name="Predict", exact=True).click()

    expect(page.get_by_text(re.compile("distance .*outside what training saw"))).to_be_visible()
    expect(page.get_by_text(re.compile("The bars add up to the predicted"))).to_be_visible()
