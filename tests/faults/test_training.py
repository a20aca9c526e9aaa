"""Trainings and imports of the whole application: watched, cancelled and killed, and always ended in words."""

from __future__ import annotations

import gzip
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from core.principal import Principal, Role
from core.workspace import Workspace, open_workspace
from tests.browser.site import PASSWORD, Site
from tests.conftest import principal
from tests.flights import SAMPLE, add_dataset, flights_file
from tests.trained import some_flights

pytestmark = pytest.mark.faults
FAMILIES = ["dummy", "linear", "xgboost"]
LOST = "worker lost"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """gunicorn and the supervisor over one folder with the dataset 1 (all flights, slow to learn from) and 2 (some of them)."""
    started = Site(tmp_path_factory.mktemp("faults"))
    started.seed()
    workspace = open_workspace(started.settings)
    for name, path in (("Flights", flights_file()), ("Some flights", some_flights(1_500))):
        add_dataset(workspace, principal(Role.ADMIN), name, path)
    workspace.close()
    started.start()
    yield started
    started.stop()


class Api:
    """The REST interface as the data scientist calls it."""

    def __init__(self, site: Site) -> None:
        self._client = httpx2.Client(base_url=f"{site.address}/api/v1", timeout=60)
        who = {"email": f"{Role.DATA_SCIENTIST}@example.com", "password": PASSWORD}
        self._client.headers["Authorization"] = f"Bearer {self.ask('POST', '/auth/token', json=who)['access_token']}"

    def close(self) -> None:
        self._client.close()

    def ask(self, method: str, path: str, **more: Any) -> Any:
        answer = self._client.request(method, path, **more)
        assert answer.is_success, answer.text
        return answer.json()

    def train(self, dataset_id: int) -> tuple[int, int]:
        """Job and experiment."""
        started = self.ask("POST", "/experiments", json={"dataset_id": dataset_id, "target": "arr_delay"})
        return started["job_id"], started["experiment_id"]

    def bring_in(self, name: str, content: bytes) -> int:
        return self.ask("POST", "/datasets", data={"name": name}, files={"file": ("flights.csv.gz", content)})["job_id"]

    def job(self, id: int) -> Any:
        return self.ask("GET", f"/jobs/{id}")

    def until(self, id: int, fits: Callable[[Any], bool], seconds: float) -> Any:
        """The job, as soon as it *fits*."""
        deadline = time.monotonic() + seconds
        while not fits(job := self.job(id)):
            if time.monotonic() > deadline:
                pytest.fail(f"not within {seconds} s: {job}")
            time.sleep(0.05)
        return job

    def ended(self, id: int, seconds: float) -> Any:
        return self.until(id, lambda job: job["status"] not in ("queued", "running"), seconds)

    def at_work(self, id: int) -> Any:
        """A training in the folds of its last model, when others are done."""
        return self.until(id, lambda job: job["state"].get("model") == "XGBoost" and job["state"]["fold"] > 0, 120)

    def families(self, experiment_id: int) -> list[str]:
        return sorted(run["family"] for run in self.ask("GET", f"/experiments/{experiment_id}")["runs"])


@pytest.fixture
def api(site: Site) -> Iterator[Api]:
    asking = Api(site)
    yield asking
    asking.close()


def kill_process_of(site: Site, job_id: int) -> None:
    """The process of the job and all that it started; other sites have jobs of that number too."""
    for process in psutil.process_iter(["cmdline", "environ"]):
        ours = (process.info["environ"] or {}).get("ASTRALYTIQ_DATA_DIR") == str(site.folder)
        if ours and f"--job {job_id} " in " ".join([*(process.info["cmdline"] or []), ""]):
            os.killpg(process.pid, signal.SIGKILL)


