"""The rules of a sync: what may be removed, and the report of what was done."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

MOST_FAILURES = 20
"""Failures that a report names; it counts all of them."""


@dataclass(frozen=True, slots=True)
class ItemFailure:
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """`listed` is what the source named, `held_back` how many documents wait for somebody to confirm their removal.

    `problem` says why the listing ended early; nothing is removed then.
    """

    started_at: datetime
    finished_at: datetime | None = None
    listed: int = 0
    added: int = 0
    updated: int = 0
    moved: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: int = 0
    held_back: int = 0
    problem: str | None = None
    failures: tuple[ItemFailure, ...] = ()

    @property
    def seconds(self) -> float:
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else 0.0

    def to_json(self) -> dict[str, Any]:
        said = asdict(self)
        for name in ("started_at", "finished_at"):
            said[name] = said[name].isoformat() if said[name] else None
        return said

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "SyncReport":
        finished = said["finished_at"]
        return replace(
            cls(**said),
            started_at=datetime.fromisoformat(said["started_at"]),
            finished_at=datetime.fromisoformat(finished) if finished else None,
            failures=tuple(ItemFailure(**failure) for failure in said["failures"]),
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """What listing a source found: `new` and `changed` are to be fetched, `gone` have documents and are not listed."""

    started_at: datetime
    listed: int
    new: int
    changed: int
    gone: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of some items; those that stayed as they were or failed are in none of the counts but `seen`."""

    seen: int = 0
    added: int = 0
    updated: int = 0
    moved: int = 0

    def __add__(self, other: "Fetched") -> "Fetched":
        return Fetched(
            self.seen + other.seen, self.added + other.added, self.updated + other.updated, self.moved + other.moved
        )


@dataclass(frozen=True, slots=True)
class Removed:
    """`held_back` wait for somebody to confirm their removal."""

    removed: int = 0
    held_back: int = 0


def may_remove(listed: int, present: int, gone: int, confirmed: int) -> bool:
    """Whether `gone` of `present` known things may be removed. A person may confirm up to a number of them.

    A source that lists nothing at all answered empty, which is never taken for a removal.
    """
    if listed == 0:
        return False
    return 2 * gone <= present or gone <= confirmed
