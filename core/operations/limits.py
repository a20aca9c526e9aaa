"""What a database cannot keep or compare is refused in words, and by both databases alike; so is asking one that is away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from core.errors import Invalid, NotFound, Unavailable
from db.types import is_kept

# codes of SQLSTATE
_OUT_OF_RANGE = "22003"  # a number that is too large for its column
_DISK_FULL = "53100"


def speak(engine: Engine) -> None:
    """Makes *engine* raise Invalid for text with NUL or half a surrogate pair, NotFound for numbers that no row can have,
    and Unavailable while the database cannot be reached or its disk is full.
    """
    event.listen(engine, "before_cursor_execute", _refuse_text)
    event.listen(engine, "handle_error", _not_found)
    event.listen(engine, "handle_error", _away)


def _refuse_text(_connection: Any, _cursor: Any, _statement: str, parameters: Any, _context: Any, _many: bool) -> None:
    if not all(is_kept(value) for value in _texts(parameters)):
        raise Invalid("The text holds a character that cannot be kept (NUL, or half of a pair). Remove it and try again.")


def _texts(parameters: Any) -> Iterator[str]:
    """Of one set of parameters or a list of them; each is a mapping or a sequence."""
    if isinstance(parameters, str):
        yield parameters
    elif isinstance(parameters, (dict, list, tuple)):
        for each in parameters.values() if isinstance(parameters, dict) else parameters:
            yield from _texts(each)


def _not_found(context: ExceptionContext) -> None:
    if isinstance(context.original_exception, OverflowError) or _sqlstate(context) == _OUT_OF_RANGE:
        raise NotFound("There is nothing with so large a number.") from None


def _sqlstate(context: ExceptionContext) -> str | None:
    return getattr(context.original_exception, "sqlstate", None)


def _away(context: ExceptionContext) -> None:
    if context.is_pre_ping:  # the pool asks, and connects anew
        return
    if getattr(context.original_exception, "sqlite_errorname", "") == "SQLITE_FULL" or _sqlstate(context) == _DISK_FULL:
        raise Unavailable("The disk of the database is full. Ask an administrator to make room, then try again.") from None
    if context.is_disconnect or context.connection is None:
        raise Unavailable("The database does not answer. Try again in a minute.") from context.original_exception
