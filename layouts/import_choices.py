"""The choices about how a file is read: the controls, and what their values mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.data import encoding
from core.data.kinds import Kind
from core.data.sources import Preview
from layouts import components as ui

ASK = "ask"  # shown where a person has to decide
_NONE = "none"  # no delimiter, no quote: a select has no empty value
_DELIMITERS = {
    ",": "Comma ,",
    ";": "Semicolon ;",
    "\t": "Tab",
    "|": "Bar |",
    ":": "Colon :",
    " ": "Blank",
    "+": "Plus +",
    "~": "Tilde ~",
    "^": "Caret ^",
}
_ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16, big end first",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32, big end first",
    "cp1252": "Western (Windows-1252)",
    "cp1250": "Central European (Windows-1250)",
    "cp1251": "Cyrillic (Windows-1251)",
    "iso8859-7": "Greek (ISO 8859-7)",
    "cp1254": "Turkish (Windows-1254)",
    "koi8-r": "Cyrillic (KOI8-R)",
    "cp437": "DOS (437)",
    "mac-roman": "Western (Mac)",
    "shift_jis": "Japanese (Shift JIS)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese (Big5)",
    "euc_kr": "Korean (EUC-KR)",
}
_TEXT = ("delimiter", "encoding", "header", "nulls")
_SHEET = ("sheet", "header", "nulls")
_MORE = {Kind.CSV: ("quote", "decimal", "skip"), Kind.EXCEL: ("decimal", "skip")}
LONGEST_WORDS = 500


def option_id(name: str | Any) -> dict[str, Any]:
    return {"type": "import-option", "name": name}


def choice_fields(preview: Preview) -> list[Component]:
    """About four controls in sight, the rest under "More"; none for files that know their types."""
    first = {Kind.CSV: _TEXT, Kind.EXCEL: _SHEET}.get(preview.kind, ())
    if not first:
        return []
    more = [_field(name, preview) for name in _MORE[preview.kind]]
    return [
        ui.fields([_field(name, preview) for name in first]),
        html.Details([html.Summary("More"), ui.fields(more)], className="import-more"),
    ]


def control_value(name: str, options: Mapping[str, Any], *, needs_choice: bool) -> Any:
    """What the control *name* shows for *options*."""
    value = options.get(name)
    if name == "delimiter" and needs_choice:
        return ASK
    if name in ("delimiter", "quote"):
        return value or _NONE
    if name == "header":
        return "yes" if value else "no"
    return ", ".join(value or ()) if name == "nulls" else value


def option_value(name: str, value: Any) -> Any:
    """The option that a control's *value* stands for."""
    if name in ("delimiter", "quote"):
        return "" if value == _NONE else value
    if name == "header":
        return value == "yes"
    if name == "nulls":
        return [word.strip() for word in str(value or "").split(",") if word.strip()]
    return int(value or 0) if name == "skip" else value


def _field(name: str, preview: Preview) -> Component:
    value = control_value(name, preview.options, needs_choice=preview.needs_choice)
    label, words = _LABELS[name]
    if name == "nulls":
        control = dbc.Input(id=option_id(name), value=value, type="text", debounce=True, maxLength=LONGEST_WORDS, placeholder="NA, unknown")
    elif name == "skip":
        control = dbc.Input(id=option_id(name), value=value, type="number", debounce=True, min=0, max=100_000, step=1)
    else:
        control = dbc.Select(id=option_id(name), value=value, options=_listed(_values(name, preview)))
    return ui.field(label, control, help=words)


def _values(name: str, preview: Preview) -> Mapping[str, str]:
    current = str(preview.options.get(name) or "")
    if name == "delimiter":
        ask = {ASK: "Choose one"} if preview.needs_choice else {}
        other = {} if not current or current in _DELIMITERS else {current: current}
        return {**ask, **_DELIMITERS, **other, _NONE: "None: one column"}
    known: dict[str, Mapping[str, str]] = {
        "encoding": {name: _ENCODINGS[name] for name in encoding.CHOICES},
        "header": {"yes": "Names the columns", "no": "Is data"},
        "quote": {'"': 'Double "', "'": "Single '", _NONE: "None"},
        "decimal": {".": "Point: 1,234.5", ",": "Comma: 1.234,5"},
        "sheet": {title: title for title in preview.sheets},
    }
    return known[name]


def _listed(values: Mapping[str, str]) -> Sequence[dict[str, str]]:
    return [{"value": value, "label": label} for value, label in values.items()]


_LABELS: dict[str, tuple[str, str | None]] = {
    "delimiter": ("Cells are separated by", None),
    "encoding": ("Encoding", None),
    "header": ("The first row", None),
    "nulls": ("Also empty", "Words that mean “no value”, separated by commas."),
    "quote": ("Quotes", None),
    "decimal": ("Numbers are written with a", None),
    "skip": ("Lines to skip at the top", None),
    "sheet": ("Sheet", None),
}
