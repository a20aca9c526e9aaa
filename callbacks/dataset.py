"""A dataset: look again until its data is there; rename, describe, delete."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from callbacks.feedback import toast
from core.data.datasets import Version
from core.errors import Invalid, NotFound
from core.operations.jobs import Job
from core.principal import Permission, Principal
from core.workspace import Workspace
from layouts import shell
from layouts.dataset import MOST_COLUMNS, REJECTS, Awaited, Content, Ids, Overview, failed, page
from layouts.dataset_head import Shown
from layouts.dataset_settings import Form
from layouts.dataset_settings import Ids as Settings
from layouts.dataset_versions import History
from layouts.visit import Visit
from web.session import current


def register(app: Dash, workspace: Workspace) -> None:
    datasets = workspace.datasets

    @app.callback(
        output={"page": Output(Ids.PAGE, "children"), "done": Output(Ids.TICK, "disabled")},
        inputs={"_": Input(Ids.TICK, "n_intervals")},
        state={"dataset_id": State(Ids.DATASET, "data")},
        prevent_initial_call=True,
    )
    def look_again(_: int | None, dataset_id: int) -> dict[str, Any]:
        return _now(workspace, current(), dataset_id)

    @app.callback(
        output=Output(Ids.PAGE, "children", allow_duplicate=True),
        inputs={"clicks": Input(Settings.SAVE, "n_clicks"), "_": Input(Settings.NAME, "n_submit")},
        state={
            "dataset_id": State(Ids.DATASET, "data"),
            "name": State(Settings.NAME, "value"),
            "description": State(Settings.DESCRIPTION, "value"),
        },
        prevent_initial_call=True,
    )
    def save(clicks: int | None, _: int | None, dataset_id: int, name: str | None, description: str | None) -> Any:
        if not clicks and not _:
            raise PreventUpdate
        who = current()
        saved = datasets.rename(who, dataset_id, name or "", description or "")
        toast("positive", "Saved", f"{saved.name} has its name and description.")
        return page(_content(workspace, shown(workspace, who, dataset_id, None), "settings", {}))

    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={"clicks": Input(f"{Settings.DELETE}-confirm-yes", "n_clicks")},
        state={"dataset_id": State(Ids.DATASET, "data")},
        prevent_initial_call=True,
    )
    def delete(clicks: int | None, dataset_id: int) -> str:
        if not clicks:
            raise PreventUpdate
        who = current()
        name = datasets.get(who, dataset_id).name
        datasets.delete(who, dataset_id)
        toast("neutral", "Deleted", f"{name} is gone.")
        return "/data"


def load(workspace: Workspace, visit: Visit) -> Content:
    tab = visit.params.get("tab", "overview")
    if tab not in ("overview", "versions", "settings"):
        raise NotFound(f"A dataset has no tab called {tab}.")
    if tab == "settings":
        visit.who.require(Permission.DATASET_WRITE)
    return _content(workspace, shown_by(workspace, visit), "" if tab == "overview" else tab, visit.query)


def shown_by(workspace: Workspace, visit: Visit) -> Shown:
    """The dataset and version that an address names."""
    return shown(workspace, visit.who, int(visit.params["dataset_id"]), number_in(visit.query, "version"))


def shown(workspace: Workspace, who: Principal, dataset_id: int, number: int | None) -> Shown:
    dataset = workspace.datasets.get(who, dataset_id)
    version: Version | None = workspace.datasets.version(who, dataset_id, number) if dataset.version else None
    return Shown(dataset, version, who)


def number_in(query: dict[str, str], name: str) -> int | None:
    """The whole number behind ``?name=``. Raises Invalid."""
    text = query.get(name)
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise Invalid(f"The {name} in the address has to be a whole number, not {text}.", field=name)
    return int(text)


def _content(workspace: Workspace, shown: Shown, tab: str, query: dict[str, str]) -> Content:
    dataset, version, who = shown.dataset, shown.version, shown.who
    if version is None:
        return Awaited(shown, _job(workspace, who, dataset.id))
    if tab == "versions":
        return History(shown, workspace.datasets.versions(who, dataset.id))
    if tab == "settings":
        return Form(shown)
    names = [column.name for column in version.table.columns[:MOST_COLUMNS]]
    first = number_in(query, "aside") or 0
    return Overview(
        shown,
        version,
        examples=workspace.queries.rows(who, dataset.id, version=version.number, columns=names, limit=3),
        rejects=workspace.datasets.rejects(who, dataset.id, version.number, limit=REJECTS, offset=first),
        first=first,
    )


def _now(workspace: Workspace, who: Principal, dataset_id: int) -> dict[str, Any]:
    """What the page of a dataset that is coming in shows by now. An import that fails for good takes the dataset along."""
    try:
        content = _content(workspace, shown(workspace, who, dataset_id, None), "", {})
    except NotFound:
        return {"page": failed(_job(workspace, who, dataset_id)), "done": True}
    return {"page": page(content), "done": not isinstance(content, Awaited)}


def _job(workspace: Workspace, who: Principal, dataset_id: int) -> Job | None:
    """The last job that was to bring the dataset in, as far as *who* may see it."""
    if not who.may(Permission.JOB_READ):
        return None
    jobs = workspace.jobs.find(who, kind="dataset.import")
    return next((job for job in jobs if job.arguments.get("dataset_id") == dataset_id), None)
