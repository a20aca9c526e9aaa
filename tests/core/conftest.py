"""Services that lean on the database's locks are tested on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from core.operations import passwords
from core.principal import Role
from core.settings import Settings
from db.rows import Row, UserRow
from db.session import Database
from tests.servers import postgresql


@pytest.fixture(scope="session")
def _postgresql() -> Iterator[Database]:
    """One server and one migrated database for all tests: emptying it takes less than making another."""
    with postgresql() as url:
        database = Database(url)
        database.migrate()
        yield database
        database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def either(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Settings of a workspace on SQLite, then of one on PostgreSQL; both know the people of tests/conftest.py."""
    if request.param == "sqlite":
        return settings
    database: Database = request.getfixturevalue("_postgresql")
    with database.transaction() as session:
        session.execute(text(f"TRUNCATE {', '.join(Row.metadata.tables)} RESTART IDENTITY"))
        for role in Role:  # one by one, so that each gets the id of its place
            session.add(UserRow(email=f"{role}@example.com", name=role.label, role=role, password_hash="!"))
            session.flush()
    return replace(settings, database_url=database.url.render_as_string(hide_password=False))


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords hashed a hundred times faster, where a test is about something else."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()
