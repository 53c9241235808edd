"""Runs a job: its plan, each of its units, its end. What it has done goes to its row after every step."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Event
from typing import TypeVar

from sqlalchemy.orm import Session, sessionmaker

from api.jobs.job import Job, State
from api.jobs.job_point import JobPoint
from api.jobs.job_queue import Checkpoints, Interrupted, Ticket
from api.jobs.kind import Arguments, Ending, JobKind, Json
from api.jobs.news import News
from api.jobs.store import JobStore
from corpus.errors import Conflict, Invalid, NotFound, Unavailable
from corpus.storage_failure import DatabaseGone, DiskFull, is_disk_full

T = TypeVar("T")

_LOG = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
TRIES = 8
"""Of a unit for which something outside is unavailable; together some two minutes."""

KindOf = Mapping[str, Callable[[], JobKind]]
"""Kinds by name, made when the first job of that kind runs."""


class Cancelled(BaseException):
    """Somebody asked for it; not an `Exception`, since no kind of job may take it for a failure of its own."""


class JobWork:
    def __init__(
        self,
        kinds: KindOf,
        sessions: sessionmaker[Session],
        writing: sessionmaker[Session],
        news: News,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        stopping: Event,
        reached: Callable[[JobPoint], None] = lambda point: None,
    ) -> None:
        """`stopping` is set when no further step may begin. `reached` hears how far jobs are."""
        self._kinds = kinds
        self._sessions = sessions
        self._writing = writing
        self._news = news
        self._clock = clock
        self._monotonic = monotonic
        self._stopping = stopping
        self.reached = reached

    def __call__(self, ticket: Ticket, checkpoints: Checkpoints) -> None:
        begun = self._patiently(ticket, lambda: self._begin(ticket))
        if begun is None:
            return
        kind_name, arguments = begun
        self.reached(JobPoint.BEGUN)
        try:
            self._run(ticket, checkpoints, kind_name, arguments)
        except Cancelled:
            self._end(ticket, State.CANCELLED, "It was cancelled. What it had finished by then stays.")
        except (Invalid, Conflict, NotFound, Unavailable) as error:
            self._end(ticket, State.FAILED, str(error))
        except Exception as error:  # noqa: BLE001  Its traceback is in the log, and the job says so.
            _LOG.exception("job %s failed", ticket.job_id)
            self._end(
                ticket,
                State.FAILED,
                f"Something went wrong that should not ({type(error).__name__}: {error}). The log of the server says "
                "more. Try it again; if it fails again, report it.",
            )
        self.reached(JobPoint.ENDED)

    def _run(self, ticket: Ticket, checkpoints: Checkpoints, kind_name: str, arguments: Arguments) -> None:
        made = self._kinds.get(kind_name)
        if made is None:
            raise UnknownKind(kind_name)
        kind = made()
        units = checkpoints.once("plan", lambda: self._patiently(ticket, lambda: kind.plan(arguments)))
        weights = [kind.weight(unit) for unit in units]
        self._tell(ticket, lambda job: _planned(job, sum(weights), kind.unit))
        self.reached(JobPoint.PLANNED)
        reports = []
        for number, unit in enumerate(units):
            reports.append(
                checkpoints.once(
                    f"unit {number}",
                    lambda number=number, unit=unit: self._do(  # type: ignore[misc]
                        ticket, kind, arguments, unit, sum(weights[: number + 1])
                    ),
                )
            )
            self.reached(JobPoint.UNIT_REMEMBERED)
        checkpoints.once("finish", lambda: self._finish(ticket, kind, arguments, reports))

    def _do(self, ticket: Ticket, kind: JobKind, arguments: Arguments, unit: Json, done: int) -> Json:
        self._tell(ticket, lambda job: _describe(job, kind.describe(unit)))
        started = self._monotonic()
        report = self._patiently(
            ticket, lambda: kind.do(arguments, unit, lambda said: self._tell(ticket, lambda job: _describe(job, said)))
        )
        self.reached(JobPoint.UNIT_DONE)
        took = self._monotonic() - started
        self._tell(ticket, lambda job: _advance(job, done, took, self._clock()))
        return report

    def _finish(self, ticket: Ticket, kind: JobKind, arguments: Arguments, reports: list[Json]) -> None:
        ending: Ending = self._patiently(ticket, lambda: kind.finish(arguments, reports))
        state = State.FAILED if ending.failed else State.DONE
        self.reached(JobPoint.FINISHED)
        self._end(ticket, state, ending.reason, ending.result)

    def _begin(self, ticket: Ticket) -> tuple[str, Arguments] | None:
        """The kind and arguments of the job; None when there is nothing left to do for this ticket."""
        with self._writing.begin() as session:
            job = JobStore(session).find(ticket.job_id)
            if job is None or job.attempt != ticket.attempt or job.state.is_over:
                return None
            job.state = State.RUNNING
            job.started_at = self._clock()
            begun = (job.kind, dict(job.arguments))
        self._news.tell(ticket.job_id)
        return begun

    def _end(self, ticket: Ticket, state: State, reason: str | None, result: Arguments | None = None) -> None:
        def end(job: Job) -> None:
            job.end(state, reason, result, self._clock())

        self._patiently(ticket, lambda: self._write(ticket, end), stoppable=False)

    def _patiently(self, ticket: Ticket, ask: Callable[[], T], stoppable: bool = True) -> T:
        """Tries again while the disk is full or the database away, and a few times where something outside fails.

        `stoppable`: whether a cancelled job ends here.
        """
        pause, tries = FIRST_PAUSE_S, 0
        while True:
            if self._stopping.is_set():
                raise Interrupted
            try:
                if stoppable and self._cancel_requested(ticket):
                    raise Cancelled
                answer = ask()
            except (DiskFull, DatabaseGone) as error:
                self._tell(ticket, lambda job, error=error: _wait(job, str(error)))  # type: ignore[misc]
            except OSError as error:
                if not is_disk_full(error):
                    raise
                self._tell(ticket, lambda job: _wait(job, str(DiskFull())))
            except Unavailable as error:
                tries += 1
                if tries == TRIES:
                    raise
                self._tell(ticket, lambda job, error=error: _wait(job, str(error)))  # type: ignore[misc]
            else:
                if pause > FIRST_PAUSE_S:
                    self._tell(ticket, lambda job: _wait(job, None))
                return answer
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _cancel_requested(self, ticket: Ticket) -> bool:
        with self._sessions() as session:
            job = JobStore(session).find(ticket.job_id)
            return job is None or job.attempt != ticket.attempt or job.cancel_requested or job.state.is_over

    def _tell(self, ticket: Ticket, change: Callable[[Job], None]) -> None:
        """Progress is worth a word, not a failure: where it cannot be stored, the next word says it."""
        try:
            self._write(ticket, change)
        except Unavailable:
            _LOG.info("progress of job %s could not be stored", ticket.job_id)

    def _write(self, ticket: Ticket, change: Callable[[Job], None]) -> None:
        with self._writing.begin() as session:
            job = JobStore(session).find(ticket.job_id)
            if job is not None and job.attempt == ticket.attempt and not job.state.is_over:
                change(job)
        self._news.tell(ticket.job_id)


class UnknownKind(Invalid):
    def __init__(self, kind: str) -> None:
        super().__init__(
            f"This version of groundwork has no jobs of the kind “{kind}”. Upgrade it, or cancel and start anew."
        )


def _planned(job: Job, total: int, unit: str) -> None:
    job.total = total
    job.unit = unit


def _describe(job: Job, step: str) -> None:
    job.step = step


def _wait(job: Job, reason: str | None) -> None:
    job.reason = reason


def _advance(job: Job, done: int, took: float, now: datetime) -> None:
    # Not counted up: a unit that is repeated after a crash must not count twice.
    job.done = done
    job.worked_seconds += took
    job.progressed_at = now
