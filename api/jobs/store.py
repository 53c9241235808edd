"""All SQL of jobs. A reader knows of those that touch audiences they may read, and of their own that touch none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, func, not_, or_, select, true
from sqlalchemy.orm import Session, undefer

from api.jobs.job import Job, JobNotFound, State
from corpus.audience import Reader
from corpus.document import Document
from corpus.store import CorpusStore


@dataclass(frozen=True, slots=True)
class JobEntry:
    """A job as it was when somebody looked."""

    job_id: int
    kind: str
    title: str
    user: str
    state: State
    step: str
    done: int
    total: int | None
    unit: str
    reason: str | None
    created_at: datetime
    started_at: datetime | None
    progressed_at: datetime | None
    finished_at: datetime | None
    worked_seconds: float
    attempt: int
    cancel_requested: bool

    @classmethod
    def of(cls, job: Job) -> "JobEntry":
        return cls(
            job_id=job.id,
            kind=job.kind,
            title=job.title,
            user=job.user_name,
            state=job.state,
            step=job.step,
            done=job.done,
            total=job.total,
            unit=job.unit,
            reason=job.reason,
            created_at=job.created_at,
            started_at=job.started_at,
            progressed_at=job.progressed_at,
            finished_at=job.finished_at,
            worked_seconds=job.worked_seconds,
            attempt=job.attempt,
            cancel_requested=job.cancel_requested,
        )

    def seconds_left(self, now: datetime) -> float | None:
        """As many units as are left, each as long as those done so far took on average.

        None where there is nothing to judge by: no unit is done yet, or the one under way takes far longer than that.
        """
        if self.state is not State.RUNNING or not self.total or not self.done:
            return None
        left = (self.total - self.done) * self.worked_seconds / self.done
        since = max(self.progressed_at or self.created_at, self.started_at or self.created_at)
        under_way = max((now - since).total_seconds(), 0.0)
        return None if under_way > 2 * left else max(left - under_way, left / 10)


@dataclass(frozen=True, slots=True)
class JobPage:
    """`total` counts everything the reader may know of that matches, not only this page."""

    jobs: tuple[Job, ...]
    total: int


class JobStore:
    """Reads and writes jobs in the session's transaction; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, job: Job) -> Job:
        self._session.add(job)
        self._session.flush()
        return job

    def get(self, job_id: int) -> Job:
        """Not on anybody's behalf. Raises `JobNotFound`."""
        job = self._session.get(Job, job_id)
        if job is None:
            raise JobNotFound(job_id)
        return job

    def find(self, job_id: int) -> Job | None:
        """Not on anybody's behalf."""
        return self._session.get(Job, job_id)

    def get_for(self, reader: Reader, job_id: int) -> Job:
        """Raises `JobNotFound`, also for a job that the reader may not know of."""
        job = self._session.scalar(select(Job).where(Job.id == job_id, self._known_to(reader)))
        if job is None:
            raise JobNotFound(job_id)
        return job

    def list_for(
        self, reader: Reader, limit: int, offset: int = 0, states: Sequence[State] = (), kind: str = ""
    ) -> JobPage:
        """Newest first. No states: all of them."""
        wanted = self._known_to(reader)
        if states:
            wanted = wanted & Job.state.in_(states)
        if kind:
            wanted = wanted & (Job.kind == kind)
        total = self._session.scalar(select(func.count()).select_from(Job).where(wanted))
        jobs = self._session.scalars(select(Job).where(wanted).order_by(Job.id.desc()).limit(limit).offset(offset))
        return JobPage(tuple(jobs), total or 0)

    def list_open(self) -> list[Job]:
        """Everything that is not over, oldest first."""
        return list(
            self._session.scalars(select(Job).where(Job.state.in_((State.WAITING, State.RUNNING))).order_by(Job.id))
        )

    def list_open_of(self, kind: str) -> list[Job]:
        """Those of one kind that are not over, oldest first, with their arguments."""
        return list(
            self._session.scalars(
                select(Job)
                .where(Job.kind == kind, Job.state.in_((State.WAITING, State.RUNNING)))
                .order_by(Job.id)
                .options(undefer(Job.arguments))
            )
        )

    def count(self) -> dict[tuple[str, str], int]:
        """How many jobs there are of each kind in each state."""
        counted = self._session.execute(select(Job.kind, Job.state, func.count()).group_by(Job.kind, Job.state))
        return {(kind, state.value): number for kind, state, number in counted}

    def list_named(self, kind: str, argument: str, numbers: Sequence[int]) -> set[int]:
        """Those of `numbers` that jobs of that kind, also those that are over, have as that argument."""
        found = Job.arguments[argument].as_integer()
        return set(self._session.scalars(select(found).where(Job.kind == kind, found.in_(numbers)).distinct()))

    def foreign_among(self, reader: Reader, document_ids: Sequence[int]) -> set[int]:
        """Those documents that belong to audiences which the reader does not know, wherever they were before."""
        visible = CorpusStore(self._session).visible_audiences(reader)
        return set(
            self._session.scalars(
                select(Document.id).where(Document.id.in_(document_ids), Document.audience_id.not_in(visible))
            )
        )

    def _known_to(self, reader: Reader) -> ColumnElement[bool]:
        visible = CorpusStore(self._session).visible_audiences(reader)
        # What touches no audience (building the indexes anew) concerns the installation.
        own = true() if reader.manages else Job.user_name == reader.name
        return and_(
            or_(and_(Job.audience_id.is_(None), own), Job.audience_id.in_(visible)),
            not_(exists().where(Document.id == _ONLY_DOCUMENT, Document.audience_id.not_in(visible))),
        )


# A job that is about one document is called as it is, and so is known to whom the document is, wherever that has moved.
_IN_RESULT = Job.result[("files", 0, "document_id")].as_integer()
_IS_OF_MANY = Job.arguments[("files", 1, "name")].as_string().is_not(None)
_ONLY_DOCUMENT = case((_IS_OF_MANY, None), else_=func.coalesce(_IN_RESULT, Job.arguments["document_id"].as_integer()))
