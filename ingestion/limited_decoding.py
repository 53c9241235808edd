"""Decodes recordings in confined child processes, so that no recording can harm the process that asks for it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, BinaryIO

from ingestion.audio import Sound
from ingestion.limited_parsing import (
    MIB,
    OUT_OF_MEMORY,
    CutShortError,
    OutOfMemory,
    ParserCrashed,
    ParserFailed,
    ParsingTimedOut,
    child_environment,
    receive_frame,
)
from ingestion.parsed import Unreadable

_LONGEST_PART = 4 * MIB


class Work(StrEnum):
    DECODE = "decode"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class DecodingLimits:
    """For each recording. `stall_s`: without a second of sound for so long, it is given up."""

    memory_bytes: int = 512 * MIB
    stall_s: float = 30.0
    cpu_s: int = 1800
    most_s: float = 12 * 3600.0
    copy_bytes: int = 384 * MIB


@dataclass(frozen=True, slots=True)
class DecodingTask:
    """What a child is told. `file` and `answer` are descriptors that it inherits."""

    work: Work
    file: int
    answer: int
    parent_id: int
    limits: DecodingLimits


class LimitedDecoding:
    """One child for each recording: a start costs half a second, which no recording notices."""

    def __init__(self, limits: DecodingLimits | None = None, at_once: int = 2) -> None:
        self._limits = limits or DecodingLimits()
        self._places = threading.BoundedSemaphore(at_once)

    def decode(self, file: BinaryIO, take: Callable[[bytes], None]) -> Sound:
        found = self._run(Work.DECODE, file, take)
        try:
            duration_s, promised_s, has_picture, is_searchable, faults = found["sound"]
            return Sound(
                float(duration_s),
                None if promised_s is None else float(promised_s),
                bool(has_picture),
                bool(is_searchable),
                int(faults),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ParserFailed(type(error).__name__, "its answer") from error

    def make_searchable(self, file: BinaryIO, take: Callable[[bytes], None]) -> None:
        self._run(Work.COPY, file, take)

    def _run(self, work: Work, file: BinaryIO, take: Callable[[bytes], None]) -> dict[str, Any]:
        own, childs = socket.socketpair()
        with self._places, own:
            own.settimeout(self._limits.stall_s)
            with childs:
                task = DecodingTask(work, file.fileno(), childs.fileno(), os.getpid(), self._limits)
                child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                    [sys.executable, "-P", "-s", "-m", "ingestion.decoding_child", json.dumps(asdict(task))],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    cwd="/",
                    env=child_environment(os.environ),
                    pass_fds=[task.file, task.answer],
                    start_new_session=True,
                )
            try:
                return self._answer(own, take)
            except TimeoutError:
                raise ParsingTimedOut(self._limits.stall_s) from None
            except CutShortError:
                raise self._failure_of(child.wait()) from None
            finally:
                child.kill()
                child.wait()

    def _answer(self, own: socket.socket, take: Callable[[bytes], None]) -> dict[str, Any]:
        """Trusts nothing that comes from the child but its being short enough."""
        while part := receive_frame(own, _LONGEST_PART):
            take(bytes(part))
        try:
            ending = json.loads(bytes(receive_frame(own)))
        except ValueError as error:
            raise ParserFailed(type(error).__name__, "its answer") from error
        if not isinstance(ending, dict):
            raise ParserFailed("TypeError", "its answer")
        if "unreadable" in ending:
            raise Unreadable(str(ending["unreadable"])[:1000])
        return ending

    def _failure_of(self, status: int) -> Unreadable:
        if status == -signal.SIGXCPU:
            return ParsingTimedOut(self._limits.cpu_s)
        if status in (OUT_OF_MEMORY, -signal.SIGKILL):
            return OutOfMemory(self._limits.memory_bytes)
        names = {-number.value: number.name for number in signal.Signals}
        return ParserCrashed(names.get(status, f"exit status {status}"))
