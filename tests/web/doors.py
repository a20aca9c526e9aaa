"""Forms as a browser fills them in."""

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def fill_in(client: FlaskClient, path: str, post_to: str = "", **values: str) -> TestResponse:
    """Opens the page at *path*, and sends its form with *values*."""
    page = client.get(path).text
    given = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    return client.post(post_to or path.split("?", maxsplit=1)[0], data={**given, **values})
