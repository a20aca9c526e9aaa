"""The audit log: who did what to which thing, written in the transaction of the change itself."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select
from sqlalchemy.orm import Session

from core.principal import Permission, Principal
from db.rows import AuditRow
from db.session import Database
from db.types import kept

PAGE = 100
_CSV_BATCH = 1_000
_CSV_COLUMNS = ("id", "at", "actor", "action", "outcome", "object_kind", "object_id", "detail", "address", "request_id")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from; the web edge sets it for the time of the request."""

    request_id: str = ""
    address: str = ""


ORIGIN: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - it is frozen


def record(
    session: Session,
    who: Principal | None,
    action: str,
    kind: str = "",
    id: object = "",
    *,
    outcome: str = "done",
    actor: str = "",
    **detail: Any,
) -> None:
    """Adds the row to *session*, so that it is there exactly when the change is."""
    origin = ORIGIN.get()
    session.add(
        AuditRow(
            actor_id=who.user_id if who else None,
            actor=who.email if who else kept(actor),
            action=action,
            outcome=outcome,
            object_kind=kind,
            object_id=kept(str(id)),
            detail=detail,
            request_id=origin.request_id,
            address=origin.address,
        )
    )


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    at: datetime
    actor_id: int | None
    actor: str
    action: str
    outcome: str
    object_kind: str
    object_id: str
    detail: dict[str, Any]
    request_id: str
    address: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What the log is narrowed to; *since* is included, *until* is not. *actor* and *search* find a part, whatever the case."""

    actor: str = ""
    action: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None
    search: str = ""
    before_id: int | None = None


class AuditLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self,
        who: Principal,
        *,
        actor: str = "",
        action: str = "",
        outcome: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        search: str = "",
        limit: int = PAGE,
        before_id: int | None = None,
    ) -> list[Entry]:
        """Newest first; the next page is what comes *before_id* the last one's."""
        who.require(Permission.AUDIT_READ)
        return self._find(Filters(actor, action, outcome, since, until, search, before_id), limit)

    def actions(self, who: Principal) -> list[str]:
        """Every action that occurs, for a list to choose from."""
        who.require(Permission.AUDIT_READ)
        with self._database.reading() as session:
            return list(session.scalars(select(AuditRow.action).distinct().order_by(AuditRow.action)))

    def csv(self, who: Principal, filters: Filters) -> Iterator[bytes]:
        """All that match, newest first, in batches; what a spreadsheet would take for a formula begins with an apostrophe."""
        who.require(Permission.AUDIT_READ)  # now, not at the first batch: by then the answer has begun
        return self._csv(filters, self._find(filters, _CSV_BATCH))  # so is the first look, which may find fault with the filters

    def refused(self, who: Principal | None, what: str, path: str) -> None:
        """Called by the edge that tells somebody no, in a transaction of its own: the one of the attempt is gone."""
        with self._database.transaction() as session:
            record(session, who, "access.refuse", "page", path[:64], outcome="refused", what=what, path=path[:500])

    def _find(self, filters: Filters, limit: int) -> list[Entry]:
        with self._database.reading() as session:
            return [_entry(row) for row in session.scalars(_matching(filters).limit(limit))]

    def _csv(self, filters: Filters, batch: list[Entry]) -> Iterator[bytes]:
        yield _csv_lines([_CSV_COLUMNS])
        while batch:
            yield _csv_lines([[_cell(asdict(entry)[name]) for name in _CSV_COLUMNS] for entry in batch])
            filters = replace(filters, before_id=batch[-1].id)
            batch = self._find(filters, _CSV_BATCH)


def _matching(filters: Filters) -> Select[AuditRow]:
    query = select(AuditRow).order_by(AuditRow.id.desc())
    if filters.actor:
        query = query.where(_holds(AuditRow.actor, filters.actor))
    if filters.action:
        query = query.where(AuditRow.action == filters.action)
    if filters.outcome:
        query = query.where(AuditRow.outcome == filters.outcome)
    if filters.since:
        query = query.where(AuditRow.at >= filters.since)
    if filters.until:
        query = query.where(AuditRow.at < filters.until)
    if filters.before_id is not None:
        query = query.where(AuditRow.id < filters.before_id)
    if filters.search:
        anywhere = (AuditRow.actor, AuditRow.action, AuditRow.object_kind, AuditRow.object_id, AuditRow.address, AuditRow.request_id)
        query = query.where(or_(*(_holds(column, filters.search) for column in (*anywhere, cast(AuditRow.detail, String)))))
    return query


def _holds(column: Any, text: str) -> ColumnElement[bool]:
    """A percent sign in *text* is only a percent sign."""
    found: ColumnElement[bool] = func.lower(column).contains(text.strip().lower(), autoescape=True)
    return found


def _entry(row: AuditRow) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        actor_id=row.actor_id,
        actor=row.actor,
        action=row.action,
        outcome=row.outcome,
        object_kind=row.object_kind,
        object_id=row.object_id,
        detail=row.detail,
        request_id=row.request_id,
        address=row.address,
    )


def _csv_lines(rows: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, str) and value.lstrip().startswith(("=", "+", "-", "@")):
        return f"'{value}"
    return value
