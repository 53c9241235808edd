"""Tries a Chroma folder in a child process, because opening a damaged one can end the process that does.

    python -m corpus.chroma_health FOLDER DIMENSION < COUNTS

`COUNTS` is a JSON object, audience id to number of vectors. Exit code 0: sound; 1: not, with the reason on stdout.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

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


def main(arguments: list[str]) -> int:
    from corpus.chroma_vector_index import ChromaFailed, ChromaVectorIndex  # noqa: PLC0415 - slow, for the child alone

    folder, dimension = Path(arguments[0]), int(arguments[1])
    counts = {int(audience_id): int(count) for audience_id, count in json.load(sys.stdin).items()}
    try:
        index = ChromaVectorIndex(folder, dimension)
        index.check(counts)
        index.close()
    except ChromaFailed as fault:
        sys.stdout.write(fault.reason)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
