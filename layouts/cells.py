"""Values of data as pages show them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite, isnan
from typing import Any

from core.query.wire import browser_value, json_value
from layouts import components as ui


def cell(value: Any) -> Any:
    """For the grid of rows: numbers stay numbers, truths truths, nothing is None, everything else is text."""
    if isinstance(value, (float, Decimal)) and not isfinite(value):
        return "NaN" if isnan(value) else "Infinity" if value > 0 else "-Infinity"
    text = _moment(value)
    return browser_value(value) if text is None and not isinstance(value, _LARGE) else text or _large(value)


def _moment(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, (time, timedelta)) else None


def _large(value: Any) -> str:
    if isinstance(value, (Mapping, list, tuple)):
        return json.dumps(json_value(value), ensure_ascii=False)
    return ui.format.count(len(value), "byte")


_LARGE = (Mapping, list, tuple, bytes, bytearray, memoryview)
