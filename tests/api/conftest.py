"""The API over a workspace with flights, trained experiments and registered models; a client per role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from api.app import alone, build
from core.operations import passwords
from core.principal import Role
from core.workspace import Workspace, open_workspace
from db.rows import UserRow
from tests.trained import copy_of_trained

PASSWORD = "correct horse battery staple"
ClientFor = Callable[[Role | None], TestClient]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A copy of the trained workspace whose people can sign in; hashing is made quick."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()
    opened = open_workspace(copy_of_trained(tmp_path / "var"))
    with opened.database.transaction() as session:
        for user in session.query(UserRow):
            user.password_hash = passwords._HASHER.hash(PASSWORD)
    yield opened
    opened.close()
    passwords._nobody.cache_clear()


@pytest.fixture
def site(workspace: Workspace) -> ASGIApp:
    """The API as it runs alone; mounted by the pages' server it has the same addresses."""
    return alone(build(workspace))


@pytest.fixture
def client_for(site: ASGIApp) -> ClientFor:
    def client(role: Role | None) -> TestClient:
        opened = TestClient(site, raise_server_exceptions=False)
        if role is not None:
            answer = opened.post("/api/v1/auth/token", json={"email": f"{role}@example.com", "password": PASSWORD})
            opened.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return opened

    return client


@pytest.fixture
def scientist_client(client_for: ClientFor) -> TestClient:
    return client_for(Role.DATA_SCIENTIST)


@pytest.fixture
def viewer_client(client_for: ClientFor) -> TestClient:
    return client_for(Role.VIEWER)
