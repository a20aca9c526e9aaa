"""The frame around every page: navigation, top bar, dialogs, and the places that callbacks fill."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum, unique
from itertools import groupby

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.operations.jobs import Job
from core.principal import Principal
from layouts import components as ui
from layouts import search
from layouts.job_bar import job_bar
from layouts.pages import PAGES, Page


@unique
class Ids(StrEnum):
    ACTIVE_JOBS = "shell-active-jobs"  # ids of the jobs that ran when we last looked, so that their end is told
    ADDRESS = "shell-address"  # set it to an address: it goes into the address bar (and Back), the page stays as it is
    CONTENT = "shell-content"
    JOBS_FACE = "shell-jobs-face"
    JOBS_LIST = "shell-jobs-list"
    JOBS_TICK = "shell-jobs-tick"
    LOCATION = "shell-location"  # set its href to go to another page
    NAVIGATION = "shell-navigation"
    RELOGIN = "relogin"  # web/guard.py opens it
    RELOGIN_PASSWORD = "shell-relogin-password"  # noqa: S105 - the id of an input
    SHORTCUTS = "shell-shortcuts"
    SHOWN = "shell-shown"  # the address whose page came with the frame
    THEME = "shell-theme"
    THEME_SAVED = "shell-theme-saved"
    TOAST = "shell-toast"  # {kind, header, text, href, at} or a list of them: the browser shows it
    VISIT = "shell-visit"  # the address to show, set once its scripts are there


IDLE_MS = 20_000
BUSY_MS = 1_500
SHORTCUTS = (
    ("Search everything", ("Ctrl", "K")),
    ("Go home", ("G", "H")),
    ("Go to data", ("G", "D")),
    ("Go to dashboards", ("G", "B")),
    ("Go to models", ("G", "M")),
    ("Turn a chart into a table, and back", ("T",)),
    ("In that table, go from mark to mark", ("↑", "↓")),
    ("Show the rows behind a mark", ("Enter",)),
    ("Back from the rows to the mark", ("Esc",)),
    ("Fold or unfold the navigation", ("[",)),
    ("Show this list", ("?",)),
    ("Close what is open", ("Esc",)),
)


def layout(who: Principal, content: Component, *, path: str, address: str, jobs: Sequence[Job] = ()) -> html.Div:
    """*content* is the page at *path*; *address* is *path* with its query."""
    return html.Div(
        [
            html.A("Skip to content", href="#main", className="skip-link"),
            _sidebar(who, path),
            html.Div([_top_bar(who, jobs), html.Main(html.Div(content, id=Ids.CONTENT), id="main")], className="frame"),
            html.Div(className="drawer-shade", **ui.data(drawer="close")),
            html.Div(id="shell-toasts", className="toasts", role="region", **ui.aria(label="Messages", live="polite")),
            search.dialog(),
            _shortcuts(),
            _relogin(who),
            dcc.Location(id=Ids.LOCATION, refresh="callback-nav"),
            dcc.Store(id=Ids.ADDRESS),
            dcc.Store(id=Ids.SHOWN, data=address),
            dcc.Store(id=Ids.VISIT),
            dcc.Store(id=Ids.TOAST),
            dcc.Store(id=Ids.THEME, data=who.theme),
            dcc.Store(id=Ids.THEME_SAVED),
            dcc.Store(id=Ids.ACTIVE_JOBS, data=[job.id for job in jobs]),
            dcc.Interval(id=Ids.JOBS_TICK, interval=BUSY_MS if jobs else IDLE_MS),
        ],
        className="shell",
    )


def navigation(who: Principal, path: str) -> list[Component]:
    """What the role may open, the current place marked."""
    entries = [page for page in PAGES if page.nav and page.open_to(who)]
    parts: list[Component] = []
    for name, pages in groupby(entries, key=lambda page: page.nav.section if page.nav else ""):
        if name:
            parts.append(html.Div(name, className="nav-section"))
        parts.append(html.Ul([html.Li(_entry(page, path)) for page in pages], className="nav-list"))
    return parts


def jobs_face(jobs: Sequence[Job]) -> list[Component]:
    """What the button in the top bar shows."""
    face: list[Component] = [ui.icon("loader-circle" if jobs else "activity"), html.Span(_running(jobs), className="visually-hidden")]
    if jobs:
        face.append(html.Span(str(len(jobs)), className="jobs-count", **ui.aria(hidden=True)))
    return face


def jobs_list(jobs: Sequence[Job]) -> list[Component]:
    """What the button drops: the jobs that wait or run."""
    none = html.P("Imports and trainings show here while they work.", className="jobs-none")
    listed: list[Component] = [_job(job) for job in jobs[:6]]
    return [html.Div(_running(jobs), className="jobs-title"), *(listed or [none]), ui.link("All jobs", "/jobs")]


def _running(jobs: Sequence[Job]) -> str:
    return f"{ui.format.count(len(jobs), 'job')} running" if jobs else "No jobs running"


def _jobs_menu(jobs: Sequence[Job]) -> Component:
    menu: Component = dbc.DropdownMenu(
        html.Div(jobs_list(jobs), id=Ids.JOBS_LIST, className="jobs-drop"),
        label=html.Span(jobs_face(jobs), id=Ids.JOBS_FACE, className="jobs-face"),
        align_end=True,
        caret=False,
        color="light",
        toggleClassName="btn-bare",
        className="menu jobs-menu",
    )
    return menu


def _sidebar(who: Principal, path: str) -> html.Aside:
    brand = html.A(
        [html.Span(className="brand-mark", **ui.aria(hidden=True)), html.Span("AstralytiQ", className="brand-name")],
        href="/",
        className="brand",
    )
    fold = html.Button(
        [ui.icon("panel-left"), html.Span("Fold navigation", className="side-label")],
        type="button",
        className="side-link nav-fold",
        title="Fold or unfold the navigation ([)",
        **ui.data(sidebar="toggle"),
    )
    return html.Aside(
        [
            html.Div(
                [brand, ui.button("Close navigation", icon="x", bare=True, kind="ghost")],
                className="sidebar-head",
                **ui.data(drawer="close"),
            ),
            html.Nav(navigation(who, path), id=Ids.NAVIGATION, className="navigation", **ui.aria(label="Main")),
            html.Div(fold, className="sidebar-foot"),
        ],
        className="sidebar",
        **ui.aria(label="Workspace"),
    )


def _entry(page: Page, path: str) -> html.A:
    nav = page.nav
    assert nav is not None  # noqa: S101 - navigation() picked the pages that have one
    roots = (page.path, *nav.also)
    here = any(path == root or (root != "/" and path.startswith(root + "/")) for root in roots)
    return html.A(
        [ui.icon(nav.icon), html.Span(nav.label, className="side-label")],
        href=page.path,
        className="side-link",
        title=nav.label,
        **ui.aria(current="page" if here else None),
    )


def _top_bar(who: Principal, jobs: Sequence[Job]) -> html.Header:
    find = html.Button(
        [ui.icon("search"), html.Span("Search", className="search-words"), html.Kbd("Ctrl K", className="search-key")],
        type="button",
        className="search-open",
        **ui.data(opens=search.Ids.DIALOG),
        **ui.aria(label="Search everything", keyshortcuts="Control+K", haspopup="dialog"),
    )
    drawer = html.Div(ui.button("Open navigation", icon="menu", bare=True, kind="ghost"), className="drawer-open", **ui.data(drawer="open"))
    tools = [_jobs_menu(jobs), _theme_menu(), _account_menu(who)]
    return html.Header([drawer, find, html.Div(tools, className="tools")], className="top-bar")


def _theme_menu() -> Component:
    choices = (("system", "monitor", "As the system"), ("light", "sun", "Light"), ("dark", "moon", "Dark"))
    items = [
        html.Button(
            [ui.icon(icon), label, html.Span(ui.icon("check"), className="theme-chosen")],
            type="button",
            className="dropdown-item menu-face",
            **ui.data(choose_theme=value),
        )
        for value, icon, label in choices
    ]
    return html.Div(ui.menu("Theme", items, icon="sun-moon"), className="theme-menu")


def _account_menu(who: Principal) -> Component:
    initials = "".join(word[0] for word in who.name.split()[:2]).upper() or "?"
    sign_out = html.Form(
        [
            dbc.Input(type="hidden", name="csrf_token"),
            html.Button([ui.icon("log-out"), "Sign out"], type="submit", className="dropdown-item menu-face"),
        ],
        action="/logout",
        method="post",
        className="sign-out",
    )
    items = [
        html.Div(
            [html.Strong(who.name), html.Span(who.email), ui.tag(who.role.label)],
            className="account-card",
        ),
        ui.menu_item("Account", href="/account", icon="user-round"),
        ui.menu_item("Keyboard shortcuts", icon="keyboard", opens=Ids.SHORTCUTS),
        html.Hr(className="dropdown-divider"),
        sign_out,
    ]
    face = [
        html.Span(initials, className="avatar", **ui.aria(hidden=True)),
        html.Span(f"Account of {who.name}", className="visually-hidden"),
    ]
    menu: Component = dbc.DropdownMenu(
        items, label=face, align_end=True, caret=False, color="light", toggleClassName="btn-bare", className="menu account-menu"
    )
    return menu


def _job(job: Job) -> html.Div:
    return html.Div([html.A(job.title or job.kind, href="/jobs", className="job-title"), job_bar(job)], className="job")


def _shortcuts() -> dbc.Modal:
    rows = [html.Div([html.Dt(what), html.Dd([html.Kbd(key) for key in keys])], className="shortcut") for what, keys in SHORTCUTS]
    return dbc.Modal(
        [
            html.Div(
                [
                    html.H2("Keyboard shortcuts", className="dialog-title", id="shell-shortcuts-title"),
                    ui.button("Close", icon="x", bare=True, kind="ghost", closes=Ids.SHORTCUTS),
                ],
                className="dialog-head",
            ),
            html.Dl(rows, className="shortcuts"),
        ],
        id=Ids.SHORTCUTS,
        is_open=False,
        centered=True,
        labelledby="shell-shortcuts-title",
        className="dialog",
    )


def _relogin(who: Principal) -> dbc.Modal:
    """Asked when the session has ended: what is on the page stays as it is behind it."""
    password = dbc.Input(id=Ids.RELOGIN_PASSWORD, type="password", name="password", autocomplete="current-password")
    form = html.Form(
        [
            html.H2("Sign in again", className="dialog-title", id="shell-relogin-title"),
            html.P(["Your session has ended. Nothing on this page is lost: sign in as ", html.Strong(who.email), " and go on."]),
            dbc.Input(type="hidden", name="csrf_token"),
            dbc.Input(type="hidden", name="email", value=who.email),
            ui.field("Password", password),
            html.Div(className="field-error", id="shell-relogin-error", role="alert"),
            html.Div(
                [html.A("Sign in as somebody else", href="/login", className="link"), ui.button("Sign in", kind="primary", type="submit")],
                className="dialog-actions",
            ),
        ],
        id="shell-relogin-form",
        action="/login",
        method="post",
        className="dialog-body",
    )
    return dbc.Modal(
        form,
        id=Ids.RELOGIN,
        is_open=False,
        centered=True,
        backdrop="static",
        keyboard=False,
        labelledby="shell-relogin-title",
        className="dialog",
    )
