"""All dashboards: find one, make one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.dashboards.dashboards import Listed
from core.principal import Permission, Principal
from layouts import components as ui


@unique
class Ids(StrEnum):
    CREATE = "dashboards-create"
    DESCRIPTION = "dashboards-description"
    LIST = "dashboards-list"
    NAME = "dashboards-name"
    NEW = "dashboards-new"
    SEARCH = "dashboards-search"


@dataclass(frozen=True, slots=True)
class Shown:
    dashboards: Sequence[Listed]
    who: Principal


def layout(shown: Shown) -> Component:
    may_write = shown.who.may(Permission.DASHBOARD_WRITE)
    new = ui.button("New dashboard", kind="primary", icon="plus", opens=Ids.NEW) if may_write else None
    search = dbc.Input(id=Ids.SEARCH, type="search", placeholder="Find a dashboard", className="list-search")
    return html.Div(
        [
            ui.page_head("Dashboards", action=new),
            *([ui.field("Find a dashboard", search, hidden=True)] if shown.dashboards else []),
            html.Div(table(shown.dashboards) if shown.dashboards else _first(new), id=Ids.LIST),
            _new(),
        ]
    )


def table(dashboards: Sequence[Listed], search: str = "") -> Component:
    columns = [
        ui.Col("name", "Name"),
        ui.Col("description", "Description"),
        ui.Col("tiles", "Charts"),
        ui.Col("owner", "Owner"),
        ui.Col("changed", "Changed"),
    ]
    rows = [
        {
            "name": ui.link(each.name, f"/dashboards/{each.id}"),
            "description": each.description,
            "tiles": each.tile_count,
            "owner": each.owner,
            "changed": ui.when(each.updated_at),
        }
        for each in dashboards
    ]
    return ui.data_table(columns, rows, caption="Dashboards", empty=f"No dashboard is called “{search}”.")


def _first(new: Component | None) -> Component:
    text = "A dashboard shows saved charts side by side, filtered together."
    return ui.empty_state("No dashboards yet", text, _again(new), icon="layout-dashboard")


def _again(new: Component | None) -> Component | None:
    return ui.button("Make the first one", kind="primary", icon="plus", opens=Ids.NEW) if new is not None else None


def _new() -> dbc.Modal:
    form = [
        html.H2("New dashboard", className="dialog-title", id=f"{Ids.NEW}-title"),
        ui.field("Name", dbc.Input(id=Ids.NAME, maxLength=120, autocomplete="off")),
        ui.field("Description", dbc.Input(id=Ids.DESCRIPTION, maxLength=500, autocomplete="off"), help="One line, shown under the title."),
    ]
    actions = [ui.button("Cancel", closes=Ids.NEW), ui.button("Create dashboard", id=Ids.CREATE, kind="primary")]
    return dbc.Modal(
        [html.Div(form, className="dialog-body"), html.Div(actions, className="dialog-actions")],
        id=Ids.NEW,
        is_open=False,
        centered=True,
        labelledby=f"{Ids.NEW}-title",
        className="dialog",
    )
