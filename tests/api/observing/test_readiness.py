"""Whether the server tells the truth about itself: each part is broken for real, told by name, and mended."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from api.observing.last_outcome import LastOutcome
from api.observing.meters import NoMeters
from api.observing.observed_answering import ObservedLanguageModel
from api.observing.readiness import (
    FAILURE_COUNTS_S,
    NamedLook,
    Overall,
    Part,
    PartState,
    Readiness,
    Report,
    disk_look,
    index_look,
    outcome_look,
)
from api.observing.tracer import NoTracer
from api.services import Services
from api.settings import Settings, VectorIndexKind
from assistant.language_model import Message, ModelUnavailable, ReplyForm, Role
from corpus.audience import EVERYONE, OWNER
from corpus.errors import Unavailable
from corpus.index_state import IndexState, StateName
from tests.assistant.scripted_model import ScriptedModel
from tests.authoring.scripted_replies import ScriptedReplies
from tests.conftest import Ticking
from tests.postgresql import PostgresqlServer

LEAVE = b"# Leave\n\nEvery employee gets thirty days of leave a year.\n"
SOON_S = 20.0


@contextmanager
def a_server(settings: Settings) -> Iterator[Services]:
    """What `groundwork serve` makes, without its socket, and without a vector store that takes long to be built."""
    exact = settings.model_copy(update={"vector_index": VectorIndexKind.EXACT})
    with Services(exact, Ticking(), serving=True) as services:
        _ = (services.asking, services.library, services.ingesting, services.jobs, services.sources)
        services.run_jobs()
        yield services


def broken(services: Services) -> set[str]:
    return {part.name for part in services.readiness.report().parts if part.state is PartState.FAILED}


def until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SOON_S
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


def is_ready(services: Services) -> bool:
    return services.readiness.report().overall is Overall.READY


def add(services: Services, content: bytes = LEAVE) -> None:
    job = services.library.start_upload("leave.md", content, EVERYONE, OWNER)
    assert services.jobs.wait(job.job_id, SOON_S).state.is_over


def test_a_server_that_works_is_ready(settings: Settings) -> None:
    with a_server(settings) as services:
        add(services)
        services.asking.find("leave", OWNER, 1)
        assert until(lambda: is_ready(services)), services.readiness.report()
        names = [part.name for part in services.readiness.report().parts]
        assert names == ["database", "disk", "vectors", "keywords", "embedder", "jobs"]


def test_a_database_that_was_removed_is_missed_until_it_is_back(settings: Settings) -> None:
    with a_server(settings) as services:
        add(services)
        assert until(lambda: is_ready(services))
        files = list(services.folder.path.glob("groundwork.sqlite*"))
        for file in files:
            file.rename(f"{file}.away")
        assert until(lambda: "database" in broken(services))
        for file in files:
            # Whoever asks meanwhile makes an empty one.
            file.unlink(missing_ok=True)
            Path(f"{file}.away").rename(file)
        assert until(lambda: is_ready(services)), services.readiness.report()
        assert services.library.counts(OWNER).documents == 1


def test_another_file_in_the_place_of_the_database_is_no_database(settings: Settings) -> None:
    with a_server(settings) as services:
        assert until(lambda: is_ready(services))
        database = services.folder.database
        shutil.copy(database, database.with_suffix(".copy"))
        database.with_suffix(".copy").replace(database)
        assert until(lambda: "database" in broken(services))


def test_looking_leaves_the_database_as_it_was(settings: Settings) -> None:
    with a_server(settings) as services:
        add(services)
        before = services.library.counts(OWNER)
        for _ in range(3):
            services.readiness.report()
        assert services.library.counts(OWNER) == before


def test_damaged_keywords_are_told_and_mended(settings: Settings) -> None:
    with a_server(settings) as services:
        add(services)
        assert until(lambda: is_ready(services))
        for file in (services.folder.index / "keywords").rglob("*.term"):
            file.unlink()
        assert until(lambda: "keywords" in broken(services))
        assert until(lambda: is_ready(services))
        assert services.asking.find("leave", OWNER, 1)[0].chunks


def test_cut_keywords_are_told_and_mended(settings: Settings) -> None:
    with a_server(settings) as services:
        add(services)
        assert until(lambda: is_ready(services))
        for file in (services.folder.index / "keywords").rglob("*.store"):
            # Another file of that name: what is mapped into memory would end the process if it shrank.
            file.with_suffix(".cut").write_bytes(file.read_bytes()[:-10])
            file.with_suffix(".cut").replace(file)
        assert until(lambda: "keywords" in broken(services))
        assert until(lambda: is_ready(services))


def test_an_embedder_that_cannot_be_prepared_is_told(settings: Settings, model_cache: Path, tmp_path: Path) -> None:
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file where a folder should be")
    with a_server(settings.model_copy(update={"cache": in_the_way})) as services:
        assert until(lambda: is_ready(services)), "nothing is known of what was never called"
        with pytest.raises(OSError, match="cache"):
            services.asking.find("leave", OWNER, 1)
        assert until(lambda: broken(services) == {"embedder"})
        in_the_way.unlink()
        shutil.copytree(model_cache, in_the_way)
        services.asking.find("leave", OWNER, 1)
        assert until(lambda: is_ready(services))


def test_a_queue_that_cannot_be_opened_is_told(settings: Settings) -> None:
    in_the_way = settings.data / "jobs.sqlite"
    in_the_way.mkdir(parents=True)
    with a_server(settings) as services:
        assert until(lambda: "jobs" in broken(services))
        said = next(part.remark for part in services.readiness.report().parts if part.name == "jobs")
        assert said
        in_the_way.rmdir()
        assert until(lambda: is_ready(services))


def test_less_free_space_than_wanted_is_told(settings: Settings) -> None:
    with a_server(settings.model_copy(update={"ready_free_mb": 10**9})) as services:
        assert until(lambda: broken(services) == {"disk"})


def test_a_disk_that_fills_up_is_told_until_there_is_space_again(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this process may not mount a small disk")
    try:
        look = disk_look(small, 1_000_000).look
        assert look().state is PartState.WORKS
        (small / "large").write_bytes(b"x" * 3_500_000)
        assert look().state is PartState.FAILED
        (small / "large").unlink()
        assert look().state is PartState.WORKS
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_free_space_is_compared_with_the_floor(tmp_path: Path) -> None:
    assert disk_look(tmp_path, 1000, lambda folder: 999).look().state is PartState.FAILED
    assert disk_look(tmp_path, 1000, lambda folder: 1000).look().state is PartState.WORKS


def test_a_postgresql_that_stops_is_told_in_time(settings: Settings, postgresql: PostgresqlServer) -> None:
    address = {"database_url": postgresql.new_database()}
    with a_server(settings.model_validate(settings.model_dump() | address)) as services:
        assert until(lambda: is_ready(services)), services.readiness.report()
        postgresql.stop("immediate")
        try:
            assert until(lambda: "database" in broken(services))
            began = time.monotonic()
            services.readiness.report()
            assert time.monotonic() - began < 4
            counts = services.meters.exposition().text.decode()
            assert 'groundwork_part_up{part="database"} 0.0' in counts
            assert "groundwork_documents " not in counts
        finally:
            postgresql.start()
        assert until(lambda: is_ready(services)), services.readiness.report()


@pytest.mark.parametrize(
    ("state", "stands_in", "told"),
    [
        (StateName.READY, False, PartState.WORKS),
        (StateName.BUILDING, False, PartState.FAILED),
        (StateName.FAILED, False, PartState.FAILED),
        (StateName.BUILDING, True, PartState.DEGRADED),
        (StateName.FAILED, True, PartState.DEGRADED),
    ],
)
def test_an_index_that_something_stands_in_for_only_degrades(
    state: StateName, stands_in: bool, told: PartState
) -> None:
    assert index_look("x", lambda: IndexState("x", state, 0), stands_in).look().state is told


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _ask(model: ScriptedModel, outcome: LastOutcome, clock: Clock) -> None:
    observed = ObservedLanguageModel(model, NoTracer(), NoMeters(), outcome, clock)
    messages: Sequence[Message] = [Message(Role.USER, "x")]
    list(observed.stream(messages, 1.0, lambda usage: None))


@pytest.mark.parametrize(("falls_back", "told"), [(True, PartState.DEGRADED), (False, PartState.FAILED)])
def test_a_model_is_told_by_its_last_call(falls_back: bool, told: PartState) -> None:
    clock = Clock()
    outcome = LastOutcome(clock)
    look = outcome_look("model", outcome, stands_in=falls_back).look
    assert look().state is PartState.WORKS
    with pytest.raises(ModelUnavailable):
        _ask(ScriptedModel(["It"], fails_with="away"), outcome, clock)
    assert look().state is told
    _ask(ScriptedModel(["It works."]), outcome, clock)
    assert look().state is PartState.WORKS


def test_a_model_that_is_watched_is_told_the_form_of_its_reply() -> None:
    model, form = ScriptedReplies(["{}"]), ReplyForm("blocks", {}, 100)
    observed = ObservedLanguageModel(model, NoTracer(), NoMeters(), LastOutcome(Clock()), Clock())
    assert list(observed.stream([Message(Role.USER, "x")], 1.0, lambda usage: None, form)) == ["{}"]
    assert model.forms == [form]


def test_a_failure_of_long_ago_keeps_nobody_away_from_trying_again() -> None:
    clock = Clock()
    outcome = LastOutcome(clock)
    outcome.failed()
    look = outcome_look("embedder", outcome, stands_in=False).look
    clock.now = FAILURE_COUNTS_S
    assert look().state is PartState.FAILED
    clock.now += 1
    assert look().state is PartState.DEGRADED


def test_what_hangs_is_named_and_asked_once() -> None:
    release, asked = Event(), []

    def hang() -> Part:
        asked.append(1)
        release.wait()
        return Part("database", PartState.WORKS)

    fine = NamedLook("disk", lambda: Part("disk", PartState.WORKS))
    readiness = Readiness([fine, NamedLook("database", hang), fine], time.monotonic, patience_s=0.1)
    for _ in range(3):
        report = readiness.report()
        assert report.overall is Overall.NOT_READY
        assert [part.state for part in report.parts] == [PartState.WORKS, PartState.FAILED, PartState.FAILED]
        assert report.parts[1].remark == "It did not answer in time."
    assert len(asked) == 1
    release.set()
    assert until(lambda: readiness.report().overall is Overall.READY)


def test_whatever_a_look_raises_is_a_failure_of_its_part() -> None:
    def unavailable() -> Part:
        raise Unavailable("It is away.")

    def mistaken() -> Part:
        raise ValueError("something that people wrote")

    report = Readiness([NamedLook("a", unavailable), NamedLook("b", mistaken)], time.monotonic).report()
    assert [part.state for part in report.parts] == [PartState.FAILED, PartState.FAILED]
    assert report.parts[0].remark == "It is away."
    assert "wrote" not in report.parts[1].remark.partition("(")[0]


def test_the_worst_part_decides() -> None:
    works, degraded, failed = (Part("x", state) for state in PartState)
    assert Report((works, works)).overall is Overall.READY
    assert Report((works, degraded)).overall is Overall.DEGRADED
    assert Report((failed, degraded, works)).overall is Overall.NOT_READY
