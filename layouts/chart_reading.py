"""From the controls of the chart builder back to a draft."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.dashboards.drafts import Draft, Part, usual_op
from core.dashboards.spec import Aggregate, Kind, Sort, quoted
from core.query.spec import Grain, Op, Table
from layouts.chart_parts import COLUMN, FORMULA, LISTS, NOTHING

EMPTY_VALUE = "(empty)"
Given = Mapping[tuple[str, str, int], Any]


def values_of(inputs: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str, int], Any]:
    """What Dash says of the controls (``ctx.args_grouping``), by card, part and index."""
    return {(each["id"]["card"], each["id"]["part"], each["id"]["index"]): each.get("value") for each in inputs}


def read(given: Given, draft: Draft, table: Table) -> Draft:
    """*draft* with what stands in the controls; a control that is not shown leaves its part as it was."""
    changed: Draft = dict(draft)
    changed["kind"] = _one_of(given.get(("chart", "kind", 0)), Kind, draft["kind"])
    changed["measures"] = [_read_measure(given, i, each) for i, each in enumerate(draft["measures"])]
    changed["dimensions"] = [_read_dimension(given, "dimension", i, each, table) for i, each in enumerate(draft["dimensions"])]
    changed["colour"] = _read_dimension(given, "colour", 0, draft.get("colour") or {}, table) or None
    changed["filters"] = [_read_filter(given, i, each, table) for i, each in enumerate(draft["filters"])]
    changed["sort"] = _one_of(given.get(("order", "sort", 0)), Sort, draft["sort"])
    if ("order", "n", 0) in given:
        n = _whole(given["order", "n", 0])
        known = draft.get("top") or {}
        changed["top"] = {"n": n, "other": bool(given.get(("order", "other", 0), known.get("other", True)))} if n else None
    return changed


def _read_measure(given: Given, i: int, known: Part) -> Part:
    part = dict(known) | {"aggregate": _one_of(given.get(("measure", "aggregate", i)), Aggregate, known["aggregate"])}
    return _texts(given, "measure", i, part, ("column", "formula", "label", "format", "unit"))


def _read_dimension(given: Given, card: str, i: int, known: Part, table: Table) -> Part:
    chosen = given.get((card, "column", i))
    if chosen is None:
        return known
    if chosen == NOTHING:
        return {}
    part = _texts(given, card, i, dict(known), ("formula", "label", "grain"))
    if (card, "bins", i) in given:
        part["bins"] = _whole(given[card, "bins", i])
    if chosen == FORMULA:
        name = known.get("column", "")
        part["formula"] = part.get("formula") or (quoted(name) if name else "")
        part.pop("column", None)
    else:
        part["column"] = chosen.removeprefix(COLUMN)
        part.pop("formula", None)
        if part["column"] != known.get("column"):
            part = {"column": part["column"], **({"grain": Grain.MONTH.value} if _is_time(part["column"], table) else {})}
    return {name: value for name, value in part.items() if value not in ("", None)}


def _read_filter(given: Given, i: int, known: Part, table: Table) -> Part:
    chosen = given.get(("filter", "column", i))
    if chosen is None:
        return known
    column = chosen.removeprefix(COLUMN)
    if column != known["column"]:
        return {"column": column, "op": usual_op(table.column(column)).value, "value": None}
    op = _one_of(given.get(("filter", "op", i)), Op, known["op"])
    if op == Op.BETWEEN and ("filter", "low", i) in given:
        return {"column": column, "op": op, "value": [_cell(given.get(("filter", end, i))) for end in ("low", "high")]}
    if ("filter", "value", i) not in given:
        return {"column": column, "op": op, "value": known.get("value")}
    value = given["filter", "value", i]
    return {"column": column, "op": op, "value": _split(value) if op in LISTS else _cell(value)}


def _texts(given: Given, card: str, i: int, part: Part, names: Iterable[str]) -> Part:
    """*part* with the texts of those controls that are there; an empty one takes its part away."""
    for name in names:
        if (card, name, i) in given:
            part[name] = str(given[card, name, i] or "").strip()
            if not part[name] or (part[name] == NOTHING and name in ("grain", "format")):
                del part[name]
    return part


def _split(text: Any) -> list[str | None]:
    values = next(csv.reader([str(text or "")], skipinitialspace=True), [])
    return [None if each.strip() == EMPTY_VALUE else each.strip() for each in values if each.strip()]


def _cell(value: Any) -> Any:
    return None if value in ("", None) else value


def _whole(value: Any) -> int | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return int(number) if math.isfinite(number) else None


def _one_of(value: Any, choices: Iterable[str], known: str) -> str:
    return next((str(each) for each in choices if value == each), known)


def _is_time(name: str, table: Table) -> bool:
    column = table.column(name)
    return bool(column and column.is_time)


def listed(values: Iterable[Any]) -> str:
    """The text that a list of values is typed as: ``UA, AA, "a, b"``."""
    texts = [EMPTY_VALUE if each is None else str(each) for each in values]
    return ", ".join(f'"{each.replace(chr(34), chr(34) * 2)}"' if "," in each or each.startswith('"') else each for each in texts)
