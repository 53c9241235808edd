"""Runs each job at once, in the thread that brings it: for processes that do not live long enough to have a queue.

What such a process leaves unfinished is still in the database, and a server takes it up.
"""

import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from api.jobs.job_queue import Checkpoints, Interrupted, Lane, Tended, Ticket, Work

T = TypeVar("T")


class _Straight:
    """Remembers nothing beyond the process, but returns what a checkpoint would: only what JSON can hold."""

    def __init__(self, halted: Callable[[], bool]) -> None:
        self._halted = halted

    def once(self, name: str, step: Callable[[], T]) -> T:
        if self._halted():
            raise Interrupted
        value: T = json.loads(json.dumps(step()))
        return value


class ImmediateJobQueue:
    def __init__(self) -> None:
        self._work: Work | None = None
        self._taken: set[Ticket] = set()
        self._spent: set[Ticket] = set()
        self._halted = False

    def start(self, work: Work) -> None:
        self._work = work

    def put(self, ticket: Ticket, lane: Lane) -> None:
        if self._work is None:
            raise RuntimeError("the queue was not started")
        if ticket in self._taken or self._halted:
            return
        self._taken.add(ticket)
        checkpoints: Checkpoints = _Straight(lambda: self._halted)
        try:
            self._work(ticket, checkpoints)
        except Interrupted:
            self._taken.discard(ticket)
        else:
            self._spent.add(ticket)

    def tend(self, open_tickets: Sequence[tuple[Ticket, Lane]]) -> Tended:
        for ticket, lane in open_tickets:
            self.put(ticket, lane)
        return Tended(spent=tuple(ticket for ticket, _ in open_tickets if ticket in self._spent))

    def halt(self) -> None:
        self._halted = True

    def stop(self, within_s: float) -> bool:
        self._halted = True
        return self._taken == self._spent
