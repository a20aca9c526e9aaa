"""The gallery: every part of layouts/components in every state, for those who build pages and those who photograph them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum, unique

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from layouts import components as ui
from layouts.visit import Visit

_NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_LINES = (
    {"carrier": "UA", "name": "United Air Lines", "flights": 58665, "delay": 12.11, "state": "positive"},
    {"carrier": "B6", "name": "JetBlue Airways", "flights": 54635, "delay": 13.02, "state": "warning"},
    {"carrier": "EV", "name": "ExpressJet Airlines", "flights": 54173, "delay": 19.96, "state": "critical"},
    {"carrier": "HA", "name": "Hawaiian Airlines", "flights": 342, "delay": None, "state": "neutral"},
)


@unique
class Ids(StrEnum):
    ADDRESS = "gallery-address"
    ADDRESS_ERROR = "gallery-address-error"
    CHOICE = "gallery-choice"
    DELETE = "gallery-delete"
    DETAILS = "gallery-details"
    FILTER = "gallery-filter"
    GRAIN = "gallery-grain"
    NAME = "gallery-name"
    NOTHING = "gallery-nothing"
    REPLACE = "gallery-replace"
    SHARE = "gallery-share"
    TOAST_CRITICAL = "gallery-toast-critical"
    TOAST_NEUTRAL = "gallery-toast-neutral"
    TOAST_POSITIVE = "gallery-toast-positive"
    TOAST_WARNING = "gallery-toast-warning"
    WAIT = "gallery-wait"


def layout(_: Visit) -> Component:
    return html.Div(
        [
            ui.page_head(
                "Gallery",
                crumbs=[("Home", "/")],
                status=["Every part in every state.", ui.status("positive", "Measured in both themes"), ui.tag("For developers")],
                action=ui.button("Primary action", kind="primary", icon="plus"),
                menu=[
                    ui.menu_item("Rename", icon="pencil"),
                    ui.menu_item("Delete", icon="trash-2", danger=True, opens=f"{Ids.DELETE}-confirm"),
                ],
            ),
            ui.tabs([("Parts", "/gallery"), ("Second tab", "/gallery?tab=second"), ("Third tab", "/gallery?tab=third")], "/gallery"),
            ui.tabs(
                [("Small tabs", "/gallery"), ("choose", "/gallery?of=2"), ("within one", "/gallery?of=3")],
                "/gallery",
                small=True,
                label="Parts of a view",
            ),
            *_sections(),
        ]
    )


def _sections() -> list[Component]:
    return [
        ui.section("Buttons", _buttons(), hint="One primary action a page; verbs, not nouns."),
        ui.section("Numbers", _numbers(), hint="Rounded for the eye, exact on hover."),
        ui.section("States", _states(), hint="A mark and a word, never colour alone."),
        ui.section("Progress", _progress()),
        ui.section("Waiting", _waiting(), hint="On the first load only; later the last picture stays."),
        ui.section("Nothing there, something wrong", _endings(), hint="Both say what to do."),
        ui.section("Remarks", _remarks()),
        ui.section("Inputs", _inputs()),
        ui.section("Tables", _tables()),
        ui.section("Lists", _lists(), hint="Things that can be opened, one a line."),
        ui.section("Messages and questions", _messages()),
        ui.section("Colours", _colours(), hint="From assets/tokens.css; charts read the same."),
        ui.section("Type", _type()),
    ]


def _buttons() -> Component:
    kinds = [
        ui.button("Train model", kind="primary"),
        ui.button("Save", icon="save"),
        ui.button("Cancel", kind="ghost"),
        ui.button("Delete", kind="danger", icon="trash-2"),
    ]
    small = [
        ui.button("Small", small=True),
        ui.button("Small with icon", small=True, icon="filter"),
        ui.button("Quiet", small=True, kind="ghost"),
    ]
    bare = [ui.button("Refresh", bare=True, icon="refresh-cw"), ui.button("Close", bare=True, icon="x", kind="ghost")]
    off = [
        ui.button("Train model", kind="primary", disabled=True),
        ui.button("Save", disabled=True),
        ui.button("Delete", kind="danger", disabled=True),
    ]
    links = [
        ui.button("A link as a button", href="/gallery"),
        ui.link("A link", "/gallery"),
        ui.link("A quiet link", "/gallery", quiet=True),
    ]
    menus = [ui.menu("Export", [ui.menu_item("CSV", icon="file-text"), ui.menu_item("PNG", icon="download")])]
    return html.Div(
        [html.Div(row, className="cluster") for row in (kinds, [*small, *bare], off, [*links, *menus])], className="stack stack-tight"
    )


def _numbers() -> Component:
    fell = ui.status("positive", "−4.2 %", title="12.64 in the month before")
    cards = [
        ui.metric_card("Rows", "336.8k", exact="336,776", hint="version 3"),
        ui.metric_card("Mean delay", "12.1 min", exact="12.1104 min", delta=fell, hint="to the month before"),
        ui.metric_card("Datasets", "5", href="/gallery"),
        ui.metric_card("Accuracy", "–", hint="not measured yet"),
        html.Div(ui.skeleton("metric"), className="panel metric"),
    ]
    ways: list[tuple[str, str | Component]] = [
        ("Count", ui.format.number(336776)),
        ("Rounded", ui.rounded(336776)),
        ("Share", ui.format.percent(0.1234)),
        ("Size", ui.format.bytes(31_053_850)),
        ("Time taken", ui.format.duration(185)),
        ("Moment", ui.when(_NOW - timedelta(hours=3), _NOW)),
        ("Absent", ui.format.number(None)),
    ]
    return html.Div([ui.grid(cards, narrow=True), ui.card(ui.properties(ways), title="Names and values")], className="stack")


def _states() -> Component:
    marks = [
        ui.status("positive", "Succeeded"), ui.status("warning", "Finished with 12 rows apart"), ui.status("critical", "Failed"),
        ui.status("neutral", "Waiting"), ui.status("running", "Running"),
    ]  # fmt: skip
    tags = [ui.tag("text"), ui.tag("champion", icon_name="trophy"), ui.tag("version 3")]
    return html.Div([html.Div(marks, className="cluster"), html.Div(tags, className="cluster")], className="stack stack-tight")


def _progress() -> Component:
    bars = [
        ui.progress(0.62, "XGBoost, fold 4 of 5, 12 s left"),
        ui.progress(None, "Waiting for its turn"),
        ui.progress(1, "Done", kind="positive"),
        ui.progress(0.4, "Failed: the worker was lost", kind="critical"),
        ui.progress(0.8, "Cancelled", kind="neutral"),
    ]
    return ui.grid([ui.card(bar) for bar in bars])


def _waiting() -> Component:
    return ui.grid([ui.card(ui.skeleton(shape), title=shape.capitalize()) for shape in ("text", "table", "card", "chart")])


def _endings() -> Component:
    empty = ui.empty_state(
        "No rows", "The filter carrier = HA leaves none of them.", ui.button("Remove the filter", icon="x"), icon="funnel"
    )
    error = ui.error_state(
        "The rows could not be read", "The query took longer than 60 s. Add a filter, or ask for fewer columns.", ui.button("Try again")
    )
    return ui.grid([ui.card(empty), ui.card(error)])


def _remarks() -> Component:
    return html.Div(
        [
            ui.banner("neutral", "Version 2 of 3.", "You are looking at the rows as of 1 March 2026."),
            ui.banner("positive", "Imported.", "336,776 rows came in."),
            ui.banner("warning", "12 rows are kept apart.", "They do not fit their columns.", ui.button("Show them", small=True)),
            ui.banner("critical", "Training failed.", "The worker was lost. Nothing else is affected.", ui.button("Try again", small=True)),
            ui.banner("running", "Training.", "Fold 4 of 5."),
        ],
        className="stack stack-tight",
    )


def _inputs() -> Component:
    grains = [{"label": grain, "value": grain} for grain in ("Day", "Week", "Month")]
    wrong = ui.field("E-mail address", dbc.Input(id=Ids.ADDRESS, type="email", value="ada@", invalid=True), error_id=Ids.ADDRESS_ERROR)
    wrong.children[-1].children = "There is nothing after the @."
    controls = [
        ui.field("Name", dbc.Input(id=Ids.NAME, placeholder="Flights by carrier"), help="How others will find it."),
        ui.field("Measure", dbc.Select(id=Ids.CHOICE, options=["count", "mean", "median"], value="mean")),
        wrong,
        ui.field("Not now", dbc.Input(id=Ids.NOTHING, value="Nothing to choose", disabled=True)),
        ui.field("Details", dbc.Textarea(id=Ids.DETAILS, placeholder="What is in it, and where it comes from")),
        ui.field("Share for the test", dbc.Input(id=Ids.SHARE, type="number", min=0, max=1, step=0.05, value=0.2)),
    ]
    choices = [
        dbc.RadioItems(id=Ids.GRAIN, options=grains, value="Week", inline=True, className="segmented"),
        dbc.Checkbox(id=Ids.FILTER, label="Only flights that left", value=True),
        ui.toggle("Compare with the period before", id=Ids.WAIT, value=True),
    ]
    return ui.card([ui.fields(controls), html.Hr(), html.Div(choices, className="cluster")])


def _tables() -> Component:
    columns = [
        ui.Col("carrier", "Code"),
        ui.Col("name", "Airline", format=lambda name: ui.link(name, "/gallery", quiet=True)),
        ui.Col("flights", "Flights"),
        ui.Col("delay", "Mean delay, min"),
        ui.Col("state", "State", format=lambda kind: ui.status(kind, kind.capitalize())),
    ]
    full = ui.card(ui.data_table(columns, _LINES, caption="Flights by airline"), title="Airlines", hint="Four of sixteen", flush=True)
    nothing = ui.data_table(columns, [], caption="Flights by airline", empty="No airline flew on that day. Choose another day.")
    return html.Div([full, ui.card(nothing)], className="stack")


def _lists() -> Component:
    items = [
        ui.Item("Flights", "/gallery", "336,776 rows, 19 columns", ui.when(_NOW - timedelta(minutes=5), _NOW), "database"),
        ui.Item(
            "Mean departure delay by day, without the days on which nothing flew",
            "/gallery",
            "From Flights",
            ui.tag("Draft"),
            "chart-column",
        ),
        ui.Item("Arrival delay", "/gallery", aside=ui.status("running", "Training"), icon="brain"),
    ]
    return ui.card(ui.listing(items), title="Recent", actions=ui.link("All", "/gallery"), flush=True)


def _messages() -> Component:
    kinds = {"positive": Ids.TOAST_POSITIVE, "neutral": Ids.TOAST_NEUTRAL, "warning": Ids.TOAST_WARNING, "critical": Ids.TOAST_CRITICAL}
    buttons: list[Component] = [ui.button(f"Show a {kind} message", id=each) for kind, each in kinds.items()]
    buttons += [
        ui.button("Ask before deleting", opens=f"{Ids.DELETE}-confirm"),
        ui.button("Ask before replacing", opens=f"{Ids.REPLACE}-confirm"),
        ui.confirm(
            Ids.DELETE, "Delete Flights?", "Its three versions go with it. Two charts use it and will stop working.", "Delete dataset"
        ),
        ui.confirm(Ids.REPLACE, "Replace the champion?", "Predictions come from version 4 from now on.", "Make champion", danger=False),
    ]
    return html.Div(buttons, className="cluster")


def _colours() -> Component:
    surfaces = ("surface", "surface-raised", "surface-sunken", "surface-hover", "surface-chosen", "line", "line-strong", "line-control")
    states = ("ink", "ink-muted", "ink-faint", "accent", "accent-ink", "positive", "warning", "critical")
    return html.Div(
        [
            _swatches("Surfaces and lines", surfaces),
            _swatches("Ink and states", states),
            _swatches("Categories", [f"series-{n}" for n in range(1, 9)]),
            _swatches("One way", [f"sequential-{n}" for n in range(1, 8)]),
            _swatches("Both ways", [f"diverging-{n}" for n in range(1, 8)]),
        ],
        className="stack",
    )


def _swatches(title: str, names: Sequence[str]) -> Component:
    swatches = [html.Li([html.Span(className=f"swatch swatch-{name}"), html.Code(name)], className="swatch-item") for name in names]
    return html.Div([html.H3(title), html.Ul(swatches, className="swatches")])


def _type() -> Component:
    samples = [
        html.P("28 px for a single number: 1,234,567", className="metric-value"),
        html.P("20 px for the title of a page", className="sample-title"),
        html.P("16 px for a section", className="sample-heading"),
        html.P("14 px for what is read and pressed. Keys: ", className="sample-text"),
        html.P("13 px for tables and hints: 0123456789", className="small tabular"),
        html.P([html.Code("sum(arr_delay) / count(*)"), " in code, ", html.Kbd("Ctrl"), " ", html.Kbd("K"), " as keys"]),
    ]
    return ui.card(html.Div(samples, className="stack stack-tight"))
