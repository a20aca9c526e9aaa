"""What the demo dashboard is measured against: the same figures in a static page, from the same server, without an application.

``gunicorn tests.bench._reference:server`` serves the workspace, and that page at /reference.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask

import app
from core.dashboards.demo import NAME
from core.dashboards.tiles import TileData
from core.operations import logs
from core.settings import Settings
from core.workspace import Workspace, open_workspace
from web.outer import Outer
from web.policy import Policy
from web.shelf import Shelf

PATH = "/reference"
ROW_PX, WIDTH_PX, GAP_PX = 64, 1168, 8
_TOKEN = re.compile(r"var\((--[\w-]+)\)(?: / ([\d.]+))?")
_LAYOUT = {"autosize": True, "margin": {"l": 56, "r": 16, "t": 12, "b": 44}, "font": {"size": 12}, "paper_bgcolor": "rgba(0,0,0,0)"}
_PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Reference</title>
<style>
body{{font:14px sans-serif;margin:0;position:relative}}
[data-tile]{{position:absolute;overflow:auto}}.figure-canvas{{height:100%}}</style>
</head><body>{tiles}<script src="{plotly}"></script><script>
for (const host of document.querySelectorAll("[data-figure]")) {{
  const {{ data, layout }} = JSON.parse(host.dataset.figure);
  Plotly.newPlot(host, data, {{ ...layout, width: host.clientWidth, height: host.clientHeight }}, {{ displayModeBar: false }});
}}
</script></body></html>"""


class Beside:
    """WSGI: one fixed *page* at PATH under an outer layer that lets its inline script run; everything else from the application."""

    def __init__(self, server: Flask, page: bytes, settings: Settings) -> None:
        self.server = server
        self.page = page
        self.outer = Outer(self._fixed, replace(Policy.of(settings), headers=()))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return (self.outer if environ.get("PATH_INFO") == PATH else self.server)(environ, start_response)

    def _fixed(self, _environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(self.page)))])
        return [self.page]


def reference(workspace: Workspace, shelf: Shelf) -> bytes:
    who = workspace.accounts.first_admin()
    (listed,) = workspace.dashboards.find(who, search=NAME)
    colours = dict(re.findall(r"(--[\w-]+):\s*(#\w+);", _light(app.ASSETS)))
    tiles = "".join(_tile(data, colours) for data in workspace.dashboards.open(who, listed.id).tiles)
    return _PAGE.format(tiles=tiles, plotly=shelf.url("/assets/vendor/plotly-cartesian.min.js")).encode()


def _light(assets: Path) -> str:
    return (assets / "tokens.css").read_text().split("[data-bs-theme")[0]


def _tile(data: TileData, colours: dict[str, str]) -> str:
    tile, drawing = data.tile, data.drawing
    column = WIDTH_PX / 12
    place = (
        f"left:{tile.x * column:.0f}px;top:{tile.y * (ROW_PX + GAP_PX)}px;"
        f"width:{tile.w * column - GAP_PX:.0f}px;height:{tile.h * (ROW_PX + GAP_PX) - GAP_PX}px"
    )
    return f'<div data-tile data-state="ready" style="{place}">{_inside(drawing, colours)}</div>'


def _inside(drawing: Any, colours: dict[str, str]) -> str:
    if drawing.figure is not None:
        figure = json.loads(_TOKEN.sub(lambda hit: colours.get(hit[1], "#888888"), json.dumps(drawing.figure, default=str)))
        figure["layout"] = {**_LAYOUT, **figure["layout"]}
        return f'<div class="figure-canvas" data-figure="{html.escape(json.dumps(figure))}"></div>'
    if drawing.number is not None:
        return f"<strong>{html.escape(drawing.number.text)}</strong>"
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in drawing.rows.cells)
    return f"<table>{rows}</table>"


def __getattr__(name: str) -> Any:
    if name != "server":
        raise AttributeError(name)
    settings = Settings.from_environment()
    logs.configure(settings.log_format)
    workspace = open_workspace(settings)
    built = app.build(workspace)
    shelf = built.extensions["shelf"]
    shelf.warm(built.extensions["dash"].files())
    globals()["server"] = Beside(built, reference(workspace, shelf), settings)
    return globals()["server"]
