"""The durable queue, on SQLite and on PostgreSQL: what it takes up again, and what it lets wait for what."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from api.jobs.dbos_job_queue import DbosJobQueue
from api.jobs.job_queue import Checkpoints, Interrupted, Lane, QueueUnavailable, Ticket
from tests.contracts.job_queue import JobQueueContract, Recorder, until
from tests.postgresql import PostgresqlServer

SMALL = (Ticket(1, 1), Lane.SMALL)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'jobs.sqlite'}"


@pytest.fixture
def opened() -> Iterator[Callable[[str], DbosJobQueue]]:
    """Opens queues one after the other; there is one at a time in a process."""
    queues: list[DbosJobQueue] = []

    def another(url: str) -> DbosJobQueue:
        queues.append(DbosJobQueue(url))
        return queues[-1]

    yield another
    for queue in queues:
        queue.stop(5.0)


class DurableQueue(JobQueueContract):
    """What only a queue that remembers can do."""

    @pytest.fixture
    def queue(self, url: str, opened: Callable[[str], DbosJobQueue]) -> DbosJobQueue:
        return opened(url)

    def test_what_is_left_is_taken_up_after_the_last_finished_step(
        self, url: str, opened: Callable[[str], DbosJobQueue]
    ) -> None:
        did: list[str] = []
        interrupted = Event()

        def work(ticket: Ticket, checkpoints: Checkpoints) -> None:
            checkpoints.once("first", lambda: did.append("first"))
            if not interrupted.is_set():
                interrupted.set()
                raise Interrupted
            checkpoints.once("second", lambda: did.append("second"))

        first = opened(url)
        first.start(work)
        first.put(*SMALL)
        until(interrupted.is_set)
        first.stop(5.0)
        second = opened(url)
        second.start(work)
        until(lambda: second.tend([SMALL]).spent or "second" in did)
        assert did == ["first", "second"]

    def test_a_step_that_a_stop_overtook_is_done_again(self, url: str, opened: Callable[[str], DbosJobQueue]) -> None:
        did: list[str] = []
        under_way, may_end = Event(), Event()

        def work(ticket: Ticket, checkpoints: Checkpoints) -> None:
            def step() -> None:
                under_way.set()
                may_end.wait(20)
                did.append("step")

            checkpoints.once("step", step)

        first = opened(url)
        first.start(work)
        first.put(*SMALL)
        until(under_way.is_set)
        assert not first.stop(0.1)
        may_end.set()
        until(lambda: did)
        second = opened(url)
        second.start(work)
        until(lambda: second.tend([SMALL]).spent)
        assert did == ["step", "step"]

    def test_what_was_put_while_nobody_worked_is_done_by_the_next(
        self, url: str, opened: Callable[[str], DbosJobQueue]
    ) -> None:
        first = opened(url)
        first.start(Recorder())
        first.halt()
        first.put(*SMALL)
        first.stop(5.0)
        work = Recorder()
        second = opened(url)
        second.start(work)
        until(lambda: work.ended or second.tend([SMALL]).spent)
        assert work.did.count("job-1-1 plan") == 1

    def test_small_jobs_do_not_wait_for_large_ones(self, queue: DbosJobQueue) -> None:
        may_end, small = Event(), Recorder()

        def work(ticket: Ticket, checkpoints: Checkpoints) -> None:
            if ticket.job_id >= 100:
                checkpoints.once("long", lambda: may_end.wait(20))
            else:
                small(ticket, checkpoints)

        queue.start(work)
        for number in range(100, 105):
            queue.put(Ticket(number, 1), Lane.LARGE)
        for number in range(4):
            queue.put(Ticket(number, 1), Lane.SMALL)
        until(lambda: len(small.ended) == 4)
        assert not may_end.is_set()
        may_end.set()

    def test_nothing_stays_of_a_job_that_is_over(self, queue: DbosJobQueue) -> None:
        work = Recorder()
        queue.start(work)
        queue.put(*SMALL)
        until(lambda: work.ended)
        until(lambda: queue.tend([SMALL]).spent)
        queue.tend([])
        queue.tend([SMALL])
        until(lambda: len(work.ended) == 2)

    def test_work_may_put_another_ticket_from_within_a_step(self, queue: DbosJobQueue) -> None:
        ended: list[int] = []

        def work(ticket: Ticket, checkpoints: Checkpoints) -> None:
            if ticket.job_id == 1:
                checkpoints.once("start another", lambda: queue.put(Ticket(2, 1), Lane.SMALL))
            ended.append(ticket.job_id)

        queue.start(work)
        queue.put(*SMALL)
        until(lambda: sorted(ended) == [1, 2])


class TestDbosJobQueueOnSqlite(DurableQueue):
    """One process."""


class TestDbosJobQueueOnPostgresql(DurableQueue):
    """Any number of processes."""

    @pytest.fixture
    def url(self, postgresql: PostgresqlServer) -> str:
        return postgresql.new_database()

    def test_goes_on_after_the_database_was_away(self, queue: DbosJobQueue, postgresql: PostgresqlServer) -> None:
        did: list[int] = []
        away, back = Event(), Event()

        def work(ticket: Ticket, checkpoints: Checkpoints) -> None:
            for number in range(3):
                checkpoints.once(f"step {number}", lambda number=number: did.append(number))  # type: ignore[misc]
                if number == 0:
                    away.set()
                    back.wait(60)

        queue.start(work)
        queue.put(*SMALL)
        until(away.is_set)
        postgresql.stop("immediate")
        with pytest.raises(QueueUnavailable):
            queue.tend([SMALL])
        postgresql.start()
        back.set()
        until(lambda: _spent(queue))
        assert sorted(set(did)) == [0, 1, 2]


def _spent(queue: DbosJobQueue) -> bool:
    try:
        return bool(queue.tend([SMALL]).spent)
    except QueueUnavailable:
        return False
