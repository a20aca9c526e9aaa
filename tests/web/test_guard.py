import pytest

from layouts import shell
from tests.wire import UPDATE

PAGES = ("/", "/data", "/gallery", "/data/1/profile", "/no-such-page", "/login-not", "/setup/", "/invitation/x/y", "/healthz/x")


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(site, path):
    wanted = {"/": "/login"}.get(path, f"/login?next={path.replace('/', '%2F')}")

    assert site.test_client().get(path).headers["Location"] == wanted


@pytest.mark.parametrize("path", ["/_dash-layout", "/_dash-dependencies", "/_reload-hash", "/_favicon.ico"])
def test_nothing_of_dash_answers_strangers(site, path):
    assert site.test_client().get(path).status_code == 401


def test_a_callback_of_an_ended_session_opens_the_sign_in_dialog(site):
    assert site.test_client().post(UPDATE, json={}).json == {
        "multi": True,
        "response": {},
        "sideUpdate": {shell.Ids.RELOGIN: {"is_open": True}},
    }


@pytest.mark.parametrize("token", ["", "wrong", "ä"])
def test_a_callback_without_the_token_of_the_session_is_refused_and_written_down(dash_for, admin, workspace, token):
    answer = dash_for(admin).post(UPDATE, json={}, headers={"X-CSRFToken": token})

    assert (answer.status_code, workspace.audit_log.find(admin, outcome="refused")[0].actor) == (403, admin.email)


def test_uploads_of_strangers_are_turned_away(site):
    assert site.test_client().post("/upload?name=a.csv", data=b"a,b\n1,2\n").status_code == 401


def test_signing_in_again_is_possible_when_even_the_cookie_is_gone(site):
    client = site.test_client()

    client.post(UPDATE, json={})

    assert len(client.get_cookie("_csrf_token").value) > 30


def test_health_answers_everybody_and_sets_no_cookie(site):
    client = site.test_client()

    answers = [client.get(path) for path in ("/healthz", "/readyz")]

    assert [(each.status_code, each.headers.getlist("Set-Cookie")) for each in answers] == [(200, []), (200, [])]


def test_readiness_names_what_is_checked(site):
    answer = site.test_client().get("/readyz").json

    assert (answer["status"], sorted(answer["checks"]), all(check["ok"] for check in answer["checks"].values())) == (
        "ready",
        ["database", "disk", "storage"],
        True,
    )


def test_crawlers_are_asked_to_stay_out(site):
    assert site.test_client().get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


def test_the_icon_is_there_for_browsers_that_guess_its_address(site):
    assert site.test_client().get("/favicon.ico", follow_redirects=True).mimetype == "image/svg+xml"


def test_an_unknown_method_is_answered_in_words(site, dash_for, viewer):
    answer = dash_for(viewer).put("/login", headers={"X-CSRFToken": "x"})

    assert answer.status_code in (403, 405)


def test_a_bug_in_a_page_is_an_apology_with_the_number_of_the_request(site, dash_for, viewer):
    site.view_functions["alive"] = lambda: 1 // 0

    answer = dash_for(viewer).get("/healthz", headers={"X-Request-ID": "request-0815"})

    assert (answer.status_code, "request-0815" in answer.text, "ZeroDivision" in answer.text) == (500, True, False)
