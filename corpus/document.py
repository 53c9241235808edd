"""Documents and their versions: what was added, in which state of its content, and whether it can be read."""

from datetime import datetime, timedelta

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from corpus.audience import Reader
from corpus.database import Entity, Moment
from corpus.errors import Invalid, NotFound, NotPermitted

UPLOADED = "upload:"
"""How the origin of a document begins that came as an upload; its name follows."""

LONGEST_REVIEW_DAYS = 3650


def is_kept(owner: str | None, reader: Reader) -> bool:
    """Whoever answers for a document changes it; where nobody does, and beside them, who manages everything."""
    return reader.manages or (owner is not None and owner == reader.name)


class Document(Entity):
    """One thing that was added and may change: a file, an upload, later a recording or a page.

    `origin` tells where it comes from (`file:///…`, `upload:name`) and identifies it while it is not removed.
    """

    __tablename__ = "documents"
    __table_args__ = (
        Index(
            "uq_documents_origin_present",
            "audience_id",
            "origin",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"), index=True)
    origin: Mapped[str] = mapped_column(String(2000))
    name: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(Moment)
    active_version_id: Mapped[int | None] = mapped_column(default=None, index=True)
    """No foreign key, since versions refer to documents already; only `CorpusStore.activate` sets it."""
    removed_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    owner: Mapped[str | None] = mapped_column(String(200), default=None)
    """The user who answers for what it says; None where nobody has been named."""
    reviewed_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    review_days: Mapped[int | None] = mapped_column(default=None)
    review_due_at: Mapped[datetime | None] = mapped_column(Moment, default=None, index=True)
    """Follows from the two above; None where it need not be reviewed."""

    def is_kept_by(self, reader: Reader) -> bool:
        return is_kept(self.owner, reader)

    def check_kept_by(self, reader: Reader) -> None:
        """Raises `NotYourDocument`."""
        if not self.is_kept_by(reader):
            raise NotYourDocument(self.owner)

    def review(self, now: datetime) -> None:
        """Somebody has read it and found it right."""
        self.reviewed_at = now
        self._set_due()

    def have_reviewed(self, every_days: int | None) -> None:
        """From the last review on, or from when it was added. Raises `BadReviewInterval`."""
        if every_days is not None and not 1 <= every_days <= LONGEST_REVIEW_DAYS:
            raise BadReviewInterval
        self.review_days = every_days
        self._set_due()

    def _set_due(self) -> None:
        since = self.reviewed_at or self.created_at
        self.review_due_at = None if self.review_days is None else since + timedelta(days=self.review_days)


class Version(Entity):
    """One content of a Document. Never changed after it was written; the Document says which one is active."""

    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    number: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(500))
    language: Mapped[str] = mapped_column(String(8))
    recipe: Mapped[str] = mapped_column(String(64))
    """Which reading and chunking made it; another recipe reads the same bytes again."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    page_count: Mapped[int | None] = mapped_column(default=None)
    unread_pages: Mapped[list[int]] = mapped_column(JSON, default_factory=list)
    remarks: Mapped[list[str]] = mapped_column(JSON, default_factory=list)


class VersionText(Entity):
    """The text of a version, and where each stretch of it stands (see `corpus/places.py`)."""

    __tablename__ = "version_texts"

    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    places: Mapped[bytes] = mapped_column(LargeBinary)


class NotYourDocument(NotPermitted):
    def __init__(self, owner: str | None) -> None:
        super().__init__(
            f"Only {owner} or an administrator can change it."
            if owner
            else "Nobody is named who answers for it, so only an administrator can change it."
        )
        self.owner = owner


class BadReviewInterval(Invalid):
    def __init__(self) -> None:
        super().__init__(f"A review interval is a number of days from 1 to {LONGEST_REVIEW_DAYS:,}, or none.")


class DocumentNotFound(NotFound):
    """Says the same for a document that does not exist and for one that the reader may not know of."""

    def __init__(self, document_id: int) -> None:
        super().__init__(f"There is no document {document_id}.")
        self.document_id = document_id


class ChunkNotFound(NotFound):
    def __init__(self, chunk_id: int) -> None:
        super().__init__(f"There is no chunk {chunk_id}.")
        self.chunk_id = chunk_id
