"""Attributes of elements that Dash takes only by splat: ``html.Div(..., **ui.aria(label="Rows"), **ui.data(tile=3))``."""

from __future__ import annotations

from typing import Any


def aria(**values: object) -> Any:
    return _prefixed("aria", values)


def data(**values: object) -> Any:
    return _prefixed("data", values)


def given(**values: object) -> Any:
    """Only what is there: an `id` of None is not the same to Dash as no id."""
    return {name: value for name, value in values.items() if value is not None}


def _prefixed(prefix: str, values: dict[str, object]) -> dict[str, str]:
    """Booleans as the words that ARIA knows; None leaves the attribute out."""
    texts = {True: "true", False: "false"}
    return {
        f"{prefix}-{name.replace('_', '-')}": texts[value] if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if value is not None
    }
