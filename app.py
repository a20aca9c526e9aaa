"""Composes settings, workspace, pages and API into the one WSGI ``server``: ``gunicorn app:server``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, cast

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

import api.app
from callbacks import feedback, shell
from core.operations import logs
from core.operations.secrets import secret_key
from core.principal import Principal
from core.settings import Settings
from core.workspace import Workspace, open_workspace
from layouts.pages import PAGES, match
from layouts.shell import Ids
from web import dispatch, encoding, guard, health, index, problems, session, sign_in, transfer
from web.bridge import Bridge
from web.outer import Outer
from web.policy import Policy
from web.shelf import Served, Shelf

ASSETS = Path(__file__).parent / "assets"


def build(workspace: Workspace) -> Flask:
    """The whole site over *workspace*, as a Flask application whose WSGI side has every layer around it."""
    server = Flask("astralytiq", template_folder=str(Path(index.__file__).parent / "templates"), static_folder=None)
    shelf = Shelf(ASSETS)
    index.join(shelf)
    session.register(server, workspace.accounts, workspace.settings, secret_key(workspace.settings))
    screen = _screen(server, shelf, workspace)  # its catch-all address comes last whatever the order: Flask sorts them
    guard.register(server, workspace.audit_log, relogin=Ids.RELOGIN)
    problems.register(server, workspace.audit_log)
    sign_in.register(server, workspace.accounts, shelf)
    health.register(server, workspace.health, shelf.url(index.ICON))
    transfer.register(server, workspace)
    dispatch.register(server, screen)
    encoding.register()
    server.extensions.update(dash=screen, shelf=shelf)
    server.wsgi_app = _layers(server, shelf, workspace)  # type: ignore[method-assign]  # Flask's documented way to wrap it
    with server.test_client() as browser:
        # Dash registers what it serves at the first request, and of two at once one would fail (plotly/dash#3971).
        browser.get("/login").close()
        screen.prepare()
    return server


def _screen(server: Flask, shelf: Shelf, workspace: Workspace) -> index.Screen:
    screen = index.Screen(
        shelf,
        name="app",
        server=server,
        opening=_opening,
        routes={page.path: page.bundles for page in PAGES if page.bundles},
        on_error=partial(feedback.show, workspace.audit_log),
    )
    shell.register(screen, workspace)
    return screen


def _opening(path: str, who: Principal | None) -> index.Opening:
    found = match(path)
    if found is None:
        return index.Opening("Not found · AstralytiQ", status=404)
    page, _ = found
    allowed = who is not None and page.open_to(who)
    return index.Opening(f"{page.title} · AstralytiQ", page.bundles if allowed else (), 200 if allowed else 403)


def _layers(server: Flask, shelf: Shelf, workspace: Workspace) -> Any:
    """From the inside out: Flask, the API beside it, files, and what must hold for all of them."""
    rest: Any = Bridge(cast("Any", api.app.build(workspace)))  # it has types of its own for ASGI
    application: Any = DispatcherMiddleware(server.wsgi_app, {"/api": rest})
    application = Outer(Served(application, shelf), Policy.of(workspace.settings, index.script_hashes()))
    return ProxyFix(application, x_for=1, x_proto=1, x_host=1) if workspace.settings.trust_proxy else application


def __getattr__(name: str) -> Any:
    # The workspace is opened when a server asks for it by name, not by whoever imports this module.
    if name != "server":
        raise AttributeError(name)
    settings = Settings.from_environment()
    logs.configure(settings.log_format)
    server = globals()["server"] = build(open_workspace(settings))
    server.extensions["shelf"].warm(server.extensions["dash"].files())
    return server
