"""Planning jobs: made of a request, and found again when the request comes once more."""

from __future__ import annotations

import uuid
from datetime import datetime

from ...domain.errors import RequestKeyReusedError
from ...domain.runs.job import Job
from ...domain.shared.ids import JobId, free_text
from ..unit_of_work import UnitOfWork
from .plan_request import PLANNING, PlanRequest

KEY_LENGTH = 200


def planning_job(request: PlanRequest, *, at: datetime, most_attempts: int, request_key: str | None) -> Job:
    """The job of a request.

    Raises:
        InvalidRequestError: the key is no text on one line, or too long.
    """
    return Job(
        job_id=JobId(f"job-{uuid.uuid4()}"),
        kind=PLANNING,
        trigger=request.trigger,
        parameters=request.as_parameters(),
        submitted_at=at,
        submitted_by=request.actor.name,
        actor=request.actor,
        request_key=None if request_key is None else free_text("request key", request_key, limit=KEY_LENGTH),
        most_attempts=most_attempts,
    )


async def submitted_before(uow: UnitOfWork, job: Job) -> Job | None:
    """The job that the same actor submitted under the same key, if there is one.

    Raises:
        RequestKeyReusedError: that one asked for something else.
    """
    if job.request_key is None:
        return None
    known = await uow.jobs.with_key(job.submitted_by, job.request_key)
    if known is not None and (known.kind, known.parameters) != (job.kind, job.parameters):
        raise RequestKeyReusedError(
            f"The key {job.request_key} was used for the job {known.job_id}, which asked for something else.",
            remedy="Take a new key for a new request.",
            job_id=known.job_id,
        )
    return known
