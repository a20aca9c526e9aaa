"""The outermost layer, outside of Flask and FastAPI: what must hold for pages and API alike."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from werkzeug.wsgi import ClosingIterator

from core.operations.audit import ORIGIN, Origin
from core.operations.logs import log
from core.settings import Settings
from web.compression import compressed
from web.policy import Policy, Refusal, request_id

Headers = list[tuple[str, str]]
_QUIET = ("/healthz", "/readyz", "/assets/", "/_dash-component-suites/")


def problem(refusal: Refusal, request_id: str) -> bytes:
    return orjson.dumps(
        {
            "type": "about:blank",
            "title": HTTPStatus(refusal.status).phrase,
            "status": int(refusal.status),
            "detail": refusal.detail,
            "request_id": request_id,
        }
    )


def unread(policy: Policy, status: int, detail: str) -> bytes:
    """The whole answer to what the server could not read as a request, which is why no application sees it."""
    own_id = request_id("")
    content = problem(Refusal(HTTPStatus(status), detail), own_id)
    headers = _with_policy(_problem_headers(content), policy, own_id)
    head = "\r\n".join((f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers)))
    return f"{head}\r\n\r\n".encode("latin-1") + content


class Outer:
    """WSGI: request id, refusals, headers, compression and the access log around *app*."""

    def __init__(self, app: WSGIApplication, policy: Policy) -> None:
        self.app = app
        self.policy = policy

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began, path = time.perf_counter(), environ.get("PATH_INFO", "")  # a mounted application shortens it
        origin = Origin(request_id(environ.get("HTTP_X_REQUEST_ID", "")), environ.get("REMOTE_ADDR") or "")
        token = ORIGIN.set(origin)
        answer = _Answer()
        body = self._body(environ, answer, origin)
        headers = _with_policy(answer.headers, self.policy, origin.request_id)
        headers, body = compressed(environ.get("HTTP_ACCEPT_ENCODING", ""), headers, body)
        start_response(answer.status, headers)

        def finish() -> None:
            close = getattr(body, "close", None)
            if close:
                close()
            _access(environ["REQUEST_METHOD"], path, int(answer.status[:3]), began, environ.get("astralytiq.user"))
            ORIGIN.reset(token)

        return ClosingIterator(body, finish)

    def _body(self, environ: WSGIEnvironment, answer: _Answer, origin: Origin) -> Iterable[bytes]:
        refusal = self.policy.refusal(
            host=environ.get("HTTP_HOST", ""),
            path=environ.get("PATH_INFO", ""),
            length=environ.get("CONTENT_LENGTH", ""),
            chunked="HTTP_TRANSFER_ENCODING" in environ,
        ) or _unreadable(environ)
        if refusal:
            content = problem(refusal, origin.request_id)
            answer.start(f"{refusal.status.value} {refusal.status.phrase}", _problem_headers(content))
            return [content]
        return answer.begun(self.app(environ, answer.start))


def _unreadable(environ: WSGIEnvironment) -> Refusal | None:
    """Of an address that is no text: the way to the API would break on it."""
    try:
        environ.get("PATH_INFO", "").encode("latin-1").decode()
    except UnicodeError:
        return Refusal(HTTPStatus.BAD_REQUEST, "The address is not text in UTF-8.")
    return None


class _Answer:
    """Catches what an application says about its answer, so that more can be added to it."""

    def __init__(self) -> None:
        self.status = "500 Internal Server Error"
        self.headers: Headers = []
        self.started = False

    def start(self, status: str, headers: Headers, _failure: Any = None, /) -> Callable[[bytes], object]:
        self.status, self.headers, self.started = status, list(headers), True
        return _no_write

    def begun(self, body: Iterable[bytes]) -> Iterable[bytes]:
        """*body* once the application has called start_response, which a generator does at its first piece."""
        if self.started:
            return body
        pieces = iter(body)
        first = next(pieces, b"")
        return ClosingIterator(_chained(first, pieces), getattr(body, "close", None))


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _no_write(_data: bytes) -> object:
    raise RuntimeError("Nothing here uses WSGI's write()")


def _problem_headers(content: bytes) -> Headers:
    return [("Content-Type", "application/problem+json"), ("Content-Length", str(len(content))), ("Connection", "close")]


def _with_policy(headers: Headers, policy: Policy, request_id: str) -> Headers:
    present = {name.lower() for name, _ in headers}
    added = [(name, value) for name, value in policy.headers if name.lower() not in present]
    if "cache-control" not in present:
        added.append(("Cache-Control", "no-store"))
    return [*headers, *added, ("X-Request-ID", request_id)]


def _access(method: str, path: str, status: int, began: float, user: str | None) -> None:
    if status < 400 and path.startswith(_QUIET):
        return
    log("access").info("request", method=method, path=path, status=status, ms=round(1000 * (time.perf_counter() - began), 1), user=user)


class AsgiOuter:
    """The same around an ASGI *app*, for the API running alone (``uvicorn api.app:api``)."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.policy = Policy.of(settings)
        self.trust_proxy = settings.trust_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        origin = Origin(request_id(headers.get("x-request-id", "")), self._address(scope, headers))
        ORIGIN.set(origin)  # the task of this request ends with it, and with the task its context
        status = 500

        async def send_with_policy(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": self._headers(message, origin)}
            await send(message)

        refusal = self.policy.refusal(
            host=headers.get("host", ""),
            path=scope["path"],
            length=headers.get("content-length", ""),
            chunked="transfer-encoding" in headers,
        )
        if refusal:
            await _refuse(refusal, origin, send_with_policy)
        else:
            await self.app(scope, receive, send_with_policy)
        _access(scope["method"], scope["path"], status, began, None)

    def _headers(self, message: MutableMapping[str, Any], origin: Origin) -> list[tuple[bytes, bytes]]:
        plain = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message.get("headers", ())]
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in _with_policy(plain, self.policy, origin.request_id)]

    def _address(self, scope: Scope, headers: dict[str, str]) -> str:
        if self.trust_proxy and headers.get("x-forwarded-for"):
            return headers["x-forwarded-for"].rsplit(",", 1)[-1].strip()
        return str((scope.get("client") or ("",))[0])


async def _refuse(refusal: Refusal, origin: Origin, send: Callable[[Message], Awaitable[None]]) -> None:
    content = problem(refusal, origin.request_id)
    headers = [(name.lower().encode(), value.encode()) for name, value in _problem_headers(content)]
    await send({"type": "http.response.start", "status": int(refusal.status), "headers": headers})
    await send({"type": "http.response.body", "body": content})
