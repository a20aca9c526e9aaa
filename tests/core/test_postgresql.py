"""A workspace does the same whichever database its metadata is in: the whole main job on both, and what the two treat differently."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.dashboards.layout import Place
from core.dashboards.wire import spec_from_json
from core.errors import AstralytiqError, Invalid, NotFound, NotSignedIn, TooMany
from core.ml.experiments import ExperimentSpec
from core.operations import audit
from core.operations.jobs import Status
from core.principal import Principal, Role
from core.query.spec import Dimension, Measure, Query
from core.settings import Settings
from core.workspace import Workspace, open_workspace
from db.types import now
from tests.flights import add_dataset
from tests.trained import add_table, run_next, some_flights, train, tumour_table

PASSWORD = "correct horse battery staple"
BARS = {"kind": "bar", "measures": [{"aggregate": "count"}], "dimensions": [{"column": "carrier"}]}
AMOUNT = 2**40
"""Above what a column of type integer holds in PostgreSQL; 2**70 is above what SQLite's driver takes."""


@pytest.fixture
def workspace(either: Settings) -> Iterator[Workspace]:
    opened = open_workspace(either)
    yield opened
    opened.close()


def bring_in(workspace: Workspace, who: Principal, name: str, file_name: str, content: bytes) -> int:
    upload = workspace.imports.receive(who, file_name, io.BytesIO(content))
    dataset, _ = workspace.imports.start(who, upload.id, name)
    done = run_next(workspace)
    assert done.status is Status.SUCCEEDED, done.error
    return dataset.id


def test_the_main_job_from_a_file_to_a_prediction(workspace: Workspace, scientist: Principal, admin: Principal) -> None:
    dataset_id = bring_in(workspace, scientist, "Flights", "flights.parquet", some_flights(1_500).read_bytes())
    by_origin = Query(measures=(Measure("n", "count(*)"),), by=(Dimension("origin", "origin"),))
    answer = workspace.queries.run(scientist, dataset_id, by_origin)
    chart = workspace.charts.save(scientist, "By carrier", dataset_id, spec_from_json(BARS))
    dashboard = workspace.dashboards.create(scientist, "Flights", places=[Place(chart.id, 0, 0, 6, 4)])
    (tile,) = workspace.dashboards.data(scientist, dashboard.id)
    experiment = train(workspace, ExperimentSpec(dataset_id, "arr_delay", families=("linear",)), scientist)
    workspace.models.register(scientist, experiment.runs[0].id, "delay")
    row = workspace.queries.rows(scientist, dataset_id, limit=1)
    found = workspace.models.predict(scientist, "delay", [dict(zip((c.name for c in row.columns), row.rows[0], strict=True))])
    actions = {entry.action for entry in workspace.audit_log.find(admin, since=now() - timedelta(hours=1), search="flights")}

    assert sum(row[1] for row in answer.rows) == workspace.datasets.get(scientist, dataset_id).row_count
    assert workspace.datasets.profile(scientist, dataset_id).row_count == workspace.datasets.get(scientist, dataset_id).row_count
    assert (tile.error, experiment.status, found.model_version, len(found.predictions)) == (None, "succeeded", 1, 1)
    assert actions >= {"upload.receive", "dataset.create", "dataset.add_version", "dashboard.create"}


def test_somebody_signs_in_and_is_held_off_after_twenty_wrong_tries(workspace: Workspace, admin: Principal, quick_hashes: None) -> None:
    workspace.accounts.create(admin, "Ada@Example.com", "Ada", Role.VIEWER, PASSWORD)
    signed_in = workspace.accounts.sign_in("ada@example.COM", PASSWORD)
    known = workspace.accounts.by_token(signed_in.token)
    for _ in range(20):
        with pytest.raises(NotSignedIn):
            workspace.accounts.sign_in("ada@example.com", "wrong")

    with pytest.raises(TooMany):
        workspace.accounts.sign_in("ada@example.com", PASSWORD)
    assert (known.email if known else None) == "ada@example.com"


