"""`make chaos`: the long form of the crash test. Prints what it did, and ends with 1 if anything was lost or doubled.

`python -m tests.chaos --help` lists its parts and how often each disturbs. Every disturbed run is compared with an
undisturbed one.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from ingestion.ingest import Step
from tests.chaos.disturbance import DocumentContent, contents, orphans, run, run_until, write_documents
from tests.chaos.job_kills import ON_SQLITE, POINTS, JobKills
from tests.chaos.storage_failures import StorageFailures, each_position, small_disk, why_no_disk
from tests.postgresql import running_server, why_not

FILES = 25
KILLS_OF_ONE_FOLDER = 5
"""So often one data folder is disturbed before it is looked at and another one begun."""


class Chaos:
    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._cache = folder / "model"
        self._documents = folder / "documents"
        self._chance = random.Random(seed)
        self._runs = 0
        write_documents(self._documents, FILES, seed)
        run(folder / "undisturbed", self._cache, self._documents)
        self._expected = contents(folder / "undisturbed")
        self.faults: list[str] = []
        self.kills = 0

    def kill(self, steps: Sequence[Step | None]) -> None:
        """One folder is ingested and killed at each of these steps, or at a random moment where there is none."""
        self._runs += 1
        data = self._folder / f"run-{self._runs}"
        told: list[str] = []
        for step in steps:
            if step is None:
                told += run_until(data, self._cache, self._documents, self._chance.expovariate(1.0))
            else:
                # A whole batch is embedded at once, so that there is one such moment, or two.
                count = 1 if step is Step.EMBEDDED else self._chance.randint(1, FILES // len(steps))
                told += run(data, self._cache, self._documents, step, str(count))
            self.kills += 1
        self._check(data, told, f"folder {self._runs}, killed at {', '.join(step or 'random' for step in steps)}")
        shutil.rmtree(data)

    def _check(self, data: Path, told: Sequence[str], what: str) -> None:
        expected = {content.name: content for content in self._expected}
        before = {content.name: content for content in contents(data)} if told else {}
        if lost := sorted(set(told) - set(before)):
            self.faults.append(f"{what}: acknowledged and lost: {lost}")
        if torn := [name for name, content in before.items() if content != expected[name]]:
            self.faults.append(f"{what}: not whole: {torn}")
        run(data, self._cache, self._documents)
        after: list[DocumentContent] = contents(data)
        if after != self._expected:
            self.faults.append(f"{what}: after resuming the corpus differs from an undisturbed run")
        if orphans(data):
            self.faults.append(f"{what}: chunks without vectors are left")


def ingest_kills(folder: Path, random_kills: int, kills_at_each_point: int, seed: int) -> Iterator[list[str]]:
    """Of commands that ingest without a server."""
    chaos = Chaos(folder, seed)
    planned: list[Step | None] = [step for _ in range(kills_at_each_point) for step in Step]
    planned += [None] * random_kills
    for start in range(0, len(planned), KILLS_OF_ONE_FOLDER):
        chaos.kill(planned[start : start + KILLS_OF_ONE_FOLDER])
        yield chaos.faults
    print(f"chaos: {chaos.kills} processes were killed", flush=True)


def job_kills(
    folder: Path, random_kills: int, kills_at_each_point: int, seed: int, new_database: Callable[[], str]
) -> Iterator[list[str]]:
    """Of processes that work on jobs: at every point, and at random moments."""
    folder.mkdir()
    kills = JobKills(folder, folder / "model", 15, 25, seed, new_database)
    planned: list[Callable[[], None]] = [
        lambda point=point: kills.kill_at_some(point)  # type: ignore[misc]
        for _ in range(kills_at_each_point)
        for point in POINTS
    ]
    planned += [kills.kill_at_random] * random_kills
    for start in range(0, len(planned), KILLS_OF_ONE_FOLDER):
        kills.begin()
        for kill in planned[start : start + KILLS_OF_ONE_FOLDER]:
            kill()
        kills.check(f"kills {start} to {start + KILLS_OF_ONE_FOLDER}")
        yield [*kills.faults]
    print(f"chaos: {kills.kills} processes were killed", flush=True)


def full_disks(folder: Path, positions: int, seed: int) -> Iterator[list[str]]:
    with small_disk(folder) as disk:
        failures = StorageFailures(disk / "data", folder.with_name("disk-model"), seed)
        with failures.serving() as services:
            for left in each_position(positions):
                failures.fill_disk(services, left)
                yield failures.faults
        print(f"chaos: {len(failures.accepted)} uploads accepted, {failures.refused} refused", flush=True)
        yield failures.faults


def database_stops(folder: Path, stops: int, seed: int) -> Iterator[list[str]]:
    with running_server() as server:
        failures = StorageFailures(folder, folder.with_name("stops-model"), seed, jobs_url=server.new_database())
        with failures.serving() as services:
            for _ in range(stops):
                failures.take_database_away(services, server)
                yield failures.faults
        yield failures.faults


def report(part: str, rounds: Iterator[list[str]]) -> list[str]:
    """Prints after every tenth round how it stands, and returns the faults."""
    started = time.monotonic()
    faults: list[str] = []
    for number, found in enumerate(rounds, 1):
        faults = list(found)
        if number % 10 == 0:
            print(f"chaos: {part}: {number} rounds, {len(faults)} faults so far", flush=True)
    for fault in faults:
        print(f"chaos: FAULT: {part}: {fault}")
    print(f"chaos: {part}: {len(faults)} faults, {time.monotonic() - started:.0f} s", flush=True)
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parts = ("ingest", "jobs", "jobs-postgresql", "disk", "stops")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(parts)}; default: all")
    parser.add_argument("--random-kills", type=int, default=1000)
    parser.add_argument("--kills-at-each-point", type=int, default=40)
    parser.add_argument("--disk-positions", type=int, default=100)
    parser.add_argument("--stops", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if unknown := set(given.parts) - set(parts):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    wanted = given.parts or parts
    kills = (given.random_kills, given.kills_at_each_point, given.seed)
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="groundwork-chaos-") as name, ExitStack() as stack:
        folder = Path(name)
        if "ingest" in wanted:
            faults += report("ingest", ingest_kills(folder / "ingest", *kills))
        if "jobs" in wanted:
            faults += report("jobs on SQLite", job_kills(folder / "jobs", *kills, lambda: ON_SQLITE))
        if "jobs-postgresql" in wanted and not _is_skipped("jobs on PostgreSQL", why_not()):
            server = stack.enter_context(running_server())
            faults += report("jobs on PostgreSQL", job_kills(folder / "shared", *kills, server.new_database))
        if "disk" in wanted and not _is_skipped("full disks", why_no_disk()):
            faults += report("full disks", full_disks(folder / "disk", given.disk_positions, given.seed))
        if "stops" in wanted and not _is_skipped("stops of PostgreSQL", why_not()):
            faults += report("stops of PostgreSQL", database_stops(folder / "stops", given.stops, given.seed))
    return 1 if faults else 0


def _is_skipped(part: str, reason: str | None) -> bool:
    if reason is not None:
        print(f"chaos: {part}: skipped, {reason}", flush=True)
    return reason is not None


if __name__ == "__main__":
    sys.exit(main())
