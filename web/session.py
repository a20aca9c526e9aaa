"""Who is signed in: a token in Flask's signed cookie, looked up with every request."""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import Flask, Response, g, has_request_context, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from core.errors import NotSignedIn
from core.operations.accounts import Accounts
from core.principal import Principal
from core.settings import Settings

UPDATE = "/_dash-update-component"
CSRF_COOKIE = "_csrf_token"  # Dash's renderer copies this cookie into the header
CSRF_HEADER = "X-CSRFToken"
CSRF_FIELD = "csrf_token"


class SignedIn(UserMixin):  # type: ignore[misc]  # flask-login ships no types
    """What flask-login carries: *id* is the session token, never the user's number."""

    def __init__(self, token: str, principal: Principal) -> None:
        self.id = token
        self.principal = principal


class _Cookies(SecureCookieSessionInterface):
    """Marked for HTTPS alone when they are handed out over it, also where nobody thought of the setting."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure or super().get_cookie_secure(app)


def register(server: Flask, accounts: Accounts, settings: Settings, secret_key: str) -> None:
    server.config.update(
        SECRET_KEY=secret_key,
        SESSION_COOKIE_NAME="session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.force_https,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_timeout_h),
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    server.session_interface = _Cookies()
    manager = LoginManager(server)
    manager.session_protection = None  # it ties a session to the address, which changes on a phone; timeouts and revocation are ours

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> SignedIn | None:
        principal = accounts.by_token(token, by_clock=_by_clock())
        return SignedIn(token, principal) if principal else None

    @server.after_request
    def hand_out_csrf_token(response: Response) -> Response:
        expected = session.get(CSRF_FIELD)
        if expected and request.cookies.get(CSRF_COOKIE) != expected:
            secure = server.session_interface.get_cookie_secure(server)
            response.set_cookie(CSRF_COOKIE, expected, samesite="Lax", secure=secure, max_age=server.permanent_session_lifetime)
        return response


def _by_clock() -> bool:
    """Whether only a timer of a page asks: a tab that somebody left open would keep its session for ever."""
    if request.path != UPDATE:
        return False
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # nested too deeply; the dispatch turns it away
        return False
    changed = body.get("changedPropIds") if isinstance(body, dict) else None
    return isinstance(changed, list) and changed != [] and all(str(each).endswith(".n_intervals") for each in changed)


def current() -> Principal:
    """The asker of this request. Raises NotSignedIn."""
    who = asker()
    if who is None:
        raise NotSignedIn("Sign in to go on.")
    return who


def asker() -> Principal | None:
    """The asker of this request, or None when nobody is signed in."""
    if not has_request_context():
        return None
    if "principal" not in g:
        g.principal = current_user.principal if current_user.is_authenticated else None
    return g.principal  # type: ignore[no-any-return]  # flask.g holds anything


def csrf_token() -> str:
    """The secret that a form or callback of this session has to name; made at the first need."""
    if CSRF_FIELD not in session:
        session[CSRF_FIELD] = secrets.token_urlsafe(32)
        session.permanent = True
    return str(session[CSRF_FIELD])


def csrf_matches() -> bool:
    """Whether the request proves that it comes from a page of this session."""
    expected = str(session.get(CSRF_FIELD, ""))
    is_form = request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data")
    offered = request.headers.get(CSRF_HEADER) or (request.form.get(CSRF_FIELD, "") if is_form else "")
    return bool(expected) and secrets.compare_digest(offered.encode(), expected.encode())


def begin(token: str, principal: Principal) -> None:
    """Signs the browser in under a new session: nothing of the anonymous one is kept."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(token, principal))
    session[CSRF_FIELD] = secrets.token_urlsafe(32)
    g.principal = principal


def end(accounts: Accounts) -> None:
    if current_user.is_authenticated:
        accounts.sign_out(current_user.id)
    logout_user()
    session.clear()
    g.principal = None
