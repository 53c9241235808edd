"""Administration of audiences: who reads them, and what a change would do before it is done."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.accounts.audiences import AudienceEntry, Foreseen
from api.context import As, Context
from api.errors import status_of
from api.frame import frame, page
from api.pages.admin_groups import few
from corpus.audience import PrincipalKind, parse_principal
from corpus.errors import GroundworkError

router = APIRouter(prefix="/admin/audiences")

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class AudiencesView:
    entries: tuple[AudienceEntry, ...]
    total: int
    page: int
    contains: str
    typed: str
    problem: str | None

    @property
    def page_count(self) -> int:
        return max(-(-self.total // PER_PAGE), 1)

    def at(self, page: int) -> str:
        query = urlencode({"contains": self.contains, "page": page} if page > 1 else {"contains": self.contains})
        return f"/admin/audiences?{query}" if self.contains or page > 1 else "/admin/audiences"


@dataclass(frozen=True, slots=True)
class AudienceView:
    """`foreseen`: what is asked for and not done yet. `names`: whom one may let in."""

    audience: AudienceEntry
    foreseen: Foreseen | None
    names: tuple[str, ...]
    typed: str
    problem: str | None
    done: str

    @property
    def address(self) -> str:
        return f"/admin/audiences/{self.audience.audience_id}"


@router.get("")
def show_audiences(
    request: Request,
    context: Context,
    user: As,
    contains: Annotated[str, Query(max_length=200)] = "",
    page_number: Annotated[int, Query(alias="page", ge=1, le=10_000_000)] = 1,
) -> HTMLResponse:
    return _audiences(request, context, user, contains.strip(), page_number, "", None)


@router.post("")
def create(request: Request, context: Context, user: As, name: Annotated[str, Form(max_length=200)] = "") -> Response:
    try:
        made = context.services.audiences.create(name)
    except GroundworkError as error:
        return _audiences(request, context, user, "", 1, name, error)
    return RedirectResponse(f"/admin/audiences/{made.audience_id}?done=made", 303)


@router.get("/{audience_id}")
def show_audience(
    audience_id: int,
    request: Request,
    context: Context,
    user: As,
    reader: Annotated[str, Query(max_length=210)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """`reader`: what letting this one in, or putting them out, would do."""
    if not reader.strip():
        return _audience(request, context, user, audience_id, None, "", None, done)
    try:
        principal = context.services.groups.get_principal(*parse_principal(reader.strip()))
        foreseen = context.services.audiences.foresee(audience_id, principal.principal_id)
    except GroundworkError as error:
        return _audience(request, context, user, audience_id, None, reader, error, "")
    return _audience(request, context, user, audience_id, foreseen, reader, None, "")


@router.post("/{audience_id}/readers/{principal_id}/allow")
def allow(audience_id: int, principal_id: int, request: Request, context: Context, user: As) -> Response:
    try:
        context.services.audiences.allow(audience_id, principal_id)
    except GroundworkError as error:
        return _audience(request, context, user, audience_id, None, "", error, "")
    return RedirectResponse(f"/admin/audiences/{audience_id}?done=allowed", 303)


@router.post("/{audience_id}/readers/{principal_id}/deny")
def deny(audience_id: int, principal_id: int, request: Request, context: Context, user: As) -> Response:
    try:
        context.services.audiences.deny(audience_id, principal_id)
    except GroundworkError as error:
        return _audience(request, context, user, audience_id, None, "", error, "")
    return RedirectResponse(f"/admin/audiences/{audience_id}?done=denied", 303)


def _audiences(
    request: Request,
    context: Context,
    user: str,
    contains: str,
    page_number: int,
    typed: str,
    error: GroundworkError | None,
) -> HTMLResponse:
    found = context.services.audiences.list_audiences(PER_PAGE, (page_number - 1) * PER_PAGE, contains)
    problem = None if error is None else str(error)
    view = AudiencesView(found.entries, found.total, page_number, contains, typed, problem)
    status = 200 if error is None else status_of(error)[0]
    return page("admin/audiences.html", frame(request, context.services, "admin", user), view, status)


def _audience(
    request: Request,
    context: Context,
    user: str,
    audience_id: int,
    foreseen: Foreseen | None,
    typed: str,
    error: GroundworkError | None,
    done: str,
) -> HTMLResponse:
    """Raises `AudienceIdUnknown`."""
    services = context.services
    names = (
        *(f"{PrincipalKind.GROUP}:{group.name}" for group in services.groups.list_groups()),
        *(f"{PrincipalKind.USER}:{name}" for name in services.groups.list_user_names()),
    )
    problem = None if error is None else str(error)
    view = AudienceView(services.audiences.get_audience(audience_id), foreseen, few(names), typed, problem, done)
    status = 200 if error is None else status_of(error)[0]
    return page("admin/audience.html", frame(request, services, "admin", user), view, status)
