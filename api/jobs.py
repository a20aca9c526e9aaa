"""Jobs: what runs in the background."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from api.problems import answers
from api.security import Core, Who
from core.operations.jobs import Job

router = APIRouter(prefix="/v1/jobs", tags=["Jobs"])

# The largest key of PostgreSQL's bigint columns; SQLite's driver refuses greater numbers.
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


class JobOut(BaseModel):
    id: int
    kind: str
    title: str
    status: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    progress: Annotated[float, Field(ge=0, le=1)]
    message: str = Field(description="What it is doing, in words")
    state: dict[str, Any] = Field(description="Details of the progress, by kind of job")
    result: dict[str, Any] | None
    error: str | None
    attempt: int
    retryable: bool
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def job_out(job: Job) -> JobOut:
    return JobOut(**{name: getattr(job, name) for name in JobOut.model_fields})


class Accepted(BaseModel):
    """The work goes on in a job: follow it at `/v1/jobs/{job_id}`."""

    job_id: int


@router.get("", responses=answers())
def list_jobs(who: Who, core: Core, active: bool = False, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> list[JobOut]:
    """Your jobs (an administrator: everybody's), the newest first."""
    return [job_out(job) for job in core.jobs.find(who, active=active, limit=limit)]


@router.get("/{id}", responses=answers(404))
def job(id: Id, who: Who, core: Core) -> JobOut:
    return job_out(core.jobs.get(who, id))


@router.delete("/{id}", responses=answers(404, 409))
def cancel(id: Id, who: Who, core: Core) -> JobOut:
    """Asks a waiting or running job to stop; what it has finished stays."""
    return job_out(core.jobs.cancel(who, id))


@router.post("/{id}/retry", status_code=202, responses=answers(404, 409))
def retry(id: Id, who: Who, core: Core) -> Accepted:
    """Queues a failed job again, when it may be retried."""
    return Accepted(job_id=core.jobs.retry(who, id).id)
