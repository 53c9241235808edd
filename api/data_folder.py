"""The data folder: who owns it, and how another process finds the server that does."""

import fcntl
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from corpus.errors import Conflict, Unavailable


class FolderInUse(Conflict):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The data folder {folder} is in use by another groundwork process that is not a server. "
            "Wait until it has finished, or name another folder with --data."
        )


class FolderUnusable(Unavailable):
    def __init__(self, folder: Path, detail: str) -> None:
        super().__init__(f"The data folder {folder} cannot be used: {detail}. Check the path and its permissions.")


@dataclass(frozen=True, slots=True)
class RunningServer:
    """`token` proves to the server that a caller can read the data folder."""

    address: str
    token: str
    process_id: int


class DataFolder:
    """Owned by one process at a time; the lock is freed by the system however that process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: TextIO | None = None

    @property
    def database(self) -> Path:
        return self.path / "groundwork.sqlite"

    @property
    def jobs(self) -> Path:
        """What the queue of jobs remembers; without it every job that is not over begins anew."""
        return self.path / "jobs.sqlite"

    def forget_jobs(self) -> None:
        """For the owner of the folder, while no queue is open."""
        for suffix in ("", "-wal", "-shm"):
            self.jobs.with_name(self.jobs.name + suffix).unlink(missing_ok=True)

    @property
    def blobs(self) -> Path:
        return self.path / "blobs"

    @property
    def index(self) -> Path:
        return self.path / "index"

    @property
    def scratch(self) -> Path:
        """What can be made again, and is removed when it is no longer needed."""
        return self.path / "scratch"

    @property
    def uploads(self) -> Path:
        return self.path / "uploads"

    def own(self) -> None:
        """Takes the folder, making it if need be. Raises `FolderInUse` or `FolderUnusable`."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self.path / "lock").open("a")
        except OSError as error:
            raise FolderUnusable(self.path, error.strerror or str(error)) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise FolderInUse(self.path) from error
        self._lock = lock
        (self.path / "server.json").unlink(missing_ok=True)

    def release(self) -> None:
        if self._lock is not None:
            (self.path / "server.json").unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def announce(self, address: str) -> RunningServer:
        """Tells other processes where this one serves. Readable by the folder's user alone."""
        server = RunningServer(address, secrets.token_urlsafe(32), os.getpid())
        temporary = self.path / "server.json.new"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"address": server.address, "token": server.token, "process_id": server.process_id}, file)
        temporary.replace(self.path / "server.json")
        return server

    def find_server(self) -> RunningServer | None:
        """The server that owns this folder now, if one does."""
        try:
            with (self.path / "lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return None
        except FileNotFoundError:
            return None
        except BlockingIOError:
            pass
        try:
            said = json.loads((self.path / "server.json").read_text())
        except FileNotFoundError:
            return None
        return RunningServer(said["address"], said["token"], said["process_id"])
