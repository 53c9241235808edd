"""All SQL of recordings. Whoever reads on somebody's behalf has asked `CorpusStore` for the version before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, aliased

from corpus.chunk import Chunk, ChunkVector
from corpus.document import Document, Version
from corpus.recording import Recording, TranscribedPiece, TranscriptOrigin, Upload, VocabularyTerm


@dataclass(frozen=True, slots=True)
class RecordedVersion:
    """A version of a recording, detached from its session."""

    version: Version
    recording: Recording


@dataclass(frozen=True, slots=True)
class WaitingRecording:
    """A recording whose newest version nobody has transcribed."""

    document_id: int
    version_id: int
    audience_id: int
    name: str


@dataclass(frozen=True, slots=True)
class StoredVector:
    text: str
    headings: tuple[str, ...]
    vector: bytes


class RecordingStore:
    """Reads and writes in the session's transaction; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # Recordings

    def find_recording(self, version_id: int) -> Recording | None:
        return self._session.get(Recording, version_id)

    def find_newest(self, document_id: int) -> RecordedVersion | None:
        """The newest version, also one that is not active yet; None if it is no recording."""
        row = self._session.execute(
            select(Version, Recording)
            .outerjoin(Recording, Recording.version_id == Version.id)
            .where(Version.document_id == document_id)
            .order_by(Version.number.desc())
            .limit(1)
        ).one_or_none()
        if row is None or row[1] is None:
            return None
        for entity in row:
            self._session.expunge(entity)
        return RecordedVersion(row[0], row[1])

    def find_document(self, document_id: int) -> Document | None:
        """One that is not removed; not on anybody's behalf."""
        document = self._session.get(Document, document_id)
        return document if document is not None and document.removed_at is None else None

    def list_waiting(self) -> list[WaitingRecording]:
        """Present documents whose newest version has no transcript, by version."""
        newest = aliased(Version)
        highest = select(func.max(newest.number)).where(newest.document_id == Document.id).scalar_subquery()
        rows = self._session.execute(
            select(Document.id, Version.id, Document.audience_id, Document.name)
            .join(Version, Version.document_id == Document.id)
            .join(Recording, Recording.version_id == Version.id)
            .where(
                Document.removed_at.is_(None),
                Version.number == highest,
                Recording.origin == TranscriptOrigin.MISSING,
            )
            .order_by(Version.id)
        )
        return [WaitingRecording(*row) for row in rows]

    def find_by_name(self, audience_id: int, names: Sequence[str]) -> Document | None:
        """The oldest present recording of the audience that has one of these names."""
        return self._session.scalar(
            select(Document)
            .join(Recording, Recording.version_id == Document.active_version_id)
            .where(Document.audience_id == audience_id, Document.removed_at.is_(None), Document.name.in_(names))
            .order_by(Document.id)
            .limit(1)
        )

    def list_vectors(self, version_id: int, model_id: int) -> list[StoredVector]:
        """Of every chunk of the version that the model has embedded, in reading order."""
        rows = self._session.execute(
            select(Chunk.text, Chunk.headings, ChunkVector.vector)
            .join(ChunkVector, ChunkVector.chunk_id == Chunk.id)
            .where(Chunk.version_id == version_id, ChunkVector.model_id == model_id)
            .order_by(Chunk.ordinal)
        )
        return [StoredVector(text, tuple(headings), vector) for text, headings, vector in rows]

    # Pieces that were transcribed already

    def find_piece(self, content_hash: str, engine: str, start_ms: int, end_ms: int) -> TranscribedPiece | None:
        piece = self._session.get(TranscribedPiece, (content_hash, engine, start_ms))
        return piece if piece is not None and piece.end_ms == end_ms else None

    def put_piece(self, piece: TranscribedPiece) -> None:
        self._session.merge(piece)

    def delete_pieces(self, content_hash: str) -> None:
        self._session.execute(delete(TranscribedPiece).where(TranscribedPiece.content_hash == content_hash))

    # Uploads

    def add_upload(self, upload: Upload) -> None:
        self._session.add(upload)
        self._session.flush()

    def find_upload(self, upload_id: str) -> Upload | None:
        return self._session.get(Upload, upload_id)

    def list_uploads_before(self, moment: datetime) -> list[Upload]:
        return list(self._session.scalars(select(Upload).where(Upload.created_at < moment).order_by(Upload.created_at)))

    def delete_upload(self, upload_id: str) -> None:
        self._session.execute(delete(Upload).where(Upload.id == upload_id))

    # Vocabulary

    def add_terms(self, audience_id: int, terms: Sequence[str], now: datetime) -> None:
        """Counts a correction for each; a new one is added."""
        for term in terms:
            known = self._session.scalar(
                select(VocabularyTerm).where(VocabularyTerm.audience_id == audience_id, VocabularyTerm.term == term)
            )
            if known is None:
                self._session.add(VocabularyTerm(audience_id=audience_id, term=term, corrections=1, changed_at=now))
            else:
                known.corrections += 1
                known.changed_at = now
        self._session.flush()

    def list_terms(self, audience_id: int, limit: int) -> list[str]:
        """The terms put right most often and last, first."""
        statement = (
            select(VocabularyTerm.term)
            .where(VocabularyTerm.audience_id == audience_id)
            .order_by(VocabularyTerm.corrections.desc(), VocabularyTerm.changed_at.desc(), VocabularyTerm.id.desc())
            .limit(limit)
        )
        return list(self._session.scalars(statement))
