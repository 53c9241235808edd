"""The library: which documents are there, adding and removing them, and who may read them."""

import time
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.context import As, Context
from api.errors import status_of
from api.frame import frame, page
from api.jobs.store import JobEntry
from api.schemas import AudienceForm, DocumentForm, ReadersChangeForm
from api.services import Services
from api.uploads import MEGABYTE, open_upload, read_upload
from corpus.audience import EVERYONE, Reader
from corpus.clock_time import clock_time
from corpus.document import BadReviewInterval, DocumentNotFound, NotYourDocument, is_kept
from corpus.errors import GroundworkError, NotFound
from corpus.index_state import IndexState, StateName
from corpus.recording import Recording, TranscriptOrigin
from ingestion.ingest import FileReport, Outcome
from ingestion.transcript_file import TranscriptFile

router = APIRouter(prefix="/library")

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of documents. `name` and `audience` are what they are filtered by."""

    documents: tuple[DocumentForm, ...]
    total: int
    page: int
    name: str
    audience: str
    overdue: bool = False

    @property
    def page_count(self) -> int:
        return max(-(-self.total // PER_PAGE), 1)

    @property
    def first(self) -> int:
        return (self.page - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.documents) - 1

    @property
    def is_filtered(self) -> bool:
        return bool(self.name or self.audience or self.overdue)

    def at(self, page: int) -> str:
        overdue = "true" if self.overdue else ""
        wanted = {"name": self.name, "audience": self.audience, "overdue": overdue, "page": page if page > 1 else ""}
        query = urlencode({field: value for field, value in wanted.items() if value})
        return "/library" + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a file. `document_id` is None where there is nothing to open."""

    name: str
    outcome: str
    reason: str | None
    document_id: int | None
    chunk_count: int
    job_id: int | None = None
    """The job that still reads it."""

    @classmethod
    def of(cls, report: FileReport) -> "Uploaded":
        return cls(report.name, report.outcome, report.reason, report.document_id, report.chunk_count)


