"""The real application on a free port: gunicorn and the job supervisor, as `./run` starts them."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from core.dashboards.demo import make_demo
from core.ml.experiments import ExperimentSpec
from core.principal import Role
from core.settings import Settings
from core.workspace import open_workspace
from tests.flights import add_dataset
from tests.servers import free_port
from tests.trained import run_next, some_flights, train

ROOT = Path(__file__).parents[2]
PASSWORD = secrets.token_urlsafe(12)


@dataclass
class Site:
    """*address* is where it answers. Accounts: one per role, ``viewer@example.com`` and so on, all with PASSWORD."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    server: str = "app:server"  # a benchmark serves something beside it
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.folder)

    def seed(self) -> None:
        """Accounts, and nothing else."""
        workspace = open_workspace(self.settings)
        workspace.accounts.create_first_admin("admin@example.com", PASSWORD)
        who = workspace.accounts.first_admin()
        for role in (Role.DATA_SCIENTIST, Role.ANALYST, Role.VIEWER):
            workspace.accounts.create(who, f"{role}@example.com", role.label, role, PASSWORD)
        workspace.close()

    def fill(self) -> None:
        """The sample with its dashboard, and two small models."""
        workspace = open_workspace(self.settings)
        who = workspace.accounts.first_admin()
        for job in workspace.sample.load(who):
            assert run_next(workspace).id == job.id
        flights = next(each for each in workspace.datasets.find(who) if each.name == "Flights")
        make_demo(who, flights.id, workspace.charts, workspace.dashboards)
        some = add_dataset(workspace, who, "Some flights", some_flights(1_500))
        for name, target in (("arrival-delay", "arr_delay"), ("origin", "origin")):
            done = train(workspace, ExperimentSpec(some.dataset_id, target, name=name), who)
            workspace.models.register(who, done.runs[0].id, name)
        workspace.close()

    def start(self) -> None:
        environment = os.environ | {
            "ASTRALYTIQ_DATA_DIR": str(self.folder),
            "ASTRALYTIQ_PORT": str(self.port),
            "ASTRALYTIQ_WORKERS": "1",
            "PYTHONPATH": str(ROOT),
            **self.environment,
        }
        with (self.folder / "server.log").open("ab") as log:
            own = {"cwd": ROOT, "env": environment, "stdout": log, "stderr": log, "start_new_session": True}
            for command in (["-m", "core.worker"], ["-m", "gunicorn", "-c", "gunicorn.conf.py", self.server]):
                self.processes.append(subprocess.Popen([sys.executable, *command], **own))
        self._await()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        for process in self.processes:
            if how is signal.SIGKILL:
                os.killpg(process.pid, how)
            else:
                process.send_signal(how)
        for process in self.processes:
            process.wait(30)
        self.processes.clear()

    def _await(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with urlopen(f"{self.address}/readyz", timeout=2) as answer:  # - our own server
                    if answer.status == 200:
                        return
            except (URLError, OSError):
                time.sleep(0.1)
        raise AssertionError("the server did not start:\n" + (self.folder / "server.log").read_text()[-3000:])