NAMES = ("100% GRÖße", "100 GRÖße", "a_b", "axb")


@pytest.mark.parametrize(
    ("search", "found"),
    [("%", ["100% GRÖße"]), ("_", ["a_b"]), ("GRÖSSE", []), ("grÖße", ["100 GRÖße", "100% GRÖße"]), ("A", ["a_b", "axb"]), ("/", [])],
)
@pytest.mark.parametrize("thing", ["datasets", "charts", "dashboards"])
def test_a_search_means_the_letters_it_holds_in_whatever_case(
    workspace: Workspace, scientist: Principal, thing: str, search: str, found: list[str]
) -> None:
    if thing == "charts":
        dataset_id = add_dataset(workspace, scientist, "Flights", some_flights(1_500)).dataset_id
    for name in NAMES:
        if thing == "charts":
            workspace.charts.save(scientist, name, dataset_id, spec_from_json(BARS))
        else:
            getattr(workspace, thing).create(scientist, name)

    matches = sorted(each.name for each in getattr(workspace, thing).find(scientist, search=search))

    assert matches == (NAMES_OF_FOLDED if (thing, search) == ("datasets", "GRÖSSE") else found)


NAMES_OF_FOLDED = ["100 GRÖße", "100% GRÖße"]
"""The names of datasets are told apart by their case-folded form, in which ß is ss."""


def test_the_audit_log_is_searched_by_the_letters_too(workspace: Workspace, admin: Principal, scientist: Principal) -> None:
    for name in NAMES:
        workspace.datasets.create(scientist, name)

    found = [len(workspace.audit_log.find(admin, search=text)) for text in ("100%", "a_b", "größe", "DATA_SCIENTIST@", "nowhere")]

    assert found == [1, 1, 2, 4, 0]


ASKED: dict[str, Callable[[Workspace, Principal, int], Any]] = {
    "job": lambda w, who, number: w.jobs.get(who, number),
    "cancelling": lambda w, who, number: w.jobs.cancel(who, number),
    "retry": lambda w, who, number: w.jobs.retry(who, number),
    "dataset": lambda w, who, number: w.datasets.get(who, number),
    "version": lambda w, who, number: w.datasets.version(who, number),
    "deleting": lambda w, who, number: w.datasets.delete(who, number),
    "chart": lambda w, who, number: w.charts.get(who, number),
    "chart to delete": lambda w, who, number: w.charts.delete(who, number),
    "dashboard": lambda w, who, number: w.dashboards.get(who, number),
    "tiles": lambda w, who, number: w.dashboards.data(who, number),
    "experiment": lambda w, who, number: w.experiments.get(who, number),
    "training": lambda w, who, number: w.experiments.start(who, ExperimentSpec(number, "x")),
    "run": lambda w, who, number: w.experiments.detail(who, number),
    "explanation": lambda w, who, number: w.experiments.waterfall(who, number, 0),
    "registration": lambda w, who, number: w.models.register(who, number, "m"),
    "person": lambda w, who, number: w.accounts.change_role(who, number, Role.VIEWER),
    "invitation": lambda w, who, number: w.accounts.withdraw(who, number),
}


@pytest.mark.parametrize("number", [0, -1, AMOUNT, 2**70])
def test_a_number_that_no_row_can_have_is_not_found(workspace: Workspace, admin: Principal, number: int) -> None:
    answers = {}
    for name, ask in ASKED.items():
        try:
            answers[name] = ask(workspace, admin, number)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test names it
            answers[name] = type(error)

    assert answers == dict.fromkeys(ASKED, NotFound)


