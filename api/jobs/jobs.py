"""What people and routes do with jobs: start, look at, cancel, retry, wait for; and keeping all of them going."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread

from sqlalchemy.orm import Session, sessionmaker

from api.jobs.immediate_job_queue import ImmediateJobQueue
from api.jobs.job import Job, State, UnderWayAlready
from api.jobs.job_point import JobPoint
from api.jobs.job_queue import JobQueue, Lane, Ticket
from api.jobs.job_work import JobWork, KindOf
from api.jobs.kind import Arguments
from api.jobs.news import News
from api.jobs.store import JobEntry, JobStore
from corpus.errors import Unavailable
from corpus.store import CorpusStore

_LOG = logging.getLogger(__name__)

_TEND_S = 2.0
_NEWS_S = 0.5


@dataclass(frozen=True, slots=True)
class JobList:
    """`total` counts everything the user may know of that matches, not only this page."""

    entries: tuple[JobEntry, ...]
    total: int


class Jobs:
    """At first each job runs at once, in the thread that submits it; after `run_in_background`, in a durable queue."""

    def __init__(
        self,
        work: JobWork,
        kinds: KindOf,
        sessions: sessionmaker[Session],
        writing: sessionmaker[Session],
        news: News,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        stopping: Event,
    ) -> None:
        """`stopping` is set when no further step may begin."""
        self._monotonic = monotonic
        self._stopping = stopping
        self._at_once = ImmediateJobQueue()
        self._at_once.start(work)
        self._work = work
        self._kinds = kinds
        self._sessions = sessions
        self._writing = writing
        self.news = news
        self._clock = clock
        self._wake = Event()
        self._queue: JobQueue | None = None
        self._tender: Thread | None = None
        self._trouble: str | None = None

    def run_in_background(self, open_queue: Callable[[], JobQueue], each_tend: Callable[[], None]) -> None:
        """Takes up every job that is not over, and goes on with all that are submitted, until `stop`.

        Returns at once: the queue is opened in a thread, and again and again while it is unavailable. `each_tend` is
        called every few seconds.
        """
        self._tender = Thread(target=self._keep_tending, args=(open_queue, each_tend), name="jobs")
        self._tender.start()

    def submit(
        self, kind: str, title: str, user: str, arguments: Arguments, audience_id: int | None = None
    ) -> JobEntry:
        """Accepts a job; it is durable on return and will be done, whatever happens to this process.

        `audience_id`: whose documents it touches; its readers see the job. Raises `UnderWayAlready`, `DiskFull`.
        """
        job = Job(
            kind=kind,
            title=title[:500],
            user_name=user,
            audience_id=audience_id,
            arguments=arguments,
            lane=self._kinds[kind]().lane(arguments),
            created_at=self._clock(),
        )
        with self._writing.begin() as session:
            self._check_unclaimed(session, kind, arguments)
            entry = JobEntry.of(JobStore(session).add(job))
            lane = job.lane
        self._work.reached(JobPoint.ACCEPTED)
        self._set_going(Ticket(entry.job_id, 1), lane)
        return self.look(entry.job_id)

    def get(self, job_id: int, user: str) -> JobEntry:
        """Raises `JobNotFound`."""
        with self._sessions() as session:
            return JobEntry.of(JobStore(session).get_for(CorpusStore(session).reader(user), job_id))

    def look(self, job_id: int) -> JobEntry:
        """Not on anybody's behalf. Raises `JobNotFound`."""
        with self._sessions() as session:
            return JobEntry.of(JobStore(session).get(job_id))

    def result(self, job_id: int, user: str) -> Arguments:
        """What the job made, empty while it is not over. Names no file that is not the user's to know of any more.

        Raises `JobNotFound`.
        """
        with self._sessions() as session:
            store, reader = JobStore(session), CorpusStore(session).reader(user)
            result = store.get_for(reader, job_id).result or {}
            if "files" not in result:
                return result
            ids = [said["document_id"] for said in result["files"] if said["document_id"] is not None]
            foreign = store.foreign_among(reader, ids)
            return {**result, "files": [said for said in result["files"] if said["document_id"] not in foreign]}

    def list_jobs(
        self, user: str, limit: int, offset: int = 0, states: Sequence[State] = (), kind: str = ""
    ) -> JobList:
        """Newest first."""
        with self._sessions() as session:
            found = JobStore(session).list_for(CorpusStore(session).reader(user), limit, offset, states, kind)
            return JobList(tuple(map(JobEntry.of, found.jobs)), found.total)

    def cancel(self, job_id: int, user: str) -> JobEntry:
        """Raises `JobNotFound`, `NotYourJob`, `JobIsOver`."""
        with self._writing.begin() as session:
            reader = CorpusStore(session).reader(user)
            job = JobStore(session).get_for(reader, job_id)
            job.check_may_change(reader)
            job.cancel(self._clock())
            entry = JobEntry.of(job)
        self.news.tell(job_id)
        return entry

    def cancel_all_of(self, user: str) -> None:
        """Whatever this user has started and is not over. Not on anybody's behalf."""
        with self._writing.begin() as session:
            open_jobs = [job for job in JobStore(session).list_open() if job.user_name == user]
            for job in open_jobs:
                job.cancel(self._clock())
            ids = [job.id for job in open_jobs]
        for job_id in ids:
            self.news.tell(job_id)

    def retry(self, job_id: int, user: str) -> JobEntry:
        """Raises `JobNotFound`, `NotYourJob`, `NotRetryable`, `UnderWayAlready`."""
        with self._writing.begin() as session:
            reader = CorpusStore(session).reader(user)
            job = JobStore(session).get_for(reader, job_id)
            job.check_may_change(reader)
            job.retry()
            self._check_unclaimed(session, job.kind, job.arguments, job.id)
            ticket, lane = Ticket(job.id, job.attempt), job.lane
        self.news.tell(job_id)
        self._set_going(ticket, lane)
        return self.look(job_id)

    def find_rival(self, kind: str, arguments: Arguments) -> JobEntry | None:
        """The open job of that kind that has to itself what one with these arguments would need."""
        with self._sessions() as session:
            rival = self._find_rival(session, kind, arguments)
            return None if rival is None else JobEntry.of(rival)

    def wait(self, job_id: int, seconds: float) -> JobEntry:
        """The job when it is over, or as it is after that time or when the process stops."""
        deadline = self._monotonic() + seconds
        while True:
            seen = self.news.count
            entry = self.look(job_id)
            left = deadline - self._monotonic()
            if entry.state.is_over or left <= 0 or self.is_stopping:
                return entry
            self.news.wait(seen, min(left, _NEWS_S))

    def tend(self, queue: JobQueue) -> None:
        """Brings jobs and queue together: whatever is open is in the queue. Raises `Unavailable`."""
        with self._sessions() as session:
            tickets = [(Ticket(job.id, job.attempt), job.lane) for job in JobStore(session).list_open()]
        tended = queue.tend(tickets)
        for ticket in tended.spent:
            self._change(ticket, Job.begin_anew)
        for ticket in tended.exhausted:
            self._change(ticket, lambda job: job.end(State.FAILED, _EXHAUSTED, None, self._clock()))

    def forget_over(self) -> None:
        """Has the queue keep nothing of jobs that are over. Raises `Unavailable`."""
        if self._queue is not None:
            self.tend(self._queue)

    def tend_soon(self) -> None:
        """Tends at once instead of at the next round."""
        self._wake.set()

    def halt(self) -> None:
        """Begins no further step of any job, and lets everybody go who waits for one. Returns at once."""
        self._stopping.set()
        self._at_once.halt()
        if self._queue is not None:
            self._queue.halt()
        self._wake.set()
        self.news.close()

    @property
    def trouble(self) -> str | None:
        """Why jobs that were accepted are not worked on now."""
        if self._tender is None:
            return None
        if self.is_stopping or not self._tender.is_alive():
            return "No further job is begun: the process is stopping."
        return self._trouble or ("The queue is being opened." if self._queue is None else None)

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def stop(self, within_s: float) -> bool:
        """Halts, and waits so long for steps under way. What is left goes on in the next process.

        False if a step is left behind: its thread still runs, and would keep the process from ending.
        """
        self.halt()
        if self._tender is not None:
            self._tender.join()
        return self._queue is None or self._queue.stop(within_s)

    def _check_unclaimed(self, session: Session, kind: str, arguments: Arguments, own_id: int | None = None) -> None:
        """Holds until the end of the transaction, since those that write follow one another."""
        rival = self._find_rival(session, kind, arguments, own_id)
        if rival is not None:
            raise UnderWayAlready(rival.id, rival.title)

    def _find_rival(self, session: Session, kind: str, arguments: Arguments, own_id: int | None = None) -> Job | None:
        made = self._kinds.get(kind)
        claim = None if made is None else made().claim(arguments)
        if made is None or claim is None:
            return None
        others = (job for job in JobStore(session).list_open_of(kind) if job.id != own_id)
        return next((job for job in others if made().claim(job.arguments) == claim), None)

    def _set_going(self, ticket: Ticket, lane: Lane) -> None:
        if self._tender is None:
            self._at_once.put(ticket, lane)
            return
        # By the thread that tends, since a queue's database that is away must not hold up a request.
        self.tend_soon()

    def _change(self, ticket: Ticket, change: Callable[[Job], None]) -> None:
        with self._writing.begin() as session:
            job = JobStore(session).find(ticket.job_id)
            if job is not None and job.attempt == ticket.attempt and not job.state.is_over:
                change(job)
        self.news.tell(ticket.job_id)

    def _keep_tending(self, open_queue: Callable[[], JobQueue], each_tend: Callable[[], None]) -> None:
        while not self.is_stopping:
            self._wake.clear()
            try:
                if self._queue is None:
                    queue = open_queue()
                    queue.start(self._work)
                    self._queue = queue
                self.tend(self._queue)
                each_tend()
                self._trouble = None
            except Unavailable as error:
                self._trouble = str(error)
                _LOG.warning("jobs wait: %s", error)
            except Exception as error:  # noqa: BLE001  Loud, but one job that cannot be tended must not end all others.
                self._trouble = f"Tending the jobs failed: {type(error).__name__}."
                _LOG.exception("tending the jobs failed")
            self._wake.wait(_TEND_S)


_EXHAUSTED = (
    "Groundwork ended again and again in the middle of this job, so it was given up; it may be what ended it. Look for "
    "a file that takes more memory than the machine has, leave it out, and try the rest again."
)
