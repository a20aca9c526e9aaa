"""Answers that are written while a package is on its way in."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest
from dash import html
from dash._utils import to_json

from web import encoding


def test_an_answer_is_written_while_another_thread_imports_pandas(monkeypatch: pytest.MonkeyPatch):
    half = ModuleType("pandas")
    half.__spec__ = ModuleSpec("pandas", None)
    half.__spec__._initializing = True  # type: ignore[attr-defined]  # what the import system sets
    monkeypatch.setitem(sys.modules, "pandas", half)
    encoding.register()

    assert '"children":"Done"' in to_json({"children": html.P("Done")})
