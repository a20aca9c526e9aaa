"""Calls callbacks as a browser does: one POST to /_dash-update-component, without a browser."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State
from flask.testing import FlaskClient

UPDATE = "/_dash-update-component"
Given = Mapping[Input | State, Any]


def fire(client: FlaskClient, output: Output, given: Given | None = None, *, also: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the browser gets from the callback that fills *output*; ``{}`` when it says there is nothing to update.

    *given* are the values of its inputs and states (those left out are null); the inputs among them are what triggered it.
    A pattern's ids are written out: ``{Input({"type": "row", "index": 3}, "n_clicks"): 1}``. *also* are further headers.
    """
    response = client.post(UPDATE, json=_body(client.application.extensions["dash"], output, given or {}), headers=_headers(client, also))
    assert response.status_code in (200, 204), f"{response.status_code}: {response.text}"
    return response.get_json() if response.status_code == 200 else {}


def _headers(client: FlaskClient, also: Mapping[str, str] | None) -> dict[str, str]:
    cookie = client.get_cookie("_csrf_token")
    return {"X-CSRFToken": cookie.value if cookie else "", **(also or {})}


def _body(app: Any, output: Output, given: Given) -> dict[str, Any]:
    known = _find(app, output, given)
    return {
        "output": known["output"],
        "outputs": _outputs(known["output"], output),
        "inputs": [_values(each, given, Input) for each in known["inputs"]],
        "state": [_values(each, given, State) for each in known["state"]],
        "changedPropIds": [f"{_text(each.component_id)}.{each.component_property}" for each in given if isinstance(each, Input)],
    }


def _find(app: Any, output: Output, given: Given) -> dict[str, Any]:
    """The callback with *output* that knows all that is *given*."""
    fitting = [
        {**known, "output": key}
        for key, known in app.callback_map.items()
        if any(_matches(each, output) for each in parts(key)) and all(_knows(known, each) for each in given)
    ]
    assert len(fitting) == 1, f"{len(fitting)} callbacks fill {output} from {list(given)}"
    return fitting[0]


def _knows(known: dict[str, Any], place: Input | State) -> bool:
    return any(_matches((each["id"], each["property"]), place) for each in known["inputs" if isinstance(place, Input) else "state"])


def parts(key: str) -> list[tuple[str, str]]:
    """``..a.x...b.y..`` -> ids and properties; what tells duplicates apart is left out."""
    pieces = key[2:-2].split("...") if key.startswith("..") else [key]
    return [(name.replace("\\.", "."), prop.split("@")[0]) for name, _, prop in (piece.rpartition(".") for piece in pieces)]


def _outputs(key: str, wanted: Output) -> Any:
    listed = [{"id": wanted.component_id if _matches(part, wanted) else _identity(part[0]), "property": part[1]} for part in parts(key)]
    return listed if key.startswith("..") else listed[0]


def _matches(declared: tuple[str, str], place: Input | State | Output) -> bool:
    name, prop = declared
    if prop != place.component_property:
        return False
    if not name.startswith("{"):
        return name == str(place.component_id)
    pattern, concrete = json.loads(name), place.component_id
    return isinstance(concrete, dict) and pattern.keys() == concrete.keys() and all(
        isinstance(value, list) or str(value) == str(concrete[key]) for key, value in pattern.items()
    )  # fmt: skip


def _values(declared: dict[str, Any], given: Given, kind: type) -> Any:
    name, prop = declared["id"], declared["property"]
    found = [
        {"id": _identity(_text(place.component_id)), "property": prop, "value": value}
        for place, value in given.items()
        if isinstance(place, kind) and _matches((name, prop), place)
    ]
    if name.startswith("{") and '["MATCH"]' not in name:
        return found
    return found[0] if found else {"id": _identity(name), "property": prop, "value": None}


def _text(id: Any) -> str:
    return json.dumps(id, separators=(",", ":"), sort_keys=True) if isinstance(id, dict) else str(id)


def _identity(id: str) -> Any:
    return json.loads(id) if id.startswith("{") else id
