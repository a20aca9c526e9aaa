"""Experiments and models in Chromium: a training seen live and stopped, what it found, why, and a model that is asked."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from core.principal import Role
from tests.browser.conftest import Open

LIVE = re.compile(r"XGBoost: fold . of 5, \d+ trees, loss on held-out rows")


def start_training(page: Page, dataset: str, target: str, name: str) -> str:
    """The path of the experiment."""
    page.goto("/experiments/new")
    page.get_by_role("link", name=dataset, exact=True).click()
    page.get_by_label("Target").select_option(target)
    expect(page.get_by_role("heading", name=f"Predict {target}")).to_be_visible()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Train models").click()
    page.wait_for_url(re.compile(r"/experiments/\d+$"))
    return urlsplit(page.url).path


def ranking(page: Page) -> Locator:
    """The rows below the head."""
    return page.get_by_role("table", name="Models, the best first").locator("tbody tr")


def test_the_ranking_grows_as_models_are_finished_while_nothing_moves_and_each_is_read_out_once(open_as: Open) -> None:
    page = open_as(Role.DATA_SCIENTIST)
    start_training(page, "Weather", "temp", "Ranked on the way")
    expect(ranking(page)).to_have_count(3)
    page.evaluate(
        """() => {
            window.moved = []; window.said = [];
            new PerformanceObserver((list) => window.moved.push(...list.getEntries().map((each) => each.value)))
                .observe({ type: "layout-shift" });
            new MutationObserver((changes) => window.said.push(...changes.flatMap((each) => [...each.addedNodes, ...each.removedNodes])))
                .observe(document.getElementById("experiment-announced"), { childList: true });
        }"""
    )
    linear = ranking(page).nth(0).get_by_role("link", name="Linear model")
    linear.focus(timeout=40_000)
    bar = ranking(page).nth(2).get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuenow", re.compile(r"[1-9]"), timeout=40_000)

    expect(linear).to_be_focused()
    expect(page.get_by_role("log").locator("p")).to_contain_text(
        [
            re.compile("^Always the average is finished, 1 of 3: R² 0.000, 95 % interval"),
            re.compile("^Linear model is finished, 2 of 3: R² 0"),
        ]
    )
    assert page.evaluate("[window.moved.reduce((sum, each) => sum + each, 0) < 0.001, window.said.length]") == [True, 2]
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_text("2 finished models kept.")).to_be_visible(timeout=6_000)


def test_a_training_is_seen_by_all_and_cancelled_with_its_finished_models(open_as: Open) -> None:
    page = open_as(Role.DATA_SCIENTIST)
    path = start_training(page, "Weather", "temp", "Stopped on the way")
    expect(page.get_by_role("main").get_by_text(LIVE)).to_be_visible(timeout=40_000)
    expect(page.get_by_text("Training", exact=True).first).to_be_visible()
    other = open_as(Role.ADMIN, path)
    page.reload()
    for each in (page, other):
        expect(each.get_by_role("main").get_by_text(LIVE)).to_be_visible()
        expect(ranking(each)).to_contain_text([re.compile(r"Linear model\d"), re.compile(r"Always the average0\.000"), "XGBoostFold"])
    page.get_by_role("button", name="Cancel", exact=True).click()

    for each in (page, other):
        expect(each.get_by_text("The training was cancelled.")).to_be_visible(timeout=6_000)
        expect(each.get_by_text("2 finished models kept.")).to_be_visible()
        expect(each.get_by_role("table", name="Models, the best first").get_by_role("row")).to_have_count(3)


@pytest.mark.smoke
def test_a_classification_shows_how_good_it_is_and_why(open_as: Open) -> None:
    page = open_as(Role.DATA_SCIENTIST)
    page.goto("/experiments")
    page.get_by_role("link", name="origin", exact=True).click()
    for heading in ("Confusion matrix", "ROC curve", "Precision-recall curve"):
        expect(page.get_by_role("img", name=re.compile(rf"^{heading}"))).to_contain_text("EWR")
    expect(page.get_by_role("table", name="Classes").get_by_role("row")).to_have_count(4)
    page.get_by_role("table", name="Rows missed by most").get_by_role("link").first.click()

    expect(page.get_by_text(re.compile(r"The bars add up to the score of (EWR|JFK|LGA)\."))).to_be_visible()
    expect(page.get_by_role("table", name="Importance")).to_be_visible()


def test_the_form_of_a_model_says_what_is_wrong_below_the_field_and_warns_of_what_is_new(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    page.goto("/models/origin/predict")
    page.get_by_label("flight", exact=True).fill("")
    page.get_by_role("button", name="Predict", exact=True).click()
    refused = page.get_by_role("alert").filter(has_text="Is empty, and training never saw it empty. Give a value.")
    expect(refused).to_be_visible()
    page.get_by_label("flight", exact=True).fill("1,5")
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="Is the text “1,5”; a number is expected.")).to_be_visible()
    page.get_by_label("flight", exact=True).fill("100000")
    page.get_by_label("tailnum").fill("N00000")
    page.get_by_role("button", name="Predict", exact=True).click()

    expect(page.get_by_text(re.compile("flight 100000 is outside what training saw"))).to_be_visible()
    expect(page.get_by_text(re.compile("tailnum “N00000” was not seen in training"))).to_be_visible()
    expect(page.get_by_text(re.compile("The bars add up to the score of"))).to_be_visible()
    expect(refused).to_have_count(0)


def test_on_a_phone_labels_leave_most_of_the_width_to_the_bars(open_as: Open) -> None:
    page = open_as(Role.ANALYST, "/experiments/1/explain?row=7", viewport={"width": 360, "height": 800})
    plot = page.get_by_role("img", name=re.compile("^From .* in general"))
    expect(plot.locator(".barlayer")).to_be_visible()
    bars = plot.locator(".bglayer, .plotbg, .xy").first.evaluate("e => e.closest('.figure-plot')._fullLayout._size.w")

    assert bars > 0.45 * plot.evaluate("e => e.clientWidth")
