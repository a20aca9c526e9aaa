"""Who asks: the bearer token of a request becomes a Principal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from core.errors import Invalid, NotSignedIn
from core.principal import Permission, Principal
from core.workspace import Workspace

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", scheme_name="token", description="The `access_token` of `POST /v1/auth/token`.")


def workspace_of(request: Request) -> Workspace:
    workspace: Workspace = request.app.state.workspace
    return workspace


def asker(request: Request, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Principal:
    """The Principal of the token, looked up once in a request. Raises NotSignedIn without a valid one."""
    if (known := getattr(request.state, "who", None)) is not None:
        return known  # type: ignore[no-any-return]  # a request's state holds anything
    if sent is None:
        raise NotSignedIn("Send the header 'Authorization: Bearer <access_token>'; POST /api/v1/auth/token gives one.")
    who = workspace_of(request).tokens.principal_of(sent.credentials)
    request.state.who = who
    if (outer := request.scope.get("wsgi_environ")) is not None:
        outer["astralytiq.user"] = who.user_id  # for the access log
    return who


Who = Annotated[Principal, Depends(asker)]
Core = Annotated[Workspace, Depends(workspace_of)]


@dataclass(frozen=True, slots=True)
class Needs:
    """What the asker of an operation with a body must be permitted: ``dependencies=needs(...)``."""

    permission: Permission

    def __call__(self, who: Who) -> None:
        who.require(self.permission)


def needs(permission: Permission) -> list[Any]:
    return [Depends(Needs(permission))]


class _Clear(Request):
    """Its JSON names a key of an object once: which of two values is meant, nobody can tell."""

    async def json(self) -> Any:
        return json.loads(await self.body(), object_pairs_hook=_named_once)


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise Invalid(f"An object names “{twice}” twice. Leave one of the two out.", field=twice)
    return named


class AskedFirst(APIRoute):
    """Asks who sends a body, and whether they may, before it is read: FastAPI by itself takes in, and judges, a stranger's body first."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        needed = [each.dependency for each in self.dependencies if isinstance(each.dependency, Needs)]

        async def handle_known(request: Request) -> Response:
            who = await run_in_threadpool(asker, request, await _bearer(request))
            for each in needed:
                each(who)
            return await handle(_Clear(request.scope, request.receive))

        return handle_known if self.body_field else handle
