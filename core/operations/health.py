"""Health: whether the process lives, and whether it could do its work now."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.errors import Unavailable
from db.session import Database

LEAST_FREE_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """*detail* says what is wrong, or how good it is."""

    ok: bool
    detail: str


class Health:
    """Asked by load balancers and orchestrators, who are nobody: so there is no asker, and no detail beyond the three checks."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def alive(self) -> bool:
        """True whenever it can be asked; a process that cannot answer is dead."""
        return True

    def ready(self) -> dict[str, Check]:
        return {"database": self._answers(), "storage": self._is_writable(), "disk": self._has_room()}

    def _answers(self) -> Check:
        try:
            with self._database.reading() as session:
                session.execute(text("SELECT version_num FROM alembic_version"))
        except (SQLAlchemyError, Unavailable) as error:
            return Check(False, f"does not answer ({type(error).__name__})")
        url = self._database.url
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
            return Check(False, "is gone")  # open connections would still answer, and what they write be lost
        return Check(True, "answers")

    def _is_writable(self) -> Check:
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".ready-") as file:
                file.write(b"?")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            return Check(False, f"cannot be written ({error.strerror})")
        return Check(True, "can be written")

    def _has_room(self) -> Check:
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError as error:
            return Check(False, f"cannot be measured ({error.strerror})")
        return Check(free >= LEAST_FREE_BYTES, f"{free / 1e9:.1f} GB free")
