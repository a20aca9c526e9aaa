"""The chart builder: every change is looked at once, at the server, and shown."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from callbacks.feedback import toast
from core.dashboards.drafts import (
    Draft,
    Look,
    as_kind,
    can_be_cut,
    completed,
    first_draft,
    look,
    next_dimension,
    next_filter,
    next_measure,
    spec_of,
)
from core.dashboards.spec import Kind
from core.dashboards.wire import spec_to_json
from core.data.datasets import Version
from core.data.table_csv import answer_csv
from core.principal import Permission, Principal
from core.query.spec import Table
from core.workspace import Workspace
from layouts import chart as page
from layouts import shell
from layouts.chart import Ids, Shown
from layouts.chart_form import CARDS, card_of, cards, error_id
from layouts.chart_parts import do_id, part_id
from layouts.chart_reading import read, values_of
from layouts.visit import Visit
from web.session import current
from web.transfer import file_name

_BUSY = [(Output(Ids.STAGE, "className"), "build-stage build-busy", "build-stage")]


def load(workspace: Workspace, visit: Visit) -> Shown:
    """The builder with the first look at its draft already in it."""
    if "chart_id" not in visit.params:
        return _new(workspace, visit)
    chart = workspace.charts.get(visit.who, int(visit.params["chart_id"]))
    version = workspace.datasets.version(visit.who, chart.dataset_id)
    draft = completed(spec_to_json(chart.spec), version.table)
    shown = look(visit.who, workspace.charts, chart.dataset_id, draft)
    return Shown(visit.who, (), version, draft, shown, chart, _dashboards(workspace, visit.who))


def _new(workspace: Workspace, visit: Visit) -> Shown:
    datasets = workspace.datasets.find(visit.who)
    asked = visit.query.get("dataset", "")
    full = [each for each in datasets if each.version]
    chosen = int(asked) if asked.isdecimal() else full[0].id if len(full) == 1 else None
    if chosen is None:
        return Shown(visit.who, datasets)
    version = workspace.datasets.version(visit.who, chosen)
    draft = first_draft(version.table)
    shown = look(visit.who, workspace.charts, chosen, draft)
    return Shown(visit.who, datasets, version, draft, shown, None, _dashboards(workspace, visit.who))


def register(app: Dash, workspace: Workspace) -> None:
    _register_building(app, workspace)
    _register_answers(app, workspace)
    _register_saving(app, workspace)
    _register_keeping(app, workspace)
    _register_in_browser(app)


def _register_in_browser(app: Any) -> None:
    """assets/js/chart.js does it. (Dash leaves clientside_callback untyped, hence Any.)"""
    app.clientside_callback(ClientsideFunction("chart", "shown"), Input(Ids.BEHIND, "children"), prevent_initial_call=True)
    app.clientside_callback(
        ClientsideFunction("chart", "propose"),
        Output(Ids.NAME, "value"),
        Output(Ids.PROPOSED, "data"),
        Input(Ids.TITLE, "data"),
        State(Ids.NAME, "value"),
        State(Ids.PROPOSED, "data"),
        prevent_initial_call=True,
    )


def _register_building(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={"dataset": Input(Ids.DATASET, "value")},
        prevent_initial_call=True,
    )
    def choose_data(dataset: str | None) -> str:
        return f"/charts/new?dataset={dataset}"

    @app.callback(
        output={"form": Output(Ids.FORM, "children"), "draft": Output(Ids.DRAFT, "data")},
        inputs={
            "values": Input(part_id(ALL, ALL, ALL), "value"),
            "clicks": Input(do_id(ALL, ALL, ALL), "n_clicks"),
            "known": State(Ids.DRAFT, "data"),
            "place": State(Ids.ID, "data"),
        },
        running=_BUSY,
        prevent_initial_call=True,
    )
    def change(values: list[Any], clicks: list[int | None], known: Draft, place: dict[str, int]) -> dict[str, Any]:  # noqa: ARG001 - ctx tells which control is which
        """Asks the engine nothing, so that the form is there before somebody types into it. Also called when the form itself has drawn
        new controls: then there is nothing new in it."""
        table = workspace.datasets.version(current(), place["dataset"]).table
        draft = _changed(known, table)
        if draft == known:
            raise PreventUpdate
        return {"form": cards(draft, table) if _shape(draft) != _shape(known) else no_update, "draft": draft}

    @app.callback(
        output={
            "preview": Output(Ids.PREVIEW, "children"),
            "state": Output(Ids.STATE, "children"),
            "behind": Output(Ids.BEHIND, "children", allow_duplicate=True),
            "title": Output(Ids.TITLE, "data"),
            "errors": {card: Output(error_id(card), "children") for card in CARDS},
        },
        inputs={"draft": Input(Ids.DRAFT, "data"), "place": State(Ids.ID, "data")},
        running=_BUSY,
        prevent_initial_call=True,
    )
    def preview(draft: Draft, place: dict[str, int]) -> dict[str, Any]:
        return _shown(look(current(), workspace.charts, place["dataset"], draft), is_new=not place["chart"])


def _changed(known: Draft, table: Table) -> Draft:
    draft = read(values_of(ctx.args_grouping["values"]), known, table)
    if draft["kind"] != known["kind"]:
        return as_kind(draft, Kind(draft["kind"]), table)
    trigger = ctx.triggered_id
    if trigger and trigger["type"] == "chart-do" and ctx.triggered[0]["value"]:
        draft = _done(draft, trigger["verb"], trigger["card"], trigger["index"], table)
    return completed(draft, table)


def _done(draft: Draft, verb: str, card: str, index: int, table: Table) -> Draft:
    """*draft* with one part more or less."""
    name = {"measure": "measures", "dimension": "dimensions", "filter": "filters"}[card]
    parts = list(draft[name])
    if verb == "remove":
        return draft | {name: [each for i, each in enumerate(parts) if i != index]}
    added = {
        "measure": lambda: next_measure(parts, table),
        "dimension": lambda: next_dimension(parts, Kind(draft["kind"]), table),
        "filter": lambda: next_filter(table),
    }[card]()
    return draft | {name: [*parts, added]}


def _shown(shown: Look, *, is_new: bool) -> dict[str, Any]:
    problem = shown.problem
    return {
        "preview": no_update if problem else page.preview(shown),
        "state": "Not saved yet" if problem is None else "The preview shows the last chart that worked",
        "behind": no_update if problem else page.unasked(shown),
        "title": no_update if problem or not is_new else page.title_of(shown),
        "errors": {card: problem.message if problem and card == card_of(problem.field) else "" for card in CARDS},
    }


def _shape(draft: Draft) -> Any:
    """What decides which controls there are; while it stays, the form is not drawn anew under the fingers of who types."""
    return (
        draft["kind"],
        [(each["aggregate"], each.get("column")) for each in draft["measures"]],
        [(each.get("column"), "formula" in each) for each in (*draft["dimensions"], draft["colour"] or {})],
        len(draft["dimensions"]),
        can_be_cut(draft["kind"], draft["dimensions"]),
        [(each["column"], each["op"]) for each in draft["filters"]],
    )


def _register_answers(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        output={"open": Output(Ids.HOW, "is_open"), "body": Output(Ids.HOW_BODY, "children")},
        inputs={"clicks": Input("chart-how-open", "n_clicks"), "draft": State(Ids.DRAFT, "data"), "place": State(Ids.ID, "data")},
        prevent_initial_call=True,
    )
    def explain(clicks: int | None, draft: Draft, place: dict[str, int]) -> dict[str, Any]:
        if not clicks:
            raise PreventUpdate
        drawn = page.drawn_of(look(current(), workspace.charts, place["dataset"], draft))
        return {"open": True, "body": page.how(_version(workspace, place), drawn.answer)}

    @app.callback(
        output=Output(Ids.DOWNLOAD, "data"),
        inputs={"clicks": Input(Ids.CSV, "n_clicks"), "draft": State(Ids.DRAFT, "data"), "place": State(Ids.ID, "data")},
        prevent_initial_call=True,
    )
    def download(clicks: int | None, draft: Draft, place: dict[str, int]) -> dict[str, Any]:
        if not clicks:
            raise PreventUpdate
        shown = look(current(), workspace.charts, place["dataset"], draft)
        content = answer_csv(page.drawn_of(shown).answer)
        name = f"{file_name(page.title_of(shown))}.csv"
        return {"content": b64encode(content).decode(), "base64": True, "filename": name, "type": "text/csv"}

    @app.callback(
        output=Output(Ids.BEHIND, "children"),
        inputs={"clicked": Input(Ids.MARK, "data"), "draft": State(Ids.DRAFT, "data"), "place": State(Ids.ID, "data")},
        prevent_initial_call=True,
    )
    def show_rows(clicked: dict[str, Any] | None, draft: Draft, place: dict[str, int]) -> Any:
        if not clicked:
            raise PreventUpdate
        found = workspace.charts.rows_behind(current(), place["dataset"], spec_of(draft), clicked)
        if found is None:
            raise PreventUpdate
        return page.behind(found)


def _register_saving(app: Dash, workspace: Workspace) -> None:
    charts = workspace.charts

    @app.callback(
        output={"to": Output(shell.Ids.LOCATION, "href", allow_duplicate=True), "error": Output(Ids.NAME_ERROR, "children")},
        inputs={
            "clicks": Input(Ids.SAVE_AS_SAVE, "n_clicks"),
            "submits": Input(Ids.NAME, "n_submit"),
            "given": {"name": State(Ids.NAME, "value"), "dashboard": State(Ids.DASHBOARD, "value")},
            "draft": State(Ids.DRAFT, "data"),
            "place": State(Ids.ID, "data"),
        },
        running=[(Output(Ids.SAVE_AS_SAVE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def save_as(
        clicks: int | None, submits: int | None, given: dict[str, str | None], draft: Draft, place: dict[str, int]
    ) -> dict[str, Any]:
        name = (given["name"] or "").strip()
        if not clicks and not submits:
            raise PreventUpdate
        if not name:
            return {"to": no_update, "error": "A chart needs a name."}
        who = current()
        chart = charts.save(who, name, place["dataset"], spec_of(draft))
        return {"to": _put_on(workspace, who, chart.id, given["dashboard"]), "error": ""}

    @app.callback(
        output=Output(Ids.STATE, "children", allow_duplicate=True),
        inputs={"clicks": Input(Ids.SAVE, "n_clicks"), "draft": State(Ids.DRAFT, "data"), "place": State(Ids.ID, "data")},
        prevent_initial_call=True,
    )
    def save(clicks: int | None, draft: Draft, place: dict[str, int]) -> str:
        if not clicks:
            raise PreventUpdate
        chart = charts.update(current(), place["chart"], spec=spec_of(draft))
        toast("positive", "Saved", f"{chart.name} is saved. Dashboards that show it show the new one.")
        return "Saved"


def _register_keeping(app: Dash, workspace: Workspace) -> None:
    charts = workspace.charts

    @app.callback(
        output={"visit": Output(shell.Ids.VISIT, "data", allow_duplicate=True), "open": Output(Ids.RENAME, "is_open")},
        inputs={
            "clicks": Input(Ids.RENAME_SAVE, "n_clicks"),
            "name": State(Ids.RENAME_NAME, "value"),
            "place": State(Ids.ID, "data"),
        },
        prevent_initial_call=True,
    )
    def rename(clicks: int | None, name: str | None, place: dict[str, int]) -> dict[str, Any]:
        if not clicks:
            raise PreventUpdate
        charts.update(current(), place["chart"], name=name or "")
        return {"visit": {"address": f"/charts/{place['chart']}", "at": clicks}, "open": False}

    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={"clicks": Input(f"{Ids.DELETE}-confirm-yes", "n_clicks"), "place": State(Ids.ID, "data")},
        prevent_initial_call=True,
    )
    def delete(clicks: int | None, place: dict[str, int]) -> str:
        if not clicks:
            raise PreventUpdate
        charts.delete(current(), place["chart"])
        return "/charts"


def _put_on(workspace: Workspace, who: Principal, chart_id: int, dashboard: str | None) -> str:
    """Puts the chart on the dashboard, when one was chosen, and says where to go on."""
    if not dashboard or not dashboard.isdecimal():
        return f"/charts/{chart_id}"
    found = workspace.dashboards.get(who, int(dashboard))
    workspace.dashboards.add_tile(who, found.id, chart_id, found.revision)
    return f"/dashboards/{found.id}"


def _version(workspace: Workspace, place: dict[str, int]) -> Version:
    return workspace.datasets.version(current(), place["dataset"])


def _dashboards(workspace: Workspace, who: Principal) -> Any:
    return workspace.dashboards.find(who) if who.may(Permission.DASHBOARD_WRITE) else ()
