"""How an index is, for the people who run the installation."""

from dataclasses import dataclass
from enum import StrEnum


class StateName(StrEnum):
    READY = "ready"
    BUILDING = "building"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class IndexState:
    """`remark` says what went wrong last, or what answers meanwhile."""

    name: str
    state: StateName
    entries: int
    remark: str | None = None
