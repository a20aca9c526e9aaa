"""The router, and what the frame does by itself: running jobs, theme."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from dash.development.base_component import Component
from flask import g, request

from core.errors import AstralytiqError, Refused
from core.operations.audit import ORIGIN
from core.operations.jobs import Job, Status
from core.operations.logs import log
from core.principal import Permission, Principal
from core.workspace import Workspace
from layouts import components as ui
from layouts import errors
from layouts.pages import PAGES, Page, Visit, match
from layouts.shell import BUSY_MS, IDLE_MS, Ids, jobs_face, jobs_list, layout, navigation
from web.problems import status_of
from web.session import current

_FOLDERS = {"dataset_id": "/data", "experiment_id": "/experiments"}


def register(app: Dash, workspace: Workspace) -> None:
    """Registers the frame and the callbacks module of every page."""
    for name in ("search", *sorted({page.module for page in PAGES})):
        import_module(f"callbacks.{name}").register(app, workspace)
    app.layout = lambda: frame(workspace, _asked())
    _register_in_browser(app)

    @app.callback(
        output={"content": Output(Ids.CONTENT, "children"), "navigation": Output(Ids.NAVIGATION, "children")},
        inputs={"visit": Input(Ids.VISIT, "data")},
        prevent_initial_call=True,
    )
    def show_page(visit: dict[str, str | int]) -> dict[str, Any]:
        who, address = current(), str(visit["address"])
        return {"content": page(workspace, who, address), "navigation": navigation(who, urlsplit(address).path)}

    @app.callback(
        output={
            "face": Output(Ids.JOBS_FACE, "children"),
            "list": Output(Ids.JOBS_LIST, "children"),
            "active": Output(Ids.ACTIVE_JOBS, "data"),
            "every": Output(Ids.JOBS_TICK, "interval"),
            "toast": Output(Ids.TOAST, "data", allow_duplicate=True),
        },
        inputs={"_": (Input(Ids.JOBS_TICK, "n_intervals"), Input(Ids.VISIT, "data")), "known": State(Ids.ACTIVE_JOBS, "data")},
        prevent_initial_call=True,
    )
    def watch_jobs(_: Any, known: list[int]) -> dict[str, Any]:
        who = current()
        jobs = active_jobs(workspace, who)
        ended = [workspace.jobs.get(who, job_id) for job_id in known if job_id not in {job.id for job in jobs}]
        return {
            "face": jobs_face(jobs) if jobs or known else no_update,
            "list": jobs_list(jobs) if jobs or known else no_update,
            "active": [job.id for job in jobs],
            "every": BUSY_MS if jobs else IDLE_MS,
            "toast": [ending(job) for job in ended] or no_update,
        }

    @app.callback(output=Output(Ids.THEME_SAVED, "data"), inputs={"theme": Input(Ids.THEME, "data")}, prevent_initial_call=True)
    def keep_theme(theme: str) -> str:
        workspace.accounts.set_theme(current(), theme)
        return theme


def _asked() -> str:
    """The address in the browser, as it stands there: that of this request, or of the page whose script asks for the layout."""
    return request.headers.get("Referer", "/") if request.path.startswith("/_dash-") else str(request.environ["RAW_URI"])


def frame(workspace: Workspace, url: str) -> Component:
    """The frame with the page at *url* already in it: no second request before there is something to see."""
    who = current()
    parts = urlsplit(url)
    address = parts.path + (f"?{parts.query}" if parts.query else "")
    return layout(who, page(workspace, who, address), path=parts.path, address=address, jobs=active_jobs(workspace, who))


def page(workspace: Workspace, who: Principal, address: str) -> Component:
    """The page at *address*, or in words why there is none."""
    path = unquote(urlsplit(address).path) or "/"
    found = match(path)
    if found is None:
        return errors.no_such_page(path)
    row, params = found
    try:
        if row.permission is not None:
            who.require(row.permission)
        return row.layout(_loaded(workspace, row, Visit(path, params, dict(parse_qsl(urlsplit(address).query)), who)))
    except Refused as refused:
        workspace.audit_log.refused(who, refused.message, path)
        return _instead(refused)
    except AstralytiqError as error:
        return _instead(error)
    except Exception:  # noqa: BLE001 - a bug in one page must leave the frame, and a way out, standing
        log(__name__).exception("page_failed", path=path, user=who.user_id)
        g.page_status = HTTPStatus.INTERNAL_SERVER_ERROR
        return errors.breakdown(ORIGIN.get().request_id)


def _instead(error: AstralytiqError) -> Component:
    g.page_status = status_of(error)  # web/index.py answers with it: only here is known that the role may not, or that a row is gone
    return errors.refusal(error)


def active_jobs(workspace: Workspace, who: Principal) -> Sequence[Job]:
    """What runs, then what waits, in the order they came."""
    found = workspace.jobs.find(who, active=True) if who.may(Permission.JOB_READ) else []
    return sorted(found, key=lambda job: (job.status is Status.QUEUED, job.id))


def ending(job: Job) -> dict[str, Any]:
    """The message that says how *job* ended, and where what it made is."""
    title = job.title or job.kind
    kind, header, text = {
        Status.SUCCEEDED: ("positive", "Done", f"{title}, in {ui.format.duration(_took(job))}."),
        Status.CANCELLED: ("neutral", "Stopped", f"{title} was cancelled."),
    }.get(job.status, ("critical", "Failed", f"{title}: {job.error or 'it ended without saying why.'}"))
    return {"kind": kind, "header": header, "text": text, "href": _made(job), "at": datetime.now(UTC).isoformat()}


def _made(job: Job) -> str | None:
    made = job.result or {}
    return next((f"{folder}/{made[key]}" for key, folder in _FOLDERS.items() if key in made), None)


def _took(job: Job) -> float | None:
    return (job.finished_at - job.started_at).total_seconds() if job.started_at and job.finished_at else None


def _loaded(workspace: Workspace, row: Page, visit: Visit) -> Any:
    load = getattr(import_module(f"callbacks.{row.module}"), "load", None)
    return load(workspace, visit) if load else visit


def _register_in_browser(app: Any) -> None:
    """assets/js/shell.js does these. (Dash leaves clientside_callback untyped, hence Any.)"""
    app.clientside_callback(
        ClientsideFunction("shell", "visit"), Output(Ids.VISIT, "data"), Input(Ids.LOCATION, "href"), State(Ids.SHOWN, "data")
    )
    app.clientside_callback(ClientsideFunction("shell", "arrived"), Input(Ids.CONTENT, "children"), prevent_initial_call=True)
    app.clientside_callback(ClientsideFunction("shell", "toast"), Input(Ids.TOAST, "data"), prevent_initial_call=True)
    app.clientside_callback(ClientsideFunction("shell", "remember"), Input(Ids.ADDRESS, "data"), prevent_initial_call=True)
