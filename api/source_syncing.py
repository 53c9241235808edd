"""Brings a source's documents up to date: list, fetch what is new, remove what is gone, fetch what changed.

Every item is a transaction of its own, so that a sync that ends at any moment is continued by the next one.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import IO

from sqlalchemy.orm import Session, sessionmaker

from api.ingesting import Arrived, Ingesting
from api.recordings import WrittenByPeople
from corpus.blobs import hash_of, hash_of_file
from corpus.document import Document
from corpus.errors import GroundworkError, Invalid
from corpus.recording import TranscriptOrigin
from corpus.recording_store import RecordingStore
from corpus.store import CorpusStore
from ingestion.ingest import FileReport, IncomingFile, Outcome
from ingestion.recording_ingest import IncomingRecording, KeptFile, recordings_of, transcript_origins
from ingestion.recording_type import HEAD_BYTES, recording_kind
from ingestion.source import Source
from ingestion.source_reading import LONGEST_KEY, FetchedItem, ItemGone, ListedItem, Memory, SourceReader
from ingestion.store import GoneItem, ItemWork, SourceStore
from ingestion.syncing import MOST_FAILURES, Fetched, ItemFailure, Listing, Removed, SyncReport, may_remove
from ingestion.transcript_file import TranscriptFile

_LISTED_TOGETHER = 500
_REMOVED_TOGETHER = 100
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

    def list(self, source: Source, reader: SourceReader) -> Listing:
        """What is listed before the source fails is still worked on."""
        started_at = self._clock()
        items = reader.list_items(lambda key: self._recall(source.id, key))
        listed, problem = 0, None
        while problem is None:
            batch: dict[str, ListedItem] = {}
            try:
                for item in islice(items, _LISTED_TOGETHER):
                    short = _storable(item)
                    batch[short.key] = short
            except GroundworkError as error:
                problem = str(error)
            if not batch:
                break
            with self._writing.begin() as session:
                SourceStore(session).take_listing(source.id, list(batch.values()), started_at)
            listed += len(batch)
        recipe = self._ingesting.recipe
        with self._sessions() as session:
            store = SourceStore(session)
            return Listing(
                started_at,
                listed,
                new=store.count_work(source.id, started_at, recipe, recorded=False),
                changed=store.count_work(source.id, started_at, recipe, recorded=True),
                gone=store.count_gone(source.id, started_at),
                problem=problem,
            )

    def list_again(self, source: Source, reader: SourceReader) -> None:
        """Lets a reader keep what it needs for fetching, and changes nothing else."""
        for _ in reader.list_items(lambda key: self._recall(source.id, key)):
            pass

    def fetch(
        self,
        source: Source,
        reader: SourceReader,
        started_at: datetime,
        recorded: bool,
        limit: int,
        progress: Callable[[], None] = lambda: None,
    ) -> Fetched:
        """Fetches up to `limit` of the items that the sync begun at `started_at` has not tried yet."""
        run = _Run(source, started_at, self._ingesting.recipe)
        with self._sessions() as session:
            works = SourceStore(session).list_work(source.id, started_at, run.recipe, recorded, limit)
        fetched = Fetched()
        # Only when the recordings are in, or are not, is it known what becomes of the files that are named like them.
        others = [work for work in works if not recordings_of(work.listed.key)]
        transcripts = [work for work in works if recordings_of(work.listed.key)]
        for part in (others, transcripts):
            for arrived in self._ingesting.add_arriving(_Item(work, run, reader, self) for work in part):
                fetched += self._settle(arrived)
                progress()
        with self._sessions() as session:
            store = SourceStore(session)
            parted = [store.find_listed(source.id, started_at, (key,)) for key in run.parted]
        for arrived in self._ingesting.add_arriving(_Item(work, run, reader, self) for work in parted if work):
            fetched += replace(self._settle(arrived), seen=0)
        if fetched.seen:
            self._follow()
        return fetched

    def remove_gone(
        self, source: Source, reader: SourceReader, started_at: datetime, lost: int, confirmed: int
    ) -> Removed:
        """Nothing where the source does not list everything, or so much is gone that a person has to agree.

        `lost`: so many were gone already when this sync listed and may be removed by now.
        """
        if not reader.lists_everything:
            return Removed()
        with self._sessions() as session:
            store = SourceStore(session)
            gone = store.count_gone(source.id, started_at)
            present = store.count_recorded(source.id)
            listed = store.count_seen(source.id, started_at)
        if gone and not may_remove(listed, present + lost, gone + lost, confirmed):
            return Removed(held_back=gone)
        removed = 0
        while True:
            with self._writing.begin() as session:
                store, corpus = SourceStore(session), CorpusStore(session)
                found = store.list_gone(source.id, started_at, _REMOVED_TOGETHER)
                for item in found:
                    document = item.document_id and session.get(Document, item.document_id)
                    if document and document.removed_at is None:
                        corpus.remove(document, self._clock())
                        # Its words may lie in a file that is still there.
                        store.reopen(source.id, transcript_origins(item.key))
                        removed += 1
                store.forget([item.item_id for item in found])
            if not found:
                break
        if removed:
            self._follow()
        return Removed(removed)

    def refuse(self, source: Source, problem: str) -> SyncReport:
        """Keeps the report of a source that could not even be opened."""
        return self.finish(source, Listing(self._clock(), 0, 0, 0, 0, problem), Fetched(), Removed())

    def finish(self, source: Source, listing: Listing, fetched: Fetched, removed: Removed) -> SyncReport:
        """Keeps the report with the source. May be called again with the same."""
        with self._writing.begin() as session:
            store = SourceStore(session)
            failed = store.count_failed(source.id, listing.started_at)
            seen = store.count_seen(source.id, listing.started_at)
            report = SyncReport(
                started_at=listing.started_at,
                finished_at=self._clock(),
                listed=listing.listed,
                added=fetched.added,
                updated=fetched.updated,
                moved=fetched.moved,
                unchanged=max(seen - fetched.added - fetched.updated - fetched.moved - failed, 0),
                removed=removed.removed,
                failed=failed,
                held_back=removed.held_back,
                problem=listing.problem,
                failures=tuple(
                    ItemFailure(item.name, item.reason)
                    for item in store.list_failed(source.id, listing.started_at, MOST_FAILURES)
                ),
            )
            stored = store.get(source.id)
            stored.synced_at, stored.report = report.finished_at, report.to_json()
        return report

    def sync(
        self,
        source: Source,
        reader: SourceReader,
        confirmed: int = 0,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> SyncReport:
        """All steps one after the other, in the order in which a job takes them."""
        listing = self.list(source, reader)
        done = count(1)

        def advance() -> None:
            progress(next(done), listing.new + listing.changed)

        started_at, fetched, first = listing.started_at, Fetched(), Removed()
        fetched += self.fetch(source, reader, started_at, False, listing.new, advance)
        if listing.problem is None:
            first = self.remove_gone(source, reader, started_at, 0, confirmed)
        fetched += self.fetch(source, reader, started_at, True, listing.changed, advance)
        if listing.problem is None:
            last = self.remove_gone(source, reader, started_at, listing.gone, confirmed)
            first = Removed(first.removed + last.removed, last.held_back)
        return self.finish(source, listing, fetched, first)

    def _recall(self, source_id: int, key: str) -> Memory | None:
        with self._sessions() as session:
            return SourceStore(session).recall(source_id, key)

    def now(self) -> datetime:
        return self._clock()

    def reading(self) -> Session:
        return self._sessions()

    def audience_of(self, readers: frozenset[str]) -> int:
        with self._writing.begin() as session:
            return CorpusStore(session).ensure_audience_of(readers, self._clock()).id

    def is_transcript(self, file: TranscriptFile) -> bool:
        return self._ingesting.is_transcript(file)

    def part(self, source_id: int, document_id: int, transcripts: Sequence[str]) -> None:
        """Removes a recording with all of its versions, since the words in them are not for its readers."""
        with self._writing.begin() as session:
            CorpusStore(session).remove(session.get_one(Document, document_id), self._clock())
            store = SourceStore(session)
            store.take_anew(source_id, document_id)
            store.reopen(source_id, transcripts)

    def _settle(self, arrived: Arrived) -> Fetched:
        item, report = arrived.item, arrived.report
        assert isinstance(item, _Item)
        item.let_go()
        if not item.is_settled:
            with self._writing.begin() as session:
                store = SourceStore(session)
                if item.is_gone:
                    store.unsee(item.work.item_id, _NEVER)
                elif item.moved_from is not None or item.is_regrouped:
                    report = item.relocate(session)
                elif arrived.failed_for_now:
                    store.postpone(item.work.item_id, report.reason or "")
                elif item.is_transcript:
                    item.settle_transcript(session, report)
                elif report.outcome is Outcome.FAILED:
                    item.settle(session, item.work.document_id, report.reason)
                else:
                    item.settle(session, report.document_id, None)
        return Fetched(
            seen=1,
            added=report.outcome is Outcome.ADDED,
            updated=report.outcome is Outcome.UPDATED,
            moved=report.outcome is Outcome.MOVED,
        )


class _Run:
    """What the items that are fetched together have in common."""

    def __init__(self, source: Source, started_at: datetime, recipe: str) -> None:
        self.source = source
        self.started_at = started_at
        self.recipe = recipe
        self.parted: list[str] = []
        """Keys of what is fetched once more, since a recording and its transcript have other readers each by now."""
        self._claimed: set[int] = set()
        self._lock = Lock()

    def claim(self, candidates: Sequence[GoneItem]) -> GoneItem | None:
        """The first that no other item has taken for where it was before."""
        with self._lock:
            for candidate in candidates:
                if candidate.item_id not in self._claimed:
                    self._claimed.add(candidate.item_id)
                    return candidate
        return None


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
        self.is_transcript = False
        """Its words are those of a recording that the source lists as well."""
        self._transcript: ItemWork | None = None
        self._kept: IO[bytes] | None = None
        self.moved_from: GoneItem | None = None
        self.is_regrouped = False
        """Its content is as it was, but other people may read it now, or it came to be known under another name."""

    @property
    def name(self) -> str:
        return self.work.listed.name

    @property
    def audience_id(self) -> int:
        return self._audience_id

    def load(self) -> IncomingFile | IncomingRecording | FileReport:
        try:
            fetched = self._reader.fetch(self.work.listed)
        except ItemGone:
            self.is_gone = True
            return FileReport(self.name, Outcome.REMOVED)
        if fetched is None:
            return FileReport(self.name, Outcome.UNCHANGED, self.work.document_id)
        self._memory = fetched.memory
        self._content_hash = hash_of_file(fetched.file) if fetched.file else hash_of(fetched.content)
        self._audience_id = self._audience_of(fetched)
        self._leave_words(fetched)
        recording = self._find_other(recordings_of(self.work.listed.key))
        words = None if recording is None else self._words_for(recording, fetched)
        if words is not None:
            self.is_transcript = True
            return words
        with self._syncing.reading() as session:
            known = self._recognise(session, fetched)
        if known is not None:
            return known
        listed = self.work.listed
        owner = self._run.source.owner
        if fetched.file is not None or recording_kind(fetched.content[:HEAD_BYTES]) is not None:
            file = fetched.file or self._keep(fetched.content)
            return IncomingRecording(listed.name, listed.origin, file, self._beside(fetched), fetched.title, owner)
        return IncomingFile(listed.name, listed.origin, fetched.content, fetched.title, fetched.remarks, owner)

    def _find_other(self, keys: Sequence[str]) -> ItemWork | None:
        """What the source lists beside this item under one of these keys."""
        if not keys:
            return None
        with self._syncing.reading() as session:
            return SourceStore(session).find_listed(self._run.source.id, self._run.started_at, keys)

    def _audience_of(self, fetched: FetchedItem) -> int:
        """As the source says it, whatever people made of it in the library."""
        return self._run.source.audience_id if fetched.readers is None else self._syncing.audience_of(fetched.readers)

    def _words_for(self, recording: ItemWork, fetched: FetchedItem) -> IncomingRecording | FileReport | None:
        """The recording with these words; None where this is a document of its own.

        That is as long as the recording has not come in, for other readers than the recording's, and for what is no
        transcript. A recording that has its words and other readers by now loses them.
        """
        if recording.document_id is None or not self._may_share(recording):
            return None
        file = TranscriptFile(self.name, fetched.content)
        if fetched.file is not None or not self._syncing.is_transcript(file):
            return None
        with self._syncing.reading() as session:
            document = session.get(Document, recording.document_id)
            known = None if document is None else RecordingStore(session).find_newest(document.id)
            if document is None or known is None:
                return None
            session.expunge(document)
        said = f"It is the transcript of {document.name}."
        if document.removed_at is not None:
            # A person deleted the recording in the library, so that its words stay away as well.
            return FileReport(self.name, Outcome.ATTACHED, reason=said)
        if known.recording.origin == TranscriptOrigin.EDITED and known.recording.beside_hash != self._content_hash:
            return FileReport(self.name, Outcome.FAILED, reason=str(WrittenByPeople(document.name)))
        if fetched.readers is None:
            self._audience_id = document.audience_id
        kept = KeptFile(known.version.content_hash)
        return IncomingRecording(document.name, document.origin, kept, file, known.version.title)

    def _may_share(self, recording: ItemWork) -> bool:
        """Whether this transcript is for the readers of the recording; where it is not, the two are parted."""
        with self._syncing.reading() as session:
            document = session.get(Document, recording.document_id)
            if document is None or document.audience_id == self._audience_id:
                return True
            has_words = document.removed_at is None and SourceStore(session).has_words_from_beside(document.id)
            document_id = document.id
        if self._has_the_readers_of(recording):
            # A person moved the recording, or its new readers are still to be taken over.
            return True
        if has_words:
            self._syncing.part(self._run.source.id, document_id, ())
            self._run.parted.append(recording.listed.key)
        return False

    def _leave_words(self, fetched: FetchedItem) -> None:
        """Comes in anew where this recording goes to other readers than the transcript that gave it its words."""
        if fetched.readers is None:
            return
        with self._syncing.reading() as session:
            store, corpus, origin = SourceStore(session), CorpusStore(session), self.work.listed.origin
            document = session.get(Document, self.work.document_id) if self.work.document_id else None
            if document is None and corpus.find_present(self._audience_id, origin) is None:
                document = corpus.find_elsewhere(self._audience_id, origin)
                other = None if document is None else store.find_source_of(document.id)
                if other is not None and other.id != self._run.source.id:
                    return
            if document is None or not self._takes_words_elsewhere(store, document, fetched):
                return
            document_id = document.id
        transcript = self._find_other(transcript_origins(self.work.listed.key))
        if transcript is not None and self._has_the_readers_of(transcript):
            return
        self._syncing.part(self._run.source.id, document_id, () if transcript is None else (transcript.listed.key,))
        self.work = replace(self.work, document_id=None)
        if transcript is not None and transcript.document_id is None:
            self._run.parted.append(transcript.listed.key)

    def _takes_words_elsewhere(self, store: SourceStore, document: Document, fetched: FetchedItem) -> bool:
        return (
            fetched.readers is not None
            and document.removed_at is None
            and document.audience_id != self._audience_id
            and store.has_words_from_beside(document.id)
        )

    def _has_the_readers_of(self, other: ItemWork) -> bool:
        """Whether the source gives both the same. Not where the other one is gone or cannot be read."""
        try:
            fetched = self._reader.fetch(other.listed)
        except (ItemGone, Invalid):
            return False
        return fetched is not None and self._audience_of(fetched) == self._audience_id

    def _beside(self, recording: FetchedItem) -> TranscriptFile | None:
        """The transcript for the same readers that the source lists beside this recording, if it can be had."""
        found = self._find_other(transcript_origins(self.work.listed.key))
        if found is None or self._has_corrected_words():
            return None
        try:
            fetched = self._reader.fetch(found.listed)
        except ItemGone:
            return None
        if fetched is None or fetched.file is not None or self._audience_of(fetched) != self._audience_of(recording):
            return None
        file = TranscriptFile(found.listed.name, fetched.content)
        if not self._syncing.is_transcript(file):
            return None
        self._transcript = found
        return file

    def _has_corrected_words(self) -> bool:
        """Written by people for the very sound that the source has."""
        if self.work.document_id is None:
            return False
        with self._syncing.reading() as session:
            known = RecordingStore(session).find_newest(self.work.document_id)
        if known is None or known.version.content_hash != self._content_hash:
            return False
        return known.recording.origin == TranscriptOrigin.EDITED

    def _keep(self, content: bytes) -> Path:
        self._kept = NamedTemporaryFile()  # noqa: SIM115  Until it has been recorded, see `let_go`.
        self._kept.write(content)
        self._kept.flush()
        return Path(self._kept.name)

    def let_go(self) -> None:
        """Of what was kept until it was recorded."""
        if self._kept is not None:
            self._kept.close()

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
            self.moved_from = self._run.claim(
                SourceStore(session).list_gone_by_content(self._run.source.id, self._run.started_at, self._content_hash)
            )
        before = None if self.moved_from is None else session.get(Document, self.moved_from.document_id)
        if before is not None and self._takes_words_elsewhere(SourceStore(session), before, fetched):
            self.moved_from = None
        if self.moved_from is None:
            return None
        return FileReport(self.name, Outcome.MOVED, self.moved_from.document_id)

    def recorded(self, session: Session, report: FileReport) -> None:
        if self.is_transcript:
            self.settle_transcript(session, report)
        else:
            self.settle(session, report.document_id, None)
            if self._transcript is not None:
                self._release(session, self._transcript)
        self.is_settled = True

    def settle_transcript(self, session: Session, report: FileReport) -> None:
        """It is no document of its own, so that nothing of the recording goes away with it."""
        if report.outcome is Outcome.FAILED:
            self.settle(session, self.work.document_id, report.reason)
            return
        self._release(session, self.work)
        self.settle(session, None, None)

    def _release(self, session: Session, transcript: ItemWork) -> None:
        """Removes the document that the transcript was before its recording came."""
        document = session.get(Document, transcript.document_id) if transcript.document_id else None
        if document is not None:
            CorpusStore(session).remove(document, self._syncing.now())
            SourceStore(session).release(transcript.item_id)

    def settle(self, session: Session, document_id: int | None, failure: str | None) -> None:
        SourceStore(session).settle(self.work, self._run.recipe, document_id, self._content_hash, self._memory, failure)

    def relocate(self, session: Session) -> FileReport:
        """Keeps the document with its versions and vectors, under its new origin and for its new readers."""
        document_id = self.work.document_id
        if self.moved_from is not None:
            document_id = self.moved_from.document_id
            SourceStore(session).forget([self.moved_from.item_id])
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
