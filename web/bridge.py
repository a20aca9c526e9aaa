"""The API (ASGI) inside of the pages' server (WSGI): a2wsgi, but for callers who go away in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from a2wsgi import ASGIMiddleware
from a2wsgi.asgi import ASGIResponder
from a2wsgi.wsgi_typing import Environ, StartResponse


class Bridge(ASGIMiddleware):
    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return _Responder(self.app, self.loop, self.wait_time)(environ, start_response)


class _Responder(ASGIResponder):
    _task: asyncio.Task[Any] | None = None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            yield from super().__call__(environ, start_response)
        finally:  # also when the caller stops reading: a download would wait for ever, with its files open
            if self._task:
                self.loop.call_soon_threadsafe(self._task.cancel)

    async def start_asgi_app(self, environ: Environ) -> asyncio.Task[Any]:
        self._task = await super().start_asgi_app(environ)
        return self._task

    async def asgi_receive(self) -> Any:
        """A body that ends too early is a caller who is gone: read on, it would give nothing for ever, at full speed."""
        message: Any = await super().asgi_receive()
        if message.get("more_body") and not message["body"]:
            return {"type": "http.disconnect"}
        return message
