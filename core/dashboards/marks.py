"""The traces and axes of each kind of chart, as plotly reads them. SVG traces only: WebGL ones need ``unsafe-eval``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.dashboards.numbers import OTHER, hover, hover_moment, in_lines, name_of, plain, ticks, titled
from core.dashboards.omissions import Row, is_scaled, placed
from core.dashboards.query import USUAL_BINS, USUAL_PARTS
from core.dashboards.spec import ChartSpec, DimensionSpec, Kind, MeasureSpec, Sort
from core.errors import Invalid
from core.query.spec import Answer

Figure = dict[str, Any]
Known = Callable[[str], Mapping[str, int]]

SERIES = 8
_MANY_BARS = 24  # beside each other; more lie on their side where they are text
_LETTER = 6.6  # pixels
_SEQUENTIAL = [[step / 6, f"var(--sequential-{step + 1})"] for step in range(7)]
_DIVERGING = [[step / 6, f"var(--diverging-{step + 1})"] for step in range(7)]


def series(position: int) -> str:
    return f"var(--series-{position % SERIES + 1})"


def bars(spec: ChartSpec, answer: Answer, known: Known) -> Figure:
    dimension = spec.dimensions[0]
    rows = _in_order(spec, answer)
    if is_scaled(spec, answer):
        return _upright(spec, _traces(spec, rows, known, plain), _axis(dimension, answer))
    names = list(dict.fromkeys(name_of(row[0], dimension.grain) for row in rows))
    longest = max(map(len, names))
    lying = answer.columns[0].kind == "text" and (longest * len(names) > 110 or len(names) > _MANY_BARS) and len(names) > 2
    traces = _traces(spec, rows, known, lambda value: name_of(value, dimension.grain))
    category = {"type": "category", "categoryorder": "array", "categoryarray": names, "title": {"text": dimension.name}}
    return _lying(spec, traces, category, longest) if lying else _upright(spec, traces, {**category, "automargin": True})


def lines(spec: ChartSpec, answer: Answer, known: Known) -> Figure:
    dimension = spec.dimensions[0]
    axis = _axis(dimension, answer)
    rows = _in_order(spec, answer)
    if axis["type"] == "category":
        traces = _traces(spec, rows, known, lambda value: name_of(value, dimension.grain))
    else:
        traces = _traces(spec, rows, known, plain)
    stacked = spec.kind is Kind.AREA and spec.colour is not None and spec.measures[0].aggregate.adds_up
    figure = _upright(spec, [_as_line(spec, trace, stacked=stacked) for trace in traces], axis)
    figure["layout"]["hovermode"] = "x unified"
    return figure


def _as_line(spec: ChartSpec, trace: dict[str, Any], *, stacked: bool) -> dict[str, Any]:
    colour = trace["marker"]["color"]
    series = in_lines(trace["name"]) if spec.colour is not None else ""  # a measure is named beside its number
    line = {
        **trace,
        "type": "scatter",
        "mode": "lines" if len(trace["x"]) > 1 else "markers",
        "line": {"color": colour, "width": 2},
        "hovertemplate": trace["hovertemplate"].split("%{x}<br>")[-1].replace("<extra></extra>", f"<extra>{series}</extra>"),
    }
    if spec.kind is Kind.LINE:
        return line
    return {**line, "fillcolor": f"{colour} / {0.5 if stacked else 0.15}", **({"stackgroup": "all"} if stacked else {"fill": "tozeroy"})}


def points(spec: ChartSpec, answer: Answer, known: Known) -> Figure:
    """A point for each value of the dimension: the first measure across, the second up."""
    across, up = spec.measures
    depth = len(spec.groups)
    grain = spec.dimensions[0].grain
    traces = []
    for name, colour, rows in _by_colour(spec, list(answer.rows), known):
        traces.append({
            "type": "scatter",
            "mode": "markers",
            "name": name or up.name,
            "x": [plain(row[depth]) for row in rows],
            "y": [plain(row[depth + 1]) for row in rows],
            "text": [name_of(row[0], grain) for row in rows],
            "marker": {"color": f"{colour} / 0.75", "size": 8, "line": {"width": 1, "color": "var(--surface-raised)"}},
            "hovertemplate": f"{_series_of(name)}<b>%{{text}}</b>{_line_of(across, 'x')}{_line_of(up, 'y')}<extra></extra>",
        })  # fmt: skip
    xaxis = {"title": {"text": titled(across)}, **ticks(across), "showgrid": True}
    return _figure(traces, xaxis, _value_axis(up, zero=False), hovermode="closest", meta=[spec.dimensions[0].name])


def _series_of(name: str) -> str:
    """A line of the tooltip: in the box of its own that plotly has for it, it cannot be read on our ground."""
    return f"{in_lines(name)}<br>" if name else ""


def _line_of(measure: MeasureSpec, axis: str) -> str:
    return f"<br>{in_lines(measure.name)}: {hover(measure, axis)}"


def pie(spec: ChartSpec, answer: Answer, known: Known) -> Figure:
    dimension, measure = spec.dimensions[0], spec.measures[0]
    rows = _parts(answer)
    if any(plain(row[1]) < 0 for row in rows):
        raise Invalid(f"{measure.name} has values below zero, which a pie cannot show. Use a bar chart.", field="kind")
    if is_folded(spec, answer):
        rows = [*rows[:USUAL_PARTS], (OTHER, sum(plain(row[1]) for row in rows[USUAL_PARTS:]))]
    names = [name_of(row[0], dimension.grain) for row in rows]
    trace = {
        "type": "pie",
        "labels": names,
        "values": [plain(row[1]) for row in rows],
        "hole": 0.58,
        "sort": False,
        "direction": "clockwise",
        "marker": {"colors": _colours(names, known(dimension.name)), "line": {"color": "var(--surface-raised)", "width": 2}},
        "texttemplate": "%{text}<br>%{percent:.1%}",
        "textposition": "outside",
        "textfont": {"color": "var(--ink)"},
        "hovertemplate": f"<b>%{{label}}</b><br>{in_lines(measure.name)}: {hover(measure, 'value')}<br>%{{percent:.2%}}<extra></extra>",
        "automargin": True,
    }
    return {
        "data": [trace],
        "layout": {"showlegend": False, "margin": {"l": 16, "r": 16, "t": 16, "b": 16}, "meta": [dimension.name, measure.name]},
    }


def is_folded(spec: ChartSpec, answer: Answer) -> bool:
    """Whether the smaller parts of a pie are drawn as one, which nobody has asked the engine for."""
    return spec.kind is Kind.PIE and spec.top is None and len(_parts(answer)) > USUAL_PARTS + 1


def _parts(answer: Answer) -> list[Row]:
    """What is nothing is no part."""
    return _other_last([row for row in answer.rows if plain(row[1])], 0)


def heatmap(spec: ChartSpec, answer: Answer) -> Figure:
    """The first dimension across, the second down."""
    across, down = spec.dimensions
    measure = spec.measures[0]
    columns = sorted({row[0] for row in answer.rows}, key=_natural)
    lines_ = sorted({row[1] for row in answer.rows}, key=_natural)
    cells = {(row[0], row[1]): plain(row[2]) for row in answer.rows}
    values = [value for value in cells.values() if value is not None]
    diverges = min(values) < 0 < max(values)
    trace = {
        "type": "heatmap",
        "x": [name_of(value, across.grain) for value in columns],
        "y": [name_of(value, down.grain) for value in lines_],
        "z": [[cells.get((column, line)) for column in columns] for line in lines_],
        "colorscale": _DIVERGING if diverges else _SEQUENTIAL,
        **({"zmid": 0} if diverges else {}),
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "colorbar": {
            "title": {"text": titled(measure), "side": "right"},
            "thickness": 10,
            "outlinewidth": 0,
            "xpad": 8,
            "len": 1,
            **ticks(measure),
        },
        "hovertemplate": f"{in_lines(across.name)} %{{x}}, {in_lines(down.name)} %{{y}}<br><b>{hover(measure, 'z')}</b><extra></extra>",
    }
    longest = max(len(name_of(value, down.grain)) for value in lines_)
    widest = max(len(name_of(value, across.grain)) for value in columns)  # the wide are written aslant, over the title
    xaxis = {"type": "category", "title": {"text": across.name}, "showgrid": False, "ticks": "", "automargin": widest > 4}
    yaxis = {"type": "category", "title": {"text": down.name}, "showgrid": False, "ticks": "", "autorange": "reversed"}
    return _figure([trace], xaxis, yaxis, hovermode="closest", margin={"l": _room(longest), "r": 8})


def histogram(spec: ChartSpec, answer: Answer, known: Known) -> Figure:
    """Bars from edge to edge; a row's key is the lower edge of its bin. Those that do not add up share the width of their bin."""
    rows = placed(spec, answer)
    edges = sorted({float(row[0]) for row in rows})
    # the least value is in the first bin and the greatest in the last, however many between them are empty
    width = (edges[-1] - edges[0]) / ((spec.dimensions[0].bins or USUAL_BINS) - 1) if len(edges) > 1 else 1.0
    traces = _traces(spec, rows, known, float)
    stacked = _barmode(spec) == "stack"
    share = width if stacked else width / len(traces)
    for place, trace in enumerate(traces):
        lows, middle = trace["x"], share * ((0 if stacked else place) + 0.5)
        trace |= {
            "x": [low + middle for low in lows],
            "width": share,
            "customdata": [f"{low:,.6g} to {low + width:,.6g}" for low in lows],
        }
        trace["hovertemplate"] = trace["hovertemplate"].replace("%{x}", "%{customdata}")
    figure = _upright(spec, traces, {"type": "linear", "title": {"text": spec.dimensions[0].name}, "showgrid": False})
    figure["layout"] |= {"bargap": 0.04 if len(edges) <= USUAL_BINS * 2 else 0, "barmode": "stack" if stacked else "overlay"}
    return figure


