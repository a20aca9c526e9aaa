"""A short-lived DuckDB of its own for reading one foreign file: it sees the folders it is given and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import duckdb

_LOOK_EVERY_S = 0.1
_MEMORY = "500MB"  # the rest spills to the scratch folder, so that an import needs little beside the server


class Watch(Protocol):
    """Who follows a reading: is told how far it is (0 to 1) and may stop it, by an exception from `check`."""

    def report(self, progress: float, message: str) -> None: ...

    def check(self) -> None: ...


class Unwatched:
    def report(self, progress: float, message: str) -> None:
        pass

    def check(self) -> None:
        pass


class Reader:
    """Runs statements that can be watched and stopped."""

    def __init__(self, folders: Sequence[Path], watch: Watch) -> None:
        """The first of *folders* is for scratch."""
        self._watch = watch
        scratch = folders[0]
        self._connection = duckdb.connect(
            config={
                "memory_limit": _MEMORY,
                "temp_directory": str(scratch / "spill"),
                "python_enable_replacements": False,
                "autoload_known_extensions": False,
                "autoinstall_known_extensions": False,
            }
        )
        for setting in ("TimeZone = 'UTC'", "enable_progress_bar = true", "enable_progress_bar_print = false"):
            self._connection.execute(f"SET {setting}")
        directories = ", ".join("'" + str(folder.resolve()).replace("'", "''") + "'" for folder in folders)
        self._connection.execute(f"SET allowed_directories = [{directories}]")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def rows(self, sql: str, *, start: float = 0.0, end: float = 0.0, message: str = "") -> list[tuple[Any, ...]]:
        """All rows of *sql*; meanwhile the watch hears of progress from *start* to *end*. Raises duckdb.Error."""
        self._watch.check()  # what is stopped begins nothing more, however quick it would be
        connection = self._connection  # and no cursor of it, which would not share its time zone
        found: list[list[tuple[Any, ...]]] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                found.append(connection.execute(sql).fetchall())
            except BaseException as error:  # noqa: BLE001 - raised again where somebody waits for it
                failed.append(error)

        thread = threading.Thread(target=run, name="reader")
        thread.start()
        try:
            while thread.is_alive():
                thread.join(_LOOK_EVERY_S)
                self._watch.check()
                if message and thread.is_alive():
                    self._watch.report(start + (end - start) * max(0.0, connection.query_progress()) / 100, message)
        finally:
            if thread.is_alive():
                connection.interrupt()
                thread.join()
        if failed:
            raise failed[0]
        return found[0]
