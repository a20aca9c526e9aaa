"""The OpenAPI description says what the API does, and whatever it allows gets an answer that it describes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import alone, build
from core.operations import passwords
from core.principal import Role
from core.workspace import open_workspace
from db.rows import UserRow
from tests.api.conftest import PASSWORD, ClientFor
from tests.servers import free_port
from tests.trained import copy_of_trained

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance, ignored_auth]
DESCRIBED = schemathesis.openapi.from_dict(build(None).openapi())  # the description needs no workspace
OPERATIONS = [found.ok() for found in DESCRIBED.get_all_operations() if isinstance(found, Ok)]
MODES = {"valid": [GenerationMode.POSITIVE], "invalid": [GenerationMode.NEGATIVE]}


@dataclass(frozen=True)
class Running:
    address: str
    headers: dict[str, str]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The API on a port, and an administrator's token."""
    workspace = open_workspace(copy_of_trained(tmp_path_factory.mktemp("described") / "var"))
    with workspace.database.transaction() as session:
        for user in session.query(UserRow):
            user.password_hash = passwords.hashed(PASSWORD)
    token = workspace.tokens.issue(f"{Role.ADMIN}@example.com", PASSWORD).access_token
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(alone(build(workspace)), port=port, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield Running(f"http://127.0.0.1:{port}/api", {"Authorization": f"Bearer {token}"})
    server.should_exit = True
    thread.join(20)
    workspace.close()


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_answer_is_as_described(operation: APIOperation, mode: str, running: Running) -> None:
    @given(case=operation.as_strategy(generation_mode=MODES[mode][0]))
    @settings(max_examples=25, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=running.address, headers=running.headers, checks=CHECKS, timeout=60)

    check()


def test_every_operation_declares_its_security_and_its_problems(client_for: ClientFor) -> None:
    paths = client_for(None).get("/api/v1/openapi.json").json()["paths"]
    lacking = [
        f"{method} {path}"
        for path, operations in paths.items()
        for method, operation in operations.items()
        if operation["security"] != ([] if path.startswith("/v1/auth") else [{"token": []}]) or "403" not in operation["responses"]
    ]

    assert lacking == []


def test_every_operation_with_a_body_says_that_it_may_be_too_large(client_for: ClientFor) -> None:
    paths = client_for(None).get("/api/v1/openapi.json").json()["paths"]
    bodies = [operation for operations in paths.values() for operation in operations.values() if "requestBody" in operation]

    assert [{"411", "413"} <= set(operation["responses"]) for operation in bodies] == [True] * len(bodies)


def test_an_address_names_every_method_that_it_takes_when_asked_by_another(client_for: ClientFor) -> None:
    client = client_for(None)
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    refused = {path: client.request("TRACE", f"/api{path.replace('{id}', '1')}") for path in paths}
    lacking = [path for path, answer in refused.items() if not set(paths[path]) <= set(answer.headers["allow"].lower().split(", "))]

    assert ({answer.status_code for answer in refused.values()}, lacking) == ({405}, [])


def test_the_documentation_page_is_served_from_here_with_nothing_inline(client_for: ClientFor) -> None:
    client = client_for(None)
    page = client.get("/api/docs").text
    files = [part.split('"')[0] for part in page.split('src="')[1:]] + [part.split('"')[0] for part in page.split('href="')[1:]]

    assert [client.get(f"/api/{file}").status_code for file in files] == [200] * len(files)
    assert ("<script>" in page, "://" in page) == (False, False)
