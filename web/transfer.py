"""Files in and out: uploads are streamed to disk as they come, downloads from the query as they go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from flask import Flask, Response, jsonify, request

from core.errors import Invalid
from core.operations.audit import Filters
from core.query.spec import Order
from core.query.wire import filter_from_json, list_from_text
from core.workspace import Workspace
from web.session import current


def register(server: Flask, workspace: Workspace) -> None:
    @server.post("/upload")
    def receive() -> Response:
        """The body is the file itself; ``?name=`` is what it is called."""
        body = Body(cast("BinaryIO", request.stream), request.content_length or 0)
        upload = workspace.imports.receive(current(), request.args.get("name", "upload"), cast("BinaryIO", body))
        return jsonify({"id": upload.id, "file_name": upload.file_name, "bytes": upload.bytes, "kind": upload.kind})

    @server.get("/data/<int:dataset_id>/rows.csv")
    def rows(dataset_id: int) -> Response:
        who = current()
        dataset = workspace.datasets.get(who, dataset_id)
        chunks = workspace.queries.csv(
            who,
            dataset_id,
            version=_number("version"),
            columns=[str(each) for each in _list("columns")] or None,
            where=[filter_from_json(each, f"where.{place}") for place, each in enumerate(_list("where"))],
            order=[_order(each) for each in _list("order")],
        )
        return _csv(f"{dataset.name}.csv", chunks)

    @server.get("/admin/audit.csv")
    def audit() -> Response:
        return _csv("audit.csv", workspace.audit_log.csv(current(), _filters()))


@dataclass(slots=True)
class Body:
    """The body of a request. Of a connection that breaks off the server only says that no more comes: half a file would seem whole."""

    stream: BinaryIO
    missing: int

    def read(self, size: int) -> bytes:
        block = self.stream.read(size)
        self.missing -= len(block)
        if not block and self.missing > 0:
            raise Invalid("The upload broke off before the whole file was here. Try again.")
        return block


def _csv(name: str, chunks: Iterator[bytes]) -> Response:
    return Response(chunks, mimetype="text/csv", headers=attachment(name))


def attachment(name: str) -> dict[str, str]:
    """The header of a download that is called *name*, in any script (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"}


def file_name(title: str) -> str:
    """``Delay, by day`` -> ``delay-by-day``."""
    return "-".join("".join(each if each.isalnum() else " " for each in title.lower()).split())[:80] or "chart"


def _number(name: str) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise Invalid(f"{name} has to be a whole number.", field=name)
    return int(text)


def _list(name: str) -> list[Any]:
    """The query parameter *name*, a JSON list. Raises Invalid."""
    return list_from_text(request.args.get(name) or "[]", name, "[]")


def _order(given: Any) -> Order:
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        raise Invalid('order has to be a list of {"name": "a column", "desc": false}.', field="order")
    return Order(given["name"], bool(given.get("desc")))


def _filters() -> Filters:
    """The same names in the address as on the audit page."""
    given = request.args
    return Filters(
        actor=given.get("actor", ""),
        action=given.get("action", ""),
        outcome=given.get("outcome", ""),
        since=_moment("since"),
        until=_moment("until"),
        search=given.get("search", ""),
    )


def _moment(name: str) -> datetime | None:
    text = request.args.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"{name} has to be a date such as 2026-05-31.", field=name) from None
