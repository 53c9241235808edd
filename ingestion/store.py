"""All SQL of sources and their items. Never commits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from corpus.audience import Audience
from corpus.document import Document, Version
from corpus.recording import Recording
from ingestion.recording_type import TRANSCRIPT_EXTENSIONS
from ingestion.source import Source, SourceItem, SourceNotFound
from ingestion.source_reading import ListedItem, Memory

_COPIES = 100
"""So many gone items of equal content are told apart; of more, some are read again instead of being found moved."""


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A source as lists show it. `source` is detached; do not change it."""

    source: Source
    audience: str
    document_count: int


@dataclass(frozen=True, slots=True)
class ItemWork:
    """An item that is to be fetched. `document_id` is None for one that was not recorded yet."""

    item_id: int
    listed: ListedItem
    content_hash: str | None
    document_id: int | None


@dataclass(frozen=True, slots=True)
class GoneItem:
    item_id: int
    document_id: int | None
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class FailedItem:
    name: str
    reason: str


class SourceStore:
    """Reads and writes sources in the session's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # Sources

    def add(self, source: Source) -> Source:
        self._session.add(source)
        self._session.flush()
        return source

    def get(self, source_id: int) -> Source:
        """Raises `SourceNotFound`."""
        source = self._session.get(Source, source_id)
        if source is None:
            raise SourceNotFound(source_id)
        return source

    def find_by_name(self, name: str) -> Source | None:
        return self._session.scalar(select(Source).where(Source.name == name))

    def list_all(self) -> list[Source]:
        """By id."""
        return list(self._session.scalars(select(Source).order_by(Source.id)))

    def list_entries(self, audience_ids: Collection[int]) -> list[SourceEntry]:
        """Those whose audience is one of these, by name."""
        documents = (
            select(func.count())
            .select_from(SourceItem)
            .join(Document, Document.id == SourceItem.document_id)
            .where(SourceItem.source_id == Source.id, Document.removed_at.is_(None))
            .scalar_subquery()
        )
        rows = self._session.execute(
            select(Source, Audience.name, documents)
            .join(Audience, Audience.id == Source.audience_id)
            .where(Source.audience_id.in_(audience_ids))
            .order_by(func.lower(Source.name), Source.id)
        ).all()
        entries = [SourceEntry(source, audience, count) for source, audience, count in rows]
        for entry in entries:
            self._session.expunge(entry.source)
        return entries

    def delete(self, source_id: int) -> None:
        """With all of its items."""
        self._session.execute(delete(SourceItem).where(SourceItem.source_id == source_id))
        self._session.execute(delete(Source).where(Source.id == source_id))

    # Items

    def take_listing(self, source_id: int, listed: Sequence[ListedItem], seen_at: datetime) -> None:
        """Notes that these were seen, and what about them is new. Keys must not repeat."""
        rows = self._session.execute(
            select(
                SourceItem.id, SourceItem.key, SourceItem.origin, SourceItem.name, SourceItem.stamp, SourceItem.size
            ).where(SourceItem.source_id == source_id, SourceItem.key.in_([item.key for item in listed]))
        )
        known = {key: (item_id, origin, name, stamp, size) for item_id, key, origin, name, stamp, size in rows}
        added: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        same: list[int] = []
        for item in listed:
            values: dict[str, Any] = {"origin": item.origin, "name": item.name, "stamp": item.stamp, "size": item.size}
            found = known.get(item.key)
            if found is None:
                values |= {"source_id": source_id, "key": item.key, "memory": dict(item.memory), "seen_at": seen_at}
                added.append(values)
            elif found[1:] == tuple(values.values()) and not item.memory:
                same.append(found[0])
            else:
                memory = {"memory": dict(item.memory)} if item.memory else {}
                changed.append(values | memory | {"id": found[0], "seen_at": seen_at})
        if added:
            self._session.execute(insert(SourceItem), added)
        if same:
            self._session.execute(update(SourceItem).where(SourceItem.id.in_(same)).values(seen_at=seen_at))
        for values in changed:
            self._session.execute(update(SourceItem).where(SourceItem.id == values.pop("id")).values(**values))

    def recall(self, source_id: int, key: str) -> Memory | None:
        """The memory of an item that was fetched before."""
        return self._session.scalar(
            select(SourceItem.memory).where(
                SourceItem.source_id == source_id, SourceItem.key == key, SourceItem.content_hash.is_not(None)
            )
        )

    def count_recorded(self, source_id: int) -> int:
        """Items that have a document that is not removed."""
        return self._count(SourceItem.source_id == source_id, _HAS_DOCUMENT)

    def count_seen(self, source_id: int, seen_at: datetime) -> int:
        return self._count(_seen(source_id, seen_at))

    def count_failed(self, source_id: int, seen_at: datetime) -> int:
        return self._count(_seen(source_id, seen_at), SourceItem.failure.is_not(None))

    def list_failed(self, source_id: int, seen_at: datetime, limit: int) -> list[FailedItem]:
        rows = self._session.execute(
            select(SourceItem.name, SourceItem.failure)
            .where(_seen(source_id, seen_at), SourceItem.failure.is_not(None))
            .order_by(SourceItem.id)
            .limit(limit)
        )
        return [FailedItem(name, reason or "") for name, reason in rows]

    def count_work(self, source_id: int, seen_at: datetime, recipe: str, recorded: bool) -> int:
        """Items that are still to be fetched: those `recorded` before, or those that are not."""
        return self._count(_seen(source_id, seen_at), _to_do(recipe), _NOT_DELETED, _recorded(recorded))

    def list_work(self, source_id: int, seen_at: datetime, recipe: str, recorded: bool, limit: int) -> list[ItemWork]:
        """The first of what `count_work` counts; what may be transcripts comes after the recordings."""
        rows = self._session.scalars(
            select(SourceItem)
            .where(
                _seen(source_id, seen_at),
                _to_do(recipe),
                _NOT_DELETED,
                _recorded(recorded),
            )
            .order_by(_IS_NAMED_LIKE_A_TRANSCRIPT, SourceItem.id)
            .limit(limit)
        )
        return [_work(row, row.done_recipe != recipe) for row in rows]

    def find_listed(self, source_id: int, seen_at: datetime, keys: Sequence[str]) -> ItemWork | None:
        """The item of the first of these keys that the sync begun then has listed, to be fetched whole."""
        rows = self._session.scalars(
            select(SourceItem).where(_seen(source_id, seen_at), SourceItem.key.in_(keys))
        ).all()
        found = min(rows, key=lambda row: keys.index(row.key), default=None)
        return None if found is None else _work(found, whole=True)

    def release(self, item_id: int) -> None:
        """The item is no document of its own any more."""
        self._session.execute(update(SourceItem).where(SourceItem.id == item_id).values(document_id=None))

    def reopen(self, source_id: int, keys: Collection[str]) -> None:
        """Those of these items that are no documents are fetched whole by the next sync."""
        self._session.execute(
            update(SourceItem)
            .where(SourceItem.source_id == source_id, SourceItem.key.in_(keys), SourceItem.document_id.is_(None))
            .values(done_stamp=None, done_recipe=None)
        )

    def has_words_from_beside(self, document_id: int) -> bool:
        """Whether any version of the recording took them from a file that lay beside it."""
        found = self._session.scalar(
            select(Version.id)
            .join(Recording, Recording.version_id == Version.id)
            .where(Version.document_id == document_id, Recording.beside_hash.is_not(None))
            .limit(1)
        )
        return found is not None

    def take_anew(self, source_id: int, document_id: int) -> None:
        """The items that were this document are none any more, and are fetched whole."""
        self._session.execute(
            update(SourceItem)
            .where(SourceItem.source_id == source_id, SourceItem.document_id == document_id)
            .values(document_id=None, done_stamp=None, done_recipe=None, done_at=None)
        )

    def count_gone(self, source_id: int, seen_at: datetime) -> int:
        """Of items that have a document."""
        return self._count(SourceItem.source_id == source_id, SourceItem.seen_at < seen_at, _HAS_DOCUMENT)

    def list_gone(self, source_id: int, seen_at: datetime, limit: int) -> list[GoneItem]:
        """By id."""
        rows = self._session.execute(
            select(SourceItem.id, SourceItem.document_id, SourceItem.name, SourceItem.key)
            .where(SourceItem.source_id == source_id, SourceItem.seen_at < seen_at)
            .order_by(SourceItem.id)
            .limit(limit)
        )
        return [GoneItem(*row) for row in rows]

    def list_gone_by_content(self, source_id: int, seen_at: datetime, content_hash: str) -> list[GoneItem]:
        """Where documents with this content were before and are no longer."""
        rows = self._session.execute(
            select(SourceItem.id, SourceItem.document_id, SourceItem.name, SourceItem.key)
            .where(
                SourceItem.source_id == source_id,
                SourceItem.seen_at < seen_at,
                SourceItem.content_hash == content_hash,
                _HAS_DOCUMENT,
            )
            .order_by(SourceItem.id)
            .limit(_COPIES)
        )
        return [GoneItem(*row) for row in rows]

    def find_source_of(self, document_id: int) -> Source | None:
        return self._session.scalar(
            select(Source)
            .join(SourceItem, SourceItem.source_id == Source.id)
            .where(SourceItem.document_id == document_id)
            .limit(1)
        )

    def settle(
        self,
        work: ItemWork,
        recipe: str,
        document_id: int | None,
        content_hash: str | None,
        memory: Memory | None,
        failure: str | None = None,
    ) -> None:
        """Notes that the item was fetched as it was listed and what came of it. None for `memory` keeps it."""
        self._session.execute(
            update(SourceItem)
            .where(SourceItem.id == work.item_id)
            .values(
                done_stamp=work.listed.stamp,
                done_recipe=recipe,
                done_at=SourceItem.seen_at,
                document_id=document_id,
                content_hash=content_hash,
                failure=failure and failure[:1000],
                **({} if memory is None else {"memory": dict(memory)}),
            )
        )

    def postpone(self, item_id: int, failure: str) -> None:
        """Notes that the item could not be fetched; the next sync tries again."""
        self._session.execute(
            update(SourceItem)
            .where(SourceItem.id == item_id)
            .values(failure=failure[:1000], done_stamp=None, done_at=SourceItem.seen_at)
        )

    def unsee(self, item_id: int, never: datetime) -> None:
        """Makes an item that was listed count as gone, since fetching it said so."""
        self._session.execute(update(SourceItem).where(SourceItem.id == item_id).values(seen_at=never))

    def forget(self, item_ids: Sequence[int]) -> None:
        self._session.execute(delete(SourceItem).where(SourceItem.id.in_(item_ids)))

    def list_items(self, source_id: int, limit: int) -> list[GoneItem]:
        rows = self._session.execute(
            select(SourceItem.id, SourceItem.document_id, SourceItem.name, SourceItem.key)
            .where(SourceItem.source_id == source_id)
            .order_by(SourceItem.id)
            .limit(limit)
        )
        return [GoneItem(*row) for row in rows]

    def _count(self, *conditions: ColumnElement[bool]) -> int:
        return self._session.scalar(select(func.count()).select_from(SourceItem).where(*conditions)) or 0


def _work(row: SourceItem, whole: bool) -> ItemWork:
    listed = ListedItem(row.key, row.origin, row.name, row.stamp, row.size, row.memory, whole)
    return ItemWork(row.id, listed, row.content_hash, row.document_id)


def _seen(source_id: int, seen_at: datetime) -> ColumnElement[bool]:
    return and_(SourceItem.source_id == source_id, SourceItem.seen_at == seen_at)


def _recorded(recorded: bool) -> ColumnElement[bool]:
    return SourceItem.document_id.is_not(None) if recorded else SourceItem.document_id.is_(None)


def _to_do(recipe: str) -> ColumnElement[bool]:
    """Fetching may bring something new, and the present sync has not tried it yet."""
    not_tried = or_(SourceItem.done_at.is_(None), SourceItem.done_at != SourceItem.seen_at)
    return and_(not_tried, _may_differ(recipe))


def _may_differ(recipe: str) -> ColumnElement[bool]:
    return or_(
        SourceItem.stamp.is_(None),
        SourceItem.done_stamp.is_(None),
        SourceItem.stamp != SourceItem.done_stamp,
        SourceItem.done_recipe != recipe,
    )


_HAS_DOCUMENT = SourceItem.document_id.in_(select(Document.id).where(Document.removed_at.is_(None)))
_IS_NAMED_LIKE_A_TRANSCRIPT = case(
    (or_(*(func.lower(SourceItem.key).endswith(extension) for extension in TRANSCRIPT_EXTENSIONS)), 1), else_=0
)
# What a person deleted in the library stays deleted for as long as its source names it.
_NOT_DELETED = or_(SourceItem.document_id.is_(None), _HAS_DOCUMENT)
