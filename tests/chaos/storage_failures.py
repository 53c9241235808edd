"""Fills the disk and takes the queue's database away while jobs come in and run, and looks whether anything is lost."""

import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from api.clock import now
from api.jobs.job import State
from api.services import Services
from api.settings import Settings, VectorIndexKind
from corpus.storage_failure import DiskFull
from tests.chaos.disturbance import contents, orphans
from tests.postgresql import PostgresqlServer

DISK_MB = 48
_RECOVERED_WITHIN_S = 120


def why_no_disk() -> str | None:
    """Why no small disk can be made here; None where it can."""
    return None if os.getuid() == 0 else "only root can mount a small disk"


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own in memory. Raises `PermissionError` where even root may not mount one."""
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode != 0:
        raise PermissionError(made.stderr.decode())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class StorageFailures:
    """Notes that change from one round to the next are uploaded; every accepted one must be there in the end."""

    def __init__(self, data: Path, cache: Path, seed: int, jobs_url: str | None = None) -> None:
        self._settings = Settings(
            data=data,
            cache=cache,
            threads=1,
            parse_workers=1,
            vector_index=VectorIndexKind.EXACT,
            jobs_url=None if jobs_url is None else SecretStr(jobs_url),
        )
        self._chance = random.Random(seed)
        self._made = 0
        self.accepted: list[str] = []
        self.refused = 0
        self.faults: list[str] = []

    @contextmanager
    def serving(self) -> Iterator[Services]:
        with Services(self._settings, now, serving=True) as services:
            _ = (services.ingesting, services.library)
            services.run_jobs()
            self._upload(services)
            self._wait_until_over(services, "the first upload")
            yield services
        self._check_contents()

    def fill_disk(self, services: Services, left: int) -> None:
        """Uploads come in while only so many bytes are left; then there is room again."""
        filler = self._settings.data / "filler"
        fill(filler, left)
        for _ in range(3):
            self._upload(services)
        time.sleep(self._chance.uniform(0.0, 1.5))
        filler.unlink()
        self._upload(services)
        self._wait_until_over(services, f"{left} bytes left")

    def take_database_away(self, services: Services, server: PostgresqlServer) -> None:
        """Ends PostgreSQL at once at some moment of a job, accepts one without it, and starts it again."""
        self._upload(services)
        time.sleep(self._chance.uniform(0.0, 0.6))
        server.stop("immediate")
        self._upload(services)
        time.sleep(self._chance.uniform(0.0, 0.5))
        server.start()
        self._wait_until_over(services, "PostgreSQL was away")

    def _upload(self, services: Services) -> None:
        self._made += 1
        name = f"note-{self._made:04}.md"
        words = " ".join(self._chance.choice(["valve", "pump", "sensor", "check"]) for _ in range(400))
        try:
            services.library.start_upload(name, f"# Note {self._made}\n\n{words}.\n".encode(), "everyone", "owner")
        except (DiskFull, OSError) as error:
            if isinstance(error, OSError) and error.errno != 28:
                raise
            self.refused += 1
        else:
            self.accepted.append(name)

    def _wait_until_over(self, services: Services, what: str) -> None:
        deadline = time.monotonic() + _RECOVERED_WITHIN_S
        while _count(services, State.WAITING, State.RUNNING):
            if time.monotonic() > deadline:
                entries = services.jobs.list_jobs("owner", 5, states=(State.WAITING, State.RUNNING)).entries
                raise TimeoutError(f"{what}: {entries}")
            time.sleep(0.05)
        for entry in services.jobs.list_jobs("owner", 10, states=(State.FAILED, State.CANCELLED)).entries:
            fault = f"{what}: {entry.title} is {entry.state}: {entry.reason}"
            if fault not in self.faults:
                self.faults.append(fault)

    def _check_contents(self) -> None:
        found = [content.name for content in contents(self._settings.data)]
        if found != sorted(self.accepted):
            self.faults.append(f"accepted {len(self.accepted)}, found {len(found)}: {set(self.accepted) ^ set(found)}")
        if orphans(self._settings.data):
            self.faults.append("chunks without vectors are left")


def _count(services: Services, *states: State) -> int:
    return services.jobs.list_jobs("owner", 1, states=states).total


def fill(file: Path, left: int) -> None:
    """Until only so many bytes are free."""
    status = os.statvfs(file.parent)
    size = status.f_bavail * status.f_frsize - left
    with file.open("wb") as filler:
        os.posix_fallocate(filler.fileno(), 0, max(size, 1))


def each_position(count: int) -> list[int]:
    """Bytes that are left, from none to more than a job needs, closer together where it matters."""
    return [round(4096 * 150 * (number / max(count - 1, 1)) ** 2) for number in range(count)]
