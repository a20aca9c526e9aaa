"""All charts: find one, make one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.dashboards.charts import Chart
from core.principal import Permission, Principal
from layouts import components as ui
from layouts.chart_parts import ICONS


@unique
class Ids(StrEnum):
    LIST = "charts-list"
    SEARCH = "charts-search"


@dataclass(frozen=True, slots=True)
class Shown:
    charts: Sequence[Chart]
    who: Principal


def layout(shown: Shown) -> Component:
    new = _new("New chart") if shown.who.may(Permission.CHART_WRITE) else None
    search = dbc.Input(id=Ids.SEARCH, type="search", placeholder="Find a chart", className="list-search")
    return html.Div(
        [
            ui.page_head("Charts", action=new if shown.charts else None),
            *([ui.field("Find a chart", search, hidden=True)] if shown.charts else []),
            html.Div(table(shown.charts) if shown.charts else _first(new is not None), id=Ids.LIST),
        ]
    )


def table(charts: Sequence[Chart], search: str = "") -> Component:
    columns = [
        ui.Col("name", "Name"),
        ui.Col("kind", "Kind"),
        ui.Col("dataset", "Data"),
        ui.Col("owner", "Owner"),
        ui.Col("changed", "Changed"),
    ]
    rows = [
        {
            "name": ui.link(each.name, f"/charts/{each.id}"),
            "kind": html.Span([ui.icon(ICONS[each.spec.kind]), each.spec.kind.value.capitalize()], className="kind-face"),
            "dataset": ui.link(each.dataset, f"/data/{each.dataset_id}/overview", quiet=True),
            "owner": each.owner,
            "changed": ui.when(each.updated_at),
        }
        for each in charts
    ]
    return ui.data_table(columns, rows, caption="Charts", empty=f"No chart is called “{search}”.")


def _new(label: str) -> Component:
    return ui.button(label, kind="primary", icon="plus", href="/charts/new")


def _first(may_write: bool) -> Component:
    text = "A chart answers one question of a dataset, and can be put on dashboards."
    return ui.empty_state("No charts yet", text, _new("Make the first one") if may_write else None, icon="chart-column")
