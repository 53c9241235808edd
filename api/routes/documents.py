"""Routes of documents: list, upload, new version, delete, audience, text, page images, original."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Response, UploadFile
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from api.context import As, Context
from api.errors import PROBLEMS
from api.job_form import JobForm
from api.jobs.store import JobEntry
from api.schemas import (
    AudienceChangeForm,
    AudienceForm,
    DocumentForm,
    DocumentListForm,
    FileReportForm,
    LookAfterForm,
    ReadersChangeForm,
    VersionTextForm,
)
from api.services import Services
from api.uploads import open_upload
from corpus.audience import EVERYONE

router = APIRouter(
    prefix="/api", tags=["documents"], responses={code: PROBLEMS[code] for code in (404, 409, 413, 422, 503, 507)}
)

_TAKES_LONGER: dict[int | str, dict[str, Any]] = {
    202: {"model": JobForm, "description": "The file is taken in and is still being read; look at the job."}
}


@router.get("/documents")
def list_documents(
    context: Context,
    user: As,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    name: Annotated[str, Query(max_length=200, description="Part of the name or title.")] = "",
    audience: Annotated[str | None, Query(max_length=100)] = None,
    overdue: Annotated[bool, Query(description="Only those whose review is due.")] = False,
) -> DocumentListForm:
    """The documents you may see, by name."""
    page = context.services.library.list_documents(user, limit, offset, name, audience, overdue)
    return DocumentListForm(documents=[DocumentForm.of(entry) for entry in page.entries], total=page.total)


@router.post("/documents", status_code=201, responses=_TAKES_LONGER)
def add_document(
    file: UploadFile,
    context: Context,
    user: As,
    response: Response,
    audience: Annotated[str, Form(max_length=100)] = EVERYONE,
) -> FileReportForm | JobForm:
    """Adds a file. The same bytes again are recognised; the same name again makes a new version."""
    services = context.services
    opened = open_upload(file, services.settings)
    return _outcome(services, services.library.start_upload(opened.name, opened.file, audience, user), response)


@router.get("/documents/{document_id}")
def get_document(document_id: int, context: Context, user: As) -> DocumentForm:
    return DocumentForm.of(context.services.library.get_document(document_id, user))


@router.post("/documents/{document_id}/versions", status_code=201, responses=_TAKES_LONGER)
def add_version(
    document_id: int, file: UploadFile, context: Context, user: As, response: Response
) -> FileReportForm | JobForm:
    """Replaces the content of a document; readers see the new version at once and whole."""
    services = context.services
    opened = open_upload(file, services.settings)
    return _outcome(services, services.library.start_version(document_id, opened.file, user), response)


def _outcome(services: Services, job: JobEntry, response: Response) -> FileReportForm | JobForm:
    """What became of the file, or the job that goes on with it."""
    report = services.library.wait_for_report(job, services.library.answers_within_s)
    if report is not None:
        return FileReportForm.of(report)
    form = services.job_form(services.jobs.look(job.job_id))
    response.status_code = 202
    response.headers["Location"] = form.address
    return form


@router.delete("/documents/{document_id}", status_code=204)
def delete_document(document_id: int, context: Context, user: As) -> None:
    """Takes a document out of answers at once."""
    context.services.library.delete_document(document_id, user)


@router.put("/documents/{document_id}/audience", status_code=204)
def move_document(document_id: int, form: AudienceChangeForm, context: Context, user: As) -> None:
    """Changes who may read a document."""
    context.services.library.move_document(document_id, form.audience, user)


@router.get("/documents/{document_id}/audience/{audience}")
def foresee_move(
    document_id: int, audience: Annotated[str, Path(max_length=100)], context: Context, user: As
) -> ReadersChangeForm:
    """How many people would gain and lose sight if that audience were to read it. Changes nothing."""
    return ReadersChangeForm.of(context.services.library.foresee_move(document_id, audience, user))


@router.put("/documents/{document_id}/care", status_code=204)
def look_after_document(document_id: int, form: LookAfterForm, context: Context, user: As) -> None:
    """Names who answers for a document, and how often it is to be reviewed."""
    context.services.library.look_after(document_id, form.owner or None, form.review_days, user)


@router.post("/documents/{document_id}/review", status_code=204)
def review_document(document_id: int, context: Context, user: As) -> None:
    """Notes that you have read it and found it right."""
    context.services.library.review_document(document_id, user)


@router.get("/documents/{document_id}/versions/{version_id}/text")
def get_text(document_id: int, version_id: int, context: Context, user: As) -> VersionTextForm:
    """The text that citations count their characters in."""
    return VersionTextForm(
        version_id=version_id, text=context.services.library.version_text(document_id, version_id, user)
    )


@router.get(
    "/documents/{document_id}/versions/{version_id}/pages/{page}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "The page as a picture."}},
)
def get_page(
    document_id: int,
    version_id: int,
    page: Annotated[int, Path(ge=1, le=100_000)],
    context: Context,
    user: As,
    width: Annotated[int, Query(ge=100, le=2400)] = 1200,
) -> Response:
    image = context.services.library.page_image(document_id, version_id, page, width, user)
    return Response(image, media_type="image/png", headers={"Cache-Control": "private, no-cache"})


@router.get(
    "/documents/{document_id}/versions/{version_id}/original",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file as it was added."}},
)
def get_original(document_id: int, version_id: int, context: Context, user: As) -> Response:
    """The original file, always as a download."""
    original = context.services.library.original(document_id, version_id, user)
    return StreamingResponse(
        iter(lambda: original.file.read(1 << 16), b""),
        media_type="application/octet-stream",
        headers={"Content-Disposition": original.disposition},
        background=BackgroundTask(original.file.close),
    )


@router.get("/audiences")
def list_audiences(context: Context, user: As) -> list[AudienceForm]:
    """The audiences you belong to, and who else does."""
    return [AudienceForm.of(entry) for entry in context.services.library.list_audiences(user)]
