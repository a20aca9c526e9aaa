"""The versions of a dataset: all of them can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from core.data.datasets import Version
from layouts import components as ui
from layouts.dataset_head import Shown


@dataclass(frozen=True, slots=True)
class History:
    """*versions*, the newest first."""

    shown: Shown
    versions: Sequence[Version]


def body(history: History) -> Component:
    columns = (
        ui.Col("number", "Version"),
        ui.Col("rows", "Rows", align="end"),
        ui.Col("columns", "Columns", align="end"),
        ui.Col("size", "Size", align="end"),
        ui.Col("rejects", "Set aside", align="end"),
        ui.Col("by", "Brought in by"),
        ui.Col("at", "On"),
    )
    words = "Data never changes in place: what is brought in makes a new version, and the older ones stay as they were."
    rows = [_row(history.shown, version) for version in history.versions]
    return ui.section("Versions", ui.data_table(columns, rows, caption="Versions, the newest first"), hint=words)


def _row(shown: Shown, version: Version) -> dict[str, str | Component]:
    is_current = version.number == shown.dataset.version
    address = f"/data/{shown.dataset.id}" + ("" if is_current else f"?version={version.number}")
    marks = [ui.tag("Current")] if is_current else []
    return {
        "number": html.Div([ui.link(f"Version {version.number}", address), *marks], className="cluster"),
        "rows": ui.format.number(version.row_count),
        "columns": ui.format.number(len(version.table.columns)),
        "size": ui.format.bytes(version.byte_count),
        "rejects": ui.format.number(version.reject_count),
        "by": version.created_by,
        "at": ui.when(version.created_at),
    }
