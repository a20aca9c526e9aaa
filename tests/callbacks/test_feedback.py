import pytest
from dash import Dash, Input, Output

from core.errors import NotSignedIn
from core.principal import Permission
from layouts import shell
from tests.wire import UPDATE, fire
from web.session import current


def _page(screen: Dash) -> None:
    """A page that counts, breaks, refuses."""

    @screen.callback(Output("try", "children"), Input("try", "n_clicks"))
    def count(clicks: int | None) -> str:
        return f"{(clicks or 0) + 1}"

    @screen.callback(Output("broken", "children"), Input("broken", "n_clicks"))
    def stumble(clicks: int | None) -> str:
        return str(1 // (clicks or 0))

    @screen.callback(Output("private", "children"), Input("private", "n_clicks"))
    def look(clicks: int | None) -> str:
        current().require(Permission.AUDIT_READ)
        return "seen"

    @screen.callback(Output("gone", "children"), Input("gone", "n_clicks"))
    def leave(clicks: int | None) -> str:
        raise NotSignedIn("Sign in to go on.")


def _toast(answer):
    return {name: answer["sideUpdate"][shell.Ids.TOAST]["data"][name] for name in ("kind", "header", "text")}


def test_a_callback_answers_what_it_returns(site, dash_for, viewer):
    _page(site.extensions["dash"])

    assert fire(dash_for(viewer), Output("try", "children"), {Input("try", "n_clicks"): 2})["response"] == {"try": {"children": "3"}}


def test_a_refusal_becomes_a_toast_and_an_audit_row(site, dash_for, viewer, admin, workspace):
    _page(site.extensions["dash"])

    answer = fire(dash_for(viewer), Output("private", "children"), {Input("private", "n_clicks"): 1})

    words = "The role Viewer may not read the audit log. Ask an administrator for another role."
    refusal = workspace.audit_log.find(admin, outcome="refused")[0]
    assert (_toast(answer), refusal.actor, refusal.detail["what"]) == (
        {"kind": "warning", "header": "Not allowed", "text": words},
        viewer.email,
        words,
    )


def test_a_bug_becomes_an_apology_with_the_number_of_the_request(site, dash_for, viewer):
    _page(site.extensions["dash"])

    answer = fire(dash_for(viewer), Output("broken", "children"), {Input("broken", "n_clicks"): 0}, also={"X-Request-ID": "request-0815"})

    assert _toast(answer) == {
        "kind": "critical",
        "header": "Something broke on our side",
        "text": "Nothing was changed. If it happens again, tell your administrator this number: request-0815",
    }


def test_a_session_that_ends_during_a_callback_asks_to_sign_in_again(site, dash_for, viewer):
    _page(site.extensions["dash"])

    answer = fire(dash_for(viewer), Output("gone", "children"), {Input("gone", "n_clicks"): 1})

    assert answer["sideUpdate"] == {shell.Ids.RELOGIN: {"is_open": True}}


def test_a_value_that_the_page_cannot_send_is_refused_in_words(site, dash_for, viewer):
    _page(site.extensions["dash"])

    answer = fire(dash_for(viewer), Output("try", "children"), {Input("try", "n_clicks"): {"$gt": ""}})

    assert _toast(answer)["text"] == "The value of clicks is not one that this page can send. Load the page again."


def test_an_emptied_number_field_is_no_number_and_no_mistake(site, dash_for, viewer):
    _page(site.extensions["dash"])

    assert fire(dash_for(viewer), Output("try", "children"), {Input("try", "n_clicks"): ""})["response"] == {"try": {"children": "1"}}


def test_a_call_of_a_form_that_no_page_has_is_a_bad_request(site, dash_for, viewer):
    _page(site.extensions["dash"])
    client = dash_for(viewer)
    headers = {"X-CSRFToken": client.get_cookie("_csrf_token").value}
    place = {"id": "try", "property": "n_clicks", "value": 1}
    right = {"output": "try.children", "outputs": {"id": "try", "property": "children"}, "inputs": [place], "changedPropIds": []}
    wrong = [
        [], None, {}, {"output": "unknown.children"}, {**right, "inputs": []}, {**right, "inputs": [7]}, {**right, "inputs": "x"},
        {**right, "inputs": [{**place, "id": "other"}]}, {**right, "state": [place]}, {**right, "changedPropIds": [1]},
        {**right, "outputs": "x"},
    ]  # fmt: skip

    assert [client.post(UPDATE, json=body, headers=headers).status_code for body in [right, *wrong]] == [200] + [400] * len(wrong)


@pytest.mark.parametrize("junk", [b"\xff\xfe{", b"[" * 100_000])
def test_junk_that_is_not_json_is_a_bad_request(site, dash_for, viewer, junk):
    client = dash_for(viewer)
    headers = {"X-CSRFToken": client.get_cookie("_csrf_token").value}

    answer = client.post(UPDATE, data=junk, content_type="application/json", headers=headers)

    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
