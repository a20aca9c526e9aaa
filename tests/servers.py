"""Real servers for tests: started on free ports in temporary folders, stopped at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def missing(what: str) -> None:
    """Skips loudly in the everyday run; fails when everything was asked for."""
    if os.environ.get("ASTRALYTIQ_TEST_ALL"):
        pytest.fail(f"{what} is missing, and ./test all skips nothing")
    pytest.skip(f"{what} is missing")


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database. PostgreSQL refuses to run as root, so it runs as Debian's account for it then."""
    folder = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
    programs = folder or Path(shutil.which("initdb") or "/nowhere").parent
    if not (programs / "initdb").exists():
        missing("PostgreSQL")
    as_other = {"user": "postgres", "group": pwd.getpwnam("postgres").pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as place:
        Path(place).chmod(0o777)
        data, port = f"{place}/data", free_port()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/tmp"}
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "astralytiq", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8"],
            check=True,
            **quiet,
            **as_other,
        )
        options = f"-h 127.0.0.1 -p {port} -k {place} -c fsync=off"
        subprocess.run(
            [programs / "pg_ctl", "-D", data, "-w", "-o", options, "-l", f"{place}/log", "start"], check=True, **quiet, **as_other
        )
        try:
            yield f"postgresql://astralytiq@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], check=True, **quiet, **as_other)
