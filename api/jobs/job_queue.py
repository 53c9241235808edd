"""The port behind which jobs run: what takes tickets, runs their work, and takes it up again after a crash."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from corpus.errors import Unavailable

T = TypeVar("T")


class Lane(StrEnum):
    """Where a job queues up. Large jobs have a lane of their own, so that small ones never wait for them."""

    SMALL = "small"
    LARGE = "large"
    DRAFT = "draft"
    """Somebody waits for it, but it takes too long for others to wait behind it."""
    OWNER = "owner"
    """What only the process that owns the data folder can do, since it concerns what lies there."""


SHARED_LANES = (Lane.SMALL, Lane.LARGE, Lane.DRAFT)
"""What any process on the same databases can work on."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One attempt at one job."""

    job_id: int
    attempt: int

    def __str__(self) -> str:
        return f"job-{self.job_id}-{self.attempt}"


class Interrupted(BaseException):
    """The process stops, or the queue cannot remember what was done: the work goes on from here later.

    Not an `Exception`, since no work may take it for a failure of its own.
    """


class QueueUnavailable(Unavailable):
    def __init__(self, detail: str) -> None:
        super().__init__(f"The database of jobs does not answer: {detail} What waits goes on by itself.")


class Checkpoints(Protocol):
    def once(self, name: str, step: Callable[[], T]) -> T:
        """What `step` returned, as JSON would return it. A step that was remembered is not run again.

        A step whose process ended in the middle runs once more. What it raises is raised here and not remembered.
        Names must come in the same order each time. Raises `Interrupted`.
        """


Work = Callable[[Ticket, Checkpoints], None]
"""Runs a job. Called again from its start after an interruption, when the steps that were done return at once."""


@dataclass(frozen=True, slots=True)
class Tended:
    """`spent`: run to the end by this queue. `exhausted`: given up since the process ended too often in the middle."""

    spent: tuple[Ticket, ...] = ()
    exhausted: tuple[Ticket, ...] = ()


class JobQueue(Protocol):
    def start(self, work: Work) -> None:
        """From now on tickets are worked on. Raises `QueueUnavailable`."""

    def put(self, ticket: Ticket, lane: Lane) -> None:
        """Durable on return; a ticket that was put before is left as it is. Raises `QueueUnavailable`."""

    def tend(self, open_tickets: Sequence[tuple[Ticket, Lane]]) -> Tended:
        """Puts those that it does not know, takes up those that nobody works on, and forgets all others.

        `open_tickets` is every ticket of a job that is not over. Raises `QueueUnavailable`.
        """

    def halt(self) -> None:
        """Begins no further step. Returns at once."""

    def stop(self, within_s: float) -> bool:
        """Halts, waits for steps under way as long as that, and lets go of everything. False if a step is left behind.

        Nothing that such a step still does is remembered; its process should end.
        """
