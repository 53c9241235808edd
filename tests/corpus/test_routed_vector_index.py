"""Which side answers: exact search or the store, and what happens when the store is slow, behind or broken."""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from corpus.chroma_generations import ChromaGenerations
from corpus.embedder import EmbeddingModel, Vectors
from corpus.errors import Unavailable
from corpus.exact_vector_index import ExactVectorIndex
from corpus.index import Hit, IndexedVector, VectorIndex
from corpus.routed_vector_index import RoutedVectorIndex, StoreState
from corpus.vector_source import VectorBatch
from tests.contracts.vector_index import (
    DIMENSION,
    HR,
    SALES,
    VectorIndexContract,
    an_entry,
    direction,
    found,
    random_vectors,
)
from tests.corpus.memory_vector_source import MemoryVectorSource

MODEL = EmbeddingModel(name="sixteen", dimension=DIMENSION, max_tokens=8)
SOON_S = 60.0


class FakeStore:
    """An exact index that behaves like a store: behind until it catches up, and it fails when told to."""

    def __init__(self, source: MemoryVectorSource) -> None:
        self._source = source
        self._index = ExactVectorIndex(DIMENSION)
        self._versions: dict[int, int] = {}
        self.applied_change = 0
        self.fault: str | None = "there is none"
        self.failure: str | None = None
        self.may_catch_up = Event()
        self.may_catch_up.set()
        self.builds = 0
        self.discards = 0
        self.searches = 0
        self.closed = False

    @property
    def entries(self) -> int:
        return sum(self._index.counts().values())

    def open(self) -> str | None:
        return self.fault

    def build(self, stopping: Callable[[], bool]) -> None:
        self.builds += 1
        self.applied_change = self._source.last_change_id()
        for audience_id in self._source.counts():
            for batch in self._source.audience_vectors(audience_id):
                self._add(audience_id, batch)
        self.failure, self.fault = None, None

    def discard(self) -> None:
        self._index = ExactVectorIndex(DIMENSION)
        self._versions = {}
        self.applied_change = 0
        self.fault = "there is none"
        self.discards += 1

    def catch_up(self, stopping: Callable[[], bool]) -> None:
        while not self.may_catch_up.wait(0.01):
            if stopping():
                return
        last = self._source.last_change_id()
        for change in self._source.changes_after(self.applied_change, last):
            self._index.remove([change.version_id])
            for batch in self._source.version_vectors(change.version_id):
                self._add(change.audience_id, batch)
        self.applied_change = last

    def search_without(
        self,
        audience_ids: Collection[int],
        question: Vectors,
        limit: int,
        version_ids: Collection[int],
        chunk_ids: Collection[int],
    ) -> list[Hit]:
        if self.failure is not None:
            raise Unavailable(self.failure)
        self.searches += 1
        hits = self._index.search(sorted(audience_ids), question, 10_000)
        kept = [
            hit for hit in hits if hit.chunk_id not in chunk_ids and self._versions[hit.chunk_id] not in version_ids
        ]
        return kept[:limit]

    def close(self) -> None:
        self.closed = True

    def _add(self, audience_id: int, batch: VectorBatch) -> None:
        self._index.add_batches({audience_id: batch})
        self._versions.update(zip(batch.chunk_ids.tolist(), batch.version_ids.tolist(), strict=True))


class Followed:
    """A routed index over a source, written to as SQL and its follower do: first the source, then the index."""

    def __init__(self, source: MemoryVectorSource, routed: RoutedVectorIndex) -> None:
        self.source = source
        self.routed = routed

    def add(self, entries: Sequence[IndexedVector]) -> None:
        self.routed.add(entries)  # Refuses what is wrong before it is in the source.
        self.source.add(entries)
        self.routed.add(entries)

    def remove(self, version_ids: Sequence[int]) -> None:
        self.source.remove(version_ids)
        self.routed.remove(version_ids)

    def search(self, audience_ids: Sequence[int], question: Vectors, limit: int) -> list[Hit]:
        return self.routed.search(audience_ids, question, limit)


class TestRoutedVectorIndexWithoutStore(VectorIndexContract):
    @pytest.fixture
    def index(self) -> VectorIndex:
        source = MemoryVectorSource()
        return Followed(source, RoutedVectorIndex(source, DIMENSION, exact_limit=0))


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    """One for all tests: starting Chroma takes seconds."""
    source = MemoryVectorSource()
    store = ChromaGenerations(tmp_path_factory.mktemp("vectors"), MODEL, source)
    routed = RoutedVectorIndex(source, DIMENSION, exact_limit=0, store=store)
    routed.start()
    yield Followed(source, routed)
    routed.stop()


