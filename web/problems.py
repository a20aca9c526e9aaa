"""The error tree at the web edge outside of callbacks: a page in words for people, problem+json for scripts."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from core import errors
from core.operations.audit import ORIGIN, AuditLog
from core.operations.logs import log
from web.session import asker

STATUS: tuple[tuple[type[errors.AstralytiqError], HTTPStatus], ...] = (
    (errors.Refused, HTTPStatus.FORBIDDEN),
    (errors.NotSignedIn, HTTPStatus.UNAUTHORIZED),
    (errors.NotFound, HTTPStatus.NOT_FOUND),
    (errors.TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (errors.Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.Conflict, HTTPStatus.CONFLICT),
    (errors.TooMany, HTTPStatus.TOO_MANY_REQUESTS),
    (errors.TimedOut, HTTPStatus.GATEWAY_TIMEOUT),
    (errors.Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.Cancelled, HTTPStatus.CONFLICT),
)


def status_of(error: errors.AstralytiqError) -> HTTPStatus:
    return next((status for kind, status in STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def wants_json() -> bool:
    """Whether a script asks rather than a person: Dash's renderer, an upload, fetch."""
    return request.path.startswith(("/_dash-", "/upload")) or request.accept_mimetypes.best == "application/json"


def answer(status: int, title: str, detail: str, *, retry_after: int | None = None, field: str | None = None) -> Response:
    request_id = ORIGIN.get().request_id
    if wants_json():
        problem = {"type": "about:blank", "title": title, "status": status, "detail": detail, "request_id": request_id, "field": field}
        response = jsonify({key: value for key, value in problem.items() if value is not None})
        response.mimetype = "application/problem+json"
    else:
        response = make_response(
            render_template("problem.html", title=title, detail=detail, request_id=request_id if status >= 500 else "")
        )
    response.status_code = status
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def in_words(error: errors.AstralytiqError) -> Response:
    return answer(status_of(error), error.title, error.message, retry_after=getattr(error, "retry_after", None), field=error.field)


def register(server: Flask, audit_log: AuditLog) -> None:
    @server.errorhandler(errors.AstralytiqError)
    def explain(error: errors.AstralytiqError) -> Response:
        if isinstance(error, errors.Refused):
            audit_log.refused(asker(), error.message, request.path)
        return in_words(error)

    @server.errorhandler(HTTPException)
    def repeat(error: HTTPException) -> Response:
        if error.response is not None:  # a redirect of the router's own
            return make_response(error.response)
        return answer(error.code or HTTPStatus.INTERNAL_SERVER_ERROR, error.name, error.description or error.name)

    @server.errorhandler(Exception)
    def apologise(error: Exception) -> Response:
        log(__name__).error("bug", path=request.path, exc_info=error)
        return answer(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "Something broke on our side",
            "It has been written down. Try again, or tell your administrator.",
        )
