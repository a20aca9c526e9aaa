"""The storage keeps each content once, under its hash, and throws away only what nobody names."""

import os
import time
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.data.storage import Storage, StoredFile
from core.errors import Invalid


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "storage")


def parquet(path: Path, **columns: list) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def age(path: Path, hours: float) -> None:
    then = time.time() - hours * 3600
    os.utime(path, (then, then))


def test_a_file_is_kept_under_the_hash_of_its_content(storage, tmp_path):
    source = parquet(tmp_path / "a.parquet", carrier=["AA", "UA"], delay=[1, 2])

    stored = storage.add(source)

    digest = sha256(source.read_bytes()).hexdigest()
    assert (stored, storage.path(digest).read_bytes()) == (
        StoredFile(digest, source.stat().st_size, 2, ("carrier", "delay")),
        source.read_bytes(),
    )


def test_a_file_from_the_scratch_folder_is_moved_and_the_folder_goes(storage):
    with storage.scratch() as folder:
        source = parquet(folder / "a.parquet", n=[1])
        stored = storage.add(source)
        moved = not source.exists()

    assert (moved, folder.exists(), storage.path(stored.hash).exists()) == (True, False, True)


def test_the_same_content_twice_is_one_file(storage, tmp_path):
    source = parquet(tmp_path / "a.parquet", n=[1])

    first, second = storage.add(source), storage.add(source)

    assert (first, len(list(storage.folder.rglob("*.parquet")))) == (second, 1)


def test_what_is_no_parquet_file_is_refused_and_leaves_nothing_behind(storage, tmp_path):
    source = tmp_path / "a.parquet"
    source.write_text("carrier,delay\n")

    with pytest.raises(Invalid, match="no Parquet file"):
        storage.add(source)

    assert [path for path in storage.folder.rglob("*") if path.is_file()] == []


def test_only_old_files_that_nobody_names_are_collected(storage, tmp_path):
    named, old, young = (storage.add(parquet(tmp_path / f"{n}.parquet", n=[n])).hash for n in range(3))
    age(storage.path(named), hours=25)
    age(storage.path(old), hours=25)

    deleted = storage.collect({named})

    assert (deleted, [storage.path(name).exists() for name in (named, old, young)]) == (1, [True, False, True])


def test_adding_an_old_file_again_saves_it_from_collection(storage, tmp_path):
    source = parquet(tmp_path / "a.parquet", n=[1])
    name = storage.add(source).hash
    age(storage.path(name), hours=25)
    storage.add(source)

    deleted = storage.collect(set())

    assert (deleted, storage.path(name).exists()) == (0, True)


def test_scratch_folders_of_dead_jobs_are_collected(storage):
    with storage.scratch() as dead, storage.scratch() as alive:
        parquet(dead / "a.parquet", n=[1])
        age(dead, hours=2)

        storage.collect(set(), grace=timedelta(hours=1))

        assert (dead.exists(), alive.exists()) == (False, True)
