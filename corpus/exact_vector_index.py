"""Exact vector search in memory: every vector of the visible audiences is compared, nothing is approximated."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from corpus.embedder import Vectors
from corpus.index import Hit, IndexedVector
from corpus.vector_source import VectorBatch, batches_of, unit_question, unit_rows

SMALLEST_CAPACITY = 64


@dataclass(frozen=True, slots=True)
class _Partition:
    """One audience's rows as a reader sees them; rows beyond `size` belong to the writer.

    Rows are only ever appended to the shared arrays, so a partition once read stays as it was.
    """

    vectors: Vectors
    chunk_ids: NDArray[np.int64]
    version_ids: NDArray[np.int64]
    size: int
    dead: NDArray[np.intp]
    """Rows that are no longer there, ascending."""

    @property
    def count(self) -> int:
        return self.size - len(self.dead)


class ExactVectorIndex:
    """A float32 matrix per audience. Searches take no lock: they see the partitions as they were when they began."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._partitions: Mapping[int, _Partition] = {}
        self._writing = Lock()

    def counts(self) -> dict[int, int]:
        """Vectors of each audience held here, empty partitions included."""
        return {audience_id: partition.count for audience_id, partition in self._partitions.items()}

    def add(self, entries: Sequence[IndexedVector]) -> None:
        self.add_batches(batches_of(entries))

    def add_batches(self, batches: Mapping[int, VectorBatch]) -> None:
        """Like `add`, a batch for each audience. A chunk id stands in one batch only, once."""
        rows = {
            audience_id: unit_rows(batch.vectors, self._dimension)
            for audience_id, batch in batches.items()
            if len(batch)
        }
        if not rows:
            return
        with self._writing:
            chunk_ids = np.concatenate([batches[audience_id].chunk_ids for audience_id in rows])
            partitions = {
                audience_id: _without(partition, np.isin(partition.chunk_ids[: partition.size], chunk_ids))
                for audience_id, partition in self._partitions.items()
            }
            for audience_id, vectors in rows.items():
                partition = partitions.get(audience_id) or _provided(self._dimension, SMALLEST_CAPACITY)
                partitions[audience_id] = _appended(partition, batches[audience_id], vectors)
            self._partitions = partitions

    def load(self, audience_id: int, batches: Iterable[VectorBatch], expected: int = 0) -> None:
        """Replace one audience's partition at once. `expected` rows are provided for; more are taken all the same."""
        partition = _provided(self._dimension, max(expected, SMALLEST_CAPACITY))
        for batch in batches:
            partition = _appended(partition, batch, unit_rows(batch.vectors, self._dimension))
        with self._writing:
            self._partitions = {**self._partitions, audience_id: partition}

    def unload(self, audience_id: int) -> None:
        """Forget one audience's partition. An unknown audience is ignored."""
        with self._writing:
            self._partitions = {known: kept for known, kept in self._partitions.items() if known != audience_id}

    def remove(self, version_ids: Sequence[int]) -> None:
        removed = np.array(sorted(set(version_ids)), dtype=np.int64)
        with self._writing:
            self._partitions = {
                audience_id: _without(partition, np.isin(partition.version_ids[: partition.size], removed))
                for audience_id, partition in self._partitions.items()
            }

    def discard(self, chunk_ids: NDArray[np.int64]) -> None:
        """Forget single chunks. Unknown ones are ignored."""
        with self._writing:
            self._partitions = {
                audience_id: _without(partition, np.isin(partition.chunk_ids[: partition.size], chunk_ids))
                for audience_id, partition in self._partitions.items()
            }

    def search(self, audience_ids: Sequence[int], question: Vectors, limit: int) -> list[Hit]:
        direction = unit_question(question, self._dimension)
        partitions = self._partitions
        visible = [partitions[audience_id] for audience_id in sorted(set(audience_ids)) if audience_id in partitions]
        if not visible or limit < 1:
            return []
        scores = np.concatenate([_scores(partition, direction) for partition in visible])
        chunk_ids = np.concatenate([partition.chunk_ids[: partition.size] for partition in visible])
        if limit < len(scores):
            # All that tie with the last one that fits compete for its place by chunk id.
            best = np.flatnonzero(scores >= np.partition(scores, len(scores) - limit)[len(scores) - limit])
            scores, chunk_ids = scores[best], chunk_ids[best]
        order = np.lexsort((chunk_ids, -scores))[:limit]
        return [Hit(int(chunk_ids[row]), float(scores[row])) for row in order if scores[row] > -np.inf]


def _scores(partition: _Partition, direction: Vectors) -> Vectors:
    # One dot product a row, not a matrix product: equal vectors score equally wherever they stand, and the threads of
    # the matrix product slow each other down on busy cores (25 x 2,000 x 384: 6 ms against 12, p95 7 against 24).
    scores: Vectors = np.vecdot(partition.vectors[: partition.size], direction)
    scores[partition.dead] = -np.inf
    return scores


def _appended(partition: _Partition, batch: VectorBatch, vectors: Vectors) -> _Partition:
    if partition.size + len(vectors) > len(partition.chunk_ids):
        # Memory that was never written to costs none, so half as much again is cheap.
        alive = np.delete(np.arange(partition.size), partition.dead)
        partition = _copied(partition, alive, capacity=(len(alive) + len(vectors)) * 3 // 2)
    size = partition.size + len(vectors)
    partition.vectors[partition.size : size] = vectors
    partition.chunk_ids[partition.size : size] = batch.chunk_ids
    partition.version_ids[partition.size : size] = batch.version_ids
    return replace(partition, size=size)


def _without(partition: _Partition, gone: NDArray[np.bool_]) -> _Partition:
    """The partition without these rows: only marked at first, left out of a copy once they are a quarter of it."""
    if not gone.any():
        return partition
    gone[partition.dead] = True
    dead = np.flatnonzero(gone)
    if 4 * len(dead) < partition.size:
        return replace(partition, dead=dead)
    return _copied(partition, np.flatnonzero(~gone), capacity=SMALLEST_CAPACITY)


def _copied(partition: _Partition, rows: NDArray[np.intp], capacity: int) -> _Partition:
    """These rows alone, in arrays of their own."""
    copy = _provided(partition.vectors.shape[1], max(capacity, len(rows)))
    np.take(partition.vectors, rows, axis=0, out=copy.vectors[: len(rows)])
    copy.chunk_ids[: len(rows)] = partition.chunk_ids[rows]
    copy.version_ids[: len(rows)] = partition.version_ids[rows]
    return replace(copy, size=len(rows))


def _provided(dimension: int, capacity: int) -> _Partition:
    return _Partition(
        vectors=np.empty((capacity, dimension), dtype=np.float32),
        chunk_ids=np.empty(capacity, dtype=np.int64),
        version_ids=np.empty(capacity, dtype=np.int64),
        size=0,
        dead=np.empty(0, dtype=np.intp),
    )
