"""What every answer carries and what no request may be, whichever server brings it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

from core.settings import Settings

SMALL_BODY = 8_000_000
_MULTIPART_EXTRA = 1_000_000
_UPLOADS = re.compile(r"^/upload$|^/api/v1/datasets(/\d+/versions)?/?$")
_PROBES = ("/healthz", "/readyz")  # asked by load balancers and containers, which know a number, not a name
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


class Refusal(NamedTuple):
    status: HTTPStatus
    detail: str


@dataclass(frozen=True, slots=True)
class Policy:
    headers: tuple[tuple[str, str], ...]
    allowed_hosts: frozenset[str]
    upload_bytes: int

    @classmethod
    def of(cls, settings: Settings, script_hashes: Sequence[str] = ()) -> Policy:
        """*script_hashes* are the CSP hashes of the inline scripts that our own pages hold."""
        headers = [
            ("Content-Security-Policy", content_security_policy(script_hashes)),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
            ("Referrer-Policy", "same-origin"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "SAMEORIGIN"),
        ]
        if settings.force_https:
            headers.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
        return cls(tuple(headers), frozenset(host.lower() for host in settings.allowed_hosts), settings.upload_bytes)

    def limit(self, path: str) -> int:
        """Bytes that the body of a request to *path* may have."""
        return self.upload_bytes + _MULTIPART_EXTRA if _UPLOADS.match(path) else SMALL_BODY

    def refusal(self, *, host: str, path: str, length: str, chunked: bool) -> Refusal | None:
        """Why a request is turned away before anything looks at it, or None."""
        if self.allowed_hosts and path not in _PROBES and host_name(host) not in self.allowed_hosts:
            return Refusal(HTTPStatus.BAD_REQUEST, f"This server does not answer to the name {host[:100]!r}.")
        if chunked:  # also beside a length, which the body would not have to keep to
            return Refusal(HTTPStatus.LENGTH_REQUIRED, "Send the length of the body with it (Content-Length).")
        if length and not length.isdecimal():
            return Refusal(HTTPStatus.BAD_REQUEST, "Content-Length is not a number.")
        if int(length or 0) > self.limit(path):
            megabytes = self.limit(path) // 1_000_000
            return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The request is larger than the {megabytes:,} MB that this address takes.")
        return None


def content_security_policy(script_hashes: Sequence[str] = ()) -> str:
    return "; ".join((
        "default-src 'self'", " ".join(("script-src 'self'", *script_hashes)), "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:", "font-src 'self' data:", "connect-src 'self'", "frame-src 'self'", "worker-src 'self'",
        "base-uri 'self'", "form-action 'self'", "frame-ancestors 'self'", "object-src 'none'",
    ))  # fmt: skip


def host_name(host: str) -> str:
    """``[::1]:80`` -> ``[::1]``, ``Example.org:80`` -> ``example.org``."""
    return re.sub(r":\d+$", "", host).lower()


def request_id(offered: str) -> str:
    """The id that a proxy or a caller gave the request, when it looks like one, else a new one."""
    return offered if _REQUEST_ID.match(offered) else uuid.uuid4().hex
