"""One thread that appends events to the audit log: what has gathered in one transaction, so that many share a flush."""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from threading import Condition, Thread

from sqlalchemy.exc import SQLAlchemyError

from api.audit.entry import AuditEvent
from corpus.errors import Unavailable
from corpus.storage_failure import DatabaseGone, DiskFull

_LOG = logging.getLogger(__name__)
_AT_ONCE = 1000
"""Entries in one transaction; other writers wait meanwhile."""
_STOPS_WITHIN_S = 15.0
"""As long as SQLite waits for another writer, and some more."""


class NotRecorded(Unavailable):
    def __init__(self) -> None:
        super().__init__("What you asked for cannot be recorded now, so it was not done. Try again in a moment.")


@dataclass(frozen=True, slots=True)
class RecorderLimits:
    """`most_waiting`: events in memory. `patience_s`: how long one waits for room. `gather_s`: how long notes wait
    for others where nobody waits for them. `retry_s`: between attempts while nothing can be written.
    """

    most_waiting: int = 10_000
    patience_s: float = 1.0
    gather_s: float = 0.2
    retry_s: float = 1.0


LIMITS = RecorderLimits()


@dataclass(eq=False, slots=True)
class _Waiting:
    """`done` is somebody who waits for it; None for a note, which is kept until it is written."""

    event: AuditEvent
    done: Future[None] | None = None


class Recorder:
    """Starts its thread with the first event. What can be written neither now nor later is refused, never dropped.

    Every event has its place in a bounded queue until it is on disk. While nothing can be written (a full disk, a
    database that went away), records are refused at once and notes are kept and tried again. When the queue is full,
    whoever expects room for a note waits a moment and is then refused as well: reads end before they go unrecorded.
    What was done is noted in any case, so that the queue exceeds its bound by no more than is under way at once.

    An event may be there although its record was refused, or a note twice, if the database went away in the moment of
    the commit: the log may say more than was done, never less.
    """

    def __init__(self, append: Callable[[Sequence[AuditEvent]], object], limits: RecorderLimits) -> None:
        """`append` writes all of them durably or none. Raises `Unavailable` or SQLAlchemy's errors."""
        self._append = append
        self._limits = limits
        self._waiting: deque[_Waiting] = deque()
        self._changed = Condition()
        self._records = 0
        """Of those waiting, how many somebody waits for."""
        self._failure: Exception | None = None
        """Why the last attempt failed."""
        self._stopping = False
        self._thread: Thread | None = None

    def record(self, event: AuditEvent) -> None:
        """On disk when it returns. Raises `NotRecorded`, `DiskFull` or `DatabaseGone`: then do not do it."""
        self.begin(event).result()

    def begin(self, event: AuditEvent) -> Future[None]:
        """As `record`, for callers that do something else until it is on disk. Never waits, and raises nothing."""
        done: Future[None] = Future()
        # From here on it cannot be cancelled: what it stands for is written all the same.
        done.set_running_or_notify_cancel()
        with self._changed:
            if self._is_full or self._stopping:
                done.set_exception(_refusal(self._failure))
                return done
            self._records += 1
            self._put(_Waiting(event, done))
        return done

    @property
    def has_room(self) -> bool:
        """Whether `expect_room` would return at once."""
        return not self._is_full and not self._stopping

    def expect_room(self) -> None:
        """Before what is to be noted. Raises `NotRecorded`, `DiskFull` or `DatabaseGone`: then do not do it."""
        with self._changed:
            if self._is_full and self._failure is None:
                self._changed.wait_for(lambda: not self._is_full or self._stopping, self._limits.patience_s)
            if not self.has_room:
                raise _refusal(self._failure)

    def note(self, event: AuditEvent) -> None:
        """On disk soon. Never waits and refuses nothing: what it says has happened."""
        with self._changed:
            if self._stopping:
                _LOG.error("a note of the audit log was lost: nothing is written any more")
                return
            self._put(_Waiting(event))

    def stop(self) -> None:
        """Writes what waits, and takes nothing any more. Says in the log of the server what could not be written."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_STOPS_WITHIN_S)

    @property
    def _is_urgent(self) -> bool:
        """Whether there is somebody who waits, or nothing to be gained from waiting for more."""
        return self._records > 0 or self._stopping or (self._failure is None and len(self._waiting) >= _AT_ONCE)

    @property
    def _is_full(self) -> bool:
        return len(self._waiting) >= self._limits.most_waiting

    def _put(self, waiting: _Waiting) -> None:
        if self._thread is None:
            # A daemon, so that a process that crashes does not hang on a database that does not answer.
            self._thread = Thread(target=self._keep_appending, name="audit", daemon=True)
            self._thread.start()
        self._waiting.append(waiting)
        self._changed.notify_all()

    def _keep_appending(self) -> None:
        try:
            while batch := self._next():
                self._attempt(batch)
                if self._stopping and self._failure is not None:
                    return
        finally:
            # After a bug as well nobody waits for ever, and nothing goes on unrecorded.
            with self._changed:
                self._stopping = True
                self._refuse(len(self._waiting))
                if self._waiting:
                    _LOG.error("%s notes of the audit log were lost: they could not be written", len(self._waiting))
                self._changed.notify_all()

    def _next(self) -> list[_Waiting]:
        """What to write now; it stays in the queue until it is written. Nothing when there is nothing left to do."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) > 0 or self._stopping)
            pause = self._limits.gather_s if self._failure is None else self._limits.retry_s
            self._changed.wait_for(lambda: self._is_urgent, pause)
            return list(islice(self._waiting, _AT_ONCE))

    def _attempt(self, batch: list[_Waiting]) -> None:
        with self._changed:
            there = len(self._waiting)
        failure: Exception | None = None
        try:
            self._append([waiting.event for waiting in batch])
        except (Unavailable, SQLAlchemyError) as error:
            failure = error
        with self._changed:
            if failure is None:
                self._written(batch)
            else:
                self._failed(failure, there)
            self._changed.notify_all()

    def _written(self, batch: list[_Waiting]) -> None:
        if self._failure is not None:
            _LOG.info("the audit log is written again")
        self._failure = None
        for waiting in batch:
            self._waiting.popleft()
            if waiting.done is not None:
                self._records -= 1
                waiting.done.set_result(None)

    def _failed(self, failure: Exception, there: int) -> None:
        """Also refuses records that were not in the batch but came before it failed: their turn would end the same."""
        if self._failure is None:
            _LOG.warning("the audit log cannot be written, so nothing is changed meanwhile: %s", failure)
        self._failure = failure
        self._refuse(there)

    def _refuse(self, there: int) -> None:
        """The records among the first so many."""
        first = [self._waiting.popleft() for _ in range(there)]
        kept = [waiting for waiting in first if waiting.done is None]
        self._waiting.extendleft(reversed(kept))
        self._records -= len(first) - len(kept)
        for waiting in first:
            if waiting.done is not None:
                waiting.done.set_exception(_refusal(self._failure))


def _refusal(failure: Exception | None) -> Unavailable:
    """One of its own for everybody who is refused, since each adds where it was raised."""
    refusal = type(failure)() if isinstance(failure, DiskFull | DatabaseGone) else NotRecorded()
    refusal.__cause__ = failure
    return refusal
