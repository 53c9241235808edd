"""Turns the four kinds of failure into HTTP problems. The only place that knows both."""

from math import ceil
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from api.frame import Problem, is_page, problem_page
from api.limits.refusal import Refusal
from api.schemas import ProblemForm
from api.seen import SeenMissing
from api.strict_headers import STRICT_HEADERS
from api.wrong_fields import said_of
from assistant.model_budget import BudgetSpent
from authoring.course import ChangedMeanwhile
from authoring.review import NotReady, NotSaved, OtherContent
from corpus.errors import Conflict, GroundworkError, Invalid, NotFound, NotPermitted, Unavailable
from corpus.quota import QuotaExceeded
from corpus.storage_failure import DiskFull, is_disk_full

_STATUSES: tuple[tuple[type[GroundworkError], int, str], ...] = (
    (NotFound, 404, "Not found"),
    (NotPermitted, 403, "Not permitted"),
    (ChangedMeanwhile, 412, "Changed meanwhile"),
    (Conflict, 409, "Conflict"),
    (SeenMissing, 428, "Precondition required"),
    (QuotaExceeded, 413, "Too large"),
    (Invalid, 422, "Invalid request"),
    (DiskFull, 507, "Disk full"),
    (BudgetSpent, 429, "Too many requests"),
    (Unavailable, 503, "Unavailable"),
)

_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemForm, "content": {"application/problem+json": {}}, "description": title}
    for _, status, title in _STATUSES
}
"""For `responses=` of routes, so that the API description names the failures."""


def install(app: FastAPI) -> None:
    app.add_exception_handler(GroundworkError, expected)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OSError, _outside)
    app.add_exception_handler(OverflowError, _too_large)
    app.add_exception_handler(PoolTimeout, _busy)
    app.add_exception_handler(Exception, _unexpected)


def status_of(error: GroundworkError) -> tuple[int, str]:
    return next((status, title) for kind, status, title in _STATUSES if isinstance(error, kind))


def problem(
    status: int,
    title: str,
    detail: str,
    errors: list[dict[str, str]] | None = None,
    request_id: str | None = None,
    current: object = None,
) -> JSONResponse:
    # Only where the server failed: what is not there and what one may not see must be told in the same words.
    reported = request_id if status >= 500 else None
    form = ProblemForm(title=title, status=status, detail=detail, errors=errors, request_id=reported, current=current)
    body = form.model_dump(exclude_none=True)
    headers = {"Retry-After": "5"} if status in (503, 507) else None
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


async def expected(request: Request, error: Exception) -> Response:
    if not isinstance(error, GroundworkError):
        raise error
    status, title = status_of(error)
    reply = await respond(request, status, title, str(error), _reasons(error), _current(error))
    if isinstance(error, BudgetSpent):
        reply.headers["Retry-After"] = str(ceil(error.wait_s))
    return reply


async def _outside(request: Request, error: Exception) -> Response:
    """A disk that filled up while a request was taken in, before anything of ours could name it."""
    if not isinstance(error, OSError) or not is_disk_full(error):
        raise error
    return await expected(request, DiskFull())


async def _too_large(request: Request, error: Exception) -> Response:
    """An id beyond what a database can count to."""
    return await respond(request, 404, "Not found", "There is nothing at this address.")


async def _busy(request: Request, error: Exception) -> Response:
    return await respond(request, 503, "Unavailable", "Too much is asked at once. Try again in a moment.")


async def _unexpected(request: Request, error: Exception) -> Response:
    """A bug. It goes on to the log of the server; outside of every middleware, so the headers are set here."""
    detail = "Something went wrong in Groundwork itself. Its log says what. Try again, or go on with something else."
    reply = await respond(request, 500, "This did not work", detail)
    reply.headers.update(STRICT_HEADERS | {"Cache-Control": "no-store"})
    if request_id := getattr(request.state, "request_id", None):
        reply.headers["X-Request-Id"] = request_id
    return reply


async def _validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    errors = [{"field": ".".join(map(str, item["loc"])), "type": item["type"], "reason": item["msg"]} for item in found]
    return await respond(request, 422, "Invalid request", said_of(found), errors)


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    title = {404: "Not found", 405: "Method not allowed", 413: "Too large"}.get(error.status_code, "Error")
    detail = str(error.detail)
    if error.status_code == 404:
        detail = "There is nothing at this address."
    elif error.status_code == 405:
        detail = f"{request.method} is not possible at this address; possible is {(error.headers or {})['Allow']}."
    return await respond(request, error.status_code, title, detail)


def refused(scope: Scope, refusal: Refusal) -> Response:
    """In the thread of the event loop, since other threads are what there may be too few of."""
    request = Request(scope)
    if is_page(request):
        reply: Response = problem_page(request, Problem(refusal.status, refusal.title, refusal.detail))
    else:
        reply = problem(refusal.status, refusal.title, refusal.detail)
    reply.headers["Retry-After"] = str(refusal.retry_after_s)
    return reply


def _reasons(error: GroundworkError) -> list[dict[str, str]] | None:
    """What is missing from a course, part by part."""
    if not isinstance(error, NotReady):
        return None
    return [
        {"field": ".".join(filter(None, (lack.part_id, lack.claim_id))), "type": "missing", "reason": lack.what}
        for lack in error.reasons
    ]


def _current(error: GroundworkError) -> object:
    """What stands now where somebody else came first; None where nothing does any more."""
    if isinstance(error, OtherContent):
        return {"content_hash": error.present_hash}
    if not isinstance(error, NotSaved) or error.current is None:
        return None
    return _ANYTHING.dump_python(error.current, mode="json")


async def respond(
    request: Request,
    status: int,
    title: str,
    detail: str,
    errors: list[dict[str, str]] | None = None,
    current: object = None,
) -> Response:
    """A page for people in a browser, problem details for everybody else."""
    if is_page(request):
        return await run_in_threadpool(problem_page, request, Problem(status, title, detail))
    return problem(status, title, detail, errors, getattr(request.state, "request_id", None), current)
