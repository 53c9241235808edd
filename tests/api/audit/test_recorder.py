"""What becomes of events while nothing can be written, while too many come, and when the process ends."""

import time
from collections.abc import Iterator, Sequence
from threading import Event, Thread

import pytest
from sqlalchemy.exc import OperationalError

from api.audit.entry import AuditEvent
from api.audit.recorder import NotRecorded, Recorder, RecorderLimits
from corpus.storage_failure import DatabaseGone, DiskFull
from tests.api.audit.test_chain import an_event

LONG_S = 20.0


class Log:
    """Keeps what it is given, or raises `trouble`; while `closed`, whoever appends waits."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.appended: list[AuditEvent] = []
        self.transactions = 0
        self.attempts = 0
        self.open = Event()
        self.open.set()

    def append(self, events: Sequence[AuditEvent]) -> None:
        self.attempts += 1
        assert self.open.wait(LONG_S)
        if self.trouble is not None:
            raise self.trouble
        self.transactions += 1
        self.appended += events


def until(true: object, seconds: float = LONG_S) -> None:
    assert callable(true)
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def recorder(log: Log) -> Iterator[Recorder]:
    made = Recorder(log.append, RecorderLimits(most_waiting=5, patience_s=0.2, gather_s=0.05, retry_s=0.05))
    yield made
    log.trouble = None
    log.open.set()
    made.stop()


def test_what_is_recorded_is_written_when_it_returns(recorder: Recorder, log: Log) -> None:
    recorder.record(an_event(1))
    assert log.appended == [an_event(1)]


def test_notes_are_written_soon_and_together(recorder: Recorder, log: Log) -> None:
    for number in range(4):
        recorder.note(an_event(number))
    until(lambda: len(log.appended) == 4)
    assert log.transactions == 1


def test_a_record_takes_the_notes_before_it_along_at_once(log: Log) -> None:
    recorder = Recorder(log.append, RecorderLimits(gather_s=LONG_S))
    recorder.note(an_event(1))
    recorder.note(an_event(2))
    started = time.monotonic()
    recorder.record(an_event(3))
    assert time.monotonic() - started < LONG_S / 2
    assert log.appended == [an_event(1), an_event(2), an_event(3)]
    recorder.stop()


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (DiskFull(), DiskFull),
        (DatabaseGone(), DatabaseGone),
        (OperationalError("INSERT", {}, Exception("database is locked")), NotRecorded),
    ],
    ids=["a full disk", "a database that went away", "a lock that nobody lets go of"],
)
def test_records_are_refused_and_notes_kept_while_nothing_can_be_written(
    trouble: Exception, told: type[Exception], recorder: Recorder, log: Log
) -> None:
    log.trouble = trouble
    recorder.note(an_event(1))
    for number in (2, 3):
        with pytest.raises(told):
            recorder.record(an_event(number))
    recorder.note(an_event(4))
    assert log.appended == []
    log.trouble = None
    until(lambda: log.appended == [an_event(1), an_event(4)])
    recorder.record(an_event(5))
    assert log.appended == [an_event(1), an_event(4), an_event(5)]


def test_where_there_is_no_room_for_a_note_it_is_said_before_and_after_a_moment(recorder: Recorder, log: Log) -> None:
    log.open.clear()
    for number in range(5):
        recorder.expect_room()
        recorder.note(an_event(number))
    started = time.monotonic()
    with pytest.raises(NotRecorded):
        recorder.expect_room()
    assert 0.1 < time.monotonic() - started < LONG_S / 2
    with pytest.raises(NotRecorded):
        recorder.record(an_event(6))
    log.open.set()
    until(lambda: len(log.appended) == 5)
    recorder.record(an_event(7))


def test_what_was_done_already_is_noted_without_room_too(recorder: Recorder, log: Log) -> None:
    log.open.clear()
    for number in range(8):
        recorder.note(an_event(number))
    log.open.set()
    until(lambda: log.appended == [an_event(number) for number in range(8)])


def test_room_that_comes_free_while_somebody_waits_for_it_is_theirs(log: Log) -> None:
    recorder = Recorder(log.append, RecorderLimits(most_waiting=1, patience_s=LONG_S, gather_s=0.0))
    log.open.clear()
    recorder.note(an_event(1))
    waiting = Thread(target=recorder.expect_room)
    waiting.start()
    until(lambda: log.attempts == 1)
    assert waiting.is_alive()
    log.open.set()
    waiting.join(LONG_S / 2)
    assert not waiting.is_alive()
    recorder.stop()
    assert log.appended == [an_event(1)]


def test_while_the_disk_is_full_and_memory_too_nobody_waits(log: Log) -> None:
    log.trouble = DiskFull()
    recorder = Recorder(log.append, RecorderLimits(most_waiting=2, patience_s=LONG_S, gather_s=0.0, retry_s=LONG_S))
    recorder.note(an_event(1))
    until(lambda: log.attempts == 1)
    with pytest.raises(DiskFull):
        recorder.record(an_event(2))
    recorder.note(an_event(3))
    started = time.monotonic()
    with pytest.raises(DiskFull):
        recorder.expect_room()
    with pytest.raises(DiskFull):
        recorder.record(an_event(5))
    assert time.monotonic() - started < LONG_S / 2
    log.trouble = None
    recorder.stop()
    assert log.appended == [an_event(1), an_event(3)]


def test_stopping_writes_what_waits_and_takes_nothing_more(log: Log, caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder(log.append, RecorderLimits(gather_s=LONG_S))
    for number in range(1500):
        recorder.note(an_event(number))
    recorder.stop()
    assert len(log.appended) == 1500
    with pytest.raises(NotRecorded):
        recorder.expect_room()
    with pytest.raises(NotRecorded):
        recorder.record(an_event())
    recorder.note(an_event())
    assert "a note of the audit log was lost" in caplog.text


def test_stopping_on_a_full_disk_ends_and_says_how_much_was_lost(log: Log, caplog: pytest.LogCaptureFixture) -> None:
    log.trouble = DiskFull()
    recorder = Recorder(log.append, RecorderLimits(retry_s=LONG_S))
    recorder.note(an_event(1))
    recorder.note(an_event(2))
    recorder.stop()
    assert "2 notes of the audit log were lost" in caplog.text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_after_a_bug_nobody_waits_and_nothing_goes_unrecorded(recorder: Recorder, log: Log) -> None:
    log.trouble = TypeError("a bug")
    with pytest.raises(NotRecorded):
        recorder.record(an_event(1))
    with pytest.raises(NotRecorded):
        recorder.expect_room()


def test_a_record_whose_waiting_was_given_up_is_written_all_the_same(recorder: Recorder, log: Log) -> None:
    log.open.clear()
    waiting = recorder.begin(an_event(1))
    assert not waiting.cancel()
    log.open.set()
    waiting.result(LONG_S)
    assert log.appended == [an_event(1)]
