"""Jobs as their callers meet them: how they go, fail, wait, are cancelled and tried again, and who knows of them."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from api.job_form import JobForm
from api.jobs.job import JobIsOver, JobNotFound, NotRetryable, NotYourJob, State, UnderWayAlready
from api.jobs.job_queue import JobQueue, Lane, Tended, Ticket, Work
from api.jobs.job_work import TRIES
from api.jobs.kind import Ending
from api.jobs.store import JobEntry, JobStore
from corpus.errors import Invalid, Unavailable
from corpus.storage_failure import DiskFull
from tests.api.jobs.toy import Toy, a_toy
from tests.conftest import NOON
from tests.contracts.job_queue import until


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    made = a_toy(tmp_path)
    yield made
    made.jobs.stop(1.0)


class Unready(Unavailable):
    pass


def test_a_job_does_its_units_in_order_and_keeps_its_result(toy: Toy) -> None:
    job_id = toy.submit()
    entry = toy.jobs.get(job_id, "owner")
    assert (entry.state, entry.done, entry.total, entry.unit) == (State.DONE, 4, 4, "pieces")
    assert toy.kind.did == ["a", "b", "finish a b"]
    assert toy.jobs.result(job_id, "owner") == {"made": "something"}


def test_what_a_job_reaches_is_told_in_order(toy: Toy) -> None:
    toy.submit()
    unit = ["unit done", "unit remembered"]
    assert toy.reached == ["accepted", "begun", "planned", *unit, *unit, "finished", "ended"]


def test_a_job_that_cannot_succeed_fails_with_the_words_of_its_error(toy: Toy) -> None:
    toy.kind.troubles = [Invalid("The file is locked. Unlock it.")]
    entry = toy.jobs.look(toy.submit())
    assert (entry.state, entry.reason) == (State.FAILED, "The file is locked. Unlock it.")


def test_a_bug_fails_the_job_and_says_where_to_look(toy: Toy) -> None:
    toy.kind.troubles = [KeyError("colour")]
    entry = toy.jobs.look(toy.submit())
    assert entry.state is State.FAILED
    assert "KeyError" in (entry.reason or "")
    assert "log" in (entry.reason or "")


def test_an_ending_may_say_that_nothing_came_of_it(toy: Toy) -> None:
    toy.kind.ending = Ending({"files": []}, "No file could be read.", failed=True)
    entry = toy.jobs.look(toy.submit())
    assert (entry.state, entry.reason) == (State.FAILED, "No file could be read.")


def test_what_is_unavailable_is_tried_again_with_longer_and_longer_pauses(toy: Toy) -> None:
    toy.kind.troubles = [Unready("The model does not answer.")] * 3
    said: list[str | None] = []
    toy.stopping.meanwhile = lambda: said.append(toy.jobs.look(1).reason)
    entry = toy.jobs.look(toy.submit())
    assert entry.state is State.DONE
    assert toy.stopping.waited == [0.5, 1.0, 2.0]
    assert said == ["The model does not answer."] * 3
    assert entry.reason is None


def test_what_stays_unavailable_fails_the_job_in_the_end(toy: Toy) -> None:
    toy.kind.troubles = [Unready("The model does not answer.")] * TRIES
    entry = toy.jobs.look(toy.submit())
    assert (entry.state, entry.reason) == (State.FAILED, "The model does not answer.")


def test_a_full_disk_is_waited_for_however_long_it_takes(toy: Toy) -> None:
    toy.kind.troubles = [DiskFull(), OSError(28, "No space left on device")] * (2 * TRIES)
    assert toy.jobs.look(toy.submit()).state is State.DONE
    assert max(toy.stopping.waited) == 30.0


def test_a_running_job_that_is_cancelled_ends_after_the_unit_under_way(toy: Toy) -> None:
    toy.kind.before_unit = lambda: _cancel(toy)
    entry = toy.jobs.look(toy.submit())
    assert entry.state is State.CANCELLED
    assert toy.kind.did == ["a"]
    assert "stays" in (entry.reason or "")


def _cancel(toy: Toy) -> None:
    entry = toy.jobs.cancel(1, "owner")
    assert (entry.state, entry.cancel_requested) == (State.RUNNING, True)


def test_a_job_that_waits_for_the_disk_can_be_cancelled(toy: Toy) -> None:
    toy.kind.troubles = [DiskFull()] * 1000
    toy.stopping.meanwhile = lambda: _cancel_at_the_third(toy)
    assert toy.jobs.look(toy.submit()).state is State.CANCELLED


def _cancel_at_the_third(toy: Toy) -> None:
    if len(toy.stopping.waited) == 3:
        toy.jobs.cancel(1, "owner")


def test_a_job_that_is_over_cannot_be_cancelled(toy: Toy) -> None:
    with pytest.raises(JobIsOver):
        toy.jobs.cancel(toy.submit(), "owner")


def test_a_failed_job_is_tried_again_from_the_start(toy: Toy) -> None:
    toy.kind.troubles = [Invalid("No.")]
    job_id = toy.submit()
    entry = toy.jobs.retry(job_id, "owner")
    assert (entry.state, entry.attempt, entry.reason) == (State.DONE, 2, None)


def test_a_job_that_is_done_is_not_tried_again(toy: Toy) -> None:
    with pytest.raises(NotRetryable):
        toy.jobs.retry(toy.submit(), "owner")


def test_what_a_job_has_to_itself_no_other_one_is_started_for(toy: Toy) -> None:
    toy.jobs.halt()
    first = toy.submit(alone="the wiki")
    with pytest.raises(UnderWayAlready) as refused:
        toy.submit(alone="the wiki")
    assert refused.value.job_id == first
    assert f"Job {first}" in str(refused.value)
    assert toy.submit(alone="the handbook") != first
    toy.jobs.cancel(first, "owner")
    second = toy.submit(alone="the wiki")
    with pytest.raises(UnderWayAlready):
        toy.jobs.retry(first, "owner")
    assert toy.jobs.look(first).state is State.CANCELLED
    toy.jobs.cancel(second, "owner")
    assert toy.jobs.retry(first, "owner").state is State.WAITING


def test_of_many_who_ask_at_the_same_time_one_starts_a_job(toy: Toy) -> None:
    toy.jobs.halt()
    together = Barrier(8)

    def ask() -> int | None:
        together.wait()
        try:
            return toy.submit(alone="the wiki")
        except UnderWayAlready:
            return None

    with ThreadPoolExecutor(8) as askers:
        asked = [askers.submit(ask) for _ in range(8)]
        started = [job_id for each in asked if (job_id := each.result()) is not None]
    assert len(started) == 1
    assert [entry.job_id for entry in toy.jobs.list_jobs("owner", 10).entries] == started


def test_a_kind_that_this_version_does_not_have_fails_with_advice(toy: Toy) -> None:
    job_id = toy.submit()
    with toy.writing.begin() as session:
        job = JobStore(session).get(job_id)
        job.kind, job.state = "draft", State.FAILED
    entry = toy.jobs.retry(job_id, "owner")
    assert entry.state is State.FAILED
    assert "no jobs of the kind “draft”" in (entry.reason or "")


def test_readers_know_of_their_own_jobs_and_those_of_audiences_they_may_read(toy: Toy) -> None:
    own, staff, board = toy.submit("mara"), toy.submit("owner", "staff"), toy.submit("owner", "board")
    installation = toy.submit("owner")
    assert {entry.job_id for entry in toy.jobs.list_jobs("mara", 10).entries} == {own, staff}
    assert {entry.job_id for entry in toy.jobs.list_jobs("tom", 10).entries} == set()
    assert [entry.job_id for entry in toy.jobs.list_jobs("owner", 10).entries] == [installation, board, staff, own]
    with pytest.raises(JobNotFound):
        toy.jobs.get(board, "mara")
    with pytest.raises(JobNotFound):
        toy.jobs.cancel(board, "mara")


def test_only_who_started_a_job_and_the_owner_change_it(toy: Toy) -> None:
    toy.kind.troubles = [Invalid("No.")] * 2
    job_id = toy.submit("owner", "staff")
    with pytest.raises(NotYourJob):
        toy.jobs.retry(job_id, "mara")
    own = toy.submit("mara", "staff")
    assert toy.jobs.retry(own, "owner").state is State.DONE


def test_a_list_is_narrowed_by_state_and_cut_into_pages(toy: Toy) -> None:
    toy.kind.troubles = [Invalid("No.")]
    failed, *others = [toy.submit() for _ in range(3)]
    assert [entry.job_id for entry in toy.jobs.list_jobs("owner", 10, states=(State.FAILED,)).entries] == [failed]
    page = toy.jobs.list_jobs("owner", 1, offset=1)
    assert (page.total, page.entries[0].job_id) == (3, others[0])


def test_waiting_for_a_job_ends_with_it(toy: Toy) -> None:
    assert toy.jobs.wait(toy.submit(), 10).state is State.DONE


class HandQueue:
    """A queue that works only when it is told to."""

    def __init__(self, spent: tuple[Ticket, ...] = (), exhausted: tuple[Ticket, ...] = ()) -> None:
        self.tended: list[list[tuple[Ticket, Lane]]] = []
        self._answer = Tended(spent, exhausted)

    def start(self, work: Work) -> None: ...

    def put(self, ticket: Ticket, lane: Lane) -> None: ...

    def tend(self, open_tickets: Sequence[tuple[Ticket, Lane]]) -> Tended:
        self.tended.append(list(open_tickets))
        return self._answer if len(self.tended) == 1 else Tended()

    def halt(self) -> None: ...

    def stop(self, within_s: float) -> bool:
        return True


def _left_open(toy: Toy, **arguments: object) -> int:
    """A job whose process ended in the middle."""
    toy.stopping.set()
    job_id = toy.submit(**arguments)  # type: ignore[arg-type]
    toy.stopping.clear()
    assert not toy.jobs.look(job_id).state.is_over
    return job_id


def test_every_open_job_is_put_into_its_lane_when_the_queue_starts(toy: Toy) -> None:
    toy.submit()
    small, large = _left_open(toy), _left_open(toy, large=True)
    queue = HandQueue()
    toy.jobs.tend(queue)
    assert queue.tended == [[(Ticket(small, 1), Lane.SMALL), (Ticket(large, 1), Lane.LARGE)]]


def test_a_job_whose_ticket_is_spent_although_it_is_open_gets_another_attempt(toy: Toy) -> None:
    job_id = _left_open(toy)
    toy.jobs.tend(HandQueue(spent=(Ticket(job_id, 1),)))
    assert (toy.jobs.look(job_id).attempt, toy.jobs.look(job_id).state) == (2, State.WAITING)


def test_a_job_that_ended_its_process_too_often_fails_with_advice(toy: Toy) -> None:
    job_id = _left_open(toy)
    toy.jobs.tend(HandQueue(exhausted=(Ticket(job_id, 1),)))
    entry = toy.jobs.look(job_id)
    assert entry.state is State.FAILED
    assert "memory" in (entry.reason or "")


def test_the_queue_is_opened_again_and_again_until_it_is_there(toy: Toy) -> None:
    job_id = _left_open(toy)
    failing = [Unready("not yet"), Unready("not yet")]
    queue = HandQueue()

    def open_queue() -> JobQueue:
        if failing:
            toy.jobs.tend_soon()
            raise failing.pop()
        return queue

    toy.jobs.run_in_background(open_queue, lambda: None)
    until(lambda: queue.tended)
    assert queue.tended[0] == [(Ticket(job_id, 1), Lane.SMALL)]


def _entry(**changed: object) -> JobEntry:
    values = {
        "job_id": 1, "kind": "toy", "title": "A toy", "user": "owner", "state": State.RUNNING, "step": "", "done": 0,
        "total": 100, "unit": "pieces", "reason": None, "created_at": NOON, "started_at": NOON, "progressed_at": None,
        "finished_at": None, "worked_seconds": 0.0, "attempt": 1, "cancel_requested": False,
    }  # fmt: skip
    return JobEntry(**(values | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "seconds_later", "estimate"),
    [
        ({}, 60, ""),
        ({"done": 10, "worked_seconds": 60.0, "progressed_at": NOON}, 0, "about 9 minutes left"),
        ({"done": 10, "worked_seconds": 60.0, "progressed_at": NOON}, 60, "about 8 minutes left"),
        ({"done": 99, "worked_seconds": 600.0, "progressed_at": NOON}, 0, "less than a minute left"),
        ({"done": 99, "worked_seconds": 600.0, "progressed_at": NOON}, 60, "longer than expected"),
        ({"done": 10, "worked_seconds": 3000.0, "progressed_at": NOON}, 0, "about 7.5 hours left"),
        ({"done": 10, "worked_seconds": 60.0, "progressed_at": NOON, "reason": "The disk is full."}, 0, ""),
        ({"state": State.WAITING, "done": 10, "worked_seconds": 60.0}, 0, ""),
    ],
)
def test_an_estimate_says_no_more_than_can_be_known(
    changed: dict[str, object], seconds_later: int, estimate: str
) -> None:
    assert JobForm.of(_entry(**changed), NOON + timedelta(seconds=seconds_later)).estimate == estimate


def test_time_that_passed_before_a_restart_is_not_taken_for_work(toy: Toy) -> None:
    entry = _entry(done=10, worked_seconds=60.0, progressed_at=NOON, started_at=NOON + timedelta(hours=9))
    assert JobForm.of(entry, NOON + timedelta(hours=9)).estimate == "about 9 minutes left"
