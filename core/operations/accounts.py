"""Accounts: the first administrator, signing in and out, inviting people, roles."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.errors import Conflict, Invalid, NotFound, NotSignedIn, Refused
from core.operations import audit, passwords, people, sessions
from core.operations.credentials import Credentials
from core.operations.locks import one_at_a_time
from core.operations.people import THEMES, Invitation, OpenSession, Person, SignedIn, address, display_name, known_role
from core.operations.secrets import digest, new_token
from core.operations.sessions import Sessions
from core.principal import Permission, Principal, Role
from core.settings import Settings
from db.rows import FactRow, InvitationRow, UserRow
from db.session import Database
from db.types import now

INVITED_FOR = timedelta(days=7)
_SETUP_CODE = "setup_code"
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no letters that look like digits: people type the code


class Accounts:
    """What concerns the asker alone (signing in and out, password, theme) needs no permission: everybody may."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._credentials = Credentials(database)
        self._sessions = Sessions(database, settings)

    # Signing in and out

    def sign_in(self, email: str, password: str, *, address: str = "", agent: str = "") -> SignedIn:
        """Raises NotSignedIn, or TooMany after 20 wrong tries for the account."""
        user_id = self._credentials.check(email, password)
        with self._database.transaction() as session:
            user = session.get_one(UserRow, user_id)
            signed_in = self._sessions.open(session, user, address=address, agent=agent)
            audit.record(session, signed_in.principal, "account.sign_in", "user", user.id)
            return signed_in

    def by_token(self, token: str, *, by_clock: bool = False) -> Principal | None:
        """Who the cookie's *token* stands for, with the role of this moment; None when it stands for nobody (any more)."""
        return self._sessions.principal_of(token, by_clock=by_clock)

    def sign_out(self, token: str) -> None:
        with self._database.transaction() as session:
            user_id = sessions.end(session, digest(token))
            if user_id is not None:
                audit.record(session, people.principal(session.get_one(UserRow, user_id)), "account.sign_out", "user", user_id)

    def sessions(self, who: Principal) -> list[OpenSession]:
        """Where *who* is signed in, the browser used last first."""
        with self._database.reading() as session:
            return self._sessions.of(session, who.user_id)

    def sign_out_everywhere(self, who: Principal) -> None:
        """Ends every session, this one included, and every API token."""
        with self._database.transaction() as session:
            sessions.end_all(session, who.user_id)
            audit.record(session, who, "account.sign_out_everywhere", "user", who.user_id)

    # One's own account

    def change_password(self, who: Principal, old: str, new: str) -> None:
        """Ends every other session and every API token: whoever knew the old password is out. Raises Invalid, TooMany."""
        passwords.require_good(new, email=who.email, name=who.name, field="new_password")
        try:
            self._credentials.check(who.email, old)
        except NotSignedIn:
            raise Invalid("The present password is wrong.", field="old_password") from None
        new_hash = passwords.hashed(new)
        with self._database.transaction() as session:
            session.get_one(UserRow, who.user_id).password_hash = new_hash
            sessions.end_all(session, who.user_id, but=who.session_id)
            audit.record(session, who, "account.change_password", "user", who.user_id)

    def rename(self, who: Principal, name: str) -> str:
        """The name as it is kept."""
        known = display_name(name)
        with self._database.transaction() as session:
            session.get_one(UserRow, who.user_id).name = known
            audit.record(session, who, "account.rename", "user", who.user_id, name=known)
        return known

    def set_theme(self, who: Principal, theme: str) -> None:
        """Not in the audit log: how a page looks to its reader is nobody's business."""
        if theme not in THEMES:
            raise Invalid(f"There is no theme {theme!r}. Choose one of {', '.join(THEMES)}.", field="theme")
        with self._database.transaction() as session:
            session.get_one(UserRow, who.user_id).theme = theme

    # The first administrator

    def setup_needed(self) -> bool:
        with self._database.reading() as session:
            return _is_empty(session)

    def new_setup_code(self) -> str:
        """A code to print on the console; it replaces the one before. Raises Conflict when there is an account already."""
        code = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
        with self._database.transaction() as session:
            _require_empty(session)
            session.merge(FactRow(key=_SETUP_CODE, value=digest(_typed(code))))
        return code

    def setup(self, code: str, email: str, name: str, password: str, *, address: str = "", agent: str = "") -> SignedIn:
        """Makes the first administrator. Of two at once one wins. Raises Conflict for the other, Refused for a wrong code."""
        user = _new_user(email, name, Role.ADMIN, password)
        with self._database.transaction() as session:
            _require_empty(session)
            fact = session.get(FactRow, _SETUP_CODE)
            if fact is None or not hmac.compare_digest(fact.value, digest(_typed(code))):
                raise Refused("That is not the set-up code. It is printed where the server was started.", field="code")
            session.delete(fact)
            return self._enter(session, user, "account.set_up", address, agent)

    def create_first_admin(self, email: str, password: str) -> bool:
        """From the settings, at start. False (and nothing done) when there is an account already."""
        if not self.setup_needed():
            return False
        user = _new_user(email, people.normal(email).partition("@")[0] or email, Role.ADMIN, password)
        with self._database.transaction() as session:
            _require_empty(session)
            session.execute(delete(FactRow).where(FactRow.key == _SETUP_CODE))
            _add(session, user)
            audit.record(session, people.principal(user), "account.set_up", "user", user.id)
            return True

    def first_admin(self) -> Principal:
        """The asker of what the machine does by itself (loading the demo). Raises NotFound before there is one."""
        with self._database.reading() as session:
            row = session.scalar(select(UserRow).where(UserRow.role == Role.ADMIN, UserRow.active).order_by(UserRow.id).limit(1))
            if row is None:
                raise NotFound("There is no administrator yet.")
            return people.principal(row)

    # Other people

    def find(self, who: Principal) -> list[Person]:
        who.require(Permission.ACCOUNT_MANAGE)
        with self._database.reading() as session:
            return [people.person(row) for row in session.scalars(select(UserRow).order_by(func.lower(UserRow.name), UserRow.id))]

    def create(self, who: Principal, email: str, name: str, role: str, password: str) -> Person:
        who.require(Permission.ACCOUNT_MANAGE)
        user = _new_user(email, name, known_role(role), password)
        with self._database.transaction() as session:
            _add(session, user)
            audit.record(session, who, "account.create", "user", user.id, email=user.email, role=user.role)
            return people.person(user)

    def change_role(self, who: Principal, user_id: int, role: str) -> Person:
        """Takes effect with the person's next request. Raises Invalid for the last active administrator."""
        who.require(Permission.ACCOUNT_MANAGE)
        new = known_role(role)
        with self._database.transaction() as session:
            user = _user(session, user_id)
            if new is not Role.ADMIN:
                _keep_an_admin(session, user)
            audit.record(session, who, "account.change_role", "user", user.id, email=user.email, old=user.role, new=new)
            user.role = new
            return people.person(user)

    def deactivate(self, who: Principal, user_id: int) -> Person:
        """The person is signed out everywhere at once; what they made stays. Raises Invalid for the last active administrator."""
        who.require(Permission.ACCOUNT_MANAGE)
        with self._database.transaction() as session:
            user = _user(session, user_id)
            _keep_an_admin(session, user)
            user.active = False
            sessions.end_all(session, user.id)
            session.execute(delete(InvitationRow).where(InvitationRow.invited_by == user.id, InvitationRow.accepted_at.is_(None)))
            audit.record(session, who, "account.deactivate", "user", user.id, email=user.email)
            return people.person(user)

    def activate(self, who: Principal, user_id: int) -> Person:
        who.require(Permission.ACCOUNT_MANAGE)
        with self._database.transaction() as session:
            user = _user(session, user_id)
            user.active = True
            audit.record(session, who, "account.activate", "user", user.id, email=user.email)
            return people.person(user)

    # Invitations

    def invite(self, who: Principal, email: str, role: str) -> tuple[Invitation, str]:
        """The invitation and the token of its link, which is shown once. An older one to the same address becomes void."""
        who.require(Permission.ACCOUNT_MANAGE)
        known, new, token = address(email), known_role(role), new_token()
        with self._database.transaction() as session:
            one_at_a_time(session, f"account.{known}")
            _require_free(session, known)
            session.execute(delete(InvitationRow).where(InvitationRow.email == known, InvitationRow.accepted_at.is_(None)))
            row = InvitationRow(email=known, role=new, token_hash=digest(token), invited_by=who.user_id, expires_at=now() + INVITED_FOR)
            session.add(row)
            session.flush()
            audit.record(session, who, "account.invite", "invitation", row.id, email=known, role=new)
            return people.invitation(row), token

    def invitations(self, who: Principal) -> list[Invitation]:
        """Those still open, newest first."""
        who.require(Permission.ACCOUNT_MANAGE)
        query = select(InvitationRow).where(InvitationRow.accepted_at.is_(None), InvitationRow.expires_at > now())
        with self._database.reading() as session:
            return [people.invitation(row) for row in session.scalars(query.order_by(InvitationRow.id.desc()))]

    def withdraw(self, who: Principal, invitation_id: int) -> None:
        who.require(Permission.ACCOUNT_MANAGE)
        with self._database.transaction() as session:
            row = session.get(InvitationRow, invitation_id)
            if row is None or row.accepted_at is not None:
                raise NotFound("There is no such open invitation.")
            session.delete(row)
            audit.record(session, who, "account.withdraw", "invitation", invitation_id, email=row.email)

    def invitation(self, token: str) -> Invitation:
        """For the page that greets the invited. Raises NotFound when it was used, is too old, or was withdrawn."""
        with self._database.reading() as session:
            return people.invitation(_open_invitation(session, token))

    def accept_invitation(self, token: str, name: str, password: str, *, address: str = "", agent: str = "") -> SignedIn:
        """Makes the account and signs in; works once. Raises NotFound, Invalid."""
        invited = self.invitation(token)
        user = _new_user(invited.email, name, invited.role, password)
        with self._database.transaction() as session:
            row = _open_invitation(session, token)
            row.accepted_at = now()
            return self._enter(session, user, "account.accept", address, agent)

    def _enter(self, session: Session, user: UserRow, action: str, address: str, agent: str) -> SignedIn:
        _add(session, user)
        signed_in = self._sessions.open(session, user, address=address, agent=agent)
        audit.record(session, signed_in.principal, action, "user", user.id, role=user.role)
        return signed_in


