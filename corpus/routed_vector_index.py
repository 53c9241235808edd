"""The vector index that answers: exact search over small partitions and over all that the vector store cannot serve."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Condition, Lock, Thread
from typing import Protocol

import numpy as np

from corpus.embedder import Vectors
from corpus.errors import Unavailable
from corpus.exact_vector_index import ExactVectorIndex
from corpus.index import Hit, IndexedVector
from corpus.vector_source import VectorBatch, VectorSource, batches_of, unit_question, unit_rows

LONGEST_WAIT_S = 600.0
STAYS_LARGE = 0.8
"""A partition that shrinks returns to exact search below this part of the limit, lest it goes back and forth."""


class VectorStore(Protocol):
    """Holds all vectors, is slow to open and to change, and may fail. Only `search_without` is for many threads."""

    @property
    def applied_change(self) -> int:
        """Id of the last index change that is in it."""

    @property
    def entries(self) -> int:
        """How many vectors it holds."""

    def open(self) -> str | None:
        """Open what is on disk. If that cannot be used: why, as a clause."""

    def build(self, stopping: Callable[[], bool]) -> None:
        """Build everything from SQL and use it from then on. Raises `Unavailable` when it fails or is stopped."""

    def catch_up(self, stopping: Callable[[], bool]) -> None:
        """Apply what changed in SQL since."""

    def discard(self) -> None:
        """Delete everything that is on disk, so that only `build` can follow. Raises `Unavailable`."""

    def search_without(
        self,
        audience_ids: Collection[int],
        question: Vectors,
        limit: int,
        version_ids: Collection[int],
        chunk_ids: Collection[int],
    ) -> list[Hit]:
        """The nearest of these audiences, leaving out these versions and chunks. Raises `Unavailable`."""

    def close(self) -> None: ...


class StoreNotDiscarded(Unavailable):
    def __init__(self, remark: str) -> None:
        super().__init__(f"The vector store's files could not be deleted yet. {remark}".strip())


class StoreState(StrEnum):
    NONE = "none"
    OPENING = "opening"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class VectorIndexStatus:
    store: StoreState
    store_entries: int
    store_behind: int
    """By how many ids the store's last change is behind that of SQL; exact search covers what is between."""
    exact_entries: int
    exact_audiences: int
    store_audiences: int
    """Audiences whose questions go to the store."""
    remark: str
    """Why the store was last built or failed; empty if neither has happened."""


@dataclass(frozen=True, slots=True)
class _Routes:
    exact: frozenset[int] = frozenset()
    """Audiences whose whole partition is in the exact index."""
    store: frozenset[int] = frozenset()
    """Audiences that the store serves; the exact index holds what it has yet to apply."""


@dataclass(frozen=True, slots=True)
class _Added:
    audience_id: int
    change: int


@dataclass(frozen=True, slots=True)
class _Pending:
    """What the exact index knows and the store does not, each with the change that brought it."""

    removed: Mapping[int, int]
    """By version id."""
    added: Mapping[int, _Added]
    """By chunk id."""


_NOTHING = _Pending({}, {})


