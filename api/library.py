"""What people do with documents: list, add, replace, move, delete, open. One call, one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from os import SEEK_END
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO
from urllib.parse import quote

from sqlalchemy.orm import Session, sessionmaker

from api.file_name import safe_name
from api.ingesting import FoundFile
from api.jobs import ingest_kind
from api.jobs.ingest_kind import folder_arguments, reports_of, upload_arguments
from api.jobs.job import State
from api.jobs.jobs import Jobs
from api.jobs.store import JobEntry
from api.upload_quota import UploadQuota
from corpus.audience import EVERYONE, OWNER, AudienceNotFound, Reader, ReadersChange
from corpus.blobs import Blobs
from corpus.document import UPLOADED, Document, Version
from corpus.errors import Invalid, Unavailable
from corpus.places import Places
from corpus.store import AudienceEntry, CorpusCounts, CorpusStore, DocumentEntry, DocumentPage, StoredChunk
from ingestion.ingest import FileReport
from ingestion.media_type import PDF, PICTURES

WITH_PAGES = frozenset({PDF, *PICTURES})
_WAIT_S = 60.0
ANSWERED_WITHIN_S = 20.0
_PATIENT_REQUESTS = 16
"""Requests that wait for an upload's job at the same time. Each keeps a thread; more are told where to look."""


class UploadRejected(Invalid):
    def __init__(self, report: FileReport) -> None:
        super().__init__(f"{report.name} was not added. {report.reason}")
        self.report = report


class UploadUnfinished(Unavailable):
    """The file was taken in, but its job ended without a word about it: cancelled, or failed for want of something."""

    def __init__(self, job: JobEntry) -> None:
        super().__init__(f"{job.title} was not added. {job.reason or ''} You can try it again on the page Jobs.")


class WithoutPages(Invalid):
    def __init__(self, media_type: str) -> None:
        super().__init__(f"Page images exist for PDF documents and pictures only, not for {media_type}.")


@dataclass(frozen=True, slots=True)
class Original:
    file: BinaryIO
    disposition: str
    """Value for the Content-Disposition header: a download under a safe name."""


@dataclass(frozen=True, slots=True)
class OpenedVersion:
    """Everything the source view shows. `entry` is the document as it is now, whichever version was opened."""

    entry: DocumentEntry
    version: Version
    text: str
    places: Places
    chunks: tuple[StoredChunk, ...]


