"""A dashboard that is arranged: by mouse, by keyboard, undone, and while somebody else arranges it too."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from core.dashboards.layout import Place
from core.dashboards.wire import spec_from_json
from core.principal import Role
from core.workspace import Workspace, open_workspace
from tests.browser.conftest import Open
from tests.browser.site import Site

Grid = list[tuple[str, int, int, int, int]]


class Board:
    """Two tiles, made anew for each test; `places` is what the server holds."""

    def __init__(self, site: Site, name: str) -> None:
        self.site = site
        with self._workspace() as workspace:
            self.who = workspace.accounts.first_admin()
            dataset = workspace.datasets.find(self.who, search="Flights")[0].id
            charts = [
                workspace.charts.save(self.who, f"{name} {each}", dataset, spec_from_json({"kind": "number"})).id for each in ("one", "two")
            ]
            made = workspace.dashboards.create(self.who, name)
            places = [Place(charts[0], 0, 0, 3, 2), Place(charts[1], 6, 0, 3, 2)]
            self.id = workspace.dashboards.update(self.who, made.id, places, made.revision).id

    def _workspace(self) -> _Open:
        return _Open(self.site)

    def places(self) -> Grid:
        with self._workspace() as workspace:
            tiles = workspace.dashboards.get(self.who, self.id).tiles
            return [(tile.chart.name.split()[-1], tile.x, tile.y, tile.w, tile.h) for tile in tiles]

    def change_behind_the_back(self) -> None:
        with self._workspace() as workspace:
            now = workspace.dashboards.get(self.who, self.id)
            workspace.dashboards.update(self.who, self.id, now.places, now.revision)

    def delete(self) -> None:
        with self._workspace() as workspace:
            workspace.dashboards.delete(self.who, self.id)


class _Open:
    def __init__(self, site: Site) -> None:
        self.workspace = open_workspace(site.settings)

    def __enter__(self) -> Workspace:
        return self.workspace

    def __exit__(self, *_: object) -> None:
        self.workspace.close()


@pytest.fixture
def board(site: Site, request: pytest.FixtureRequest) -> Board:
    return Board(site, f"Board {request.node.name[:60]}")


@pytest.fixture
def page(open_as: Open, board: Board) -> Page:
    opened = open_as(Role.ANALYST, f"/dashboards/{board.id}/edit")
    expect(opened.locator(".ui-resizable-se")).to_have_count(2)
    return opened


def one(page: Page) -> Locator:
    """By its name: GridStack keeps the elements in the order in which they are read."""
    return page.locator("[data-tile][data-name$=one]")


def saved(page: Page) -> None:
    page.wait_for_timeout(150)  # the change is on its way
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()


def drag(page: Page, at: tuple[float, float], by: tuple[float, float]) -> None:
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + by[0] / 2, at[1] + by[1] / 2, steps=5)
    page.mouse.move(at[0] + by[0], at[1] + by[1], steps=5)
    page.mouse.up()
    saved(page)


def test_a_tile_is_moved_and_resized_by_mouse(page: Page, board: Board) -> None:
    tile = one(page)
    box = tile.bounding_box()
    drag(page, (box["x"] + 40, box["y"] + 20), (0, 64 * 3))
    box = tile.bounding_box()
    drag(page, (box["x"] + box["width"] - 13, box["y"] + box["height"] - 13), (0, 64 * 2))

    assert board.places() == [("two", 6, 0, 3, 2), ("one", 0, 3, 3, 4)]


def test_a_tile_is_moved_resized_and_removed_by_keyboard_and_all_of_it_undone(page: Page, board: Board) -> None:
    before = board.places()
    one(page).focus()
    for keys in ("ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(keys)
        saved(page)
    changed = board.places()
    expect(page.locator("#board-announcer")).to_contain_text("column 2, row 1, 3 columns wide, 3 rows high")
    page.keyboard.press("Delete")
    expect(page.locator("[data-tile]")).to_have_count(1)
    saved(page)
    removed = board.places()
    for count in (2, 2, 2):
        page.keyboard.press("Control+z")
        expect(page.locator("[data-tile]")).to_have_count(count)
        saved(page)

    assert (changed, removed, board.places()) == ([("one", 1, 0, 3, 3), ("two", 6, 0, 3, 2)], [("two", 6, 0, 3, 2)], before)


def test_a_chart_is_added_and_removed_from_its_menu(page: Page, board: Board) -> None:
    page.get_by_role("button", name="Add a chart").click()
    page.get_by_role("dialog").get_by_role("button", name="two").filter(has_text="Board").first.click()
    expect(page.locator("[data-tile]")).to_have_count(3)
    saved(page)
    added = len(board.places())
    page.get_by_role("button", name="Actions for").first.click()
    page.get_by_text("Remove from dashboard").locator("visible=true").click()
    expect(page.locator("[data-tile]")).to_have_count(2)
    saved(page)

    assert (added, len(board.places())) == (3, 2)


def test_who_was_second_loses_nothing_and_decides(page: Page, board: Board) -> None:
    board.change_behind_the_back()
    one(page).focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("Your last change is not saved.")).to_be_visible()
    theirs = board.places()
    page.get_by_role("button", name="Keep mine").click()
    saved(page)

    assert (theirs[0], board.places()[-1]) == (("one", 0, 0, 3, 2), ("one", 0, 1, 3, 2))


def test_who_was_second_also_keeps_the_chart_that_was_to_be_added(page: Page, board: Board) -> None:
    board.change_behind_the_back()
    page.get_by_role("button", name="Add a chart").click()
    page.get_by_role("dialog").get_by_role("button", name="two").filter(has_text="Board").first.click()
    expect(page.get_by_text("Your last change is not saved.")).to_be_visible()
    one(page).focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator("[data-tile]")).to_have_count(3)
    saved(page)

    assert [place for place in board.places() if place[0] == "one"] == [("one", 0, 1, 3, 2)]
    assert len(board.places()) == 3


def test_who_arranges_what_was_deleted_meanwhile_is_told_and_led_back(page: Page, board: Board) -> None:
    board.delete()
    one(page).focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("This dashboard was deleted")).to_be_visible()
    page.wait_for_timeout(500)  # when a change that has no answer is given up
    expect(page.get_by_text("Your last change is not saved.", exact=True)).to_be_hidden()
    expect(page.get_by_text("Deleted", exact=True)).to_be_visible()
    page.get_by_role("link", name="All dashboards").click()

    expect(page.get_by_role("heading", name="Dashboards", exact=True)).to_be_visible()


def test_a_reader_sees_what_was_arranged(page: Page, board: Board) -> None:
    one(page).focus()
    page.keyboard.press("ArrowDown")
    saved(page)
    edited = one(page).bounding_box()
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("link", name="Edit")).to_be_visible()
    read = one(page).bounding_box()

    assert (read["x"], read["width"], read["height"]) == (edited["x"], edited["width"], edited["height"])


def test_tiles_stand_one_below_the_other_when_the_window_gets_narrow(open_as: Open) -> None:
    page = open_as(Role.ANALYST, "/dashboards/1/edit")
    expect(page.locator(".board.grid-stack.gs-12")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".gs-12 .ui-resizable-se:visible")).to_have_count(0)

    boxes = [tile.bounding_box() or {} for tile in page.locator("[data-tile]").all()]
    assert {box["width"] for box in boxes} == {boxes[0]["width"]}
    assert min(box["width"] for box in boxes) > 300
    assert min(box["height"] for box in boxes) >= 2 * 64  # the least that a tile may have: two rows
    assert all(low["y"] >= high["y"] + high["height"] for high, low in pairwise(boxes))
