"""What people do with documents: list, add, replace, move, delete, open. One call, one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from urllib.parse import quote

from sqlalchemy.orm import Session, sessionmaker

from api.file_name import safe_name
from api.ingesting import Ingesting
from corpus.audience import EVERYONE, AudienceNotFound
from corpus.blobs import Blobs
from corpus.document import Version
from corpus.errors import Conflict, Invalid
from corpus.places import Places
from corpus.store import AudienceEntry, CorpusCounts, CorpusStore, DocumentEntry, DocumentPage, StoredChunk
from ingestion.ingest import FileReport, IncomingFile, Outcome

PDF = "application/pdf"


class UploadRejected(Invalid):
    def __init__(self, report: FileReport) -> None:
        super().__init__(f"{report.name} was not added. {report.reason}")
        self.report = report


class WithoutPages(Invalid):
    def __init__(self, media_type: str) -> None:
        super().__init__(f"Page images exist for PDF documents only, not for {media_type}.")


class NotYourAudience(Conflict):
    def __init__(self, audience: str) -> None:
        super().__init__(f"The name “{audience}” cannot be used. Choose one of your audiences or another new name.")


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
        ingesting: Ingesting,
        follow: Callable[[], None],
        clock: Callable[[], datetime],
        max_bytes: int,
        model_id: int,
    ) -> None:
        self._sessions = sessions
        self._writing = writing
        self._blobs = blobs
        self._ingesting = ingesting
        self._follow = follow
        self._clock = clock
        self.max_bytes = max_bytes
        self._model_id = model_id

    def list_documents(
        self, user: str, limit: int, offset: int = 0, name_contains: str = "", audience: str | None = None
    ) -> DocumentPage:
        with self._sessions() as session:
            store = CorpusStore(session)
            return store.list_documents(store.reader(user), limit, offset, name_contains, audience)

    def get_document(self, document_id: int, user: str) -> DocumentEntry:
        with self._sessions() as session:
            store = CorpusStore(session)
            return store.get_document(store.reader(user), document_id)

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

    def add_upload(self, name: str, content: bytes, audience: str, user: str) -> FileReport:
        """Raises `UploadRejected` when the file cannot be read, `NotYourAudience`."""
        self.check_audience(audience, user)
        name = safe_name(name)
        report = self._ingesting.add_upload(IncomingFile(name, f"upload:{name}", content), audience)
        return self._accepted(report)

    def add_version(self, document_id: int, content: bytes, user: str) -> FileReport:
        """Raises `DocumentNotFound` or `UploadRejected`."""
        entry = self.get_document(document_id, user)
        reports = self._ingesting.add_texts([IncomingFile(entry.name, entry.origin, content)], entry.audience)
        return self._accepted(next(iter(reports)))

    def delete_document(self, document_id: int, user: str) -> None:
        with self._writing.begin() as session:
            store = CorpusStore(session)
            store.remove(store.get_document_entity(store.reader(user), document_id), self._clock())
        self._follow()

    def move_document(self, document_id: int, audience: str, user: str) -> None:
        """Raises `DocumentNotFound` or `NotYourAudience`."""
        self.check_audience(audience, user)
        with self._writing.begin() as session:
            store = CorpusStore(session)
            document = store.get_document_entity(store.reader(user), document_id)
            store.move(document, store.ensure_audience(audience, self._clock()).id)
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
        if version.media_type != PDF:
            raise WithoutPages(version.media_type)
        # Only where a page is looked at: most commands do without it.
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
        """Nobody writes into an audience they do not belong to. Raises `NotYourAudience`."""
        with self._writing.begin() as session:
            store = CorpusStore(session)
            reader = store.reader(user)
            if audience == EVERYONE:
                return
            try:
                found = store.get_audience(audience)
            except AudienceNotFound:
                return
            if found.id not in store.visible_audiences(reader):
                raise NotYourAudience(audience)

    def _accepted(self, report: FileReport) -> FileReport:
        if report.outcome is Outcome.FAILED:
            raise UploadRejected(report)
        self._follow()
        return report
