"""Who asks: the bearer token of a request becomes a Principal."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from core.errors import NotSignedIn
from core.principal import Permission, Principal
from core.workspace import Workspace

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", scheme_name="token", description="The `access_token` of `POST /v1/auth/token`.")


def workspace_of(request: Request) -> Workspace:
    workspace: Workspace = request.app.state.workspace
    return workspace


def asker(request: Request, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Principal:
    """The Principal of the token. Raises NotSignedIn without a valid one."""
    if sent is None:
        raise NotSignedIn("Send the header 'Authorization: Bearer <access_token>'; POST /api/v1/auth/token gives one.")
    who = workspace_of(request).tokens.principal_of(sent.credentials)
    request.state.who = who
    if (outer := request.scope.get("wsgi_environ")) is not None:
        outer["astralytiq.user"] = who.user_id  # for the access log
    return who


Who = Annotated[Principal, Depends(asker)]
Core = Annotated[Workspace, Depends(workspace_of)]


class UploadRoute(APIRoute):
    """Asks who sends a file, and whether they may, before it is read: FastAPI by itself takes in all of a stranger's body first."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_known(request: Request) -> Response:
            who = await run_in_threadpool(asker, request, await _bearer(request))
            who.require(Permission.DATASET_WRITE)
            return await handle(request)

        return handle_known
