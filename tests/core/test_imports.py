"""Imports: from the file in somebody's hand to the first version of a dataset, or to nothing at all."""

from __future__ import annotations

import gzip
import io
import os
import time
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from sqlalchemy import func, select

from core.data.imports import KIND
from core.errors import AstralytiqError, Conflict, Invalid, NotFound, Refused, TooLarge, Unavailable
from core.operations.jobs import Job, Status
from core.operations.queue import Queue
from core.principal import Principal, Role
from core.settings import Settings
from core.worker import execute
from core.workspace import Workspace, open_workspace
from db.rows import AuditRow, JobRow, UploadRow
from tests.conftest import principal
from tests.core.test_sources import excel

CSV = b"id,name,day\n1,Ann,2020-01-01\n2,Bob,2020-01-02\nx,y\n3,Cid,2020-01-03\n"


def upload(workspace: Workspace, who: Principal, content: bytes = CSV, name: str = "people.csv") -> str:
    return workspace.imports.receive(who, name, io.BytesIO(content)).id


def run(workspace: Workspace, id: int) -> Job:
    """Runs the one waiting job as its process would."""
    job = Queue(workspace.database, "test").claim()
    assert job is not None
    assert job.id == id
    execute(workspace.database, workspace.handlers, job.id, job.attempt)
    return workspace.jobs.get(principal(Role.ADMIN), id)


def left(workspace: Workspace) -> tuple[list[Path], int, int]:
    """Files of the inbox and the scratch folder, uploads, datasets."""
    folder = workspace.settings.data_dir
    files = [path for part in ("inbox", "storage/scratch") for path in (folder / part).rglob("*")]
    with workspace.database.reading() as session:
        uploads = session.scalar(select(func.count()).select_from(UploadRow)) or 0
    return files, uploads, len(workspace.datasets.find(principal(Role.ADMIN)))


NOTHING: tuple[list[Path], int, int] = ([], 0, 0)


def test_a_file_becomes_a_dataset(workspace: Workspace, analyst: Principal) -> None:
    dataset, job = workspace.imports.start(analyst, upload(workspace, analyst), "People")
    before = (dataset.name, dataset.version, job.status, job.title)
    done = run(workspace, job.id)
    version = workspace.datasets.version(analyst, dataset.id)

    assert before == ("People", 0, "queued", "Import People")
    assert (done.status, done.result, done.progress, done.message) == (
        Status.SUCCEEDED,
        {"dataset_id": dataset.id, "version": 1, "rows": 3, "rejected": 1},
        1.0,
        "3 rows imported, 1 set aside",
    )
    assert [(column.name, column.type) for column in version.table.columns] == [("id", "BIGINT"), ("name", "VARCHAR"), ("day", "DATE")]
    assert workspace.datasets.rejects(analyst, dataset.id).rows == ((4, "The row has 2 cells, the table 3 columns", "x,y"),)
    assert version.source == {
        "file_name": "people.csv",
        "kind": "csv",
        "bytes": len(CSV),
        "options": {
            "encoding": "utf-8",
            "delimiter": ",",
            "quote": '"',
            "header": True,
            "skip": 0,
            "decimal": ".",
            "nulls": [],
            "columns": {},
        },
        "warnings": [],
    }
    assert left(workspace) == ([], 0, 1)


def test_choices_made_in_the_preview_are_obeyed(workspace: Workspace, analyst: Principal) -> None:
    options: dict[str, Any] = {"columns": {"id": {"name": "code", "type": "text"}, "day": {"type": "text"}}}
    key = upload(workspace, analyst)

    seen = workspace.imports.preview(analyst, key, options)
    dataset, job = workspace.imports.start(analyst, key, "People", options)
    run(workspace, job.id)
    version = workspace.datasets.version(analyst, dataset.id)

    assert [(column.found, column.name, column.type) for column in seen.columns] == [
        ("id", "code", "text"),
        ("name", "name", "text"),
        ("day", "day", "text"),
    ]
    assert [column.type for column in version.table.columns] == ["VARCHAR", "VARCHAR", "VARCHAR"]
    assert version.source["options"]["columns"] == {"id": {"name": "code", "type": "text"}, "day": {"type": "text"}}


