"""Checking an e-mail address and its password, slowly and not too often: the one door for pages and API alike."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.errors import NotSignedIn, TooMany
from core.operations import audit, passwords
from core.operations.locks import one_at_a_time
from core.operations.people import normal
from core.operations.secrets import digest
from db.rows import AttemptRow, UserRow
from db.session import Database
from db.types import now

WRONG_TRIES = 20
WINDOW = timedelta(minutes=15)
WRONG = "The e-mail address or the password is wrong."


class Credentials:
    """Wrong tries are counted in the database per address, known or not, so all processes count together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def check(self, email: str, password: str) -> int:
        """The user's id. Raises NotSignedIn, in the same words and after the same time whatever was wrong, or TooMany.

        The try is counted before the password is looked at: guesses sent all at once would otherwise pass the count together.
        """
        email = normal(email)
        with self._database.transaction() as session:
            attempt_id = _count(session, email)
            row = session.scalar(select(UserRow).where(UserRow.email == email))
            user_id, known, active = (row.id, row.password_hash, row.active) if row else (None, None, False)
        right = passwords.matches(password, known) and active
        with self._database.transaction() as session:
            if not right or user_id is None or known is None:
                audit.record(session, None, "account.sign_in", "user", user_id or "", outcome="refused", actor=email[:254])
            else:
                session.execute(delete(AttemptRow).where(AttemptRow.key == _key(email), AttemptRow.id <= attempt_id))
                if passwords.is_outdated(known):
                    session.get_one(UserRow, user_id).password_hash = passwords.hashed(password)
                return user_id
        raise NotSignedIn(WRONG)


def _key(email: str) -> str:
    return digest(email)


def _count(session: Session, email: str) -> int:
    key, moment = _key(email), now()
    one_at_a_time(session, f"attempts.{key}")
    session.execute(delete(AttemptRow).where(AttemptRow.at < moment - WINDOW))
    tries = list(session.scalars(select(AttemptRow.at).where(AttemptRow.key == key).order_by(AttemptRow.at)))
    if len(tries) >= WRONG_TRIES:
        raise _too_many(tries[len(tries) - WRONG_TRIES], moment)
    row = AttemptRow(key=key, at=moment)
    session.add(row)
    session.flush()
    return row.id


def _too_many(oldest: datetime, moment: datetime) -> TooMany:
    seconds = max(1, int((oldest + WINDOW - moment).total_seconds()) + 1)
    minutes = -(-seconds // 60)
    return TooMany(
        f"Too many wrong tries for this account. Try again in {minutes} minute{'s' if minutes > 1 else ''}.", retry_after=seconds
    )
