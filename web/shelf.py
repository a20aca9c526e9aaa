"""Files that browsers may keep: our assets and Dash's bundles, fingerprinted, compressed beforehand, immutable.

An address is ``/assets/<path>?v=<fingerprint>`` or Dash's own fingerprinted one. With the right fingerprint the browser
never asks again; without one it asks each time and mostly hears "not modified".
"""

from __future__ import annotations

import hashlib
import mimetypes
import posixpath
import re
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from web.compression import WORTH_IT, accepted, squeeze

ASSETS = "/assets/"
SUITES = "/_dash-component-suites/"
_FOR_EVER = "public, max-age=31536000, immutable"
_PACKABLE = (".js", ".css", ".svg", ".json", ".html", ".map", ".txt", ".webmanifest")
_DASH_FINGERPRINT = re.compile(r"\.v[\w-]+m\d+\.")
_CSS_URL = re.compile(rb"""url\(["']?([\w./@-]+)["']?\)""")
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")


@dataclass(slots=True)
class Item:
    """One file in memory, with the forms it has been packed into so far."""

    name: str
    content: bytes
    fingerprint: str = ""
    packed: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fingerprint = hashlib.sha256(self.content).hexdigest()[:16]

    @property
    def type(self) -> str:
        guessed = mimetypes.guess_type(self.name)[0] or "application/octet-stream"
        return f"{guessed}; charset=utf-8" if guessed.startswith("text/") or guessed.endswith("json") else guessed

    @property
    def is_packable(self) -> bool:
        return self.name.endswith(_PACKABLE) and len(self.content) >= WORTH_IT


class Shelf:
    """The files below *folder*, Dash's registered bundles, and *joined* files: addresses and those of the files they are made of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.joined: dict[str, Sequence[str]] = {}
        self.registered: Mapping[str, Iterable[str]] = {}
        self._items: dict[str, Item] = {}
        self._lock = threading.Lock()

    def url(self, path: str) -> str:
        """The address under which the file at *path* may be kept for ever. Raises KeyError when there is no such file."""
        item = self.item(path)
        if item is None:
            raise KeyError(path)
        return f"{path}?v={item.fingerprint}"

    def item(self, path: str) -> Item | None:
        """The file at *path*, from then on kept in memory."""
        if path not in self._items:
            content = self._content(path)
            if content is None:
                return None
            with self._lock:
                self._items.setdefault(path, Item(path, content))
        return self._items[path]

    def body(self, item: Item, encoding: str) -> bytes:
        """*item* in that encoding, packed at the first need: the largest takes 0.15 s at this setting, 4 s at the next."""
        if not encoding:
            return item.content
        if encoding not in item.packed:
            item.packed[encoding] = squeeze(encoding, item.content, thoroughly=True)
        return item.packed[encoding]

    def warm(self, paths: Iterable[str]) -> None:
        """Packs the files at *paths* before anybody waits for them."""
        for item in filter(None, map(self.item, paths)):
            if item.is_packable:
                self.body(item, "br")

    def _content(self, path: str) -> bytes | None:
        content = self._raw(path)
        if content is None or not path.startswith(ASSETS) or not path.endswith(".css"):
            return content
        return _CSS_URL.sub(lambda hit: self._fingerprinted(hit, path), content)

    def _fingerprinted(self, hit: re.Match[bytes], path: str) -> bytes:
        """A reference of the style sheet at *path* to another file, with that file's fingerprint."""
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), hit[1].decode()))
        item = self.item(target) if target.startswith(ASSETS) else None
        return f'url("{target}?v={item.fingerprint}")'.encode() if item else hit[0]

    def _raw(self, path: str) -> bytes | None:
        if path in self.joined:
            return b"\n".join(self._raw(part) or b"" for part in self.joined[path])
        if path.startswith(SUITES):
            return self._suite(path.removeprefix(SUITES))
        file = (self.folder / path.removeprefix(ASSETS)).resolve()
        return file.read_bytes() if file.is_file() and file.is_relative_to(self.folder.resolve()) else None

    def _suite(self, path: str) -> bytes | None:
        """A bundle of a Dash component package, if Dash has registered it."""
        namespace, _, name = path.partition("/")
        name = _DASH_FINGERPRINT.sub(".", name, count=1)
        module = sys.modules.get(namespace)
        if module is None or name not in self.registered.get(namespace, ()):
            return None
        file = Path(str(module.__file__)).parent / name
        return file.read_bytes() if file.is_file() else None


class Served:
    """WSGI: answers for files from the *shelf*, everything else goes to *app*."""

    def __init__(self, app: WSGIApplication, shelf: Shelf) -> None:
        self.app = app
        self.shelf = shelf

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith((ASSETS, SUITES)):
            return self.app(environ, start_response)
        item = self.shelf.item(path) if environ["REQUEST_METHOD"] in ("GET", "HEAD") else None
        if item is None:
            start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "0")])
            return []
        return self._file(item, environ, start_response)

    def _file(self, item: Item, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        encoding = accepted(environ.get("HTTP_ACCEPT_ENCODING", "")) if item.is_packable else ""
        version = parse_qs(environ.get("QUERY_STRING", "")).get("v", [""])[0]
        is_exact = version == item.fingerprint or bool(_DASH_FINGERPRINT.search(item.name))
        tag = f'"{item.fingerprint}{encoding and "-" + encoding}"'
        headers = [("ETag", tag), ("Vary", "Accept-Encoding"), ("Cache-Control", _FOR_EVER if is_exact else "no-cache")]
        if environ.get("HTTP_IF_NONE_MATCH", "").removeprefix("W/") == tag:
            start_response("304 Not Modified", headers)
            return []
        body = self.shelf.body(item, encoding)
        headers += [("Content-Type", item.type), ("Content-Length", str(len(body))), ("Content-Encoding", encoding or "identity")]
        start_response("200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
