"""Packed files: gzip, and zip with one file in it, unpacked to disk with a count, so that a bomb goes off at the limit."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from core.errors import Invalid, TooLarge, Unavailable

_BLOCK = 1 << 20
_SPARE = 200_000_000  # bytes of the disk that are left to the rest of the machine
_OFFICE = frozenset({"[Content_Types].xml", "content.xml", "xl/workbook.xml"})
_CLUTTER = ("__MACOSX/", ".DS_Store")


@dataclass(frozen=True, slots=True)
class Counter:
    """Lets at most *limit* bytes through to the disk of *folder*."""

    limit: int
    too_large: str
    folder: Path

    def copy(self, blocks: Iterator[bytes], target: BinaryIO) -> int:
        """The number of bytes. Raises TooLarge, or Unavailable when the disk is nearly full."""
        size = room = 0
        for block in blocks:
            size += len(block)
            if size > self.limit:
                raise TooLarge(self.too_large)
            if size > room:
                free = shutil.disk_usage(self.folder).free
                if free < _SPARE + len(block):
                    raise Unavailable("The disk of the server is nearly full. Ask an administrator to make room, then try again.")
                room = size + min(free - _SPARE, 64 * _BLOCK)
            target.write(block)
        return size


def blocks_of(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block


def unpack(path: Path, file_name: str, target: Path, limit: int) -> str | None:
    """Unpacks *path* to *target* and gives the name of what was in it; None when it is not packed.

    Raises Invalid or TooLarge, and leaves no *target* then.
    """
    counter = Counter(limit, f"Unpacked the file is larger than {limit / 1e6:,.0f} MB, the most that is allowed.", target.parent)
    try:
        return _unpack(path, file_name, target, counter)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _unpack(path: Path, file_name: str, target: Path, counter: Counter) -> str | None:
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(b"\x1f\x8b"):
        with path.open("rb") as source, target.open("wb") as out:
            counter.copy(_gunzipped(source), out)
        return _without_ending(file_name)
    if start == b"PK\x03\x04" and _OFFICE.isdisjoint(_names(path)):  # documents are zip files too, and called by their name later
        return _unzip(path, file_name, target, counter)
    if start in (b"PK\x05\x06", b"PK\x07\x08"):
        raise Invalid("The zip file is empty or in several parts. Zip one file, then try again.")
    return None


def is_workbook(path: Path) -> bool:
    """An Excel file is a zip file too."""
    return "xl/workbook.xml" in _names(path)


def _names(path: Path) -> list[str]:
    """What is in a zip file; nothing when it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except zipfile.BadZipFile:
        return []


def _gunzipped(source: BinaryIO) -> Iterator[bytes]:
    """All members, as gzip itself does; in blocks of bounded size however well they were packed."""
    unpacker, data = None, source.read(_BLOCK)
    try:
        while data:
            unpacker = unpacker or zlib.decompressobj(wbits=31)
            yield unpacker.decompress(data, _BLOCK)
            data = unpacker.unused_data.lstrip(b"\0") if unpacker.eof else unpacker.unconsumed_tail
            if unpacker.eof:
                unpacker = None
            data = data or source.read(_BLOCK)
        if unpacker:
            yield unpacker.flush()
    except zlib.error:
        raise Invalid("The gzip file is damaged. Pack it again, or upload it unpacked.") from None
    if unpacker and not unpacker.eof:
        raise Invalid("The gzip file ends too early: it was not copied whole. Copy it again, then try again.")


def _unzip(path: Path, file_name: str, target: Path, counter: Counter) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            member = _only_member(archive)
            with archive.open(member) as source, target.open("wb") as out:
                counter.copy(blocks_of(source), out)  # type: ignore[arg-type]  # ZipExtFile reads like any binary file
            return PurePosixPath(member.filename).name
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise _damaged(file_name) from None
    except NotImplementedError:
        raise Invalid("The zip file is packed in a way that cannot be read here. Zip it with the usual settings.") from None


def _damaged(file_name: str) -> Invalid:
    """An Excel file that was not copied whole is still taken for a zip file, because its last part says what is in it."""
    if file_name.lower().endswith((".xlsx", ".xlsm")):
        return Invalid("The Excel file is damaged or was not copied whole. Save or copy it again, then try again.")
    return Invalid("The zip file is damaged. Zip it again, or upload the file itself.")


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [each for each in archive.infolist() if not each.is_dir() and not any(part in each.filename for part in _CLUTTER)]
    if len(members) != 1:
        listed = ", ".join(PurePosixPath(each.filename).name for each in members[:4])
        found = f"holds {len(members)} files ({listed}{', ...' if len(members) > 4 else ''})" if members else "is empty"
        raise Invalid(f"The zip file {found}. Zip one file by itself, then try again.")
    if members[0].flag_bits & 1:
        raise Invalid("The zip file is protected by a password. Unpack it, then upload the file itself.")
    return members[0]


def _without_ending(name: str) -> str:
    lower = name.lower()
    for ending in (".gz", ".gzip"):
        if lower.endswith(ending):
            return name[: -len(ending)]
    return name[:-4] + ".tar" if lower.endswith(".tgz") else name
