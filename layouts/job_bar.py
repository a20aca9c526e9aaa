"""How far a job is, wherever one is shown."""

from __future__ import annotations

from dash.development.base_component import Component

from core.operations.jobs import Job, Status
from layouts import components as ui


def job_bar(job: Job) -> Component:
    if job.status is Status.QUEUED:
        return ui.progress(None, "Waiting for its turn", kind="neutral")
    return ui.progress(job.progress, job.message or "Starting")
