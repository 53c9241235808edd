"""Reads one file after the other in limited child processes, so that no file can harm the process that asks for it."""

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, cast

from corpus.errors import GroundworkError, Unavailable
from ingestion.confinement import Confinement
from ingestion.media_type import detect_media_type
from ingestion.parsed import ParsedDocument, Parser, TooLarge, Unreadable
from ingestion.parsed_json import NotParsedDocument, from_json

MIB = 1024 * 1024
PARSERS = "ingestion.parsers"
# What a child that gives no answer means by its exit status.
UNCONFINED = 71
OUT_OF_MEMORY = 72

# What a prepared parent may take to import a format's libraries before it forks (measured: 6 s on two busy cores).
_PREPARING_S = 60.0
# One asks for the format to be prepared, one reads; the others are for a prepared parent that was killed meanwhile.
_TRIES = 4
_LONGEST_MESSAGE = 1000
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# One thread, since a process with several cannot be forked safely; the same answer each time; no calls home.
_FIXED_ENVIRONMENT = {
    "HOME": "/nonexistent",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "DO_NOT_TRACK": "true",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """`mislabelled`: the name's extension promises something else than the content is."""

    document: ParsedDocument
    media_type: str
    mislabelled: bool


class FileParsing(Protocol):
    """Contract: `tests/contracts/file_parsing.py`. May be called from several threads."""

    def parse(self, content: bytes, name: str) -> Reading:
        """Raises an `Unreadable` whatever is wrong with the file, `Unavailable` if nothing can be read now."""


class KnownTypeParsing(Protocol):
    """Reads what is known to be of a type. Contract and threads as of `FileParsing`."""

    def parse_as(self, content: bytes, name: str, media_type: str) -> Reading:
        """Raises what `FileParsing.parse` raises."""


@dataclass(frozen=True, slots=True)
class ParsingLimits:
    """For each file. `memory_bytes` is what its reading may add to the parser's own libraries."""

    memory_bytes: int = 1024 * MIB
    wall_s: float = 60.0
    cpu_s: int = 60
    answer_bytes: int = 256 * MIB


class ParsingTimedOut(Unreadable):
    def __init__(self, limit_s: float) -> None:
        super().__init__(
            f"Reading the file took longer than {limit_s:g} seconds. Save it again in its own program or split it,"
            " or raise the limit in the settings."
        )
        self.limit_s = limit_s


class OutOfMemory(Unreadable):
    def __init__(self, limit_bytes: int) -> None:
        super().__init__(
            f"Reading the file takes more than {limit_bytes // MIB} MiB of memory. Split it, or raise the limit in the"
            " settings."
        )
        self.limit_bytes = limit_bytes


class ParserCrashed(Unreadable):
    def __init__(self, how: str) -> None:
        super().__init__(f"The file made its parser crash ({how}). Save it again in its own program or another format.")
        self.how = how


class ParserFailed(Unreadable):
    """Names the kind and the place of the failure; never its message, which may quote the file."""

    def __init__(self, error: str, place: str) -> None:
        super().__init__(
            f"The parser failed on the file ({error} at {place}). Save it again in its own program or another format."
        )
        self.error = error
        self.place = place


class ParsingUnavailable(Unavailable):
    def __init__(self, reason: str) -> None:
        super().__init__(f"No file can be read at the moment: {reason}.")
        self.reason = reason


class Parsers(Protocol):
    """What the module behind `parsers` offers."""

    def parser_for(self, media_type: str) -> Parser:
        """Imports the libraries of that format, and no others. Raises `Unreadable` if there is no parser."""


def parsers_in(module: str) -> Parsers:
    return cast(Parsers, importlib.import_module(module))


@contextmanager
def named_failures(limits: ParsingLimits) -> Iterator[None]:
    """Turns whatever a parser raises into an outcome of its file, since one bad file never stops the others."""
    try:
        yield
    except Unreadable:
        raise
    except MemoryError:
        raise OutOfMemory(limits.memory_bytes) from None
    except Exception as error:  # parsers and their libraries raise whatever they like
        raise ParserFailed(type(error).__name__, _place(error)) from error


def _place(error: Exception) -> str:
    innermost = error.__traceback__
    if innermost is None:
        return "an unknown place"
    while innermost.tb_next is not None:
        innermost = innermost.tb_next
    return f"{innermost.tb_frame.f_globals.get('__name__', '?')}:{innermost.tb_lineno}"


class DirectParsing:
    """Reads in the process itself, without limits: for platforms that cannot fork, and for tests."""

    def __init__(self, limits: ParsingLimits | None = None, parsers: str = PARSERS) -> None:
        self._limits = limits or ParsingLimits()
        self._parsers = parsers_in(parsers)

    def parse(self, content: bytes, name: str) -> Reading:
        with named_failures(self._limits):
            detected = detect_media_type(content, name)
            document = self._parsers.parser_for(detected.media_type).parse(content, name)
        return Reading(document, detected.media_type, detected.mislabelled)

    def parse_as(self, content: bytes, name: str, media_type: str) -> Reading:
        with named_failures(self._limits):
            document = self._parsers.parser_for(media_type).parse(content, name)
        return Reading(document, media_type, mislabelled=False)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended that gave no answer. `overdue`: its parent ended it."""

    signal: int | None
    status: int | None
    peak_bytes: int
    overdue: bool


class _ParentGoneError(Exception):
    """The prepared parent ended before it could say how the child ended."""


class CutShortError(Exception):
    """The other side ended before its message did."""


@dataclass(frozen=True, slots=True)
class _PreparedParent:
    process: subprocess.Popen[bytes]
    control: socket.socket
    confinement: Confinement

    def end(self) -> None:
        """The children end with their parent."""
        self.control.close()
        self.process.kill()
        self.process.wait()


class ParsingServer:
    """Keeps one prepared parent, which forks a confined child for each file (`ingestion.parsing_child`).

    Nothing is started before the first file. A prepared parent that was killed is replaced, and the file read again.
    """

    def __init__(self, limits: ParsingLimits | None = None, parsers: str = PARSERS, at_once: int = 2) -> None:
        self._limits = limits or ParsingLimits()
        self._parsers = parsers
        self._places = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._parent: _PreparedParent | None = None
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the prepared parent and whatever its children are reading."""
        with self._lock:
            self._closed = True
            parent, self._parent = self._parent, None
        if parent is not None:
            parent.end()

    def confinement(self) -> Confinement:
        """What this machine really takes from a child, as reported by a trial child."""
        with self._lock:
            return self._prepared_parent().confinement

    @property
    def process_id(self) -> int | None:
        """Of the prepared parent, None while there is none."""
        parent = self._parent
        return None if parent is None else parent.process.pid

    def parse(self, content: bytes, name: str) -> Reading:
        return self._read(content, name, None)

    def parse_as(self, content: bytes, name: str, media_type: str) -> Reading:
        return self._read(content, name, media_type)

    def _read(self, content: bytes, name: str, media_type: str | None) -> Reading:
        """`media_type` is None where it is to be found out, which the child does as well."""
        prepare = media_type
        with self._places:
            for _ in range(_TRIES):
                try:
                    answer = self._ask(content, name, media_type, prepare)
                except _ParentGoneError:
                    continue
                if isinstance(answer, Reading):
                    return answer
                prepare = answer
        # The parent could be started each time, so that it is this file that must not stop the others.
        raise ParserCrashed("again and again")

    def _ask(self, content: bytes, name: str, media_type: str | None, prepare: str | None) -> Reading | str:
        """The answer, or the media type that must be prepared first."""
        conversation, child_end = socket.socketpair()
        outcome, parent_end = socket.socketpair()
        with conversation, outcome:
            conversation.settimeout(self._limits.wall_s + _PREPARING_S)
            outcome.settimeout(self._limits.wall_s + _PREPARING_S)
            with child_end, parent_end:
                parent = self._start_child(child_end, parent_end, prepare)
            try:
                _send_file(conversation, content, name, media_type)
                return self._answer(conversation)
            except CutShortError:
                pass
            except TimeoutError:
                # The prepared parent ends overdue children itself; that it has not says that it hangs.
                self._discard(parent)
                raise ParsingTimedOut(self._limits.wall_s) from None
            try:
                ended = json.loads(_receive_rest(outcome))
            except ValueError:
                self._discard(parent)
                raise _ParentGoneError from None
            except TimeoutError:
                self._discard(parent)
                raise ParsingTimedOut(self._limits.wall_s) from None
        raise self._failure_of(Ending(**ended))

    def _start_child(self, child_end: socket.socket, parent_end: socket.socket, prepare: str | None) -> _PreparedParent:
        with self._lock:
            parent = self._prepared_parent()
            try:
                socket.send_fds(parent.control, [b"\0"], [child_end.fileno(), parent_end.fileno()])
                parent.control.sendall(framed(json.dumps({"prepare": prepare}).encode()))
            except OSError:
                parent.end()
                self._parent = None
                raise _ParentGoneError from None
            return parent

    def _prepared_parent(self) -> _PreparedParent:
        if self._closed:
            raise ParsingUnavailable("it was closed")
        if self._parent is None:
            self._parent = self._start_parent()
        return self._parent

    def _start_parent(self) -> _PreparedParent:
        control, parent_control = socket.socketpair()
        with parent_control:
            task = {"control": parent_control.fileno(), "parsers": self._parsers, "limits": asdict(self._limits)}
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-s", "-m", "ingestion.parsing_child", json.dumps(task)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env=child_environment(os.environ),
                pass_fds=[parent_control.fileno()],
                start_new_session=True,
            )
        control.settimeout(_PREPARING_S)
        try:
            greeting = json.loads(receive_frame(control))
        except (CutShortError, TimeoutError):
            control.close()
            process.kill()
            process.wait()
            raise ParsingUnavailable("the process that forks the parsers does not start, see its output") from None
        return _PreparedParent(process, control, Confinement(**greeting))

    def _discard(self, parent: _PreparedParent) -> None:
        with self._lock:
            parent.end()
            if self._parent is parent:
                self._parent = None

    def _answer(self, conversation: socket.socket) -> Reading | str:
        """Trusts nothing that comes from the child but its being short enough."""
        try:
            answer = json.loads(receive_frame(conversation))
            if answer["kind"] == "prepare":
                return str(answer["media_type"])
            if answer["kind"] == "unreadable":
                raise _rebuilt(answer["classes"], answer["message"], answer["data"])
            document = from_json(bytes(receive_frame(conversation, self._limits.answer_bytes)))
            return Reading(document, str(answer["media_type"]), bool(answer["mislabelled"]))
        except (NotParsedDocument, ValueError, KeyError, TypeError, RecursionError) as error:
            raise ParserFailed(type(error).__name__, "its answer") from error

    def _failure_of(self, ending: Ending) -> GroundworkError:
        if ending.overdue:
            return ParsingTimedOut(self._limits.wall_s)
        if ending.signal == signal.SIGXCPU:
            return ParsingTimedOut(self._limits.cpu_s)
        if ending.signal is None and ending.status == UNCONFINED:
            return ParsingUnavailable("a parsing child could not be confined")
        # A library in C rarely reports that memory has run out: it aborts or follows a null pointer.
        # A SIGKILL that is not ours is the system's answer when memory runs out.
        short_of_memory = ending.signal is not None and ending.peak_bytes >= self._limits.memory_bytes * 3 // 4
        if short_of_memory or ending.signal == signal.SIGKILL or ending.status == OUT_OF_MEMORY:
            return OutOfMemory(self._limits.memory_bytes)
        if ending.signal is not None:
            names = {number.value: number.name for number in signal.Signals}
            return ParserCrashed(names.get(ending.signal, f"signal {ending.signal}"))
        return ParserCrashed(f"exit status {ending.status}")


