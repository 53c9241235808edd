"""The prepared parent, which imports parsers and forks, and its children, each of which reads one file and ends.

The parent is single-threaded and never sees a file. A request arrives on the socket that it was born with and brings
two more: on one the child converses with the process that asked, on the other the parent says how the child ended.
When the asking process ends, for whatever reason, the first socket closes: the parent ends, and its children with it.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import sysconfig
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

import corpus
import ingestion
from ingestion.confinement import Confinement, ReadableFiles, confine, end_with_parent, forbid_network
from ingestion.limited_parsing import (
    MIB,
    OUT_OF_MEMORY,
    UNCONFINED,
    CutShortError,
    Ending,
    Parsers,
    ParsingLimits,
    framed,
    named_failures,
    parsers_in,
    receive,
    receive_frame,
)
from ingestion.media_type import DetectedType, detect_media_type
from ingestion.parsed import TooLarge, Unreadable
from ingestion.parsed_json import to_json

_SYSTEM_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/etc/ld.so.cache")
_SYSTEM_DATA = ("/usr/share/zoneinfo", "/etc/localtime", "/dev/null", "/dev/urandom")


@dataclass(slots=True)
class _Child:
    process_id: int
    outcome: socket.socket
    deadline: float
    overdue: bool = False


class PreparedParent:
    def __init__(
        self, control: socket.socket, parsers: Parsers, limits: ParsingLimits, readable: ReadableFiles
    ) -> None:
        self._control = control
        self._parsers = parsers
        self._limits = limits
        self._readable = readable
        self._process_id = os.getpid()
        self._network_forbidden = forbid_network()
        self._prepared: set[str] = set()
        self._children: dict[int, _Child] = {}
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        self._poll = select.poll()
        self._poll.register(self._control, select.POLLIN)
        self._poll.register(self._woken, select.POLLIN)

    def serve(self, clock: Callable[[], float]) -> None:
        """Returns when nobody is left who could ask."""
        gc.freeze()
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        confinement = self._try_confinement()
        self._control.sendall(framed(json.dumps(asdict(confinement)).encode()))
        while True:
            for descriptor, _ in self._poll.poll(self._until_overdue_ms(clock())):
                if descriptor == self._control.fileno():
                    try:
                        self._take_request(confinement, clock)
                    except CutShortError:
                        self._kill(list(self._children.values()))
                        return
                elif descriptor == self._woken:
                    os.read(self._woken, 4096)
                else:
                    self._kill([child for child in self._children.values() if child.outcome.fileno() == descriptor])
            self._kill_overdue(clock())
            self._report_ended()

    def _try_confinement(self) -> Confinement:
        """Measured, not assumed: a first child confines itself and says what held."""
        report, written = os.pipe()
        child = os.fork()
        if child == 0:
            with _Ending():
                os.write(written, json.dumps(asdict(self._confine())).encode())
                os._exit(0)
        os.close(written)
        with os.fdopen(report, "rb") as reading:
            reported = reading.read()
        _, status = os.waitpid(child, 0)
        if status != 0:
            raise SystemExit("A parsing child cannot be confined.")
        return Confinement(**json.loads(reported))

    def _take_request(self, confinement: Confinement, clock: Callable[[], float]) -> None:
        message, descriptors, _, _ = socket.recv_fds(self._control, 1, 2)
        if not message:
            raise CutShortError
        conversation, outcome = (socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=each) for each in descriptors)
        prepare: str | None = json.loads(receive_frame(self._control))["prepare"]
        if prepare is not None and prepare not in self._prepared:
            self._prepare(prepare)
        child = os.fork()
        if child == 0:
            with _Ending():
                self._leave(outcome)
                self._read_one(conversation, confinement)
        conversation.close()
        self._children[child] = _Child(child, outcome, clock() + self._limits.wall_s)
        # No event asked for: only the other side's closing is reported, by which it says that it waits no longer.
        self._poll.register(outcome, 0)

    def _prepare(self, media_type: str) -> None:
        # What cannot be imported fails in the child once more, which can say so to those who asked.
        with suppress(Unreadable, ImportError, OSError):
            self._parsers.parser_for(media_type)
        self._prepared.add(media_type)
        gc.collect()
        gc.freeze()

    def _leave(self, outcome: socket.socket) -> None:
        """A child keeps nothing of its parent by which it could speak for the parent or for another child."""
        end_with_parent(self._process_id)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for connection in (self._control, outcome, *(child.outcome for child in self._children.values())):
            connection.close()
        os.close(self._woken)
        os.close(self._wake)

    def _read_one(self, conversation: socket.socket, confinement: Confinement) -> NoReturn:
        # The file's own bytes do not count towards the memory limit: they are read before it holds.
        request = json.loads(receive_frame(conversation))
        content = bytes(receive(conversation, request["bytes"]))
        if self._confine() != confinement:
            os._exit(UNCONFINED)
        # Libraries print what they find odd, and with it words of the file, which belong in no log.
        os.dup2(1, 2)
        try:
            answer = self._answer(content, request["name"], request["media_type"])
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in answer:
                _write(conversation.fileno(), part)
        os._exit(0)

    def _confine(self) -> Confinement:
        return confine(self._limits.memory_bytes, self._limits.cpu_s, self._readable, self._network_forbidden)

    def _answer(self, content: bytes, name: str, media_type: str | None) -> tuple[bytes, ...]:
        try:
            with named_failures(self._limits):
                known = None if media_type is None else DetectedType(media_type, mislabelled=False)
                detected = known or detect_media_type(content, name)
                if detected.media_type not in self._prepared:
                    return (_header(kind="prepare", media_type=detected.media_type),)
                document = to_json(self._parsers.parser_for(detected.media_type).parse(content, name))
                if len(document) > self._limits.answer_bytes:
                    raise TooLarge("the text taken from it", f"{self._limits.answer_bytes // MIB} MiB")
        except Unreadable as failure:
            classes = [kind.__name__ for kind in type(failure).__mro__ if issubclass(kind, Unreadable)]
            data = {name: value for name, value in vars(failure).items() if isinstance(value, str | int | float)}
            return (_header(kind="unreadable", classes=classes, message=str(failure), data=data),)
        found = _header(kind="document", media_type=detected.media_type, mislabelled=detected.mislabelled)
        return (found, len(document).to_bytes(8, "big"), document)

    def _until_overdue_ms(self, now: float) -> float | None:
        deadlines = [child.deadline for child in self._children.values() if not child.overdue]
        return max(0.0, min(deadlines) - now) * 1000 + 1 if deadlines else None

    def _kill_overdue(self, now: float) -> None:
        overdue = [child for child in self._children.values() if child.deadline <= now and not child.overdue]
        for child in overdue:
            child.overdue = True
        self._kill(overdue)

    def _kill(self, children: list[_Child]) -> None:
        for child in children:
            os.kill(child.process_id, signal.SIGKILL)

    def _report_ended(self) -> None:
        for process_id in list(self._children):
            ended, status, usage = os.wait4(process_id, os.WNOHANG)
            if ended == 0:
                continue
            child = self._children.pop(process_id)
            self._poll.unregister(child.outcome)
            ending = Ending(
                signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
                status=os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
                peak_bytes=usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
                overdue=child.overdue,
            )
            with child.outcome, suppress(BrokenPipeError, ConnectionResetError):
                child.outcome.sendall(json.dumps(asdict(ending)).encode())


class _Ending:
    """A forked child never returns into the code of its parent, whatever happens."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> NoReturn:
        if error is not None:
            traceback.print_exception(error)
        os._exit(1)


def _header(**fields: object) -> bytes:
    return framed(json.dumps(fields).encode())


def _write(descriptor: int, payload: bytes) -> None:
    """By `write`, since the calls that belong to sockets are forbidden by now."""
    remaining = memoryview(payload)
    while remaining:
        remaining = remaining[os.write(descriptor, remaining) :]


def readable_files() -> ReadableFiles:
    """Python, the installed packages and what they link to: not the folder of the project, which may hold its data."""
    python = Path(sysconfig.get_path("stdlib")).parent
    packages = [entry for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    own = [*corpus.__path__, *ingestion.__path__]
    return ReadableFiles([str(python), *packages, *own, *_SYSTEM_LIBRARIES, *_SYSTEM_DATA])


def main() -> None:
    task = json.loads(sys.argv[1])
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=task["control"])
    limits = ParsingLimits(**task["limits"])
    PreparedParent(control, parsers_in(task["parsers"]), limits, readable_files()).serve(time.monotonic)


if __name__ == "__main__":
    main()
