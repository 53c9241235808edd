"""All SQL of jobs. A reader knows of their own jobs and of those that touch audiences they may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from api.jobs.job import Job, JobNotFound, State
from corpus.audience import OWNER, Reader
from corpus.store import CorpusStore


@dataclass(frozen=True, slots=True)
class JobPage:
    """`total` counts everything the reader may know of that matches, not only this page."""

    jobs: tuple[Job, ...]
    total: int


class JobStore:
    """Reads and writes jobs in the session's transaction; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self, kind: str, title: str, user: str, audience_id: int | None, arguments: dict[str, Any], now: datetime
    ) -> Job:
        job = Job(kind=kind, title=title, user_name=user, audience_id=audience_id, arguments=arguments, created_at=now)
        self._session.add(job)
        self._session.flush()
        return job

    def get(self, job_id: int) -> Job:
        """Not on anybody's behalf. Raises `JobNotFound`."""
        job = self._session.get(Job, job_id)
        if job is None:
            raise JobNotFound(job_id)
        return job

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

    def _known_to(self, reader: Reader) -> ColumnElement[bool]:
        own: ColumnElement[bool] = Job.user_name == reader.name
        if reader.name == OWNER:
            # What touches no audience (building the indexes anew) concerns the installation, which is the owner's.
            own = or_(own, Job.audience_id.is_(None))
        return or_(own, Job.audience_id.in_(CorpusStore(self._session).visible_audiences(reader)))
