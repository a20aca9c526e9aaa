"""Services that lean on the database's locks are tested on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from core.principal import Role
from core.settings import Settings
from db.rows import UserRow
from db.session import Database
from tests.servers import postgresql

_TEMPLATE = "with_people"


@pytest.fixture(scope="session")
def _postgresql() -> Iterator[str]:
    """A server with one database to copy: migrated, with one account per role."""
    with postgresql() as url:
        _administer(url, f"CREATE DATABASE {_TEMPLATE}")
        database = Database(_named(url, _TEMPLATE))
        database.migrate()
        with database.transaction() as session:
            session.add_all([UserRow(email=f"{role}@example.com", name=role.label, role=role, password_hash="!") for role in Role])
        database.close()
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def either(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Settings of a workspace on SQLite, then of one on PostgreSQL; both know the people of tests/conftest.py."""
    if request.param == "sqlite":
        return settings
    url, name = request.getfixturevalue("_postgresql"), f"t{uuid4().hex}"
    _administer(url, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    return replace(settings, database_url=_named(url, name))


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _administer(url: str, statement: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
