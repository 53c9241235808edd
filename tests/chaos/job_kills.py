"""Kills processes that work on jobs, and looks whether anything that was accepted is lost or done twice."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import inspect, select
from sqlalchemy.orm import sessionmaker

from api.jobs.job import Job, State
from api.jobs.job_point import JobPoint
from corpus.database import open_database, sqlite_url
from ingestion.ingest import Step
from tests.chaos.disturbance import DocumentContent, contents, orphans, write_documents

POINTS: tuple[Step | JobPoint, ...] = (*JobPoint, *Step)

ON_SQLITE = "-"

_LONGEST_S = 600


class JobKills:
    """`new_database` gives the address of an empty database for the queue, or `ON_SQLITE`."""

    def __init__(
        self, folder: Path, cache: Path, uploads: int, files: int, seed: int, new_database: Callable[[], str]
    ) -> None:
        self._folder = folder
        self._cache = cache
        self._uploads = folder / "uploads"
        self._files = folder / "files"
        self._new_database = new_database
        self._chance = random.Random(seed)
        self._accepted: set[str] = set()
        self.faults: list[str] = []
        self.kills = 0
        write_documents(self._uploads, uploads, seed)
        write_documents(self._files, files, seed + 1)
        for file in list(self._files.iterdir()):
            file.rename(file.with_name(f"folder-{file.name}"))
        self.begin()
        self.run("an undisturbed run")
        self._expected: list[DocumentContent] | None = contents(self._data)

    def begin(self) -> None:
        """Starts anew on an empty data folder."""
        self._data = self._folder / f"data-{time.monotonic_ns()}"
        self._url = self._new_database()
        self._accepted = set()

    def kill_at(self, point: Step | JobPoint, count: int) -> None:
        """It may be that so much was done before that the point is not reached; that is a run to the end, then."""
        with self._start(point.value, str(count)) as process:
            said, _ = process.communicate(timeout=_LONGEST_S)
        self._note(said, f"killed at “{point}” {count}")

    def kill_after(self, seconds: float) -> None:
        """So long after it was ready."""
        with self._start() as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            time.sleep(seconds)
            process.kill()
            said, _ = process.communicate(timeout=_LONGEST_S)
        self._note(first + said, f"killed after {seconds:.2f} s")

    def kill_at_random(self) -> None:
        self.kill_after(self._chance.expovariate(1.5))

    def kill_at_some(self, point: Step | JobPoint) -> None:
        self.kill_at(point, self._chance.randint(1, 6))

    def run(self, what: str) -> None:
        """To the end; then everything must be there, once and whole."""
        with self._start() as process:
            said, _ = process.communicate(timeout=_LONGEST_S)
        self._note(said, what)
        if not said.endswith("over\n"):
            self.faults.append(f"{what}: the run to the end ended with {process.returncode}: {said[-200:]}")

    def check(self, what: str) -> None:
        self.run(f"{what}, then run to the end")
        unfinished = [f"{title} is {state}" for title, state in self._jobs() if state is not State.DONE]
        if unfinished:
            self.faults.append(f"{what}: {unfinished}")
        if contents(self._data) != self._expected:
            self.faults.append(f"{what}: the corpus differs from an undisturbed run")
        if orphans(self._data):
            self.faults.append(f"{what}: chunks without vectors are left")

    def _note(self, said: str, what: str) -> None:
        self.kills += not said.endswith("over\n")
        self._accepted |= {line.removeprefix("accepted ") for line in said.splitlines() if line.startswith("accepted")}
        titles = [title for title, _ in self._jobs()]
        if lost := sorted(self._accepted - set(titles)):
            self.faults.append(f"{what}: accepted and lost: {lost}")
        if len(titles) != len(set(titles)):
            self.faults.append(f"{what}: accepted twice: {sorted(titles)}")

    def _jobs(self) -> Sequence[tuple[str, State]]:
        file = self._data / "groundwork.sqlite"
        if not file.exists():
            return []
        engine = open_database(sqlite_url(file))
        with sessionmaker(engine)() as session:
            found = (
                [(job.title, job.state) for job in session.scalars(select(Job))]
                if inspect(engine).has_table(Job.__tablename__)
                else []
            )
        engine.dispose()
        return found

    def _start(self, *kill_at: str) -> subprocess.Popen[str]:
        given = (self._data, self._cache, self._uploads, self._files, self._url, *kill_at)
        return subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.working_child", *map(str, given)], stdout=subprocess.PIPE, text=True
        )
