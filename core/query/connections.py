"""DuckDB behind lock and key: private connections that read one folder and nothing else, and their errors in words."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from core.errors import AstralytiqError, Cancelled, Invalid, TimedOut, Unavailable
from core.settings import Settings

Cursor = duckdb.DuckDBPyConnection


class Connection:
    """One connection for a process, opened at the first call and not before, so that a process may fork until then.

    *limits* is what its cursors must inherit: they do not inherit a later SET.
    """

    def __init__(self, settings: Settings, limits: Mapping[str, Any]) -> None:
        self._settings = settings
        self._limits = dict(limits)
        self._connection: Cursor | None = None
        self._opening = threading.Lock()
        self._running: set[Cursor] = set()

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """A cursor for one call; what DuckDB raises comes out in words."""
        cursor = self._open().cursor()
        self._running.add(cursor)
        try:
            yield cursor
        except (duckdb.Error, OSError) as error:  # Arrow says OSError of what fails in the middle of a stream
            if isinstance(error, (duckdb.FatalException, duckdb.InternalException)):
                self._connection = None  # it answers nothing any more; the next call opens another
            raise _in_words(error, self._settings) from error
        finally:
            self._running.discard(cursor)
            cursor.close()

    def interrupt(self) -> None:
        for cursor in list(self._running):
            cursor.interrupt()

    def close(self) -> None:
        with self._opening:
            if self._connection is not None:
                self.interrupt()
                self._connection.close()
                self._connection = None

    def _open(self) -> Cursor:
        with self._opening:
            if self._connection is None:
                self._connection = _connect(self._settings, self._limits)
            return self._connection


def took_too_long(settings: Settings) -> TimedOut:
    return TimedOut(f"The query took longer than {settings.query_timeout_s} seconds and was stopped. Filter it, or ask for fewer groups.")


def _connect(settings: Settings, limits: dict[str, Any]) -> Cursor:
    folder = settings.storage_folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    spill = settings.data_dir.resolve() / "spill"
    connection = duckdb.connect(":memory:", config=limits)
    for name, value in (
        ("temp_directory", _text(spill)),
        ("TimeZone", "'UTC'"),
        ("parquet_metadata_cache", "true"),
        ("python_enable_replacements", "false"),
        ("autoload_known_extensions", "false"),
        ("autoinstall_known_extensions", "false"),
        ("allow_community_extensions", "false"),
        ("allowed_directories", f"[{_text(folder)}]"),
        ("enable_external_access", "false"),
        ("lock_configuration", "true"),
    ):
        connection.execute(f"SET GLOBAL {name} = {value}")
    return connection


def _text(path: Path) -> str:
    return exp.Literal.string(str(path)).sql("duckdb")


def _in_words(error: duckdb.Error | OSError, settings: Settings) -> AstralytiqError:
    text = str(error)
    if "INTERRUPT Error" in text:
        return took_too_long(settings) if "maximum execution time" in text else Cancelled("The query was cancelled.")
    if isinstance(error, duckdb.OutOfMemoryException):
        return Unavailable(f"The query needs more memory than the {settings.memory_limit} it may use. Filter it, or ask for fewer groups.")
    if isinstance(error, (OSError, duckdb.IOException, duckdb.PermissionException, duckdb.FatalException, duckdb.InternalException)):
        return Unavailable("The files of this dataset cannot be read now. Try again; if that does not help, tell an administrator.")
    return Invalid(_reason(text))


_NO_FUNCTION = re.compile(r"argument types '(.+?)\((.*)\)'")
_NO_CAST = re.compile(r"Unimplemented type for cast \((.+) -> (.+)\)")


def _reason(text: str) -> str:
    """DuckDB's complaint as one sentence, without the statement it quotes."""
    first = text.partition("\n")[0].rpartition("Error:")[2].strip().removesuffix("!").removesuffix(".")
    found = _NO_FUNCTION.search(first)
    if found:
        types = found[2].replace("_LITERAL", "").replace("VARCHAR", "text").replace("STRING", "text").replace(", ", " and ").lower()
        return f"{found[1]} does not work with {types}. Convert with try_cast, such as try_cast(x as double), or choose another column."
    found = _NO_CAST.search(first)
    if found:
        return f"Values of the type {found[1]} cannot be taken for {found[2]}. Choose another column, or convert it with a formula."
    return f"{first.split(' when casting from source column')[0]}. Use try_cast to get nothing where a value does not fit."
