"""The audit log: narrow it down."""

from __future__ import annotations

from dataclasses import replace
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from typing import Any

from dash import Dash, Input, Output, set_props

from core.errors import Invalid
from core.operations.audit import Filters
from core.principal import Principal
from core.workspace import Workspace
from layouts import shell
from layouts.audit import ANY, PAGE, Ids, Log, address, download_address, entries
from layouts.pages import Visit
from web.session import current

_INPUTS = {
    "actor": Ids.ACTOR, "action": Ids.ACTION, "outcome": Ids.OUTCOME, "since": Ids.SINCE, "until": Ids.UNTIL, "search": Ids.SEARCH,
}  # fmt: skip


def load(workspace: Workspace, visit: Visit) -> Log:
    given = visit.query
    before = given.get("before", "")
    filters = replace(
        _filters(*(given.get(name, "") for name in _INPUTS)), before_id=int(before) if before.isdecimal() and len(before) < 16 else None
    )
    return _log(workspace, visit.who, filters, workspace.audit_log.actions(visit.who))


def register(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        output={"entries": Output(Ids.ENTRIES, "children"), "download": Output(Ids.DOWNLOAD, "href")},
        inputs={"given": {name: Input(place, "value") for name, place in _INPUTS.items()}},
        prevent_initial_call=True,
    )
    def narrow(given: dict[str, str | None]) -> dict[str, Any]:
        filters = _filters(*("" if given[name] == ANY else given[name] or "" for name in _INPUTS))
        log = _log(workspace, current(), filters)
        # not as an output: one outside of this page would have Dash call this whenever the page opens, and lose the place in the log
        set_props(shell.Ids.ADDRESS, {"data": address(filters)})
        return {"entries": entries(log), "download": download_address(filters)}


def _log(workspace: Workspace, who: Principal, filters: Filters, actions: Any = ()) -> Log:
    found = workspace.audit_log.find(
        who,
        actor=filters.actor,
        action=filters.action,
        outcome=filters.outcome,
        since=filters.since,
        until=filters.until,
        search=filters.search,
        before_id=filters.before_id,
        limit=PAGE + 1,
    )
    return Log(found, filters, actions)


def _filters(actor: str, action: str, outcome: str, since: str, until: str, search: str) -> Filters:  # noqa: PLR0917 - in the order of _INPUTS
    """Days as the page and its address have them: both included, in UTC."""
    last = _day(until, "To")
    return Filters(
        actor=actor,
        action=action,
        outcome=outcome,
        since=_day(since, "From"),
        until=last + timedelta(days=1) if last and last.year < MAXYEAR else None,
        search=search,
    )


def _day(text: str, name: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise Invalid(f"{name} has to be a day such as 2026-05-31.") from None
