"""Tokens over REST, and what happens without one."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import ASGIApp, Message

from core.principal import Role
from tests.api.conftest import PASSWORD, ClientFor


def test_an_account_gives_a_pair_of_tokens(client_for: ClientFor) -> None:
    answer = client_for(None).post("/api/v1/auth/token", json={"email": "viewer@example.com", "password": PASSWORD})

    assert (answer.status_code, sorted(answer.json())) == (200, ["access_token", "expires_in", "refresh_token", "token_type"])


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(client_for: ClientFor) -> None:
    client = client_for(None)
    answers = [
        client.post("/api/v1/auth/token", json={"email": email, "password": "wrong"}) for email in ("viewer@example.com", "no@example.com")
    ]

    assert [(each.status_code, each.json()) for each in answers] == [(401, answers[0].json())] * 2


def test_the_twenty_first_wrong_try_is_told_when_to_come_back(client_for: ClientFor) -> None:
    client = client_for(None)
    for _ in range(20):
        client.post("/api/v1/auth/token", json={"email": "viewer@example.com", "password": "wrong"})
    throttled = client.post("/api/v1/auth/token", json={"email": "viewer@example.com", "password": PASSWORD})
    other = client.post("/api/v1/auth/token", json={"email": "analyst@example.com", "password": PASSWORD})

    assert (throttled.status_code, int(throttled.headers["Retry-After"]) > 0, other.status_code) == (429, True, 200)


def test_a_refresh_token_that_is_used_twice_revokes_its_family(client_for: ClientFor) -> None:
    client = client_for(None)
    first = client.post("/api/v1/auth/token", json={"email": "viewer@example.com", "password": PASSWORD}).json()
    second = client.post("/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
    again = client.post("/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
    later = client.post("/api/v1/auth/refresh", json={"refresh_token": second.json()["refresh_token"]})

    assert [second.status_code, again.status_code, later.status_code] == [200, 401, 401]


def test_without_a_token_every_operation_answers_401_as_a_problem(client_for: ClientFor) -> None:
    client = client_for(None)
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    answers = {}
    for path, operations in paths.items():
        if not path.startswith("/v1/auth"):
            for method in operations:
                answer = client.request(method, "/api" + path.replace("{id}", "1").replace("{name}", "x").replace("{alias}", "x"))
                answers[f"{method} {path}"] = (answer.status_code, answer.headers["content-type"])

    assert set(answers.values()) == {(401, "application/problem+json")}


@pytest.mark.parametrize(("token", "status"), [("", 401), ("stale", 401), ("viewer", 403)])
def test_a_file_is_not_read_before_its_sender_is_known(site: ASGIApp, client_for: ClientFor, token: str, status: int) -> None:
    known = client_for(Role.VIEWER).headers["Authorization"]
    headers = {"": [], "stale": [(b"authorization", b"Bearer stale")], "viewer": [(b"authorization", known.encode())]}[token]
    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/datasets", "query_string": b"", "http_version": "1.1", "scheme": "http",
        "headers": [(b"content-type", b"multipart/form-data; boundary=x"), *headers],
    }  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(site(scope, receive, send))

    assert sent[0]["status"] == status


@pytest.mark.parametrize(("role", "status"), [(None, 401), (Role.VIEWER, 403)])
def test_who_may_not_is_told_so_before_what_they_sent_is_judged(client_for: ClientFor, role: Role | None, status: int) -> None:
    client = client_for(role)
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    writes = [
        (method, path)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "requestBody" in operation and not path.startswith("/v1/auth") and not path.endswith("/query")
    ]
    answers = {}
    for method, path in writes:
        address = "/api" + path.replace("{id}", "1").replace("{name}", "x").replace("{alias}", "x")
        for body in ("{", "[]", '{"unknown": 1}'):
            answer = client.request(method, address, content=body, headers={"Content-Type": "application/json"})
            answers[f"{method} {path} {body}"] = answer.status_code

    assert (len(writes) > 5, set(answers.values())) == (True, {status})


def test_a_refusal_is_said_and_written_down(client_for: ClientFor, workspace, admin) -> None:
    answer = client_for(Role.VIEWER).delete("/api/v1/datasets/1")
    entries = [(each.actor, each.object_id) for each in workspace.audit_log.find(admin, outcome="refused")]

    assert (answer.status_code, answer.json()["title"], entries) == (
        403,
        "Not allowed",
        [("viewer@example.com", "DELETE /api/v1/datasets/1")],
    )
