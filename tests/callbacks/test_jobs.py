"""The page of jobs, over the wire."""

from __future__ import annotations

import pytest
from dash import Input, Output, State

from core.operations.jobs import Status
from core.operations.queue import LOST, Outcome, Queue, finish
from db.rows import JobRow
from layouts import shell
from layouts.jobs import BUSY_MS, IDLE_MS, Ids, act_id
from tests.wire import fire

LIST = Output(Ids.LIST, "children")
CHANGED = Output(Ids.CHANGED, "data")


def look(client, *, mine=True, seen=None):
    return fire(client, LIST, {Input(Ids.TICK, "n_intervals"): 1, State(Ids.MINE, "data"): mine, State(Ids.SEEN, "data"): seen})["response"]


def press(client, verb, job_id, clicks=1):
    return fire(client, CHANGED, {Input(act_id(verb, job_id), "n_clicks"): clicks})


@pytest.fixture
def job(workspace, analyst):
    return workspace.jobs.submit(analyst, "dataset.import", {}, title="Import flights.csv")


def page(client, path):
    return client.get(path).get_data(as_text=True)


def test_the_list_shows_what_runs_and_looks_again_soon(dash_for, workspace, database, analyst, job) -> None:
    claimed = Queue(database, "here").claim()
    with database.transaction() as session:
        row = session.get_one(JobRow, claimed.id)
        row.progress, row.message = 0.25, "84,194 rows read"

    answer = look(dash_for(analyst))

    assert "84,194 rows read" in str(answer[Ids.LIST]["children"])
    assert "Import flights.csv" in str(answer[Ids.LIST]["children"])
    assert answer[Ids.TICK]["interval"] == BUSY_MS


def test_as_long_as_nothing_changes_nothing_is_sent(dash_for, analyst, job) -> None:
    client = dash_for(analyst)
    seen = look(client)[Ids.SEEN]["data"]

    again = look(client, seen=seen)

    assert (Ids.LIST in again, again[Ids.SEEN]["data"]) == (False, seen)


def test_a_finished_list_is_looked_at_seldom_and_leads_to_what_was_made(dash_for, database, analyst, job) -> None:
    finish(database, Queue(database, "here").claim(), Outcome(Status.SUCCEEDED, {"dataset_id": 7}))

    answer = look(dash_for(analyst))

    assert "'/data/7'" in str(answer[Ids.LIST]["children"])
    assert answer[Ids.TICK]["interval"] == IDLE_MS


def test_a_person_sees_only_their_own_jobs_whatever_the_page_asks_for(dash_for, scientist, job) -> None:
    assert "No jobs yet" in str(look(dash_for(scientist), mine=False)[Ids.LIST]["children"])


def test_an_administrator_sees_everybodys_jobs_with_their_owners(dash_for, admin, job) -> None:
    own, all_of_them = (str(look(dash_for(admin), mine=mine)[Ids.LIST]["children"]) for mine in (True, False))

    assert "Import flights.csv" not in own
    assert "Import flights.csv" in all_of_them
    assert "'Analyst'" in all_of_them


def test_a_job_is_cancelled_on_the_page(dash_for, workspace, analyst, job) -> None:
    press(dash_for(analyst), "cancel", job.id)

    assert workspace.jobs.get(analyst, job.id).status == Status.CANCELLED


def test_a_lost_job_says_so_and_is_tried_again_on_the_page(dash_for, workspace, database, analyst, job) -> None:
    queue = Queue(database, "here")
    queue.give_up(queue.claim().id, 1, LOST)
    shown = str(look(dash_for(analyst))[Ids.LIST]["children"])

    press(dash_for(analyst), "retry", job.id)

    assert "Worker lost: the process that ran this job is gone" in shown
    assert workspace.jobs.get(analyst, job.id).status == Status.QUEUED


def test_buttons_that_were_only_drawn_do_nothing(dash_for, workspace, analyst, job) -> None:
    assert press(dash_for(analyst), "cancel", job.id, clicks=None) == {}
    assert workspace.jobs.get(analyst, job.id).status == Status.QUEUED


@pytest.mark.parametrize(("verb", "words"), [("cancel", "Only its owner"), ("delete", "There is no such action.")])
def test_what_one_may_not_do_is_a_toast(dash_for, viewer, job, verb, words) -> None:
    answer = press(dash_for(viewer), verb, job.id)

    assert words in answer["sideUpdate"][shell.Ids.TOAST]["data"]["text"]