TOLD: dict[str, Callable[[Workspace, Principal, str], Any]] = {
    "name of a dataset": lambda w, who, text: w.datasets.create(who, text),
    "description": lambda w, who, text: w.datasets.create(who, "Any", description=text),
    "search": lambda w, who, text: w.datasets.find(who, search=text),
    "search of columns": lambda w, who, text: w.datasets.find_columns(who, text),
    "search of charts": lambda w, who, text: w.charts.find(who, search=text),
    "name of a dashboard": lambda w, who, text: w.dashboards.create(who, text),
    "description of a dashboard": lambda w, who, text: w.dashboards.create(who, "Any", text),
    "name of a model": lambda w, who, text: w.models.get(who, text),
    "audit log": lambda w, who, text: w.audit_log.find(who, search=text),
    "own name": lambda w, who, text: w.accounts.rename(who, text),
    "address": lambda w, who, text: w.accounts.invite(who, f"{text}@example.com", Role.VIEWER),
    "upload": lambda w, who, text: w.imports.preview(who, text),
}


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_text_that_no_database_keeps_is_refused_in_words(workspace: Workspace, admin: Principal, text: str) -> None:
    answers = {}
    for name, tell in TOLD.items():
        try:
            answers[name] = tell(workspace, admin, text)
        except (Invalid, NotFound) as error:
            answers[name] = "in words" if error.message.isprintable() else error.message
        except Exception as error:  # noqa: BLE001 - whatever it is, the test names it
            answers[name] = repr(error)[:200]

    assert answers == dict.fromkeys(TOLD, "in words")


def test_signing_in_with_such_text_is_only_wrong(workspace: Workspace) -> None:
    with pytest.raises((NotSignedIn, Invalid)):
        workspace.accounts.sign_in("a\0b@example.com", "a\0b", agent="a\0b")


def test_a_table_may_hold_what_names_may_not(workspace: Workspace, scientist: Principal) -> None:
    file = io.BytesIO()
    pq.write_table(pa.table({"word": ["a\0b", "a\0b", "c"], "n": [1, 2, AMOUNT]}), file)
    dataset_id = bring_in(workspace, scientist, "Odd", "odd.parquet", file.getvalue())

    profile = workspace.datasets.profile(scientist, dataset_id)
    again = workspace.datasets.profile(scientist, dataset_id)

    assert (profile == again, profile.columns[0].top[0].value) == (True, "a\ufffdb")


def test_a_change_that_is_recorded_keeps_what_can_be_kept(workspace: Workspace, admin: Principal) -> None:
    with workspace.database.transaction() as session:
        audit.record(session, admin, "thing.change", "thing", 1, was="a\0b", big=2**70)

    (entry,) = workspace.audit_log.find(admin, action="thing.change")

    assert entry.detail == {"was": "a\ufffdb", "big": 2**70}


def at_once(attempts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each came to: its answer, or the words of its refusal."""
    start = threading.Barrier(len(attempts))

    def go(attempt: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return attempt()
        except AstralytiqError as error:
            return error.message

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(go, attempts))


def test_runs_registered_at_once_under_a_new_name_become_versions_of_one_model(workspace: Workspace, scientist: Principal) -> None:
    tumours = add_table(workspace, "Tumours", tumour_table())
    done = train(workspace, ExperimentSpec(tumours.dataset_id, "malignant", families=("linear",)), scientist)
    registered = at_once([lambda: workspace.models.register(scientist, done.runs[0].id, "tumour").number] * 4)

    assert sorted(registered) == [1, 2, 3, 4]
    assert [len(model.versions) for model in workspace.models.find(scientist)] == [4]


def test_an_upload_that_is_imported_twice_at_once_is_taken_once(workspace: Workspace, scientist: Principal) -> None:
    upload = workspace.imports.receive(scientist, "numbers.csv", io.BytesIO(b"a,b\n1,2\n3,4\n"))
    started = at_once([partial(workspace.imports.start, scientist, upload.id, f"Numbers {number}") for number in range(4)])

    assert sum(not isinstance(each, str) for each in started) == 1
    assert len(workspace.datasets.find(scientist)) == 1
