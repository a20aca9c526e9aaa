"""Runs the migrations on the engine that the application hands over."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, func, select

from db.rows import Row
from db.types import UtcDateTime


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Our own column types by name, so that a new migration runs as it was generated."""
    name = {JSON: "Json", UtcDateTime: "UtcDateTime()"}.get(type(item)) if kind == "type" else None
    if name is None:
        return False
    autogen_context.imports.add("from db.types import Json, UtcDateTime")
    return name


engine = context.config.attributes["engine"]
ONE_AT_A_TIME = 20130101

with engine.begin() as connection:
    # The workers and the supervisor start together: one migrates, the others wait and find it done (SQLite begins with its write lock).
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
    context.configure(
        connection=connection,
        target_metadata=Row.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