def child_environment(own: Mapping[str, str]) -> dict[str, str]:
    """By allow-list, so that no secret of this process reaches a parser."""
    kept = {name: own[name] for name in _KEPT_ENVIRONMENT if name in own}
    paths = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    return {**kept, **_FIXED_ENVIRONMENT, "PYTHONPATH": paths}


def framed(payload: bytes) -> bytes:
    return len(payload).to_bytes(8, "big") + payload


def receive_frame(connection: socket.socket, limit: int = MIB) -> bytearray:
    length = int.from_bytes(receive(connection, 8), "big")
    if length > limit:
        raise TooLarge("the text taken from it", f"{limit // MIB} MiB")
    return receive(connection, length)


def receive(connection: socket.socket, length: int) -> bytearray:
    received = bytearray(length)
    view = memoryview(received)
    while view:
        try:
            count = connection.recv_into(view)
        except ConnectionResetError:
            count = 0
        if count == 0:
            raise CutShortError
        view = view[count:]
    return received


def _receive_rest(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def _send_file(conversation: socket.socket, content: bytes, name: str, media_type: str | None) -> None:
    request = {"name": name, "bytes": len(content), "media_type": media_type}
    try:
        conversation.sendall(framed(json.dumps(request).encode()))
        conversation.sendall(content)
    except (BrokenPipeError, ConnectionResetError):
        raise CutShortError from None


def _rebuilt(classes: list[str], message: str, data: dict[str, object]) -> Unreadable:
    """The same failure here. A class that this process has not imported is represented by the nearest base it knows."""
    known = {kind.__name__: kind for kind in _kinds(Unreadable)}
    kind = next((known[name] for name in classes if name in known), Unreadable)
    failure = kind.__new__(kind)
    Exception.__init__(failure, str(message)[:_LONGEST_MESSAGE])
    # Past the constructor, which asks for other arguments in each class; what it would have kept is in `data`.
    vars(failure).update(data)
    return failure


def _kinds(kind: type[Unreadable]) -> Iterator[type[Unreadable]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)
