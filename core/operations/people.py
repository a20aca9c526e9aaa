"""People and invitations as the rest of core and the pages see them, made from their rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from core.errors import Invalid
from core.principal import Principal, Role
from db.rows import InvitationRow, SessionRow, UserRow

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")
THEMES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    email: str
    name: str
    role: Role
    active: bool
    created_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invitation:
    id: int
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser in which somebody is signed in. *agent* is what it calls itself."""

    id: str
    agent: str
    address: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """*token* goes into the browser's cookie and is kept nowhere else."""

    principal: Principal
    token: str


def principal(row: UserRow, *, session: SessionRow | None = None) -> Principal:
    return Principal(
        user_id=row.id, email=row.email, name=row.name, role=Role(row.role), session_id=session.id if session else None, theme=row.theme
    )


def person(row: UserRow) -> Person:
    return Person(row.id, row.email, row.name, Role(row.role), row.active, row.created_at, row.last_seen_at)


def invitation(row: InvitationRow) -> Invitation:
    return Invitation(row.id, row.email, Role(row.role), row.created_at, row.expires_at)


def open_session(row: SessionRow) -> OpenSession:
    return OpenSession(row.id, row.agent, row.address, row.created_at, row.seen_at)


def normal(email: str) -> str:
    """The form under which an address is stored and looked up."""
    return email.strip().lower()


def address(email: str) -> str:
    """*email* in its normal form. Raises Invalid when it cannot be one."""
    known = normal(email)
    if len(known) > 254 or not _ADDRESS.fullmatch(known):
        raise Invalid("Enter an e-mail address, such as ada@example.com.", field="email")
    return known


def display_name(name: str) -> str:
    """Raises Invalid for an empty or overlong name."""
    known = " ".join(name.split())
    if not known:
        raise Invalid("Enter a name.", field="name")
    if len(known) > 120:
        raise Invalid("The name may have at most 120 characters.", field="name")
    return known


def known_role(role: str) -> Role:
    """Raises Invalid for a role that does not exist."""
    try:
        return Role(role)
    except ValueError:
        raise Invalid(f"There is no role {role!r}. Choose one of {', '.join(Role)}.", field="role") from None
