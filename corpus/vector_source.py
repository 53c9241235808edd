"""Vectors in bulk, and the port through which an index reads them from SQL."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.index import IndexChange


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
