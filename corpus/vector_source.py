"""Vectors in bulk, and the port through which an index reads them from SQL."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.embedder import Vectors
from corpus.errors import Invalid
from corpus.index import IndexChange, IndexedVector


class WrongDimension(Invalid):
    def __init__(self, expected: int, shape: tuple[int, ...]) -> None:
        super().__init__(f"The index holds vectors of dimension {expected}, not of shape {shape}.")
        self.expected = expected
        self.shape = shape


class NotANumber(Invalid):
    def __init__(self) -> None:
        super().__init__("A vector holds a value that is not a finite number.")


@dataclass(frozen=True, slots=True)
class VectorBatch:
    """Rows of one audience's partition. All three arrays have the same length."""

    chunk_ids: NDArray[np.int64]
    version_ids: NDArray[np.int64]
    vectors: NDArray[np.float16]
    """Shape (rows, dimension), unit length."""

    def __len__(self) -> int:
        return len(self.chunk_ids)


def batch_from_blobs(chunk_ids: list[int], version_ids: list[int], blobs: list[bytes], dimension: int) -> VectorBatch:
    """A batch from the columns of a query. Every blob is a float16 vector, little endian, of this dimension."""
    vectors = np.frombuffer(b"".join(blobs), dtype="<f2").reshape(len(blobs), dimension)
    return VectorBatch(np.array(chunk_ids, dtype=np.int64), np.array(version_ids, dtype=np.int64), vectors)


def batches_of(entries: Sequence[IndexedVector]) -> dict[int, VectorBatch]:
    """A batch for each audience. The last of several entries with one chunk id is the one that counts."""
    by_audience: dict[int, list[IndexedVector]] = {}
    for entry in {entry.chunk_id: entry for entry in entries}.values():
        by_audience.setdefault(entry.audience_id, []).append(entry)
    return {
        audience_id: VectorBatch(
            np.array([entry.chunk_id for entry in group], dtype=np.int64),
            np.array([entry.version_id for entry in group], dtype=np.int64),
            np.stack([entry.vector for entry in group]),
        )
        for audience_id, group in by_audience.items()
    }


def unit_rows(vectors: NDArray[np.float16] | Vectors, dimension: int) -> Vectors:
    """The rows in float32, each of unit length, or zero. Raises `WrongDimension` and `NotANumber`."""
    if vectors.ndim != 2 or vectors.shape[1] != dimension:
        raise WrongDimension(dimension, vectors.shape[1:])
    rows = vectors.astype(np.float32)
    lengths = np.sqrt(np.vecdot(rows, rows))
    if not np.isfinite(lengths).all():
        raise NotANumber
    rows /= np.where(lengths > 0, lengths, 1)[:, np.newaxis]
    return rows


def unit_question(question: Vectors, dimension: int) -> Vectors:
    """The question at unit length. Raises `WrongDimension` and `NotANumber`."""
    if question.shape != (dimension,):
        raise WrongDimension(dimension, question.shape)
    row: Vectors = unit_rows(question[np.newaxis], dimension)[0]
    return row


class VectorSource(Protocol):
    """What SQL says belongs into the vector index: the vectors of one embedding model, active versions only."""

    def counts(self) -> Mapping[int, int]:
        """Vectors of each audience that has any."""

    def last_change_id(self) -> int:
        """The id of the newest index change, 0 if there is none yet."""

    def audience_vectors(self, audience_id: int) -> Iterator[VectorBatch]:
        """All vectors of one audience, in batches of some thousand rows. Empty for an unknown audience."""

    def version_vectors(self, version_id: int) -> Iterator[VectorBatch]:
        """All vectors of one version, whether or not it is active. Empty for an unknown version."""

    def changes_after(self, change_id: int, limit: int) -> list[IndexChange]:
        """The oldest changes beyond this one, ascending."""
