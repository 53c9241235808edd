"""Tries a Chroma folder in a child process, because opening a damaged one can end the process that does.

    python -m corpus.chroma_health FOLDER DIMENSION < COUNTS

`COUNTS` is a JSON object, audience id to number of vectors. Exit code 0: sound; 1: not, with the reason on stdout.
"""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from corpus.errors import Unavailable

DATABASE = "chroma.sqlite3"

LONGEST_S = 300.0
"""Opening a collection inserts what came after its last save again, which takes seconds for thousands of rows."""


def fault_in(folder: Path, dimension: int, counts: Mapping[int, int], timeout_s: float = LONGEST_S) -> str | None:
    """Why the store in `folder` cannot be used, or None. Nobody else may have it open."""
    command = [sys.executable, "-m", "corpus.chroma_health", str(folder.resolve()), str(dimension)]
    packages = Path(__file__).resolve().parents[1]
    try:
        done = subprocess.run(  # noqa: S603  (our own program, and a path of our own)
            command,
            input=json.dumps({str(audience_id): count for audience_id, count in counts.items()}),
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
            cwd=packages,
        )
    except subprocess.TimeoutExpired:
        return f"checking it took longer than {timeout_s:.0f} s"
    if done.returncode == 0:
        return None
    if done.returncode < 0:
        return f"checking it ended with signal {-done.returncode}"
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def _check_database(file: Path) -> None:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        (verdict,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)


def main(arguments: list[str]) -> int:
    folder, dimension = Path(arguments[0]), int(arguments[1])
    counts = {int(audience_id): int(count) for audience_id, count in json.load(sys.stdin).items()}
    try:
        _check_database(folder / DATABASE)
        _check_index(folder, dimension, counts)
    except (Unavailable, sqlite3.DatabaseError) as fault:
        sys.stdout.write(str(fault))
        return 1
    return 0


def _check_index(folder: Path, dimension: int, counts: Mapping[int, int]) -> None:
    from corpus.chroma_vector_index import ChromaVectorIndex  # noqa: PLC0415 - seconds, and for the child alone

    index = ChromaVectorIndex(folder, dimension)
    index.check(counts)
    index.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
