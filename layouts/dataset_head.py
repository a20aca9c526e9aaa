"""What all tabs of a dataset share: its head, its tabs, and the words for kinds of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from core.data.datasets import Dataset, Version
from core.principal import Permission, Principal
from core.query.spec import Column
from layouts import components as ui

_TABS = (("Overview", ""), ("Explore", "explore"), ("Profile", "profile"), ("Versions", "versions"), ("Settings", "settings"))
_KINDS = {
    "integer": ("hash", "Whole number"),
    "decimal": ("percent", "Number"),
    "text": ("type", "Text"),
    "date": ("calendar", "Date"),
    "timestamp": ("calendar", "Date and time"),
    "time": ("clock", "Time"),
    "boolean": ("toggle-left", "Yes or no"),
    "binary": ("binary", "Binary"),
    "nested": ("braces", "Nested"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A dataset as one of its pages shows it. *version* is the one looked at: None while there is no data."""

    dataset: Dataset
    version: Version | None
    who: Principal

    @property
    def is_older(self) -> bool:
        return self.version is not None and self.version.number != self.dataset.version

    def address(self, tab: str = "", **query: object) -> str:
        """Of *tab*, in the version that is looked at."""
        asked = {"version": self.version.number if self.version and self.is_older else None, **query}
        text = urlencode({name: str(value) for name, value in asked.items() if value not in (None, "")})
        return f"/data/{self.dataset.id}{'/' if tab else ''}{tab}{'?' if text else ''}{text}"


def frame(shown: Shown, tab: str, content: Component | Sequence[Component]) -> Component:
    """A whole page: *content* under the head, with *tab* marked."""
    dataset = shown.dataset
    head = ui.page_head(dataset.name, crumbs=[("Data", "/data")], status=_status(shown), action=_actions(shown))
    tabs = [ui.tabs([(label, shown.address(name)) for label, name in _open_tabs(shown)], shown.address(tab))] if dataset.version else []
    older = [_older(shown, shown.version, tab)] if shown.version and shown.is_older else []
    body = content if isinstance(content, Component) else html.Div(list(content), className="stack")
    return html.Div([head, *tabs, *older, body])


def words_of_kind(column: Column) -> tuple[str, str]:
    """The kind of a column: its icon, and in words."""
    return _KINDS[column.kind]


def kind_of(column: Column) -> Component:
    """The kind of a column in words, the engine's name for its type on hover."""
    name, words = words_of_kind(column)
    return html.Span([ui.icon(name), words], className="kind", title=column.type)


def _open_tabs(shown: Shown) -> list[tuple[str, str]]:
    return [(label, name) for label, name in _TABS if name != "settings" or shown.who.may(Permission.DATASET_WRITE)]


def _status(shown: Shown) -> list[Component]:
    dataset = shown.dataset
    if not dataset.version:
        return [html.Span(["Owned by ", dataset.owner])]
    parts: list[Component] = [
        html.Span(ui.format.count(dataset.row_count, "row")),
        html.Span(f"Version {dataset.version}"),
        html.Span(["Data from ", ui.when(dataset.updated_at)]),
        html.Span(["Owned by ", dataset.owner]),
    ]
    if shown.version and shown.version.reject_count:
        words = f"{ui.format.count(shown.version.reject_count, 'row')} set aside"
        parts.append(html.A(ui.status("warning", words), href=shown.address() + "#set-aside"))
    return parts


def _actions(shown: Shown) -> Component | None:
    if not shown.dataset.version:
        return None
    query = urlencode({"dataset": shown.dataset.id})
    actions: list[Component] = []
    if shown.who.may(Permission.EXPERIMENT_RUN):
        actions.append(ui.button("Train a model", href=f"/experiments/new?{query}", icon="brain"))
    if shown.who.may(Permission.CHART_WRITE):
        actions.append(ui.button("New chart", href=f"/charts/new?{query}", kind="primary", icon="chart-column"))
    return html.Div(actions, className="cluster") if actions else None


def _older(shown: Shown, version: Version, tab: str) -> Component:
    current = f"/data/{shown.dataset.id}{'/' if tab else ''}{tab}"
    words = f"The current one is version {shown.dataset.version}. Older versions can be read, not changed."
    link = ui.button("Go to the current version", href=current, small=True)
    title = f"You are looking at version {version.number}, from {ui.format.moment(version.created_at)}."
    return html.Div(ui.banner("neutral", title, words, link), className="dataset-older")