@dataclass(frozen=True, slots=True)
class LibraryView:
    """`unready` are the indexes that are being built or cannot be used; answers come without them meanwhile."""

    listing: Listing
    audiences: tuple[AudienceForm, ...]
    uploaded: tuple[Uploaded, ...]
    upload_problem: str | None
    upload_audience: str
    max_bytes: int
    max_recording_bytes: int
    unready: tuple[IndexState, ...]
    done: str
    reader: Reader

    def keeps(self, document: DocumentForm) -> bool:
        return is_kept(document.owner, self.reader)


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """`words`: where its transcript comes from, None while there is none."""

    duration: str
    words: str | None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What another audience would change, for the owner to agree to first."""

    audience: str
    change: ReadersChangeForm


@dataclass(frozen=True, slots=True)
class DocumentView:
    document: DocumentForm
    audiences: tuple[AudienceForm, ...]
    done: str
    audience_problem: str | None = None
    version_problem: str | None = None
    recording: RecordingFacts | None = None
    transcript_problem: str | None = None
    care_problem: str | None = None
    may_change: bool = False
    foreseen: Foreseen | None = None


@router.get("")
def show_library(
    request: Request,
    context: Context,
    user: As,
    name: Annotated[str, Query(max_length=200)] = "",
    audience: Annotated[str, Query(max_length=100)] = "",
    page_number: Annotated[int, Query(alias="page", ge=1, le=200_000)] = 1,
    overdue: Annotated[bool, Query()] = False,
    done: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    listing = _listing(context.services, user, name.strip(), audience, page_number, overdue)
    return _library_page(request, context.services, user, listing, done=done)


@router.post("")
def upload(
    request: Request,
    context: Context,
    user: As,
    file: Annotated[list[UploadFile] | None, File()] = None,
    audience: Annotated[str, Form(max_length=100)] = EVERYONE,
) -> HTMLResponse:
    """Adds the files one by one; one that fails does not stop the others. A form without any is answered too."""
    services = context.services
    chosen = [item for item in file or () if item.filename]
    deadline = time.monotonic() + services.library.answers_within_s
    started = [_start_upload(services, item, audience, user) for item in chosen]
    uploaded = tuple(_outcome(services, item, deadline - time.monotonic()) for item in started)
    listing = _listing(services, user, "", "", 1)
    failed = bool(uploaded) and all(item.outcome is Outcome.FAILED for item in uploaded)
    return _library_page(
        request,
        services,
        user,
        listing,
        uploaded=uploaded,
        problem=None if chosen else "Choose at least one file.",
        audience=audience,
        status=422 if failed or not chosen else 200,
    )


@router.get("/documents/{document_id}")
def show_document(
    document_id: int, request: Request, context: Context, user: As, done: Annotated[str, Query(max_length=20)] = ""
) -> HTMLResponse:
    view = _document_view(context.services, document_id, user, done)
    return page("library/document.html", frame(request, context.services, "library", user), view)


@router.post("/documents/{document_id}/audience")
def move_document(
    document_id: int,
    request: Request,
    context: Context,
    user: As,
    audience: Annotated[str, Form(max_length=100)],
    agreed: Annotated[bool, Form()] = False,
) -> Response:
    """Says first how many people gain or lose sight; with `agreed`, does it."""
    library = context.services.library
    try:
        if not agreed:
            change = ReadersChangeForm.of(library.foresee_move(document_id, audience, user))
            view = _document_view(context.services, document_id, user, foreseen=Foreseen(audience, change))
            return page("library/document.html", frame(request, context.services, "library", user), view)
        library.move_document(document_id, audience, user)
    except NotFound:
        raise
    except GroundworkError as error:
        view = _document_view(context.services, document_id, user, audience_problem=str(error))
        return _refused(request, context.services, user, view, error)
    return RedirectResponse(f"/library/documents/{document_id}?done=moved", 303)


@router.post("/documents/{document_id}/care")
def look_after_document(
    document_id: int,
    request: Request,
    context: Context,
    user: As,
    owner: Annotated[str, Form(max_length=100)] = "",
    review_days: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    try:
        days = _days(review_days.strip())
        context.services.library.look_after(document_id, owner or None, days, user)
    except DocumentNotFound:
        raise
    except GroundworkError as error:
        view = _document_view(context.services, document_id, user, care_problem=str(error))
        return _refused(request, context.services, user, view, error)
    return RedirectResponse(f"/library/documents/{document_id}?done=care", 303)


@router.post("/documents/{document_id}/review")
def review_document(document_id: int, context: Context, user: As) -> RedirectResponse:
    context.services.library.review_document(document_id, user)
    return RedirectResponse(f"/library/documents/{document_id}?done=reviewed", 303)


@router.post("/documents/{document_id}/versions")
def add_version(document_id: int, request: Request, context: Context, user: As, file: UploadFile) -> Response:
    try:
        opened = open_upload(file, context.services.settings)
        job = context.services.library.start_version(document_id, opened.file, user)
        library = context.services.library
        report = library.wait_for_report(job, library.answers_within_s)
    except NotFound:
        raise
    except GroundworkError as error:
        view = _document_view(context.services, document_id, user, version_problem=str(error))
        return _refused(request, context.services, user, view, error)
    if report is None:
        return RedirectResponse(f"/jobs/{job.job_id}", 303)
    done = "unchanged" if report.outcome is Outcome.UNCHANGED else "replaced"
    return RedirectResponse(f"/library/documents/{document_id}?done={done}", 303)


@router.post("/documents/{document_id}/transcript")
def attach_transcript(document_id: int, request: Request, context: Context, user: As, file: UploadFile) -> Response:
    try:
        name, content = read_upload(file, context.services.library.max_bytes)
        report = context.services.recordings.attach_transcript(document_id, TranscriptFile(name, content), user)
    except NotFound:
        raise
    except GroundworkError as error:
        view = _document_view(context.services, document_id, user, transcript_problem=str(error))
        return _refused(request, context.services, user, view, error)
    done = "unchanged" if report.outcome is Outcome.UNCHANGED else "transcript"
    return RedirectResponse(f"/library/documents/{document_id}?done={done}", 303)


@router.get("/documents/{document_id}/delete")
def confirm_delete(document_id: int, request: Request, context: Context, user: As) -> HTMLResponse:
    view = _document_view(context.services, document_id, user)
    if not view.may_change:
        raise NotYourDocument(view.document.owner)
    return page("library/delete.html", frame(request, context.services, "library", user), view)


@router.post("/documents/{document_id}/delete")
def delete_document(document_id: int, context: Context, user: As) -> RedirectResponse:
    context.services.library.delete_document(document_id, user)
    return RedirectResponse("/library?done=deleted", 303)


def _listing(services: Services, user: str, name: str, audience: str, number: int, overdue: bool = False) -> Listing:
    start = (number - 1) * PER_PAGE
    found = services.library.list_documents(user, PER_PAGE, start, name, audience or None, overdue)
    return Listing(tuple(map(DocumentForm.of, found.entries)), found.total, number, name, audience, overdue)


def _library_page(
    request: Request,
    services: Services,
    user: str,
    listing: Listing,
    uploaded: tuple[Uploaded, ...] = (),
    problem: str | None = None,
    audience: str = EVERYONE,
    done: str = "",
    status: int = 200,
) -> HTMLResponse:
    view = LibraryView(
        listing=listing,
        audiences=_audiences(services, user),
        uploaded=uploaded,
        upload_problem=problem,
        upload_audience=audience,
        max_bytes=services.library.max_bytes,
        max_recording_bytes=services.settings.max_recording_mb * MEGABYTE,
        unready=tuple(index for index in services.indexes.states() if index.state is not StateName.READY),
        done=done,
        reader=services.library.reader(user),
    )
    return page("library/index.html", frame(request, services, "library", user), view, status)


def _document_view(
    services: Services,
    document_id: int,
    user: str,
    done: str = "",
    audience_problem: str | None = None,
    version_problem: str | None = None,
    transcript_problem: str | None = None,
    care_problem: str | None = None,
    foreseen: Foreseen | None = None,
) -> DocumentView:
    entry = services.library.get_document(document_id, user)
    document = DocumentForm.of(entry)
    recording = services.recordings.find_recording(document_id, document.version_id, user)
    return DocumentView(
        document,
        _audiences(services, user),
        done,
        audience_problem,
        version_problem,
        None if recording is None else _recording_facts(recording),
        transcript_problem,
        care_problem,
        entry.is_kept_by(services.library.reader(user)),
        foreseen,
    )


_WORDS_FROM = {
    TranscriptOrigin.BESIDE: "the file beside it",
    TranscriptOrigin.ATTACHED: "an attached file",
    TranscriptOrigin.RECOGNISED: "speech recognition",
    TranscriptOrigin.EDITED: "a person's corrections",
}


def _recording_facts(recording: Recording) -> RecordingFacts:
    return RecordingFacts(clock_time(recording.duration_s), _WORDS_FROM.get(TranscriptOrigin(recording.origin)))


def _days(written: str) -> int | None:
    """None where nothing is written. Raises `BadReviewInterval`."""
    if written and not written.isdecimal():
        raise BadReviewInterval
    return int(written) if written else None


def _refused(
    request: Request, services: Services, user: str, view: DocumentView, error: GroundworkError
) -> HTMLResponse:
    status, _ = status_of(error)
    return page("library/document.html", frame(request, services, "library", user), view, status)


def _audiences(services: Services, user: str) -> tuple[AudienceForm, ...]:
    return tuple(AudienceForm.of(entry) for entry in services.library.list_audiences(user))


def _start_upload(services: Services, file: UploadFile, audience: str, user: str) -> JobEntry | Uploaded:
    try:
        opened = open_upload(file, services.settings)
        return services.library.start_upload(opened.name, opened.file, audience, user)
    except GroundworkError as error:
        return Uploaded(file.filename or "", Outcome.FAILED, str(error), None, 0)


def _outcome(services: Services, started: JobEntry | Uploaded, seconds: float) -> Uploaded:
    if isinstance(started, Uploaded):
        return started
    try:
        report = services.library.wait_for_report(started, seconds)
    except GroundworkError as error:
        # The row begins with the name and that it was not added.
        reason = str(error).removeprefix(f"{started.title} was not added. ")
        return Uploaded(started.title, Outcome.FAILED, reason, None, 0)
    if report is None:
        return Uploaded(started.title, "reading", None, None, 0, started.job_id)
    return Uploaded.of(report)
