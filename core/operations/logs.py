"""Logs: one line per event, for people or for machines, with the id of the request it belongs to."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from core.operations.audit import ORIGIN

Event = MutableMapping[str, Any]
_QUIET = ("alembic", "asyncio", "multipart", "python_multipart", "dash.dash", "werkzeug")


def _request(_logger: Any, _method: str, event: Event) -> Event:
    if request_id := ORIGIN.get().request_id:
        event.setdefault("request_id", request_id)
    return event


def configure(log_format: str = "console") -> None:
    """Sends everything that logs, ours or a library's, through one formatter to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _request,
    ]
    last: list[Any]
    if log_format == "json":
        last = [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(default=str)]
    else:
        last = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def log(name: str) -> Any:
    """A structlog logger: ``log(__name__).info("imported", rows=3)``."""
    return structlog.stdlib.get_logger(name)
