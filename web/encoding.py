"""Answers as JSON while another thread imports pandas for the first time, as a model or an export does."""

from __future__ import annotations

from typing import Any

from plotly.io import _json as encoder

_find = encoder.get_module


def register() -> None:
    """plotly asks every value whether it is one of pandas', also of a pandas that is only half there, and every answer that was written
    in that second failed. Until pandas is whole no value can be one of its."""
    encoder.get_module = _find_whole


def _find_whole(name: str, should_load: bool = True) -> Any:
    module = _find(name, should_load)
    return None if getattr(getattr(module, "__spec__", None), "_initializing", False) else module
