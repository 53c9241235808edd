"""Routes of recordings that arrive in pieces: begin, send, ask how far it is, complete."""

from typing import Annotated

from fastapi import APIRouter, Body, Header
from pydantic import StringConstraints

from api.context import As, Context
from api.errors import PROBLEMS
from api.piecewise_uploads import UploadState
from api.schemas import FileReportForm, Form
from corpus.audience import EVERYONE

router = APIRouter(
    prefix="/api/uploads", tags=["recordings"], responses={code: PROBLEMS[code] for code in (404, 409, 413, 422, 503)}
)


class UploadBeginningForm(Form):
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    media_type: Annotated[str, StringConstraints(max_length=200)]
    audience: Annotated[str, StringConstraints(min_length=1, max_length=100)] = EVERYONE


class UploadCompletionForm(Form):
    size: int


class UploadStateForm(Form):
    """`offset`: the next byte to send. `document_id`: what it has become, once it is complete."""

    upload_id: str
    offset: int
    document_id: int | None

    @classmethod
    def of(cls, state: UploadState) -> "UploadStateForm":
        return cls(upload_id=state.upload_id, offset=state.offset, document_id=state.document_id)


@router.post("", status_code=201)
def begin_upload(form: UploadBeginningForm, context: Context, user: As) -> UploadStateForm:
    """Opens an upload. It is kept for a week."""
    state = context.services.piecewise_uploads.begin(form.title, form.media_type, form.audience, user)
    return UploadStateForm.of(state)


@router.get("/{upload_id}")
def get_upload(upload_id: str, context: Context, user: As) -> UploadStateForm:
    """How far it is: where to go on after a connection broke off."""
    return UploadStateForm.of(context.services.piecewise_uploads.state(upload_id, user))


@router.patch("/{upload_id}")
def send_piece(
    upload_id: str,
    piece: Annotated[bytes, Body(media_type="application/octet-stream")],
    offset: Annotated[int, Header(alias="Upload-Offset", ge=0)],
    context: Context,
    user: As,
) -> UploadStateForm:
    """Appends a piece. It is kept when this answers; one that does not fit is refused with 409."""
    return UploadStateForm.of(context.services.piecewise_uploads.append(upload_id, offset, piece, user))


@router.post("/{upload_id}/complete", status_code=201)
def complete_upload(upload_id: str, form: UploadCompletionForm, context: Context, user: As) -> FileReportForm:
    """Makes a document of it. Asking again reports the same document."""
    return FileReportForm.of(context.services.piecewise_uploads.complete(upload_id, form.size, user))


@router.delete("/{upload_id}", status_code=204)
def discard_upload(upload_id: str, context: Context, user: As) -> None:
    context.services.piecewise_uploads.discard(upload_id, user)
