"""The account page, over the wire."""

from __future__ import annotations

import pytest
from dash import Input, Output, State

from core.errors import NotSignedIn
from core.operations import passwords
from db.rows import UserRow
from layouts import shell
from layouts.account import Ids, device
from tests.wire import fire

PASSWORD = "correct horse battery"
YES = Input(f"{Ids.SIGN_OUT}-confirm-yes", "n_clicks")


@pytest.fixture(autouse=True)
def password(database, analyst):
    with database.transaction() as session:
        session.get_one(UserRow, analyst.user_id).password_hash = passwords.hashed(PASSWORD)


def toast(answer):
    data = answer["sideUpdate"][shell.Ids.TOAST]["data"]
    return data["kind"], data["text"]


def change_password(client, old, new):
    given = {Input(Ids.SAVE_PASSWORD, "n_clicks"): 1, State(Ids.OLD_PASSWORD, "value"): old, State(Ids.NEW_PASSWORD, "value"): new}
    return fire(client, Output(Ids.NEW_PASSWORD, "value"), given)


def test_a_name_is_changed_and_tidied(dash_for, workspace, analyst) -> None:
    given = {Input(Ids.SAVE_NAME, "n_clicks"): 1, State(Ids.NAME, "value"): "  Ada   Lovelace "}
    answer = fire(dash_for(analyst), Output(Ids.NAME, "value"), given)

    assert (answer["response"][Ids.NAME]["value"], toast(answer)) == (
        "Ada Lovelace", ("positive", "Others see you as Ada Lovelace from now on."),
    )  # fmt: skip


def test_a_password_is_changed_and_the_fields_are_emptied(dash_for, workspace, analyst) -> None:
    client = dash_for(analyst)

    answer = change_password(client, PASSWORD, "another long phrase")

    assert answer["response"] == {Ids.OLD_PASSWORD: {"value": ""}, Ids.NEW_PASSWORD: {"value": ""}}
    assert workspace.accounts.sign_in(analyst.email, "another long phrase").principal.user_id == analyst.user_id
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("not it", "another long phrase", "The present password is wrong."),
        (PASSWORD, None, "The password needs at least 10 characters."),
    ],
)
def test_why_a_password_was_not_changed_is_a_toast(dash_for, analyst, old, new, words) -> None:
    assert toast(change_password(dash_for(analyst), old, new)) == ("warning", words)


def test_signing_out_everywhere_ends_this_browser_too_and_leads_to_the_sign_in_page(dash_for, workspace, analyst) -> None:
    client, other = dash_for(analyst), dash_for(analyst)
    tokens = workspace.tokens.issue(analyst.email, PASSWORD)

    answer = fire(client, Output(Ids.LEAVE, "children"), {YES: 1})

    assert "'href': '/login'" in str(answer["response"])
    assert [each.get("/account").status_code for each in (client, other)] == [302, 302]
    with pytest.raises(NotSignedIn):
        workspace.tokens.principal_of(tokens.access_token)


def test_the_question_alone_signs_nobody_out(dash_for, analyst) -> None:
    client = dash_for(analyst)

    assert fire(client, Output(Ids.LEAVE, "children"), {YES: None}) == {}
    assert client.get("/account").status_code == 200


def test_the_page_says_where_one_is_signed_in(dash_for, analyst) -> None:
    client = dash_for(analyst)
    dash_for(analyst)

    layout = client.get("/_dash-layout", headers={"Referer": "http://localhost/account"}).text

    assert (layout.count('"This browser"'), layout.count('"Unknown browser"')) == (1, 2)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36", "Chrome on Android"),
        ("nonesuch", "nonesuch"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_told_by_its_name(agent, words) -> None:
    assert device(agent) == words
