"""Explore: answers the grid block by block, and keeps the count and the download in step with its filters."""

from __future__ import annotations

import json
from typing import Any

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from callbacks.dataset import number_in, shown_by
from callbacks.grid_request import read
from core.errors import Invalid, NotFound
from core.query.spec import Filter
from core.query.wire import filter_from_json
from core.workspace import Workspace
from layouts.dataset_explore import PART, Explore, Ids, count, download_address, rows
from layouts.visit import Visit
from web.session import current


def register(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        output={
            "rows": Output(Ids.GRID, "getRowsResponse"),
            "count": Output(Ids.COUNT, "children"),
            "download": Output(Ids.DOWNLOAD, "href"),
        },
        inputs={"request": Input(Ids.GRID, "getRowsRequest")},
        state={"asked": State(Ids.ASKED, "data")},
        prevent_initial_call=True,
    )
    def show_rows(request: dict[str, Any] | None, asked: dict[str, Any]) -> dict[str, Any]:
        if request is None:
            raise PreventUpdate
        who, dataset_id = current(), _whole(asked, "dataset_id")
        version = workspace.datasets.version(who, dataset_id, _whole(asked, "version"))
        first = _whole(asked, "part") * PART
        wanted = read(request, version.table.columns)
        where = (*_filters(asked.get("where")), *wanted.where)
        names = [column.name for column in version.table.columns[first : first + PART]]
        answer = workspace.queries.rows(
            who,
            dataset_id,
            version=version.number,
            columns=names,
            where=where,
            order=wanted.order,
            limit=wanted.limit,
            offset=wanted.offset,
        )
        return {
            "rows": {"rowData": rows(answer, first), "rowCount": answer.total},
            "count": count(version, answer.total),
            "download": download_address(version, where, wanted.order),
        }


def load(workspace: Workspace, visit: Visit) -> Explore:
    shown = shown_by(workspace, visit)
    if shown.version is None:
        raise NotFound(f"{shown.dataset.name} has no data yet: its first import is not done.")
    part = (number_in(visit.query, "part") or 1) - 1
    if not 0 <= part * PART < max(1, len(shown.version.table.columns)):
        raise NotFound(f"{shown.dataset.name} has no columns that far.")
    return Explore(shown, shown.version, _filters_in(visit.query.get("where")), part)


def _filters_in(text: str | None) -> tuple[Filter, ...]:
    try:
        return _filters(json.loads(text or "[]"))
    except ValueError:
        raise Invalid("The filters in the address cannot be read.", field="where") from None


def _filters(given: Any) -> tuple[Filter, ...]:
    if not isinstance(given, list):
        raise Invalid("The filters in the address have to be a list.", field="where")
    return tuple(filter_from_json(each, f"where.{place}") for place, each in enumerate(given))


def _whole(asked: dict[str, Any], name: str) -> int:
    value = asked.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Invalid("The table asked for something it cannot show. Load the page again.")
    return value
