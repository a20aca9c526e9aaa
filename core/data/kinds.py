"""What kind of file it is: by its content first, by its name where the content leaves a choice."""

from __future__ import annotations

import zipfile
from enum import StrEnum, unique
from pathlib import Path

from core.data.archives import is_workbook
from core.errors import Invalid


@unique
class Kind(StrEnum):
    CSV = "csv"
    EXCEL = "excel"
    JSON = "json"
    PARQUET = "parquet"

    @property
    def label(self) -> str:
        return {"csv": "Text (CSV, TSV)", "excel": "Excel", "json": "JSON", "parquet": "Parquet"}[self.value]


ENCRYPTED = "The Parquet file is encrypted. Write it without a key, then try again."
_KNOWN = "Choose a CSV, TSV, Excel (.xlsx), JSON or Parquet file, or one of them packed with gzip or zip."
_FOREIGN = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"ARROW1", "an Arrow file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"{\\rtf", "an RTF document"),
)
_PACKED = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"Rar!", "RAR"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def find_kind(path: Path, file_name: str) -> Kind:
    """The kind of an unpacked file. Raises Invalid that names what it is instead."""
    with path.open("rb") as file:
        head = file.read(4096)
    _refuse_foreign(path, head)
    if head.startswith(b"PAR1"):
        return Kind.PARQUET
    if head.startswith(b"PK\x03\x04"):
        return _zipped(path)
    ending = Path(file_name.lower()).suffix
    return Kind.JSON if _is_json(head, ending) else Kind.CSV


def _refuse_foreign(path: Path, head: bytes) -> None:
    for start, name in _FOREIGN:
        if head.startswith(start):
            raise Invalid(f"The file is {name}, not a table. {_KNOWN}")
    for start, name in _PACKED:
        if head.startswith(start):
            raise Invalid(f"The file is packed with {name} (once more, or in a way that is not read here). Unpack it, then try again.")
    if head[257:262] == b"ustar":
        raise Invalid("The file is a tar archive. Unpack it, then upload one of its files.")
    if head.startswith(b"PARE") and _ends_with(path, b"PARE"):  # at the start alone it may be a column named PARENT
        raise Invalid(ENCRYPTED)
    if head.startswith(_OLE):
        raise Invalid(_ole(path))


def _ends_with(path: Path, end: bytes) -> bool:
    with path.open("rb") as file:
        file.seek(-len(end), 2)
        return file.read() == end


def _ole(path: Path) -> str:
    """Old Office files, and new ones with a password, share one container."""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if "EncryptedPackage".encode("utf-16-le") in block:
                return "The Excel file is protected by a password. Save it without one, then try again."
    return "The file is in the old Excel format (.xls) or another old Office format. Save it as .xlsx, then try again."


def _zipped(path: Path) -> Kind:
    if is_workbook(path):
        return Kind.EXCEL
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        raise Invalid("The zip file is damaged. Zip it again, or upload the file itself.") from None
    if "xl/workbook.bin" in names:
        raise Invalid("The file is a binary Excel file (.xlsb). Save it as .xlsx, then try again.")
    if "content.xml" in names:
        raise Invalid("The file is an OpenDocument file. Save it as .xlsx or CSV, then try again.")
    if "[Content_Types].xml" in names:
        raise Invalid(f"The file is an Office document without a table. {_KNOWN}")
    raise Invalid("The file is a zip archive inside another one. Unpack it, then try again.")


def _is_json(head: bytes, ending: str) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").lstrip()
    inner = text[1:].lstrip()[:1]
    if text[:1] == b"{":
        return inner in (b'"', b"}") or ending in (".json", ".jsonl", ".ndjson")
    return text[:1] == b"[" and (inner in (b"{", b"[") or ending == ".json")
