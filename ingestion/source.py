"""Sources: places that documents come from again and again, and what is known of each thing found there."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from corpus.audience import Reader
from corpus.database import Entity, Moment
from corpus.errors import Conflict, NotFound, NotPermitted


class SourceKind(StrEnum):
    FOLDER = "folder"
    WEBSITE = "website"
    GIT = "git"
    BUCKET = "bucket"
    FEED = "feed"
    MAILBOX = "mailbox"
    READER = "reader"


class Source(Entity):
    """Where documents come from, who may read them, and how often to look. `credential` only says where a secret is."""

    __tablename__ = "sources"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[SourceKind] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(2000))
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    every_minutes: Mapped[int | None] = mapped_column(default=None)
    """None: synced when somebody asks for it, or when a watched folder changes."""
    credential: Mapped[str | None] = mapped_column(String(500), default=None)
    owner: Mapped[str | None] = mapped_column(String(200), default=None)
    """The user whom documents of this source belong to unless somebody says otherwise."""
    synced_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """The `SyncReport` of the last sync."""

    @property
    def is_watched(self) -> bool:
        return self.kind == SourceKind.FOLDER and bool(self.options.get("watch"))

    def is_looked_after_by(self, reader: Reader) -> bool:
        """Who sees the names of its items and where its secrets are."""
        return reader.manages or reader.name == self.owner

    def check_looked_after_by(self, reader: Reader) -> None:
        """Raises `NotYourSource`."""
        if not self.is_looked_after_by(reader):
            raise NotYourSource(self)

    def is_due(self, now: datetime) -> bool:
        if self.every_minutes is None:
            return False
        return self.synced_at is None or now >= self.synced_at + timedelta(minutes=self.every_minutes)


class SourceItem(Entity):
    """One thing that a source listed. It is to be fetched while `stamp` and `done_stamp` differ or either is None."""

    __tablename__ = "source_items"
    __table_args__ = (UniqueConstraint("source_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(2000))
    origin: Mapped[str] = mapped_column(String(2000))
    name: Mapped[str] = mapped_column(String(500))
    seen_at: Mapped[datetime] = mapped_column(Moment)
    """When the sync began that listed it last; older than the last sync: gone."""
    stamp: Mapped[str | None] = mapped_column(String(200), default=None)
    done_stamp: Mapped[str | None] = mapped_column(String(200), default=None)
    done_recipe: Mapped[str | None] = mapped_column(String(64), default=None)
    done_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When the sync began that fetched it last, or tried to."""
    size: Mapped[int | None] = mapped_column(BigInteger, default=None)
    memory: Mapped[dict[str, Any]] = mapped_column(JSON, default_factory=dict)
    """What the reader wants to be reminded of: validators of conditional requests, links of a page."""
    content_hash: Mapped[str | None] = mapped_column(String(64), default=None, index=True)
    document_id: Mapped[int | None] = mapped_column(
        ForeignKey("documents.id", ondelete="SET NULL"), default=None, index=True
    )
    failure: Mapped[str | None] = mapped_column(String(1000), default=None)


class NotYourSource(NotPermitted):
    def __init__(self, source: Source) -> None:
        super().__init__(
            f"Only {f'{source.owner} or ' if source.owner else ''}an administrator may do that to “{source.name}”."
        )


class SourceNotFound(NotFound):
    def __init__(self, name: str | int) -> None:
        super().__init__(f"There is no source {f'“{name}”' if isinstance(name, str) else name}.")


class SourceNameTaken(Conflict):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is a source “{name}” already. Choose another name, or remove that one first.")


class SyncUnderWay(Conflict):
    def __init__(self, name: str, job_id: int) -> None:
        super().__init__(f"“{name}” is being synced already, by job {job_id}. Wait until it is done.")
        self.job_id = job_id
