"""The page where experts record what they know."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.context import As, Context
from api.frame import frame, page
from api.schemas import AudienceForm
from api.strict_headers import CONTENT_SECURITY_POLICY

router = APIRouter()

# What was recorded is listened to from the memory of the page before it is sent.
_POLICY = CONTENT_SECURITY_POLICY.replace("media-src 'self'", "media-src 'self' blob:")


@dataclass(frozen=True, slots=True)
class RecordView:
    audiences: tuple[AudienceForm, ...]
    max_bytes: int


@router.get("/record")
def show_record(request: Request, context: Context, user: As) -> HTMLResponse:
    services = context.services
    audiences = tuple(AudienceForm.of(entry) for entry in services.library.list_audiences(user))
    view = RecordView(audiences, services.recording_ingest.max_bytes)
    shown = page("record/index.html", frame(request, services, "record", user), view)
    shown.headers["Content-Security-Policy"] = _POLICY
    return shown
