"""What a database cannot keep or compare is refused in words, and by both databases alike; so is asking one that is away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from core.errors import Invalid, NotFound, Unavailable
from db.types import is_kept

_OUT_OF_RANGE = "22003"  # SQLSTATE of a number that is too large for its column


def speak(engine: Engine) -> None:
    """Makes *engine* raise Invalid for text with NUL or half a surrogate pair, NotFound for numbers that no row can have,
    and Unavailable while the database cannot be reached.
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
    error = context.original_exception
    if isinstance(error, OverflowError) or getattr(error, "sqlstate", None) == _OUT_OF_RANGE:
        raise NotFound("There is nothing with so large a number.") from None


def _away(context: ExceptionContext) -> None:
    if context.is_pre_ping:  # the pool asks, and connects anew
        return
    if context.is_disconnect or context.connection is None:
        raise Unavailable("The database does not answer. Try again in a minute.") from context.original_exception
