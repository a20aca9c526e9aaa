"""A file comes in, in Chromium: chosen, looked at, corrected, imported."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.principal import Role
from tests.browser.conftest import Open

CSV = "id;name;joined\n1;Ann;2020-01-31\n2;Bob;2020-02-01\n3;Cid\n"


def choose(page: Page, path: Path, content: str | bytes) -> None:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    page.goto("/data/new")
    page.get_by_label("Choose a file").set_input_files(path)


@pytest.mark.smoke
def test_a_file_is_looked_at_corrected_and_imported(open_as: Open, tmp_path: Path) -> None:
    page = open_as(Role.ANALYST)
    choose(page, tmp_path / "new_people.csv", CSV)
    expect(page.get_by_label("Name of the dataset")).to_have_value("New people")
    expect(page.get_by_text("1 row would be set aside")).to_be_visible()
    page.get_by_label("Type of id").select_option("Text")
    page.get_by_label("Name of joined").fill("since")
    page.get_by_label("Name of joined").press("Tab")
    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.get_by_role("heading", name="New people")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("1 row set aside")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("cell", name="since")).to_be_visible()


def test_a_wrong_file_is_refused_on_the_page_in_words(open_as: Open, tmp_path: Path) -> None:
    page = open_as(Role.ANALYST)
    choose(page, tmp_path / "letter.csv", b"%PDF-1.7 and so on")

    expect(page.get_by_role("alert").get_by_text("The file is a PDF document, not a table.")).to_be_visible()
    expect(page.get_by_text("Choose a file")).to_be_visible()
    open_as.said.clear()  # type: ignore[attr-defined]  # Chromium itself reports the answer 422


def test_the_file_is_chosen_with_the_keyboard(open_as: Open) -> None:
    page = open_as(Role.ANALYST)
    page.on("filechooser", lambda _: None)  # from now on the browser tells of a dialog, also of one that opens at once
    page.goto("/data/new")
    page.get_by_label("Choose a file").focus()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")

    assert not chooser.value.is_multiple()


def test_one_column_cannot_be_imported_before_somebody_says_that_it_is_one(open_as: Open, tmp_path: Path) -> None:
    page = open_as(Role.ANALYST)
    choose(page, tmp_path / "codes.csv", "code\n01\n02\n")
    button = page.get_by_role("button", name="Import", exact=True)
    expect(page.get_by_text("One column?")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(button).to_be_disabled()

    page.get_by_label("Cells are separated by").select_option("None: one column")

    expect(button).to_be_enabled()
    expect(page.get_by_text("One column?")).to_be_hidden()