def test_a_packed_file_is_unpacked_at_once(workspace: Workspace, analyst: Principal) -> None:
    packed = gzip.compress(CSV)

    received = workspace.imports.receive(analyst, "C:\\data\\people.csv.gz", io.BytesIO(packed))

    assert (received.file_name, received.bytes, received.kind) == ("people.csv", len(packed), "csv")
    assert workspace.imports.get(analyst, received.id) == received
    assert (workspace.settings.data_dir / "inbox" / received.id).read_bytes() == CSV


def test_a_workbook_comes_in_though_the_inbox_keeps_no_endings(workspace: Workspace, analyst: Principal) -> None:
    key = upload(workspace, analyst, excel([["id", "name"], [1, "Ann"]]), "people.xlsx")

    seen = workspace.imports.preview(analyst, key)
    dataset, job = workspace.imports.start(analyst, key, "People")
    done = run(workspace, job.id)

    assert (seen.kind, seen.rows, done.error) == ("excel", (("1", "Ann"),), None)
    assert workspace.datasets.get(analyst, dataset.id).row_count == 1


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "x.csv", "The file is empty"),
        (b"\x01\x02\x03\x04" * 500, "x.csv", "not text"),
        (b"<html><table>", "x.csv", "a web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "x.xlsx", "protected by a password"),
        (gzip.compress(CSV)[:-9], "x.csv.gz", "ends too early"),
        (",".join(f"c{n}" for n in range(3000)).encode() + b"\n1\n", "x.csv", "3,000 columns"),
        (b"[{]", "x.json", "not well-formed"),
    ],
)
def test_a_wrong_file_is_refused_in_words_and_leaves_nothing_behind(
    workspace: Workspace, analyst: Principal, content: bytes, name: str, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        upload(workspace, analyst, content, name)

    assert left(workspace) == NOTHING


@pytest.fixture
def small(settings: Settings) -> Any:
    workspace = open_workspace(Settings(data_dir=settings.data_dir, max_upload_mb=1))
    yield workspace
    workspace.close()


class Endless(io.RawIOBase):
    """A file that never ends; it counts what was taken."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return b"a,b\n" * (size // 4)


def test_a_file_over_the_limit_is_cut_off_and_leaves_nothing_behind(small: Workspace, analyst: Principal) -> None:
    endless = Endless()

    with pytest.raises(TooLarge, match="larger than 1 MB"):
        small.imports.receive(analyst, "x.csv", endless)  # type: ignore[arg-type]

    assert (endless.taken < 4_000_000, left(small)) == (True, NOTHING)


def test_a_bomb_leaves_nothing_behind(small: Workspace, analyst: Principal) -> None:
    with pytest.raises(TooLarge, match="Unpacked the file is larger than 10 MB"):
        upload(small, analyst, gzip.compress(b"1,2\n" * 10_000_000), "x.csv.gz")

    assert left(small) == NOTHING


def test_a_connection_that_breaks_leaves_nothing_behind(workspace: Workspace, analyst: Principal) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        workspace.imports.receive(analyst, "x.csv", Broken())

    assert left(workspace) == NOTHING


def test_a_full_disk_is_told_in_words(workspace: Workspace, analyst: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.data.archives._SPARE", 1 << 60)

    with pytest.raises(Unavailable, match="The disk of the server is nearly full"):
        upload(workspace, analyst)

    assert left(workspace) == NOTHING


def test_an_import_that_fails_takes_its_dataset_along(workspace: Workspace, analyst: Principal) -> None:
    key = upload(workspace, analyst, b"a,b\n")
    _, job = workspace.imports.start(analyst, key, "Nothing")

    done = run(workspace, job.id)

    assert (done.status, done.error, done.retryable, left(workspace)) == (
        Status.FAILED,
        "The file names columns and holds no rows. Choose one that has some.",
        False,
        NOTHING,
    )


def test_an_import_that_is_cancelled_takes_its_dataset_along(workspace: Workspace, analyst: Principal) -> None:
    _, job = workspace.imports.start(analyst, upload(workspace, analyst), "People")
    claimed = Queue(workspace.database, "test").claim()
    assert claimed is not None
    workspace.jobs.cancel(analyst, job.id)

    execute(workspace.database, workspace.handlers, job.id, claimed.attempt)

    assert (workspace.jobs.get(analyst, job.id).status, left(workspace)) == (Status.CANCELLED, NOTHING)


def test_one_cancelled_before_it_began_is_cleared_up_by_the_next(workspace: Workspace, analyst: Principal, scientist: Principal) -> None:
    _, job = workspace.imports.start(analyst, upload(workspace, analyst), "People")
    workspace.jobs.cancel(analyst, job.id)

    dataset, _ = workspace.imports.start(scientist, upload(workspace, scientist), "People")

    assert [each.id for each in workspace.datasets.find(scientist)] == [dataset.id]


def test_an_import_that_lost_its_worker_can_be_tried_again(workspace: Workspace, analyst: Principal) -> None:
    dataset, job = workspace.imports.start(analyst, upload(workspace, analyst), "People")
    queue = Queue(workspace.database, "test")
    claimed = queue.claim()
    assert claimed is not None
    queue.give_up(claimed.id, claimed.attempt, "worker lost")
    workspace.jobs.retry(analyst, job.id)

    assert (run(workspace, job.id).status, workspace.datasets.get(analyst, dataset.id).row_count) == (Status.SUCCEEDED, 3)


def test_an_upload_is_imported_once_only(workspace: Workspace, analyst: Principal) -> None:
    key = upload(workspace, analyst)
    workspace.imports.start(analyst, key, "People")

    with pytest.raises(NotFound, match="There is no such upload"):
        workspace.imports.start(analyst, key, "People again")


def test_a_name_that_is_taken_leaves_the_upload_for_another_try(workspace: Workspace, analyst: Principal) -> None:
    key = upload(workspace, analyst)
    workspace.datasets.create(analyst, "People")

    with pytest.raises(Conflict):
        workspace.imports.start(analyst, key, "people")

    assert workspace.imports.start(analyst, key, "People 2")[0].name == "People 2"
    with workspace.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JobRow)) == 1


def test_an_upload_belongs_to_who_made_it(workspace: Workspace, analyst: Principal, admin: Principal) -> None:
    key = upload(workspace, analyst)

    for act in (
        lambda: workspace.imports.preview(admin, key),
        lambda: workspace.imports.start(admin, key, "Mine"),
        lambda: workspace.imports.discard(admin, key),
        lambda: workspace.imports.get(admin, key),
    ):
        with pytest.raises(NotFound):
            act()


def test_an_upload_can_be_taken_back(workspace: Workspace, analyst: Principal) -> None:
    workspace.imports.discard(analyst, upload(workspace, analyst))

    assert left(workspace) == NOTHING


def test_uploads_that_were_forgotten_go(workspace: Workspace, analyst: Principal) -> None:
    key = upload(workspace, analyst)
    long_ago = time.time() - 50 * 3600
    os.utime(workspace.settings.data_dir / "inbox" / key, (long_ago, long_ago))

    second = upload(workspace, analyst)

    assert [path.name for path in (workspace.settings.data_dir / "inbox").iterdir()] == [second]
    for act in (workspace.imports.preview, workspace.imports.get):
        with pytest.raises(NotFound, match="The uploaded file is gone"):
            act(analyst, key)


def test_a_job_without_its_file_fails_in_words(workspace: Workspace, analyst: Principal) -> None:
    key = upload(workspace, analyst)
    _, job = workspace.imports.start(analyst, key, "People")
    (workspace.settings.data_dir / "inbox" / key).unlink()

    done = run(workspace, job.id)

    assert (done.status, done.error, left(workspace)[2]) == (Status.FAILED, "The uploaded file is gone. Upload it again.", 0)


def test_a_machine_in_trouble_keeps_the_file_for_another_try(
    workspace: Workspace, analyst: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, job = workspace.imports.start(analyst, upload(workspace, analyst), "People")

    def full(*_: object, **__: object) -> None:
        raise Unavailable("The disk is full.")

    monkeypatch.setattr("core.data.storage.Storage.add", full)
    failed = run(workspace, job.id)
    monkeypatch.undo()
    workspace.jobs.retry(analyst, job.id)

    assert (failed.status, failed.retryable, run(workspace, job.id).status) == (Status.FAILED, True, Status.SUCCEEDED)


def test_viewers_bring_nothing_in(workspace: Workspace, viewer: Principal) -> None:
    stream: BinaryIO = io.BytesIO(CSV)
    for act in (
        lambda: workspace.imports.receive(viewer, "x.csv", stream),
        lambda: workspace.imports.preview(viewer, "x"),
        lambda: workspace.imports.start(viewer, "x", "X"),
        lambda: workspace.imports.discard(viewer, "x"),
        lambda: workspace.imports.get(viewer, "x"),
    ):
        with pytest.raises(Refused):
            act()


def test_what_was_done_is_in_the_audit_log(workspace: Workspace, analyst: Principal) -> None:
    workspace.imports.discard(analyst, upload(workspace, analyst))
    workspace.imports.start(analyst, upload(workspace, analyst), "People")

    with workspace.database.reading() as session:
        actions = list(session.scalars(select(AuditRow.action).order_by(AuditRow.id)))
    assert actions == ["upload.receive", "upload.discard", "upload.receive", "dataset.create", "job.submit"]


def test_the_kind_of_the_job_lets_readers_of_datasets_watch_it(workspace: Workspace, analyst: Principal, viewer: Principal) -> None:
    _, job = workspace.imports.start(analyst, upload(workspace, analyst), "People")

    assert (job.kind, workspace.jobs.get(viewer, job.id).id) == (KIND, job.id)


def test_odd_file_names_do_no_harm(workspace: Workspace, analyst: Principal) -> None:
    names = [
        workspace.imports.receive(analyst, name, io.BytesIO(CSV)).file_name for name in ("../../etc/passwd", "", "a\0b\n.csv", "x" * 300)
    ]

    assert names == ["passwd", "upload", "ab.csv", "x" * 255]


def test_every_refusal_is_in_words(workspace: Workspace, analyst: Principal) -> None:
    with pytest.raises(AstralytiqError, match="A dataset needs a name"):
        workspace.imports.start(analyst, upload(workspace, analyst), " ")


def killed(workspace: Workspace, who: Principal, name: str = "People") -> tuple[int, Job]:
    """An import whose process was killed: nobody cleared up after it."""
    dataset, job = workspace.imports.start(who, upload(workspace, who), name)
    queue = Queue(workspace.database, "test")
    claimed = queue.claim()
    assert claimed is not None
    queue.give_up(claimed.id, claimed.attempt, "worker lost")
    return dataset.id, job


def test_an_import_that_was_killed_is_in_no_list_until_it_is_tried_again(workspace: Workspace, analyst: Principal) -> None:
    dataset_id, job = killed(workspace, analyst)
    dead = (workspace.datasets.find(analyst), workspace.datasets.find(analyst, search="people"), workspace.datasets.count(analyst))

    workspace.jobs.retry(analyst, job.id)

    assert (dead, [each.id for each in workspace.datasets.find(analyst)]) == (([], [], 0), [dataset_id])


def test_an_import_that_was_killed_does_not_keep_its_name(workspace: Workspace, analyst: Principal, scientist: Principal) -> None:
    _, dead = killed(workspace, analyst)
    dataset, job = workspace.imports.start(scientist, upload(workspace, scientist), "people")
    done = run(workspace, job.id)
    workspace.imports.discard(analyst, upload(workspace, analyst))
    workspace.jobs.retry(analyst, dead.id)
    late = run(workspace, dead.id)

    assert (done.status, late.error, late.retryable, left(workspace)) == (
        Status.SUCCEEDED,
        "There is no dataset 1. It may have been deleted.",
        False,
        ([], 0, 1),
    )
    assert [each.id for each in workspace.datasets.find(analyst)] == [dataset.id]


def test_an_import_that_was_killed_after_it_brought_the_table_in_only_finishes(workspace: Workspace, analyst: Principal) -> None:
    dataset_id, job = killed(workspace, analyst)
    path = workspace.settings.data_dir / "inbox" / job.arguments["upload"]
    content = path.read_bytes()
    workspace.jobs.retry(analyst, job.id)
    first = run(workspace, job.id)
    path.write_bytes(content)
    with workspace.database.transaction() as session:
        session.get_one(JobRow, job.id).status = Status.QUEUED

    second = run(workspace, job.id)

    assert (second.status, second.result, len(workspace.datasets.versions(analyst, dataset_id))) == (Status.SUCCEEDED, first.result, 1)


def test_what_a_killed_process_left_in_the_scratch_folder_goes_with_the_next_upload(workspace: Workspace, analyst: Principal) -> None:
    dead = workspace.storage.folder / "scratch" / "of-a-killed-job"
    dead.mkdir()
    with workspace.storage.scratch() as alive:
        upload(workspace, analyst)

        assert (dead.exists(), alive.exists()) == (False, True)
