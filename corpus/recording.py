"""Recordings: the sound or picture behind a version, what was said in it, and what is on its way to becoming one."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from corpus.database import Entity, Moment
from corpus.errors import Conflict, NotFound


class TranscriptOrigin(StrEnum):
    """Where a transcript comes from. `missing`: the recording can be played, but nobody has written down its words."""

    MISSING = "missing"
    BESIDE = "beside"
    ATTACHED = "attached"
    RECOGNISED = "recognised"
    EDITED = "edited"


class Recording(Entity):
    """What makes a version playable. Never changed after it was written, as its version.

    `played_hash` names the blob that players get: the file itself, or a copy whose container can be searched.
    """

    __tablename__ = "recordings"

    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True)
    played_hash: Mapped[str] = mapped_column(String(64), index=True)
    played_type: Mapped[str] = mapped_column(String(100))
    duration_s: Mapped[float]
    has_picture: Mapped[bool]
    origin: Mapped[TranscriptOrigin] = mapped_column(String(16))
    transcript: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    """See `corpus/transcript.py`; None while it is missing."""
    beside_hash: Mapped[str | None] = mapped_column(String(64), default=None)
    """Of the transcript file that lay beside the recording, so that a change of it is noticed."""
    remarks: Mapped[list[str]] = mapped_column(JSON, default_factory=list)
    """What is to be said of the file itself, whatever its transcript is."""


class TranscribedPiece(Entity):
    """What an engine heard in one piece of a long recording. Kept until the whole is recorded, so that a crash repeats
    one piece only."""

    __tablename__ = "transcribed_pieces"

    content_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    engine: Mapped[str] = mapped_column(String(200), primary_key=True)
    start_ms: Mapped[int] = mapped_column(primary_key=True)
    end_ms: Mapped[int]
    transcript: Mapped[bytes] = mapped_column(LargeBinary)


RECORDED = "recording:"
"""Begins the origin of a document that arrived in pieces; the id of its upload follows."""


class Upload(Entity):
    """A file that arrives in pieces. Its bytes lie in the data folder until it is complete."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    user_name: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(500))
    audience: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Moment)
    document_id: Mapped[int | None] = mapped_column(default=None)
    """What it has become; completing it again changes nothing."""


class VocabularyTerm(Entity):
    """A word that a person put right in a transcript of this audience, as a hint for the next transcription."""

    __tablename__ = "vocabulary_terms"
    __table_args__ = (UniqueConstraint("audience_id", "term"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id", ondelete="CASCADE"))
    term: Mapped[str] = mapped_column(String(100))
    corrections: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(Moment)


class NoRecording(NotFound):
    def __init__(self, document_id: int) -> None:
        super().__init__(f"Document {document_id} is no recording.")
        self.document_id = document_id


class NoTranscript(NotFound):
    def __init__(self, document_id: int) -> None:
        super().__init__(f"Recording {document_id} has no transcript yet.")
        self.document_id = document_id


class TranscriptChanged(Conflict):
    def __init__(self, document_id: int, version_id: int) -> None:
        super().__init__("Somebody saved another version of this transcript meanwhile. Reload it and edit that one.")
        self.document_id = document_id
        self.version_id = version_id
