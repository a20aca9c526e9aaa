"""The whole site over a temporary workspace, and browsers (without a screen) that are signed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

import app
from core.operations.secrets import digest, new_token
from core.principal import Principal
from core.workspace import Workspace
from db.rows import SessionRow
from db.session import Database
from db.types import now
from web.session import CSRF_COOKIE, CSRF_FIELD

DashFor = Callable[[Principal], FlaskClient]


@pytest.fixture
def site(workspace: Workspace) -> Flask:
    return app.build(workspace)


@pytest.fixture
def dash_for(site: Flask, database: Database) -> DashFor:
    """``dash_for(analyst)``: a client whose requests come from that person's browser."""

    def sign_in(who: Principal) -> FlaskClient:
        token, csrf = new_token(), new_token()
        with database.transaction() as session:
            session.add(SessionRow(id=digest(token), user_id=who.user_id, expires_at=now() + timedelta(hours=1)))
        client = site.test_client()
        with client.session_transaction() as cookie:
            cookie.update({"_user_id": token, "_fresh": True, CSRF_FIELD: csrf})
        client.set_cookie(CSRF_COOKIE, csrf)
        return client

    return sign_in
