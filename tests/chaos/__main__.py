"""`make chaos`: the long form of the crash test. Prints what it did, and ends with 1 if anything was lost or doubled.

Options: `python -m tests.chaos [RANDOM_KILLS [KILLS_AT_EACH_STEP [SEED]]]`, by default 200, 10 and 1.
"""

import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from ingestion.ingest import Step
from tests.chaos.disturbance import DocumentContent, contents, orphans, run, run_until, write_documents

FILES = 60


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

    def kill_at(self, step: Step) -> None:
        data = self._new()
        count = 1 if step is Step.EMBEDDED else self._chance.randint(1, FILES)
        told = run(data, self._cache, self._documents, step, str(count))
        self._check(data, told, f"killed at {step} {count}")

    def kill_at_random(self, times: int) -> None:
        data = self._new()
        told: list[str] = []
        for _ in range(times):
            told = run_until(data, self._cache, self._documents, self._chance.expovariate(1.0))
        self._check(data, told, f"killed {times} times at random")

    def _new(self) -> Path:
        self._runs += 1
        return self._folder / f"run-{self._runs}"

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


def main(random_kills: int = 200, kills_at_each_step: int = 10, seed: int = 1) -> int:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="groundwork-chaos-") as folder:
        chaos = Chaos(Path(folder), seed)
        for step in Step:
            for _ in range(kills_at_each_step):
                chaos.kill_at(step)
            print(f"chaos: {kills_at_each_step} kills at “{step}”, {len(chaos.faults)} faults so far", flush=True)
        for number in range(0, random_kills, 5):
            chaos.kill_at_random(min(5, random_kills - number))
            print(f"chaos: {min(number + 5, random_kills)} random kills, {len(chaos.faults)} faults so far", flush=True)
    for fault in chaos.faults:
        print(f"chaos: FAULT: {fault}")
    kills = random_kills + kills_at_each_step * len(Step)
    print(f"chaos: {kills} kills, {len(chaos.faults)} faults, {time.monotonic() - started:.0f} s")
    return 1 if chaos.faults else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
