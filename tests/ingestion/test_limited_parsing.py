"""Parsers that misbehave in a real child harm nobody, and each file gets a named outcome."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingestion.limited_parsing import (
    MIB,
    DirectParsing,
    FileParsing,
    OutOfMemory,
    ParserCrashed,
    ParserFailed,
    ParsingLimits,
    ParsingServer,
    ParsingTimedOut,
    ParsingUnavailable,
)
from ingestion.parsed import TooLarge, Unreadable
from tests.contracts.file_parsing import PARSERS, FileParsingContract

LIMITS = ParsingLimits(memory_bytes=256 * MIB, wall_s=20, cpu_s=20, answer_bytes=8 * MIB)

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux offers these walls")


@pytest.fixture(scope="module")
def server() -> Iterator[ParsingServer]:
    with ParsingServer(LIMITS, PARSERS, at_once=4) as server:
        yield server


class TestParsingServer(FileParsingContract):
    @pytest.fixture
    def parsing(self, server: ParsingServer) -> FileParsing:
        return server


class TestDirectParsing(FileParsingContract):
    @pytest.fixture
    def parsing(self) -> FileParsing:
        return DirectParsing(LIMITS, PARSERS)


def say(server: ParsingServer, text: str) -> str:
    return server.parse(text.encode(), "misdeed.txt").document.text


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_running(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def children_of(process_id: int) -> list[int]:
    children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text(encoding="ascii")
    return [int(child) for child in children.split()]


@on_linux
def test_all_walls_but_the_newest_stand_on_linux(server: ParsingServer) -> None:
    assert set(server.confinement().lacking()) <= {"reading"}


@pytest.mark.parametrize("parsing", [ParsingServer(LIMITS, PARSERS), DirectParsing(LIMITS, PARSERS)], ids=type)
def test_what_is_known_to_be_of_a_type_is_read_as_that(parsing: ParsingServer | DirectParsing) -> None:
    reading = parsing.parse_as(b"%PDF-1.7 is what these words begin with", "words.pdf", "text/plain")
    assert (reading.document.text[:8], reading.media_type, reading.mislabelled) == ("%PDF-1.7", "text/plain", False)
    with pytest.raises(Unreadable, match="Nothing reads text/odd"):
        parsing.parse_as(b"words", "words.txt", "text/odd")
    with pytest.raises(ParserFailed):
        parsing.parse_as(b"fail", "words.pdf", "text/plain")
    if isinstance(parsing, ParsingServer):
        parsing.close()


def test_a_parser_that_computes_forever_is_ended() -> None:
    with (
        ParsingServer(ParsingLimits(cpu_s=1, wall_s=30), PARSERS) as server,
        pytest.raises(ParsingTimedOut, match="longer than 1 seconds"),
    ):
        say(server, "loop")


def test_a_parser_that_waits_forever_and_ignores_signals_is_ended() -> None:
    with (
        ParsingServer(ParsingLimits(wall_s=0.5), PARSERS) as server,
        pytest.raises(ParsingTimedOut, match=r"longer than 0\.5 seconds"),
    ):
        say(server, "sleep")


@on_linux
@pytest.mark.parametrize("misdeed", ["allocate", "hoard", "hoard_natively"])
def test_a_parser_that_wants_too_much_memory_is_ended(server: ParsingServer, misdeed: str) -> None:
    with pytest.raises(OutOfMemory, match="more than 256 MiB"):
        say(server, misdeed)


@pytest.mark.parametrize(("misdeed", "how"), [("crash", "SIGSEGV"), ("abort", "SIGABRT"), ("leave", "exit status 3")])
def test_a_crash_is_named(server: ParsingServer, misdeed: str, how: str) -> None:
    with pytest.raises(ParserCrashed) as crash:
        say(server, misdeed)
    assert crash.value.how == how


@on_linux
def test_a_parser_reaches_no_network(server: ParsingServer, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as internet, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "socket"))
        local.listen()
        for misdeed in (f"connect 127.0.0.1:{internet.getsockname()[1]}", f"converse {tmp_path / 'socket'}"):
            with pytest.raises(ParserFailed) as refusal:
                say(server, misdeed)
            assert refusal.value.error == "PermissionError"


def test_no_secret_is_in_a_parsers_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("HOME", "/home/ana")
    with ParsingServer(LIMITS, PARSERS) as server:
        environment = json.loads(say(server, "tell_environment"))
    assert "sk-secret" not in environment.values()
    assert environment["HOME"] == "/nonexistent"


@on_linux
def test_a_parser_reads_no_file_but_those_of_its_libraries(server: ParsingServer, tmp_path: Path) -> None:
    if not server.confinement().reading:
        pytest.skip("this kernel has no Landlock")
    (tmp_path / "salaries.txt").write_text("Ana: 100", encoding="utf-8")
    for path in (tmp_path / "salaries.txt", Path(f"/proc/{os.getpid()}/environ"), Path("/etc/passwd")):
        with pytest.raises(ParserFailed) as refusal:
            say(server, f"read {path}")
        assert refusal.value.error == "PermissionError"
    assert "def loads" in say(server, f"read {json.__file__}")


@on_linux
def test_a_parser_changes_no_file(server: ParsingServer, tmp_path: Path) -> None:
    present = tmp_path / "present.txt"
    present.write_text("untouched", encoding="utf-8")
    for misdeed in (f"write {present}", f"delete {present}", f"create {tmp_path / 'new.txt'}"):
        with pytest.raises(ParserFailed) as refusal:
            say(server, misdeed)
        assert refusal.value.error == "PermissionError"
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["untouched"]


@on_linux
@pytest.mark.parametrize("misdeed", ["fork", "start_thread", "run", "kill_parent", "raise_limits"])
def test_a_parser_starts_and_signals_no_process(server: ParsingServer, misdeed: str) -> None:
    before = server.process_id
    with pytest.raises(ParserFailed):
        say(server, misdeed)
    assert server.process_id == before


@on_linux
def test_a_parser_cannot_signal_its_siblings(server: ParsingServer) -> None:
    sibling = subprocess.Popen(["sleep", "60"])
    try:
        with pytest.raises(ParserFailed, match="PermissionError"):
            say(server, f"kill {sibling.pid}")
        assert sibling.poll() is None
    finally:
        sibling.kill()
        sibling.wait()


def test_an_answer_beyond_the_limit_is_refused(server: ParsingServer) -> None:
    with pytest.raises(TooLarge, match=r"text taken from it \(8 MiB\)"):
        say(server, "say_much 9")
    assert len(say(server, "say_much 7")) == 7 * MIB


@pytest.mark.parametrize(
    "answer",
    [
        "[[[[",
        "[]",
        "{}",
        '{"kind": "document"}',
        '{"kind": "prepare", "media_type": "text/plain"}',
        '{"kind": "unreadable", "classes": 1, "message": "", "data": {}}',
        '{"kind": "unreadable", "classes": [], "message": "", "data": 1}',
    ],
)
def test_a_forged_answer_fails_its_own_file_only(server: ParsingServer, answer: str) -> None:
    with pytest.raises((ParserFailed, ParserCrashed)):
        say(server, f"forge {answer}")
    assert say(server, "good words") == "good words"


def test_a_forged_refusal_is_a_refusal_of_no_great_length(server: ParsingServer) -> None:
    refusal = {"kind": "unreadable", "classes": ["SystemExit"], "message": "x" * 5000, "data": {}}
    with pytest.raises(Unreadable) as refused:
        say(server, f"forge {json.dumps(refusal)}")
    assert type(refused.value) is Unreadable
    assert len(str(refused.value)) == 1000


def test_a_parser_holds_nothing_but_the_line_on_which_it_answers(server: ParsingServer) -> None:
    with ThreadPoolExecutor(2) as threads:
        neighbour = threads.submit(say, server, "pause 0.5")
        assert say(server, "count_descriptors") == "1"
        neighbour.result()


def test_what_a_parser_prints_reaches_no_log(capfd: pytest.CaptureFixture[str]) -> None:
    with ParsingServer(LIMITS, PARSERS) as server:
        assert say(server, "print_words salary") == "printed"
    captured = capfd.readouterr()
    assert "salary" not in captured.out + captured.err


def test_an_unknown_type_is_refused_by_the_parsers_own_rule(server: ParsingServer) -> None:
    with pytest.raises(Unreadable, match="Nothing reads text/html"):
        server.parse(b"<!DOCTYPE html><html><body><p>words</p></body></html>", "page.html")


def test_nothing_is_started_before_the_first_file() -> None:
    with ParsingServer(LIMITS, PARSERS) as server:
        assert server.process_id is None


@on_linux
def test_reading_markdown_loads_no_library_of_another_format() -> None:
    with ParsingServer(LIMITS) as server:
        server.parse(b"# Leave\n\nThirty days.\n", "leave.md")
        loaded = Path(f"/proc/{server.process_id}/maps").read_text(encoding="utf-8")
    assert not [library for library in ("pdfium", "lxml", "numpy", "pandas") if library in loaded]


@on_linux
def test_several_files_are_read_at_once(server: ParsingServer) -> None:
    say(server, "good words")
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: say(server, "pause 0.3"), range(4)))
    children, parents = zip(*(answer.split() for answer in answers), strict=True)
    assert len(set(children)) == 4
    assert set(parents) == {str(server.process_id)}


def test_many_threads_get_their_own_answers(server: ParsingServer) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda number: say(server, f"words {number}"), range(40))) == [
            f"words {number}" for number in range(40)
        ]


@on_linux
def test_a_killed_prepared_parent_is_replaced_and_the_file_read_again() -> None:
    with ParsingServer(LIMITS, PARSERS) as server, ThreadPoolExecutor(1) as threads:
        say(server, "good words")
        first = server.process_id
        assert first is not None
        assert eventually(lambda: not children_of(first))
        answer = threads.submit(say, server, "pause 0.5")
        assert eventually(lambda: bool(children_of(first)))
        (child,) = children_of(first)
        os.kill(first, signal.SIGKILL)
        assert answer.result().split()[1] == str(server.process_id)
        assert server.process_id != first
        assert eventually(lambda: not is_running(child))


def test_a_prepared_parent_killed_between_files_is_replaced() -> None:
    with ParsingServer(LIMITS, PARSERS) as server:
        say(server, "good words")
        first = server.process_id
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert say(server, "more words") == "more words"


@on_linux
def test_closing_ends_what_is_being_read_and_refuses_what_comes_after() -> None:
    server = ParsingServer(LIMITS, PARSERS)
    say(server, "good words")
    parent = server.process_id
    assert parent is not None
    assert eventually(lambda: not children_of(parent))
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(say, server, "sleep")
        assert eventually(lambda: bool(children_of(parent)))
        (child,) = children_of(parent)
        server.close()
        with pytest.raises(ParsingUnavailable, match="closed"):
            answer.result()
    with pytest.raises(ParsingUnavailable, match="closed"):
        say(server, "good words")
    assert eventually(lambda: not is_running(child) and not is_running(parent))


ASKING = """
from ingestion.limited_parsing import ParsingLimits, ParsingServer
server = ParsingServer(ParsingLimits(wall_s=60), "tests.ingestion.misbehaving_parsers")
server.parse(b"words", "a.txt")
while open(f"/proc/{server.process_id}/task/{server.process_id}/children").read():
    pass
