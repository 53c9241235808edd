"""The audit log as administrators look at it: who did what, whether it is as it was written, and taking it along."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.audit.audit_log import NotAHash
from api.audit.chain import Verification
from api.audit.entry import Decision
from api.audit.store import AuditFilter, BadFilter, NamedEntry
from api.context import As, Context
from api.errors import status_of
from api.frame import frame, page
from corpus.errors import Invalid

router = APIRouter(prefix="/admin/audit")

PER_PAGE = 50
_DECISIONS = {decision.value: decision for decision in Decision}


@dataclass(frozen=True, slots=True)
class AuditView:
    """`first_day` and `last_day` as `2026-05-01`. `verification` only where it was asked for, with the hash `noted`."""

    entries: tuple[NamedEntry, ...]
    total: int
    page: int
    actor: str
    action: str
    object: str
    decision: str
    first_day: str
    last_day: str
    verification: Verification | None
    noted: str
    noted_problem: str | None
    filter_problem: str | None

    @property
    def page_count(self) -> int:
        return max(-(-self.total // PER_PAGE), 1)

    @property
    def is_filtered(self) -> bool:
        return any((self.actor, self.action, self.object, self.decision, self.first_day, self.last_day))

    @property
    def decisions(self) -> tuple[str, ...]:
        return tuple(_DECISIONS)

    def at(self, page: int) -> str:
        wanted = {
            "actor": self.actor,
            "action": self.action,
            "object": self.object,
            "decision": self.decision,
            "first_day": self.first_day,
            "last_day": self.last_day,
            "page": page if page > 1 else "",
        }
        query = urlencode({field: value for field, value in wanted.items() if value})
        return "/admin/audit" + (f"?{query}" if query else "")

    def export(self, written_as: str) -> str:
        """Of the days that are shown; the other filters narrow what one looks at, not what one takes along."""
        since, until = _days(self.first_day, self.last_day) if self.filter_problem is None else (None, None)
        wanted = {"format": written_as, "since": _said(since), "until": _said(until)}
        return "/api/admin/audit/export?" + urlencode({field: value for field, value in wanted.items() if value})


@router.get("")
def show_audit(
    request: Request,
    context: Context,
    user: As,
    actor: Annotated[str, Query(max_length=200)] = "",
    action: Annotated[str, Query(max_length=80)] = "",
    object_: Annotated[str, Query(alias="object", max_length=120)] = "",
    decision: Annotated[str, Query(max_length=16)] = "",
    first_day: Annotated[str, Query(max_length=10)] = "",
    last_day: Annotated[str, Query(max_length=10)] = "",
    page_number: Annotated[int, Query(alias="page", ge=1, le=10_000_000)] = 1,
) -> HTMLResponse:
    actor, action, object_ = actor.strip(), action.strip(), object_.strip()
    decision = decision if decision in _DECISIONS else ""
    problem: Invalid | None = None
    entries: tuple[NamedEntry, ...] = ()
    total = 0
    try:
        since, until = _days(first_day, last_day)
        wanted = AuditFilter(actor, action, object_, _DECISIONS.get(decision), since, until)
        found = context.services.audit.list_entries(wanted, PER_PAGE, (page_number - 1) * PER_PAGE)
        entries, total = found.entries, found.total
    except Invalid as error:
        problem = error
    view = AuditView(
        entries=entries,
        total=total,
        page=page_number,
        actor=actor,
        action=action,
        object=object_,
        decision=decision,
        first_day=first_day,
        last_day=last_day,
        verification=None,
        noted="",
        noted_problem=None,
        filter_problem=None if problem is None else str(problem),
    )
    status = 200 if problem is None else status_of(problem)[0]
    return page("audit/index.html", frame(request, context.services, "admin", user), view, status)


@router.get("/verify")
def verify(
    request: Request, context: Context, user: As, noted: Annotated[str, Query(max_length=100)] = ""
) -> HTMLResponse:
    """Walks the whole chain, then shows the newest entries below what came of it."""
    audit = context.services.audit
    noted = noted.strip().lower()
    verification: Verification | None = None
    problem: NotAHash | None = None
    try:
        verification = audit.verify(noted or None)
    except NotAHash as error:
        problem = error
    found = audit.list_entries(AuditFilter(), PER_PAGE)
    view = AuditView(
        entries=found.entries,
        total=found.total,
        page=1,
        actor="",
        action="",
        object="",
        decision="",
        first_day="",
        last_day="",
        verification=verification,
        noted=noted,
        noted_problem=None if problem is None else str(problem),
        filter_problem=None,
    )
    status = 200 if problem is None else status_of(problem)[0]
    return page("audit/index.html", frame(request, context.services, "admin", user), view, status)


def _days(first: str, last: str) -> tuple[datetime | None, datetime | None]:
    """From the beginning of the first day to the end of the last, as this machine has days. Raises `BadFilter`."""
    return _midnight("since", first, 0), _midnight("until", last, 1)


def _midnight(field: str, day: str, later: int) -> datetime | None:
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=later), time()).astimezone()
    except (ValueError, OverflowError, OSError) as error:
        raise BadFilter(field) from error


def _said(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()
