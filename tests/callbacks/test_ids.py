"""Every id that a callback names is on some page. (Dash's own check would send the layouts of all pages to every browser.)"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

import app
from core.dashboards.demo import make_demo
from core.ml.experiments import ExperimentSpec
from core.operations.jobs import Status
from core.principal import Principal
from core.settings import Settings
from core.workspace import open_workspace
from db.rows import JobRow
from layouts.pages import PAGES, match
from tests.flights import add_dataset, flights_file
from tests.trained import DELAY, copy_of_trained
from tests.web.doors import fill_in
from tests.wire import parts

FLIGHTS = 1  # the dataset and its experiment in the trained workspace


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return copy_of_trained(tmp_path / "trained")


def test_every_id_of_a_callback_is_on_a_page(site, workspace, admin, dash_for, tmp_path) -> None:
    client = dash_for(admin)
    shown = {each for path in visits(workspace, admin) for each in ids_of(client.get(path).text)}
    shown |= ids_of_an_empty_workspace(tmp_path / "empty", admin)

    missing = {each for each in callback_ids(site.extensions["dash"]) if not any(stands_for(each, other) for other in shown)}

    assert missing == set()


def test_every_page_is_visited(workspace, admin) -> None:
    visited = [match(path.partition("?")[0]) for path in visits(workspace, admin)]

    assert {page.path for page in PAGES} - {found[0].path for found in visited if found} == set()


def visits(workspace, who) -> Iterable[str]:
    """An address of every page, in every state that has controls of its own."""
    whole = add_dataset(workspace, who, "All flights", flights_file())
    dashboard = make_demo(who, whole.dataset_id, workspace.charts, workspace.dashboards)
    chart = workspace.charts.find(who)[0].id
    upload = workspace.imports.receive(who, "a.csv", BytesIO(b"a,b\n1,2\n3,4\n")).id
    workspace.models.register(who, workspace.experiments.get(who, FLIGHTS).runs[-1].id, DELAY)
    waiting, failed = (
        workspace.experiments.start(who, ExperimentSpec(FLIGHTS, "arr_delay", features=("dep_delay",), families=("linear",)))
        for _ in range(2)
    )
    with workspace.database.transaction() as session:
        job = session.get_one(JobRow, failed.job.id)
        job.status, job.retryable, job.error = Status.FAILED, True, "worker lost"
    return (
        "/", "/data", "/data/new", f"/data/new?upload={upload}",
        *(f"/data/{FLIGHTS}/{tab}" for tab in ("overview", "explore", "profile", "versions", "settings")),
        "/charts", "/charts/new", f"/charts/new?dataset={FLIGHTS}", f"/charts/{chart}",
        "/dashboards", f"/dashboards/{dashboard.id}", f"/dashboards/{dashboard.id}/edit",
        "/experiments", f"/experiments/new?dataset={FLIGHTS}&target=arr_delay",
        f"/experiments/{FLIGHTS}", f"/experiments/{FLIGHTS}/explain", f"/experiments/{waiting.id}", f"/experiments/{failed.id}",
        "/models", *(f"/models/{DELAY}/{tab}" for tab in ("overview", "predict", "versions")),
        "/jobs", "/account", "/admin/people", "/admin/audit", "/gallery",
    )  # fmt: skip


def ids_of_an_empty_workspace(folder: Path, who: Principal) -> set[str]:
    """What only those see who have nothing yet."""
    workspace = open_workspace(Settings(data_dir=folder))
    password = "correct horse battery"
    workspace.accounts.create_first_admin(who.email, password)
    client = app.build(workspace).test_client()
    fill_in(client, "/login", email=who.email, password=password)
    found = {each for path in ("/", "/data", "/data/new") for each in ids_of(client.get(path).text)}
    workspace.close()
    return found


def callback_ids(screen: Any) -> set[str]:
    known = screen.callback_map
    asked = {str(each["id"]) for callback in known.values() for each in callback["inputs"] + callback["state"]}
    return asked | {name for key in known for name, _ in parts(key) if name}


def ids_of(page: str) -> set[str]:
    found = re.search(r'<script id="first-layout" type="application/json">(.*?)</script>', page)
    return set(_ids(json.loads(found[1]) if found else {}))


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _ids(each)
    elif isinstance(value, dict):
        if "namespace" in value and "id" in value["props"]:
            name = value["props"]["id"]
            yield name if isinstance(name, str) else json.dumps(name)
        for each in value.values():
            yield from _ids(each)


def stands_for(declared: str, shown: str) -> bool:
    """Whether *shown* is the id *declared*, or one that the pattern *declared* fits."""
    if not declared.startswith("{"):
        return declared == shown
    if not shown.startswith("{"):
        return False
    pattern, concrete = json.loads(declared), json.loads(shown)
    return pattern.keys() == concrete.keys() and all(isinstance(value, list) or value == concrete[key] for key, value in pattern.items())
