"""Routes of the audit log: list, verify, export. Nothing here changes it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from api.audit.entry import Decision
from api.audit.export import ExportFormat, export
from api.audit.form import AuditListForm, VerificationForm
from api.audit.store import AuditFilter
from api.context import Context
from api.errors import PROBLEMS

router = APIRouter(
    prefix="/api/admin/audit", tags=["audit"], responses={code: PROBLEMS[code] for code in (404, 422, 503)}
)

Since = Annotated[AwareDatetime | None, Query(description="The earliest time that is wanted.")]
Until = Annotated[AwareDatetime | None, Query(description="The first time that is not wanted any more.")]
_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/jsonl": {}, "text/csv": {}}, "description": "The entries, oldest first."}
}


@router.get("")
def list_entries(
    context: Context,
    actor: Annotated[str, Query(max_length=200, description="A user's name, or # and a principal's id.")] = "",
    action: Annotated[str, Query(max_length=80)] = "",
    object_: Annotated[
        str, Query(alias="object", max_length=120, description="Or the words that it begins with: document 12.")
    ] = "",
    decision: Decision | None = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
) -> AuditListForm:
    """Who did what and when, newest first."""
    wanted = AuditFilter(actor, action, object_, decision, since, until)
    return AuditListForm.of(context.services.audit.list_entries(wanted, limit, offset))


@router.get("/verify")
def verify(
    context: Context,
    head: Annotated[
        str | None, Query(max_length=64, description="A hash noted before, to find what was cut off.")
    ] = None,
) -> VerificationForm:
    """Walks the whole chain; some 30,000 entries a second."""
    return VerificationForm.of(context.services.audit.verify(head))


@router.get("/export", response_class=StreamingResponse, responses=_FILES)
def export_entries(
    context: Context,
    written_as: Annotated[ExportFormat, Query(alias="format")] = ExportFormat.JSONL,
    since: Since = None,
    until: Until = None,
) -> StreamingResponse:
    """Entries as they are hashed, oldest first. People are named by id only."""
    entries = context.services.audit.entries(AuditFilter(since=since, until=until))
    return StreamingResponse(
        export(entries, written_as),
        media_type=written_as.media_type,
        headers={"Content-Disposition": f'attachment; filename="audit.{written_as}"'},
    )
