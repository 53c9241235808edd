"""The long forms of the tests of rights: `python -m tests.chaos.rights [matrix|oracle|canaries|schema] --count N`.

Prints what was done and everything that was wrong, and ends with 1 if anything was.
"""

import argparse
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from api.offline import switch_off_telemetry
from tests.api.rights.access import Leak, World, take_step
from tests.api.rights.canaries import Canaries
from tests.api.rights.fuzzing import Fuzzing
from tests.api.rights.matrix import Matrix, rows, time_difference
from tests.api.rights.organisation import Organisation, Who, organisation
from tests.api.rights.requests import Aim
from tests.api.rights.visits import Visits

STEPS_OF_ONE = 2000
"""So many steps an organisation lives before another is founded."""
FULL = {"matrix": 300, "oracle": 20_000, "canaries": 2_000, "schema": 20_000}


@contextmanager
def _founded() -> Iterator[tuple[Organisation, Visits]]:
    with tempfile.TemporaryDirectory(prefix="groundwork-rights-") as name:
        folder = Path(name)
        with organisation(folder, folder / "model") as (made, visits):
            yield made, visits


def matrix(count: int, seed: int) -> list[str]:
    """Every row, and for what is foreign or absent `count` rounds of comparing the times of the replies."""
    faults: list[str] = []
    written = rows()
    with _founded() as (made, visits):
        made.prepare()
        matrix = Matrix(made, visits)
        for row in written:
            faults += [*matrix.differences(row), *matrix.tells(row)]
        print(f"rights: {len(written)} rows for {len(Who)} identities, {len(faults)} differences", flush=True)
        compared = [row for row in written if row.aim is Aim.FOREIGN and row.method == "GET"]
        for row in compared:
            found = time_difference(row, matrix.times(row, Who.SME, count))
            said = (
                f"{row.name}: median {found.median * 1000:.2f} ms, difference {found.difference * 1e6:+.0f} µs, "
                f"noise {found.noise * 1e6:.0f} µs"
            )
            print(f"rights: {said}", flush=True)
            if not found.is_noise:
                faults.append(f"time tells: {said}")
    return faults


def oracle(count: int, seed: int) -> list[str]:
    """Organisations at random, each compared with the oracle at every step."""
    chance, left, asked, faults = random.Random(seed), count, 0, []
    while left > 0:
        with _founded() as (made, visits):
            world = World(made, visits)
            for _ in range(min(left, STEPS_OF_ONE)):
                try:
                    take_step(world, chance.choice)
                except Leak as leak:
                    faults.append(str(leak))
                    break
            asked += world.asked["requests"]
            left -= STEPS_OF_ONE
        print(f"rights: {count - max(left, 0)} steps, {asked} requests compared, {len(faults)} leaks", flush=True)
    return faults


def canaries(count: int, seed: int) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="groundwork-rights-") as name:
        found = Canaries(Path(name), Path(name) / "model", 100, seed)
        faults = found.run(count)
    print(f"rights: {found.summary}", flush=True)
    return faults


def schema(count: int, seed: int) -> list[str]:
    warnings.simplefilter("ignore")
    with _founded() as (made, visits):
        made.prepare()
        fuzzing = Fuzzing(made, visits, seed)
        while fuzzing.outcome.sent < count:
            for _ in fuzzing.run(count - fuzzing.outcome.sent):
                pass
            print(f"rights: {fuzzing.outcome.sent} requests, {len(fuzzing.outcome.faults)} faults", flush=True)
        print(f"rights: statuses {dict(sorted(fuzzing.outcome.statuses.items()))}", flush=True)
        return [f"{fault}\n    {said}" for fault, said in fuzzing.outcome.faults.items()]


PARTS: dict[str, Callable[[int, int], list[str]]] = {
    "matrix": matrix,
    "oracle": oracle,
    "canaries": canaries,
    "schema": schema,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.rights")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--count", type=int, help="rounds, steps, queries or requests")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    switch_off_telemetry()
    faults: list[str] = []
    for name in given.parts or PARTS:
        begun = time.monotonic()
        found = PARTS[name](given.count or FULL[name], given.seed)
        for fault in found:
            print(f"rights: FAULT: {name}: {fault}")
        print(f"rights: {name}: {len(found)} faults, {time.monotonic() - begun:.0f} s", flush=True)
        faults += found
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
