"""A bounded number at the same time, and everybody's turn before them."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest

from api.limits.admission import Admission, Capacity, Place, QueueFull, shared

ROOMY = Capacity(at_once=2, at_once_each=2, waiting=100, waiting_each=100, longest_wait_s=1000.0)


class Hands:
    """A clock that stands still until moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def in_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(asyncio.wait_for(test(*arguments, **named), 10))

    return run


def admitted(places: list[Place]) -> list[int]:
    return [number for number, place in enumerate(places) if place.admitted.done()]


@in_a_loop
async def test_no_more_are_admitted_than_there_are_places() -> None:
    admission = Admission(ROOMY, Hands())
    places = [admission.join(f"user {number}") for number in range(5)]
    assert admitted(places) == [0, 1]
    places[1].release()
    assert admitted(places) == [0, 1, 2]
    assert (admission.taken, admission.waiting) == (2, 2)


@in_a_loop
async def test_somebody_with_fifty_questions_starves_nobody() -> None:
    admission = Admission(ROOMY, Hands())
    many = [admission.join("greedy") for _ in range(50)]
    one, other = admission.join("ana"), admission.join("ben")
    many[0].release()
    many[1].release()
    many[2].release()
    assert one.admitted.done()
    assert other.admitted.done()


@in_a_loop
async def test_nobody_takes_all_places() -> None:
    admission = Admission(shared(4, 64, 100.0), Hands())
    greedy = [admission.join("greedy") for _ in range(10)]
    assert admitted(greedy) == [0, 1, 2]
    assert admission.join("ana").admitted.done()


@in_a_loop
async def test_nobody_takes_the_whole_queue() -> None:
    admission = Admission(shared(4, 16, 1000.0), Hands())
    for _ in range(3 + 4):
        admission.join("greedy")
    with pytest.raises(QueueFull):
        admission.join("greedy")
    assert admission.join("ana").admitted.done()


@in_a_loop
async def test_a_full_queue_refuses_at_once() -> None:
    admission = Admission(Capacity(1, 1, waiting=2, waiting_each=2, longest_wait_s=1000.0), Hands())
    for number in range(3):
        admission.join(f"user {number}")
    with pytest.raises(QueueFull):
        admission.join("late")


@in_a_loop
async def test_who_would_wait_too_long_by_what_answers_took_is_refused_at_once() -> None:
    hands = Hands()
    admission = Admission(Capacity(1, 1, waiting=100, waiting_each=100, longest_wait_s=3.0), hands)
    for _ in range(100):
        place = admission.join("ana")
        hands.now += 1.0
        place.release()
    admission.join("ana")
    admission.join("ben")
    admission.join("cleo")
    with pytest.raises(QueueFull) as full:
        admission.join("dan")
    assert full.value.wait_s == pytest.approx(3.0, rel=0.1)


@in_a_loop
async def test_a_place_is_free_again_after_a_failure_and_after_giving_up() -> None:
    admission = Admission(Capacity(1, 1, 10, 10, longest_wait_s=1000.0), Hands())
    with pytest.raises(RuntimeError):
        async with admission.place("ana"):
            raise RuntimeError
    async with admission.place("ana"):
        waiting = asyncio.ensure_future(_held(admission, "ben"))
        await asyncio.sleep(0)
        assert admission.waiting == 1
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert admission.waiting == 0
    assert admission.taken == 0


@in_a_loop
async def test_waiting_ends_after_the_longest_wait() -> None:
    admission = Admission(Capacity(1, 1, 10, 10, longest_wait_s=0.6), Hands())
    async with admission.place("ana"):
        with pytest.raises(QueueFull):
            await _held(admission, "ben")
    assert admission.taken == 0


@in_a_loop
async def test_releasing_twice_frees_one_place() -> None:
    admission = Admission(ROOMY, Hands())
    first, second = admission.join("ana"), admission.join("ben")
    first.release()
    first.release()
    assert admission.taken == 1
    second.release()
    assert admission.taken == 0


@in_a_loop
async def test_thousands_who_come_and_go_leave_nothing_behind() -> None:
    hands = Hands()
    admission = Admission(shared(4, 64, 1.0), hands)
    refused = 0

    async def ask(number: int) -> None:
        nonlocal refused
        try:
            async with admission.place(f"user {number % 37}"):
                await asyncio.sleep(0.0005)
        except QueueFull:
            refused += 1

    await asyncio.gather(*(ask(number) for number in range(3000)))
    assert refused
    assert (admission.taken, admission.waiting) == (0, 0)
    assert not admission._queues
    assert not admission._taken


async def _held(admission: Admission, user_key: str) -> None:
    async with admission.place(user_key):
        pass


@in_a_loop
async def test_into_a_crowd_hardly_anybody_is_admitted_until_it_is_gone() -> None:
    crowded = True
    admission = Admission(Capacity(10, 10, 50, 50, longest_wait_s=1000.0), Hands(), lambda: crowded)
    places = [admission.join(f"user {number}") for number in range(5)]
    assert admitted(places) == [0, 1]
    crowded = False
    await asyncio.wait({places[4].admitted})
    assert admitted(places) == [0, 1, 2, 3, 4]


async def _answer(admission: Admission, hands: Hands, slowed_by_others_s: float) -> None:
    """As many as get in, each taking a tenth of a second and so much longer for each one beside it."""
    places = [admission.join(f"user {number}") for number in range(24)]
    under_way = [place for place in places if place.admitted.done()]
    hands.now += 0.1 + slowed_by_others_s * (len(under_way) - 1)
    for place in places[::-1]:
        if place not in under_way:
            place.release()
    for place in under_way:
        place.release()


@in_a_loop
async def test_answers_that_slow_each_other_down_are_not_begun_together() -> None:
    hands = Hands()
    admission = Admission(Capacity(16, 16, 100, 100, 1000.0), hands)
    await _alone(admission, hands)
    for _ in range(30):
        await _answer(admission, hands, slowed_by_others_s=0.08)
    at_once = [admission.join(f"late {number}") for number in range(24)]
    assert 2 <= len(admitted(at_once)) <= 5


@in_a_loop
async def test_answers_that_only_wait_are_begun_together() -> None:
    hands = Hands()
    admission = Admission(Capacity(16, 16, 100, 100, 1000.0), hands)
    await _alone(admission, hands)
    for _ in range(30):
        await _answer(admission, hands, slowed_by_others_s=0.002)
    assert len(admitted([admission.join(f"late {number}") for number in range(24)])) == 16


async def _alone(admission: Admission, hands: Hands) -> None:
    for _ in range(20):
        place = admission.join("first")
        hands.now += 0.1
        place.release()
