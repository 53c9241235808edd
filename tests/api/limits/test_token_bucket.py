"""Token buckets, with a clock that the tests turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.limits.token_bucket import Rate, TokenBuckets

THIRTY = Rate(per_minute=30, at_once=5)


def taken(buckets: TokenBuckets, key: str, now: float, times: int) -> int:
    return sum(buckets.take(key, now) == 0 for _ in range(times))


def test_as_many_pass_at_once_as_the_bucket_holds() -> None:
    assert taken(TokenBuckets(THIRTY), "ana", 0.0, 20) == 5


def test_who_comes_back_when_told_passes_and_who_comes_earlier_does_not() -> None:
    buckets = TokenBuckets(THIRTY)
    taken(buckets, "ana", 100.0, 5)
    wait_s = buckets.take("ana", 100.0)
    assert wait_s == pytest.approx(2.0)
    assert buckets.take("ana", 100.0 + wait_s - 0.01) > 0
    assert buckets.take("ana", 100.0 + wait_s) == 0


def test_one_empties_nobody_elses_bucket() -> None:
    buckets = TokenBuckets(THIRTY)
    taken(buckets, "ana", 0.0, 20)
    assert taken(buckets, "ben", 0.0, 20) == 5


def test_refusals_do_not_push_the_moment_away() -> None:
    buckets = TokenBuckets(THIRTY)
    taken(buckets, "ana", 0.0, 1000)
    assert buckets.take("ana", 2.0) == 0


@given(st.lists(st.floats(0, 5), min_size=1, max_size=200))
def test_no_pattern_of_requests_passes_more_than_the_rate_and_the_bucket(pauses: list[float]) -> None:
    buckets, now, passed = TokenBuckets(THIRTY), 0.0, 0
    for pause in pauses:
        now += pause
        passed += buckets.take("ana", now) == 0
    assert passed <= 5 + now * 30 / 60 + 1e-3


def test_full_buckets_are_forgotten() -> None:
    buckets = TokenBuckets(THIRTY)
    for number in range(1000):
        buckets.take(f"address {number}", number * 3.0)
    assert len(buckets) < 5


def test_somebody_with_many_addresses_fills_no_memory() -> None:
    buckets = TokenBuckets(Rate(per_minute=1, at_once=1), most_keys=100)
    for number in range(10_000):
        buckets.take(f"address {number}", number * 0.001)
    assert len(buckets) == 100
