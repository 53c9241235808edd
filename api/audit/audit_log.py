"""The audit log of an installation: what happened is recorded, listed, exported, and shown to be as it was written."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, sessionmaker

from api.audit.chain import Verification, walk
from api.audit.entry import AuditEvent, ChainHead, StoredEntry, unreadable
from api.audit.recorder import LIMITS, Recorder, RecorderLimits
from api.audit.store import EVERYTHING, AuditFilter, AuditStore, EntryPage
from corpus.errors import Invalid

_BATCH = 2000
_HASH = re.compile(r"[0-9a-f]{64}")


class NotAHash(Invalid):
    def __init__(self, said: str) -> None:
        super().__init__(f"“{said[:80]}” is no hash of an entry. It has 64 digits from 0 to 9 and a to f.")


class AuditLog:
    def __init__(
        self, sessions: sessionmaker[Session], writing: sessionmaker[Session], limits: RecorderLimits = LIMITS
    ) -> None:
        """`writing` makes sessions that take the write lock when they begin."""
        self._sessions = sessions
        self._writing = writing
        self._recorder = Recorder(self._append, limits)

    def record(self, event: AuditEvent) -> None:
        """For what changes something, before it is done. On disk when it returns.

        Raises `NotRecorded`, `DiskFull` or `DatabaseGone`: then do not do it.
        """
        self._recorder.record(event)

    def begin_record(self, event: AuditEvent) -> Future[None]:
        """As `record`, for callers that wait elsewhere. Never waits, and raises nothing itself."""
        return self._recorder.begin(event)

    def note(self, event: AuditEvent) -> None:
        """For what changes nothing and is done, and for what failed. On disk soon. Never waits and refuses nothing."""
        self._recorder.note(event)

    @property
    def has_room(self) -> bool:
        """Whether `expect_room` would return at once."""
        return self._recorder.has_room

    def expect_room(self) -> None:
        """Before something that is to be noted; waits a moment where too much is waiting already.

        Raises `NotRecorded`, `DiskFull` or `DatabaseGone` where there is no room in memory: then do not do it.
        """
        self._recorder.expect_room()

    def stop(self) -> None:
        """Writes what waits. Nothing is taken any more."""
        self._recorder.stop()

    def list_entries(self, wanted: AuditFilter, limit: int, offset: int = 0) -> EntryPage:
        """Newest first."""
        with self._sessions() as session:
            return AuditStore(session).list_entries(wanted, limit, offset)

    def head(self) -> ChainHead:
        with self._sessions() as session:
            return AuditStore(session).head()

    def entries(self, wanted: AuditFilter = EVERYTHING) -> Iterator[StoredEntry]:
        """Oldest first, those that are there when it begins."""
        return self._read(wanted, self.head().count)

    def verify(self, noted: str | None = None) -> Verification:
        """Walks the whole chain; some 30,000 entries a second. `noted`: a hash that is to be in it.

        What came after it began is left to the next time. Raises `NotAHash`.
        """
        if noted is not None and not _HASH.fullmatch(noted):
            raise NotAHash(noted)
        expected = self.head().count
        return walk(self._read(EVERYTHING, expected), expected, noted)

    def _append(self, events: Sequence[AuditEvent]) -> None:
        with self._writing.begin() as session:
            AuditStore(session).append(events)

    def _read(self, wanted: AuditFilter, until_id: int) -> Iterator[StoredEntry]:
        """In transactions of their own, so that nothing waits for a reader that takes minutes."""
        last: int | None = None
        while batch := self._batch(last, wanted, until_id):
            yield from batch
            last = batch[-1].id

    def _batch(self, after: int | None, wanted: AuditFilter, until_id: int) -> list[StoredEntry]:
        try:
            with self._sessions() as session:
                return AuditStore(session).read_after(after, _BATCH, wanted, until_id)
        except DatabaseError:
            # A byte that was changed beside SQL may leave no text; then the rest is read all the same.
            with self._sessions() as session:
                ids = AuditStore(session).ids_after(after, _BATCH, wanted, until_id)
            return [self._entry(entry_id) for entry_id in ids]

    def _entry(self, entry_id: int) -> StoredEntry:
        try:
            with self._sessions() as session:
                (entry,) = AuditStore(session).read_after(entry_id - 1, 1, until_id=entry_id)
        except DatabaseError:
            return unreadable(entry_id)
        return entry
