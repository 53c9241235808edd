"""Routes of jobs: list, look at, follow, cancel, retry."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.context import As, Context
from api.errors import PROBLEMS, status_of
from api.job_form import JobForm, JobListForm, JobResultForm
from api.jobs.job import State
from api.schemas import ProblemForm
from api.services import Services
from corpus.errors import GroundworkError

router = APIRouter(prefix="/api/jobs", tags=["jobs"], responses={code: PROBLEMS[code] for code in (404, 409, 422, 503)})

_LOOK_S = 0.5
_QUIET_S = 15.0
"""After so long without news a comment is sent, so that nothing in between takes the connection for dead."""
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "Jobs as they change."}
}


@router.get("")
def list_jobs(
    context: Context,
    user: As,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    state: Annotated[list[State] | None, Query(description="Only jobs in these states.")] = None,
    kind: Annotated[str, Query(max_length=40)] = "",
) -> JobListForm:
    """Your jobs and those that touch documents you may read, newest first."""
    services = context.services
    found = services.jobs.list_jobs(user, limit, offset, state or (), kind)
    return JobListForm(jobs=[services.job_form(entry) for entry in found.entries], total=found.total)


@router.get("/events", response_class=StreamingResponse, responses=_EVENTS)
def follow_jobs(context: Context, user: As, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Response:
    """The newest jobs, as events `job` (a Job): all of them first, then each as it changes."""
    services = context.services

    def look() -> list[JobForm]:
        return [services.job_form(entry) for entry in services.jobs.list_jobs(user, limit).entries]

    look()
    return StreamingResponse(_events(services, look, lambda forms: False), media_type="text/event-stream")


@router.get("/{job_id}")
def get_job(job_id: int, context: Context, user: As) -> JobResultForm:
    """A job, and what came of it."""
    services = context.services
    form = services.job_form(services.jobs.get(job_id, user))
    return JobResultForm(**form.model_dump(), result=services.jobs.result(job_id, user))


@router.get("/{job_id}/events", response_class=StreamingResponse, responses=_EVENTS)
def follow_job(job_id: int, context: Context, user: As) -> Response:
    """Events `job` (a Job) as it changes, until it is over."""
    services = context.services

    def look() -> list[JobForm]:
        return [services.job_form(services.jobs.get(job_id, user))]

    look()
    over = _events(services, look, lambda forms: all(form.state.is_over for form in forms))
    return StreamingResponse(over, media_type="text/event-stream")


@router.post("/{job_id}/cancel")
def cancel_job(job_id: int, context: Context, user: As) -> JobForm:
    """A waiting job is over at once, a running one after the unit under way. What it has finished stays."""
    return context.services.job_form(context.services.jobs.cancel(job_id, user))


@router.post("/{job_id}/retry", status_code=202)
def retry_job(job_id: int, context: Context, user: As) -> JobForm:
    """Begins a failed or cancelled job anew. What is done already costs little the second time."""
    return context.services.job_form(context.services.jobs.retry(job_id, user))


async def _events(
    services: Services, look: Callable[[], Sequence[JobForm]], is_over: Callable[[Sequence[JobForm]], bool]
) -> AsyncIterator[str]:
    """Asks again and again on behalf of the same user, so that a right that was taken away counts at once.

    Asynchronous, unlike the rest: a thread for everybody who watches would soon be all threads.
    """
    sent: dict[int, JobForm] = {}
    quiet = 0.0
    while not services.jobs.is_stopping:
        try:
            forms = await run_in_threadpool(look)
        except GroundworkError as error:
            status, title = status_of(error)
            problem = ProblemForm(title=title, status=status, detail=str(error), errors=None)
            yield f"event: problem\ndata: {problem.model_dump_json(exclude_none=True)}\n\n"
            return
        news = [form for form in forms if sent.get(form.job_id) != form]
        for form in news:
            yield f"event: job\ndata: {form.model_dump_json()}\n\n"
        if is_over(forms):
            return
        sent = {form.job_id: form for form in forms}
        quiet = 0.0 if news else quiet + _LOOK_S
        if quiet >= _QUIET_S:
            quiet = 0.0
            yield ": nothing new\n\n"
        await asyncio.sleep(_LOOK_S)
