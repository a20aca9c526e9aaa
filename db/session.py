"""The metadata database: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from db.types import json_text

CONNECT_TIMEOUT_S = 10


class Database:
    """Opens transactions. Only services do; rows stay inside them."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.url = parsed
        self.engine = (
            _sqlite(parsed.render_as_string(hide_password=False))
            if parsed.get_backend_name() == "sqlite"
            else create_engine(parsed, pool_pre_ping=True, json_serializer=json_text, connect_args=_connecting(parsed))
        )
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back by any exception."""
        with self._sessions.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads: it takes no write lock on SQLite."""
        with self._sessions() as session:
            if self.url.get_backend_name() == "sqlite":
                session.connection(execution_options={"reads": True})
            yield session

    def migrate(self, revision: str = "head") -> None:
        command.upgrade(self.alembic(), revision)

    def alembic(self) -> Config:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["engine"] = self.engine
        return config

    def close(self) -> None:
        self.engine.dispose()


def _connecting(url: URL) -> dict[str, int]:
    """A host that answers nothing would be waited for until TCP gives up, minutes later."""
    waits = url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query
    return {"connect_timeout": CONNECT_TIMEOUT_S} if waits else {}


def _write_ahead(connection: Any) -> None:
    """Of several that find a new file at once all but one are refused, and SQLite does not wait for the lock of this one statement."""
    for _ in range(100):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.05)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 30, "isolation_level": None}, json_serializer=json_text)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        _write_ahead(connection)
        for pragma in ("synchronous = NORMAL", "foreign_keys = ON", "busy_timeout = 30000"):
            connection.execute(f"PRAGMA {pragma}")
        # SQLite's own knows the letters of ASCII only, so that a search for ö would not find Ö
        connection.create_function("lower", 1, lambda text: text.lower() if isinstance(text, str) else text, deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later cannot be retried by the busy timeout: take the lock at once.
        reads = connection.get_execution_options().get("reads")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine
