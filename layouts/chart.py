"""The chart builder: what the chart is made of on one side, what it looks like on the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.dashboards.charts import Chart, Drawn
from core.dashboards.clicks import Behind
from core.dashboards.dashboards import Listed
from core.dashboards.drafts import Draft, Look
from core.dashboards.figures import Drawing
from core.data.datasets import Dataset, Version
from core.principal import Permission, Principal
from core.query.spec import Answer
from layouts import behind as rows_behind
from layouts import components as ui
from layouts.chart_form import cards
from layouts.chart_parts import NOTHING
from layouts.figure import figure, rows


@unique
class Ids(StrEnum):
    BEHIND = "chart-behind"
    CSV = "chart-csv"
    DASHBOARD = "chart-dashboard"
    DATASET = "chart-dataset"
    DELETE = "chart-delete"  # prefix of the dialog
    DOWNLOAD = "chart-download"
    DRAFT = "chart-draft"  # the spec as it stands, not necessarily whole
    FORM = "chart-form"
    HOW = "chart-how"
    HOW_BODY = "chart-how-body"
    ID = "chart-id"  # {chart, dataset}: their numbers; chart is 0 before it is saved
    MARK = "chart-mark"  # what was clicked, from assets/js/chart.js
    NAME = "chart-name"
    NAME_ERROR = "chart-name-error"
    PREVIEW = "chart-preview"
    PROPOSED = "chart-proposed"  # the name that stands in the dialog until somebody gives another
    RENAME = "chart-rename"
    RENAME_NAME = "chart-rename-name"
    RENAME_SAVE = "chart-rename-save"
    SAVE = "chart-save"
    SAVE_AS = "chart-save-as"
    SAVE_AS_SAVE = "chart-save-as-save"
    STAGE = "chart-stage"
    STATE = "chart-state"
    TITLE = "chart-title"  # what a chart that is not saved yet could be called


@dataclass(frozen=True, slots=True)
class Shown:
    """*version* is None while no dataset has been chosen. *look* is what the draft shows at the start."""

    who: Principal
    datasets: Sequence[Dataset] = ()
    version: Version | None = None
    draft: Draft | None = None
    look: Look = Look()
    chart: Chart | None = None
    dashboards: Sequence[Listed] = ()

    @property
    def may_write(self) -> bool:
        return self.who.may(Permission.CHART_WRITE)


def layout(shown: Shown) -> Component:
    if shown.version is None or shown.draft is None:
        return html.Div([ui.page_head("New chart", crumbs=[("Charts", "/charts")]), _choose_data(shown.datasets)])
    stage = _stage(shown, shown.version)
    place = {"chart": shown.chart.id if shown.chart else 0, "dataset": shown.version.dataset_id}
    stores = [dcc.Store(id=Ids.ID, data=place), dcc.Store(id=Ids.DRAFT, data=shown.draft), dcc.Store(id=Ids.MARK)]
    stores += [dcc.Store(id=Ids.TITLE), dcc.Store(id=Ids.PROPOSED, data=title_of(shown.look))]
    if not shown.may_write:
        return html.Div([_head(shown), stage, *stores, *_dialogs(shown), dcc.Download(id=Ids.DOWNLOAD)])
    form = html.Div(
        [_data(shown, shown.version), html.Div(cards(shown.draft, shown.version.table), id=Ids.FORM, className="build-cards")],
        className="build-form",
    )
    return html.Div([_head(shown), html.Div([form, stage], className="build"), *stores, *_dialogs(shown), dcc.Download(id=Ids.DOWNLOAD)])


def preview(look: Look) -> list[Component]:
    """The picture of a draft; when there is none yet, why."""
    if look.drawn is None:
        message = look.problem.message if look.problem else ""
        return [ui.empty_state("Nothing to draw yet", message, icon="chart-column")]
    return [_picture(look.drawn.drawing, title_of(look)), _facts(look.drawn)]


def title_of(look: Look) -> str:
    """A name for the chart, made of what it shows: "Mean dep_delay by carrier"."""
    if look.spec is None:
        return "Chart"
    measures = " and ".join(each.name for each in look.spec.measures[:2]) or "Rows"
    groups = " and ".join(each.name for each in look.spec.groups[:2])
    return f"{measures} by {groups}" if groups else measures


def how(version: Version, answer: Answer) -> list[Component]:
    """How the numbers came about."""
    source: list[str | Component] = [ui.link(version.dataset_name, f"/data/{version.dataset_id}/overview"), f", version {version.number}"]
    took = "kept from an earlier question" if answer.cached else f"computed now, in {ui.format.duration(answer.elapsed_ms / 1000)}"
    facts: list[tuple[str, str | Component]] = [
        ("Data", html.Span(source)),
        ("Rows scanned", ui.format.number(version.row_count)),
        ("Rows in the answer", ui.format.number(len(answer.rows))),
        ("Answer", took[0].upper() + took[1:]),
        ("Computed", ui.when(answer.notes.get("computed_at"))),
    ]
    code = html.Pre(answer.sql, className="how-sql", tabIndex="0", role="region", **ui.aria(label="Query"))
    return [ui.properties(facts), html.H3("Query", className="how-heading"), code]


def behind(found: Behind) -> Component:
    """The first rows that a mark sums up."""
    return ui.card(rows_behind.table(found), title=rows_behind.title(found), hint=rows_behind.how_many(found), flush=True)


def unasked(look: Look) -> list[Component]:
    """What stands in the place of those rows before a mark is chosen: nothing where there is no mark to choose."""
    if look.drawn is None or look.drawn.drawing.is_empty or look.drawn.drawing.figure is None:
        return []
    return [
        html.P(
            "Choose a bar, point or part of the chart to see its rows. “Show as table” lists them all, for the keyboard too.",
            className="build-hint",
        )
    ]


def _picture(drawing: Drawing, title: str) -> Component:
    if drawing.is_empty:
        why = drawing.left_out or "Loosen or remove a filter."
        return ui.empty_state("No rows", f"Nothing is left to show. {why}", icon="funnel")
    if drawing.number is not None:
        number = drawing.number
        value = html.Span(number.text, className="tile-number", title=number.exact)
        return html.Div([value, html.Span(number.label, className="tile-number-label")], className="build-number")
    if drawing.rows is not None:
        headings = [(each.name, each.is_number) for each in drawing.rows.headings]
        return rows(headings, drawing.rows.cells, drawing.rows.exact, title=title, summary=drawing.summary)
    return figure(_with_room(drawing.figure or {}), title=title, summary=drawing.summary, note=drawing.left_out, marks=True)


def _with_room(fig: dict[str, Any]) -> dict[str, Any]:
    """Long labels of any data must not run into the title of their axis; on a dashboard, whose charts are known, time counts more."""
    plan = fig.get("layout", {})
    axes = {name: {**plan[name], "automargin": True} for name in ("xaxis", "yaxis") if name in plan}
    return {**fig, "layout": {**plan, **axes}}


def _facts(drawn: Drawn) -> Component:
    answer, left_out = drawn.answer, drawn.drawing.left_out
    cut = [html.Span(f"Cut off at {ui.format.number(answer.notes['cut_at'])} groups.")] if "cut_at" in answer.notes else []
    taken = "kept from an earlier question" if answer.cached else f"computed in {ui.format.duration(answer.elapsed_ms / 1000)}"
    words = html.Span(f"{ui.format.count(len(answer.rows), 'group')}, {taken}")
    told = [html.Span(left_out)] if left_out and not drawn.drawing.is_empty else []
    return html.P([words, *cut, *told], className="build-facts")


def _head(shown: Shown) -> Component:
    chart = shown.chart
    status: list[Component] = [html.Span(id=Ids.STATE, role="status")]
    if chart is not None:
        status = [html.Span(["By ", chart.owner]), html.Span(["Changed ", ui.when(chart.updated_at)]), *status]
    if not shown.may_write:
        return ui.page_head(chart.name if chart else "Chart", crumbs=[("Charts", "/charts")], status=status)
    if chart is None:
        save = ui.button("Save chart", kind="primary", icon="save", opens=Ids.SAVE_AS)
        return ui.page_head("New chart", crumbs=[("Charts", "/charts")], action=save, status=status)
    menu = [
        ui.menu_item("Rename", icon="type", opens=Ids.RENAME),
        ui.menu_item("Save as another chart", icon="copy", opens=Ids.SAVE_AS),
        ui.menu_item("Delete", icon="trash-2", danger=True, opens=f"{Ids.DELETE}-confirm"),
    ]
    save = ui.button("Save", id=Ids.SAVE, kind="primary", icon="save")
    return ui.page_head(chart.name, crumbs=[("Charts", "/charts")], action=save, menu=menu, status=status)


def _data(shown: Shown, version: Version) -> Component:
    facts = f"{ui.format.count(version.row_count, 'row')}, version {version.number}"
    if shown.chart is not None:
        content: Component = ui.link(version.dataset_name, f"/data/{version.dataset_id}/overview")
    else:
        options = [{"value": str(each.id), "label": each.name} for each in shown.datasets if each.version]
        content = ui.field("Dataset", dbc.Select(id=Ids.DATASET, options=options, value=str(version.dataset_id)), hidden=True)
    return html.Section(
        [html.H2("Of", className="build-title", id="chart-data-title"), content, html.P(facts, className="field-help")],
        className="build-card panel",
        **ui.aria(labelledby="chart-data-title"),
    )


def _stage(shown: Shown, version: Version) -> Component:
    tools = html.Div(
        [
            ui.button("How it was computed", kind="ghost", icon="info", small=True, id="chart-how-open"),
            ui.button("CSV", kind="ghost", icon="download", small=True, id=Ids.CSV),
        ],
        className="build-tools",
    )
    picture = html.Div(preview(shown.look), id=Ids.PREVIEW, className="build-picture")
    panel = html.Section([picture, tools], className="build-panel panel", **ui.aria(label="Preview"))
    return html.Div(
        [panel, html.Div(unasked(shown.look), id=Ids.BEHIND)], id=Ids.STAGE, className="build-stage", **ui.data(version=version.number)
    )


def _choose_data(datasets: Sequence[Dataset]) -> Component:
    items = [
        ui.Item(each.name, f"/charts/new?dataset={each.id}", ui.format.count(each.row_count, "row"), ui.when(each.updated_at), "database")
        for each in datasets
        if each.version
    ]
    if not items:
        text = "A chart shows a dataset. Bring one in first: a CSV, Excel, JSON or Parquet file."
        return ui.empty_state("No data yet", text, ui.button("Bring in data", kind="primary", href="/data/new", icon="upload"), "database")
    return ui.card(ui.listing(items), title="Which data?", flush=True)


def _dialogs(shown: Shown) -> list[Component]:
    dialogs: list[Component] = [_dialog(Ids.HOW, "How it was computed", html.Div(id=Ids.HOW_BODY))]
    if not shown.may_write:
        return dialogs
    dialogs.append(_save_dialog(shown))
    if shown.chart is not None:
        rename = [
            ui.field("Name", dbc.Input(id=Ids.RENAME_NAME, value=shown.chart.name, maxLength=120, autocomplete="off")),
            _actions(Ids.RENAME, ui.button("Rename", id=Ids.RENAME_SAVE, kind="primary")),
        ]
        dialogs.append(_dialog(Ids.RENAME, "Rename chart", html.Div(rename, className="stack")))
        dialogs.append(ui.confirm(Ids.DELETE, "Delete this chart?", f"{shown.chart.name} is deleted for everybody.", "Delete chart"))
    return dialogs


def _save_dialog(shown: Shown) -> Component:
    boards = [{"value": NOTHING, "label": "No dashboard"}, *({"value": str(each.id), "label": each.name} for each in shown.dashboards)]
    content: list[Component] = [
        ui.field(
            "Name",
            dbc.Input(id=Ids.NAME, value=title_of(shown.look), maxLength=120, autocomplete="off"),
            error_id=Ids.NAME_ERROR,
        ),
        ui.field("Put it on", dbc.Select(id=Ids.DASHBOARD, options=boards, value=NOTHING)),
        _actions(Ids.SAVE_AS, ui.button("Save chart", id=Ids.SAVE_AS_SAVE, kind="primary")),
    ]
    return _dialog(Ids.SAVE_AS, "Save chart", html.Div(content, className="stack"))


def _actions(dialog: str, action: Component) -> html.Div:
    return html.Div([ui.button("Cancel", closes=dialog), action], className="dialog-actions")


def _dialog(id: str, title: str, content: Component) -> Component:
    close = ui.button("Close", icon="x", bare=True, kind="ghost", closes=id, small=True)
    head = html.Div([html.H2(title, className="dialog-title", id=f"{id}-title"), close], className="dialog-head")
    modal: Component = dbc.Modal(
        [head, html.Div(content, className="dialog-body")],
        id=id,
        is_open=False,
        centered=True,
        labelledby=f"{id}-title",
        className="dialog",
    )
    return modal


def drawn_of(look: Look) -> Drawn:
    """What a look shows; raises its problem when it shows nothing."""
    if look.drawn is None:
        raise look.problem or ValueError("a look without a picture names its problem")
    return look.drawn
