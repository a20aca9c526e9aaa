"""Results that are kept: by content, so that there is nothing to invalidate.

The key is made of what the answer depends on (the table's content, the statement, the version of the engine, the row policy of the
asker): a new version of a dataset is a new key, and what is no longer asked for goes when the folder is full.
"""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from pathlib import Path

import diskcache
import duckdb
import structlog

from core.query.engines import Result

SIZE_LIMIT = 1_000_000_000
_INLINE = 1 << 20  # larger values lie in files of their own: 30 times slower to write for a tile's usual 50 kB

_log = structlog.get_logger(__name__)


class ResultCache:
    """Shared by all processes of a workspace. Where it fails (a full disk), nothing is kept and everything still answered."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._kept = diskcache.Cache(
            str(folder),
            size_limit=SIZE_LIMIT,
            disk_min_file_size=_INLINE,
            eviction_policy="least-recently-stored",  # the others write a row for every read
            timeout=1,
        )

    def get(self, key: str) -> Result | None:
        try:
            found = self._kept.get(key)
        except (OSError, sqlite3.Error, diskcache.Timeout) as error:
            _log.warning("result cache cannot be read", error=repr(error))
            return None
        return found if isinstance(found, Result) else None

    def set(self, key: str, result: Result) -> None:
        try:
            self._kept.set(key, result)
        except (OSError, sqlite3.Error, diskcache.Timeout) as error:
            _log.warning("result cache cannot be written", error=repr(error))

    def close(self) -> None:
        self._kept.close()


def key_of(table_key: str, statement: str, *, policy: str = "") -> str:
    """*policy* names the rows that the asker may see; empty means all of them."""
    parts = (duckdb.__version__, table_key, policy, statement)
    return sha256("\0".join(parts).encode()).hexdigest()
