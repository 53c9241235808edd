"""Times the first sync of a folder and one after a hundredth of its files changed.

Usage: python -m benchmarks.source_sync [--files 5000] [--folder EMPTY_FOLDER]
"""

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from api.clock import now
from api.offline import switch_off_telemetry
from api.services import Services
from api.settings import Settings
from api.sources import NewSource
from ingestion.source import SourceKind
from ingestion.syncing import SyncReport

_WORDS = (
    "pump valve gate office employee leave travel record repair safety contract supplier customer invoice delivery "
    "training machine window heating calendar meeting report quality storage payment approval request team shift"
).split()
_SETTLES_S = 2.5


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args(arguments)
    switch_off_telemetry()
    with tempfile.TemporaryDirectory() as temporary:
        _measure(given.folder or Path(temporary), given.files)


def _measure(folder: Path, files: int) -> None:
    documents = folder / "documents"
    chance = random.Random(1)  # noqa: S311 - the same files every time
    for number in range(files):
        _write(documents, number, chance)
    time.sleep(_SETTLES_S)
    with Services(Settings(data=folder / "data"), now) as services:
        new = NewSource("Files", SourceKind.FOLDER, str(documents))
        source_id = services.sources.add(new, {}, "owner").source.id
        first_s, first = _timed(services, source_id)
        same_s, same = _timed(services, source_id)
        for number in chance.sample(range(files), max(files // 100, 1)):
            _write(documents, number, chance)
        time.sleep(_SETTLES_S)
        second_s, second = _timed(services, source_id)
    print(f"first sync      {first_s:8.2f} s, {first.added} added")  # noqa: T201
    print(f"nothing changed {same_s:8.2f} s, {same_s / first_s:.2%}, {same.unchanged} unchanged")  # noqa: T201
    print(f"1 % changed     {second_s:8.2f} s, {second_s / first_s:.2%}, {second.updated} updated")  # noqa: T201


def _write(folder: Path, number: int, chance: random.Random) -> None:
    file = folder / f"{number % 50:02}" / f"note-{number:05}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    sentences = (" ".join(chance.choices(_WORDS, k=12)).capitalize() + "." for _ in range(6))
    file.write_text(f"# Note {number}\n\n{' '.join(sentences)}\n")


def _timed(services: Services, source_id: int) -> tuple[float, SyncReport]:
    started = time.monotonic()
    services.sources.start_sync(source_id, "owner")
    took = time.monotonic() - started
    report = services.sources.get(source_id, "owner").source.report
    assert report is not None
    return took, SyncReport.from_json(report)


if __name__ == "__main__":
    main()
