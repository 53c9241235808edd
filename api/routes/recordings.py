"""Routes of recordings: what players get, transcripts to read and to attach."""

from fastapi import APIRouter, Request, Response, UploadFile
from fastapi.responses import PlainTextResponse

from api.byte_ranges import ranged_response
from api.context import As, Context
from api.errors import PROBLEMS
from api.schemas import FileReportForm
from api.uploads import read_upload
from ingestion.transcript_file import TranscriptFile
from ingestion.transcript_writing import vtt_of

router = APIRouter(
    prefix="/api", tags=["recordings"], responses={code: PROBLEMS[code] for code in (404, 409, 422, 503)}
)


@router.head("/documents/{document_id}/versions/{version_id}/media", include_in_schema=False)
@router.get(
    "/documents/{document_id}/versions/{version_id}/media",
    response_class=Response,
    responses={
        200: {"content": {"audio/*": {}, "video/*": {}}, "description": "The recording."},
        206: {"content": {"audio/*": {}, "video/*": {}}, "description": "The part that was asked for."},
        416: {"description": "The part lies behind the end."},
    },
)
def get_media(document_id: int, version_id: int, request: Request, context: Context, user: As) -> Response:
    """The recording for a player, whole or in parts (`Range`)."""
    media = context.services.recordings.open_media(document_id, version_id, user)
    return ranged_response(request, media.file, media.media_type, media.tag)


@router.get(
    "/documents/{document_id}/versions/{version_id}/transcript.vtt",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/vtt": {}}, "description": "The transcript as subtitles."}},
)
def get_transcript(document_id: int, version_id: int, context: Context, user: As) -> Response:
    transcript = context.services.recordings.get_transcript(document_id, version_id, user)
    return Response(vtt_of(transcript), media_type="text/vtt; charset=utf-8")


@router.post("/documents/{document_id}/transcript", status_code=201)
def attach_transcript(document_id: int, file: UploadFile, context: Context, user: As) -> FileReportForm:
    """Attaches a transcript (vtt, srt, json) to a recording, in place of the words that it has."""
    name, content = read_upload(file, context.services.library.max_bytes)
    return FileReportForm.of(
        context.services.recordings.attach_transcript(document_id, TranscriptFile(name, content), user)
    )
