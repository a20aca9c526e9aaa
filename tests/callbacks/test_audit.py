"""The audit page, over the wire."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from dash import Input, Output

from core.operations import audit
from db.rows import AuditRow
from layouts import shell
from layouts.audit import PAGE, Ids
from tests.wire import fire

NAMES = {
    "actor": Ids.ACTOR, "action": Ids.ACTION, "outcome": Ids.OUTCOME, "since": Ids.SINCE, "until": Ids.UNTIL, "search": Ids.SEARCH,
}  # fmt: skip


@pytest.fixture(autouse=True)
def log(database, admin, analyst):
    """One entry a day in March 2026, by turns of an administrator and an analyst."""
    with database.transaction() as session:
        for day in range(1, 31):
            who = admin if day % 2 else analyst
            audit.record(session, who, "dataset.import" if day < 30 else "dataset.delete", "dataset", day, name=f"Sales {day}")
        session.flush()
        for row in session.query(AuditRow):
            row.at = datetime(2026, 3, int(row.object_id), 12, tzinfo=UTC)


def narrow(client, **given):
    return fire(client, Output(Ids.ENTRIES, "children"), {Input(NAMES[name], "value"): given.get(name) for name in NAMES})


def shown(answer):
    """The datasets that the table names, in its order."""
    found = re.findall(r"'dataset (\d+)'", str(answer["response"][Ids.ENTRIES]["children"]))
    return [int(number) for number in found[: len(found) // 2]]  # there is a list for phones, too


def test_filters_narrow_the_log_and_stand_in_the_address(dash_for, admin) -> None:
    answer = narrow(dash_for(admin), actor="analyst", action="dataset.import", outcome="any", since="2026-03-10", until="2026-03-12")

    assert shown(answer) == [12, 10]
    assert answer["sideUpdate"][shell.Ids.ADDRESS]["data"] == (
        "/admin/audit?actor=analyst&action=dataset.import&since=2026-03-10&until=2026-03-12"
    )
    assert answer["response"][Ids.DOWNLOAD]["href"] == (
        "/admin/audit.csv?actor=analyst&action=dataset.import&since=2026-03-10T00%3A00%3A00%2B00%3A00&until=2026-03-13T00%3A00%3A00%2B00%3A00"
    )


def test_the_download_holds_what_the_page_shows(dash_for, admin) -> None:
    client = dash_for(admin)
    href = narrow(client, since="2026-03-10", until="2026-03-12")["response"][Ids.DOWNLOAD]["href"]

    answer = client.get(href)

    assert (answer.status_code, answer.mimetype, [line.split(",")[6] for line in answer.text.splitlines()[1:]]) == (
        200, "text/csv", ["12", "11", "10"],
    )  # fmt: skip


def test_an_address_shows_the_same_again(dash_for, admin) -> None:
    client = dash_for(admin)
    layout = client.get("/_dash-layout", headers={"Referer": "http://localhost/admin/audit?search=sales+7&until=2026-03-20"}).text

    assert '"dataset 7"' in layout
    assert '"dataset 8"' not in layout
    assert '"2026-03-20"' in layout


def test_nothing_found_offers_to_remove_the_filters(dash_for, admin) -> None:
    answer = str(narrow(dash_for(admin), search="no such thing"))

    assert "Nothing in the log fits these filters." in answer
    assert "Remove the filters" in answer


def test_older_entries_are_a_link_away(dash_for, admin, database) -> None:
    with database.transaction() as session:
        for _ in range(PAGE):
            audit.record(session, admin, "chart.save", "chart", 1)
    client = dash_for(admin)
    first = str(narrow(client))
    older = client.get("/_dash-layout", headers={"Referer": f"http://localhost/admin/audit?before={31}"}).text

    assert "/admin/audit?before=31" in first
    assert '"dataset 30"' in older
    assert '"Newest"' in older


def test_a_day_that_is_none_is_said(dash_for, admin) -> None:
    answer = narrow(dash_for(admin), since="yesterday")

    assert answer["sideUpdate"][shell.Ids.TOAST]["data"]["text"] == "From has to be a day such as 2026-05-31."


def test_the_last_day_there_is_and_moments_beyond_it_are_no_mistake_of_ours(dash_for, admin) -> None:
    client = dash_for(admin)

    assert "toast" not in str(narrow(client, until="9999-12-31")).lower()
    assert client.get("/admin/audit.csv?until=0001-01-01T00:00%2B14:00").status_code == 422


def test_filters_that_no_database_can_look_for_are_refused_before_the_download_begins(dash_for, admin) -> None:
    answer = dash_for(admin).get("/admin/audit.csv?search=%00")

    assert (answer.status_code, "a character that cannot be kept" in answer.text) == (422, True)


def test_the_log_is_for_administrators(dash_for, scientist) -> None:
    client = dash_for(scientist)

    assert (client.get("/admin/audit").status_code, client.get("/admin/audit.csv").status_code) == (403, 403)
    assert "may not read the audit log" in str(narrow(client))
