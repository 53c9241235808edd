"""The port to traces: what took how long within one request or job. Attributes are names and numbers, never texts."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Attribute = str | int | float | bool


class Span(Protocol):
    def note(self, name: str, value: Attribute) -> None: ...

    def fail(self, error: BaseException) -> None:
        """Keeps the kind of the failure, not its words."""

    def end(self) -> None: ...


class Tracer(Protocol):
    def within(self, name: str) -> AbstractContextManager[Span]:
        """What begins inside becomes part of it. Ends with the block, failed where that raises."""

    def begin(self, name: str) -> Span:
        """For what goes on over several calls, such as a generator: part of what is under way, and holds nothing."""

    def close(self) -> None:
        """Sends what is left, briefly."""


class _NoSpan:
    def note(self, name: str, value: Attribute) -> None: ...

    def fail(self, error: BaseException) -> None: ...

    def end(self) -> None: ...


class NoTracer:
    """Where no collector is set."""

    @contextmanager
    def within(self, name: str) -> Iterator[Span]:
        yield _NoSpan()

    def begin(self, name: str) -> Span:
        return _NoSpan()

    def close(self) -> None: ...
