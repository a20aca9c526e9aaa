import asyncio
import gzip
import json
from dataclasses import replace

import brotli
import pytest

import app
from core.operations.audit import ORIGIN
from web.compression import accepted
from web.outer import AsgiOuter
from web.policy import Policy, host_name

FIXED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}
EVERYWHERE = ("/login", "/", "/healthz", "/assets/app.css", "/assets/none.css", "/_dash-layout")


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_carries_the_headers(site, path):
    headers = site.test_client().get(path).headers

    assert {name: headers.get(name) for name in FIXED} == FIXED


def test_scripts_come_from_here_alone_and_inline_ones_by_their_hash(site):
    policy = site.test_client().get("/login").headers["Content-Security-Policy"]
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))

    assert (script.split()[:2], script.split()[2].startswith("'sha256-"), "unsafe-eval" in policy) == (
        ["script-src", "'self'"],
        True,
        False,
    )


def test_answers_are_not_kept_but_by_fingerprint(site):
    assert site.test_client().get("/login").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("offered", "kept"), [("request-0815", True), ("short", False), ("a b\nc: d", False), ("x" * 65, False)])
def test_a_request_keeps_the_id_it_came_with_when_it_looks_like_one(site, offered, kept):
    answer = site.test_client().get("/healthz", headers={"X-Request-ID": offered.replace("\n", " ")})

    assert (answer.headers["X-Request-ID"] == offered) is kept


def test_a_server_that_knows_its_names_answers_to_no_other(workspace):
    site = app.build(replace(workspace, settings=replace(workspace.settings, allowed_hosts=("data.example.org",))))
    client = site.test_client()

    statuses = [
        client.get("/login", headers={"Host": host}).status_code for host in ("data.example.org", "Data.example.org:443", "evil.example")
    ]
    probes = [client.get(path, headers={"Host": "127.0.0.1:8050"}).status_code for path in ("/healthz", "/readyz")]

    assert (statuses, probes) == ([200, 200, 400], [200, 200])


def test_under_https_cookies_and_browsers_are_told_so(workspace):
    client = app.build(replace(workspace, settings=replace(workspace.settings, force_https=True))).test_client()

    answer = client.get("/login")

    assert (answer.headers["Strict-Transport-Security"], all("Secure" in each for each in answer.headers.getlist("Set-Cookie"))) == (
        "max-age=31536000; includeSubDomains",
        True,
    )


@pytest.mark.parametrize(("scheme", "marked"), [("https", True), ("http", False)])
def test_behind_a_proxy_that_speaks_https_cookies_are_marked_for_it(workspace, scheme, marked):
    client = app.build(replace(workspace, settings=replace(workspace.settings, trust_proxy=True))).test_client()

    cookies = client.get("/login", headers={"X-Forwarded-Proto": scheme}).headers.getlist("Set-Cookie")

    assert ["; Secure" in each for each in cookies] == [marked, marked]


def test_behind_a_proxy_the_address_is_the_one_it_names(workspace):
    site = app.build(replace(workspace, settings=replace(workspace.settings, trust_proxy=True)))
    seen = []
    site.view_functions["alive"] = lambda: seen.append(ORIGIN.get().address) or ""

    site.test_client().get("/healthz", headers={"X-Forwarded-For": "10.0.0.7, 203.0.113.9"})

    assert seen == ["203.0.113.9"]


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/login", "9000000", 413),
        ("/login", "12x", 400),
        ("/upload", "9000000", 401),
        ("/upload", "3000000000", 413),
        ("/api/v1/datasets", "3000000000", 413),
    ],
)
def test_a_body_over_the_limit_is_turned_away_before_it_is_read(site, path, length, status):
    answer = site.test_client().post(path, environ_overrides={"CONTENT_LENGTH": length})

    assert answer.status_code == status


def test_a_body_of_unknown_length_is_asked_for_its_length(site):
    answer = site.test_client().post("/login", headers={"Transfer-Encoding": "chunked"})

    assert (answer.status_code, answer.json["title"]) == (411, "Length Required")


def test_a_length_beside_a_body_in_pieces_does_not_count(workspace):
    policy = Policy.of(workspace.settings)

    assert policy.refusal(host="x", path="/api/v1/datasets", length="5", chunked=True).status == 411


def test_texts_are_compressed_as_the_browser_likes_it_best(site, dash_for, viewer):
    client = dash_for(viewer)
    plain = client.get("/").data

    packed = client.get("/", headers={"Accept-Encoding": "gzip, br;q=0.9"})

    assert (packed.headers["Content-Encoding"], abs(len(brotli.decompress(packed.data)) - len(plain)) < 50) == ("br", True)