def test_the_progress_of_a_training_changes_at_least_every_two_seconds_and_a_cancel_is_done_within_three(api: Api) -> None:
    job_id, experiment_id = api.train(1)
    api.until(job_id, lambda job: "model" in job["state"], 60)
    seen, changed, gaps = {}, time.monotonic(), []
    while len(seen.get("state", {}).get("models", ())) < 2 or seen["state"]["fold"] < 2:
        now = {name: value for name, value in api.job(job_id).items() if name in ("progress", "message", "state")}
        if now != seen:
            gaps += [(round(time.monotonic() - changed, 1), seen["message"])] if seen else []
            seen, changed = now, time.monotonic()
        time.sleep(0.1)
    asked = time.monotonic()
    api.ask("DELETE", f"/jobs/{job_id}")
    ended = api.ended(job_id, 3)
    took = time.monotonic() - asked

    assert [gap for gap in gaps if gap[0] > 2] == []
    assert seen["state"].keys() >= {"model", "fold", "trees", "score", "seconds_left"}
    assert (ended["status"], api.families(experiment_id)) == ("cancelled", ["dummy", "linear"])
    assert took <= 3


def test_a_training_whose_process_is_killed_is_lost_within_thirty_seconds_and_is_tried_again_without_twins(site: Site, api: Api) -> None:
    job_id, experiment_id = api.train(2)
    api.at_work(job_id)
    kill_process_of(site, job_id)
    lost = api.ended(job_id, 30)
    kept = api.families(experiment_id)
    api.ask("POST", f"/jobs/{job_id}/retry")
    done = api.ended(job_id, 120)

    assert (lost["status"], lost["error"][: len(LOST)], lost["retryable"], kept) == ("failed", LOST, True, ["dummy", "linear"])
    assert (done["status"], done["attempt"], api.families(experiment_id)) == ("succeeded", 2, FAMILIES)


def test_a_training_whose_server_is_killed_is_lost_within_thirty_seconds_of_the_restart_and_is_tried_again(site: Site, api: Api) -> None:
    job_id, experiment_id = api.train(2)
    api.at_work(job_id)
    site.stop(signal.SIGKILL)
    kill_process_of(site, job_id)
    site.start()
    lost = api.ended(job_id, 30)
    api.ask("POST", f"/jobs/{job_id}/retry")
    done = api.ended(job_id, 120)

    assert (lost["status"], lost["error"][: len(LOST)], lost["retryable"]) == ("failed", LOST, True)
    assert (done["status"], api.families(experiment_id)) == ("succeeded", FAMILIES)


def with_a_broken_row() -> bytes:
    """All flights, read with care and therefore slowly."""
    return gzip.compress(gzip.decompress(SAMPLE.read_bytes()) + b"2013,13\n", compresslevel=1)


def left_by_imports(workspace: Workspace, who: Principal) -> tuple[list[Path], list[str]]:
    """What lies about in inbox and scratch folder, and the names of datasets beside the two that were there."""
    folder = workspace.settings.data_dir
    files = [path for part in ("inbox", "storage/scratch") for path in (folder / part).iterdir()]
    return files, [each.name for each in workspace.datasets.find(who) if each.id > 2]


def test_an_import_that_is_killed_shows_no_half_dataset_is_tried_again_and_leaves_nothing(site: Site, api: Api) -> None:
    content, who = with_a_broken_row(), principal(Role.ADMIN)
    first, second = (api.bring_in(name, content) for name in ("All flights", "Flights again"))
    for job_id in (first, second):
        api.until(job_id, lambda job: job["progress"] > 0.1 or job["status"] not in ("queued", "running"), 60)
        kill_process_of(site, job_id)
    lost = [api.ended(job_id, 30) for job_id in (first, second)]
    workspace = open_workspace(site.settings)
    hidden = left_by_imports(workspace, who)[1]
    api.ask("POST", f"/jobs/{first}/retry")
    other = api.bring_in("flights AGAIN", content)
    done = [api.ended(job_id, 120) for job_id in (first, other)]
    with SAMPLE.with_name("airlines.csv.gz").open("rb") as sample:
        key = workspace.imports.receive(who, "a.csv", sample).id
    workspace.imports.discard(who, key)
    files, names = left_by_imports(workspace, who)
    workspace.close()

    assert [(job["status"], job["error"][: len(LOST)]) for job in lost] == [("failed", LOST)] * 2
    assert [(job["status"], job["result"]["rows"], job["result"]["rejected"]) for job in done] == [("succeeded", 336_776, 1)] * 2
    assert (hidden, files, sorted(names)) == ([], [], ["All flights", "flights AGAIN"])
