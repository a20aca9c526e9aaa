"""Passwords: argon2id with the library's defaults (RFC 9106, low-memory profile), and the rules for choosing one."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import Invalid

SHORTEST = 10
LONGEST = 256  # argon2 takes more, but nobody types it, and hashing megabytes is a way to keep a server busy
_FIRST_GUESSES = 10_000
_JUDGED = 32  # characters: the time that guessing takes grows steeply, and what is weak shows by then
_HASHER = PasswordHasher()


def hashed(password: str) -> str:
    return _HASHER.hash(password)


def matches(password: str, hash: str | None) -> bool:
    """Takes the same time without a *hash* (an unknown account): one that nothing matches is tried instead."""
    try:
        return _HASHER.verify(hash or _nobody(), password[: LONGEST + 1]) and hash is not None
    except InvalidHashError:
        # an account that has no password (yet): no faster than one that has
        matches(password, None)
        return False
    except VerificationError:
        return False


def is_outdated(hash: str) -> bool:
    """Whether *hash* was made with weaker settings than today's."""
    return _HASHER.check_needs_rehash(hash)


def require_good(password: str, *, email: str, name: str, field: str = "password") -> None:
    """Length, and neither common nor the person's own name or address, as NIST SP 800-63B asks; no rules about kinds of characters.

    Raises Invalid.
    """
    if len(password) < SHORTEST:
        raise Invalid(f"The password needs at least {SHORTEST} characters.", field=field)
    if len(password) > LONGEST:
        raise Invalid(f"The password may have at most {LONGEST} characters.", field=field)
    if _plain(password) in {_plain(email), _plain(email.partition("@")[0]), _plain(name)}:
        raise Invalid("The password must not be the e-mail address or the name.", field=field)
    if len(set(password)) < 4:
        raise Invalid("The password repeats the same few characters. Choose a longer phrase.", field=field)
    if _is_common(password):
        raise Invalid("The password is among the first that anybody would try. Choose a phrase of several words.", field=field)


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def _is_common(password: str) -> bool:
    """Whether it is among the ten thousand first guesses: a common password, a keyboard row, one word twice (Wheeler, zxcvbn, 2016)."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its word lists take memory, and few processes ever ask

    return bool(zxcvbn(password[:_JUDGED])["guesses"] < _FIRST_GUESSES)


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_urlsafe())
