"""The audit log: everything in it can be found, and taken away as a table."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Refused
from core.operations import audit
from core.operations.audit import ORIGIN, AuditLog, Filters, Origin
from core.principal import Principal
from db.rows import AuditRow
from db.session import Database

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def log(database: Database, admin: Principal, analyst: Principal) -> AuditLog:
    """Four entries, an hour apart."""
    token = ORIGIN.set(Origin("r-1", "10.0.0.9"))
    with database.transaction() as session:
        audit.record(session, analyst, "dataset.import", "dataset", 1, name="Sales 100%")
        audit.record(session, analyst, "dataset.delete", "dataset", 2, name="Sales 1000")
        audit.record(session, admin, "account.invite", "invitation", 3)
        audit.record(session, None, "account.sign_in", outcome="refused", actor="=cmd()@example.com")
        session.flush()
        for row in session.query(AuditRow):
            row.at = NOON + timedelta(hours=row.id)
    ORIGIN.reset(token)
    return AuditLog(database)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [4, 3, 2, 1]),
        ({"actor": "ANALYST"}, [2, 1]),
        ({"action": "dataset.delete"}, [2]),
        ({"outcome": "refused"}, [4]),
        ({"since": NOON + timedelta(hours=2), "until": NOON + timedelta(hours=4)}, [3, 2]),
        ({"search": " sales "}, [2, 1]),
        ({"search": "100%"}, [1]),
        ({"search": "10.0.0.9"}, [4, 3, 2, 1]),
        ({"search": "nothing like it"}, []),
        ({"limit": 2}, [4, 3]),
        ({"limit": 2, "before_id": 3}, [2, 1]),
    ],
)
def test_entries_are_found_by_what_one_knows_of_them(log: AuditLog, admin: Principal, filters: dict[str, object], found: list[int]) -> None:
    assert [entry.id for entry in log.find(admin, **filters)] == found


def test_an_entry_says_who_did_what_to_which_thing_and_from_where(log: AuditLog, admin: Principal, analyst: Principal) -> None:
    entry = log.find(admin, action="dataset.import")[0]

    assert (entry.actor_id, entry.actor, entry.action, entry.outcome, entry.object_kind, entry.object_id, entry.detail) == (
        analyst.user_id, analyst.email, "dataset.import", "done", "dataset", "1", {"name": "Sales 100%"},
    )  # fmt: skip
    assert (entry.request_id, entry.address, entry.at) == ("r-1", "10.0.0.9", NOON + timedelta(hours=1))


def test_the_actions_that_occur_can_be_chosen_from(log: AuditLog, admin: Principal) -> None:
    assert log.actions(admin) == ["account.invite", "account.sign_in", "dataset.delete", "dataset.import"]


def test_the_table_holds_every_match_in_batches_and_no_formula(log: AuditLog, admin: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_CSV_BATCH", 2)

    chunks = list(log.csv(admin, Filters()))

    rows = list(csv.DictReader(io.StringIO(b"".join(chunks).decode())))
    assert len(chunks) == 3
    assert [row["id"] for row in rows] == ["4", "3", "2", "1"]
    assert (rows[0]["actor"], rows[3]["at"], rows[3]["detail"]) == (
        "'=cmd()@example.com", "2026-03-01T13:00:00+00:00", '{"name": "Sales 100%"}',
    )  # fmt: skip


def test_the_table_is_narrowed_like_the_page(log: AuditLog, admin: Principal) -> None:
    [_, rows] = log.csv(admin, Filters(outcome="refused"))

    assert rows.count(b"\r\n") == 1


def test_only_administrators_read_the_log(log: AuditLog, scientist: Principal) -> None:
    for attempt in (lambda: log.find(scientist), lambda: log.actions(scientist), lambda: log.csv(scientist, Filters())):
        with pytest.raises(Refused, match="may not read the audit log"):
            attempt()


def test_a_refusal_at_the_edge_is_written_down(log: AuditLog, admin: Principal, analyst: Principal) -> None:
    log.refused(analyst, "account:manage", "/admin/people")
    log.refused(None, "sign-in", "/data")

    assert [(entry.actor, entry.action, entry.outcome, entry.detail) for entry in log.find(admin, limit=2)] == [
        ("", "access.refuse", "refused", {"what": "sign-in", "path": "/data"}),
        ("analyst@example.com", "access.refuse", "refused", {"what": "account:manage", "path": "/admin/people"}),
    ]
