"""Accounts: who gets in, who does not, and what ends when somebody is put out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import delete, select, update

from core.errors import AstralytiqError, Conflict, Invalid, NotFound, NotSignedIn, Refused, TooMany
from core.operations import passwords
from core.operations.accounts import Accounts
from core.operations.credentials import WINDOW
from core.operations.people import Person, SignedIn
from core.operations.tokens import Tokens
from core.principal import Principal, Role
from core.settings import Settings
from db.rows import AttemptRow, AuditRow, InvitationRow, SessionRow, UserRow
from db.session import Database
from db.types import now

PASSWORD = "correct horse battery"


@pytest.fixture
def base(either: Settings) -> Iterator[Database]:
    opened = Database(either.database)
    yield opened
    opened.close()


@pytest.fixture
def accounts(base: Database, either: Settings) -> Accounts:
    return Accounts(base, either)


@pytest.fixture(autouse=True)
def _speed(request: pytest.FixtureRequest) -> None:
    if "real_hashes" not in request.fixturenames:
        request.getfixturevalue("quick_hashes")


@pytest.fixture
def real_hashes() -> None:
    """Passwords are hashed as slowly as for users."""


@pytest.fixture
def ada(accounts: Accounts, admin: Principal) -> Person:
    return accounts.create(admin, "Ada@Example.com ", "  Ada   Lovelace ", "analyst", PASSWORD)


@pytest.fixture
def empty(base: Database) -> Database:
    """As on the first start: nobody has an account."""
    with base.transaction() as session:
        session.execute(delete(UserRow))
    return base


def signed_in(accounts: Accounts, email: str = "ada@example.com") -> SignedIn:
    return accounts.sign_in(email, PASSWORD, address="10.0.0.1", agent="Firefox")


def audited(base: Database) -> list[tuple[str, str, str]]:
    with base.reading() as session:
        return [(row.actor, row.action, row.outcome) for row in session.scalars(select(AuditRow).order_by(AuditRow.id))]


def at_once(tries: list[Any]) -> list[Any]:
    """What each of *tries* gave or raised, all begun together."""

    def attempt(call: Any) -> Any:
        try:
            return call()
        except AstralytiqError as error:
            return type(error)

    with ThreadPoolExecutor(len(tries)) as pool:
        return list(pool.map(attempt, tries))


# Signing in and out


def test_a_person_signs_in_and_is_known_by_the_token(accounts: Accounts, ada: Person) -> None:
    entered = signed_in(accounts, " ADA@example.com")

    who = accounts.by_token(entered.token)
    assert who == entered.principal
    assert (who.user_id, who.email, who.name, who.role) == (ada.id, "ada@example.com", "Ada Lovelace", Role.ANALYST)


def test_the_database_knows_no_token_and_no_password(accounts: Accounts, ada: Person, base: Database) -> None:
    token = signed_in(accounts).token

    with base.reading() as session:
        row, user = session.scalars(select(SessionRow)).one(), session.get_one(UserRow, ada.id)
    assert token not in row.id
    assert (row.agent, row.address, user.password_hash.startswith("$argon2id$")) == ("Firefox", "10.0.0.1", True)


def test_every_sign_in_gets_a_new_session(accounts: Accounts, ada: Person) -> None:
    one, two = signed_in(accounts), signed_in(accounts)

    assert one.token != two.token
    assert one.principal.session_id != two.principal.session_id


def test_a_wrong_password_an_unknown_account_and_a_deactivated_one_are_told_the_same(
    accounts: Accounts, ada: Person, admin: Principal
) -> None:
    gone = accounts.create(admin, "gone@example.com", "Gone", "viewer", PASSWORD)
    accounts.deactivate(admin, gone.id)

    told = []
    for email, password in (
        ("ada@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("gone@example.com", PASSWORD),
        ("admin@example.com", "!"),
    ):
        with pytest.raises(NotSignedIn) as refusal:
            accounts.sign_in(email, password)
        told.append(refusal.value.message)
    assert told == ["The e-mail address or the password is wrong."] * 4


def test_an_unknown_account_takes_as_long_as_a_known_one(real_hashes: None, accounts: Accounts, ada: Person) -> None:
    def seconds(email: str) -> float:
        best = 9.0
        for _ in range(5):
            begun = time.perf_counter()
            with pytest.raises(NotSignedIn):
                accounts.sign_in(email, "wrong password")
            best = min(best, time.perf_counter() - begun)
        return best

    seconds("warm-up@example.com")

    assert 0.5 < seconds("nobody@example.com") / seconds("ada@example.com") < 2.0


def test_after_twenty_wrong_tries_one_account_is_closed_for_a_while_and_no_other(
    accounts: Accounts, ada: Person, base: Database, admin: Principal
) -> None:
    accounts.create(admin, "bob@example.com", "Bob", "viewer", PASSWORD)
    for _ in range(20):
        with pytest.raises(NotSignedIn):
            accounts.sign_in("ada@example.com", "wrong")

    with pytest.raises(TooMany, match=r"Too many wrong tries for this account. Try again in 15 minutes.") as refusal:
        signed_in(accounts)
    assert 0 < refusal.value.retry_after <= 15 * 60
    assert signed_in(accounts, "bob@example.com").principal.name == "Bob"
    with base.transaction() as session:
        session.execute(update(AttemptRow).values(at=now() - WINDOW))
    assert signed_in(accounts).principal.name == "Ada Lovelace"


def test_guesses_sent_all_at_once_are_counted_one_by_one(accounts: Accounts, base: Database) -> None:
    with base.transaction() as session:
        session.add_all([AttemptRow(key="x", at=now()) for _ in range(30)])  # somebody else's
    told = at_once([lambda: accounts.sign_in("nobody@example.com", "wrong")] * 26)

    assert (told.count(NotSignedIn), told.count(TooMany)) == (20, 6)


def test_signing_in_forgets_the_wrong_tries_before(accounts: Accounts, ada: Person) -> None:
    for _ in range(2):
        for _ in range(12):
            with pytest.raises(NotSignedIn):
                accounts.sign_in("ada@example.com", "wrong")
        signed_in(accounts)

    assert signed_in(accounts).principal.user_id == ada.id


def test_a_session_ends_when_idle_and_in_any_case_after_a_week(accounts: Accounts, ada: Person, base: Database) -> None:
    idle, old, living = signed_in(accounts), signed_in(accounts), signed_in(accounts)
    moment = now()
    with base.transaction() as session:
        session.get_one(SessionRow, idle.principal.session_id).seen_at = moment - timedelta(minutes=121)
        session.get_one(SessionRow, old.principal.session_id).expires_at = moment
        session.get_one(SessionRow, living.principal.session_id).seen_at = moment - timedelta(minutes=119)

    assert [accounts.by_token(each.token) for each in (idle, old)] == [None, None]
    assert accounts.by_token(living.token) == living.principal
    with base.reading() as session:
        assert session.get_one(SessionRow, living.principal.session_id).seen_at >= moment


def test_signing_out_ends_this_session_only(accounts: Accounts, ada: Person) -> None:
    one, two = signed_in(accounts), signed_in(accounts)

    accounts.sign_out(one.token)
    accounts.sign_out(one.token)
    accounts.sign_out("never was one")

    assert (accounts.by_token(one.token), accounts.by_token(two.token)) == (None, two.principal)


def test_signing_out_everywhere_ends_all_sessions_and_tokens(accounts: Accounts, ada: Person, base: Database) -> None:
    tokens = Tokens(base, "k" * 32)
    one, two, pair = signed_in(accounts), signed_in(accounts), tokens.issue("ada@example.com", PASSWORD)

    accounts.sign_out_everywhere(one.principal)

    assert [accounts.by_token(each.token) for each in (one, two)] == [None, None]
    with pytest.raises(NotSignedIn):
        tokens.principal_of(pair.access_token)
    with pytest.raises(NotSignedIn):
        tokens.refresh(pair.refresh_token)


def test_a_person_sees_where_they_are_signed_in(accounts: Accounts, ada: Person, base: Database) -> None:
    ended, idle, old, one, two = (signed_in(accounts) for _ in range(5))
    accounts.sign_out(ended.token)
    with base.transaction() as session:
        session.get_one(SessionRow, idle.principal.session_id).seen_at = now() - timedelta(minutes=121)
        session.get_one(SessionRow, old.principal.session_id).expires_at = now()

    assert [(each.id, each.agent, each.address) for each in accounts.sessions(one.principal)] == [
        (each.principal.session_id, "Firefox", "10.0.0.1") for each in (two, one)
    ]


def test_long_ended_sessions_are_forgotten(accounts: Accounts, ada: Person, base: Database) -> None:
    old = signed_in(accounts)
    with base.transaction() as session:
        session.get_one(SessionRow, old.principal.session_id).expires_at = now() - timedelta(days=31)

    signed_in(accounts)

    with base.reading() as session:
        assert session.get(SessionRow, old.principal.session_id) is None


def test_what_happens_to_accounts_is_in_the_audit_log(accounts: Accounts, ada: Person, base: Database) -> None:
    with pytest.raises(NotSignedIn):
        accounts.sign_in("ada@example.com", "wrong")
    accounts.sign_out(signed_in(accounts).token)

    assert audited(base) == [
        ("admin@example.com", "account.create", "done"),
        ("ada@example.com", "account.sign_in", "refused"),
        ("ada@example.com", "account.sign_in", "done"),
        ("ada@example.com", "account.sign_out", "done"),
    ]


# One's own account


def test_a_changed_password_puts_everybody_else_out(accounts: Accounts, ada: Person, base: Database) -> None:
    tokens = Tokens(base, "k" * 32)
    here, there, pair = signed_in(accounts), signed_in(accounts), tokens.issue("ada@example.com", PASSWORD)

    accounts.change_password(here.principal, PASSWORD, "another long phrase")

    assert (accounts.by_token(here.token), accounts.by_token(there.token)) == (here.principal, None)
    with pytest.raises(NotSignedIn):
        tokens.principal_of(pair.access_token)
    with pytest.raises(NotSignedIn):
        signed_in(accounts)
    assert accounts.sign_in("ada@example.com", "another long phrase").principal.user_id == ada.id


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("not it", "another long phrase", "old_password", "The present password is wrong."),
        (PASSWORD, "too short", "new_password", "The password needs at least 10 characters."),
        (PASSWORD, "x" * 257, "new_password", "The password may have at most 256 characters."),
        (PASSWORD, "Ada@Example.com", "new_password", "The password must not be the e-mail address or the name."),
        (PASSWORD, "ada  LOVELACE", "new_password", "The password must not be the e-mail address or the name."),
        (PASSWORD, "aaaabbbbaaaabbbb", "new_password", "The password repeats the same few characters. Choose a longer phrase."),
    ],
)
def test_a_bad_password_is_refused_in_words(accounts: Accounts, ada: Person, old: str, new: str, field: str, words: str) -> None:  # noqa: PLR0917 - a table of cases
    with pytest.raises(Invalid) as refusal:
        accounts.change_password(signed_in(accounts).principal, old, new)

    assert (refusal.value.field, refusal.value.message) == (field, words)


@pytest.mark.parametrize("common", ["1234567890", "password123", "qwertyuiop", "1q2w3e4r5t", "abcdefghij", "adminadmin", "administrator"])
def test_a_password_that_others_try_first_is_refused(accounts: Accounts, ada: Person, common: str) -> None:
    with pytest.raises(Invalid, match="among the first that anybody would try"):
        accounts.change_password(signed_in(accounts).principal, PASSWORD, common)


def test_a_password_made_to_be_hard_to_judge_is_judged_all_the_same() -> None:
    """Whole, it would take minutes."""
    passwords.require_good("4@8({[<369&#!1/|0$5+7%2abcegilostxz" * 7, email="ada@example.com", name="Ada")


def test_name_and_theme_are_ones_own(accounts: Accounts, ada: Person) -> None:
    entered = signed_in(accounts)
    accounts.rename(entered.principal, " Countess  Lovelace ")
    accounts.set_theme(entered.principal, "dark")

    assert accounts.by_token(entered.token) == replace(entered.principal, name="Countess Lovelace", theme="dark")
    for wrong in (lambda: accounts.set_theme(entered.principal, "pink"), lambda: accounts.rename(entered.principal, "x" * 121)):
        with pytest.raises(Invalid):
            wrong()


# The first administrator


def test_the_set_up_code_makes_the_first_administrator_once(accounts: Accounts, empty: Database) -> None:
    old, code = accounts.new_setup_code(), accounts.new_setup_code()
    needed = accounts.setup_needed()
    with pytest.raises(Refused, match="That is not the set-up code"):
        accounts.setup(old, "eve@example.com", "Eve", PASSWORD)

    entered = accounts.setup(f" {code.lower()} ", "grace@example.com", "Grace", PASSWORD)

    assert (needed, accounts.setup_needed(), accounts.by_token(entered.token)) == (True, False, entered.principal)
    assert entered.principal.role is Role.ADMIN
    assert accounts.first_admin() == replace(entered.principal, session_id=None)
    with pytest.raises(Conflict, match="has been set up already"):
        accounts.setup(code, "eve@example.com", "Eve", PASSWORD)
    with pytest.raises(Conflict):
        accounts.new_setup_code()


def test_of_two_set_ups_at_once_one_wins(accounts: Accounts, empty: Database, either: Settings, admin: Principal) -> None:
    code = accounts.new_setup_code()
    others = [Database(either.database) for _ in range(4)]
    results = at_once([
        lambda number=number: Accounts(others[number], either).setup(code, f"p{number}@example.com", f"P{number}", PASSWORD)
        for number in range(4)
    ])  # fmt: skip
    for other in others:
        other.close()

    assert (len([one for one in results if isinstance(one, SignedIn)]), results.count(Conflict)) == (1, 3)
    assert len(accounts.find(admin)) == 1


def test_without_a_code_nobody_sets_up(accounts: Accounts, empty: Database) -> None:
    with pytest.raises(Refused):
        accounts.setup("", "eve@example.com", "Eve", PASSWORD)
    with pytest.raises(NotFound, match="There is no administrator yet"):
        accounts.first_admin()


def test_the_settings_make_the_first_administrator_when_there_is_none(accounts: Accounts, empty: Database) -> None:
    code = accounts.new_setup_code()

    made = [accounts.create_first_admin("root@example.com", PASSWORD) for _ in range(2)]

    assert (made, accounts.sign_in("root@example.com", PASSWORD).principal.name) == ([True, False], "root")
    with pytest.raises(Conflict):
        accounts.setup(code, "eve@example.com", "Eve", PASSWORD)


@pytest.mark.parametrize("email", ["", "ada", "ada@home", "a b@example.com", f"{'x' * 250}@example.com"])
def test_what_is_no_address_is_refused(accounts: Accounts, empty: Database, email: str) -> None:
    with pytest.raises(Invalid, match="Enter an e-mail address"):
        accounts.create_first_admin(email, PASSWORD)


def test_a_hash_made_with_weaker_settings_is_renewed_at_sign_in(accounts: Accounts, ada: Person, base: Database) -> None:
    with base.transaction() as session:
        session.get_one(UserRow, ada.id).password_hash = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)

    signed_in(accounts)

    with base.reading() as session:
        assert "t=1," in session.get_one(UserRow, ada.id).password_hash
    assert signed_in(accounts).principal.user_id == ada.id


# Other people


def test_only_administrators_manage_people(accounts: Accounts, scientist: Principal) -> None:
    for attempt in (
        lambda: accounts.find(scientist),
        lambda: accounts.invite(scientist, "bob@example.com", "admin"),
        lambda: accounts.create(scientist, "bob@example.com", "Bob", "admin", PASSWORD),
        lambda: accounts.change_role(scientist, scientist.user_id, "admin"),
        lambda: accounts.deactivate(scientist, 1),
        lambda: accounts.activate(scientist, 1),
        lambda: accounts.invitations(scientist),
        lambda: accounts.withdraw(scientist, 1),
    ):
        with pytest.raises(Refused, match="may not manage accounts"):
            attempt()


def test_a_changed_role_counts_from_the_next_request(accounts: Accounts, ada: Person, admin: Principal) -> None:
    entered = signed_in(accounts)

    changed = accounts.change_role(admin, ada.id, "viewer")

    assert changed == replace(ada, role=Role.VIEWER, last_seen_at=changed.last_seen_at)
    assert accounts.by_token(entered.token) == replace(entered.principal, role=Role.VIEWER)


def test_a_deactivated_person_is_out_at_once_and_may_come_back(accounts: Accounts, ada: Person, base: Database, admin: Principal) -> None:
    tokens = Tokens(base, "k" * 32)
    entered, pair = signed_in(accounts), tokens.issue("ada@example.com", PASSWORD)

    gone = accounts.deactivate(admin, ada.id)

    assert (gone.active, accounts.by_token(entered.token)) == (False, None)
    with pytest.raises(NotSignedIn):
        tokens.principal_of(pair.access_token)
    assert accounts.activate(admin, ada.id).active
    assert accounts.by_token(entered.token) is None
    assert signed_in(accounts).principal.user_id == ada.id


def test_the_last_administrator_stays(accounts: Accounts, ada: Person, admin: Principal) -> None:
    for attempt in (lambda: accounts.change_role(admin, 1, "viewer"), lambda: accounts.deactivate(admin, 1)):
        with pytest.raises(Invalid, match="Admin is the last active administrator"):
            attempt()
    accounts.change_role(admin, ada.id, "admin")
    accounts.change_role(admin, 1, "viewer")

    assert accounts.first_admin().user_id == ada.id


def test_two_administrators_cannot_put_each_other_out_at_once(accounts: Accounts, ada: Person, admin: Principal) -> None:
    accounts.change_role(admin, ada.id, "admin")

    results = at_once([lambda: accounts.deactivate(admin, ada.id), lambda: accounts.deactivate(admin, 1)])

    assert results.count(Invalid) == 1


def test_what_does_not_exist_is_said(accounts: Accounts, admin: Principal) -> None:
    with pytest.raises(NotFound, match="There is no such person"):
        accounts.change_role(admin, 999, "viewer")
    with pytest.raises(Invalid, match="There is no role 'king'"):
        accounts.change_role(admin, 1, "king")
    with pytest.raises(NotFound, match="There is no such open invitation"):
        accounts.withdraw(admin, 999)


# Invitations


def test_an_invited_person_makes_an_account_once(accounts: Accounts, admin: Principal, base: Database) -> None:
    invitation, token = accounts.invite(admin, "Bob@example.com", "data_scientist")
    with base.reading() as session:
        kept = session.get_one(InvitationRow, invitation.id).token_hash
    assert (accounts.invitation(token), accounts.invitations(admin)) == (invitation, [invitation])

    entered = accounts.accept_invitation(token, "Bob", PASSWORD)

    assert token not in kept
    assert (entered.principal.email, entered.principal.role) == ("bob@example.com", Role.DATA_SCIENTIST)
    assert accounts.by_token(entered.token) == entered.principal
    assert accounts.invitations(admin) == []
    with pytest.raises(NotFound, match="was used, is too old, or was withdrawn"):
        accounts.accept_invitation(token, "Eve", PASSWORD)


def test_of_two_who_accept_at_once_one_wins(accounts: Accounts, admin: Principal) -> None:
    _, token = accounts.invite(admin, "bob@example.com", "viewer")

    results = at_once([lambda: accounts.accept_invitation(token, "Bob", PASSWORD)] * 3)

    assert len([one for one in results if isinstance(one, SignedIn)]) == 1


def test_old_withdrawn_and_repeated_invitations_are_void(accounts: Accounts, admin: Principal, base: Database) -> None:
    _, repeated = accounts.invite(admin, "bob@example.com", "viewer")
    old, old_token = accounts.invite(admin, "bob@example.com", "viewer")
    withdrawn, withdrawn_token = accounts.invite(admin, "eve@example.com", "viewer")
    accounts.withdraw(admin, withdrawn.id)
    with base.transaction() as session:
        session.get_one(InvitationRow, old.id).expires_at = now()

    for token in (repeated, old_token, withdrawn_token, ""):
        with pytest.raises(NotFound):
            accounts.accept_invitation(token, "Bob", PASSWORD)


def test_the_invitations_of_a_deactivated_administrator_are_void(accounts: Accounts, ada: Person, admin: Principal) -> None:
    accounts.change_role(admin, ada.id, "admin")
    _, token = accounts.invite(signed_in(accounts).principal, "bob@example.com", "admin")

    accounts.deactivate(admin, ada.id)

    with pytest.raises(NotFound):
        accounts.invitation(token)


def test_who_has_an_account_is_not_invited_again(accounts: Accounts, ada: Person, admin: Principal) -> None:
    with pytest.raises(Conflict, match=r"ada@example\.com already has an account") as refusal:
        accounts.invite(admin, "ADA@example.com", "viewer")
    assert refusal.value.field == "email"
    with pytest.raises(Invalid, match="Enter a name"):
        accounts.accept_invitation(accounts.invite(admin, "bob@example.com", "viewer")[1], "  ", PASSWORD)
