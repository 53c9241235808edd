"""Vectors in Chroma: one collection for each audience, in a folder that one process owns."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Literal

import chromadb
import numpy as np
from chromadb.api.types import Include, Where
from chromadb.config import Settings
from chromadb.errors import ChromaError

from corpus.embedder import Vectors
from corpus.errors import Unavailable
from corpus.index import Hit, IndexedVector
from corpus.vector_source import VectorBatch, batches_of, unit_question, unit_rows

NEIGHBOURS, CONSTRUCTION_BREADTH, SEARCH_BREADTH = 16, 200, 400
"""Of the graph. Recall@10 against exact search: see `docs/decisions/0004-indexes.md`."""

BATCH_ROWS = 5000
ROWS_BETWEEN_SAVES = 20_000
"""Chroma saves a collection's whole graph every so many rows; what came after is inserted again when it is opened."""

FEWEST_ROWS_BETWEEN_SAVES = 1000
TIES = 16
"""Hits read beyond the limit, so that those that tie with the last one compete for its place by chunk id."""

SAME = 0.999
"""Cosine of a vector and itself, with room for rounding."""

_PREFIX = "audience-"


class ChromaFailed(Unavailable):
    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"The vector store {folder.name} failed: {reason}")
        self.folder = folder
        self.reason = reason