def _new_user(email: str, name: str, role: Role, password: str) -> UserRow:
    """Outside of any transaction: hashing takes long enough to keep others waiting."""
    known, called = address(email), display_name(name)
    passwords.require_good(password, email=known, name=called)
    return UserRow(email=known, name=called, role=role, password_hash=passwords.hashed(password))


def _add(session: Session, user: UserRow) -> None:
    one_at_a_time(session, f"account.{user.email}")
    _require_free(session, user.email)
    session.add(user)
    session.flush()


def _require_free(session: Session, email: str) -> None:
    if session.scalar(select(UserRow.id).where(UserRow.email == email)) is not None:
        raise Conflict(f"{email} already has an account.", field="email")


def _is_empty(session: Session) -> bool:
    return session.scalar(select(UserRow.id).limit(1)) is None


def _require_empty(session: Session) -> None:
    one_at_a_time(session, "account.set_up")
    if not _is_empty(session):
        raise Conflict("This workspace has been set up already. Sign in instead.")


def _typed(code: str) -> str:
    return "".join(code.upper().split()).replace("-", "")


def _user(session: Session, id: int) -> UserRow:
    one_at_a_time(session, "account.roles")
    row = session.get(UserRow, id)
    if row is None:
        raise NotFound("There is no such person.")
    return row


def _keep_an_admin(session: Session, user: UserRow) -> None:
    others = select(func.count()).select_from(UserRow).where(UserRow.role == Role.ADMIN, UserRow.active, UserRow.id != user.id)
    if user.role == Role.ADMIN and user.active and not session.scalar(others):
        raise Invalid(f"{user.name} is the last active administrator. Make somebody else an administrator first.")


def _open_invitation(session: Session, token: str) -> InvitationRow:
    query = select(InvitationRow).where(InvitationRow.token_hash == digest(token), InvitationRow.accepted_at.is_(None))
    row = session.scalar(query.where(InvitationRow.expires_at > now()).with_for_update())
    if row is None:
        raise NotFound("This invitation was used, is too old, or was withdrawn. Ask for a new one.")
    return row
