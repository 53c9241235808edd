"""A bounded number at the same time, and a bounded queue before them in which everybody has a turn."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

_FIRST_GUESS_S = 0.3
_NEWEST_WEIGHS = 0.1
_SLOWED = 2.0
"""So many times as long as alone may answers take beside each other. Where a model is waited for they hardly slow each
other down; where the processor is what is short, more of them at once only make all of them late."""
_FEWER = 0.9
_MORE = 0.25
"""What follows from one answer: fewer quickly, more slowly."""
_ALWAYS = 2
"""So many are admitted into any crowd, which may be of others than they are."""
_LOOKS_AGAIN_S = 0.02
_COUNTED_ON = 2 / 3
"""The part of the longest wait that may be expected when joining the queue, so that hardly anybody waits in vain."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """`…_each`: how much of it one user may take, so that there is always some left for others."""

    at_once: int
    at_once_each: int
    waiting: int
    waiting_each: int
    longest_wait_s: float


def shared(at_once: int, waiting: int, longest_wait_s: float) -> Capacity:
    """One user may take three quarters of the places and a quarter of the queue."""
    return Capacity(at_once, max(at_once * 3 // 4, 1), waiting, max(waiting // 4, 1), longest_wait_s)


class QueueFull(Exception):
    def __init__(self, wait_s: float) -> None:
        super().__init__(f"Everything is taken for the next {wait_s:.1f} seconds.")
        self.wait_s = wait_s


class Place:
    """Taken from when `admitted` is done until it is released. Releasing twice, or before, does no harm."""

    def __init__(self, admission: "Admission", user_key: str, admitted: "asyncio.Future[None]") -> None:
        self._admission = admission
        self.user_key = user_key
        self.admitted = admitted
        self.taken_at: float | None = None
        self.had_few_beside = True
        """All the time."""
        self._released = False

    def release(self) -> None:
        if not self._released:
            self._released = True
            self._admission._release(self)


class Admission:
    """For one event loop. Waiting holds no thread.

    Who waits is admitted in turns, one question of each user after the other, whoever came first. Nobody joins the
    queue who would have to wait too long by what answers took lately: a refusal at once is worth more than a late one.
    """

    def __init__(
        self, capacity: Capacity, clock: Callable[[], float], is_crowded: Callable[[], bool] = lambda: False
    ) -> None:
        """`is_crowded`: whether those who are admitted already get in each other's way. Then nobody else is for the
        moment, except where hardly anybody is."""
        self.capacity = capacity
        self._is_crowded = is_crowded
        self._looking_again = False
        self._clock = clock
        self._usual_s = _FIRST_GUESS_S
        self._alone_s: float | None = None
        self._worth_while = float(capacity.at_once)
        self._taken: dict[str, int] = {}
        self._under_way: set[Place] = set()
        self._queues: OrderedDict[str, deque[Place]] = OrderedDict()

    @property
    def taken(self) -> int:
        # At once, since whoever counts may do so in another thread.
        return sum(tuple(self._taken.values()))

    @property
    def waiting(self) -> int:
        return sum(map(len, tuple(self._queues.values())))

    @asynccontextmanager
    async def place(self, user_key: str) -> AsyncIterator[None]:
        """Raises `QueueFull`: at once, or after the longest wait."""
        place = self.join(user_key)
        try:
            await asyncio.wait({place.admitted}, timeout=self.capacity.longest_wait_s)
            if not place.admitted.done():
                raise self.full()
            yield
        finally:
            place.release()

    def join(self, user_key: str) -> Place:
        """A place, or one in the queue; to be released in any case. Raises `QueueFull`."""
        if not self._is_free_for(user_key):
            self._check_may_wait(user_key)
        place = Place(self, user_key, asyncio.get_running_loop().create_future())
        self._queues.setdefault(user_key, deque()).append(place)
        self._admit()
        return place

    def check_room(self) -> None:
        """For somebody who is not known yet. Raises `QueueFull` if nobody who comes new would be taken."""
        if not self._has_room():
            self._check_may_wait(None)

    def full(self) -> QueueFull:
        return QueueFull(self._wait_s(self.waiting))

    def _check_may_wait(self, user_key: str | None) -> None:
        own = 0 if user_key is None else len(self._queues.get(user_key, ()))
        if self.waiting >= self.capacity.waiting or own >= self.capacity.waiting_each:
            raise self.full()
        before = sum(min(len(queue), own + 1) for queue in self._queues.values())
        if self._wait_s(before) > self.capacity.longest_wait_s * _COUNTED_ON:
            raise self.full()

    def _wait_s(self, before: int) -> float:
        together = self.taken if self.taken and self._is_crowded() else self._worth_while
        return (before + 1) * self._usual_s / together

    def _is_free_for(self, user_key: str) -> bool:
        return self._has_room() and self._taken.get(user_key, 0) < self.capacity.at_once_each

    def _has_room(self) -> bool:
        taken = self.taken
        if taken < min(_ALWAYS, self.capacity.at_once):
            return True
        return taken < min(int(self._worth_while), self.capacity.at_once) and not self._is_crowded()

    def _admit(self) -> None:
        while (user_key := next(filter(self._is_free_for, self._queues), None)) is not None:
            self._take(user_key)
        if self._queues and self.taken < self.capacity.at_once and not self._looking_again:
            # It is no release that ends a crowd.
            self._looking_again = True
            asyncio.get_running_loop().call_later(_LOOKS_AGAIN_S, self._look_again)

    def _look_again(self) -> None:
        self._looking_again = False
        self._admit()

    def _take(self, user_key: str) -> None:
        queue = self._queues.pop(user_key)
        place = queue.popleft()
        if queue:
            # Behind everybody else who waits.
            self._queues[user_key] = queue
        place.taken_at = self._clock()
        self._taken[user_key] = self._taken.get(user_key, 0) + 1
        self._under_way.add(place)
        if self.taken > _ALWAYS:
            for one in self._under_way:
                one.had_few_beside = False
        place.admitted.set_result(None)

    def _release(self, place: Place) -> None:
        if place.taken_at is None:
            self._leave(place)
        else:
            self._under_way.discard(place)
            self._learn(self._clock() - place.taken_at, place.had_few_beside)
            self._taken[place.user_key] -= 1
            if not self._taken[place.user_key]:
                del self._taken[place.user_key]
        self._admit()

    def _learn(self, took_s: float, alone: bool) -> None:
        """How many at once are worth while: as many as do not make each other much slower."""
        self._usual_s += _NEWEST_WEIGHS * (took_s - self._usual_s)
        if alone:
            before_s = took_s if self._alone_s is None else self._alone_s
            self._alone_s = before_s + _NEWEST_WEIGHS * (took_s - before_s)
        if self._alone_s is not None and self._usual_s > _SLOWED * self._alone_s:
            self._worth_while = max(self._worth_while * _FEWER, float(_ALWAYS))
        else:
            self._worth_while = min(self._worth_while + _MORE, float(self.capacity.at_once))

    def _leave(self, place: Place) -> None:
        queue = self._queues[place.user_key]
        queue.remove(place)
        if not queue:
            del self._queues[place.user_key]