class RoutedVectorIndex:
    """Searches never wait for the store's building or changing.

    Partitions are read from SQL when they are first asked for. `add` and `remove` say what has changed in SQL already;
    the store itself follows the log of changes, in a thread of its own between `start` and `stop`.
    """

    def __init__(
        self, source: VectorSource, dimension: int, exact_limit: int, store: VectorStore | None = None
    ) -> None:
        """Partitions of more than `exact_limit` vectors go to the store, once it is ready. Without one, none do."""
        self._source = source
        self._dimension = dimension
        self._exact_limit = exact_limit
        self._store = store
        self._exact = ExactVectorIndex(dimension)
        self._routes = _Routes()
        self._pending = _NOTHING
        self._writing = Lock()
        self._change = Condition()
        self._state = StoreState.NONE if store is None else StoreState.OPENING
        self._remark = ""
        self._stopping = False
        self._wanted = False
        self._rebuild_wanted = False
        self._discard_wanted = False
        self._discarded = False
        self._last_change = 0
        self._routed_at = -1
        self._failed_searches = 0
        self._thread: Thread | None = None

    def start(self) -> None:
        """Open or build the store in the background, and keep it up."""
        if self._store is not None and self._thread is None:
            self._thread = Thread(target=self._keep, name="vector-store", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends the background work and waits for it."""
        with self._change:
            self._stopping = True
            self._change.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def rebuild(self) -> None:
        """Read every partition from SQL again, and have the store built anew in the background."""
        with self._writing:
            self._routes = _Routes(store=self._routes.store)
        with self._change:
            self._rebuild_wanted = True
            self._change.notify_all()

    def start_anew(self, timeout_s: float) -> None:
        """Forget everything, on disk as well, and wait for that; exact search answers until the store is built again.

        Raises `StoreNotDiscarded`.
        """
        with self._writing:
            self._leave_store()
            for audience_id in self._routes.exact:
                self._exact.unload(audience_id)
            self._routes = _Routes()
            self._last_change = self._source.last_change_id()
        if self._store is None:
            return
        if self._thread is None:
            self._store.discard()
            return
        with self._change:
            self._discard_wanted, self._discarded = True, False
            self._change.notify_all()
            self._change.wait_for(lambda: not self._discard_wanted or self._stopping, timeout_s)
            if not self._discarded:
                raise StoreNotDiscarded(self._remark)

    def status(self) -> VectorIndexStatus:
        routes = self._routes
        applied = self._store.applied_change if self._store is not None else 0
        return VectorIndexStatus(
            store=self._state,
            store_entries=self._store.entries if self._store is not None else 0,
            store_behind=max(0, self._source.last_change_id() - applied) if self._store is not None else 0,
            exact_entries=sum(self._exact.counts().values()),
            exact_audiences=len(routes.exact),
            store_audiences=len(routes.store),
            remark=self._remark,
        )

    def settle(self, timeout_s: float) -> bool:
        """Wait until the store is ready and holds what SQL holds now. False if that takes longer or it fails."""
        asked_for = self._source.last_change_id()

        def settled() -> bool:
            idle = self._state in (StoreState.READY, StoreState.NONE) and not self._rebuild_wanted
            return self._store is None or (idle and self._routed_at >= asked_for)

        with self._change:
            self._wanted = True
            self._change.notify_all()
            return self._change.wait_for(lambda: settled() or self._state is StoreState.FAILED, timeout_s) and settled()

    def add(self, entries: Sequence[IndexedVector]) -> None:
        self.add_batches(batches_of(entries))

    def add_batches(self, batches: Mapping[int, VectorBatch]) -> None:
        """Like `add`, a batch for each audience. A chunk id stands in one batch only, once."""
        with self._writing:
            change = self._source.last_change_id()
            held = self._routes.exact | self._routes.store
            self._exact.add_batches(
                {audience_id: batch for audience_id, batch in batches.items() if audience_id in held}
            )
            for audience_id, batch in batches.items():
                if audience_id not in held:
                    # It will be read from SQL with the rest of its partition.
                    unit_rows(batch.vectors, self._dimension)
                    self._exact.discard(batch.chunk_ids)
            if self._routes.store:
                added = {
                    int(chunk_id): _Added(audience_id, change)
                    for audience_id, batch in batches.items()
                    for chunk_id in batch.chunk_ids
                }
                self._pending = replace(self._pending, added={**self._pending.added, **added})
            self._last_change = change
        self._wake()

    def remove(self, version_ids: Sequence[int]) -> None:
        with self._writing:
            change = self._source.last_change_id()
            self._exact.remove(version_ids)
            if self._routes.store:
                removed = dict.fromkeys(version_ids, change)
                self._pending = replace(self._pending, removed={**self._pending.removed, **removed})
            self._last_change = change
        self._wake()

    def search(self, audience_ids: Sequence[int], question: Vectors, limit: int) -> list[Hit]:
        unit_question(question, self._dimension)
        wanted = frozenset(audience_ids)
        while True:
            routes, pending = self._routes, self._pending
            unread = wanted - routes.exact - routes.store
            if unread:
                self._read(unread)
                continue
            # Exact first: what the store applies in between leaves the exact index only afterwards.
            hits = self._exact.search(sorted(wanted), question, limit)
            served = wanted & routes.store
            if served and self._store is not None:
                try:
                    stored = self._store.search_without(served, question, limit, pending.removed, pending.added)
                except Unavailable as failure:
                    self._do_without_store(routes, failure)
                    continue
                merged = {hit.chunk_id: hit for hit in (*stored, *hits)}
                hits = sorted(merged.values(), key=lambda hit: (-hit.score, hit.chunk_id))[: max(limit, 0)]
            if routes is self._routes and (not served or pending is self._pending):
                return hits

    def _read(self, audience_ids: Collection[int]) -> None:
        """Read these partitions from SQL into the exact index."""
        with self._writing:
            unread = set(audience_ids) - self._routes.exact - self._routes.store
            if not unread:
                return
            counts = self._source.counts()
            for audience_id in sorted(unread):
                vectors = self._source.audience_vectors(audience_id)
                self._exact.load(audience_id, vectors, counts.get(audience_id, 0))
            self._routes = replace(self._routes, exact=self._routes.exact | unread)

    def _do_without_store(self, routes: _Routes, failure: Unavailable) -> None:
        with self._writing:
            if self._routes is not routes:
                return
            self._leave_store()
            self._state, self._remark = StoreState.FAILED, str(failure)
            self._failed_searches += 1
        self._wake()

    def _leave_store(self) -> None:
        """From now on all partitions are searched exactly; those the store served are read again when asked for."""
        served = self._routes.store
        self._routes = _Routes(exact=self._routes.exact)
        self._pending = _NOTHING
        for audience_id in served:
            self._exact.unload(audience_id)
        # Whoever waits for the store waits for partitions to be handed to it again, too.
        self._routed_at = -1

    def _wake(self) -> None:
        with self._change:
            self._wanted = True
            self._change.notify_all()

    def _keep(self) -> None:
        assert self._store is not None
        failures = 0
        self._state = StoreState.OPENING
        while not self._is_stopping():
            try:
                self._keep_up(self._store, failures)
                failures = 0
            except Exception as failure:  # noqa: BLE001  (whatever fails here, questions are still answered: it is shown)
                if self._is_stopping():
                    break
                failures += 1
                with self._writing:
                    self._leave_store()
                    self._state, self._remark = StoreState.FAILED, str(failure)
            with self._change:
                self._change.notify_all()
                if failures:
                    self._change.wait_for(self._is_interrupted, min(LONGEST_WAIT_S, 2.0**failures))
                else:
                    self._change.wait_for(lambda: self._is_interrupted() or self._wanted or self._rebuild_wanted)
        self._store.close()

    def _keep_up(self, store: VectorStore, failures: int) -> None:
        with self._change:
            rebuild, self._rebuild_wanted, self._wanted = self._rebuild_wanted, False, False
        if self._discard_wanted:
            self._discard(store)
            rebuild = True
        elif self._state is not StoreState.READY:
            self._state = StoreState.OPENING
            # What the check finds nothing wrong with and fails all the same is not opened a third time.
            fault = store.open() if max(failures, self._failed_searches) < 2 else f"it kept failing ({self._remark})"
            if fault is not None:
                self._remark, rebuild = f"Built from the database, because {fault}.", True
        if rebuild:
            self._state = StoreState.BUILDING
            store.build(self._is_interrupted)
            self._failed_searches = 0
        store.catch_up(self._is_interrupted)
        self._state = StoreState.READY
        if not self._discard_wanted:
            self._route(store.applied_change)

    def _discard(self, store: VectorStore) -> None:
        with self._writing:
            self._leave_store()
            self._state = StoreState.BUILDING
        self._discarded = False
        try:
            store.discard()
            self._discarded = True
        finally:
            with self._change:
                self._discard_wanted = False
                self._change.notify_all()

    def _is_stopping(self) -> bool:
        return self._stopping

    def _is_interrupted(self) -> bool:
        """Whether the store is to be left as it is: the process ends, or everything is to be discarded."""
        return self._stopping or self._discard_wanted

    def _route(self, applied: int) -> None:
        """Forget what the store has by now, and give each partition to the side that serves it best."""
        counts = self._source.counts()
        with self._writing:
            self._forget_until(applied)
            served = self._routes.store
            large = frozenset(
                audience_id
                for audience_id, count in counts.items()
                if count > self._exact_limit * (STAYS_LARGE if audience_id in served else 1)
            )
            if self._last_change > applied:
                # The exact index knows more than the store: not the moment to hand a partition over.
                self._wanted = True
                return
            for audience_id in served - large:
                vectors = self._source.audience_vectors(audience_id)
                self._exact.load(audience_id, vectors, counts.get(audience_id, 0))
            exact = (self._routes.exact | served) - large
            if (exact, large) != (self._routes.exact, served):
                self._routes = _Routes(exact, large)
                for audience_id in large - served:
                    self._exact.unload(audience_id)
            self._routed_at = applied

    def _forget_until(self, applied: int) -> None:
        pending = self._pending
        stored = [
            chunk_id
            for chunk_id, added in pending.added.items()
            if added.change <= applied and added.audience_id in self._routes.store
        ]
        self._pending = _Pending(
            removed={version_id: change for version_id, change in pending.removed.items() if change > applied},
            added={chunk_id: added for chunk_id, added in pending.added.items() if added.change > applied},
        )
        if stored:
            self._exact.discard(np.array(stored, dtype=np.int64))