class TestRoutedVectorIndexWithChromaForAll(VectorIndexContract):
    @pytest.fixture
    def index(self, followed: Followed) -> VectorIndex:
        followed.remove(followed.source.versions())
        assert followed.routed.settle(SOON_S)
        return followed


class TestRoutedVectorIndexWithStoreThatIsBehind(VectorIndexContract):
    @pytest.fixture
    def index(self) -> Iterator[VectorIndex]:
        source = MemoryVectorSource()
        store = FakeStore(source)
        routed = RoutedVectorIndex(source, DIMENSION, exact_limit=0, store=store)
        source.add([an_entry(10_000, direction(1), version_id=1000, audience_id=9)])
        routed.start()
        assert routed.settle(SOON_S)
        store.may_catch_up.clear()
        yield Followed(source, routed)
        routed.stop()


@pytest.fixture
def source() -> MemoryVectorSource:
    source = MemoryVectorSource()
    source.add([an_entry(row, vector, version_id=row // 10) for row, vector in enumerate(random_vectors(100))])
    small = random_vectors(20, seed=2)
    source.add([an_entry(1000 + row, vector, 100 + row // 10, SALES) for row, vector in enumerate(small)])
    return source


@pytest.fixture
def store(source: MemoryVectorSource) -> FakeStore:
    return FakeStore(source)


@pytest.fixture
def routed(source: MemoryVectorSource, store: FakeStore) -> Iterator[RoutedVectorIndex]:
    """Large: HR with 100 vectors. Small: SALES with 20. The store is not started."""
    routed = RoutedVectorIndex(source, DIMENSION, exact_limit=50, store=store)
    yield routed
    routed.stop()


QUESTION = random_vectors(1, seed=1)[0]


def test_partitions_are_read_when_first_asked_for_and_once(
    source: MemoryVectorSource, routed: RoutedVectorIndex
) -> None:
    assert source.readings == 0
    assert len(found(routed, QUESTION, [SALES], limit=100)) == 20
    assert source.readings == 1
    assert len(found(routed, QUESTION, [SALES, HR], limit=200)) == 120
    assert len(found(routed, QUESTION, [SALES, HR], limit=200)) == 120
    assert source.readings == 2


def test_a_large_partition_goes_to_the_store_once_it_is_ready(routed: RoutedVectorIndex, store: FakeStore) -> None:
    before = found(routed, QUESTION, [HR, SALES], limit=30)
    assert routed.status().exact_entries == 120
    routed.start()
    assert routed.settle(SOON_S)
    status = routed.status()
    assert (status.store, status.store_entries, status.store_audiences) == (StoreState.READY, 120, 1)
    assert status.exact_entries == 20
    assert found(routed, QUESTION, [HR, SALES], limit=30) == before
    assert store.searches == 1
    assert found(routed, QUESTION, [SALES])
    assert store.searches == 1


def test_while_the_store_is_behind_what_was_added_and_removed_shows_at_once(
    source: MemoryVectorSource, routed: RoutedVectorIndex, store: FakeStore
) -> None:
    routed.start()
    assert routed.settle(SOON_S)
    store.may_catch_up.clear()
    index = Followed(source, routed)
    index.add([an_entry(500, QUESTION, version_id=50)])
    assert found(routed, QUESTION, limit=1) == [500]
    second = found(routed, QUESTION, limit=2)[1]
    index.remove([second // 10])
    hits = found(routed, QUESTION, limit=100)
    assert hits[0] == 500
    assert len(hits) == 91
    assert second not in hits
    assert routed.status().store_behind == 2
    assert routed.status().store is StoreState.READY
    store.may_catch_up.set()
    assert routed.settle(SOON_S)
    assert found(routed, QUESTION, limit=100) == hits
    assert routed.status().store_behind == 0
    assert routed.status().exact_entries == 0


def test_a_partition_that_grows_large_is_handed_over(
    source: MemoryVectorSource, routed: RoutedVectorIndex, store: FakeStore
) -> None:
    routed.start()
    assert len(found(routed, QUESTION, [SALES], limit=100)) == 20
    more = [an_entry(2000 + row, vector, 300, SALES) for row, vector in enumerate(random_vectors(40, seed=5))]
    Followed(source, routed).add(more)
    assert routed.settle(SOON_S)
    assert routed.status().store_audiences == 2
    assert len(found(routed, QUESTION, [SALES], limit=100)) == 60


def test_a_partition_that_shrinks_returns_to_exact_search(
    source: MemoryVectorSource, routed: RoutedVectorIndex, store: FakeStore
) -> None:
    routed.start()
    assert routed.settle(SOON_S)
    index = Followed(source, routed)
    index.remove([0, 1, 2, 3, 4])
    assert routed.settle(SOON_S)
    assert routed.status().store_audiences == 1
    index.remove([5])
    assert routed.settle(SOON_S)
    status = routed.status()
    assert (status.store_audiences, status.exact_entries) == (0, 40)
    assert len(found(routed, QUESTION, limit=100)) == 40


def test_when_the_store_fails_exact_search_answers_and_the_failure_is_shown(
    routed: RoutedVectorIndex, store: FakeStore
) -> None:
    routed.start()
    assert routed.settle(SOON_S)
    before = found(routed, QUESTION, limit=30)
    routed.stop()
    store.failure = "the disk is gone"
    assert found(routed, QUESTION, limit=30) == before
    status = routed.status()
    assert (status.store, status.store_audiences) == (StoreState.FAILED, 0)
    assert "the disk is gone" in status.remark


def test_a_store_that_failed_is_opened_again_and_at_last_built_anew(
    routed: RoutedVectorIndex, store: FakeStore
) -> None:
    routed.start()
    assert routed.settle(SOON_S)
    store.failure = "the disk is gone"
    expected = found(routed, QUESTION, limit=30)
    while store.builds == 1:
        assert found(routed, QUESTION, limit=30) == expected
    assert routed.settle(SOON_S)
    assert (routed.status().store, routed.status().store_audiences) == (StoreState.READY, 1)
    assert "the disk is gone" in routed.status().remark
    assert found(routed, QUESTION, limit=30) == expected


def test_searches_do_not_wait_for_the_building(
    source: MemoryVectorSource, routed: RoutedVectorIndex, store: FakeStore
) -> None:
    store.may_catch_up.clear()
    routed.start()
    assert len(found(routed, QUESTION, [HR, SALES], limit=200)) == 120
    Followed(source, routed).add([an_entry(500, QUESTION, version_id=50)])
    assert found(routed, QUESTION, limit=1) == [500]
    assert not routed.settle(0.05)
    routed.stop()
    assert store.closed


def test_rebuilding_builds_the_store_and_reads_the_partitions_again(
    source: MemoryVectorSource, routed: RoutedVectorIndex, store: FakeStore
) -> None:
    routed.start()
    assert routed.settle(SOON_S)
    found(routed, QUESTION, [SALES])
    readings = source.readings
    routed.rebuild()
    assert routed.settle(SOON_S)
    assert store.builds == 2
    assert len(found(routed, QUESTION, [SALES], limit=100)) == 20
    assert source.readings > readings


def test_questions_see_whole_answers_while_documents_come_and_go(
    source: MemoryVectorSource, routed: RoutedVectorIndex, store: FakeStore
) -> None:
    routed.start()
    assert routed.settle(SOON_S)
    index = Followed(source, routed)
    index.add([an_entry(9000, QUESTION, version_id=900)])

    def write() -> None:
        for number in range(60):
            index.add([an_entry(5000 + number, direction(1), version_id=500 + number)])
            if number % 2:
                index.remove([500 + number])

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while not writing.done():
            hits = found(routed, QUESTION, limit=1000)
            assert hits[0] == 9000
            assert len(hits) == len(set(hits)) >= 101
        writing.result()
    assert routed.settle(SOON_S)
    assert sorted(found(routed, QUESTION, limit=1000)) == sorted(
        [*range(100), 9000, *(5000 + number for number in range(0, 60, 2))]
    )


def test_starting_anew_empties_the_store_before_it_returns_and_builds_it_again(
    routed: RoutedVectorIndex, store: FakeStore
) -> None:
    routed.start()
    assert routed.settle(5)
    built = store.builds
    routed.start_anew(timeout_s=5)
    assert store.discards == 1
    assert len(found(routed, QUESTION, [HR], limit=3)) == 3
    assert routed.settle(5)
    assert (store.discards, store.builds) == (1, built + 1)


def test_starting_anew_interrupts_what_the_store_is_doing(routed: RoutedVectorIndex, store: FakeStore) -> None:
    routed.start()
    assert routed.settle(5)
    store.may_catch_up.clear()
    routed.rebuild()
    routed.start_anew(timeout_s=5)
    assert store.discards == 1
    store.may_catch_up.set()
    assert routed.settle(5)
