"""The generations of the Chroma folder: checked and opened, kept up with the changes in SQL, built anew."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.chroma_build import build
from corpus.chroma_health import DATABASE, fault_in
from corpus.embedder import EmbeddingModel, Vectors
from corpus.errors import Unavailable
from corpus.generation import Description, Generation, Generations
from corpus.index import ChangeKind, Hit, IndexChange
from corpus.vector_source import VectorBatch, VectorSource

if TYPE_CHECKING:
    from corpus.chroma_vector_index import ChromaVectorIndex

FORMAT_VERSION = 1
"""Raise it when what Chroma stores or how it builds its graph changes: older generations are then built anew."""

CHANGES_AT_ONCE = 500


class NotOpen(Unavailable):
    def __init__(self) -> None:
        super().__init__("The vector store is not open.")


class ChromaGenerations:
    """Implements `corpus.routed_vector_index.VectorStore`. All but `search_without` is for one thread.

    Chroma is imported by the first call that opens or builds something.
    """

    def __init__(self, folder: Path, model: EmbeddingModel, source: VectorSource) -> None:
        self._generations = Generations(folder, unsummed=[DATABASE])
        self._description = Description(FORMAT_VERSION, model.name, model.dimension)
        self._source = source
        self._current: Generation | None = None
        self._index: ChromaVectorIndex | None = None

    @property
    def applied_change(self) -> int:
        return self._current.applied_change if self._current is not None else 0

    @property
    def entries(self) -> int:
        return sum(self._current.counts.values()) if self._current is not None else 0

    def open(self) -> str | None:
        """Open the current generation if it is whole and of this model. Otherwise why not, as a clause."""
        self.close()
        self._generations.clean()
        found = self._generations.current()
        if found is None:
            return "there was none"
        fault = self._fault_of(found)
        if fault is not None:
            return fault
        self._index = self._opened(found)
        # The check may have saved what the last process left unsaved.
        self._current = self._generations.advance(found, found.applied_change, found.counts)
        return None

    def build(self, stopping: Callable[[], bool]) -> None:
        """Build a generation from SQL, put it in the place of the current one and open it."""
        number = self._generations.begin()
        applied = self._source.last_change_id()
        try:
            counts = build(self._generations.folder_of(number), self._description.dimension, self._source, stopping)
        except BaseException:
            self._generations.discard(number)
            raise
        generation = self._generations.publish(number, self._description, applied, counts)
        previous, self._index, self._current = self._index, self._opened(generation), generation
        if previous is not None:
            previous.close()

    def discard(self) -> None:
        """Close and delete everything on disk; `build` begins anew. Raises `NotDeleted`."""
        self.close()
        self._current = None
        self._generations.discard_all()

    def catch_up(self, stopping: Callable[[], bool]) -> None:
        """Apply what changed in SQL since. What was applied stays applied if it is stopped."""
        while not stopping():
            if self._index is None or self._current is None:
                raise NotOpen
            changes = self._source.changes_after(self._current.applied_change, CHANGES_AT_ONCE)
            if not changes:
                return
            with self._generations.writing(self._current.number):
                self._apply(self._index, changes)
                self._current = self._generations.advance(self._current, changes[-1].id, self._index.counts())

    def search_without(
        self,
        audience_ids: Collection[int],
        question: Vectors,
        limit: int,
        version_ids: Collection[int],
        chunk_ids: Collection[int],
    ) -> list[Hit]:
        """The nearest of these audiences, leaving out these versions and chunks. Raises `Unavailable`."""
        index = self._index
        if index is None:
            raise NotOpen
        return index.search_without(audience_ids, question, limit, version_ids, chunk_ids)

    def close(self) -> None:
        if self._index is not None:
            index, self._index = self._index, None
            index.close()

    def _fault_of(self, generation: Generation) -> str | None:
        if generation.description != self._description:
            return f"it was made by {generation.description}, not by {self._description}"
        if self._generations.is_torn(generation.number):
            return "a write into it was interrupted"
        changed = self._generations.changed_file(generation)
        if changed is not None:
            return f"its file {changed} is not as it was written"
        folder = self._generations.folder_of(generation.number)
        return fault_in(folder, self._description.dimension, generation.counts)

    def _opened(self, generation: Generation) -> "ChromaVectorIndex":
        from corpus.chroma_vector_index import ChromaVectorIndex  # noqa: PLC0415 - seconds, and only here

        return ChromaVectorIndex(self._generations.folder_of(generation.number), self._description.dimension)

    def _apply(self, index: "ChromaVectorIndex", changes: Sequence[IndexChange]) -> None:
        belongs: dict[int, dict[int, bool]] = {}
        for change in changes:
            belongs.setdefault(change.version_id, {})[change.audience_id] = change.kind == ChangeKind.ADD
        added: dict[int, list[VectorBatch]] = {}
        removed: list[int] = []
        for version_id, audiences in belongs.items():
            audience_id = next((audience_id for audience_id, added_last in audiences.items() if added_last), None)
            if audience_id is None:
                removed.append(version_id)
            else:
                added.setdefault(audience_id, []).extend(self._source.version_vectors(version_id))
        index.remove(removed)
        index.add_batches({audience_id: _joined(batches) for audience_id, batches in added.items() if batches})


def _joined(batches: Sequence[VectorBatch]) -> VectorBatch:
    return VectorBatch(
        np.concatenate([batch.chunk_ids for batch in batches]),
        np.concatenate([batch.version_ids for batch in batches]),
        np.concatenate([batch.vectors for batch in batches]),
    )
