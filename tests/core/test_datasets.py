"""Datasets: named, versioned, never half there."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.column_search import FoundColumn
from core.data.datasets import Datasets, Version
from core.data.storage import Storage
from core.errors import Conflict, Invalid, NotFound, Refused
from core.query.engines import Embedded
from core.query.spec import Column
from db.rows import AuditRow, ChartRow, DatasetRow, DatasetVersionRow, ExperimentRow
from db.session import Database

COLUMNS = (Column("carrier", "VARCHAR"), Column("delay", "BIGINT"))


@pytest.fixture
def database(either) -> Iterator[Database]:
    opened = Database(either.database)
    yield opened
    opened.close()


@pytest.fixture
def storage(settings) -> Storage:
    return Storage(settings.storage_folder)


@pytest.fixture
def datasets(database, storage, settings) -> Iterator[Datasets]:
    engine = Embedded(settings)
    yield Datasets(database, storage, engine)
    engine.close()


@pytest.fixture
def bring_in(datasets, storage, analyst) -> Callable[..., Version]:
    """A version whose rows have these delays."""

    def _bring_in(
        dataset_id: int, delays: list[int], *, base: int = 0, rejected: int = 0, columns: tuple[str, str] = ("carrier", "delay"), **options
    ) -> Version:
        with storage.scratch() as folder:
            data, rejects = folder / "data.parquet", folder / "rejects.parquet"
            pq.write_table(pa.table([["AA"] * len(delays), pa.array(delays, pa.int64())], names=columns), data)
            pq.write_table(pa.table({"line": [3] * rejected, "reason": ["?"] * rejected, "raw": ["x"] * rejected}), rejects)
            return datasets.add_version(
                analyst,
                dataset_id,
                [data],
                columns=[Column(name, known.type) for name, known in zip(columns, COLUMNS, strict=True)],
                rejects=rejects if rejected else None,
                source={"file": "flights.csv"},
                base=base,
                **options,
            )

    return _bring_in


def values(version: Version) -> list[int]:
    return [delay for path in version.table.files for delay in pq.read_table(path).column("delay").to_pylist()]


def audited(database) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [tuple(row) for row in session.execute(select(AuditRow.action, AuditRow.object_id).order_by(AuditRow.id))]


def test_a_new_dataset_is_empty_until_something_is_brought_in(datasets, analyst, bring_in):
    empty = datasets.create(analyst, "  Flights   of 2013 ")
    bring_in(empty.id, [1, 2, 3], rejected=2)

    full = datasets.get(analyst, empty.id)

    assert (empty.name, empty.owner, empty.version, empty.row_count, full.version, full.row_count, full.column_count) == (
        "Flights of 2013", "Analyst", 0, 0, 1, 3, 2,
    )  # fmt: skip


def test_a_version_says_what_it_holds_and_where_it_came_from(datasets, analyst, viewer, bring_in):
    flights = datasets.create(analyst, "Flights").id
    bring_in(flights, [1, 2, 3], rejected=2)

    version = datasets.version(viewer, flights)

    assert (version.dataset_name, version.number, version.table.columns, version.table.row_count, version.reject_count) == (
        "Flights", 1, COLUMNS, 3, 2,
    )  # fmt: skip
    assert (version.source, version.created_by, values(version)) == ({"file": "flights.csv"}, "Analyst", [1, 2, 3])


def test_without_data_there_is_no_version_to_look_at(datasets, analyst):
    flights = datasets.create(analyst, "Flights").id

    with pytest.raises(NotFound, match="Flights has no data yet"):
        datasets.version(analyst, flights)


def test_older_versions_stay_readable(datasets, analyst, bring_in):
    flights = datasets.create(analyst, "Flights").id
    bring_in(flights, [1])
    bring_in(flights, [2, 3], base=1)

    assert (
        values(datasets.version(analyst, flights, 1)),
        values(datasets.version(analyst, flights)),
        [version.number for version in datasets.versions(analyst, flights)],
    ) == ([1], [2, 3], [2, 1])


def test_columns_are_found_by_a_part_of_their_name(datasets, analyst, viewer, bring_in):
    for name in ("Flights", "Trains"):
        bring_in(datasets.create(analyst, name).id, [1])
    datasets.create(analyst, "Planes without data")

    found = datasets.find_columns(viewer, "ARR")

    assert found == [FoundColumn(2, "Trains", COLUMNS[0], 0), FoundColumn(1, "Flights", COLUMNS[0], 0)]


def test_columns_are_those_of_the_current_version_of_what_is_not_deleted(datasets, analyst, admin, bring_in):
    flights, gone = (datasets.create(analyst, name).id for name in ("Flights", "Gone"))
    bring_in(flights, [1])
    bring_in(flights, [1], base=1, columns=("day", "delay_total"))
    bring_in(gone, [1])
    datasets.delete(admin, gone)

    assert [(each.column.name, each.place) for text in ("carrier", "delay") for each in datasets.find_columns(analyst, text)] == [
        ("delay_total", 1)
    ]


def test_of_columns_that_called_exactly_so_comes_first_then_what_begins_so(datasets, analyst, bring_in):
    for name, columns in (("A", ("delay", "x")), ("B", ("dep_delay", "delayed"))):
        bring_in(datasets.create(analyst, name).id, [1], columns=columns)

    found = [[each.column.name for each in datasets.find_columns(analyst, "Delay", limit=most)] for most in (9, 2)]

    assert found == [["delay", "delayed", "dep_delay"], ["delay", "delayed"]]


@pytest.mark.parametrize(
    ("search", "found"), [("%", ['50% "off"']), ("_", ["a_b\\c"]), ('f"', ['50% "off"']), ("B\\C", ["a_b\\c"]), ("/", [])]
)
def test_a_search_for_columns_means_the_letters_it_holds(datasets, analyst, bring_in, search, found):
    bring_in(datasets.create(analyst, "Odd").id, [1], columns=('50% "off"', "a_b\\c"))

    assert [each.column.name for each in datasets.find_columns(analyst, search)] == found


def test_a_column_of_a_wide_table_knows_its_place(datasets, database, analyst, bring_in):
    version = bring_in(datasets.create(analyst, "Wide").id, [1])
    with database.transaction() as session:
        row = session.scalars(select(DatasetVersionRow)).one()
        row.columns = [{"name": f"größe {place}", "type": "DOUBLE"} for place in range(2_000)]

    assert datasets.find_columns(analyst, "GRÖSSE 1999") == []
    assert datasets.find_columns(analyst, "GRÖßE 1999") == [FoundColumn(version.dataset_id, "Wide", Column("größe 1999", "DOUBLE"), 1999)]


def test_a_version_that_never_was_is_not_found_in_words(datasets, analyst, bring_in):
    flights = datasets.create(analyst, "Flights").id
    bring_in(flights, [1])

    with pytest.raises(NotFound, match="Flights has no version 7; its versions go from 1 to 1"):
        datasets.version(analyst, flights, 7)


def test_numbers_that_no_database_holds_are_not_found(datasets, analyst, bring_in):
    flights = datasets.create(analyst, "Flights").id
    bring_in(flights, [1])

    for read in (
        lambda: datasets.get(analyst, 10**17),
        lambda: datasets.versions(analyst, 10**17),
        lambda: datasets.version(analyst, flights, 10**17),
    ):
        with pytest.raises(NotFound):
            read()


def test_the_key_of_a_table_is_its_content(datasets, analyst, bring_in):
    flights = datasets.create(analyst, "Flights").id
    keys = [bring_in(flights, delays, base=base).table.key for base, delays in enumerate(([1], [2], [1]))]

    assert (keys[0] == keys[2], keys[0] == keys[1]) == (True, False)


def test_appending_keeps_the_old_files_and_adds_the_new(datasets, analyst, bring_in):
    flights = datasets.create(analyst, "Flights").id
    first = bring_in(flights, [1, 2])

    second = bring_in(flights, [3], base=1, append=True)

    assert (values(second), second.row_count, second.table.files[0]) == ([1, 2, 3], 3, first.table.files[0])


def test_appending_other_columns_is_refused(datasets, analyst, bring_in, tmp_path):
    flights = datasets.create(analyst, "Flights").id
    bring_in(flights, [1])
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"origin": ["JFK"]}), other)

    with pytest.raises(Invalid, match="same columns"):
        datasets.add_version(analyst, flights, [other], columns=[Column("origin", "VARCHAR")], rejects=None, source={}, base=1, append=True)


def test_files_must_have_the_columns_that_are_said(datasets, analyst, tmp_path):
    flights = datasets.create(analyst, "Flights").id
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"origin": ["JFK"]}), other)

    with pytest.raises(Invalid, match="must have its columns"):
        datasets.add_version(analyst, flights, [other], columns=COLUMNS, rejects=None, source={}, base=0)
    with pytest.raises(Invalid, match="at least one file"):
        datasets.add_version(analyst, flights, [], columns=COLUMNS, rejects=None, source={}, base=0)


def test_of_two_writers_who_started_from_the_same_version_the_second_is_told(datasets, analyst, bring_in):
    flights = datasets.create(analyst, "Flights").id
    bring_in(flights, [1])

    with pytest.raises(Conflict, match="version 1 is current, not 0"):
        bring_in(flights, [2])

    assert values(datasets.version(analyst, flights)) == [1]


@pytest.mark.parametrize(("name", "reason"), [("  ", "needs a name"), ("x" * 121, "121 characters"), ("a\x00b", "cannot be printed")])
def test_a_name_must_be_one(datasets, analyst, name, reason):
    with pytest.raises(Invalid, match=reason):
        datasets.create(analyst, name)


def test_a_name_is_taken_whatever_its_case(datasets, analyst):
    datasets.create(analyst, "Überblick")
    other = datasets.create(analyst, "Other")

    with pytest.raises(Conflict, match="already a dataset called überblick"):
        datasets.create(analyst, "überblick")
    with pytest.raises(Conflict, match="already a dataset called ÜBERBLICK"):
        datasets.rename(analyst, other.id, "ÜBERBLICK", "")


def test_a_dataset_can_change_the_case_of_its_own_name(datasets, analyst):
    flights = datasets.create(analyst, "flights").id

    renamed = datasets.rename(analyst, flights, "Flights", " All of 2013. ")

    assert (renamed.name, renamed.description) == ("Flights", "All of 2013.")


def test_a_name_taken_in_the_same_moment_is_still_a_conflict_in_words(datasets, database, analyst, monkeypatch):
    """On PostgreSQL two may look at once and both find the name free; only the unique key tells them apart."""
    datasets.create(analyst, "Flights")
    monkeypatch.setattr(Session, "scalar", lambda *_: None)

    with pytest.raises(Conflict, match="already a dataset called Flights"):
        datasets.create(analyst, "Flights")


def test_creating_inside_the_transaction_of_a_caller_is_undone_with_it(datasets, database, analyst):
    with suppress(ZeroDivisionError), database.transaction() as session:
        datasets.create(analyst, "Flights", session=session)
        raise ZeroDivisionError

    assert (datasets.find(analyst), audited(database)) == ([], [])


def test_datasets_are_found_by_a_part_of_their_name_in_any_case(datasets, analyst, viewer):
    for name in ("Flights", "Überflüge", "100 % of it"):
        datasets.create(analyst, name)

    assert {search: [dataset.name for dataset in datasets.find(viewer, search=search)] for search in ("FLÜGE", "ligh", "%", "_", "")} == {
        "FLÜGE": ["Überflüge"],
        "ligh": ["Flights"],
        "%": ["100 % of it"],
        "_": [],
        "": ["100 % of it", "Überflüge", "Flights"],
    }


def test_finding_goes_page_by_page_and_counts_all(datasets, analyst):
    for n in range(5):
        datasets.create(analyst, f"Set {n}")

    assert (
        [dataset.name for dataset in datasets.find(analyst, search="set", limit=2, offset=1)],
        datasets.count(analyst, search="set"),
        datasets.count(analyst, search="4"),
    ) == (["Set 3", "Set 2"], 5, 1)


def test_new_data_brings_a_dataset_to_the_top(datasets, analyst, bring_in):
    old, _ = datasets.create(analyst, "Old"), datasets.create(analyst, "New")
    bring_in(old.id, [1])

    assert [dataset.name for dataset in datasets.find(analyst)] == ["Old", "New"]


def test_a_deleted_dataset_is_gone_and_its_name_free(datasets, analyst, scientist, bring_in):
    flights = datasets.create(analyst, "Flights").id
    bring_in(flights, [1])
    datasets.delete(scientist, flights)
    again = datasets.create(analyst, "Flights")

    assert [dataset.id for dataset in datasets.find(analyst)] == [again.id]
    for read in (datasets.get, datasets.version, datasets.versions):
        with pytest.raises(NotFound, match=f"no dataset {flights}"):
            read(analyst, flights)


def test_a_dataset_in_use_is_not_deleted_and_the_reason_names_the_users(datasets, database, analyst, scientist):
    flights = datasets.create(analyst, "Flights").id
    with database.transaction() as session:
        session.add(ChartRow(name="Delays", dataset_id=flights, spec={}, owner_id=analyst.user_id))
        session.add(ChartRow(name="By carrier", dataset_id=flights, spec={}, owner_id=analyst.user_id))
        session.add(
            ExperimentRow(name="Late", dataset_id=flights, dataset_version=1, target="late", task="", spec={}, owner_id=analyst.user_id)
        )

    with pytest.raises(Conflict, match="Flights is in use by chart By carrier, chart Delays and experiment Late"):
        datasets.delete(scientist, flights)


def test_the_files_of_a_deleted_dataset_go_after_the_grace(datasets, database, scientist, bring_in, monkeypatch):
    gone, kept = (datasets.create(scientist, name).id for name in ("Gone", "Kept"))
    files = [bring_in(dataset, [dataset], rejected=dataset).table.files[0] for dataset in (gone, kept)]
    datasets.delete(scientist, gone)
    at_once = [file.exists() for file in files]
    monkeypatch.setattr("core.data.storage.time.time", lambda: files[0].stat().st_mtime + 25 * 3600)
    with database.transaction() as session:
        row = session.get_one(DatasetRow, gone)
        row.deleted_at = row.created_at.replace(year=2000)
    datasets.delete(scientist, datasets.create(scientist, "Any other").id)

    assert (at_once, [file.exists() for file in files]) == ([True, True], [False, True])


def test_a_dataset_whose_first_import_failed_leaves_nothing_behind(datasets, database, analyst, bring_in):
    failed, full = datasets.create(analyst, "Failed").id, datasets.create(analyst, "Full").id
    bring_in(full, [1])
    for dataset in (failed, full, 999):
        datasets.discard_empty(analyst, dataset)

    with database.reading() as session:
        assert list(session.scalars(select(DatasetRow.id))) == [full]


def test_a_version_is_profiled_once_and_its_profile_kept_with_it(datasets, database, viewer, analyst, bring_in):
    flights = datasets.create(analyst, "Flights").id
    version = bring_in(flights, [1, 2, 6])
    seen = datasets.profile(viewer, flights)
    version.table.files[0].unlink()

    assert (seen.column("delay").mean, datasets.profile(viewer, flights, 1)) == (3.0, seen)


def test_the_rows_kept_apart_are_read_page_by_page(datasets, analyst, viewer, bring_in):
    flights = datasets.create(analyst, "Flights").id
    bring_in(flights, [1], rejected=3)
    bring_in(flights, [1], base=1)

    some, none = datasets.rejects(viewer, flights, 1, limit=2, offset=1), datasets.rejects(viewer, flights)

    assert ([column.name for column in some.columns], some.rows, some.total, none.rows, none.total) == (
        ["line", "reason", "raw"], ((3, "?", "x"), (3, "?", "x")), 3, (), 0,
    )  # fmt: skip


def test_every_change_is_audited(datasets, database, analyst, scientist, bring_in):
    flights = datasets.create(analyst, "Flights").id
    bring_in(flights, [1])
    datasets.rename(analyst, flights, "Flights 2013", "")
    datasets.delete(scientist, flights)

    assert audited(database) == [(f"dataset.{verb}", str(flights)) for verb in ("create", "add_version", "rename", "delete")]


def test_roles_do_what_they_may(datasets, analyst, viewer):
    flights = datasets.create(analyst, "Flights").id

    with pytest.raises(Refused):
        datasets.create(viewer, "Mine")
    with pytest.raises(Refused):
        datasets.rename(viewer, flights, "Mine", "")
    with pytest.raises(Refused):
        datasets.add_version(viewer, flights, [Path("x")], columns=COLUMNS, rejects=None, source={}, base=0)
    with pytest.raises(Refused):
        datasets.delete(analyst, flights)
    with pytest.raises(Refused):
        datasets.discard_empty(viewer, flights)
