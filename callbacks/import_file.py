"""Bring in a file: look again with other choices, start the import, load the sample."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update, set_props
from dash.exceptions import PreventUpdate

from core.data.column_types import CHOICES
from core.principal import Permission
from core.workspace import Workspace
from layouts import shell
from layouts.import_choices import control_value, option_id, option_value
from layouts.import_file import Choose, Ids, Look, shown
from layouts.import_preview import column_id, hint, notes, rejects, table_body, table_head
from layouts.visit import Visit
from web.session import current

Chosen = dict[str, Any]
Controls = dict[str, list[Any]]  # their ids and values


def load(workspace: Workspace, visit: Visit) -> Choose | Look:
    upload_id = visit.query.get("upload")
    if not upload_id:
        may_load_sample = visit.who.may(Permission.SAMPLE_LOAD) and bool(workspace.sample.missing(visit.who))
        return Choose(workspace.settings.upload_bytes, may_load_sample)
    return Look(workspace.imports.get(visit.who, upload_id), workspace.imports.preview(visit.who, upload_id))


def register(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        output={
            "options": Output(option_id(ALL), "value"),
            "head": Output(Ids.HEAD, "children"),
            "hint": Output(Ids.HINT, "children"),
            "body": Output(Ids.BODY, "children"),
            "notes": Output(Ids.NOTES, "children"),
            "aside": Output(Ids.ASIDE, "children"),
            "start": Output(Ids.START, "disabled"),
            "chosen": Output(Ids.CHOSEN, "data"),
            "shown": Output(Ids.SHOWN, "data"),
        },
        inputs={
            "options": {"ids": State(option_id(ALL), "id"), "values": Input(option_id(ALL), "value")},
            "columns": {"ids": State(column_id(ALL, ALL), "id"), "values": Input(column_id(ALL, ALL), "value")},
            "upload": State(Ids.UPLOAD, "data"),
            "before": State(Ids.CHOSEN, "data"),
            "known": State(Ids.SHOWN, "data"),
        },
        prevent_initial_call=True,
    )
    def look_again(options: Controls, columns: Controls, upload: str, before: Chosen, known: Chosen) -> dict[str, Any]:
        chosen = _chosen(before, known, options, columns)
        if chosen == before:
            raise PreventUpdate  # the controls were only drawn
        preview = workspace.imports.preview(current(), upload, chosen)
        is_same_table = _options(chosen) == _options(before)
        return {
            "options": [control_value(each["name"], preview.options, needs_choice=preview.needs_choice) for each in options["ids"]],
            "head": no_update if is_same_table else table_head(preview),  # whoever works in it keeps the focus
            "hint": hint(preview),
            "body": table_body(preview),
            "notes": notes(preview),
            "aside": rejects(preview),
            "start": preview.needs_choice,
            "chosen": chosen,
            "shown": shown(preview),
        }

    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={"clicks": Input(Ids.START, "n_clicks")},
        state={
            # the controls too: who types and presses at once does not wait for the look
            "options": {"ids": State(option_id(ALL), "id"), "values": State(option_id(ALL), "value")},
            "columns": {"ids": State(column_id(ALL, ALL), "id"), "values": State(column_id(ALL, ALL), "value")},
            "form": {
                "name": State(Ids.NAME, "value"),
                "upload": State(Ids.UPLOAD, "data"),
                "before": State(Ids.CHOSEN, "data"),
                "known": State(Ids.SHOWN, "data"),
            },
        },
        # not the button's own state: it is set when the button is drawn as well, and would let through what still needs a choice
        running=[(Output(Ids.BUSY, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def start(clicks: int | None, options: Controls, columns: Controls, form: dict[str, Any]) -> str:
        if not clicks:
            raise PreventUpdate
        chosen = _chosen(form["before"], form["known"], options, columns)
        dataset, _ = workspace.imports.start(current(), form["upload"], form["name"] or "", chosen)
        set_props(shell.Ids.JOBS_TICK, {"interval": shell.BUSY_MS})
        return f"/data/{dataset.id}"

    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={"clicks": Input(Ids.LOAD_SAMPLE, "n_clicks")},
        running=[(Output(Ids.LOAD_SAMPLE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def load_sample(clicks: int | None) -> str:
        if not clicks:
            raise PreventUpdate
        workspace.sample.load(current())
        set_props(shell.Ids.JOBS_TICK, {"interval": shell.BUSY_MS})
        return "/data"


def _chosen(before: Chosen, known: Chosen, options: Controls, columns: Controls) -> Chosen:
    """*before*, and whatever control shows something else than was *known*."""
    chosen = dict(before)
    shown_options, shown_columns = known.get("options", {}), known.get("columns", {})
    for each, value in zip(options["ids"], options["values"], strict=True):
        if value != control_value(each["name"], shown_options, needs_choice=bool(known.get("needs_choice"))):
            chosen[each["name"]] = option_value(each["name"], value)
    edits = {name: dict(edit) for name, edit in before.get("columns", {}).items()}
    for each, value in zip(columns["ids"], columns["values"], strict=True):
        was = dict(zip(("name", "type"), shown_columns.get(each["column"], ()), strict=False))
        if value != was.get(each["part"], value):
            edits.setdefault(each["column"], {})[each["part"]] = _edit(each["part"], value)
    return {**chosen, "columns": edits} if edits else chosen


def _options(chosen: Chosen) -> Chosen:
    return {name: value for name, value in chosen.items() if name != "columns"}


def _edit(part: str, value: str | None) -> str | None:
    """A blank name is the one that was found; so is a type that the file knows by itself."""
    return value or None if part == "name" or value in CHOICES else None
