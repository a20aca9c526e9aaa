"""The first answer to a browser: one HTML page that holds the layout of the page asked for, and names only the scripts it needs.

Dash by itself would send an empty page, then be asked for the layout, then for the callbacks, then for the page.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dash_ag_grid  # noqa: F401 - registers its scripts, whichever page comes first
import orjson
from dash import Dash, html
from flask import Response, make_response, render_template, request

from core.principal import Principal
from web.dispatch import checked
from web.session import asker
from web.shelf import SUITES, Shelf

_FIRST = (Path(__file__).parent / "templates" / "first.js").read_text(encoding="utf-8").strip()
_SOURCE = re.compile(r'<script src="([^"]+)"')
_NEVER = ("dash/dash_table/",)  # replaced by AG Grid, and nothing here imports it
_ON_DEMAND = {"dash_ag_grid/": "grid"}


@dataclass(frozen=True, slots=True)
class Bundle:
    """Big scripts that only some pages need."""

    scripts: tuple[str, ...]
    styles: tuple[str, ...] = ()


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
        response = make_response(
            render_template(
                "index.html",
                **parts,
                title=opening.title,
                theme=who.theme if who else "system",
                styles=[parts["style"], *(style for bundle in bundles for style in bundle.styles)],
                scripts=[*parts["base"], *(script for bundle in bundles for script in bundle.scripts), parts["start"]],
                config=self._config_json(),
                layout=_in_html(self.serve_layout()),  # type: ignore[no-untyped-call]  # Dash is half typed
            )
        )
        response.status_code = opening.status
        return response

    def bundles(self) -> dict[str, Bundle]:
        asset = self._shelf.url
        return {
            "grid": Bundle(tuple(self._lazy["grid"])),
            "gridstack": Bundle((asset("vendor/gridstack-all.js"),), (asset("vendor/gridstack.min.css"),)),
            "plotly": Bundle((asset("vendor/plotly-cartesian.min.js"),)),
        }

    def files(self) -> list[str]:
        """The addresses of the files that browsers will ask for."""
        parts = self.prepare()
        lazy = [file for bundle in parts["bundles"].values() for file in (*bundle.scripts, *bundle.styles)]
        return [urlsplit(url).path for url in (*parts["base"], parts["start"], parts["style"], *lazy)]

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
        bundles = self.bundles()
        lazy = {
            "bundles": {name: {"scripts": bundle.scripts, "styles": bundle.styles} for name, bundle in bundles.items()},
            "routes": [[_expression(path), names] for path, names in self._routes.items()],
        }
        self._parts = {
            "style": asset("app.css"),
            "base": [*scripts, asset("app.js")],
            "start": asset("start/start.js"),
            "bundles": bundles,
            "lazy": _escaped(orjson.dumps(lazy).decode()),
            "dependencies": _in_html(self.dependencies()),
        }
        return self._parts

    def _config_json(self) -> str:
        """Dash's configuration without what tells strangers which versions run here."""
        text = self._generate_config_html()
        config = orjson.loads(text[text.index(">") + 1 : text.rindex("<")])
        hidden = ("python_version", "dash_version_url", "ddk_version", "plotly_version")
        return _escaped(orjson.dumps({key: value for key, value in config.items() if key not in hidden}).decode())


def script_hashes() -> list[str]:
    """What the CSP says about the only inline script: the one that sets the theme before anything is painted."""
    return [f"'sha256-{base64.b64encode(hashlib.sha256(_FIRST.encode()).digest()).decode()}'"]


def first_script() -> str:
    return _FIRST


def _expression(path: str) -> str:
    """``/data/{id:int}/{tab?}`` as a regular expression for the browser."""
    return "^" + re.sub(r"\\{[^}]*\\}", "[^/]+", re.sub(r"/\\{[^}]*\\?\\}", "(?:/[^/]+)?", re.escape(path))) + "/?$"


def _in_html(response: Any) -> str:
    return _escaped(response.get_data(as_text=True))


def _escaped(json: str) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def joined_styles(folder: Path) -> Sequence[str]:
    """Our style sheets in the order of app.css: Bootstrap, then the tokens, then what builds on them."""
    first = ["vendor/bootstrap.min.css", "tokens.css", "base.css", "components.css"]
    others = sorted(file.name for file in folder.glob("*.css") if file.name not in first)
    return [name for name in (*first, *others) if (folder / name).exists()]


def entry_styles(folder: Path) -> Sequence[str]:
    """The style sheets of the pages before sign-in."""
    return [name for name in ("tokens.css", "start/entry.css") if (folder / name).exists()]


def joined_scripts(folder: Path) -> Sequence[str]:
    return sorted(f"js/{file.name}" for file in (folder / "js").glob("*.js"))
