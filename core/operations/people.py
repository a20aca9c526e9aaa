"""People as the rest of core sees them: rows turned into principals."""

from __future__ import annotations

from core.principal import Principal, Role
from db.rows import UserRow


def principal(row: UserRow, *, session_id: str | None = None) -> Principal:
    return Principal(user_id=row.id, email=row.email, name=row.name, role=Role(row.role), session_id=session_id, theme=row.theme)