def test_a_page_that_holds_a_token_beside_what_was_typed_is_not_compressed(site):
    assert site.test_client().get("/login", headers={"Accept-Encoding": "br"}).headers["Content-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("header", "chosen"), [("br, gzip", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("", ""), ("identity", ""), ("BR", "br")]
)
def test_the_encoding_is_one_that_the_browser_takes(header, chosen):
    assert accepted(header) == chosen


@pytest.mark.parametrize(("host", "name"), [("Example.org:80", "example.org"), ("[::1]:80", "[::1]"), ("localhost", "localhost")])
def test_a_host_is_compared_without_its_port(host, name):
    assert host_name(host) == name


class TestFiles:
    def test_are_kept_for_ever_by_their_fingerprint(self, site):
        shelf = site.extensions["shelf"]
        client = site.test_client()

        urls = (shelf.url("/assets/app.css"), "/assets/app.css", "/assets/app.css?v=old")
        kept = [client.get(url).headers["Cache-Control"] for url in urls]

        assert kept == ["public, max-age=31536000, immutable", "no-cache", "no-cache"]

    def test_are_not_sent_again_when_nothing_changed(self, site):
        client = site.test_client()
        tag = client.get("/assets/app.css").headers["ETag"]

        again = client.get("/assets/app.css", headers={"If-None-Match": tag})

        assert (again.status_code, again.data) == (304, b"")

    @pytest.mark.parametrize(("encoding", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
    def test_are_sent_packed(self, site, encoding, unpack):
        client = site.test_client()

        packed = client.get("/assets/app.css", headers={"Accept-Encoding": encoding})

        assert unpack(packed.data) == client.get("/assets/app.css").data

    def test_of_dash_are_served_like_our_own(self, site):
        client = site.test_client()
        url = site.extensions["dash"].prepare()["base"][0]

        answer = client.get(url)

        assert (answer.status_code, "immutable" in answer.headers["Cache-Control"], answer.mimetype) == (200, True, "text/javascript")

    @pytest.mark.parametrize(
        "path",
        [
            "/assets/../app.py",
            "/assets/%2e%2e/app.py",
            "/assets//etc/passwd",
            "/_dash-component-suites/dash/dash.py",
            "/_dash-component-suites/os/os.py",
        ],
    )
    def test_end_at_their_folder(self, site, path):
        assert site.test_client().get(path).status_code in (302, 401, 404)

    def test_are_only_read(self, site):
        assert site.test_client().post("/assets/app.css").status_code == 404

    def test_that_style_sheets_name_carry_their_fingerprint_too(self, site):
        shelf = site.extensions["shelf"]

        assert shelf.url("/assets/fonts/inter-latin-wght-normal.woff2") in site.test_client().get(shelf.url("/assets/entry.css")).text

    def test_answer_to_head_without_a_body(self, site):
        answer = site.test_client().head("/assets/app.css")

        assert (answer.status_code, answer.data, int(answer.headers["Content-Length"]) > 100_000) == (200, b"", True)


class TestTheApiAlone:
    """web.outer.AsgiOuter around an ASGI application."""

    @pytest.fixture
    def ask(self, settings):
        seen = []

        async def echo(scope, receive, send):
            seen.append(ORIGIN.get())
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"hello"})

        def ask(path="/api/v1/datasets", settings=settings, **headers):
            sent = []
            scope = {
                "type": "http", "method": "POST", "path": path, "client": ("192.0.2.1", 5), "scheme": "http", "query_string": b"",
                "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
            }  # fmt: skip

            async def send(message):
                sent.append(message)

            asyncio.run(AsgiOuter(echo, settings)(scope, None, send))
            return sent[0]["status"], {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}, sent[1]["body"], seen

        return ask

    def test_carries_the_same_headers(self, ask, settings):
        status, headers, body, seen = ask(x_request_id="request-0815")

        expected = {name.lower(): value for name, value in Policy.of(settings).headers}
        assert (status, body, {name: headers[name] for name in expected}, headers["x-request-id"], seen[0].request_id, seen[0].address) == (
            200, b"hello", expected, "request-0815", "request-0815", "192.0.2.1",
        )  # fmt: skip

    def test_turns_away_what_is_too_large(self, ask):
        status, _, body, seen = ask(content_length="9000000000")

        assert (status, json.loads(body)["status"], seen) == (413, 413, [])

    def test_believes_a_proxy_when_told_to(self, ask, settings):
        *_, seen = ask(settings=replace(settings, trust_proxy=True), x_forwarded_for="10.0.0.1, 203.0.113.9")

        assert seen[0].address == "203.0.113.9"

    def test_leaves_other_protocols_alone(self, settings):
        seen = []

        async def remember(scope, receive, send):
            seen.append(scope["type"])

        asyncio.run(AsgiOuter(remember, settings)({"type": "lifespan"}, None, None))

        assert seen == ["lifespan"]
