"""A large collection of hostile strings in everything that takes text, each page looked at in Chromium.

    python -m tests.chaos.hostile [--data FOLDER] [--every N] [--at-once N] [--only N]

The strings are our own and those of FOLDER (`naughty.json`, a list, and `*.txt`, one in each line; default:
../shared/data/hostile). So many at once go into a site of their own: names, titles, texts, people, audiences, words,
speakers, sources, and into every form and JSON route (with `--every N`, into one in N in turn). Ends with 1 where any
had an effect.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from api.offline import switch_off_telemetry
from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.e2e.hostile import Effect, Seen, examined, injected
from tests.e2e.hostile_strings import STRINGS

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "hostile"


@dataclass(frozen=True, slots=True)
class Batch:
    source: str
    strings: tuple[str, ...]


def batches(folder: Path, size: int) -> Iterator[Batch]:
    yield Batch("our own", STRINGS)
    for file in sorted(folder.iterdir()):
        if file.suffix == ".json":
            strings = [str(said) for said in json.loads(file.read_text("utf-8"))]
        elif file.suffix == ".txt":
            strings = file.read_text("utf-8", errors="replace").split("\n")
        else:
            continue
        kept = [said for said in dict.fromkeys(strings) if said]
        for start in range(0, len(kept), size):
            yield Batch(f"{file.name} {start + 1}-{min(start + size, len(kept))}", tuple(kept[start : start + size]))


def main() -> int:
    parser = argparse.ArgumentParser(description="Looks for effects of hostile strings.")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=150)
    parser.add_argument("--only", type=int, help="so many batches")
    given = parser.parse_args()
    if CHROMIUM is None:
        print("hostile: skipped, there is no chromium command")
        return 0
    if not given.data.is_dir():
        print(f"hostile: skipped, there is no folder {given.data}; name one with --data")
        return 0
    switch_off_telemetry()
    wrong = 0
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        print(f"{'strings':<28}{'count':>7}{'pages':>8}{'effects':>9}{'failures':>10}{'seconds':>9}")
        for number, batch in enumerate(batches(given.data, given.at_once)):
            if number == given.only:
                break
            started = time.monotonic()
            seen = examined(browser, Path(folder) / str(number), batch.strings, given.every, sys.maxsize)
            found = [*seen.effects, *injected(seen)]
            wrong += len(found) + len(seen.failures)
            _tell(batch, seen, found, time.monotonic() - started)
        browser.close()
    print(f"hostile: {'nothing happened' if not wrong else f'{wrong} effects and failures'}")
    return 1 if wrong else 0


def _tell(batch: Batch, seen: Seen, found: list[Effect], seconds: float) -> None:
    row = f"{len(batch.strings):>7}{seen.pages:>8}{len(found):>9}{len(seen.failures):>10}{seconds:>9.0f}"
    print(f"{batch.source:<28}{row}", flush=True)
    for (kind, what), count in Counter((one.kind, one.what) for one in (*found, *seen.failures)).most_common(20):
        page = next(one.page for one in (*found, *seen.failures) if (one.kind, one.what) == (kind, what))
        print(f"    {count} x {kind}: {what} on {page}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
