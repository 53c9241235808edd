"""The port of job kinds: what a job of one kind consists of, cut into units that may each be repeated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from api.jobs.job_queue import Lane

Json = Any
"""What JSON can hold. Everything that a job remembers is that, so that another version can still read it."""

Arguments = dict[str, Any]

Tell = Callable[[str], None]
"""Says on the Jobs page what is being done now."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended. `reason` is what a person should know of it; with `failed`, why nothing came of it."""

    result: Arguments
    reason: str | None = None
    failed: bool = False


class JobKind(Protocol):
    """Subclass it explicitly. Arguments, units and reports are JSON and stay readable from version to version.

    Raise `Invalid`, `Conflict` or `NotFound` where the job cannot succeed: it fails with that sentence. Raise
    `Unavailable` where it may later: the unit is tried again.
    """

    unit: str
    """What progress is counted in, in the plural: `files`."""

    def lane(self, arguments: Arguments) -> Lane:
        return Lane.SMALL

    def claim(self, arguments: Arguments) -> str | None:
        """What a job of this kind has to itself while it waits or runs; None where any number may go side by side."""
        return None

    def plan(self, arguments: Arguments) -> list[Json]:
        """The units, in order. Asked once; the answer is remembered."""
        ...

    def weight(self, unit: Json) -> int:
        """How many of `self.unit` this one unit counts for."""
        return 1

    def describe(self, unit: Json) -> str:
        """What is done in this unit, in words for people."""
        ...

    def do(self, arguments: Arguments, unit: Json, tell: Tell) -> Json:
        """Does one unit and reports on it, briefly. May run twice: the second time must change nothing more.

        Take no longer than some ten seconds, for a process that stops repeats the unit that is under way.
        """
        ...

    def finish(self, arguments: Arguments, reports: Sequence[Json]) -> Ending:
        """After the last unit. May run twice as well."""
        ...
