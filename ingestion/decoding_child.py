"""A confined process that decodes one recording: it gets an open file and a socket, answers on that, and ends."""

import json
import os
import socket
import sys
from contextlib import suppress

from ingestion.confinement import confine, end_with_parent, forbid_network
from ingestion.limited_decoding import DecodingLimits, DecodingTask, Work
from ingestion.limited_parsing import MIB, OUT_OF_MEMORY, ParsingLimits, framed, named_failures
from ingestion.parsed import Unreadable
from ingestion.parsing_child import readable_files
from ingestion.pyav_audio import PyavAudio

_LONGEST_MESSAGE = 1000


def main() -> None:
    given = json.loads(sys.argv[1])
    task = DecodingTask(**{**given, "work": Work(given["work"]), "limits": DecodingLimits(**given["limits"])})
    end_with_parent(task.parent_id)
    answer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=task.answer)
    limits = task.limits
    confine(limits.memory_bytes, limits.cpu_s, readable_files(), forbid_network())
    os.dup2(1, 2)
    try:
        ending = _work(task, PyavAudio(limits.most_s, limits.copy_bytes))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    with suppress(BrokenPipeError, ConnectionResetError):
        _write(answer.fileno(), (0).to_bytes(8, "big") + framed(ending))
    os._exit(0)


def _work(task: DecodingTask, audio: PyavAudio) -> bytes:
    def take(part: bytes) -> None:
        _write(task.answer, framed(part))

    try:
        with named_failures(ParsingLimits(memory_bytes=task.limits.memory_bytes)), os.fdopen(task.file, "rb") as file:
            if task.work is Work.COPY:
                audio.make_searchable(file, take)
                return json.dumps({"sound": None}).encode()
            sound = audio.decode(file, take)
            return json.dumps({"sound": [getattr(sound, name) for name in type(sound).__slots__]}).encode()
    except Unreadable as failure:
        return json.dumps({"unreadable": str(failure)[:_LONGEST_MESSAGE]}).encode()


def _write(descriptor: int, payload: bytes) -> None:
    """By `write`, since the calls that belong to sockets are forbidden by now."""
    remaining = memoryview(payload)
    while remaining:
        remaining = remaining[os.write(descriptor, remaining[:MIB]) :]


if __name__ == "__main__":
    main()
