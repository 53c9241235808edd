"""A VectorSource that keeps in memory what SQL would hold."""

from collections.abc import Iterator, Mapping, Sequence
from threading import Lock

from corpus.index import ChangeKind, IndexChange, IndexedVector
from corpus.vector_source import VectorBatch, batches_of


class MemoryVectorSource:
    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: dict[int, IndexedVector] = {}
        self._changes: list[IndexChange] = []
        self.readings = 0
        """How often whole partitions were read."""

    def add(self, entries: Sequence[IndexedVector]) -> None:
        with self._lock:
            for entry in entries:
                self._entries[entry.chunk_id] = entry
            for version_id, audience_id in sorted({(entry.version_id, entry.audience_id) for entry in entries}):
                self._log(ChangeKind.ADD, version_id, audience_id)

    def remove(self, version_ids: Sequence[int]) -> None:
        with self._lock:
            for version_id in version_ids:
                gone = [entry for entry in self._entries.values() if entry.version_id == version_id]
                for entry in gone:
                    del self._entries[entry.chunk_id]
                for audience_id in sorted({entry.audience_id for entry in gone}):
                    self._log(ChangeKind.REMOVE, version_id, audience_id)

    def versions(self) -> list[int]:
        return sorted({entry.version_id for entry in self._entries.values()})

    def counts(self) -> Mapping[int, int]:
        counts: dict[int, int] = {}
        for entry in list(self._entries.values()):
            counts[entry.audience_id] = counts.get(entry.audience_id, 0) + 1
        return counts

    def last_change_id(self) -> int:
        return len(self._changes)

    def audience_vectors(self, audience_id: int) -> Iterator[VectorBatch]:
        self.readings += 1
        yield from self._batches(audience_id, [*self._entries.values()])

    def version_vectors(self, version_id: int) -> Iterator[VectorBatch]:
        entries = [entry for entry in list(self._entries.values()) if entry.version_id == version_id]
        for audience_id in sorted({entry.audience_id for entry in entries}):
            yield from self._batches(audience_id, entries)

    def changes_after(self, change_id: int, limit: int) -> list[IndexChange]:
        return self._changes[change_id : change_id + limit]

    def _batches(self, audience_id: int, entries: list[IndexedVector]) -> Iterator[VectorBatch]:
        mine = [entry for entry in entries if entry.audience_id == audience_id]
        for start in range(0, len(mine), 50):
            yield batches_of(mine[start : start + 50])[audience_id]

    def _log(self, kind: ChangeKind, version_id: int, audience_id: int) -> None:
        change = IndexChange(kind=kind, version_id=version_id, audience_id=audience_id)
        change.id = len(self._changes) + 1
        self._changes.append(change)