def _traces(spec: ChartSpec, rows: list[Row], known: Known, key: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """One trace for each colour, or for each measure."""
    depth = len(spec.groups)
    if spec.colour is None:
        return [
            _bar(measure, series(position), [key(row[0]) for row in rows], [plain(row[depth + position]) for row in rows], "")
            for position, measure in enumerate(spec.measures)
        ]
    return [
        _bar(spec.measures[0], colour, [key(row[0]) for row in ours], [plain(row[depth]) for row in ours], name)
        for name, colour, ours in _by_colour(spec, rows, known)
    ]


def _bar(measure: MeasureSpec, colour: str, keys: list[Any], values: list[Any], name: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name or measure.name,
        "x": keys,
        "y": values,
        "marker": {"color": colour},
        "hovertemplate": f"{_series_of(name)}%{{x}}<br>{in_lines(measure.name)}: <b>{hover(measure, 'y')}</b><extra></extra>",
    }


def _by_colour(spec: ChartSpec, rows: list[Row], known: Known) -> list[tuple[str, str, list[Row]]]:
    """Name, colour and rows of each category, in the order of the colours, "Other" last."""
    if spec.colour is None:
        return [("", series(0), rows)]
    position = len(spec.dimensions)
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(name_of(row[position], spec.colour.grain), []).append(row)
    names = sorted(groups, key=lambda name: (name == OTHER, known(spec.colour.name).get(name, SERIES * 99) if spec.colour else 0, name))
    return [(name, colour, groups[name]) for name, colour in zip(names, _colours(names, known(spec.colour.name)), strict=True)]


def _colours(names: Sequence[str], known: Mapping[str, int]) -> list[str]:
    """What the dashboard agreed on; a chart alone counts through."""
    return ["var(--series-other)" if name == OTHER else series(known.get(name, position)) for position, name in enumerate(names)]


def _in_order(spec: ChartSpec, answer: Answer) -> list[Row]:
    """As asked for; coloured bars by their total, moments and numbers by themselves, "Other" last."""
    rows = placed(spec, answer)
    column = answer.columns[0]
    if spec.kind is not Kind.BAR or spec.sort is Sort.NAME or (spec.sort is Sort.NATURAL and (column.is_number or column.is_time)):
        return _other_last(sorted(rows, key=lambda row: _natural(row[0])), 0)
    if spec.colour is not None:
        totals: dict[Any, float] = {}
        for row in rows:
            totals[row[0]] = totals.get(row[0], 0) + abs(plain(row[2]) or 0)
        rows.sort(key=lambda row: totals[row[0]], reverse=spec.sort is not Sort.SMALLEST)
    return _other_last(rows, 0)


def _other_last(rows: list[Row], position: int) -> list[Row]:
    return sorted(rows, key=lambda row: row[position] == OTHER)


def _natural(value: Any) -> tuple[bool, Any]:
    return (value is None, "" if value is None else value)


def _axis(dimension: DimensionSpec, answer: Answer) -> dict[str, Any]:
    column = answer.columns[0]
    title = {"title": {"text": dimension.name}, "showgrid": False}
    if column.is_time:
        return {"type": "date", "hoverformat": hover_moment(dimension.grain), **title}
    return {"type": "linear", **title} if column.is_number else {"type": "category", "automargin": True, **title}


def _value_axis(measure: MeasureSpec, *, zero: bool = True, alone: bool = True) -> dict[str, Any]:
    named = {"title": {"text": titled(measure)}} if alone else {}
    return {**named, **ticks(measure), "zeroline": True, **({"rangemode": "tozero"} if zero else {})}


def _upright(spec: ChartSpec, traces: list[dict[str, Any]], axis: dict[str, Any]) -> Figure:
    values = _value_axis(spec.measures[0], zero=spec.kind is not Kind.LINE, alone=len(spec.measures) == 1)
    return _figure(traces, {"showgrid": False, **axis}, values, barmode=_barmode(spec))


def _lying(spec: ChartSpec, traces: list[dict[str, Any]], axis: dict[str, Any], longest: int) -> Figure:
    for trace in traces:
        trace |= {"x": trace["y"], "y": trace["x"], "orientation": "h"}
        trace["hovertemplate"] = trace["hovertemplate"].replace("%{x}", "%{label}").replace("%{y", "%{x").replace("%{label}", "%{y}")
    values = _value_axis(spec.measures[0], alone=len(spec.measures) == 1)
    down = {**axis, "autorange": "reversed", "showgrid": False, "ticks": ""}
    return _figure(traces, values, down, barmode=_barmode(spec), margin={"l": _room(longest)})


def _barmode(spec: ChartSpec) -> str:
    return "stack" if spec.colour is not None and spec.measures[0].aggregate.adds_up else "group"


def _room(letters: int) -> int:
    """Pixels for labels of that length beside an axis with a title."""
    return int(min(200, 34 + letters * _LETTER))


def _figure(traces: list[dict[str, Any]], xaxis: dict[str, Any], yaxis: dict[str, Any], **layout: Any) -> Figure:
    many = len(traces) > 1
    margin = {**({"t": 36} if many else {}), **layout.pop("margin", {})}
    return {
        "data": traces,
        "layout": {"xaxis": xaxis, "yaxis": yaxis, "showlegend": many, **({"margin": margin} if margin else {}), **layout},
    }
