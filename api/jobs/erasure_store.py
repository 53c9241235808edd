"""SQL of erasing what jobs remember of documents and of people."""

import json
from collections.abc import Collection, Sequence

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from api.jobs.job import Job, State
from corpus.audience import Audience
from corpus.errors import Conflict


class JobUnderWay(Conflict):
    def __init__(self, job_id: int, title: str) -> None:
        super().__init__(
            f"Job {job_id}, {title}, is working with what is to be erased. Wait until it has finished, or cancel it."
        )
        self.job_id = job_id


def forget_jobs(session: Session, mentioned: Collection[str], users: Sequence[str], audiences: Sequence[str]) -> int:
    """Deletes the jobs of these users and audiences, and those that mention one of these names.

    Returns how many. Raises `JobUnderWay` for one that is not over.
    """
    ids = select(Audience.id).where(Audience.name.in_(audiences))
    theirs = set(session.scalars(select(Job.id).where(or_(Job.user_name.in_(users), Job.audience_id.in_(ids)))))
    # In Python, since names stand in JSON with whatever its writer escapes.
    wanted = [job for job in session.scalars(select(Job)) if job.id in theirs or _mentions(job, mentioned)]
    for job in wanted:
        if job.state not in (State.DONE, State.FAILED, State.CANCELLED):
            raise JobUnderWay(job.id, job.title)
    session.execute(delete(Job).where(Job.id.in_([job.id for job in wanted])))
    return len(wanted)


def _mentions(job: Job, names: Collection[str]) -> bool:
    said = "\n".join(
        [job.title, job.step, job.reason or "", json.dumps([job.arguments, job.result], ensure_ascii=False)]
    )
    return any(name in said for name in names)
