import re

import pytest

from core.principal import Role
from tests.web.doors import fill_in
from web.sign_in import local

PASSWORD = "correct horse battery"


@pytest.fixture
def ada(workspace, admin):
    return workspace.accounts.create(admin, "ada@example.com", "Ada", Role.ANALYST, PASSWORD)


def _cookies(response):
    return {each.split("=")[0]: each for each in response.headers.getlist("Set-Cookie")}


def test_the_right_password_opens_the_page_that_was_asked_for(site, ada):
    answer = fill_in(site.test_client(), "/login?next=/data%3Fsearch%3Dx", email="Ada@Example.com", password=PASSWORD)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/data?search=x")


def test_a_signed_in_person_does_not_see_the_sign_in_page_again(site, dash_for, viewer):
    assert dash_for(viewer).get("/login?next=/data").headers["Location"] == "/data"


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil",
        "javascript:alert(1)",
        "",
        "/\t/evil.example",
        "x",
        "//[evil",
        "http://[evil",
    ],
)
def test_next_stays_on_this_server(address):
    assert local(address) == "/"


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(site, ada):
    def said(email: str) -> tuple[int, str]:
        answer = fill_in(site.test_client(), "/login", email=email, password="wrong password")
        return answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)

    assert said("ada@example.com") == said("nobody@example.com")


def test_what_was_typed_stays_but_for_the_password(site, ada):
    page = fill_in(site.test_client(), "/login?next=/data", email="ada@example.com", password="wrong password").text

    assert ('value="ada@example.com"' in page, 'value="/data"' in page, "wrong password" in page) == (True, True, False)


def test_twenty_wrong_tries_are_enough_and_other_accounts_go_on(site, ada, workspace, admin):
    workspace.accounts.create(admin, "bob@example.com", "Bob", Role.VIEWER, PASSWORD)
    client = site.test_client()
    for _ in range(20):
        fill_in(client, "/login", email="ada@example.com", password="wrong password")

    throttled = fill_in(client, "/login", email="ada@example.com", password=PASSWORD)
    other = fill_in(site.test_client(), "/login", email="bob@example.com", password=PASSWORD)

    assert (throttled.status_code, int(throttled.headers["Retry-After"]) > 0, other.status_code) == (429, True, 303)


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(site, ada):
    cookies = _cookies(fill_in(site.test_client(), "/login", email="ada@example.com", password=PASSWORD))

    assert [flag in cookies["session"] for flag in ("HttpOnly", "SameSite=Lax", "Secure")] == [True, True, False]


def test_signing_in_begins_a_session_under_a_new_name(site, ada):
    client = site.test_client()
    client.get("/login")
    before = client.get_cookie("session").value
    fill_in(client, "/login", email="ada@example.com", password=PASSWORD)
    with client.session_transaction() as session:
        kept = dict(session)

    client.set_cookie("session", before)

    assert (client.get("/data").status_code, sorted(kept)) == (302, ["_fresh", "_id", "_permanent", "_user_id", "csrf_token"])


def test_a_form_without_the_token_of_its_session_is_refused(site, ada):
    client = site.test_client()
    client.get("/login")

    answer = client.post("/login", data={"email": "ada@example.com", "password": PASSWORD})

    assert (answer.status_code, "out of date" in answer.text) == (403, True)


def test_signing_out_ends_the_session_on_the_server_too(site, ada):
    client = site.test_client()
    fill_in(client, "/login", email="ada@example.com", password=PASSWORD)
    stolen = client.get_cookie("session").value
    token = client.get_cookie("_csrf_token").value

    left = client.post("/logout", data={"csrf_token": token})
    client.set_cookie("session", stolen)

    assert (left.headers["Location"], client.get("/").headers["Location"]) == ("/login", "/login")


def test_a_deactivated_person_is_out_at_once(site, ada, workspace, admin):
    client = site.test_client()
    fill_in(client, "/login", email="ada@example.com", password=PASSWORD)

    workspace.accounts.deactivate(admin, ada.id)

    assert client.get("/").headers["Location"] == "/login"


def test_the_dialog_of_an_ended_session_signs_in_without_leaving_the_page(site, ada):
    client = site.test_client()
    client.post("/_dash-update-component", json={})
    headers = {"Accept": "application/json", "X-CSRFToken": client.get_cookie("_csrf_token").value}

    wrong = client.post("/login", data={"email": "ada@example.com", "password": "wrong password"}, headers=headers)
    right = client.post("/login", data={"email": "ada@example.com", "password": PASSWORD}, headers=headers)

    assert (wrong.status_code, wrong.json["title"], right.status_code, right.json) == (401, "Sign in first", 200, {"user_id": ada.id})


def test_an_invitation_makes_an_account_once(site, workspace, admin):
    _, token = workspace.accounts.invite(admin, "eve@example.com", Role.VIEWER)
    client = site.test_client()

    greeting = client.get(f"/invitation/{token}").text
    short = fill_in(client, f"/invitation/{token}", name="Eve", password="short")
    joined = fill_in(client, f"/invitation/{token}", name="Eve", password=PASSWORD)
    again = site.test_client().get(f"/invitation/{token}")

    assert ("eve@example.com" in greeting, short.status_code, joined.status_code, again.status_code) == (True, 422, 303, 404)


class TestAnEmptyWorkspace:
    @pytest.fixture(autouse=True)
    def empty(self, database):
        from sqlalchemy import delete

        from db.rows import UserRow

        with database.transaction() as session:
            session.execute(delete(UserRow))

    def test_sends_everybody_to_its_set_up(self, site):
        assert site.test_client().get("/login").headers["Location"] == "/setup"

    def test_takes_the_code_from_the_console_once(self, site, workspace):
        code = workspace.accounts.new_setup_code()
        form = {"code": code, "email": "ada@example.com", "name": "Ada", "password": PASSWORD}
        late = site.test_client()
        late.get("/setup")
        with late.session_transaction() as session:
            token = session["csrf_token"]

        wrong = fill_in(site.test_client(), "/setup", **form | {"code": "WRONG"})
        first = fill_in(site.test_client(), "/setup", **form)
        second = late.post("/setup", data=form | {"email": "eve@example.com", "csrf_token": token})

        assert (wrong.status_code, first.status_code, second.status_code) == (403, 303, 409)

    def test_says_which_field_was_wrong(self, site, workspace):
        code = workspace.accounts.new_setup_code()

        page = fill_in(site.test_client(), "/setup", code=code, email="ada", name="Ada", password=PASSWORD)

        assert (page.status_code, 'id="email-note"' in page.text) == (422, True)


def test_the_sign_in_page_is_light_and_needs_no_dash(site):
    client = site.test_client()
    page = client.get("/login")
    files = re.findall(r'(?:href|src)="([^"]+)"', page.text)

    sizes = {file: len(client.get(file, headers={"Accept-Encoding": "br"}).data) for file in files}

    assert (sum(sizes.values()) + len(page.data) <= 100_000, [file for file in files if "dash" in file], len(sizes)) == (True, [], 3)