class Library:
    def __init__(
        self,
        sessions: sessionmaker[Session],
        writing: sessionmaker[Session],
        blobs: Blobs,
        jobs: Jobs,
        follow: Callable[[], None],
        clock: Callable[[], datetime],
        max_bytes: int,
        model_id: int,
        quota: UploadQuota,
    ) -> None:
        self._sessions = sessions
        self._writing = writing
        self._blobs = blobs
        self._jobs = jobs
        self._patience = BoundedSemaphore(_PATIENT_REQUESTS)
        self.answers_within_s = ANSWERED_WITHIN_S
        """So long the answer to an upload waits for what becomes of the file. Either way it is safe by then."""
        self._follow = follow
        self._clock = clock
        self.max_bytes = max_bytes
        self._model_id = model_id
        self._quota = quota

    def list_documents(
        self,
        user: str,
        limit: int,
        offset: int = 0,
        name_contains: str = "",
        audience: str | None = None,
        overdue: bool = False,
    ) -> DocumentPage:
        """`overdue`: only those whose review is due."""
        due_before = self._clock() if overdue else None
        with self._sessions() as session:
            store = CorpusStore(session)
            return store.list_documents(store.reader(user), limit, offset, name_contains, audience, due_before)

    def get_document(self, document_id: int, user: str) -> DocumentEntry:
        with self._sessions() as session:
            store = CorpusStore(session)
            return store.get_document(store.reader(user), document_id)

    def reader(self, user: str) -> Reader:
        """Everything the user acts as. Raises `UserNotFound`, `UserDisabled`."""
        with self._sessions() as session:
            return CorpusStore(session).reader(user)

    def counts(self, user: str) -> CorpusCounts:
        with self._sessions() as session:
            store = CorpusStore(session)
            return store.counts(store.reader(user), self._model_id)

    def list_users(self) -> list[str]:
        with self._sessions() as session:
            return CorpusStore(session).list_users()

    def list_audiences(self, user: str) -> list[AudienceEntry]:
        with self._sessions() as session:
            store = CorpusStore(session)
            return store.list_audiences(store.reader(user))

    def start_upload(self, name: str, content: bytes | BinaryIO, audience: str, user: str) -> JobEntry:
        """The file is durable on return and will be added; one that is open is read from where it stands.

        Raises `AudienceNotFound`, `QuotaExceeded`, `DiskFull`.
        """
        self.check_audience(audience, user)
        name = safe_name(name)
        return self._start(name, f"{UPLOADED}{name}", content, audience, user, recognise=True)

    def start_version(self, document_id: int, content: bytes | BinaryIO, user: str) -> JobEntry:
        """Like `start_upload`, for the next version of a document. Raises `DocumentNotFound`, `NotYourDocument`."""
        with self._sessions() as session:
            store = CorpusStore(session)
            _own(store, document_id, user)
            entry = store.get_document(store.reader(user), document_id)
        return self._start(entry.name, entry.origin, content, entry.audience, user, recognise=False)

    def start_folders(self, files: Sequence[FoundFile], folders: Sequence[Path], audience: str, user: str) -> JobEntry:
        """Adds files of this machine; what came from `folders` and is not among them is removed.

        Raises `AudienceNotFound`, `DiskFull`.
        """
        self.check_audience(audience, user)
        arguments = folder_arguments(files, folders, audience, sum(map(_size, files)))
        title = files[0].name if len(files) == 1 else f"{len(files):,} files for “{audience}”"
        return self._jobs.submit(ingest_kind.KIND, title, user, arguments, self._audience_id(audience, user))

    def find_report(self, job: JobEntry) -> FileReport | None:
        """What became of an uploaded file; None while that is not known yet.

        Raises `UploadRejected` when the file cannot be read, `UploadUnfinished`.
        """
        if not job.state.is_over:
            return None
        reports = reports_of(self._jobs.result(job.job_id, job.user))
        if not reports:
            raise UploadUnfinished(job)
        if job.state is not State.DONE:
            raise UploadRejected(reports[0])
        return reports[0]

    def wait_for_report(self, job: JobEntry, seconds: float) -> FileReport | None:
        """Like `find_report`, after at most so long; at once when too many wait already."""
        if not self._patience.acquire(blocking=False):
            return self.find_report(self._jobs.look(job.job_id))
        try:
            return self.find_report(self._jobs.wait(job.job_id, seconds))
        finally:
            self._patience.release()

    def add_upload(self, name: str, content: bytes, audience: str, user: str) -> FileReport:
        """`start_upload`, and what became of it. Raises `UploadRejected`, `UploadUnfinished`, `AudienceNotFound`."""
        return self._ended(self.start_upload(name, content, audience, user))

    def add_version(self, document_id: int, content: bytes, user: str) -> FileReport:
        """`start_version`, and what became of it. Raises `DocumentNotFound`, `UploadRejected`, `UploadUnfinished`."""
        return self._ended(self.start_version(document_id, content, user))

    def delete_document(self, document_id: int, user: str) -> None:
        with self._writing.begin() as session:
            store = CorpusStore(session)
            store.remove(_own(store, document_id, user), self._clock())
        self._follow()

    def look_after(self, document_id: int, owner: str | None, review_days: int | None, user: str) -> None:
        """Names who answers for a document and how often it is reviewed. Raises `UserNotFound`, `BadReviewInterval`."""
        with self._writing.begin() as session:
            store = CorpusStore(session)
            document = _own(store, document_id, user)
            if owner is not None and owner != document.owner:
                store.reader(owner)
            document.owner = owner
            document.have_reviewed(review_days)

    def review_document(self, document_id: int, user: str) -> None:
        """Notes that somebody has read it and found it right."""
        with self._writing.begin() as session:
            store = CorpusStore(session)
            store.get_document_entity(store.reader(user), document_id).review(self._clock())

    def foresee_move(self, document_id: int, audience: str, user: str) -> ReadersChange:
        """How many people would gain and lose sight. Raises as `move_document` does."""
        self.check_audience(audience, user)
        with self._sessions() as session:
            store = CorpusStore(session)
            before = store.user_ids_of(_own(store, document_id, user).audience_id)
            found = store.find_audience(audience)
            maker = frozenset({store.ensure_user(user).id} if user != OWNER else ())
            after = maker if found is None else store.user_ids_of(found.id)
        return ReadersChange(len(after), len(after - before), len(before - after))

    def move_document(self, document_id: int, audience: str, user: str) -> None:
        """Raises `DocumentNotFound`, `NotYourDocument` or `AudienceNotFound`."""
        self.check_audience(audience, user)
        with self._writing.begin() as session:
            store = CorpusStore(session)
            document = _own(store, document_id, user)
            store.move(document, store.ensure_audience(audience, self._clock(), user).id)
        self._follow()

    def open_version(self, document_id: int, version_id: int, user: str) -> OpenedVersion:
        with self._sessions() as session:
            store = CorpusStore(session)
            reader = store.reader(user)
            version = store.get_version(reader, document_id, version_id)
            session.expunge(version)
            return OpenedVersion(
                entry=store.get_document(reader, document_id),
                version=version,
                text=store.get_version_text(version_id),
                places=store.get_places(version_id),
                chunks=tuple(store.list_chunks(version_id)),
            )

    def version_text(self, document_id: int, version_id: int, user: str) -> str:
        with self._sessions() as session:
            store = CorpusStore(session)
            store.get_version(store.reader(user), document_id, version_id)
            return store.get_version_text(version_id)

    def page_image(self, document_id: int, version_id: int, page: int, width: int, user: str) -> bytes:
        """PNG. Raises `DocumentNotFound`, `WithoutPages` or `PageNotFound`."""
        version = self._version(document_id, version_id, user)
        if version.media_type not in WITH_PAGES:
            raise WithoutPages(version.media_type)
        # Only where a page is looked at: most commands do without it.
        if version.media_type != PDF:
            from ingestion.pillow_pictures import show  # noqa: PLC0415

            return show(self._blobs.get(version.content_hash), page, width)
        from ingestion.pdfium_pages import render_page  # noqa: PLC0415

        return render_page(self._blobs.get(version.content_hash), page, width)

    def original(self, document_id: int, version_id: int, user: str) -> Original:
        with self._sessions() as session:
            store = CorpusStore(session)
            reader = store.reader(user)
            version = store.get_version(reader, document_id, version_id)
            name = safe_name(store.get_document(reader, document_id).name)
            file = self._blobs.open(version.content_hash)
        plain = "".join(character if character.isascii() and character not in '"\\%' else "_" for character in name)
        return Original(file, f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}")

    def _version(self, document_id: int, version_id: int, user: str) -> Version:
        with self._sessions() as session:
            store = CorpusStore(session)
            version = store.get_version(store.reader(user), document_id, version_id)
            session.expunge(version)
            return version

    def check_audience(self, audience: str, user: str) -> None:
        """Nobody writes into an audience they do not belong to; only who manages makes one by naming it.

        Raises `AudienceNotFound`, also for one that the user may not know of.
        """
        with self._writing.begin() as session:
            store = CorpusStore(session)
            reader = store.reader(user)
            if audience == EVERYONE:
                return
            try:
                found = store.get_audience(audience)
            except AudienceNotFound:
                if not reader.manages:
                    raise
                return
            if found.id not in store.visible_audiences(reader):
                raise AudienceNotFound(audience)

    def open_audience(self, audience: str, user: str) -> None:
        """`check_audience`, and makes the audience where it may be made by naming it."""
        self.check_audience(audience, user)
        self._audience_id(audience, user)

    def _start(
        self, name: str, origin: str, content: bytes | BinaryIO, audience: str, user: str, recognise: bool
    ) -> JobEntry:
        size = _length(content)
        self._quota.check(user, size)
        content_hash = self._blobs.put(content) if isinstance(content, bytes) else self._blobs.put_file(content)
        arguments = upload_arguments(name, origin, content_hash, size, audience, recognise, user)
        return self._jobs.submit(ingest_kind.KIND, name, user, arguments, self._audience_id(audience, user))

    def _audience_id(self, audience: str, user: str) -> int:
        with self._writing.begin() as session:
            return CorpusStore(session).ensure_audience(audience, self._clock(), user).id

    def _ended(self, job: JobEntry) -> FileReport:
        while (report := self.find_report(self._jobs.wait(job.job_id, _WAIT_S))) is None:
            if self._jobs.is_stopping:
                raise UploadUnfinished(job)
        return report


def _own(store: CorpusStore, document_id: int, user: str) -> Document:
    """The document, for somebody who may change it. Raises `DocumentNotFound`, `NotYourDocument`."""
    reader = store.reader(user)
    document = store.get_document_entity(reader, document_id)
    document.check_kept_by(reader)
    return document


def _length(content: bytes | BinaryIO) -> int:
    """From where it stands, where it is left."""
    if isinstance(content, bytes):
        return len(content)
    start = content.tell()
    length = content.seek(0, SEEK_END) - start
    content.seek(start)
    return length


def _size(file: FoundFile) -> int:
    """A file that is gone or closed to us weighs nothing; its own report will say so."""
    try:
        return file.path.stat().st_size
    except OSError:
        return 0
