"""A real workspace in a temporary folder, and one person of each role."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.principal import Principal, Role
from core.settings import Settings
from core.workspace import Workspace, open_workspace
from db.rows import UserRow
from db.session import Database


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database with one account per role, copied for each test: migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("migrated")
    database = Database(f"sqlite:///{folder / 'astralytiq.db'}")
    database.migrate()
    with database.transaction() as session:
        for role in Role:
            session.add(UserRow(email=f"{role}@example.com", name=role.label, role=role, password_hash="!"))
    database.close()  # the last connection to close moves the write-ahead log into the file
    return folder


@pytest.fixture
def settings(tmp_path: Path, _migrated: Path) -> Settings:
    folder = tmp_path / "var"
    shutil.copytree(_migrated, folder)
    return Settings(data_dir=folder)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database(settings.database)
    yield opened
    opened.close()


@pytest.fixture
def workspace(settings: Settings) -> Iterator[Workspace]:
    opened = open_workspace(settings)
    yield opened
    opened.close()


def principal(role: Role) -> Principal:
    return Principal(user_id=list(Role).index(role) + 1, email=f"{role}@example.com", name=role.label, role=role)


@pytest.fixture
def admin() -> Principal:
    return principal(Role.ADMIN)


@pytest.fixture
def scientist() -> Principal:
    return principal(Role.DATA_SCIENTIST)


@pytest.fixture
def analyst() -> Principal:
    return principal(Role.ANALYST)


@pytest.fixture
def viewer() -> Principal:
    return principal(Role.VIEWER)


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Bytes are named for their place: packed files hold the time they were packed, and parallel workers must agree on names."""
    return argname if isinstance(val, bytes) else None
