"""The guard at the door: who is not signed in sees the sign-in page, and nothing changes without proof of origin."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from core.operations.audit import AuditLog
from web.problems import answer, wants_json
from web.session import UPDATE, asker, csrf_matches, csrf_token

PUBLIC = re.compile(r"/(login|setup|invitation/[^/]+|healthz|readyz|favicon\.ico|robots\.txt)")
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def register(server: Flask, audit_log: AuditLog, *, relogin: str) -> None:
    """*relogin* is the id of the dialog that asks for the password again."""

    @server.before_request
    def check() -> AnyResponse | None:
        who = asker()
        if who is None and not PUBLIC.fullmatch(request.path):
            return turn_away(relogin)
        if request.method not in _READS and not csrf_matches():
            if who is not None:
                audit_log.refused(who, "the request does not come from a page of this session", request.path)
            return answer(HTTPStatus.FORBIDDEN, "Out of date", "This page is out of date. Load it again and repeat the last step.")
        if who is not None:
            request.environ["astralytiq.user"] = who.user_id
        return None


def turn_away(relogin: str) -> AnyResponse:
    """For somebody who is not signed in."""
    if request.path == UPDATE:
        return sign_in_again(relogin)
    if wants_json() or request.path.startswith("/_") or request.method not in _READS:
        return answer(HTTPStatus.UNAUTHORIZED, "Sign in first", "Sign in to go on.")
    wanted = request.full_path.removesuffix("?")
    return redirect("/login" if wanted == "/" else f"/login?{urlencode({'next': wanted})}")


def sign_in_again(relogin: str) -> Response:
    """Opens the dialog of the page that asked, which keeps what was typed into it."""
    csrf_token()  # the dialog signs in with it
    return jsonify({"multi": True, "response": {}, "sideUpdate": {relogin: {"is_open": True}}})
