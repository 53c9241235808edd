"""Parsers that do what no parser should: each file names the misdeed that its parser commits."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ingestion.parsed import ParsedDocument, TooLarge, Unreadable

GIB = 1024**3


class TooOdd(TooLarge):
    """A failure of its own, as adapters have them, which the asking process has not necessarily imported."""

    def __init__(self, oddness: int) -> None:
        super().__init__("oddness", "1")
        self.oddness = oddness


def loop(_: str) -> str:
    while True:
        pass


def sleep(_: str) -> str:
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    time.sleep(600)
    return "woke up"


def allocate(_: str) -> str:
    return str(len(bytearray(3 * GIB)))


def hoard(_: str) -> str:
    held = []
    while True:
        held.append(bytes(range(256)) * 4096)


def hoard_natively(_: str) -> str:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    while place := libc.malloc(ctypes.c_size_t(1 << 24)):
        ctypes.memset(place, 1, 1 << 24)
    os.abort()


def crash(_: str) -> str:
    return ctypes.string_at(0).decode()


def abort(_: str) -> str:
    os.abort()


def leave(_: str) -> str:
    os._exit(3)


def fail(content: str) -> str:
    raise KeyError(content)


def refuse(_: str) -> str:
    raise TooOdd(7)


def recurse(content: str) -> str:
    return recurse(content)


def connect(address: str) -> str:
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"the content")
    return "connected"


def converse(path: str) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
    return "connected"


def tell_environment(_: str) -> str:
    return json.dumps(dict(os.environ))


def read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8", errors="replace")


def write(path: str) -> str:
    Path(path).write_text("was here", encoding="utf-8")
    return "written"


def create(path: str) -> str:
    Path(path).touch()
    return "created"


def delete(path: str) -> str:
    Path(path).unlink()
    return "deleted"


def fork(_: str) -> str:
    while True:
        os.fork()


def start_thread(_: str) -> str:
    threading.Thread(target=time.sleep, args=(600,)).start()
    return "started"


def run(_: str) -> str:
    return subprocess.run(["/bin/sh", "-c", "id"], capture_output=True, text=True, check=True).stdout


def kill(process_id: str) -> str:
    os.kill(int(process_id), signal.SIGKILL)
    return "killed"


def kill_parent(_: str) -> str:
    os.kill(os.getppid(), signal.SIGKILL)
    return "killed"


def raise_limits(_: str) -> str:
    import resource  # noqa: PLC0415 - exists on Unix only

    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return "raised"


def say_much(megabytes: str) -> str:
    return "x" * (int(megabytes) * 1024 * 1024)


def pause(seconds: str) -> str:
    time.sleep(float(seconds))
    return f"{os.getpid()} {os.getppid()}"


def print_words(content: str) -> str:
    os.write(1, content.encode())
    os.write(2, content.encode())
    return "printed"


def count_descriptors(_: str) -> str:
    """Beside the three standard ones."""

    def is_open(descriptor: int) -> bool:
        try:
            os.fstat(descriptor)
        except OSError:
            return False
        return True

    return str(sum(is_open(descriptor) for descriptor in range(3, 1024)))


def forge(answer: str) -> str:
    """Writes an answer of its own to every descriptor that it finds."""
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, len(answer).to_bytes(8, "big") + answer.encode())
        except OSError:
            continue
    os._exit(0)


MISDEEDS: dict[str, Callable[[str], str]] = {
    misdeed.__name__: misdeed
    for misdeed in (
        loop, sleep, allocate, hoard, hoard_natively, crash, abort, leave, fail, refuse, recurse, connect, converse,
        tell_environment, read, write, create, delete, fork, start_thread, run, kill, kill_parent, raise_limits,
        say_much, pause, print_words, count_descriptors, forge,
    )
}  # fmt: skip


class MisbehavingParser:
    def parse(self, content: bytes, name: str) -> ParsedDocument:
        """A text whose first word is no misdeed is read as it is."""
        text = content.decode()
        word, _, argument = text.partition(" ")
        misdeed = MISDEEDS.get(word)
        return ParsedDocument(text if misdeed is None else misdeed(argument), (), title=name)


class Unprepared(Unreadable):
    def __init__(self, media_type: str) -> None:
        super().__init__(f"Nothing reads {media_type}.")
        self.media_type = media_type


def parser_for(media_type: str) -> MisbehavingParser:
    if media_type != "text/plain":
        raise Unprepared(media_type)
    return MisbehavingParser()
