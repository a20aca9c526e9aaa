"""All datasets: find one, bring one in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.data.datasets import Dataset
from core.principal import Permission, Principal
from layouts import components as ui

REFRESH_MS = 2_000
MOST = 200


@unique
class Ids(StrEnum):
    LIST = "datasets-list"
    LOAD_SAMPLE = "datasets-load-sample"
    SEARCH = "datasets-search"
    TICK = "datasets-tick"


@dataclass(frozen=True, slots=True)
class Shown:
    """*datasets* are at most `MOST` of the *count* whose names fit *search*; *is_loading*: something is being brought in."""

    datasets: Sequence[Dataset]
    count: int
    who: Principal
    search: str = ""
    is_loading: bool = False


def layout(shown: Shown) -> Component:
    bring_in = ui.button("Bring in a file", href="/data/new", kind="primary", icon="upload")
    is_begun = bool(shown.datasets or shown.search)
    search = dbc.Input(
        id=Ids.SEARCH, type="search", value=shown.search, placeholder="Find a dataset", className="list-search", maxLength=200
    )
    return html.Div(
        [
            ui.page_head("Data", action=bring_in if is_begun and shown.who.may(Permission.DATASET_WRITE) else None),
            html.Div(ui.field("Find a dataset", search, hidden=True), hidden=not is_begun),
            html.Div(listing(shown), id=Ids.LIST, className="datasets"),
            dcc.Interval(id=Ids.TICK, interval=REFRESH_MS, disabled=not shown.is_loading),
        ]
    )


def listing(shown: Shown) -> list[Component]:
    if not shown.datasets and not shown.search:
        return [_first(shown)]
    words = f"No dataset has “{shown.search}” in its name."
    table = ui.data_table(_COLUMNS, [_row(each) for each in shown.datasets], caption="Datasets", empty=words)
    rest = shown.count - len(shown.datasets)
    note = f"{ui.format.count(rest, 'more dataset')} not shown: search for a part of the name."
    return [table, *([html.P(note, className="muted small")] if rest > 0 else [])]


_COLUMNS = (
    ui.Col("name", "Name"),
    ui.Col("rows", "Rows", align="end"),
    ui.Col("columns", "Columns", align="end"),
    ui.Col("size", "Size", align="end"),
    ui.Col("version", "Version", align="end"),
    ui.Col("owner", "Owner"),
    ui.Col("updated", "Data from"),
)


def _row(dataset: Dataset) -> dict[str, str | Component]:
    name: list[Component] = [ui.link(dataset.name, f"/data/{dataset.id}")]
    if dataset.description:
        name.append(html.Div(dataset.description, className="datasets-description"))
    if not dataset.version:
        waiting = dict.fromkeys(("rows", "columns", "size", "version"), ui.format.ABSENT)
        return {"name": html.Div(name), **waiting, "owner": dataset.owner, "updated": ui.status("running", "Coming in")}
    return {
        "name": html.Div(name),
        "rows": ui.format.number(dataset.row_count),
        "columns": ui.format.number(dataset.column_count),
        "size": html.Span(ui.format.bytes(dataset.byte_count), title=f"{dataset.byte_count:,} bytes"),
        "version": str(dataset.version),
        "owner": dataset.owner,
        "updated": ui.when(dataset.updated_at),
    }


def _first(shown: Shown) -> Component:
    """What an empty list offers: to those who may not bring anything in, only the reason."""
    if not shown.who.may(Permission.DATASET_WRITE):
        words = "As soon as somebody brings in a file, you find it here."
        return ui.card(ui.empty_state("No data yet", words, icon="database"))
    actions: list[Component] = [ui.button("Bring in a file", href="/data/new", kind="primary", icon="upload")]
    if shown.who.may(Permission.SAMPLE_LOAD):
        title = "336,776 flights from New York in 2013, with airlines, airports, planes and weather"
        actions.append(ui.button("Load the sample", id=Ids.LOAD_SAMPLE, icon="package", disabled=shown.is_loading, title=title))
    words = "CSV, Excel, Parquet or JSON. You see what was understood before anything is kept."
    return ui.card(ui.empty_state("No data yet", words, html.Div(actions, className="cluster"), icon="database"))
