"""The job supervisor and its processes, with handlers that misbehave beside the workspace's own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from core import worker
from core.operations.jobs import Run


def polite(run: Run) -> dict[str, Any]:
    """Works for ever, reports, and stops when it is asked to."""
    while True:
        run.report(0.5, "Working")
        run.check()
        time.sleep(0.05)


def deaf(run: Run) -> dict[str, Any]:
    """Works for ever and never looks up; what it started itself does so too."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    run.report(0.5, "Working", {"child": child.pid})
    time.sleep(600)
    return {}


def tidy(run: Run) -> dict[str, Any]:
    """Leaves a file while it works, and takes it away however it ends."""
    file = Path(run.job.arguments["file"])
    file.write_text("at work")
    try:
        run.report(0.5, "Working")
        time.sleep(600)
    finally:
        file.unlink()
    return {}


def quick(run: Run) -> dict[str, Any]:
    return {"attempt": run.job.attempt}


HANDLERS = {"test.polite": polite, "test.deaf": deaf, "test.tidy": tidy, "test.quick": quick}

if __name__ == "__main__":
    worker.main(module="tests.faults.worker", more=HANDLERS)
