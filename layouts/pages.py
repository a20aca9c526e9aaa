"""Every page, one row each: address, title, permission, layout. Routes, navigation, titles and guard follow from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from dash.development.base_component import Component

from core.principal import Permission, Principal
from layouts import (
    account,
    audit,
    chart,
    charts,
    dashboard,
    dashboards,
    dataset,
    dataset_explore,
    dataset_profile,
    datasets,
    experiment,
    experiment_new,
    experiments,
    gallery,
    home,
    import_file,
    jobs,
    model,
    models,
    people,
)
from layouts.visit import Visit as Visit  # noqa: PLC0414 - callbacks take it from here


@dataclass(frozen=True, slots=True)
class Nav:
    """An entry of the navigation; pages below any of the addresses in *also* light it up too."""

    icon: str
    label: str
    section: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """*path* has parameters in braces: ``{name}``, ``{id:int}``, and ``{tab?}`` at the end may be missing.
    *layout* gets what ``load(workspace, visit)`` of the callbacks module of the same name returns, else the Visit.
    *bundles* are the big scripts to have before it shows: grid, plotly, gridstack."""

    path: str
    title: str
    permission: Permission | None
    layout: Callable[[Any], Component]
    nav: Nav | None = None
    bundles: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """``datasets`` for a layout of layouts/datasets.py."""
        return self.layout.__module__.rpartition(".")[2]

    def open_to(self, who: Principal) -> bool:
        return self.permission is None or who.may(self.permission)


PAGES: tuple[Page, ...] = (
    Page("/", "Home", None, home.layout, nav=Nav("house", "Home")),
    Page("/data", "Data", Permission.DATASET_READ, datasets.layout, nav=Nav("database", "Data")),
    Page("/data/new", "Bring in a file", Permission.DATASET_WRITE, import_file.layout),
    Page("/data/{dataset_id:int}/{tab?}", "Dataset", Permission.DATASET_READ, dataset.layout),
    Page("/data/{dataset_id:int}/explore", "Explore", Permission.DATASET_READ, dataset_explore.layout, bundles=("grid",)),
    Page("/data/{dataset_id:int}/profile", "Profile", Permission.DATASET_READ, dataset_profile.layout),
    Page("/charts", "Charts", Permission.CHART_READ, charts.layout, nav=Nav("chart-column", "Charts")),
    Page("/charts/new", "New chart", Permission.CHART_WRITE, chart.layout, bundles=("plotly",)),
    Page("/charts/{chart_id:int}", "Chart", Permission.CHART_READ, chart.layout, bundles=("plotly",)),
    Page("/dashboards", "Dashboards", Permission.DASHBOARD_READ, dashboards.layout, nav=Nav("layout-dashboard", "Dashboards")),
    Page("/dashboards/{dashboard_id:int}", "Dashboard", Permission.DASHBOARD_READ, dashboard.layout, bundles=("plotly",)),
    Page(
        "/dashboards/{dashboard_id:int}/edit",
        "Dashboard",
        Permission.DASHBOARD_WRITE,
        dashboard.edit_layout,
        bundles=("plotly", "gridstack"),
    ),
    Page("/models", "Models", Permission.MODEL_READ, models.layout, nav=Nav("brain", "Models", also=("/experiments",))),
    Page("/models/{name}/{tab?}", "Model", Permission.MODEL_READ, model.layout, bundles=("plotly",)),
    Page("/experiments", "Experiments", Permission.EXPERIMENT_READ, experiments.layout),
    Page("/experiments/new", "New experiment", Permission.EXPERIMENT_RUN, experiment_new.layout),
    Page("/experiments/{experiment_id:int}/{tab?}", "Experiment", Permission.EXPERIMENT_READ, experiment.layout, bundles=("plotly",)),
    Page("/jobs", "Jobs", Permission.JOB_READ, jobs.layout),
    Page("/account", "Account", None, account.layout),
    Page("/admin/people", "People", Permission.ACCOUNT_MANAGE, people.layout, nav=Nav("users", "People", section="Administration")),
    Page("/admin/audit", "Audit log", Permission.AUDIT_READ, audit.layout, nav=Nav("scroll-text", "Audit log", section="Administration")),
    Page("/gallery", "Gallery", Permission.GALLERY_READ, gallery.layout, nav=Nav("blocks", "Gallery", section="Administration")),
)


def match(path: str) -> tuple[Page, dict[str, str]] | None:
    """The page at *path* and its parameters; of several the one with more fixed parts."""
    found = [(page, hit.groupdict()) for page in PAGES if (hit := _pattern(page.path).fullmatch(path.rstrip("/") or "/"))]
    if not found:
        return None
    page, params = min(found, key=lambda each: len(each[1]))
    return page, {name: value for name, value in params.items() if value is not None}


@cache
def _pattern(path: str) -> re.Pattern[str]:
    parts = []
    for part in path.strip("/").split("/"):
        hit = re.fullmatch(r"{(\w+)(:int)?(\?)?}", part)
        if hit is None:
            parts.append("/" + re.escape(part))
            continue
        name, number, optional = hit.groups()
        parameter = f"/(?P<{name}>{'[0-9]{1,18}' if number else '[^/]+'})"
        parts.append(f"(?:{parameter})?" if optional else parameter)
    return re.compile("".join(parts))