print(server.process_id, flush=True)
server.parse(b"sleep", "a.txt")
"""


@on_linux
def test_nothing_outlives_a_killed_asking_process() -> None:
    repository = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", ASKING], stdout=subprocess.PIPE, cwd=repository, env={"PYTHONPATH": str(repository)}
    ) as asking:
        assert asking.stdout is not None
        parent = int(asking.stdout.readline())
        assert eventually(lambda: bool(children_of(parent)))
        (child,) = children_of(parent)
        asking.kill()
    assert eventually(lambda: not is_running(parent) and not is_running(child))


def test_a_server_that_cannot_start_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    with (
        ParsingServer(LIMITS, "tests.ingestion.no_such_parsers") as server,
        pytest.raises(ParsingUnavailable, match="does not start"),
    ):
        say(server, "good words")
    assert "no_such_parsers" in capfd.readouterr().err


@on_linux
def test_files_leave_neither_processes_nor_descriptors_behind(server: ParsingServer) -> None:
    say(server, "good words")
    parent = server.process_id
    assert parent is not None

    def descriptors() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), len(list(Path(f"/proc/{parent}/fd").iterdir()))

    assert eventually(lambda: not children_of(parent))
    before = descriptors()
    for number in range(20):
        say(server, f"words {number}")
    assert eventually(lambda: not children_of(parent) and descriptors() <= before)
