"""Callbacks under guard: what a page could not have sent is turned away before anything runs on it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, get_type_hints

from flask import Flask, request
from pydantic import ConfigDict, TypeAdapter, ValidationError
from werkzeug.exceptions import BadRequest

from core.errors import Invalid
from web.session import UPDATE

_LOOSE = ConfigDict(arbitrary_types_allowed=True)


def register(server: Flask, screen: Any) -> None:
    """Wraps the view that all callbacks of *screen* (a Dash) come through."""
    run = server.view_functions[UPDATE]

    def update() -> Any:
        require_known(_body(), screen.callback_map)
        return run()

    server.view_functions[UPDATE] = update


def _body() -> Any:
    """None for what is no JSON, or nested too deeply to be read."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def require_known(body: Any, callbacks: dict[str, Any]) -> None:
    """Raises BadRequest unless *body* has the form of a call to one of *callbacks* with the inputs it declares."""
    if not isinstance(body, dict) or not isinstance(body.get("output"), str) or body["output"] not in callbacks:
        raise BadRequest("There is no such callback.")
    known = callbacks[body["output"]]
    changed = body.get("changedPropIds", [])
    right = (
        _fit(body.get("inputs", []), known["inputs"])
        and _fit(body.get("state", []), known["state"])
        and isinstance(changed, list)
        and all(isinstance(each, str) for each in changed)
        and _are_places(body.get("outputs", []))
    )
    if not right:
        raise BadRequest("The inputs are not those of this callback.")


def _fit(values: Any, declared: list[dict[str, Any]]) -> bool:
    return isinstance(values, list) and len(values) == len(declared) and all(map(_fits, values, declared))


def _fits(value: Any, declared: dict[str, Any]) -> bool:
    """Whether *value* stands for *declared*; of a pattern a list of values or, for MATCH, one."""
    if str(declared["id"]).startswith("{"):
        return all(_is_place(each) and each["property"] == declared["property"] for each in (value if isinstance(value, list) else [value]))
    return _is_place(value) and (value["id"], value["property"]) == (declared["id"], declared["property"])


def _are_places(values: Any) -> bool:
    return all(map(_are_places, values)) if isinstance(values, list) else _is_place(values)


def _is_place(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str | dict) and isinstance(value.get("property"), str)


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """*function*, run only on values that its annotations allow; raises Invalid for others."""
    hints = get_type_hints(function)
    adapters = {name: _adapter(hint) for name, hint in hints.items() if name != "return" and hint is not Any}
    signature = inspect.signature(function)

    @wraps(function)
    def check(*values: Any, **named: Any) -> Any:
        bound = signature.bind(*values, **named)
        for name, value in bound.arguments.items():
            if name in adapters:
                bound.arguments[name] = _checked(name, value, adapters[name])
        return function(*bound.args, **bound.kwargs)

    return check


def _adapter(hint: Any) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(hint, config=_LOOSE)
    except Exception:  # noqa: BLE001 - pydantic wants its own types left alone, and says so in a class of its own
        return TypeAdapter(hint)


def _checked(name: str, value: Any, adapter: TypeAdapter[Any]) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError:
        if value == "":  # an emptied number field
            return _checked(name, None, adapter)
        raise Invalid(
            f"The value of {name.replace('_', ' ')} is not one that this page can send. Load the page again.", field=name
        ) from None
