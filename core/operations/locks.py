"""One at a time, across threads, processes and machines."""

from __future__ import annotations

import zlib

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def one_at_a_time(session: Session, what: str) -> None:
    """Transactions that name the same *what* wait for each other until they end.

    SQLite lets only one transaction write anyway (each begins immediate), so there is nothing to do there;
    PostgreSQL would let two of them both count and then both insert.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(zlib.crc32(what.encode(errors="surrogatepass")))))
