"""The jobs: what is being done, how far it is, why something failed, and what may be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.context import As, Context
from api.errors import status_of
from api.frame import frame, page
from api.job_form import JobForm
from api.jobs.ingest_kind import reports_of
from api.jobs.job import State
from api.services import Services
from corpus.audience import Reader
from corpus.errors import Conflict
from ingestion.ingest import FileReport, Outcome

router = APIRouter(prefix="/jobs")

PER_PAGE = 25
_LONGEST_LIST = 500
"""Files that the page of one job names; the interface gives all."""

_OPEN = (State.WAITING, State.RUNNING)
_SHOWN: Mapping[str, tuple[State, ...]] = {
    "": (),
    "open": _OPEN,
    "failed": (State.FAILED,),
    "over": (State.DONE, State.CANCELLED),
}
"""What can be chosen, and the states that this means."""


@dataclass(frozen=True, slots=True)
class JobsView:
    """`shown` is what the list is narrowed to; `problem` says why something asked for was not done."""

    jobs: tuple[JobForm, ...]
    total: int
    page: int
    shown: str
    reader: Reader
    problem: str | None

    @property
    def page_count(self) -> int:
        return max(-(-self.total // PER_PAGE), 1)

    @property
    def is_open(self) -> bool:
        """Whether anything on it will change by itself."""
        return any(not job.state.is_over for job in self.jobs)

    def at(self, page: int) -> str:
        wanted = {"show": self.shown, "page": page if page > 1 else ""}
        query = urlencode({field: value for field, value in wanted.items() if value})
        return "/jobs" + (f"?{query}" if query else "")

    def may_change(self, job: JobForm) -> bool:
        return self.reader.manages or self.reader.name == job.user


@dataclass(frozen=True, slots=True)
class JobView:
    """`outcomes` counts the files by what became of them; `files` are those worth a line, `left_out` how many more."""

    job: JobForm
    reader: Reader
    outcomes: tuple[tuple[Outcome, int], ...]
    files: tuple[FileReport, ...]
    left_out: int
    problem: str | None

    def may_change(self, job: JobForm) -> bool:
        return self.reader.manages or self.reader.name == job.user


@router.get("")
def show_jobs(
    request: Request,
    context: Context,
    user: As,
    show: Annotated[str, Query(max_length=10)] = "",
    page_number: Annotated[int, Query(alias="page", ge=1, le=200_000)] = 1,
) -> HTMLResponse:
    view = _jobs_view(context.services, user, show if show in _SHOWN else "", page_number)
    return page("jobs/index.html", frame(request, context.services, "jobs", user), view)


@router.get("/{job_id}")
def show_job(job_id: int, request: Request, context: Context, user: As) -> HTMLResponse:
    view = _job_view(context.services, user, job_id)
    return page("jobs/job.html", frame(request, context.services, "jobs", user), view)


@router.post("/{job_id}/cancel")
def cancel_job(job_id: int, request: Request, context: Context, user: As) -> Response:
    try:
        context.services.jobs.cancel(job_id, user)
    except Conflict as error:
        return _refused(request, context.services, user, job_id, error)
    return RedirectResponse(f"/jobs/{job_id}", 303)


@router.post("/{job_id}/retry")
def retry_job(job_id: int, request: Request, context: Context, user: As) -> Response:
    try:
        context.services.jobs.retry(job_id, user)
    except Conflict as error:
        return _refused(request, context.services, user, job_id, error)
    return RedirectResponse(f"/jobs/{job_id}", 303)


def _refused(request: Request, services: Services, user: str, job_id: int, error: Conflict) -> HTMLResponse:
    view = _job_view(services, user, job_id, str(error))
    return page("jobs/job.html", frame(request, services, "jobs", user), view, status_of(error)[0])


def _jobs_view(services: Services, user: str, shown: str, number: int, problem: str | None = None) -> JobsView:
    found = services.jobs.list_jobs(user, PER_PAGE, (number - 1) * PER_PAGE, _SHOWN[shown])
    return JobsView(
        tuple(map(services.job_form, found.entries)), found.total, number, shown, services.library.reader(user), problem
    )


def _job_view(services: Services, user: str, job_id: int, problem: str | None = None) -> JobView:
    job = services.job_form(services.jobs.get(job_id, user))
    result = services.jobs.result(job_id, user)
    reports = reports_of(result)
    worth = sorted(
        (report for report in reports if report.outcome is not Outcome.UNCHANGED or report.reason),
        key=lambda report: report.outcome is not Outcome.FAILED,
    )
    counted = tuple((Outcome(name), count) for name, count in sorted(result.get("outcomes", {}).items()))
    left_out = max(len(worth) - _LONGEST_LIST, 0)
    return JobView(job, services.library.reader(user), counted, tuple(worth[:_LONGEST_LIST]), left_out, problem)
