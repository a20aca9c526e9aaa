"""The list of dashboards, over the wire."""

from __future__ import annotations

import json

from dash import Input, Output, State

from layouts import shell
from layouts.dashboards import Ids, Shown, layout
from tests.wire import fire

GO = Output(shell.Ids.LOCATION, "href")


def create(client, name, clicks=1):
    return fire(
        client, GO, {Input(Ids.CREATE, "n_clicks"): clicks, State(Ids.NAME, "value"): name, State(Ids.DESCRIPTION, "value"): "Of it all"}
    )


def test_a_new_dashboard_opens_to_be_filled(workspace, dash_for, analyst):
    answer = create(dash_for(analyst), "Overview")
    made = workspace.dashboards.find(analyst)[0]

    assert (made.name, made.description) == ("Overview", "Of it all")
    assert answer["response"][shell.Ids.LOCATION]["href"] == f"/dashboards/{made.id}/edit"


def test_a_dashboard_without_a_name_is_refused_in_words(workspace, dash_for, analyst):
    answer = create(dash_for(analyst), None)

    assert answer["sideUpdate"][shell.Ids.TOAST]["data"]["text"] == "A dashboard needs a name."
    assert workspace.dashboards.find(analyst) == []


def test_a_dialog_that_only_appeared_makes_nothing(workspace, dash_for, analyst):
    assert (create(dash_for(analyst), "Overview", clicks=None), workspace.dashboards.find(analyst)) == ({}, [])


def test_a_viewer_makes_no_dashboard(workspace, dash_for, viewer):
    answer = create(dash_for(viewer), "Mine")

    assert "may not write dashboards" in answer["sideUpdate"][shell.Ids.TOAST]["data"]["text"]
    assert workspace.dashboards.find(viewer) == []


def test_a_search_shows_what_it_finds_or_says_that_there_is_nothing(workspace, dash_for, analyst):
    workspace.dashboards.create(analyst, "Overview")
    client = dash_for(analyst)
    found, nothing = (
        json.dumps(fire(client, Output(Ids.LIST, "children"), {Input(Ids.SEARCH, "value"): text})) for text in ("over", "xyz")
    )

    assert ("Overview" in found, "No dashboard is called" in nothing) == (True, True)


def test_an_empty_workspace_offers_the_first_one_to_those_who_may(workspace, analyst, viewer):
    offered, not_offered = (str(layout(Shown([], who))) for who in (analyst, viewer))

    assert ("Make the first one" in offered, "Make the first one" in not_offered, "No dashboards yet" in not_offered) == (True, False, True)
