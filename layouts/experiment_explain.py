"""Why the models of an experiment say what they say: what counts in general, and for any one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum, unique
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.errors import AstralytiqError
from core.ml.experiments import Experiment, Explained
from core.ml.explanation import Waterfall
from core.ml.records import TrainedRun
from layouts import components as ui
from layouts import learning_figures as figures

_FIRST = 15  # columns of the table in sight: as many as the picture has bars, so that "One row" is not far below on a phone


@unique
class Ids(StrEnum):
    ANSWER = "experiment-explain-answer"
    ASK = "experiment-explain-ask"
    ROW = "experiment-explain-row"


def content(
    experiment: Experiment, run: TrainedRun, detail: Mapping[str, Any], row: int | None, explained: Explained | AstralytiqError | None
) -> list[Component]:
    base = f"/experiments/{experiment.id}/explain"
    links = [(each.label, f"{base}?run={each.id}") for each in experiment.runs]
    found = detail["importance"]
    rows = f"{ui.format.count(found['rows'], 'row')} of the data" if found["rows"] else "the data"
    hint = f"Mean size of each column's contribution to the predictions, over {rows}."
    general = ui.card([figures.importance(found), _directions(found["fields"])], title="What counts in general", hint=hint)
    return [
        ui.tabs(links, f"{base}?run={run.id}", label="Models", small=True),
        html.Div([general, _one_row(row, explained)], className="learn-two"),
    ]


def answer(explained: Explained | AstralytiqError | None) -> list[Component]:
    if explained is None:
        return [
            ui.empty_state(
                "No row chosen", "Give the number of a row, counted from 0, to see how its prediction comes about.", icon="rows-3"
            )
        ]
    if isinstance(explained, AstralytiqError):
        return [ui.error_state("This row cannot be explained", explained.message)]
    facts = [("Predicted", _value(explained.prediction)), ("Actual", _value(explained.actual))]
    if explained.probabilities:
        sure = max(explained.probabilities.values())
        facts.append(("How sure", ui.format.percent(sure)))
    remarks = [ui.banner("warning", words) for words in explained.warnings]
    return [ui.properties(facts, inline=True), *remarks, *reasons(explained.waterfall)]


def reasons(fall: Waterfall) -> list[Component]:
    """The picture, and how to read it."""
    of = {
        "log-odds": f"The bars add up to the log-odds of {_value(fall.label)}.",
        "score": f"The bars add up to the score of {_value(fall.label)}.",
    }
    words = of.get(fall.unit, f"The bars add up to the predicted {fall.unit}.")
    return [figures.waterfall(fall), html.P(words, className="field-help")]


def _one_row(row: int | None, explained: Explained | AstralytiqError | None) -> Component:
    control = dbc.Input(id=Ids.ROW, type="number", min=0, step=1, value=row, debounce=True, placeholder="0")
    ask = html.Div([ui.field("Row", control), ui.button("Explain row", id=Ids.ASK)], className="ask-row")
    parts = [ask, html.Div(answer(explained), id=Ids.ANSWER, className="stack", **ui.aria(live="polite"))]
    return ui.card(html.Div(parts, className="stack"), title="One row")


def _directions(fields: Sequence[Mapping[str, Any]]) -> Component:
    rows = [
        {"field": each["field"], "share": ui.format.percent(each["share"]), "way": figures.direction(each)}
        for each in fields
        if each["share"]
    ]
    if not rows:
        return html.P("This model looks at no column.", className="field-help")
    columns = [ui.Col("field", "Column"), ui.Col("share", "Share", align="end")]
    if any(each["way"] for each in rows):
        columns.append(ui.Col("way", "Which way"))
    table = ui.data_table(columns, rows[:_FIRST], caption="Importance", dense=True)
    if len(rows) <= _FIRST:
        return table
    rest = ui.data_table(columns, rows[_FIRST:], caption="Importance of the others", dense=True)
    return html.Div([table, html.Details([html.Summary(f"{len(rows) - _FIRST} more"), rest], className="more")], className="stack")


def _value(value: Any) -> str:
    if value is None:
        return "unknown"
    return ui.format.number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
