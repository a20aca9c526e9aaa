"""What `./run` starts ends with it, also where its own process has the number 1, as in a container."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def run(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)


def test_what_was_started_ends_when_its_parent_is_killed():
    parent = run("import time; from web import console; print(console.start(('sleep', '60')).pid, flush=True); time.sleep(60)")
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()

    _, alive = psutil.wait_procs([child], timeout=10)
    assert [process.status() for process in alive] in ([], [psutil.STATUS_ZOMBIE])  # in a container nobody may collect orphans


def test_what_is_started_goes_on_whatever_the_number_of_its_parent():
    child = run(f"from web import console; console.end_with({os.getpid()}); print('went on')")

    assert child.communicate()[0] == "went on\n"


def test_what_is_started_does_not_begin_when_its_parent_has_died_meanwhile():
    child = run(f"from web import console; console.end_with({os.getppid()}); print('went on')")

    assert (child.communicate()[0], child.returncode) == ("", 1)


def test_the_image_starts_what_is_installed_in_it_for_who_runs_there_may_not_install():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if line.startswith(("ENTRYPOINT", "CMD"))] == ['ENTRYPOINT [".venv/bin/python", "-m", "web.console"]']


def test_a_folder_that_nothing_can_be_installed_into_is_said_in_one_sentence() -> None:
    as_other = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}  # root may write everywhere
    with TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "requirements", Path(folder, "requirements"))
        Path(folder).chmod(0o555)

        answer = subprocess.run(["sh", f"{folder}/requirements/install.sh", "run"], capture_output=True, text=True, check=False, **as_other)

        Path(folder).chmod(0o755)
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1), answer.stderr
    assert answer.stderr.startswith(f"AstralytiQ cannot be installed into {folder}: it may not be written.")
