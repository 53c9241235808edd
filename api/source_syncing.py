"""Brings a source's documents up to date: list, fetch what is new, remove what is gone, fetch what changed.

Every item is a transaction of its own, so that a sync that ends at any moment is continued by the next one.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy.orm import Session, sessionmaker

from api.ingesting import Arrived, Ingesting
from corpus.blobs import hash_of
from corpus.document import Document
from corpus.errors import GroundworkError, Unavailable
from corpus.store import CorpusStore
from ingestion.ingest import FileReport, IncomingFile, Outcome
from ingestion.source import Source, SourceItem
from ingestion.source_reading import LONGEST_KEY, FetchedItem, ItemGone, ListedItem, Memory, SourceReader
from ingestion.store import GoneItem, ItemWork, SourceStore
from ingestion.syncing import MOST_FAILURES, ItemFailure, SyncProgress, SyncReport, may_remove

_LISTED_TOGETHER = 500
_REMOVED_TOGETHER = 100
_FOLLOWED_EVERY = 256
LONGEST_NAME = 500
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class SourceSyncing:
    def __init__(
        self,
        ingesting: Ingesting,
        sessions: sessionmaker[Session],
        writing: sessionmaker[Session],
        follow: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        """`follow` has the indexes take in what was committed."""
        self._ingesting = ingesting
        self._sessions = sessions
        self._writing = writing
        self._follow = follow
        self._clock = clock

    def sync(
        self,
        source: Source,
        reader: SourceReader,
        confirmed: int = 0,
        progress: Callable[[SyncProgress], None] = lambda progress: None,
    ) -> SyncReport:
        """`confirmed`: so many removals somebody has agreed to. Failures of the source are told by the report."""
        run = _Run(source, self._clock(), self._ingesting.recipe)
        try:
            self._list(run, reader, progress)
            while run.again:
                run.again = False
                self._fetch(run, reader, progress, recorded=False)
            self._remove_gone(run, reader, confirmed)
            self._fetch(run, reader, progress, recorded=True)
            self._remove_gone(run, reader, confirmed)
        except Unavailable as error:
            # An embedding provider, for one. What was recorded stays, the rest is for the next sync.
            run.problem = run.problem or str(error)
        finally:
            self._follow()
        return self._report(run)

    def _list(self, run: "_Run", reader: SourceReader, progress: Callable[[SyncProgress], None]) -> None:
        """What is listed before the source fails is still worked on; nothing is removed then."""
        items = reader.list_items(lambda key: self._recall(run.source.id, key))
        while True:
            batch: dict[str, ListedItem] = {}
            try:
                for item in islice(items, _LISTED_TOGETHER):
                    short = _storable(item)
                    batch[short.key] = short
            except GroundworkError as error:
                run.problem = str(error)
            if batch:
                with self._writing.begin() as session:
                    SourceStore(session).take_listing(run.source.id, list(batch.values()), run.started_at)
                run.listed += len(batch)
                progress(SyncProgress("listing", run.listed, 0))
            if not batch or run.problem is not None:
                return

    def _recall(self, source_id: int, key: str) -> Memory | None:
        with self._sessions() as session:
            return SourceStore(session).recall(source_id, key)

    def _fetch(
        self, run: "_Run", reader: SourceReader, progress: Callable[[SyncProgress], None], recorded: bool
    ) -> None:
        step = "reading what changed" if recorded else "reading what is new"
        with self._sessions() as session:
            total = SourceStore(session).count_work(run.source.id, run.started_at, run.recipe, recorded)
        items = (_Item(work, run, reader, self) for work in self._work(run, recorded))
        for done, arrived in enumerate(self._ingesting.add_arriving(items), 1):
            self._settle(run, arrived)
            progress(SyncProgress(step, done, max(total, done)))
            if done % _FOLLOWED_EVERY == 0:
                self._follow()

    def _work(self, run: "_Run", recorded: bool) -> Iterator[ItemWork]:
        after = 0
        while True:
            with self._sessions() as session:
                found = SourceStore(session).list_work(
                    run.source.id, run.started_at, run.recipe, recorded, after, _REMOVED_TOGETHER
                )
            if not found:
                return
            yield from found
            after = found[-1].item_id

    def reading(self) -> Session:
        return self._sessions()

    def audience_of(self, readers: frozenset[str]) -> int:
        with self._writing.begin() as session:
            return CorpusStore(session).ensure_audience_of(readers, self._clock()).id

    def _settle(self, run: "_Run", arrived: Arrived) -> None:
        item, report = arrived.item, arrived.report
        assert isinstance(item, _Item)
        if item.is_settled:
            run.count(report.outcome)
            return
        work = item.work
        with self._writing.begin() as session:
            store = SourceStore(session)
            if item.is_gone:
                store.unsee(work.item_id, _NEVER)
            elif item.moved_from is not None or item.is_regrouped:
                report = item.relocate(session)
            elif arrived.failed_for_now:
                store.postpone(work.item_id, report.reason or "")
            elif report.outcome is Outcome.FAILED:
                item.settle(session, work.document_id, report.reason)
            else:
                item.settle(session, report.document_id, None)
        if not item.is_gone:
            run.count(report.outcome)

    def _remove_gone(self, run: "_Run", reader: SourceReader, confirmed: int) -> None:
        """Nothing where the listing failed, is not meant to be whole, or lacks so much that a person has to agree."""
        if run.problem is not None or not reader.lists_everything:
            return
        with self._sessions() as session:
            store = SourceStore(session)
            gone = store.count_gone(run.source.id, run.started_at)
            present = store.count_recorded(run.source.id)
        run.held_back = 0
        if gone and not may_remove(present + run.removed, gone + run.removed, confirmed):
            run.held_back = gone
            return
        while True:
            with self._writing.begin() as session:
                store, corpus = SourceStore(session), CorpusStore(session)
                found = store.list_gone(run.source.id, run.started_at, _REMOVED_TOGETHER)
                for item in found:
                    document = item.document_id and session.get(Document, item.document_id)
                    if document and document.removed_at is None:
                        corpus.remove(document, self._clock())
                        run.removed += 1
                store.forget([item.item_id for item in found])
            if not found:
                return

    def _report(self, run: "_Run") -> SyncReport:
        with self._writing.begin() as session:
            store = SourceStore(session)
            failed = store.list_failed(run.source.id, run.started_at, MOST_FAILURES)
            seen = store.count_seen(run.source.id, run.started_at)
            failed_count = store.count_failed(run.source.id, run.started_at)
            report = SyncReport(
                started_at=run.started_at,
                finished_at=self._clock(),
                listed=run.listed,
                added=run.added,
                updated=run.updated,
                moved=run.moved,
                unchanged=max(seen - run.added - run.updated - run.moved - failed_count, 0),
                removed=run.removed,
                failed=failed_count,
                held_back=run.held_back,
                problem=run.problem,
                failures=tuple(ItemFailure(item.name, item.reason) for item in failed),
            )
            source = store.get(run.source.id)
            source.synced_at = report.finished_at
            source.report = report.to_json()
        return report


class _Run:
    """What one sync has done so far."""

    def __init__(self, source: Source, started_at: datetime, recipe: str) -> None:
        self.source = source
        self.started_at = started_at
        self.recipe = recipe
        self.again = True
        """Whether new items are left that must be looked at (once more)."""
        self.problem: str | None = None
        self.listed = self.added = self.updated = self.moved = self.removed = self.held_back = 0

    def count(self, outcome: Outcome) -> None:
        self.added += outcome is Outcome.ADDED
        self.updated += outcome is Outcome.UPDATED
        self.moved += outcome is Outcome.MOVED


class _Item:
    """One item on its way in: fetched in a reading thread, settled in the transaction that records it."""

    def __init__(self, work: ItemWork, run: _Run, reader: SourceReader, syncing: SourceSyncing) -> None:
        self.work = work
        self._run = run
        self._reader = reader
        self._syncing = syncing
        self._audience_id = run.source.audience_id
        self._content_hash = work.content_hash
        self._memory: Memory | None = None
        self.is_settled = False
        self.is_gone = False
        self.moved_from: GoneItem | None = None
        self.is_regrouped = False
        """Its content is as it was, but other people may read it now, or it came to be known under another name."""

    @property
    def name(self) -> str:
        return self.work.listed.name

    @property
    def audience_id(self) -> int:
        return self._audience_id

    def load(self) -> IncomingFile | FileReport:
        try:
            fetched = self._reader.fetch(self.work.listed)
        except ItemGone:
            self.is_gone = True
            return FileReport(self.name, Outcome.REMOVED)
        if fetched is None:
            return FileReport(self.name, Outcome.UNCHANGED, self.work.document_id)
        self._memory = fetched.memory
        self._content_hash = hash_of(fetched.content)
        if fetched.readers is not None:
            self._audience_id = self._syncing.audience_of(fetched.readers)
        with self._syncing.reading() as session:
            known = self._recognise(session, fetched)
        if known is not None:
            return known
        listed = self.work.listed
        return IncomingFile(listed.name, listed.origin, fetched.content, fetched.title, fetched.remarks)

    def _recognise(self, session: Session, fetched: FetchedItem) -> FileReport | None:
        corpus, listed = CorpusStore(session), self.work.listed
        document = session.get(Document, self.work.document_id) if self.work.document_id else None
        if document is not None:
            if fetched.readers is None:
                # Whoever moved it to other readers in the library meant it.
                self._audience_id = document.audience_id
            version = corpus.get_active_version(document)
            if version and version.content_hash == self._content_hash and version.recipe == self._run.recipe:
                same = (document.audience_id, document.origin) == (self._audience_id, listed.origin)
                self.is_regrouped = not same
                return FileReport(self.name, Outcome.UNCHANGED if same else Outcome.MOVED, document.id)
            return None
        taken = corpus.find_present(self._audience_id, listed.origin) or corpus.find_elsewhere(
            self._audience_id, listed.origin
        )
        if taken is not None:
            other = SourceStore(session).find_source_of(taken.id)
            if other is not None and other.id != self._run.source.id:
                reason = f"It comes from the source “{other.name}” already."
                return FileReport(self.name, Outcome.FAILED, reason=reason)
            return None
        if self._content_hash is not None:
            self.moved_from = SourceStore(session).find_gone_by_content(
                self._run.source.id, self._run.started_at, self._content_hash
            )
        if self.moved_from is None:
            return None
        return FileReport(self.name, Outcome.MOVED, self.moved_from.document_id)

    def recorded(self, session: Session, report: FileReport) -> None:
        self.settle(session, report.document_id, None)
        self.is_settled = True

    def settle(self, session: Session, document_id: int | None, failure: str | None) -> None:
        SourceStore(session).settle(self.work, self._run.recipe, document_id, self._content_hash, self._memory, failure)

    def relocate(self, session: Session) -> FileReport:
        """Keeps the document with its versions and vectors, under its new origin and for its new readers."""
        document_id = self.work.document_id
        if self.moved_from is not None:
            before = session.get(SourceItem, self.moved_from.item_id)
            if before is None:
                # Another item with the same content was there first; this one is read like any new one.
                self._run.again = True
                return FileReport(self.name, Outcome.UNCHANGED)
            document_id = before.document_id
            SourceStore(session).forget([before.id])
        document = session.get_one(Document, document_id)
        document.origin, document.name = self.work.listed.origin, self.work.listed.name
        if self.moved_from is None or self._audience_id != self._run.source.audience_id:
            CorpusStore(session).move(document, self._audience_id)
        self.settle(session, document.id, None)
        return FileReport(self.name, Outcome.MOVED, document.id)


def _storable(item: ListedItem) -> ListedItem:
    """With key, origin and name of lengths that the database takes."""
    if len(item.key) <= LONGEST_KEY and len(item.origin) <= LONGEST_KEY and len(item.name) <= LONGEST_NAME:
        return item
    name = item.name if len(item.name) <= LONGEST_NAME else f"…{item.name[1 - LONGEST_NAME :]}"
    return replace(item, key=_shortened(item.key), origin=_shortened(item.origin), name=name)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_KEY else f"{text[: LONGEST_KEY - 80]}…{hash_of(text.encode())}"
