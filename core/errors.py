"""What can go wrong, said once, in words a person can act on.

    AstralytiqError
    ├── Refused            the asker may not do this            403
    ├── NotSignedIn        nobody has said who they are         401
    ├── NotFound           there is no such thing (or not yet)  404
    ├── Invalid            what was asked makes no sense        422
    │   └── TooLarge       ... because it is over a limit       413
    ├── Conflict           somebody else was quicker            409
    ├── TooMany            too often, or too many at once       429
    ├── Unavailable        a part of the machine is missing     503
    │   └── TimedOut       ... or took too long                 504
    └── Cancelled          somebody asked for it to stop

The status codes beside them are what the REST edge makes of each; core knows none of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class AstralytiqError(Exception):
    """An error written for the person who caused it.

    *message* says what was wrong, where and what to do. *field* names the input that was wrong,
    when there is one, with dots and indices for nested input (``rows.3.carrier``).
    """

    title = "Something went wrong"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Refused(AstralytiqError):
    title = "Not allowed"


class NotSignedIn(AstralytiqError):
    title = "Sign in first"


class NotFound(AstralytiqError):
    title = "Not found"


class Invalid(AstralytiqError):
    title = "That does not work"


class TooLarge(Invalid):
    title = "Too large"


class Conflict(AstralytiqError):
    title = "Somebody was quicker"


class TooMany(AstralytiqError):
    """*retry_after* is in seconds."""

    title = "Too many requests"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(AstralytiqError):
    title = "Not available"


class TimedOut(Unavailable):
    title = "That took too long"


class Cancelled(AstralytiqError):
    title = "Cancelled"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``" Did you mean carrier?"`` with a leading space, or nothing when no *known* word is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]}?" if near else ""
