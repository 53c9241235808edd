"""How the last call of something outside went, so that its state is known without calling it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    failed: bool
    at_s: float


class LastOutcome:
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._last: Outcome | None = None

    def worked(self) -> None:
        self._last = Outcome(failed=False, at_s=self._monotonic())

    def failed(self) -> None:
        self._last = Outcome(failed=True, at_s=self._monotonic())

    @property
    def is_known(self) -> bool:
        return self._last is not None

    def failed_since_s(self) -> float | None:
        """Seconds since the last call, if that one failed."""
        last = self._last
        return self._monotonic() - last.at_s if last is not None and last.failed else None