class ChromaVectorIndex:
    """Approximate search over a graph. A folder may be open once, in one process: two destroy it."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """Opens the store in `folder`, an empty one if there is none. A damaged one can end the process.

        Hence `corpus.chroma_health`. Raises `ChromaFailed`.
        """
        self._folder = folder
        self._dimension = dimension
        self._writing = Lock()
        folder.mkdir(parents=True, exist_ok=True)
        with self._failing():
            # Unless told otherwise Chroma takes settings from a file `.env` in the working folder.
            settings = Settings(_env_file=None, anonymized_telemetry=False)  # type: ignore[call-arg]  # pydantic's own
            self._client = chromadb.PersistentClient(str(folder), settings)
            self._collections = {
                int(collection.name.removeprefix(_PREFIX)): collection for collection in self._client.list_collections()
            }

    def counts(self) -> dict[int, int]:
        """Vectors of each audience that has any."""
        with self._failing():
            counted = {audience_id: collection.count() for audience_id, collection in self._collections.items()}
        return {audience_id: count for audience_id, count in counted.items() if count}

    def add(self, entries: Sequence[IndexedVector]) -> None:
        self.add_batches(batches_of(entries))

    def add_batches(self, batches: Mapping[int, VectorBatch]) -> None:
        """Like `add`, a batch for each audience. A chunk id stands in one batch only, once."""
        for batch in batches.values():
            unit_rows(batch.vectors, self._dimension)
        with self._writing, self._failing():
            for audience_id, batch in batches.items():
                self._leave_others(audience_id, batch)
                self._upsert(self._collection(audience_id, FEWEST_ROWS_BETWEEN_SAVES), batch)

    def load(self, audience_id: int, batches: Iterable[VectorBatch], expected: int) -> None:
        """Fill the collection of an audience that has none yet with chunks that are in no other one."""
        between_saves = max(1, expected // max(1, round(expected / ROWS_BETWEEN_SAVES)))
        rows = -(-between_saves // -(-between_saves // BATCH_ROWS))
        with self._writing, self._failing():
            collection = self._collection(audience_id, max(between_saves, FEWEST_ROWS_BETWEEN_SAVES))
            for batch in _in_batches_of(rows, batches):
                self._upsert(collection, batch)

    def remove(self, version_ids: Sequence[int]) -> None:
        if not version_ids:
            return
        any_of_them: dict[Literal["$in", "$nin"], list[str | int | float | bool]] = {"$in": [*version_ids]}
        of_versions: Where = {"version": any_of_them}
        with self._writing, self._failing():
            for collection in self._collections.values():
                chunks = collection.get(where=of_versions, include=[])["ids"]
                for start in range(0, len(chunks), BATCH_ROWS):
                    collection.delete(ids=chunks[start : start + BATCH_ROWS])

    def search(self, audience_ids: Sequence[int], question: Vectors, limit: int) -> list[Hit]:
        return self.search_without(audience_ids, question, limit, frozenset(), frozenset())

    def search_without(
        self,
        audience_ids: Collection[int],
        question: Vectors,
        limit: int,
        version_ids: Collection[int],
        chunk_ids: Collection[int],
    ) -> list[Hit]:
        """Like `search`, leaving out these versions and chunks."""
        direction = unit_question(question, self._dimension)
        if limit < 1:
            return []
        hits: list[Hit] = []
        with self._failing():
            for audience_id in set(audience_ids):
                collection = self._collections.get(audience_id)
                if collection is not None:
                    hits += _nearest(collection, direction, limit, version_ids, chunk_ids)
        hits.sort(key=lambda hit: (-hit.score, hit.chunk_id))
        return hits[:limit]

    def check(self, counts: Mapping[int, int]) -> None:
        """Read from every collection. Raises `ChromaFailed` unless each holds as many vectors and finds its own."""
        if self.counts() != dict(counts):
            raise ChromaFailed(self._folder, f"it holds {self.counts()} vectors instead of {dict(counts)}.")
        with self._failing():
            for audience_id, count in counts.items():
                for offset in {0, count // 2, count - 1}:
                    self._find_again(self._collections[audience_id], offset)

    def close(self) -> None:
        """Frees the folder and the memory. The index must not be used afterwards."""
        with self._writing, self._failing():
            self._collections = {}
            self._client.close()  # type: ignore[attr-defined]  # of the class behind the declared interface

    def _collection(self, audience_id: int, rows_between_saves: int) -> chromadb.Collection:
        known = self._collections.get(audience_id)
        if known is not None:
            return known
        created = self._client.create_collection(
            f"{_PREFIX}{audience_id}",
            embedding_function=None,
            configuration={
                "hnsw": {
                    "space": "cosine",
                    "max_neighbors": NEIGHBOURS,
                    "ef_construction": CONSTRUCTION_BREADTH,
                    "ef_search": SEARCH_BREADTH,
                    "batch_size": 100,
                    "sync_threshold": rows_between_saves,
                    "num_threads": 1,
                }
            },
        )
        self._collections = {**self._collections, audience_id: created}
        return created

    def _find_again(self, collection: chromadb.Collection, offset: int) -> None:
        stored = collection.get(limit=1, offset=offset, include=["embeddings"])["embeddings"]
        if stored is None or len(stored) != 1:
            raise ChromaFailed(self._folder, f"{collection.name} has no vector {offset}.")
        nearest = _nearest(collection, np.asarray(stored[0], dtype=np.float32), 1, (), ())
        # A vector of zeros is as far from itself as from any other.
        if not nearest or (np.any(stored[0]) and nearest[0].score < SAME):
            raise ChromaFailed(self._folder, f"{collection.name} does not find its vector {offset}.")

    def _leave_others(self, audience_id: int, batch: VectorBatch) -> None:
        chunks = [str(chunk_id) for chunk_id in batch.chunk_ids]
        for other_id, other in self._collections.items():
            if other_id == audience_id:
                continue
            for start in range(0, len(chunks), BATCH_ROWS):
                moved = other.get(ids=chunks[start : start + BATCH_ROWS], include=[])["ids"]
                if moved:
                    other.delete(ids=moved)

    def _upsert(self, collection: chromadb.Collection, batch: VectorBatch) -> None:
        for start in range(0, len(batch), BATCH_ROWS):
            rows = slice(start, start + BATCH_ROWS)
            collection.upsert(
                ids=[str(chunk_id) for chunk_id in batch.chunk_ids[rows]],
                embeddings=unit_rows(batch.vectors[rows], self._dimension),
                metadatas=[{"version": int(version_id)} for version_id in batch.version_ids[rows]],
            )

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except (ChromaError, OSError, RuntimeError, ValueError, KeyError) as error:
            raise ChromaFailed(self._folder, str(error)) from error


def _nearest(
    collection: chromadb.Collection,
    direction: Vectors,
    limit: int,
    without_versions: Collection[int],
    without_chunks: Collection[int],
) -> list[Hit]:
    include: Include = ["distances", "metadatas"] if without_versions else ["distances"]
    fetched = limit + TIES
    while True:
        found = collection.query(query_embeddings=direction[np.newaxis], n_results=fetched, include=include)
        chunks, distances, metadatas = found["ids"][0], found["distances"], found["metadatas"]
        assert distances is not None
        hits = [Hit(int(chunk), 1.0 - distance) for chunk, distance in zip(chunks, distances[0], strict=True)]
        if without_versions:
            assert metadatas is not None
            kept = [metadata["version"] not in without_versions for metadata in metadatas[0]]
            hits = [hit for hit, keep in zip(hits, kept, strict=True) if keep]
        hits = [hit for hit in hits if hit.chunk_id not in without_chunks]
        if len(hits) >= limit or len(chunks) < fetched:
            return hits
        fetched *= 4


def _in_batches_of(rows: int, batches: Iterable[VectorBatch]) -> Iterator[VectorBatch]:
    """The same rows in batches of this size, only the last one shorter."""
    waiting: list[VectorBatch] = []
    for batch in batches:
        waiting.append(batch)
        while sum(map(len, waiting)) >= rows:
            joined = _joined(waiting)
            yield _rows(joined, slice(0, rows))
            waiting = [_rows(joined, slice(rows, None))]
    if any(map(len, waiting)):
        yield _joined(waiting)


def _joined(batches: Sequence[VectorBatch]) -> VectorBatch:
    return VectorBatch(
        np.concatenate([batch.chunk_ids for batch in batches]),
        np.concatenate([batch.version_ids for batch in batches]),
        np.concatenate([batch.vectors for batch in batches]),
    )


def _rows(batch: VectorBatch, rows: slice) -> VectorBatch:
    return VectorBatch(batch.chunk_ids[rows], batch.version_ids[rows], batch.vectors[rows])
