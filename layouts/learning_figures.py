"""The pictures of a model as plotly figures: how right it is, and why it says what it says."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash.development.base_component import Component

from core.dashboards.numbers import quoted
from core.ml.explanation import Contribution, Waterfall
from layouts import components as ui
from layouts.figure import figure

Picture = Mapping[str, Any]
_SEQUENTIAL = [[step / 6, f"var(--sequential-{step + 1})"] for step in range(7)]
_RAISES, _LOWERS, _PLAIN = "var(--series-1)", "var(--series-2)", "var(--series-other)"
_MOST_BARS = 15
_MOST_STEPS = 12
_MOST_NUMBERED = 12  # classes whose counts stand in the cells
_LETTER = 6.6  # pixels
_NARROWEST = 140  # pixels that a phone of 360 leaves between the names of a waterfall and its edge
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)?")


def confusion(found: Picture) -> Component:
    """Shares of each actual class: the diagonal is right."""
    labels = [_text(label) for label in found["labels"]]
    counts = found["counts"]
    shares = [[count / max(1, sum(row)) for count in row] for row in counts]
    trace = {
        "type": "heatmap",
        "x": labels,
        "y": labels,
        "z": shares,
        "zmin": 0,
        "zmax": 1,
        "customdata": counts,
        "colorscale": _SEQUENTIAL,
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"thickness": 10, "outlinewidth": 0, "tickformat": ".0%", "xpad": 8, "len": 1},
        "hovertemplate": "actual %{y}, predicted %{x}<br><b>%{customdata:,} rows</b>, %{z:.1%} of the actual %{y}<extra></extra>",
    }
    if len(labels) <= _MOST_NUMBERED:
        trace |= {"text": [[f"{count:,}" for count in row] for row in counts], "texttemplate": "%{text}"}
    right = sum(counts[place][place] for place in range(len(labels)))
    total = sum(map(sum, counts))
    axis = {"type": "category", "showgrid": False, "ticks": ""}
    return figure(
        {
            "data": [trace],
            "layout": {
                "xaxis": {**axis, "title": {"text": "Predicted"}},
                "yaxis": {**axis, "title": {"text": "Actual"}, "autorange": "reversed"},
                "margin": {"l": _room(labels), "r": 8},
            },
        },
        title="Confusion matrix",
        summary=f"Confusion matrix: {right:,} of {total:,} rows are predicted as what they are.",
    )


def roc(curves: Sequence[Picture]) -> Component:
    guess = {
        "type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "name": "Guessing", "hoverinfo": "skip", "showlegend": False,
        "line": {"color": "var(--line-strong)", "width": 1, "dash": "dot"},
    }  # fmt: skip
    lines = [_curve(curve, "roc", place, f"AUC {curve['auc']:.3f}") for place, curve in enumerate(curves)]
    best = max(curves, key=lambda curve: curve["auc"])
    return figure(
        _plot([guess, *lines], "False positives, share of the others", "Found, share of the class", legend=len(curves) > 1),
        title="ROC curve",
        summary=f"ROC curve; the area under it is {best['auc']:.3f} for {_text(best['label'])}.",
    )


def precision_recall(curves: Sequence[Picture]) -> Component:
    lines = [_curve(curve, "pr", place, f"AP {curve['average_precision']:.3f}") for place, curve in enumerate(curves)]
    best = max(curves, key=lambda curve: curve["average_precision"])
    return figure(
        _plot(lines, "Found, share of the class", "Right, share of those named", legend=len(curves) > 1),
        title="Precision and recall",
        summary=f"Precision-recall curve; the average precision is {best['average_precision']:.3f} for {_text(best['label'])}.",
    )


def _curve(curve: Picture, kind: str, place: int, area: str) -> dict[str, Any]:
    across, up = zip(*curve[kind], strict=True)
    name = _text(curve["label"])
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": across,
        "y": up,
        "line": {"color": f"var(--series-{place % 8 + 1})", "width": 2, "shape": "hv" if kind == "roc" else "linear"},
        "hovertemplate": f"{quoted(name)}, {area}<br>%{{x:.1%}}, <b>%{{y:.1%}}</b><extra></extra>",
    }


def _plot(traces: list[dict[str, Any]], across: str, up: str, *, legend: bool) -> dict[str, Any]:
    axis = {"range": [0, 1.005], "tickformat": ".0%"}
    layout = {"xaxis": {**axis, "title": {"text": across}}, "yaxis": {**axis, "title": {"text": up}}, "showlegend": legend}
    return {"data": traces, "layout": layout}


def estimates(found: Picture, target: str) -> Component:
    """Points of a sample, and for twenty groups of equal size what came in the mean."""
    across, up = zip(*found["points"], strict=True)
    bins = found["bins"]
    low, high = min(*across, *up), max(*across, *up)
    points = {
        "type": "scatter", "mode": "markers", "name": "Rows", "x": across, "y": up,
        "marker": {"color": "var(--series-1) / 0.35", "size": 5},
        "hovertemplate": "predicted %{x:.4~g}<br>actual <b>%{y:.4~g}</b><extra></extra>",
    }  # fmt: skip
    means = {
        "type": "scatter", "mode": "lines+markers", "name": "Mean",
        "x": [each["predicted"] for each in bins], "y": [each["actual"] for each in bins],
        "line": {"color": "var(--series-2)", "width": 2}, "marker": {"color": "var(--series-2)", "size": 6},
        "hovertemplate": "predicted %{x:.4~g} in the mean<br>actual <b>%{y:.4~g}</b><extra></extra>",
    }  # fmt: skip
    perfect = {
        "type": "scatter", "mode": "lines", "name": "Perfect", "x": [low, high], "y": [low, high], "hoverinfo": "skip",
        "line": {"color": "var(--line-control)", "width": 1, "dash": "dot"},
    }  # fmt: skip
    layout = {"xaxis": {"title": {"text": f"Predicted {target}"}}, "yaxis": {"title": {"text": f"Actual {target}"}}, "showlegend": True}
    return figure(
        {"data": [perfect, points, means], "layout": layout},
        title="Predicted and actual",
        summary=f"Predicted against actual {target}: the closer to the dotted line the better.",
    )


def residuals(found: Picture, target: str) -> Component:
    edges, counts = found["edges"], found["counts"]
    trace = {
        "type": "bar",
        "x": [(low + high) / 2 for low, high in itertools.pairwise(edges)],
        "y": counts,
        "width": edges[1] - edges[0],
        "marker": {"color": "var(--series-1)"},
        "customdata": [f"{low:,.4g} to {high:,.4g}" for low, high in itertools.pairwise(edges)],
        "hovertemplate": "off by %{customdata}<br><b>%{y:,} rows</b><extra></extra>",
    }
    outside = f" {found['outside']:,} rows are further off." if found["outside"] else ""
    layout = {"xaxis": {"title": {"text": f"Actual less predicted {target}"}}, "yaxis": {"title": {"text": "Rows"}}, "bargap": 0.04}
    return figure({"data": [trace], "layout": layout}, title="Residuals", summary=f"How far off the predictions are.{outside}")


def importance(found: Picture) -> Component:
    fields = found["fields"][:_MOST_BARS][::-1]
    names = [each["field"] for each in fields]
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [each["share"] for each in fields],
        "y": names,
        "marker": {"color": _RAISES},
        "customdata": [direction(each) for each in fields],
        "hovertemplate": "<b>%{y}</b>: %{x:.1%}<br>%{customdata}<extra></extra>",
    }
    layout = {
        "xaxis": {"title": {"text": "Share of all contributions"}, "tickformat": ".0%"},
        "yaxis": {"type": "category", "showgrid": False, "ticks": ""},
        "margin": {"l": _room(names)},
        "bargap": 0.35,
    }
    first = found["fields"][0]
    return figure(
        {"data": [trace], "layout": layout},
        title="Importance",
        summary=f"{first['field']} counts most: {ui.format.percent(first['share'])} of all contributions.",
    )


def direction(field: Picture) -> str:
    """Which way the values of a field push, in words; nothing where there is no one answer."""
    if field.get("levels"):
        ordered = sorted(field["levels"], key=lambda level: level["amount"])
        return f"{ordered[-1]['level']} raises most, {ordered[0]['level']} lowers most" if len(ordered) > 1 else ""
    along = field.get("direction")
    if along is None:
        return ""
    return "more raises it" if along > 0.3 else "more lowers it" if along < -0.3 else "pushes both ways"


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    start: float
    size: float
    number: str
    colour: str

    @property
    def left(self) -> float:
        return min(self.start, self.start + self.size)

    @property
    def right(self) -> float:
        return max(self.start, self.start + self.size)


def waterfall(fall: Waterfall) -> Component:
    bars = _bars(fall)
    low, high = min(each.left for each in bars), max(each.right for each in bars)
    pad = 0.16 * ((high - low) or 1.0)
    sides = [_side(each, low - pad, high + pad) for each in bars]
    trace = {
        "type": "bar",
        "orientation": "h",
        "base": [each.start for each in bars],
        "x": [each.size for each in bars],
        "y": [each.name for each in bars],
        "marker": {"color": [each.colour for each in bars]},
        "text": [each.number for each in bars],
        "textposition": ["none" if side == "behind" else side for side in sides],
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
        "cliponaxis": False,
        "outsidetextfont": {"color": "var(--ink)"},
        "insidetextfont": {"color": [each.colour.replace("--", "--on-") for each in bars]},
        "hovertemplate": "<b>%{y}</b><br>%{text}<extra></extra>",
    }
    layout = {
        "xaxis": {"title": {"text": fall.unit}, "range": [low - pad, high + pad], "zeroline": True},
        "yaxis": {"type": "category", "autorange": "reversed", "showgrid": False, "ticks": ""},
        "annotations": [_behind(each) for each, side in zip(bars, sides, strict=True) if side == "behind"],
        "margin": {"l": _room([each.name for each in bars]), "r": 24},
        "bargap": 0.3,
        "showlegend": False,
    }
    return figure({"data": [trace], "layout": layout}, title="Why this prediction", summary=_said(fall))


def _bars(fall: Waterfall) -> list[_Bar]:
    bars = [_Bar("In general", 0.0, fall.base, _number(fall.base), _PLAIN)]
    at = fall.base
    for each in _steps(fall):
        bars.append(_Bar(_named(each), at, each.amount, _signed(each.amount), _RAISES if each.amount >= 0 else _LOWERS))
        at += each.amount
    return [*bars, _Bar("Prediction" if fall.label is None else f"For {_text(fall.label)}", 0.0, fall.total, _number(fall.total), _PLAIN)]


def _side(bar: _Bar, low: float, high: float) -> str:
    """Where the number of a bar has room on a phone: "outside" at its tip, "inside" of it, or "behind" where it starts."""
    left, right = bar.left - low, high - bar.right
    outside, behind = (right, left) if bar.size >= 0 else (left, right)
    needed = (len(bar.number) * _LETTER + 8) / _NARROWEST * (high - low)
    rooms = {"outside": outside, "behind": behind, "inside": abs(bar.size)}
    return "outside" if outside >= needed else max(rooms, key=lambda side: rooms[side])


def _behind(bar: _Bar) -> dict[str, Any]:
    """plotly has no such place for the number of a bar."""
    side = {"xanchor": "right", "xshift": -1} if bar.size >= 0 else {"xanchor": "left", "xshift": 1}
    return {"x": bar.start, "y": bar.name, "text": bar.number, "showarrow": False, "font": {"color": "var(--ink)"}, **side}


def _steps(fall: Waterfall) -> list[Contribution]:
    parts = list(fall.contributions)
    if len(parts) <= _MOST_STEPS:
        return parts
    rest = sum(each.amount for each in parts[_MOST_STEPS - 1 :])
    return [*parts[: _MOST_STEPS - 1], Contribution(f"{len(parts) - _MOST_STEPS + 1} others", None, rest)]


def _said(fall: Waterfall) -> str:
    first = fall.contributions[0] if fall.contributions else None
    most = f" {_named(first)} counts most, {_signed(first.amount)}." if first else ""
    return f"From {_number(fall.base)} in general to {_number(fall.total)} ({fall.unit}).{most}"


def _named(part: Contribution) -> str:
    if part.field.endswith(" others") and part.value is None:
        return part.field
    return f"{part.field} = {'empty' if part.value is None else _text(part.value)}"


def _signed(value: float) -> str:
    return _number(value) if value < 0 else f"+{_number(value)}"


def _number(value: float) -> str:
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _text(label: Any) -> str:
    """A label in a picture: short, booleans and moments as people write them."""
    if isinstance(label, bool):
        return "yes" if label else "no"
    text = f"{label:,.6g}" if isinstance(label, float) else str(label)
    if _MOMENT.fullmatch(text):
        text = text.replace("T", " ").removesuffix("+00:00").removesuffix("Z")
    return text if len(text) <= 28 else f"{text[:27]}…"


def _room(names: Sequence[str]) -> int:
    """Left margin for *names*."""
    return int(min(240.0, 24 + _LETTER * max(map(len, names), default=4)))
