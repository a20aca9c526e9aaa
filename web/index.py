"""The first answer to a browser: one HTML page that holds the layout of the page asked for, and names only the scripts it needs.

Dash by itself would send an empty page, then be asked for the layout, then for the callbacks, then for the page.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dash_ag_grid  # noqa: F401 - registers its scripts, whichever page comes first
import orjson
from dash import Dash, html
from flask import Response, g, make_response, render_template, request

from core.principal import Principal
from web.dispatch import checked
from web.session import asker
from web.shelf import ASSETS, SUITES, Shelf

_FIRST = (Path(__file__).parent / "templates" / "first.js").read_text(encoding="utf-8").strip()
STYLE, ENTRY_STYLE, SCRIPT, START = (f"{ASSETS}{name}" for name in ("app.css", "entry.css", "app.js", "start.js"))
FONT = f"{ASSETS}fonts/inter-latin-wght-normal.woff2"
ICON = f"{ASSETS}start/favicon.svg"
DASH = f"{SUITES}dash/dcc/together.js"  # in the folder that dcc loads its parts from
_SOURCE = re.compile(r'<script src="([^"]+)"')
_NEVER = ("dash/dash_table/",)  # replaced by AG Grid, and nothing here imports it
_VERSIONS = ("python_version", "dash_version_url", "ddk_version", "plotly_version")
_ON_DEMAND = {"dash_ag_grid/": "grid"}


@dataclass(frozen=True, slots=True)
class Bundle:
    """Big scripts that only some pages need. Those that need nothing of Dash come first, so that charts are drawn before it starts."""

    scripts: tuple[str, ...]
    styles: tuple[str, ...] = ()
    needs_dash: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """What the index says about the page at an address: its *title*, the *bundles* it needs, and the *status* of the answer."""

    title: str
    bundles: tuple[str, ...] = ()
    status: int = 200


class Screen(Dash):
    """Dash with an index of our own. *opening* knows the pages; *routes* are the addresses (``/data/{id}``) that need bundles."""

    def __init__(
        self,
        shelf: Shelf,
        *,
        opening: Callable[[str, Principal | None], Opening],
        routes: Mapping[str, tuple[str, ...]],
        **options: Any,
    ) -> None:
        self._shelf = shelf
        self._opening = opening
        self._routes = routes
        self._lazy: dict[str, list[str]] = {name: [] for name in _ON_DEMAND.values()}
        self._parts: dict[str, Any] = {}
        super().__init__(
            serve_locally=True, include_assets_files=False, suppress_callback_exceptions=True, enable_mcp=False, update_title="", **options
        )
        shelf.registered = self.registered_paths

    def _collect_and_register_resources(self, resources: Any, include_async: bool = True, url_attr: str = "src") -> list[Any]:
        """Everything is registered, so that it is served; what only some pages need is kept out of the index."""
        sources = super()._collect_and_register_resources(resources, include_async, url_attr)  # type: ignore[no-untyped-call]  # Dash is half typed
        kept = []
        for source in sources:
            part = str(source).removeprefix(SUITES)
            bundle = next((name for prefix, name in _ON_DEMAND.items() if part.startswith(prefix)), None)
            if bundle and source not in self._lazy[bundle]:
                self._lazy[bundle].append(source)
            if not bundle and not part.startswith(_NEVER):
                kept.append(source)
        return kept

    def callback(self, *outputs: Any, **options: Any) -> Any:
        """As Dash's, but the function only runs on values that its annotations allow."""
        register = super().callback(*outputs, **options)

        def decorate(function: Callable[..., Any]) -> Any:
            return register(checked(function))

        return decorate

    def _layout_value(self) -> Any:
        # Dash looks at the layout before its first answer to anybody: an anonymous one has nothing to show.
        return super()._layout_value() if asker() else html.Div()  # type: ignore[no-untyped-call]  # Dash is half typed

    def index(self, *_args: Any, **_kwargs: Any) -> Response:
        who = asker()
        opening = self._opening(request.path, who)
        parts = self.prepare()
        bundles = [parts["bundles"][name] for name in opening.bundles]
        early, late = ([script for bundle in bundles if bundle.needs_dash is needs for script in bundle.scripts] for needs in (False, True))
        first, then = [*early, *parts["own"]], [*parts["base"], *late]
        response = make_response(
            render_template(
                "index.html",
                **parts,
                title=opening.title,
                theme=who.theme if who else "system",
                styles=[parts["style"], *(style for bundle in bundles for style in bundle.styles)],
                opening=_in_html({"first": first, "then": then, "picture": "gridstack" not in opening.bundles}),
                config=_in_html(self._config()),
                layout=_in_html(self.get_layout()),
            )
        )
        response.status_code = g.get("page_status", opening.status)
        return response

    def bundles(self) -> dict[str, Bundle]:
        asset = self._shelf.url
        return {
            "grid": Bundle(tuple(self._lazy["grid"]), needs_dash=True),
            "gridstack": Bundle((asset(f"{ASSETS}vendor/gridstack-all.js"),), (asset(f"{ASSETS}vendor/gridstack.min.css"),)),
            "plotly": Bundle((asset(f"{ASSETS}vendor/plotly-cartesian.min.js"),)),
        }

    def files(self) -> list[str]:
        """The addresses of the files that browsers will ask for."""
        parts = self.prepare()
        lazy = [file for bundle in parts["bundles"].values() for file in (*bundle.scripts, *bundle.styles)]
        return [urlsplit(url).path for url in (*parts["base"], *parts["own"], parts["start"], parts["style"], *lazy)]

    def prepare(self) -> dict[str, Any]:
        """What is the same for every page, found once, when all callbacks are registered."""
        if self._parts:
            return self._parts
        scripts = _SOURCE.findall(self._generate_scripts_html())
        if self._inline_scripts:
            raise RuntimeError(
                "Clientside callbacks are functions in assets/js, named by ClientsideFunction: the CSP allows no inline ones."
            )
        asset = self._shelf.url
        self._shelf.joined[DASH] = scripts
        bundles = self.bundles()
        lazy = {
            "bundles": {name: {"scripts": bundle.scripts, "styles": bundle.styles} for name, bundle in bundles.items()},
            "routes": [[_expression(path), names] for path, names in self._routes.items()],
        }
        self._parts = {
            "style": asset(STYLE),
            "start": asset(START),
            "own": [asset(SCRIPT)],
            "base": [asset(DASH)],
            "bundles": bundles,
            "lazy": _in_html(lazy),
            "dependencies": _in_html(self._callback_list),
        }
        return self._parts

    def _config(self) -> dict[str, Any]:
        """Without what tells strangers which versions run here."""
        config: dict[str, Any] = super()._config()  # type: ignore[no-untyped-call]  # Dash is half typed
        return {name: value for name, value in config.items() if name not in _VERSIONS}


