"""How long one prediction takes: through the service one row, with and without its explanation, and many rows; then one row through the
API of a running server, each time by the same connection.

usage: python -m tests.bench.predict [ROUNDS]
Prints medians and 95th percentiles in milliseconds. The goal through the API is a median of 10 ms for one row, later 3.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from core.ml import frames
from core.operations import passwords
from core.workspace import Workspace, open_workspace
from db.rows import UserRow
from tests.browser.site import PASSWORD, Site
from tests.trained import DELAY, ORIGIN, SCIENTIST, TUMOUR, copy_of_trained


def main(rounds: int = 500) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(copy_of_trained(Path(folder) / "var"))
        for name in (DELAY, ORIGIN, TUMOUR):
            rows = _rows(workspace, name, 1_000)
            started = time.perf_counter()
            workspace.models.predict(SCIENTIST, name, rows[:1])
            print(f"{name}: {(time.perf_counter() - started) * 1000:.0f} ms for the first, which loads it")
            _print("one row", lambda name=name, rows=rows: workspace.models.predict(SCIENTIST, name, rows[:1]), rounds)
            _print(
                "one row, explained", lambda name=name, rows=rows: workspace.models.predict(SCIENTIST, name, rows[:1], explain=True), 100
            )
            _print("1,000 rows", lambda name=name, rows=rows: workspace.models.predict(SCIENTIST, name, rows), 10)
        asked = {name: _rows(workspace, name, 1) for name in (DELAY, ORIGIN, TUMOUR)}
        with workspace.database.transaction() as session:
            for user in session.query(UserRow):
                user.password_hash = passwords.hashed(PASSWORD)
        workspace.close()
        through_the_api(Site(Path(folder) / "var"), asked, rounds)


def through_the_api(site: Site, asked: dict[str, list[dict[str, Any]]], rounds: int) -> None:
    site.start()
    try:
        connection = HTTPConnection("127.0.0.1", site.port)
        token = _post(connection, "/api/v1/auth/token", {"email": SCIENTIST.email, "password": PASSWORD})["access_token"]
        print("through the API")
        for name, rows in asked.items():
            path, headers = f"/api/v1/models/{name}/predict", {"Authorization": f"Bearer {token}"}
            _post(connection, path, {"rows": rows}, headers)
            _print(name, lambda path=path, rows=rows, headers=headers: _post(connection, path, {"rows": rows}, headers), rounds)
        connection.close()
    finally:
        site.stop()


def _post(connection: HTTPConnection, path: str, content: Any, headers: dict[str, str] | None = None) -> Any:
    connection.request("POST", path, json.dumps(content), {"Content-Type": "application/json", **(headers or {})})
    answer = connection.getresponse()
    found = json.loads(answer.read())
    assert answer.status == 200, found
    return found


def _rows(workspace: Workspace, name: str, count: int) -> list[dict[str, Any]]:
    version = workspace.models.get(SCIENTIST, name).champion
    table = workspace.datasets.version(SCIENTIST, version.dataset_id, version.dataset_version).table
    found = frames.sample(table, [version.target, *(field.name for field in version.inputs)]).table.to_pylist()
    found = [row for row in found if row.pop(version.target) is not None]
    rows = [{key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in row.items()} for row in found]
    return (rows * (count // len(rows) + 1))[:count]


def _print(what: str, action: Callable[[], object], rounds: int) -> None:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        action()
        taken.append((time.perf_counter() - started) * 1000)
    print(f"  {what:20} p50 {median(taken):8.2f} ms   p95 {quantiles(taken, n=20)[-1]:8.2f} ms")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
