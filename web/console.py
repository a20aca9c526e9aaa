"""`./run`: looks whether everything is in order, then keeps the web server and the job supervisor running side by side.

This process stays small and simple, so that it can be relied on: the checks, which need the whole workspace, run in one of their own.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from types import FrameType

GRACE_S = 15
_PYTHON = (sys.executable, "-m")
SERVER = (*_PYTHON, "gunicorn", "-c", "gunicorn.conf.py", "app:server")
SUPERVISOR = (*_PYTHON, "core.worker")


def main(arguments: Sequence[str]) -> int:
    checked = subprocess.run((*_PYTHON, "web.prepare", *arguments), check=False)  # noqa: S603 - our own module
    if checked.returncode:
        return checked.returncode
    pair = Pair()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pair.ask_to_stop)
    filling = start((*_PYTHON, "core.demo")) if "--demo" in arguments else None
    code = pair.run()
    if filling and filling.poll() is None:
        filling.terminate()
    return code


class Pair:
    """The web server, without which there is nothing, and the job supervisor, which is started again when it dies."""

    def __init__(self) -> None:
        self._stopping = False
        self._server = start(SERVER)
        self._supervisor = start(SUPERVISOR)
        self._supervised_since = time.monotonic()

    def ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def run(self) -> int:
        """Until asked to stop (0), or until the server ends by itself (its exit code)."""
        while not self._stopping and self._server.poll() is None:
            if self._supervisor.poll() is not None and time.monotonic() - self._supervised_since > 1:
                self._supervisor, self._supervised_since = start(SUPERVISOR), time.monotonic()
            time.sleep(0.2)
        code = 0 if self._stopping else self._server.wait() or 1
        stop((self._server, self._supervisor))
        return code


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    end_with_us = partial(end_with, os.getpid())
    return subprocess.Popen(command, preexec_fn=end_with_us)  # noqa: S603, PLW1509 - our own modules; before any thread exists


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Asks all at once, then waits, then insists."""
    for process in processes:
        process.terminate()
    until = time.monotonic() + GRACE_S
    for process in processes:
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()


def end_with(parent: int) -> None:
    """When *parent* is killed outright, this child of it gets SIGTERM, so that the port and the job table are free again (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it died before we asked; in a container its own number may be 1, as that of who adopts orphans
            os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
