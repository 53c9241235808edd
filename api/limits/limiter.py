"""Whether somebody may do one more thing now."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from math import inf

from api.limits.address import address_key
from api.limits.admission import Admission
from api.limits.rates import OperationKind, Rates
from api.limits.refusal import Refusal, too_many
from api.limits.token_bucket import Rate, TokenBuckets

_ON_TRIAL = 50
"""On trial everybody is on this machine, and scripts try things out: so many times the limits."""

_LOOKS_AGAIN_S = 1.0
"""While on trial, so often the database is asked whether that is over."""

_WORDS = {
    OperationKind.ASK: "questions were asked",
    OperationKind.READ: "pages were opened",
    OperationKind.WRITE: "changes were made",
    OperationKind.UPLOAD: "files were sent",
    OperationKind.SIGN_IN: "attempts to sign in were made",
}


class Limiter:
    """For one event loop; the counters are this process's own.

    `clock` counts seconds and never goes back. A trial that is over does not begin again.
    """

    def __init__(
        self, rates: Rates, answers: Admission, clock: Callable[[], float], on_trial: Callable[[], bool]
    ) -> None:
        self.answers = answers
        self._clock = clock
        self._on_trial = on_trial
        self._looks_again_at = -inf
        self._trial = True
        self._strict, self._generous = _Buckets(rates, 1), _Buckets(rates, _ON_TRIAL)

    async def refuse(
        self, kind: OperationKind, user_key: str | None, address: str, site: str | None = None
    ) -> Refusal | None:
        """None if it may be done, which is then counted. `site`: the origin whose page asks, where it is not ours.

        Without a user the address counts in their place.
        """
        now, buckets = self._clock(), self._buckets
        network = address_key(address)
        what = f"Too many {_WORDS[kind]} in a short time."
        checks = [(buckets.by_user.get(kind), f"user {user_key}" if user_key is not None else f"address {network}")]
        if kind is OperationKind.SIGN_IN and user_key is not None:
            checks.append((buckets.by_user.get(kind), f"address {network}"))
        if site is not None:
            checks.append((buckets.by_site, site))
        waits = [taken.take(key, now) for taken, key in checks if taken is not None]
        return too_many(what, max(waits)) if any(waits) else None

    def refuse_address(self, address: str) -> Refusal | None:
        buckets = self._buckets.by_address
        wait_s = 0.0 if buckets is None else buckets.take(address_key(address), self._clock())
        return too_many("Too much was asked from your address in a short time.", wait_s) if wait_s else None

    def place(self, kind: OperationKind, user_key: str) -> AbstractAsyncContextManager[None]:
        """To be held while it is done. Raises `QueueFull` when entered."""
        return self.answers.place(user_key) if kind is OperationKind.ASK else nullcontext()

    @property
    def _buckets(self) -> "_Buckets":
        now = self._clock()
        if self._trial and now >= self._looks_again_at:
            self._trial, self._looks_again_at = self._on_trial(), now + _LOOKS_AGAIN_S
        return self._generous if self._trial else self._strict


class _Buckets:
    def __init__(self, rates: Rates, factor: int) -> None:
        self.by_user = {kind: _buckets(rate, factor) for kind, rate in rates.by_user.items()}
        self.by_site = _buckets(rates.by_site, factor)
        self.by_address = _buckets(rates.by_address, factor)


def _buckets(rate: Rate | None, factor: int) -> TokenBuckets | None:
    return None if rate is None else TokenBuckets(rate.times(factor))
