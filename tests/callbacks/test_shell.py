"""The frame: which page an address shows, to whom, and what happens when there is none. Over the wire."""

from __future__ import annotations

import json
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dash import Input, Output, State
from sqlalchemy import select, update

from callbacks import home as home_callbacks
from callbacks import search as search_callbacks
from core.errors import NotFound
from core.principal import Role
from db.rows import JobRow, SessionRow
from db.types import now
from layouts import home, pages, search, shell
from layouts.pages import PAGES, Page, match
from tests.conftest import principal
from tests.flights import add_dataset
from tests.wire import fire

CONTENT = Output(shell.Ids.CONTENT, "children")


def visit(client, address):
    """The answer to a visit, as text: what the page and the navigation say."""
    return fire(client, CONTENT, {Input(shell.Ids.VISIT, "data"): {"address": address, "at": 1}})["response"]


def said(answer) -> str:
    return json.dumps(answer, ensure_ascii=False)


def watch(client, known=()):
    return fire(
        client,
        Output(shell.Ids.JOBS_FACE, "children"),
        {Input(shell.Ids.JOBS_TICK, "n_intervals"): 1, State(shell.Ids.ACTIVE_JOBS, "data"): list(known)},
    )["response"]


def test_a_tab_that_is_only_open_does_not_keep_its_session(dash_for, viewer, database):
    client, moment = dash_for(viewer), now()
    before = moment - timedelta(minutes=5)
    with database.transaction() as session:
        session.execute(update(SessionRow).values(seen_at=before))

    watch(client)
    by_clock = _seen(database)
    visit(client, "/")

    assert by_clock == before
    assert _seen(database) >= moment


def _seen(database):
    with database.reading() as session:
        return session.scalars(select(SessionRow.seen_at)).one()


# --- addresses ----------------------------------------------------------------------------------


@pytest.fixture
def with_pages(monkeypatch):
    """Pages of a made-up thing beside the real ones."""

    def add(*rows: Page) -> None:
        monkeypatch.setattr(pages, "PAGES", (*PAGES, *rows))

    return add


def _row(path):
    return Page(path, "A thing", None, home.layout)


def test_of_several_pages_the_one_with_more_fixed_parts_wins(with_pages):
    with_pages(_row("/things/{thing}"), _row("/things/new"))

    assert match("/things/new")[0].path == "/things/new"


def test_the_last_part_of_an_address_may_be_missing(with_pages):
    with_pages(_row("/things/{thing:int}/{tab?}"))

    assert (match("/things/12")[1], match("/things/12/rows/")[1]) == ({"thing": "12"}, {"thing": "12", "tab": "rows"})


def test_a_word_is_no_number_in_an_address(with_pages):
    with_pages(_row("/things/{thing:int}"))

    assert match("/things/twelve") is None


def test_an_address_is_not_a_pattern():
    assert (match("/galler."), match("/gallery/deeper")) == (None, None)


# --- pages --------------------------------------------------------------------------------------


def test_a_page_says_where_there_is_none(dash_for, viewer):
    assert "There is no page at /nowhere." in said(visit(dash_for(viewer), "/nowhere"))


def test_a_page_that_the_role_may_not_open_is_refused_in_words_and_written_down(dash_for, viewer, workspace, admin):
    answer = said(visit(dash_for(viewer), "/gallery"))

    written = workspace.audit_log.find(admin, outcome="refused")
    assert ("The role Viewer may not read the gallery." in answer, [(entry.actor, entry.object_id) for entry in written]) == (
        True,
        [(viewer.email, "/gallery")],
    )


def test_a_bug_in_one_page_leaves_the_frame_standing(dash_for, viewer, monkeypatch):
    monkeypatch.setattr(home_callbacks, "load", lambda *_: 1 / 0)

    answer = visit(dash_for(viewer), "/")

    assert ("Something broke" in said(answer["shell-content"]), "Home" in said(answer["shell-navigation"])) == (True, True)


def test_what_a_page_cannot_find_it_says_in_words(dash_for, viewer, monkeypatch):
    def load(*_):
        raise NotFound("There is no dataset 12.")

    monkeypatch.setattr(home_callbacks, "load", load)

    assert "There is no dataset 12." in said(visit(dash_for(viewer), "/"))


def test_the_first_answer_holds_the_page_of_its_address(dash_for, admin):
    assert ("Every part in every state." in dash_for(admin).get("/gallery").text) is True


def test_the_layout_that_a_script_asks_for_is_that_of_its_page(dash_for, admin):
    client = dash_for(admin)

    assert "Every part in every state." in client.get("/_dash-layout", headers={"Referer": "http://localhost/gallery"}).text


