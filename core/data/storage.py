"""Where the tables lie: immutable Parquet files, each named by the SHA-256 of its content.

A file comes in whole or not at all: it is written in the scratch folder, flushed to the disk, renamed to its
final name, and the folder is flushed, before any row of the database names it. So every file that a committed
row names is there and complete, whatever was killed when; what no row names is garbage, collected after a grace.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import Invalid

GRACE = timedelta(hours=24)
"""How long a file that no row names is kept: longer than any import may take between its last file and its row."""
_UNBORN = "new-"  # a scratch folder that its process has not locked yet


@dataclass(frozen=True, slots=True)
class StoredFile:
    """*columns* are the names of the top-level columns in their order."""

    hash: str
    bytes: int
    rows: int
    columns: tuple[str, ...]


class Storage:
    """The files below *folder*, shared by all processes of a workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._files = self.folder / "files"
        self._scratch = self.folder / "scratch"
        for each in (self._files, self._scratch):
            each.mkdir(parents=True, exist_ok=True)

    def path(self, hash: str) -> Path:
        """Where the file of that *hash* is, or would be."""
        return self._files / hash[:2] / f"{hash}.parquet"

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A temporary folder in the file system of the files, so that moving out of it is one rename."""
        made = Path(mkdtemp(dir=self._scratch, prefix=_UNBORN))
        alive = os.open(made, os.O_RDONLY)
        with suppress(OSError):  # a file system without locks: then only the grace tells who is dead
            fcntl.flock(alive, fcntl.LOCK_EX)  # goes with the process, however that ends
        folder = made.rename(made.with_name(made.name.removeprefix(_UNBORN)))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(alive)

    def clear_scratch(self) -> None:
        """Deletes what killed processes left in the scratch folder."""
        self._clear_scratch(time.time() - GRACE.total_seconds())

    def _clear_scratch(self, oldest: float) -> None:
        for folder in self._scratch.iterdir():
            with suppress(FileNotFoundError):  # its job has just ended
                if folder.stat().st_mtime < oldest or (not folder.name.startswith(_UNBORN) and _is_left(folder)):
                    shutil.rmtree(folder)

    def add(self, path: Path) -> StoredFile:
        """Takes the Parquet file at *path* in: moved when it lies in the scratch folder, else copied.

        Adding the same content again gives the same file, and starts its grace anew.
        """
        if path.resolve().is_relative_to(self._scratch):
            return self._take(path)
        with self.scratch() as folder:
            return self._take(Path(shutil.copyfile(path, folder / "copy.parquet")))

    def _take(self, path: Path) -> StoredFile:
        try:
            with pq.ParquetFile(path) as parquet:
                rows, columns = parquet.metadata.num_rows, tuple(parquet.schema_arrow.names)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise Invalid(f"{path.name} is no Parquet file that can be kept: {error}.") from None
        with path.open("rb+") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        stored = StoredFile(digest, path.stat().st_size, rows, columns)
        final = self.path(digest)
        if not final.parent.exists():
            final.parent.mkdir(exist_ok=True)
            _flush(self._files)
        with self._locked(fcntl.LOCK_SH):
            os.utime(path)
            path.replace(final)
        _flush(final.parent)
        return stored

    def collect(self, referenced: Collection[str], grace: timedelta = GRACE) -> int:
        """Deletes the files that are not *referenced* and older than *grace*, and what dead jobs left in the scratch folder.

        Returns how many files went. The grace covers the time between `add` and the commit of the row that names the file.
        """
        oldest = time.time() - grace.total_seconds()
        deleted = 0
        for path in self._files.glob("*/*.parquet"):
            if path.stem not in referenced:
                deleted += self._delete_if_older(path, oldest)
        self._clear_scratch(oldest)
        return deleted

    def _delete_if_older(self, path: Path, oldest: float) -> bool:
        # The lock keeps `add` from renewing the file between the look at its age and its deletion.
        with self._locked(fcntl.LOCK_EX):
            if not path.exists() or path.stat().st_mtime >= oldest:
                return False
            path.unlink()
            return True

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        with (self.folder / "lock").open("a") as lock:
            fcntl.flock(lock, how)
            yield


def _is_left(folder: Path) -> bool:
    """Whether the process that made the scratch folder is gone: its lock went with it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _flush(folder: Path) -> None:
    """Makes the names in *folder* survive a power cut, as fsync of a file does for its content."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
