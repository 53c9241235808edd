"""What people do with sources: add, list, sync, remove. Syncing commits item by item, the rest is one transaction."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from api.jobs.job import UnderWayAlready
from api.jobs.jobs import Jobs
from api.jobs.store import JobEntry, JobStore
from api.jobs.sync_kind import KIND, sync_arguments
from api.library import Library
from api.source_readers import SourceReaders
from api.source_syncing import SourceSyncing
from corpus.audience import EVERYONE, OWNER, checked_name
from corpus.document import Document
from corpus.errors import GroundworkError, Invalid
from corpus.store import CorpusStore
from ingestion.source import Source, SourceKind, SourceNameTaken, SourceNotFound, SyncUnderWay
from ingestion.source_options import Value, checked_address, checked_credential, checked_options
from ingestion.store import SourceEntry, SourceStore
from ingestion.syncing import SyncReport

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
        jobs: Jobs,
        follow: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._sessions = sessions
        self._writing = writing
        self._library = library
        self._readers = readers
        self._syncing = syncing
        self._jobs = jobs
        self._follow = follow
        self._clock = clock

    def add(self, new: NewSource, options: Mapping[str, Value], user: str) -> SourceEntry:
        """Raises `BadSource` and its like, `SourceNameTaken` or `AudienceNotFound`. Asks no other machine."""
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
                audience_id=corpus.ensure_audience(new.audience, self._clock(), user).id,
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

    def start_sync(self, source_id: int, user: str, confirmed: int = 0) -> JobEntry:
        """The job that syncs it. Raises `SourceNotFound`, `SyncUnderWay` or, where one confirms, `NotYourSource`."""
        source = self.get(source_id, user).source
        if confirmed:
            source.check_looked_after_by(self._library.reader(user))
        return self._start(source, user, confirmed)

    def sync_now(
        self,
        source_id: int,
        user: str,
        confirmed: int = 0,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> SyncReport:
        """In this thread, for a process that has no jobs running. What keeps it from being read is in the report."""
        source = self.get(source_id, user).source
        if confirmed:
            source.check_looked_after_by(self._library.reader(user))
        try:
            reader = self._readers.open(source)
        except GroundworkError as error:
            return self._syncing.refuse(source, str(error))
        try:
            return self._syncing.sync(source, reader, confirmed, progress)
        finally:
            reader.close()

    def find_job(self, source_id: int) -> JobEntry | None:
        """The sync that is under way."""
        return self._open_jobs().get(source_id)

    def start_due(self) -> None:
        """Starts a job for each source whose schedule says that it is time."""
        now, under_way = self._clock(), self._open_jobs()
        with self._sessions() as session:
            due = [source for source in SourceStore(session).list_all() if source.is_due(now)]
            session.expunge_all()
        for source in due:
            if source.id not in under_way:
                self._start_unless_under_way(source)

    def list_watched(self) -> list[Source]:
        """Folders whose changes are to be taken in at once."""
        with self._sessions() as session:
            watched = [source for source in SourceStore(session).list_all() if source.is_watched]
            session.expunge_all()
        return watched

    def start_changed(self, source_id: int) -> bool:
        """Syncs a source because something there changed. False while a sync is under way that may have seen it not."""
        return self._start_unless_under_way(self.look(source_id))

    def look(self, source_id: int) -> Source:
        """Not on anybody's behalf. Raises `SourceNotFound`."""
        with self._sessions() as session:
            source = SourceStore(session).get(source_id)
            session.expunge(source)
            return source

    def _start(self, source: Source, user: str, confirmed: int) -> JobEntry:
        try:
            return self._jobs.submit(
                KIND, source.name, user, sync_arguments(source.id, confirmed), audience_id=source.audience_id
            )
        except UnderWayAlready as error:
            raise SyncUnderWay(source.name, error.job_id) from error

    def _start_unless_under_way(self, source: Source) -> bool:
        try:
            self._start(source, source.owner or OWNER, 0)
        except SyncUnderWay:
            return False
        return True

    def _open_jobs(self) -> dict[int, JobEntry]:
        """By source."""
        with self._sessions() as session:
            jobs = JobStore(session).list_open_of(KIND)
            return {job.arguments["source_id"]: JobEntry.of(job) for job in jobs}

    def remove(self, source_id: int, user: str, keep_documents: bool = False) -> int:
        """Says how many documents went with it. A removal that ends early is continued by the next."""
        entry = self.get(source_id, user)
        entry.source.check_looked_after_by(self._library.reader(user))
        if (job := self.find_job(source_id)) is not None:
            raise SyncUnderWay(entry.source.name, job.job_id)
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


def minutes_of(said: str) -> int | None:
    """`30m`, `6h`, `1d`, `never` in minutes. Raises `BadSchedule`."""
    said = said.strip().lower()
    if said in ("", "never"):
        return None
    number, unit = said[:-1], said[-1:]
    if unit not in "mhd" or not number.isascii() or not number.isdigit() or len(number) > 6:
        raise BadSchedule
    return int(number) * {"m": 1, "h": 60, "d": 1440}[unit]
