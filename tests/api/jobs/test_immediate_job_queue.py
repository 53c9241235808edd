"""The queue that works in the thread of its caller."""

from collections.abc import Iterator

import pytest

from api.jobs.immediate_job_queue import ImmediateJobQueue
from api.jobs.job_queue import Lane, Ticket
from tests.contracts.job_queue import JobQueueContract, Recorder


class TestImmediateJobQueue(JobQueueContract):
    @pytest.fixture
    def queue(self) -> Iterator[ImmediateJobQueue]:
        queue = ImmediateJobQueue()
        yield queue
        queue.stop(1.0)


def test_the_work_is_done_when_the_ticket_is_put() -> None:
    queue, work = ImmediateJobQueue(), Recorder()
    queue.start(work)
    queue.put(Ticket(1, 1), Lane.SMALL)
    assert work.ended == [Ticket(1, 1)]
