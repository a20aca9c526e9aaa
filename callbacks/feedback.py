"""What a callback says besides its answer: toasts, and the translation of errors into them."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from dash import set_props
from flask import has_request_context, request

from core.errors import AstralytiqError, NotSignedIn, Refused
from core.operations.audit import ORIGIN, AuditLog
from layouts import shell
from web.session import asker

_log = structlog.get_logger(__name__)


def toast(kind: str, title: str, text: str) -> None:
    """Shows a message when the running callback has answered. *kind*: positive, neutral, warning, critical."""
    set_props(shell.Ids.TOAST, {"data": {"kind": kind, "header": title, "text": text, "at": datetime.now(UTC).isoformat()}})


def show(audit_log: AuditLog, error: Exception) -> None:
    """``Dash(on_error=...)``: an error of ours in its own words, a bug as an apology and a line in the log."""
    if isinstance(error, NotSignedIn):
        set_props(shell.Ids.RELOGIN, {"is_open": True})
    elif isinstance(error, AstralytiqError):
        if isinstance(error, Refused):
            audit_log.refused(asker(), error.message, _page())
        toast("warning", error.title, error.message)
    else:
        _log.error("callback_failed", path=_page(), exc_info=error)
        toast(
            "critical",
            "Something broke on our side",
            f"Nothing was changed. If it happens again, tell your administrator this number: {ORIGIN.get().request_id}",
        )


def _page() -> str:
    """The path of the page that the callback belongs to."""
    return request.headers.get("Referer", request.path) if has_request_context() else ""
