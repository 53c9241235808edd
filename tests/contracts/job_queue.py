"""What every JobQueue must do."""

import time
from collections.abc import Callable

import pytest

from api.jobs.job_queue import Checkpoints, JobQueue, Lane, Tended, Ticket

PATIENCE_S = 30.0


def until(happened: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class Recorder:
    """Work of a plan and two units, which writes down what it does."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.got: list[object] = []
        self.ended: list[Ticket] = []

    def __call__(self, ticket: Ticket, checkpoints: Checkpoints) -> None:
        for unit in checkpoints.once("plan", lambda: self._plan(ticket)):
            self.got.append(checkpoints.once(f"unit {unit}", lambda: self._do(ticket)))
        self.ended.append(ticket)

    def _plan(self, ticket: Ticket) -> list[int]:
        self.did.append(f"{ticket} plan")
        return [1, 2]

    def _do(self, ticket: Ticket) -> dict[str, object]:
        self.did.append(f"{ticket} unit")
        return {"pair": (1, "zwölf"), "nothing": None}


class JobQueueContract:
    """Subclass it and give the fixture `queue`, which is not started yet and is stopped afterwards."""

    @pytest.fixture
    def queue(self) -> JobQueue:
        raise NotImplementedError

    def test_what_is_put_is_worked_on_with_its_steps_in_order(self, queue: JobQueue) -> None:
        work = Recorder()
        queue.start(work)
        queue.put(Ticket(7, 2), Lane.SMALL)
        until(lambda: work.ended)
        assert work.did == ["job-7-2 plan", "job-7-2 unit", "job-7-2 unit"]

    def test_a_step_returns_what_json_makes_of_it(self, queue: JobQueue) -> None:
        work = Recorder()
        queue.start(work)
        queue.put(Ticket(1, 1), Lane.LARGE)
        until(lambda: work.ended)
        assert next(dict(got) for got in work.got if isinstance(got, dict))["nothing"] is None
        assert "zwölf" in str(work.got[0])

    def test_the_same_ticket_is_worked_on_once(self, queue: JobQueue) -> None:
        work = Recorder()
        queue.start(work)
        for _ in range(3):
            queue.put(Ticket(1, 1), Lane.SMALL)
        queue.put(Ticket(2, 1), Lane.SMALL)
        until(lambda: len(work.ended) == 2)
        assert sorted(work.ended, key=lambda ticket: ticket.job_id) == [Ticket(1, 1), Ticket(2, 1)]
        assert work.did.count("job-1-1 plan") == 1

    def test_another_attempt_is_worked_on_anew(self, queue: JobQueue) -> None:
        work = Recorder()
        queue.start(work)
        queue.put(Ticket(1, 1), Lane.SMALL)
        queue.put(Ticket(1, 2), Lane.SMALL)
        until(lambda: len(work.ended) == 2)
        assert work.did.count("job-1-1 unit") == work.did.count("job-1-2 unit") == 2

    def test_what_a_step_raises_reaches_the_work_and_is_not_remembered(self, queue: JobQueue) -> None:
        seen: list[str] = []

        def work(ticket: Ticket, checkpoints: Checkpoints) -> None:
            def step() -> int:
                if not seen:
                    raise ValueError("the first time")
                return 3

            try:
                seen.append(str(checkpoints.once("step", step)))
            except ValueError as error:
                seen.append(str(error))
            seen.append(str(checkpoints.once("another", lambda: 4)))

        queue.start(work)
        queue.put(Ticket(1, 1), Lane.SMALL)
        until(lambda: len(seen) == 2)
        assert seen == ["the first time", "4"]

    def test_tending_puts_what_it_does_not_know_and_tells_what_is_spent(self, queue: JobQueue) -> None:
        work = Recorder()
        queue.start(work)
        assert queue.tend([]) == Tended()
        queue.tend([(Ticket(1, 1), Lane.SMALL), (Ticket(2, 1), Lane.LARGE)])
        until(lambda: len(work.ended) == 2)
        until(lambda: len(queue.tend([(Ticket(1, 1), Lane.SMALL), (Ticket(2, 1), Lane.LARGE)]).spent) == 2)
        assert len(work.ended) == 2

    def test_a_halted_queue_begins_no_step(self, queue: JobQueue) -> None:
        work = Recorder()
        queue.start(work)
        queue.halt()
        queue.put(Ticket(1, 1), Lane.SMALL)
        assert queue.stop(1.0)
        assert work.did == []
