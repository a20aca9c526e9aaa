"""The page of people, over the wire."""

from __future__ import annotations

import re

import pytest
from dash import Input, Output, State

from core.errors import NotFound
from core.principal import Role
from layouts import shell
from layouts.people import Ids, act_id, ask_id
from tests.wire import fire

CHANGED = Output(Ids.CHANGED, "data")
YES = Input(f"{Ids.DEACTIVATE}-confirm-yes", "n_clicks")


def invite(client, email, role="analyst"):
    given = {Input(Ids.INVITE, "n_clicks"): 1, State(Ids.EMAIL, "value"): email, State(Ids.ROLE, "value"): role}
    return fire(client, Output(Ids.INVITED, "children"), given)


def press(client, verb, subject, clicks=1):
    return fire(client, CHANGED, {Input(act_id(verb, subject), "n_clicks"): clicks})


def toast(answer):
    data = answer["sideUpdate"][shell.Ids.TOAST]["data"]
    return data["kind"], data["text"]


def listed(client):
    return str(fire(client, Output(Ids.LIST, "children"), {Input(Ids.CHANGED, "data"): ["x"]})["response"])


def test_the_page_is_for_administrators(dash_for, scientist, workspace, admin) -> None:
    answer = dash_for(scientist).get("/admin/people")

    assert answer.status_code == 403
    assert "may not manage accounts" in str(fire(dash_for(scientist), Output(Ids.LIST, "children"), {Input(Ids.CHANGED, "data"): 1}))


def test_an_invitation_is_a_link_that_lets_somebody_in(dash_for, site, admin, workspace) -> None:
    answer = invite(dash_for(admin), "bob@example.com", "viewer")
    [token] = re.findall(r"http://localhost/invitation/([\w-]+)", str(answer))

    assert workspace.accounts.invitation(token).role is Role.VIEWER
    assert site.test_client().get(f"/invitation/{token}").status_code == 200
    assert "bob@example.com" in listed(dash_for(admin))


def test_an_invitation_is_withdrawn(dash_for, admin, workspace) -> None:
    invitation, token = workspace.accounts.invite(admin, "bob@example.com", "viewer")

    press(dash_for(admin), "withdraw", invitation.id)

    with pytest.raises(NotFound):
        workspace.accounts.invitation(token)


def test_what_is_no_address_is_said_in_a_toast(dash_for, admin) -> None:
    assert toast(invite(dash_for(admin), None)) == ("warning", "Enter an e-mail address, such as ada@example.com.")


def test_a_person_gets_another_role(dash_for, admin, viewer, workspace) -> None:
    answer = press(dash_for(admin), "data_scientist", viewer.user_id)

    assert toast(answer) == ("positive", "Viewer now has the role data scientist.")
    assert {person.id: person.role for person in workspace.accounts.find(admin)}[viewer.user_id] is Role.DATA_SCIENTIST


def test_somebody_is_deactivated_after_a_question_and_activated_again(dash_for, admin, viewer, workspace) -> None:
    client = dash_for(admin)
    asked = fire(client, Output(Ids.CHOSEN, "data"), {Input(ask_id(viewer.user_id), "n_clicks"): 1})["response"]

    answer = fire(client, CHANGED, {YES: 1, State(Ids.CHOSEN, "data"): asked[Ids.CHOSEN]["data"]})

    assert asked[f"{Ids.DEACTIVATE}-confirm"] == {"is_open": True}
    assert asked[Ids.DEACTIVATE_TEXT]["children"].startswith("Viewer (viewer@example.com) is signed out everywhere")
    assert toast(answer) == ("neutral", "Viewer is signed out everywhere.")
    assert "Deactivated" in listed(client)
    press(client, "activate", viewer.user_id)
    assert "Deactivated" not in listed(client)


def test_the_last_administrator_is_told_why_not(dash_for, admin) -> None:
    assert toast(press(dash_for(admin), "viewer", admin.user_id))[1].startswith("Admin is the last active administrator.")


def test_nothing_happens_without_a_press_or_to_nobody(dash_for, admin) -> None:
    client = dash_for(admin)

    assert press(client, "viewer", 1, clicks=None) == {}
    assert fire(client, CHANGED, {YES: 1}) == {}
    assert toast(fire(client, Output(Ids.CHOSEN, "data"), {Input(ask_id(99), "n_clicks"): 1}))[1] == "There is no such person."
    assert toast(press(client, "viewer", "x"))[1] == "There is no such person."


def test_a_role_that_does_not_exist_is_refused(dash_for, admin) -> None:
    assert toast(press(dash_for(admin), "king", 1))[1].startswith("There is no role 'king'.")
