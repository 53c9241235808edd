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


class SignInTries:
    """Counts failures in memory, of the newest few ten thousand accounts and addresses."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = Lock()

    def check(self, account: str, address: str, known_browser: str | None) -> None:
        """Raises `TooManyTries`. `known_browser` names one that was signed in to this account before."""
        with self._lock:
            waits = [self._wait(key, allowance) for key, allowance in _allowances(account, address, known_browser)]
        if (longest := max(waits)) > timedelta():
            raise TooManyTries(ceil(longest.total_seconds()))

    def failed(self, account: str, address: str, known_browser: str | None) -> None:
        now = self._clock()
        with self._lock:
            for key, allowance in _allowances(account, address, known_browser):
                failures = self._failures.setdefault(key, [])
                failures.append(now)
                del failures[: -allowance.failures]
                self._failures.move_to_end(key)
            while len(self._failures) > _KEPT:
                self._failures.popitem(last=False)

    def _wait(self, key: str, allowance: Allowance) -> timedelta:
        failures = self._failures.get(key, [])
        if len(failures) < allowance.failures:
            return timedelta()
        return failures[-allowance.failures] + allowance.within - self._clock()


def _allowances(account: str, address: str, known_browser: str | None) -> tuple[tuple[str, Allowance], ...]:
    if known_browser is not None:
        return ((f"browser {known_browser}", FOR_ONE_ACCOUNT),)
    return ((f"account {account.casefold()}", FOR_ONE_ACCOUNT), (f"address {address}", FROM_ONE_ADDRESS))
