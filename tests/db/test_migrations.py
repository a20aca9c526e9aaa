"""The tables can be made, checked against the rows, taken away and made again, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Integer, inspect
from sqlalchemy.exc import IntegrityError, StatementError

from core.principal import Role
from db.rows import Row, SessionRow, UserRow
from db.session import Database
from tests.servers import postgresql


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'm.db'}")
        yield database
        database.close()
        return
    with postgresql() as url:
        database = Database(url)
        yield database
        database.close()


def person(**values: object) -> UserRow:
    return UserRow(**{"email": "ada@example.com", "name": "Ada", "role": Role.ADMIN, "password_hash": "!"} | values)


def test_the_tables_go_up_down_and_up_again_and_match_the_rows(empty: Database) -> None:
    empty.migrate()
    command.check(empty.alembic())
    command.downgrade(empty.alembic(), "base")
    left = inspect(empty.engine).get_table_names()
    empty.migrate()

    assert left == ["alembic_version"]
    assert set(inspect(empty.engine).get_table_names()) == {*Row.metadata.tables, "alembic_version"}


def test_a_moment_comes_back_aware_and_in_utc(empty: Database) -> None:
    empty.migrate()
    with empty.transaction() as session:
        session.add(person(created_at=datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))))
    with empty.reading() as session:
        read = session.query(UserRow).one().created_at

    assert (read, read.tzinfo) == (datetime(2026, 1, 1, 10, tzinfo=UTC), UTC)


def test_a_naive_moment_is_refused(empty: Database) -> None:
    empty.migrate()

    with pytest.raises(StatementError, match="a moment needs a time zone"), empty.transaction() as session:
        session.add(person(created_at=datetime(2026, 1, 1)))  # noqa: DTZ001 - that is what is refused


def test_references_are_kept_whole(empty: Database) -> None:
    empty.migrate()

    with pytest.raises(IntegrityError), empty.transaction() as session:
        session.add(SessionRow(id="x", user_id=999, expires_at=datetime.now(UTC)))


def test_a_transaction_that_fails_leaves_nothing(empty: Database) -> None:
    empty.migrate()

    with pytest.raises(ZeroDivisionError), empty.transaction() as session:
        session.add(person())
        session.flush()
        _ = 1 / 0

    with empty.reading() as session:
        assert session.query(UserRow).count() == 0


def test_the_number_of_a_deleted_row_is_never_given_to_another(empty: Database) -> None:
    empty.migrate()
    numbers = []
    for _ in range(2):
        with empty.transaction() as session:
            session.add(row := person())
            session.flush()
            numbers.append(row.id)
        with empty.transaction() as session:
            session.delete(session.get_one(UserRow, numbers[-1]))

    assert numbers == [1, 2]


def test_every_numbered_table_counts_on_for_ever(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'm.db'}")
    database.migrate()
    with database.engine.connect() as connection:
        made = dict(connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all())
    database.close()

    numbered = [
        name for name, table in Row.metadata.tables.items() if isinstance(table.c[table.primary_key.columns.keys()[0]].type, Integer)
    ]
    assert [name for name in numbered if "AUTOINCREMENT" not in made[name]] == []
