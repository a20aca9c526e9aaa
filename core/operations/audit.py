"""The audit log: who did what to which thing, written in the transaction of the change itself."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from core.principal import Principal
from db.rows import AuditRow


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
            actor=who.email if who else actor,
            action=action,
            outcome=outcome,
            object_kind=kind,
            object_id=str(id),
            detail=detail,
            request_id=origin.request_id,
            address=origin.address,
        )
    )
