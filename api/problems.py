"""Errors as problem+json (RFC 9457): the one place where core's errors become HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from core import errors
from core.operations.audit import ORIGIN
from core.operations.logs import log
from core.workspace import Workspace
from web.problems import status_of

MEDIA_TYPE = "application/problem+json"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_NO_OBJECT = ("model_attributes_type", "dict_type", "missing")  # pydantic's names for a body that is text, a list or not there
MEANINGS = {
    400: "Not understood",
    401: "No token, or a stale one",
    403: "The role may not",
    404: "No such thing",
    409: "Somebody was quicker, or the name is taken",
    411: "A body without its length",
    413: "Too large",
    422: "Not valid",
    429: "Too often, or too much waiting",
    503: "Not available",
    504: "Took too long",
}


class FieldError(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """What went wrong, in words (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    request_id: str = Field(description="Quote it when you report the problem")
    errors: list[FieldError] = []


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem responses of an operation: those that every operation has, and *statuses*."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": MEANINGS[status], "content": {MEDIA_TYPE: schema}}
        for status in sorted({400, 401, 403, 422, 429, 503, *statuses})
    }


def problem(
    status: int, title: str, detail: str, *, fields: list[FieldError] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    named = [FieldError(field=_whole(each.field), message=_whole(each.message)) for each in fields or []]
    body = Problem(title=title, status=status, detail=_whole(detail), request_id=ORIGIN.get().request_id, errors=named)
    return JSONResponse(body.model_dump(), status, dict(headers or {}), MEDIA_TYPE)


def _whole(text: str) -> str:
    """*text* as UTF-8 can hold it: what is quoted from a request may have half of a character in it, which becomes an escape."""
    return text.encode(errors="backslashreplace").decode()


def _place(where: Sequence[Any]) -> str:
    """``("body", "rows", 0)`` -> ``rows.0``, and ``body`` for all of it, which is where JSON that is none has its fault."""
    return ".".join(str(each) for each in where[1:] if len(where) > 2 or isinstance(each, str)) or str(where[0])


def _said(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"This is not JSON: {error['ctx']['error']} at character {error['loc'][1]}."
    if error["type"] in _NO_OBJECT and error["loc"] == ("body",):
        return "Send a JSON object, with the header 'Content-Type: application/json'."
    if error["type"] == "value_error":  # FastAPI's own, of a part that comes without the name of a file
        return "Send a file: a part of the form that has a file name."
    return str(error["msg"]).replace("tuple", "list").replace("Tuple", "List")  # Python's names for what is a list in JSON


def _methods(app: FastAPI, request: Request) -> list[str]:
    """What the address of *request* takes: of operations that share one, the framework names the first alone."""
    asked = {**request.scope, "path_params": {}}
    return [method for method in _METHODS if any(route.matches({**asked, "method": method})[0] is Match.FULL for route in app.routes)]


def translate(app: FastAPI, workspace: Workspace) -> None:
    """Registers the translators on *app*. A refusal is audited here, in a transaction of its own."""

    @app.exception_handler(errors.AstralytiqError)
    def known(request: Request, error: errors.AstralytiqError) -> JSONResponse:
        headers = {"Retry-After": str(error.retry_after)} if isinstance(error, errors.TooMany) else {}
        if isinstance(error, errors.NotSignedIn):
            headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, errors.Refused):
            workspace.audit_log.refused(getattr(request.state, "who", None), error.message, f"{request.method} {request.url.path}")
        fields = [FieldError(field=error.field, message=error.message)] if error.field else []
        return problem(int(status_of(error)), error.title, error.message, fields=fields, headers=headers)

    @app.exception_handler(RequestValidationError)
    def not_valid(_: Request, error: RequestValidationError) -> JSONResponse:
        fields = [FieldError(field=_place(each["loc"]), message=_said(each)) for each in error.errors()]
        return problem(422, "Not valid", "; ".join(f"{each.field}: {each.message}" for each in fields), fields=fields)

    @app.exception_handler(HTTPException)
    def of_the_framework(request: Request, error: HTTPException) -> JSONResponse:
        if isinstance(error.__cause__, errors.AstralytiqError):  # raised while the body was read
            return known(request, error.__cause__)
        if error.status_code == 400 and isinstance(error.__cause__, (RecursionError, ValueError)):
            return problem(
                400, "Not understood", "The body cannot be read: it has to be JSON in UTF-8, neither nested nor with numbers without end."
            )
        headers = {"Allow": ", ".join(_methods(app, request))} if "Allow" in (error.headers or {}) else error.headers
        return problem(error.status_code, str(error.detail), str(error.detail), headers=headers)

    @app.exception_handler(Exception)
    def unknown(request: Request, error: Exception) -> JSONResponse:
        log(__name__).error("bug", path=request.url.path, exc_info=error)
        return problem(500, "Our mistake", "Something broke on our side. It has been logged under this request id.")
