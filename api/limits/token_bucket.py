"""Token buckets: so much at once, so much per minute, kept for a bounded number of keys."""

from collections import OrderedDict
from dataclasses import dataclass

MOST_KEYS = 50_000
"""Buckets that are remembered: some 10 MB, however many addresses somebody has."""

_FORGOTTEN_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_minute` in the long run; after a pause `at_once` without waiting."""

    per_minute: float
    at_once: int

    def times(self, factor: int) -> "Rate":
        return Rate(self.per_minute * factor, self.at_once * factor)


class TokenBuckets:
    """One bucket for each key, all of one rate. For one thread.

    Of a bucket only the moment is kept at which it will be full again. Those that are full are forgotten, since a new
    one is as full; beyond `most_keys` also the one that was not used for longest.
    """

    def __init__(self, rate: Rate, most_keys: int = MOST_KEYS) -> None:
        self._token_s = 60.0 / rate.per_minute
        self._depth_s = rate.at_once * self._token_s
        self._most_keys = most_keys
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: str, now: float) -> float:
        """0 if one more may pass, which is then counted; else after how many seconds one may. `now` in seconds."""
        filled = max(self._full_at.get(key, now), now) + self._token_s
        # A hair of tolerance, so that who comes back exactly when told is not sent away for a rounding error.
        missing_s = filled - now - self._depth_s
        if missing_s > 1e-6:
            return missing_s
        self._full_at[key] = filled
        self._full_at.move_to_end(key)
        self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        for _ in range(_FORGOTTEN_AT_ONCE):
            oldest = next(iter(self._full_at))
            if self._full_at[oldest] > now and len(self._full_at) <= self._most_keys:
                return
            del self._full_at[oldest]
