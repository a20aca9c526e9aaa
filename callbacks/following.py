"""Dash's background callbacks, for those that only watch a job.

Dash's own manager forks the web worker for each call: the fork would inherit its sockets and the locks of its threads, and
outlive a killed server with the port in its hands. Watching means looking at a row twice a second, for which a thread does. It
ends when its page no longer asks for progress, so a closed tab leaves nothing behind.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dash import DiskcacheManager
from dash.background_callback.managers import BaseBackgroundCallbackManager
from diskcache import Cache

from core.principal import Principal
from web.session import current

LOOK_S = 0.5
GONE_S = 15.0  # a page that has not asked for that long is closed
KEPT_S = 600


@dataclass(slots=True)
class Follower:
    """The call that this thread runs: *who* asked for it, and whether anybody still waits for it."""

    who: Principal
    manager: Followers
    key: str
    job: int
    _began: float = field(default_factory=time.time)

    def goes_on(self) -> bool:
        """Waits a moment; False when the callback was cancelled or its page is gone."""
        time.sleep(LOOK_S)
        kept = self.manager.handle
        kept.set(f"{self.job}-alive", value=True, expire=GONE_S)
        asked = kept.get(f"{self.key}-asked", self._began)
        return not kept.get(f"{self.job}-stop") and time.time() - asked < GONE_S


FOLLOWER: ContextVar[Follower] = ContextVar("follower")


class Followers(DiskcacheManager):
    """Keeps progress and results where all web workers find them; the calls themselves are threads of the one that was asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Cache(str(folder), size_limit=50_000_000))  # type: ignore[no-untyped-call]  # Dash is half typed

    def leave_registry(self) -> None:
        """Dash keeps every manager and function of the process for ever and lets each manager run the functions of all sites:
        once its own callbacks are registered, this one leaves."""
        BaseBackgroundCallbackManager.managers.remove(self)
        BaseBackgroundCallbackManager.functions.clear()

    def call_job_fn(self, key: str, job_fn: Callable[..., None], args: Any, context: Mapping[str, Any]) -> int:
        progress_key = f"{key}-progress"  # where Dash looks for it
        follower = Follower(current(), self, key, secrets.randbelow(2**48))
        self.handle.set(f"{follower.job}-alive", value=True, expire=GONE_S)

        def work() -> None:
            FOLLOWER.set(follower)
            job_fn(key, progress_key, args, context)
            self.handle.close()  # this thread's connection; that it was alive expires by itself, so that its result is still fetched

        threading.Thread(target=work, name="follower", daemon=True).start()
        return follower.job

    def get_progress(self, key: str) -> Any:
        self.handle.set(f"{key}-asked", time.time(), expire=KEPT_S)
        return super().get_progress(key)  # type: ignore[no-untyped-call]  # Dash is half typed

    def terminate_job(self, job: Any) -> None:
        if job is not None:
            self.handle.set(f"{int(job)}-stop", value=True, expire=KEPT_S)
            self.handle.delete(f"{int(job)}-alive")

    def terminate_unhealthy_job(self, job: Any) -> bool:
        return False

    def job_running(self, job: Any) -> bool:
        return bool(self.handle.get(f"{int(job)}-alive"))
