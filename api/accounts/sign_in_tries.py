"""Slows down guessing without locking out whoever is guessed at."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from threading import Lock

from api.accounts.account import TooManyTries

_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many failures within so long."""

    failures: int
    within: timedelta


FROM_ONE_ADDRESS = Allowance(30, timedelta(minutes=10))
FOR_ONE_ACCOUNT = Allowance(10, timedelta(minutes=10))
"""From browsers that were never signed in to it. One that was has an allowance of its own, so that strangers who try
an account again and again keep other strangers out, not its owner (OWASP calls it device cookies)."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """`counted_for`: what its failure counts against."""

    begun_at: datetime
    counted_for: tuple[str, ...]


class SignInTries:
    """Counts failures in memory, of the newest few ten thousand accounts and addresses."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = Lock()

    def begin(self, account: str, address: str, known_browser: str | None) -> Attempt:
        """Counts as failed until it has `succeeded`: otherwise many at the same moment would count as none.

        `known_browser` names one that was signed in to this account before. Raises `TooManyTries`.
        """
        allowances = _allowances(account, address, known_browser)
        with self._lock:
            longest = max(self._wait(key, allowance) for key, allowance in allowances)
            if longest > timedelta():
                raise TooManyTries(ceil(longest.total_seconds()))
            now = self._clock()
            for key, allowance in allowances:
                failures = self._failures.setdefault(key, [])
                failures.append(now)
                del failures[: -allowance.failures]
                self._failures.move_to_end(key)
            while len(self._failures) > _KEPT:
                self._failures.popitem(last=False)
        return Attempt(now, tuple(key for key, _ in allowances))

    def succeeded(self, attempt: Attempt) -> None:
        with self._lock:
            for key in attempt.counted_for:
                failures = self._failures.get(key, [])
                if attempt.begun_at in failures:
                    failures.remove(attempt.begun_at)

    def _wait(self, key: str, allowance: Allowance) -> timedelta:
        failures = self._failures.get(key, [])
        if len(failures) < allowance.failures:
            return timedelta()
        return failures[-allowance.failures] + allowance.within - self._clock()


def _allowances(account: str, address: str, known_browser: str | None) -> tuple[tuple[str, Allowance], ...]:
    if known_browser is not None:
        return ((f"browser {known_browser}", FOR_ONE_ACCOUNT),)
    return ((f"account {account}", FOR_ONE_ACCOUNT), (f"address {address}", FROM_ONE_ADDRESS))
