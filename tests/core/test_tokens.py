"""API tokens: short, rotated, and dead with everything else when a person is put out."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from sqlalchemy import update

from core.errors import NotSignedIn, TooMany
from core.operations.accounts import Accounts
from core.operations.people import Person
from core.operations.tokens import AUDIENCE, ISSUER, TokenPair, Tokens
from core.principal import Principal, Role
from core.settings import Settings
from db.rows import RefreshTokenRow
from db.session import Database
from db.types import now

pytestmark = pytest.mark.usefixtures("quick_hashes")
PASSWORD = "correct horse battery"
KEY = "k" * 32


@pytest.fixture
def base(either: Settings) -> Iterator[Database]:
    opened = Database(either.database)
    yield opened
    opened.close()


@pytest.fixture
def accounts(base: Database, either: Settings) -> Accounts:
    return Accounts(base, either)


@pytest.fixture
def ada(accounts: Accounts, admin: Principal) -> Person:
    return accounts.create(admin, "ada@example.com", "Ada", "analyst", PASSWORD)


@pytest.fixture
def tokens(base: Database, ada: Person) -> Tokens:
    return Tokens(base, KEY)


@pytest.fixture
def pair(tokens: Tokens) -> TokenPair:
    return tokens.issue("Ada@example.com", PASSWORD, address="10.0.0.1")


def is_dead(tokens: Tokens, pair: TokenPair) -> bool:
    dead = 0
    for attempt in (lambda: tokens.principal_of(pair.access_token), lambda: tokens.refresh(pair.refresh_token)):
        try:
            attempt()
        except NotSignedIn:
            dead += 1
    return dead == 2


def test_an_access_token_stands_for_its_person_with_the_role_of_now(tokens, pair, accounts, ada, admin) -> None:
    before = tokens.principal_of(pair.access_token)
    accounts.change_role(admin, ada.id, "viewer")

    assert (before.email, before.role, pair.expires_in) == ("ada@example.com", Role.ANALYST, 900)
    assert tokens.principal_of(pair.access_token) == replace(before, role=Role.VIEWER)


def test_refreshing_gives_a_new_pair_and_keeps_the_old_access_token_until_it_ends(tokens, pair) -> None:
    fresh = tokens.refresh(pair.refresh_token)

    assert fresh.refresh_token != pair.refresh_token
    assert tokens.principal_of(fresh.access_token) == tokens.principal_of(pair.access_token)


def test_a_refresh_token_used_twice_revokes_its_whole_family_and_no_other(tokens, pair) -> None:
    other = tokens.issue("ada@example.com", PASSWORD)
    fresh = tokens.refresh(pair.refresh_token)

    with pytest.raises(NotSignedIn, match="The token is no longer valid"):
        tokens.refresh(pair.refresh_token)

    assert is_dead(tokens, fresh)
    assert tokens.principal_of(other.access_token).email == "ada@example.com"


def test_of_many_who_use_one_refresh_token_at_once_at_most_one_gets_a_pair(tokens, pair) -> None:
    def refresh(_: int) -> TokenPair | None:
        try:
            return tokens.refresh(pair.refresh_token)
        except NotSignedIn:
            return None

    with ThreadPoolExecutor(4) as pool:
        results = [result for result in pool.map(refresh, range(4)) if result]

    assert [is_dead(tokens, result) for result in results] == [True]


def test_a_refresh_token_ends_with_its_family_however_often_it_was_refreshed(tokens, pair, base) -> None:
    with base.transaction() as session:
        session.execute(update(RefreshTokenRow).values(expires_at=now() + timedelta(seconds=30)))
    fresh = tokens.refresh(pair.refresh_token)
    with base.transaction() as session:
        soon = [row.expires_at - now() < timedelta(seconds=31) for row in session.query(RefreshTokenRow)]
        session.execute(update(RefreshTokenRow).values(expires_at=now()))

    assert soon == [True, True]
    with pytest.raises(NotSignedIn):
        tokens.refresh(fresh.refresh_token)
    tokens.issue("ada@example.com", PASSWORD)
    with base.reading() as session:
        assert session.query(RefreshTokenRow).count() == 1


def test_a_revoked_client_is_out(tokens, pair) -> None:
    fresh = tokens.refresh(pair.refresh_token)
    tokens.revoke(fresh.refresh_token)
    tokens.revoke("never was one")

    assert is_dead(tokens, fresh)


def test_a_deactivated_person_has_no_valid_token(tokens, pair, accounts, ada, admin) -> None:
    accounts.deactivate(admin, ada.id)

    assert is_dead(tokens, pair)


def test_wrong_tries_count_together_with_those_on_the_page(tokens, accounts) -> None:
    for attempt in (tokens.issue, accounts.sign_in) * 10:
        with pytest.raises(NotSignedIn):
            attempt("ada@example.com", "wrong")

    with pytest.raises(TooMany):
        tokens.issue("ada@example.com", PASSWORD)


@pytest.mark.parametrize(
    "change",
    [
        {"exp": now() - timedelta(seconds=1)},
        {"aud": "somebody-else"},
        {"iss": "somebody-else"},
        {"sub": "999"},
        {"sub": "ada"},
        {"family": "unknown"},
        {"exp": None},
        {"family": None},
    ],
)
def test_a_token_that_is_not_quite_ours_is_refused(tokens, pair, change) -> None:
    claims = jwt.decode(pair.access_token, KEY, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER) | change
    forged = jwt.encode({name: value for name, value in claims.items() if value is not None}, KEY, algorithm="HS256")

    with pytest.raises(NotSignedIn):
        tokens.principal_of(forged)


def test_a_token_signed_with_another_key_or_none_is_refused(tokens, pair) -> None:
    claims = jwt.decode(pair.access_token, KEY, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER)

    for forged in (jwt.encode(claims, "x" * 32, algorithm="HS256"), jwt.encode(claims, None, algorithm="none"), "no token", ""):
        with pytest.raises(NotSignedIn):
            tokens.principal_of(forged)