def test_a_name_in_an_address_is_read_as_it_was_meant(dash_for, viewer, with_pages, monkeypatch):
    with_pages(Page("/things/{name}", "A thing", None, home.layout))
    names = []
    monkeypatch.setattr(home_callbacks, "load", lambda _, visit: names.append(visit.params["name"]))
    client = dash_for(viewer)

    client.get("/things/S%C3%A3o%20Paulo%20100%25")
    visit(client, "/things/S%C3%A3o%20Paulo%20100%25")

    assert names == ["São Paulo 100%"] * 2


@pytest.mark.parametrize("role", Role)
def test_the_navigation_holds_what_the_role_may_open(dash_for, role):
    who = principal(role)

    answer = said(visit(dash_for(who), "/")["shell-navigation"])

    offered = {page.path for page in PAGES if page.nav and f'"href": "{page.path}"' in answer}
    assert offered == {page.path for page in PAGES if page.nav and page.open_to(who)}


def test_the_navigation_marks_where_one_is(admin):
    links = [
        link.children
        for part in shell.navigation(admin, "/admin/people")
        for link in getattr(part, "children", [])
        if hasattr(link, "children")
    ]

    assert [link.href for link in links if getattr(link, "aria-current", None)] == ["/admin/people"]


def test_the_sign_out_form_and_the_name_stand_in_the_frame(dash_for, analyst):
    frame = said(dash_for(analyst).get("/_dash-layout").json)

    assert ('"/logout"' in frame, analyst.email in frame) == (True, True)


# --- jobs in the top bar ------------------------------------------------------------------------


@pytest.fixture
def job(workspace, analyst):
    return workspace.jobs.submit(analyst, "dataset.import", {}, title="Import of Flights")


def end(database, job, status, **more):
    with database.transaction() as session:
        row = session.get_one(JobRow, job.id)
        row.status, row.started_at, row.finished_at = status, now(), now()
        for name, value in more.items():
            setattr(row, name, value)


def test_the_top_bar_counts_what_runs_and_looks_more_often(dash_for, analyst, job):
    answer = watch(dash_for(analyst))

    assert ("1 job running" in said(answer), "Import of Flights" in said(answer), answer["shell-jobs-tick"]["interval"]) == (
        True,
        True,
        shell.BUSY_MS,
    )


def test_others_do_not_see_ones_jobs_in_the_top_bar(dash_for, viewer, job):
    assert watch(dash_for(viewer))["shell-active-jobs"] == {"data": []}


@pytest.mark.parametrize(
    ("status", "error", "told"),
    [
        ("succeeded", None, ("positive", "Import of Flights, in ")),
        ("failed", "The file is empty.", ("critical", "Import of Flights: The file is empty.")),
        ("cancelled", None, ("neutral", "Import of Flights was cancelled.")),
    ],
)
def test_the_end_of_a_job_is_told(dash_for, database, job, *, status, error, told):
    end(database, job, status, error=error)

    toast = watch(dash_for(principal(Role.ANALYST)), [job.id])["shell-toast"]["data"][0]

    assert (toast["kind"], toast["text"][: len(told[1])]) == told


def test_when_nothing_runs_the_top_bar_rests(dash_for, analyst):
    assert watch(dash_for(analyst)) == {"shell-active-jobs": {"data": []}, "shell-jobs-tick": {"interval": shell.IDLE_MS}}


# --- theme, search, home, gallery ---------------------------------------------------------------


def test_the_theme_is_kept_with_the_account(dash_for, analyst):
    client = dash_for(analyst)

    fire(client, Output(shell.Ids.THEME_SAVED, "data"), {Input(shell.Ids.THEME, "data"): "dark"})

    assert 'data-theme="dark"' in client.get("/").text


def test_a_theme_that_does_not_exist_is_refused_in_words(dash_for, analyst):
    answer = fire(dash_for(analyst), Output(shell.Ids.THEME_SAVED, "data"), {Input(shell.Ids.THEME, "data"): "sepia"})

    assert answer["sideUpdate"][shell.Ids.TOAST]["data"]["kind"] == "warning"


def find(client, words):
    return said(
        fire(
            client,
            Output(search.Ids.RESULTS, "children"),
            {Input(search.Ids.TEXT, "value"): words, Input(search.Ids.DIALOG, "is_open"): True},
        )
    )


def test_search_finds_pages_and_data_by_a_part_of_their_name(dash_for, workspace, admin):
    workspace.datasets.create(admin, "Galleries of New York")

    answer = find(dash_for(admin), "galler")

    assert ("Galleries of New York" in answer, '"/gallery"' in answer, '"/account"' in answer) == (True, True, False)


