"""Search over everything that the asker may open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from dash import Dash, Input, Output
from dash.development.base_component import Component

from core.data.column_search import FoundColumn
from core.principal import Permission, Principal
from core.workspace import Workspace
from layouts import components as ui
from layouts.dataset_head import words_of_kind
from layouts.dataset_profile import address_of
from layouts.pages import PAGES, match
from layouts.search import Hit, Ids, results
from web.session import current

_EACH = 6
_LOOKED_AT = 50
_ACTIONS = (
    (Permission.DATASET_WRITE, Hit("Actions", "Bring in a file", "/data/new", "upload")),
    (Permission.CHART_WRITE, Hit("Actions", "Build a chart", "/charts/new", "chart-column", "new chart")),
    (Permission.EXPERIMENT_RUN, Hit("Actions", "Train a model", "/experiments/new", "brain", "new experiment")),
    (Permission.JOB_READ, Hit("Actions", "Look at jobs", "/jobs", "activity")),
    (Permission.ACCOUNT_MANAGE, Hit("Actions", "Invite somebody", "/admin/people", "user-plus")),
    (None, Hit("Actions", "Change password", "/account", "key-round")),
)


def register(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        output=Output(Ids.RESULTS, "children"),
        inputs={"text": Input(Ids.TEXT, "value"), "_": Input(Ids.DIALOG, "is_open")},
        prevent_initial_call=True,
    )
    def show_hits(text: str | None, _: bool) -> Component:
        wanted = (text or "").strip()
        return results(hits(workspace, current(), wanted), wanted)


def hits(workspace: Workspace, who: Principal, text: str) -> Sequence[Hit]:
    """What is called like *text*, by group; with no text, the pages, the actions and the latest data."""
    found: list[Hit] = []
    for permission, find in _things(workspace):
        if who.may(permission):
            found += _ranked(find(who, text), text)[:_EACH]
    return [*_named(_pages(who), text), *found, *_named(_actions(who), text)]


def _things(workspace: Workspace) -> Sequence[tuple[Permission, Callable[[Principal, str], list[Hit]]]]:
    def datasets(who: Principal, text: str) -> list[Hit]:
        found = workspace.datasets.find(who, search=text, limit=_LOOKED_AT)
        return [Hit("Data", each.name, f"/data/{each.id}", "database", ui.format.count(each.row_count, "row")) for each in found]

    def columns(who: Principal, text: str) -> list[Hit]:
        found = workspace.datasets.find_columns(who, text, limit=_EACH) if text else []  # all of them are nobody's wish
        return [_column(each) for each in found]

    def dashboards(who: Principal, text: str) -> list[Hit]:
        found = workspace.dashboards.find(who, search=text, limit=_LOOKED_AT)
        return [
            Hit("Dashboards", each.name, f"/dashboards/{each.id}", "layout-dashboard", ui.format.count(each.tile_count, "chart"))
            for each in found
        ]

    def charts(who: Principal, text: str) -> list[Hit]:
        found = workspace.charts.find(who, search=text, limit=_LOOKED_AT)
        return [Hit("Charts", each.name, f"/charts/{each.id}", "chart-column", f"from {each.dataset}") for each in found]

    def models(who: Principal, text: str) -> list[Hit]:
        found = (
            Hit("Models", each.name, f"/models/{each.name}", "brain", f"predicts {each.champion.target}")
            for each in workspace.models.find(who)
        )
        return _named(found, text)

    return (
        (Permission.DATASET_READ, datasets),
        (Permission.DATASET_READ, columns),
        (Permission.DASHBOARD_READ, dashboards),
        (Permission.CHART_READ, charts),
        (Permission.MODEL_READ, models),
    )


def _column(found: FoundColumn) -> Hit:
    icon, kind = words_of_kind(found.column)
    return Hit("Columns", found.column.name, address_of(found), icon, f"{kind} in {found.dataset}")


def _pages(who: Principal) -> Iterable[Hit]:
    return (Hit("Pages", page.nav.label, page.path, page.nav.icon) for page in PAGES if page.nav and page.open_to(who))


def _actions(who: Principal) -> Iterable[Hit]:
    return (hit for permission, hit in _ACTIONS if match(hit.href) and (permission is None or who.may(permission)))


def _ranked(found: list[Hit], text: str) -> list[Hit]:
    """What is called exactly so first, then what begins so; otherwise in the order they came."""
    wanted = text.casefold()
    return sorted(found, key=lambda hit: (hit.label.casefold() != wanted, not hit.label.casefold().startswith(wanted)))


def _named(some: Iterable[Hit], text: str) -> list[Hit]:
    """By their label, or by the words beside it: what a model predicts, the other name of an action."""
    return [hit for hit in some if text.casefold() in f"{hit.label} {hit.hint}".casefold()]
