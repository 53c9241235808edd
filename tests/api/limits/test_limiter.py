"""Whether somebody may do one more thing now."""

import asyncio
import time

from api.limits.admission import Admission, shared
from api.limits.limiter import Limiter
from api.limits.rates import OperationKind, Rates, rate
from api.limits.refusal import Refusal

HOME = "198.51.100.1"


class Hands:
    """A clock that stands still until moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def a_limiter(hands: Hands, trial: bool = False) -> Limiter:
    by_user = {OperationKind.ASK: rate(30), OperationKind.READ: rate(600), OperationKind.SIGN_IN: rate(10)}
    rates = Rates(by_user, by_site=rate(20), by_address=rate(100))
    return Limiter(rates, Admission(shared(4, 64, 1.0), hands), hands, lambda: trial)


def passed(limiter: Limiter, kind: OperationKind, user: str | None, times: int, address: str = HOME) -> int:
    return sum(asyncio.run(limiter.refuse(kind, user, address)) is None for _ in range(times))


def test_each_kind_and_each_user_has_a_measure_of_their_own() -> None:
    limiter = a_limiter(Hands())
    assert passed(limiter, OperationKind.ASK, "ana", 100) == 15
    assert passed(limiter, OperationKind.READ, "ana", 10) == 10
    assert passed(limiter, OperationKind.ASK, "ben", 100) == 15


def test_a_refusal_says_when_and_keeps_its_word() -> None:
    hands = Hands()
    limiter = a_limiter(hands)
    passed(limiter, OperationKind.ASK, "ana", 100)
    refusal = asyncio.run(limiter.refuse(OperationKind.ASK, "ana", HOME))
    assert refusal is not None
    assert (refusal.status, refusal.retry_after_s) == (429, 2)
    hands.now += refusal.retry_after_s
    assert passed(limiter, OperationKind.ASK, "ana", 1) == 1


def test_what_has_no_limit_is_never_refused() -> None:
    assert passed(a_limiter(Hands()), OperationKind.WRITE, "ana", 10_000) == 10_000


def test_signing_in_counts_by_name_and_by_address() -> None:
    limiter = a_limiter(Hands())
    assert sum(passed(limiter, OperationKind.SIGN_IN, f"name {number}", 1) for number in range(100)) == 5
    assert passed(limiter, OperationKind.SIGN_IN, "ana", 100, "203.0.113.1") == 5
    assert passed(limiter, OperationKind.SIGN_IN, "ana", 100, "203.0.113.2") == 0


def test_nobody_known_counts_by_address() -> None:
    limiter = a_limiter(Hands())
    assert passed(limiter, OperationKind.ASK, None, 100, "2001:db8::1") == 15
    assert passed(limiter, OperationKind.ASK, None, 100, "2001:db8::2") == 0
    assert passed(limiter, OperationKind.ASK, None, 100, "2001:db8:0:1::1") == 15


def test_a_site_counts_for_all_who_ask_from_its_pages() -> None:
    limiter = a_limiter(Hands())

    def ask(number: int) -> Refusal | None:
        return asyncio.run(limiter.refuse(OperationKind.READ, f"user {number}", HOME, "https://wiki.example.org"))

    assert sum(ask(number) is None for number in range(50)) == 10


def test_one_address_is_held_to_its_measure_whoever_asks() -> None:
    limiter = a_limiter(Hands())
    refusals = [limiter.refuse_address(HOME) for _ in range(51)]
    assert refusals[:50] == [None] * 50
    assert refusals[50] is not None
    assert limiter.refuse_address("198.51.100.2") is None


def test_a_trial_is_generous_and_over_once_there_is_an_account() -> None:
    hands, trial = Hands(), True
    limiter = Limiter(
        Rates({OperationKind.ASK: rate(30)}, None, None), Admission(shared(1, 1, 1.0), hands), hands, lambda: trial
    )
    assert passed(limiter, OperationKind.ASK, "owner", 700) == 700
    trial = False
    hands.now += 1.1
    assert passed(limiter, OperationKind.ASK, "owner", 700) == 15


def test_only_questions_wait_for_places() -> None:
    limiter = a_limiter(Hands())

    async def hold() -> tuple[int, int]:
        async with limiter.place(OperationKind.READ, "ana"), limiter.place(OperationKind.ASK, "ana"):
            return limiter.answers.taken, limiter.answers.waiting

    assert asyncio.run(hold()) == (1, 0)


def test_a_refusal_takes_less_than_a_millisecond() -> None:
    limiter = a_limiter(Hands())
    passed(limiter, OperationKind.ASK, "ana", 100)

    async def refuse_often() -> float:
        begun = time.process_time()
        for number in range(1000):
            limiter.refuse_address(f"198.51.{number % 250}.9")
            assert await limiter.refuse(OperationKind.ASK, "ana", HOME) is not None
        return (time.process_time() - begun) / 1000

    assert asyncio.run(refuse_often()) < 0.001


def test_zero_is_no_limit() -> None:
    assert rate(0) is None
