"""Signed-in browsers: opened at sign-in, found by what the cookie carries, ended one by one or all at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.operations.people import OpenSession, SignedIn, open_session, principal
from core.operations.secrets import digest, new_token
from core.principal import Principal
from core.settings import Settings
from db.rows import RefreshTokenRow, SessionRow, UserRow
from db.session import Database
from db.types import now

TOUCH_EVERY = timedelta(minutes=1)
KEPT_AFTER_END = timedelta(days=30)


class Sessions:
    """Works inside the transactions of `Accounts`; only `principal_of` opens its own."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._idle = timedelta(minutes=settings.idle_timeout_min)
        self._absolute = timedelta(hours=settings.session_timeout_h)

    def open(self, session: Session, user: UserRow, *, address: str, agent: str) -> SignedIn:
        """Always under a new id, whatever the browser carried before: a planted cookie never becomes a signed-in one."""
        token, moment = new_token(), now()
        session.execute(delete(SessionRow).where(SessionRow.user_id == user.id, SessionRow.expires_at < moment - KEPT_AFTER_END))
        row = SessionRow(
            id=digest(token),
            user_id=user.id,
            created_at=moment,
            seen_at=moment,
            expires_at=moment + self._absolute,
            agent=agent[:200],
            address=address[:64],
        )
        session.add(row)
        user.last_seen_at = moment
        return SignedIn(principal(user, session=row), token)

    def principal_of(self, token: str, *, by_clock: bool = False) -> Principal | None:
        """None once the session was ended, was idle for too long, or is simply too old, or its person was deactivated.

        What a page asks *by_clock*, with nobody at it, is no use of the session.
        """
        moment = now()
        with self._database.reading() as session:
            found = session.execute(
                select(SessionRow, UserRow)
                .join(UserRow, UserRow.id == SessionRow.user_id)
                .where(SessionRow.id == digest(token), SessionRow.revoked_at.is_(None), UserRow.active)
            ).one_or_none()
            if found is None:
                return None
            row, user = found
            if row.expires_at <= moment or row.seen_at + self._idle <= moment:
                return None
            who = principal(user, session=row)
        if not by_clock and moment - row.seen_at >= TOUCH_EVERY:
            self._touch(row.id, user.id, moment)
        return who

    def of(self, session: Session, user_id: int) -> list[OpenSession]:
        """Those that still stand for the person, the one used last first."""
        moment = now()
        query = select(SessionRow).where(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None), SessionRow.expires_at > moment)
        rows = session.scalars(query.where(SessionRow.seen_at > moment - self._idle).order_by(SessionRow.seen_at.desc()))
        return [open_session(row) for row in rows]

    def _touch(self, id: str, user_id: int, moment: datetime) -> None:
        with self._database.transaction() as session:
            session.execute(update(SessionRow).where(SessionRow.id == id).values(seen_at=moment))
            session.execute(update(UserRow).where(UserRow.id == user_id).values(last_seen_at=moment))


def end(session: Session, id: str) -> int | None:
    """The id of the person whose session ended; None when there was nothing to end."""
    row = session.get(SessionRow, id)
    if row is None or row.revoked_at is not None:
        return None
    row.revoked_at = now()
    return row.user_id


def end_all(session: Session, user_id: int, *, but: str | None = None) -> None:
    """Every browser (but session *but*) and every API token of a person."""
    open_ones = update(SessionRow).where(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None), SessionRow.id != (but or ""))
    tokens = update(RefreshTokenRow).where(RefreshTokenRow.user_id == user_id, RefreshTokenRow.revoked_at.is_(None))
    for statement in (open_ones, tokens):
        session.execute(statement.values(revoked_at=now()))
