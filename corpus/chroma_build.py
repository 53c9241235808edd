"""Builds a Chroma folder in a child process: it takes minutes of a core and memory that its parent never gets back.

    python -m corpus.chroma_build FOLDER DIMENSION PARENT < BATCHES

It ends when the process `PARENT` does. `BATCHES`, each: audience id, number of vectors expected for it, rows; then the
rows' chunk ids and version ids, all of them int64, and vectors, float16. Exit code 0 and a JSON object of audience id
to number of vectors on stdout, or 1 and the reason.
"""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO

import numpy as np

from corpus.errors import Unavailable
from corpus.vector_source import VectorBatch, VectorSource, WrongDimension

NICENESS = 10
_HEAD = struct.Struct("<qqq")


@dataclass(frozen=True, slots=True)
class _Received:
    audience_id: int
    expected: int
    batch: VectorBatch


class BuildFailed(Unavailable):
    def __init__(self, reason: str) -> None:
        super().__init__(f"The vector store could not be built: {reason}")
        self.reason = reason


class BuildStopped(Unavailable):
    def __init__(self) -> None:
        super().__init__("Building the vector store was stopped.")


def build(folder: Path, dimension: int, source: VectorSource, stopping: Callable[[], bool]) -> dict[int, int]:
    """Write all vectors of `source` into the empty `folder` and count them. Raises `BuildFailed` or `BuildStopped`."""
    command = [sys.executable, "-m", "corpus.chroma_build", str(folder.resolve()), str(dimension), str(os.getpid())]
    packages = Path(__file__).resolve().parents[1]
    with TemporaryFile(dir=folder.parent) as batches, TemporaryFile() as said, TemporaryFile() as complained:
        # First all into a file: reading SQL at the pace of the building would keep one transaction open for minutes.
        _write_all(batches, source, dimension, stopping)
        batches.seek(0)
        child = subprocess.Popen(  # noqa: S603  (our own program, and a path of our own)
            command, stdin=batches, stdout=said, stderr=complained, cwd=packages
        )
        try:
            while child.poll() is None:
                if stopping():
                    raise BuildStopped
                _wait(child)
        finally:
            child.kill()
            child.wait()
        said.seek(0)
        complained.seek(0)
        answer, complaint = said.read().decode(), complained.read().decode(errors="replace")
    if child.returncode != 0:
        raise BuildFailed(
            answer or "".join(complaint.strip().splitlines()[-1:]) or f"the child ended with {child.returncode}"
        )
    return {int(audience_id): int(count) for audience_id, count in json.loads(answer).items()}


def _wait(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(timeout=0.2)
    except subprocess.TimeoutExpired:
        return


def _write_all(batches: IO[bytes], source: VectorSource, dimension: int, stopping: Callable[[], bool]) -> None:
    for audience_id, expected in sorted(source.counts().items()):
        for batch in source.audience_vectors(audience_id):
            if stopping():
                raise BuildStopped
            if batch.vectors.shape != (len(batch), dimension):
                raise WrongDimension(dimension, batch.vectors.shape[1:])
            batches.write(_HEAD.pack(audience_id, expected, len(batch)))
            batches.write(batch.chunk_ids.astype("<i8").tobytes())
            batches.write(batch.version_ids.astype("<i8").tobytes())
            batches.write(batch.vectors.astype("<f2").tobytes())


def _read_all(batches: BinaryIO, dimension: int, parent: int) -> Iterator[_Received]:
    while head := batches.read(_HEAD.size):
        if os.getppid() != parent:
            # It was killed: nobody will use what is built here.
            raise BuildStopped
        audience_id, expected, rows = _HEAD.unpack(head)
        chunk_ids = np.frombuffer(_exactly(batches, 8 * rows), dtype="<i8")
        version_ids = np.frombuffer(_exactly(batches, 8 * rows), dtype="<i8")
        vectors = np.frombuffer(_exactly(batches, 2 * rows * dimension), dtype="<f2").reshape(rows, dimension)
        yield _Received(audience_id, expected, VectorBatch(chunk_ids, version_ids, vectors))


def _exactly(batches: BinaryIO, size: int) -> bytes:
    content = batches.read(size)
    if len(content) != size:
        raise BuildStopped
    return content


def main(arguments: list[str]) -> int:
    from corpus.chroma_vector_index import ChromaFailed, ChromaVectorIndex  # noqa: PLC0415 - slow, for the child alone

    folder, dimension = Path(arguments[0]), int(arguments[1])
    os.nice(NICENESS)
    try:
        index = ChromaVectorIndex(folder, dimension)
        received = _read_all(sys.stdin.buffer, dimension, int(arguments[2]))
        for (audience_id, expected), group in groupby(received, key=lambda part: (part.audience_id, part.expected)):
            index.load(audience_id, (part.batch for part in group), expected)
        counts = index.counts()
        index.check(counts)
        index.close()
    except (ChromaFailed, BuildStopped) as fault:
        sys.stdout.write(str(fault))
        return 1
    sys.stdout.write(json.dumps(counts))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
