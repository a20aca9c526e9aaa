"""Tokens: sign in with an account, refresh."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from api.problems import answers
from api.security import Core
from core.operations.audit import ORIGIN
from core.operations.tokens import TokenPair

router = APIRouter(prefix="/v1/auth", tags=["Sign in"])


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")
    email: Annotated[str, Field(max_length=254)]
    password: Annotated[str, Field(max_length=1024)]


class Refresh(BaseModel):
    model_config = ConfigDict(extra="forbid")
    refresh_token: Annotated[str, Field(max_length=512)]


class Tokens(BaseModel):
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the scheme's name
    expires_in: int = Field(description="Seconds until the access token ends")


def _tokens(pair: TokenPair) -> Tokens:
    return Tokens(access_token=pair.access_token, refresh_token=pair.refresh_token, expires_in=pair.expires_in)


@router.post("/token", responses=answers())
def sign_in(credentials: Credentials, core: Core, request: Request) -> Tokens:
    """An access token (short-lived) and a refresh token for an account's e-mail address and password."""
    address = ORIGIN.get().address or (request.client.host if request.client else "")
    return _tokens(core.tokens.issue(credentials.email, credentials.password, address=address))


@router.post("/refresh", responses=answers())
def refresh(token: Refresh, core: Core) -> Tokens:
    """A new pair for a refresh token, which is spent by it. A token that is used twice revokes all that came from it."""
    return _tokens(core.tokens.refresh(token.refresh_token))
