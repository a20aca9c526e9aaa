"""What gunicorn cannot read as a request never comes to an application, and is refused like everything else."""

from __future__ import annotations

import json
import logging
import runpy
import socket
from http.client import HTTPResponse
from types import SimpleNamespace

import pytest
from gunicorn import util
from gunicorn.config import Config
from gunicorn.http.errors import InvalidHTTPVersion, LimitRequestHeaders, LimitRequestLine
from gunicorn.workers.base import Worker


@pytest.fixture
def answer_to(monkeypatch: pytest.MonkeyPatch):
    """The answer of a worker that reads *fault* instead of a request."""
    monkeypatch.setattr(util, "write_error", util.write_error)  # puts gunicorn's own back afterwards
    runpy.run_path("gunicorn.conf.py")
    worker = SimpleNamespace(log=logging.getLogger("quiet"), cfg=Config())

    def _answer_to(fault: Exception) -> HTTPResponse:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            Worker.handle_error(worker, None, ours, ("127.0.0.1", 1), fault)
            answer = HTTPResponse(theirs)
            answer.begin()
            answer.content = answer.read()
        return answer

    return _answer_to


@pytest.mark.parametrize(
    ("fault", "status"), [(LimitRequestLine(9000, 8190), 414), (LimitRequestHeaders("too many"), 431), (InvalidHTTPVersion((3, 0)), 400)]
)
def test_what_is_no_request_is_answered_as_a_problem_with_the_headers_of_all_answers(answer_to, fault: Exception, status: int) -> None:
    answer = answer_to(fault)
    content = json.loads(answer.content)

    assert (answer.status, answer.getheader("Content-Type"), content["status"]) == (status, "application/problem+json", status)
    assert (answer.getheader("X-Content-Type-Options"), answer.getheader("X-Request-ID")) == ("nosniff", content["request_id"])
    assert "default-src 'self'" in answer.getheader("Content-Security-Policy")
