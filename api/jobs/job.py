"""Jobs: long work that was accepted, how far it is, and what may be done with it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Enum, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.jobs.job_queue import Lane
from corpus.audience import Reader
from corpus.database import Entity, Moment
from corpus.errors import Conflict, NotFound, NotPermitted


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self in (State.DONE, State.FAILED, State.CANCELLED)


def words_of(kind: type[StrEnum]) -> Enum:
    """Kept as its words, read back as itself."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )


class Job(Entity):
    """One piece of long work on behalf of one user. Its units are done one after the other, each at least once.

    `audience_id` is the audience whose documents it touches; None where only the user who started it may know of it.
    """

    __tablename__ = "jobs"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(500))
    user_name: Mapped[str] = mapped_column(String(200), index=True)
    audience_id: Mapped[int | None] = mapped_column(ForeignKey("audiences.id"), index=True)
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    lane: Mapped[Lane] = mapped_column(words_of(Lane))
    created_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[State] = mapped_column(words_of(State), default=State.WAITING, index=True)
    step: Mapped[str] = mapped_column(Text, default="")
    """What it does now, in words for people."""
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None] = mapped_column(default=None)
    """How many units of `unit` there are; None until it is planned."""
    unit: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str | None] = mapped_column(Text, default=None)
    """Why it failed or what it waits for, and what to do about it."""
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None, deferred=True)
    started_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When a process last took it up."""
    progressed_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When a unit was last finished."""
    finished_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    worked_seconds: Mapped[float] = mapped_column(default=0.0)
    """Time spent in units that are done; what an estimate is made from, since it leaves out waiting and restarts."""
    attempt: Mapped[int] = mapped_column(default=1)
    cancel_requested: Mapped[bool] = mapped_column(default=False)

    def check_may_change(self, reader: Reader) -> None:
        """Whoever may read an audience sees its jobs, but only who started one may stop or repeat it, or who manages.

        Raises `NotYourJob`.
        """
        if not reader.manages and reader.name != self.user_name:
            raise NotYourJob(self.id, self.user_name)

    def cancel(self, now: datetime) -> None:
        """A waiting job is over at once, a running one after the unit under way. Twice is as once."""
        if self.state is State.CANCELLED:
            return
        if self.state.is_over:
            raise JobIsOver(self.id, self.state)
        self.cancel_requested = True
        if self.state is State.WAITING:
            self.state = State.CANCELLED
            self.finished_at = now

    def retry(self) -> None:
        """Lets a job that failed or was cancelled begin anew; what is done already costs little the second time."""
        if self.state not in (State.FAILED, State.CANCELLED):
            raise NotRetryable(self.id, self.state)
        self.begin_anew()

    def end(self, state: State, reason: str | None, result: dict[str, Any] | None, now: datetime) -> None:
        self.state = state
        self.reason = reason
        self.result = result
        self.step = ""
        self.finished_at = now

    def begin_anew(self) -> None:
        """Another attempt, from the first unit on."""
        self.state = State.WAITING
        self.attempt += 1
        self.cancel_requested = False
        self.step = ""
        self.done = 0
        self.total = None
        self.reason = None
        self.result = None
        self.started_at = None
        self.progressed_at = None
        self.finished_at = None
        self.worked_seconds = 0.0


class JobNotFound(NotFound):
    """Says the same for a job that does not exist and for one that the reader may not know of."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"There is no job {job_id}.")
        self.job_id = job_id


class NotYourJob(NotPermitted):
    def __init__(self, job_id: int, starter: str) -> None:
        super().__init__(
            f"Job {job_id} was started by {starter}. Only {starter} or an administrator can cancel or retry it."
        )
        self.job_id = job_id


class JobIsOver(Conflict):
    def __init__(self, job_id: int, state: State) -> None:
        super().__init__(f"Job {job_id} is {state} already; there is nothing left to cancel.")
        self.job_id = job_id
        self.state = state


class UnderWayAlready(Conflict):
    def __init__(self, job_id: int, title: str) -> None:
        super().__init__(f"Job {job_id}, “{title}”, is at it already. Look at it on the page Jobs, or cancel it first.")
        self.job_id = job_id


class NotRetryable(Conflict):
    def __init__(self, job_id: int, state: State) -> None:
        super().__init__(f"Job {job_id} is {state}; only a failed or cancelled job can be tried again.")
        self.job_id = job_id
        self.state = state