def script_hashes() -> list[str]:
    """What the CSP says about the only inline script: the one that sets the theme before anything is painted."""
    return [f"'sha256-{base64.b64encode(hashlib.sha256(_FIRST.encode()).digest()).decode()}'"]


def first_script() -> str:
    return _FIRST


def _expression(path: str) -> str:
    """``/data/{id:int}/{tab?}`` as a regular expression for the browser."""
    return "^" + re.sub(r"\\{[^}]*\\}", "[^/]+", re.sub(r"/\\{[^}]*\\?\\}", "(?:/[^/]+)?", re.escape(path))) + "/?$"


def _in_html(value: Any) -> str:
    """JSON that cannot end the script element it stands in. (Dash's own writer takes ten times as long.)"""
    json = orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY).decode()
    return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value.to_plotly_json()


def join(shelf: Shelf) -> None:
    """Puts our many small files together, so that a browser asks for few."""
    shelf.joined.update(
        {
            STYLE: _present(shelf, ["vendor/bootstrap.min.css", "tokens.css", "base.css", "components.css"], "*.css"),
            ENTRY_STYLE: _present(shelf, ["tokens.css", "start/entry.css"]),
            SCRIPT: _present(shelf, [], "js/*.js"),
            START: _present(shelf, ["start/early.js", "start/picture.js", "start/start.js"]),
        }
    )


def _present(shelf: Shelf, first: Sequence[str], others: str = "") -> list[str]:
    """The addresses of the files *first*, then of those that match *others* by name."""
    found = sorted(str(file.relative_to(shelf.folder)) for file in shelf.folder.glob(others)) if others else []
    return [ASSETS + name for name in dict.fromkeys([*first, *found]) if (shelf.folder / name).is_file()]
