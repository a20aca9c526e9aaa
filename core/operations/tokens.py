"""API tokens: a short access token (a JWT, RFC 7519) and a refresh token that works once (RFC 9700, 4.14.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import jwt
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.errors import NotSignedIn
from core.operations import audit, people
from core.operations.credentials import Credentials
from core.operations.secrets import digest, new_token
from core.principal import Principal
from db.rows import RefreshTokenRow, UserRow
from db.session import Database
from db.types import now

ACCESS_FOR = timedelta(minutes=15)
REFRESH_FOR = timedelta(days=30)  # of the whole family: refreshing does not prolong it
ISSUER = "astralytiq"
AUDIENCE = "astralytiq-api"
_ALGORITHM = "HS256"
_OVER = "The token is no longer valid. Sign in again."


@dataclass(frozen=True, slots=True)
class TokenPair:
    """*expires_in* is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


class Tokens:
    def __init__(self, database: Database, secret_key: str) -> None:
        self._database = database
        self._credentials = Credentials(database)
        self._key = secret_key

    def issue(self, email: str, password: str, *, address: str = "") -> TokenPair:
        """Begins a family. Raises NotSignedIn, or TooMany after 20 wrong tries for the account (counted with the pages')."""
        user_id = self._credentials.check(email, password)
        moment = now()
        with self._database.transaction() as session:
            user = session.get_one(UserRow, user_id)
            user.last_seen_at = moment
            session.execute(delete(RefreshTokenRow).where(RefreshTokenRow.user_id == user_id, RefreshTokenRow.expires_at < moment))
            audit.record(session, people.principal(user), "token.issue", "user", user_id, **({"from": address} if address else {}))
            return self._pair(session, user_id, token_hex(16), moment + REFRESH_FOR)

    def refresh(self, refresh_token: str) -> TokenPair:
        """A new pair for a token that was not used before.

        One used twice is in two hands, and nobody can say which is the thief's: its whole family is revoked, for good.
        """
        with self._database.transaction() as session:
            row = session.scalar(select(RefreshTokenRow).where(RefreshTokenRow.token_hash == digest(refresh_token)).with_for_update())
            user = session.get(UserRow, row.user_id) if row else None
            if row is not None and user is not None:
                if row.used_at is None and row.revoked_at is None and row.expires_at > now() and user.active:
                    row.used_at = now()
                    return self._pair(session, user.id, row.family, row.expires_at)
                if row.used_at is not None:
                    _revoke(session, row.family)
                    audit.record(session, people.principal(user), "token.refresh", "user", user.id, outcome="refused", reason="used before")
        raise NotSignedIn(_OVER)  # after the commit: the revocation stays

    def revoke(self, refresh_token: str) -> None:
        """Signs one API client out: its refresh token and every access token of its family. Nothing to do is no error."""
        with self._database.transaction() as session:
            row = session.scalar(select(RefreshTokenRow).where(RefreshTokenRow.token_hash == digest(refresh_token)))
            if row is not None:
                _revoke(session, row.family)
                audit.record(session, people.principal(session.get_one(UserRow, row.user_id)), "token.revoke", "user", row.user_id)

    def principal_of(self, access_token: str) -> Principal:
        """With the role of this moment. Raises NotSignedIn when expired, signed out everywhere, deactivated, or not ours."""
        try:
            claims: dict[str, Any] = jwt.decode(
                access_token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "iss", "aud", "sub", "family"]},
            )
            user_id, family = int(claims["sub"]), str(claims["family"])
        except (jwt.InvalidTokenError, ValueError):
            raise NotSignedIn(_OVER) from None
        living = select(RefreshTokenRow.id).where(
            RefreshTokenRow.family == family, RefreshTokenRow.user_id == user_id, RefreshTokenRow.revoked_at.is_(None)
        )
        with self._database.reading() as session:
            user = session.scalar(select(UserRow).where(UserRow.id == user_id, UserRow.active, living.exists()))
            if user is None:
                raise NotSignedIn(_OVER)
            return people.principal(user)

    def _pair(self, session: Session, user_id: int, family: str, expires_at: datetime) -> TokenPair:
        token, moment = new_token(), now()
        session.add(RefreshTokenRow(family=family, user_id=user_id, token_hash=digest(token), created_at=moment, expires_at=expires_at))
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(user_id), "family": family, "iat": moment, "exp": moment + ACCESS_FOR}
        return TokenPair(jwt.encode(claims, self._key, algorithm=_ALGORITHM), token, int(ACCESS_FOR.total_seconds()))


def _revoke(session: Session, family: str) -> None:
    living = update(RefreshTokenRow).where(RefreshTokenRow.family == family, RefreshTokenRow.revoked_at.is_(None))
    session.execute(living.values(revoked_at=now()))