def test_search_puts_what_is_called_exactly_so_first(workspace, admin):
    for name in ("Late flights", "Flights", "Flights of May"):
        workspace.datasets.create(admin, name)

    assert [hit.label for hit in search_callbacks.hits(workspace, admin, "flights")] == ["Flights", "Flights of May", "Late flights"]


def test_search_knows_an_action_by_its_other_name(workspace, analyst):
    found = {text: [hit.href for hit in search_callbacks.hits(workspace, analyst, text)] for text in ("new chart", "jobs")}

    assert found == {"new chart": ["/charts/new"], "jobs": ["/jobs"]}


def test_search_finds_a_column_and_leads_to_its_card_on_the_profile(workspace, viewer, scientist, tmp_path):
    path = tmp_path / "wide.parquet"
    pq.write_table(pa.table({**{f"n{place}": [1.5] for place in range(48)}, "50% off?": ["x"]}), path)
    add_dataset(workspace, scientist, "Prices", path)

    found = [search_callbacks.hits(workspace, viewer, text) for text in ("N47", "% off", "")]

    assert found[:2] == [
        [search.Hit("Columns", "n47", "/data/1/profile#column-n47", "percent", "Number in Prices")],
        [search.Hit("Columns", "50% off?", "/data/1/profile?part=2#column-50%25%20off%3F", "type", "Text in Prices")],
    ]
    assert "Columns" not in {hit.group for hit in found[2]}


def test_search_names_few_columns_of_many(workspace, viewer, scientist, tmp_path):
    path = tmp_path / "wide.parquet"
    pq.write_table(pa.table({f"n{place}": [1] for place in range(300)}), path)
    add_dataset(workspace, scientist, "Wide", path)

    assert [hit.label for hit in search_callbacks.hits(workspace, viewer, "n7")] == ["n7", *(f"n7{place}" for place in range(5))]


def test_search_does_not_name_what_the_role_may_not_open(workspace, viewer):
    assert [
        hit.href for hit in search_callbacks.hits(workspace, viewer, "") if hit.href.startswith(("/admin", "/gallery", "/data/new"))
    ] == []


def test_search_that_finds_nothing_says_so(dash_for, viewer):
    assert "Nothing is called “zzz”." in find(dash_for(viewer), "zzz")


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (Role.ADMIN, ("Bring in a file", "Load the sample")),
        (Role.DATA_SCIENTIST, ("Bring in a file", "Load the sample")),
        (Role.ANALYST, ("Bring in a file",)),
        (Role.VIEWER, ("Nobody has brought in data so far.",)),
    ],
)
def test_an_empty_workspace_says_where_to_begin(dash_for, role, words):
    answer = said(visit(dash_for(principal(role)), "/")["shell-content"])

    offers = ("Bring in a file", "Load the sample", "Nobody has brought in data so far.")
    assert tuple(offer for offer in offers if offer in answer) == words


def test_home_shows_what_was_worked_on_last(dash_for, workspace, analyst):
    workspace.datasets.create(analyst, "Flights")

    answer = said(visit(dash_for(analyst), "/")["shell-content"])

    assert ("Flights" in answer, "Nothing in it yet" in answer, "three steps" in answer) == (True, True, False)


def test_home_looks_again_until_nothing_runs(dash_for, database, analyst, job):
    client, output, tick = dash_for(analyst), Output(home.Ids.TICK, "disabled"), {Input(home.Ids.TICK, "n_intervals"): 1}
    running = fire(client, output, tick)["response"]
    end(database, job, "succeeded")

    rested = fire(client, output, tick)["response"]

    assert ("Import of Flights" in said(running), running["home-tick"], rested["home-tick"]) == (
        True,
        {"disabled": False},
        {"disabled": True},
    )


LOAD_SAMPLE = Input(home.Ids.LOAD_SAMPLE, "n_clicks")
BODY = Output(home.Ids.BODY, "children")


def test_the_sample_is_brought_in_by_jobs_that_home_shows(dash_for, workspace, scientist):
    answer = fire(dash_for(scientist), BODY, {LOAD_SAMPLE: 1})

    started = {job.title for job in workspace.jobs.find(scientist, active=True)}
    assert (len(started), "Running now" in said(answer["response"]), answer["response"]["home-tick"]) == (5, True, {"disabled": False})


def test_who_may_not_load_the_sample_is_refused_in_words(dash_for, workspace, analyst):
    answer = fire(dash_for(analyst), BODY, {LOAD_SAMPLE: 1})

    assert (answer["sideUpdate"][shell.Ids.TOAST]["data"]["header"], workspace.jobs.find(analyst)) == ("Not allowed", [])


def test_drawing_the_button_anew_loads_nothing(dash_for, workspace, scientist):
    fire(dash_for(scientist), BODY, {LOAD_SAMPLE: None})

    assert workspace.jobs.find(scientist) == []
