"""The profile of a table: what is in each column, and what is worth a look, in two or three scans.

The first scan counts the values and estimates how many are different. The second counts each of them where they are few, from which all
else follows, and measures the columns where they are many; only the bins of these, whose edges need the extremes, take a third. Everything
is exact unless a flag beside it says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core.data.bins import moment_edges, number_edges
from core.data.column_profile import Alert, Bin, ColumnProfile, Frequent, Profile, Value
from core.data.profile_alerts import alerts
from core.data.profile_scan import CUT, EXACT_QUANTILES, Facts, look
from core.query.engines import Embedded
from core.query.spec import Column, Table

__all__ = ["Alert", "Bin", "ColumnProfile", "Frequent", "Profile", "profile"]

_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def profile(engine: Embedded, table: Table) -> Profile:
    """Looks at every row of every column of *table*."""
    columns = (_column(column, facts, table.row_count) for column, facts in zip(table.columns, look(engine, table, _edges), strict=True))
    return Profile(table.row_count, tuple(replace(column, alerts=tuple(alerts(column))) for column in columns))


def _edges(column: Column, facts: Facts) -> list[float]:
    low, high = facts["low"], facts["high"]
    if column.is_time:
        return moment_edges(low, high, days=column.kind == "date")
    middle = (facts["quantiles"][0], facts["quantiles"][-1])
    return number_edges(low, high, middle, whole=column.kind == "integer")


def _column(column: Column, facts: Facts, rows: int) -> ColumnProfile:
    exact = facts.get("exact")
    numbers = [_finite(value) for value in facts.get("quantiles") or ()]
    return ColumnProfile(
        name=column.name,
        type=column.type,
        kind=column.kind,
        rows=rows,
        count=facts["count"],
        distinct=_distinct(facts),
        distinct_is_exact=exact is not None or facts["count"] == 0,
        minimum=_plain(facts.get("minimum", facts.get("low"))),
        maximum=_plain(facts.get("maximum", facts.get("high"))),
        mean=_finite(facts.get("mean")),
        std=_finite(facts.get("std")),
        skewness=None if _is_huge(facts) else _finite(facts.get("skewness")),
        quantiles=tuple(number for number in numbers if number is not None) or None,
        quantiles_are_exact=rows <= EXACT_QUANTILES,
        zeros=facts.get("zeros"),
        negative=facts.get("negative"),
        not_finite=facts["count"] - facts["finite"] if "finite" in facts else None,
        blank=facts.get("blank"),
        lengths=(facts["shortest"], facts["length"], facts["longest"]) if facts.get("length") is not None else None,
        top=tuple(Frequent(_plain(value), count) for count, value in facts.get("top") or ()),
        bins=_bins(column, facts.get("edges", ()), facts.get("bins") or ()),
    )


def _distinct(facts: Facts) -> int:
    """An estimate never says more different values than there are values."""
    exact: int | None = facts.get("exact")
    estimate: int = min(facts["approximate"], facts["count"])
    return estimate if exact is None else exact


def _is_huge(facts: Facts) -> bool:
    """Whether cubes of the values are beyond any number, so that the skewness leaves some out."""
    return facts.get("low") is not None and max(-facts["low"], facts["high"]) >= 1e90


def _bins(column: Column, edges: Sequence[float], counts: Sequence[int]) -> tuple[Bin, ...]:
    shown = [_moment(edge, days=column.kind == "date") if column.is_time else edge for edge in edges]
    return tuple(Bin(low, high, count) for low, high, count in zip(shown[:-1], shown[1:], counts, strict=True))


def _moment(seconds: float, *, days: bool) -> str:
    """ISO text; outside the years 1 to 9999, which Python's calendar ends at, the seconds since 1970."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f} s"
    return moment.date().isoformat() if days else moment.replace(tzinfo=None).isoformat(" ")


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _plain(value: Any) -> Value:
    """As JSON can hold it on every database: no NaN, no number over 64 bits, no NUL in a text, no text without end."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    if isinstance(value, float | Decimal) and math.isfinite(value):
        return float(value)
    text = _NOT_FINITE.get(str(value), str(value)) if isinstance(value, float) else str(value).replace("\x00", "\ufffd")
    return text if len(text) <= CUT else text[: CUT - 1] + "…"
