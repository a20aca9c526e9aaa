"""Compression of answers that are made on the fly; files are compressed beforehand (web/shelf.py)."""

from __future__ import annotations

import gzip
from collections.abc import Iterable

import brotli  # type: ignore[import-untyped]  # ships no types

Headers = list[tuple[str, str]]
WORTH_IT = 1_000
_TEXT = (
    "text/html",
    "text/css",
    "text/plain",
    "text/csv",
    "text/javascript",
    "application/json",
    "application/problem+json",
    "image/svg+xml",
)


def accepted(accept_encoding: str) -> str:
    """The best encoding that the header allows: ``br``, ``gzip`` or nothing."""
    offered = {part.split(";")[0].strip(): part.replace(" ", "") for part in accept_encoding.lower().split(",")}
    return next((name for name in ("br", "gzip") if name in offered and not offered[name].endswith(("q=0", "q=0.0"))), "")


def squeeze(encoding: str, content: bytes, *, thoroughly: bool = False) -> bytes:
    if encoding == "br":
        return bytes(brotli.compress(content, quality=9 if thoroughly else 5))
    return gzip.compress(content, compresslevel=9 if thoroughly else 5, mtime=0)


def compressed(accept_encoding: str, headers: Headers, body: Iterable[bytes]) -> tuple[Headers, Iterable[bytes]]:
    """A text of known length is compressed; a stream, and what says how it is encoded, is left alone.

    Pages that hold a secret beside what a visitor typed say ``Content-Encoding: identity``, for the length of
    their compressed form would tell the secret piece by piece (BREACH).
    """
    known = {name.lower(): value for name, value in headers}
    encoding = accepted(accept_encoding)
    length = known.get("content-length", "")
    if (
        "content-encoding" in known
        or not length.isdecimal()
        or int(length) < WORTH_IT
        or not known.get("content-type", "").startswith(_TEXT)
    ):
        return headers, body
    headers = [*headers, ("Vary", "Accept-Encoding")]
    if not encoding:
        return headers, body
    content = b"".join(body)
    close = getattr(body, "close", None)
    if close:
        close()
    if len(content) != int(length):  # the answer to HEAD
        return headers, [content]
    packed = squeeze(encoding, content)
    changed = [(name, value) for name, value in headers if name.lower() not in ("content-length", "etag")]
    return [*changed, ("Content-Encoding", encoding), ("Content-Length", str(len(packed)))], [packed]
