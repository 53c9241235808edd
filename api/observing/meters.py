"""The ports through which the parts of a server are counted. Each takes the one that it needs as an argument."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class RequestMeters(Protocol):
    def request_began(self) -> None: ...

    def request_over(self, operation: str, status: int | None, seconds: float) -> None:
        """`operation`: method and template of the route, never a path. No status: the caller went away before one."""


class AnswerMeters(Protocol):
    def first_sentence(self, seconds: float) -> None:
        """Since the question came."""

    def answered(self, status: str, composer: str, seconds: float) -> None: ...

    def unanswered(self, reason: str) -> None:
        """`failed`, or `abandoned` by whoever asked."""


class ModelMeters(Protocol):
    def model_called(self, failed: bool, seconds: float) -> None: ...

    def model_tokens(self, read: int, written: int) -> None:
        """As the provider counts them."""


class LimitMeters(Protocol):
    def refused(self, limit: str) -> None:
        """`limit`: the name of what refused, one of a few that stand in the code."""


class JobMeters(Protocol):
    def unit_over(self, kind: str, failed: bool, seconds: float) -> None: ...


class Meters(RequestMeters, AnswerMeters, ModelMeters, LimitMeters, JobMeters, Protocol):
    def exposition(self) -> "Exposition":
        """Everything that was counted, as a monitoring system fetches it."""


@dataclass(frozen=True, slots=True)
class Exposition:
    text: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class IndexCount:
    state: str
    entries: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is looked up when somebody asks, rather than counted as it happens. None: the database does not answer."""

    parts: Mapping[str, str]
    """State of each part that readiness depends on."""
    jobs: Mapping[tuple[str, str], int] | None
    """By kind and state."""
    documents: int | None
    indexes: Mapping[str, IndexCount] | None
    answers_under_way: int
    answers_waiting: int
    disk_free_bytes: int | None
    disk_total_bytes: int | None


class NoMeters:
    """Where nobody will ask: a command that ends by itself."""

    def request_began(self) -> None: ...

    def request_over(self, operation: str, status: int | None, seconds: float) -> None: ...

    def first_sentence(self, seconds: float) -> None: ...

    def answered(self, status: str, composer: str, seconds: float) -> None: ...

    def unanswered(self, reason: str) -> None: ...

    def model_called(self, failed: bool, seconds: float) -> None: ...

    def model_tokens(self, read: int, written: int) -> None: ...

    def refused(self, limit: str) -> None: ...

    def unit_over(self, kind: str, failed: bool, seconds: float) -> None: ...

    def exposition(self) -> Exposition:
        return Exposition(b"", "text/plain; charset=utf-8")
