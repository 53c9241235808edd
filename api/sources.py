"""What people do with sources: add, list, sync, remove. Syncing commits item by item, the rest is one transaction."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy.orm import Session, sessionmaker

from api.library import Library
from api.source_readers import SourceReaders
from api.source_syncing import SourceSyncing
from corpus.audience import EVERYONE, checked_name
from corpus.document import Document
from corpus.errors import GroundworkError, Invalid
from corpus.store import CorpusStore
from ingestion.source import Source, SourceKind, SourceNameTaken, SourceNotFound, SyncUnderWay
from ingestion.source_options import Value, checked_address, checked_credential, checked_options
from ingestion.store import SourceEntry, SourceStore
from ingestion.syncing import SyncProgress, SyncReport

LEAST_MINUTES = 5
_REMOVED_TOGETHER = 100


class BadSchedule(Invalid):
    def __init__(self) -> None:
        super().__init__(f"A schedule is a number of minutes, at least {LEAST_MINUTES}, or none.")


@dataclass(frozen=True, slots=True)
class NewSource:
    name: str
    kind: SourceKind
    address: str
    audience: str = EVERYONE
    every_minutes: int | None = None
    credential: str | None = None


class Sources:
    def __init__(
        self,
        sessions: sessionmaker[Session],
        writing: sessionmaker[Session],
        library: Library,
        readers: SourceReaders,
        syncing: SourceSyncing,
        follow: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._sessions = sessions
        self._writing = writing
        self._library = library
        self._readers = readers
        self._syncing = syncing
        self._follow = follow
        self._clock = clock
        self._lock = Lock()
        self._under_way: dict[int, SyncProgress] = {}

    def add(self, new: NewSource, options: Mapping[str, Value], user: str) -> SourceEntry:
        """Raises `BadSource` and its like, `SourceNameTaken` or `NotYourAudience`. Asks no other machine."""
        self._library.check_audience(new.audience, user)
        if new.every_minutes is not None and not LEAST_MINUTES <= new.every_minutes <= 525_600:
            raise BadSchedule
        name = checked_name(new.name)
        with self._writing.begin() as session:
            store, corpus = SourceStore(session), CorpusStore(session)
            if store.find_by_name(name) is not None:
                raise SourceNameTaken(name)
            source = Source(
                name=name,
                kind=new.kind,
                address=checked_address(new.kind, new.address),
                options=checked_options(new.kind, options),
                audience_id=corpus.ensure_audience(new.audience, self._clock()).id,
                created_at=self._clock(),
                every_minutes=new.every_minutes,
                credential=checked_credential(new.kind, new.credential),
                owner=user,
            )
            self._readers.check(source)
            source_id = store.add(source).id
        return self.get(source_id, user)

    def list_entries(self, user: str) -> list[SourceEntry]:
        """Those whose readers `user` belongs to, by name."""
        with self._sessions() as session:
            corpus = CorpusStore(session)
            return SourceStore(session).list_entries(corpus.visible_audiences(corpus.reader(user)))

    def get(self, source_id: int, user: str) -> SourceEntry:
        """Raises `SourceNotFound`, also for a source that the user may not know of."""
        for entry in self.list_entries(user):
            if entry.source.id == source_id:
                return entry
        raise SourceNotFound(source_id)

    def find(self, name: str, user: str) -> SourceEntry:
        """By name. Raises `SourceNotFound`."""
        for entry in self.list_entries(user):
            if entry.source.name == name:
                return entry
        raise SourceNotFound(name)

    def sync(
        self,
        source_id: int,
        user: str,
        confirmed: int = 0,
        progress: Callable[[SyncProgress], None] = lambda progress: None,
    ) -> SyncReport:
        """Raises `SourceNotFound` or `SyncUnderWay`; what keeps the source from being read is told by the report."""
        return self.sync_entry(self.get(source_id, user), confirmed, progress)

    def sync_entry(
        self,
        entry: SourceEntry,
        confirmed: int = 0,
        progress: Callable[[SyncProgress], None] = lambda progress: None,
    ) -> SyncReport:
        source = entry.source
        with self._lock:
            if source.id in self._under_way:
                raise SyncUnderWay(source.name)
            self._under_way[source.id] = SyncProgress("starting", 0, 0)

        def advance(step: SyncProgress) -> None:
            self._under_way[source.id] = step
            progress(step)

        try:
            return self._sync(source, confirmed, advance)
        finally:
            with self._lock:
                self._under_way.pop(source.id, None)

    def progress_of(self, source_id: int) -> SyncProgress | None:
        """How far a sync that is under way is."""
        return self._under_way.get(source_id)

    def remove(self, source_id: int, user: str, keep_documents: bool = False) -> int:
        """Says how many documents went with it. A removal that ends early is continued by the next."""
        entry = self.get(source_id, user)
        with self._lock:
            if source_id in self._under_way:
                raise SyncUnderWay(entry.source.name)
        removed = 0
        while not keep_documents:
            with self._writing.begin() as session:
                store, corpus = SourceStore(session), CorpusStore(session)
                items = store.list_items(source_id, _REMOVED_TOGETHER)
                for item in items:
                    document = item.document_id and session.get(Document, item.document_id)
                    if document and document.removed_at is None:
                        corpus.remove(document, self._clock())
                        removed += 1
                store.forget([item.item_id for item in items])
            if not items:
                break
        with self._writing.begin() as session:
            SourceStore(session).delete(source_id)
        shutil.rmtree(self._readers.copy_of(source_id), ignore_errors=True)
        self._follow()
        return removed

    def list_due(self) -> list[SourceEntry]:
        """Sources whose schedule says that it is time, whoever may see them."""
        with self._sessions() as session:
            store = SourceStore(session)
            every_audience = [source.audience_id for source in store.list_all()]
            entries = store.list_entries(every_audience)
        now = self._clock()
        return [entry for entry in entries if entry.source.is_due(now) and entry.source.id not in self._under_way]

    def list_watched(self) -> list[SourceEntry]:
        """Folders whose changes are to be taken in at once."""
        with self._sessions() as session:
            store = SourceStore(session)
            entries = store.list_entries([source.audience_id for source in store.list_all()])
        return [entry for entry in entries if entry.source.is_watched]

    def _sync(self, source: Source, confirmed: int, progress: Callable[[SyncProgress], None]) -> SyncReport:
        started_at = self._clock()
        try:
            reader = self._readers.open(source)
        except GroundworkError as error:
            report = SyncReport(started_at, self._clock(), problem=str(error))
            with self._writing.begin() as session:
                known = SourceStore(session).get(source.id)
                known.synced_at, known.report = report.finished_at, report.to_json()
            return report
        try:
            return self._syncing.sync(source, reader, confirmed, progress)
        finally:
            reader.close()


def minutes_of(said: str) -> int | None:
    """`30m`, `6h`, `1d`, `never` in minutes. Raises `BadSchedule`."""
    said = said.strip().lower()
    if said in ("", "never"):
        return None
    number, unit = said[:-1], said[-1:]
    if unit not in "mhd" or not number.isascii() or not number.isdigit() or len(number) > 6:
        raise BadSchedule
    return int(number) * {"m": 1, "h": 60, "d": 1440}[unit]
