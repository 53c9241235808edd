"""The form in which a job is reported, and what its numbers mean in words."""

from datetime import datetime

from api.jobs.job import State
from api.jobs.store import JobEntry
from api.schemas import Form


class JobForm(Form):
    """`done` of `total` are counted in `unit`; `total` is null until the job is planned.

    `seconds_left` is judged by the time that was needed so far, null where there is nothing to judge by. `reason` says
    why it failed or what it waits for. `address` is where it is looked at again.
    """

    job_id: int
    kind: str
    title: str
    user: str
    state: State
    step: str
    done: int
    total: int | None
    unit: str
    seconds_left: float | None
    estimate: str
    reason: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempt: int
    cancel_requested: bool
    address: str

    @property
    def can_be_cancelled(self) -> bool:
        return not self.state.is_over and not self.cancel_requested

    @property
    def can_be_retried(self) -> bool:
        return self.state in (State.FAILED, State.CANCELLED)

    @property
    def counted(self) -> str:
        """`32 of 120 files`, empty where a bar would say nothing."""
        return f"{self.done:,} of {self.total:,} {self.unit}" if self.total and self.total > 1 else ""

    @classmethod
    def of(cls, entry: JobEntry, now: datetime) -> "JobForm":
        left = entry.seconds_left(now)
        return cls(
            job_id=entry.job_id,
            kind=entry.kind,
            title=entry.title,
            user=entry.user,
            state=entry.state,
            step=entry.step,
            done=entry.done,
            total=entry.total,
            unit=entry.unit,
            seconds_left=None if left is None else round(left, 1),
            estimate=_estimate(entry, left),
            reason=entry.reason,
            created_at=entry.created_at,
            started_at=entry.started_at,
            finished_at=entry.finished_at,
            attempt=entry.attempt,
            cancel_requested=entry.cancel_requested,
            address=f"/api/jobs/{entry.job_id}",
        )


class JobListForm(Form):
    jobs: list[JobForm]
    total: int


class JobResultForm(JobForm):
    """`result` depends on the kind: what became of each file, and so on. Empty until the job is over."""

    result: dict[str, object]


def _estimate(entry: JobEntry, left: float | None) -> str:
    """`about 4 minutes left`; no more exact than it is known."""
    if entry.state is not State.RUNNING or entry.reason:
        return ""
    if left is None:
        return "longer than expected" if entry.done else ""
    if left < 50:
        return "less than a minute left"
    if left < 3600:
        minutes = max(round(left / 60), 1)
        return f"about {minutes} {'minute' if minutes == 1 else 'minutes'} left"
    hours = round(left / 1800) / 2
    return f"about {hours:g} {'hour' if hours == 1 else 'hours'} left"
