"""The API within the pages' server, and callers who go away in the middle."""

import asyncio
import io
import threading

from werkzeug.test import EnvironBuilder, run_wsgi_app

from web.bridge import Bridge


async def endless(scope, receive, send):
    try:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"row\n", "more_body": True})
    finally:
        scope["wsgi_environ"]["test.over"].set()


def test_a_download_ends_when_its_reader_is_gone():
    environ = EnvironBuilder().get_environ() | {"test.over": threading.Event()}
    body, _, _ = run_wsgi_app(Bridge(endless), environ)

    next(iter(body))
    body.close()

    assert environ["test.over"].wait(10)


async def until_the_end(scope, receive, send):
    seen = []
    while not seen or seen[-1].get("more_body"):
        seen.append(await receive())
        await asyncio.sleep(0)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": " ".join(each["type"] for each in seen).encode()})


def test_a_body_that_ends_too_early_is_a_caller_who_is_gone():
    environ = EnvironBuilder(method="POST").get_environ() | {"wsgi.input": io.BytesIO(b"half"), "CONTENT_LENGTH": "8"}

    body, _, _ = run_wsgi_app(Bridge(until_the_end), environ)

    assert b"".join(body) == b"http.request http.disconnect"


def test_a_whole_body_arrives_whole():
    environ = EnvironBuilder(method="POST").get_environ() | {"wsgi.input": io.BytesIO(b"x" * 200_000), "CONTENT_LENGTH": "200000"}

    body, _, _ = run_wsgi_app(Bridge(until_the_end), environ)

    assert b"".join(body) == b"http.request http.request http.request http.request"


def test_an_address_that_is_no_text_is_refused_in_words(site):
    answers = [site.test_client().get(environ_overrides={"PATH_INFO": path}) for path in ("/\xff", "/api/v1/models/\xff")]

    assert [(each.status_code, each.mimetype) for each in answers] == [(400, "application/problem+json")] * 2
