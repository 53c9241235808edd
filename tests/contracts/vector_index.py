"""What every VectorIndex must do."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus.embedder import Vectors
from corpus.errors import Invalid
from corpus.index import IndexedVector, VectorIndex

DIMENSION = 16
HR, SALES, BOARD = 1, 2, 3


def direction(*weights: float) -> Vectors:
    """A unit vector with these first components."""
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[: len(weights)] = weights
    return vector / np.linalg.norm(vector)


def an_entry(chunk_id: int, vector: Vectors, version_id: int = 1, audience_id: int = HR) -> IndexedVector:
    stored: NDArray[np.float16] = vector.astype(np.float16)
    return IndexedVector(chunk_id=chunk_id, version_id=version_id, audience_id=audience_id, vector=stored)


def random_vectors(count: int, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def found(index: VectorIndex, question: Vectors, audience_ids: Sequence[int] = (HR,), limit: int = 10) -> list[int]:
    return [hit.chunk_id for hit in index.search(audience_ids, question, limit)]


class VectorIndexContract:
    """Subclass it and give the fixture `index`: an empty index for vectors of dimension `DIMENSION`."""

    @pytest.fixture
    def index(self) -> VectorIndex:
        raise NotImplementedError

    def test_an_empty_index_finds_nothing(self, index: VectorIndex) -> None:
        assert index.search([HR, SALES], direction(1), 10) == []

    def test_the_nearest_comes_first_with_its_cosine(self, index: VectorIndex) -> None:
        index.add([an_entry(1, direction(0, 1)), an_entry(2, direction(1, 1)), an_entry(3, direction(-1))])
        hits = index.search([HR], direction(1), 10)
        assert [hit.chunk_id for hit in hits] == [2, 1, 3]
        assert [hit.score for hit in hits] == pytest.approx([np.sqrt(0.5), 0, -1], abs=1e-3)

    def test_the_length_of_the_question_does_not_matter(self, index: VectorIndex) -> None:
        index.add([an_entry(1, direction(1)), an_entry(2, direction(1, 1))])
        long, short = (index.search([HR], direction(1) * length, 2) for length in (10, 0.1))
        assert [hit.chunk_id for hit in long] == [hit.chunk_id for hit in short] == [1, 2]
        assert [hit.score for hit in long] == pytest.approx([hit.score for hit in short], abs=1e-6)

    def test_gives_at_most_limit_hits(self, index: VectorIndex) -> None:
        index.add([an_entry(chunk_id, vector) for chunk_id, vector in enumerate(random_vectors(20))])
        everything = found(index, direction(1), limit=100)
        assert len(everything) == 20
        assert found(index, direction(1), limit=7) == everything[:7]
        assert found(index, direction(1), limit=0) == []

    def test_equal_vectors_are_ordered_by_chunk_id(self, index: VectorIndex) -> None:
        index.add([an_entry(chunk_id, direction(3, 1, 2)) for chunk_id in (30, 10, 20)])
        index.add([an_entry(5, direction(3, 1, 2), audience_id=SALES)])
        assert found(index, direction(1), [HR, SALES]) == [5, 10, 20, 30]

    def test_only_the_named_audiences_are_searched(self, index: VectorIndex) -> None:
        index.add([an_entry(1, direction(1)), an_entry(2, direction(1, 1), audience_id=SALES)])
        assert found(index, direction(1), [HR]) == [1]
        assert found(index, direction(1), [SALES]) == [2]
        assert found(index, direction(1), [SALES, HR]) == [1, 2]
        assert found(index, direction(1), [HR, HR]) == [1]
        assert found(index, direction(1), [BOARD]) == []
        assert found(index, direction(1), []) == []

    def test_the_best_of_several_audiences_are_merged(self, index: VectorIndex) -> None:
        vectors = random_vectors(90)
        index.add([an_entry(row, vector, audience_id=row % 3 + 1) for row, vector in enumerate(vectors)])
        question = random_vectors(1, seed=1)[0]
        nearest = [int(row) for row in np.argsort(-(vectors @ question)) if row % 3 + 1 != BOARD]
        assert found(index, question, [HR, SALES], limit=20) == nearest[:20]

    def test_adding_a_chunk_again_replaces_it(self, index: VectorIndex) -> None:
        index.add([an_entry(1, direction(1)), an_entry(2, direction(1, 1))])
        index.add([an_entry(1, direction(0, 1))])
        assert found(index, direction(1)) == [2, 1]

    def test_a_chunk_added_to_another_audience_leaves_the_first(self, index: VectorIndex) -> None:
        index.add([an_entry(1, direction(1)), an_entry(2, direction(1))])
        index.add([an_entry(1, direction(1), audience_id=SALES)])
        assert found(index, direction(1), [HR]) == [2]
        assert found(index, direction(1), [SALES]) == [1]

    def test_adding_nothing_changes_nothing(self, index: VectorIndex) -> None:
        index.add([an_entry(1, direction(1))])
        index.add([])
        assert found(index, direction(1)) == [1]

    def test_the_last_of_equal_chunk_ids_counts(self, index: VectorIndex) -> None:
        index.add([an_entry(1, direction(1)), an_entry(2, direction(1, 1)), an_entry(1, direction(0, 1))])
        assert found(index, direction(1)) == [2, 1]

    def test_removing_a_version_forgets_all_its_chunks_in_every_audience(self, index: VectorIndex) -> None:
        index.add([an_entry(1, direction(1), version_id=1), an_entry(2, direction(1), version_id=2)])
        index.add([an_entry(3, direction(1), version_id=1, audience_id=SALES)])
        index.remove([1])
        assert found(index, direction(1), [HR, SALES]) == [2]

    def test_removing_unknown_versions_or_none_changes_nothing(self, index: VectorIndex) -> None:
        index.remove([7])
        index.add([an_entry(1, direction(1))])
        index.remove([7, 8])
        index.remove([])
        assert found(index, direction(1)) == [1]

    def test_a_removed_version_can_be_added_again(self, index: VectorIndex) -> None:
        index.add([an_entry(1, direction(1))])
        index.remove([1])
        assert found(index, direction(1)) == []
        index.add([an_entry(1, direction(1))])
        assert found(index, direction(1)) == [1]

    def test_a_large_partition_survives_many_removals(self, index: VectorIndex) -> None:
        vectors = random_vectors(300)
        index.add([an_entry(row, vector, version_id=row % 10) for row, vector in enumerate(vectors)])
        for version_id in range(0, 10, 2):
            index.remove([version_id])
        question = random_vectors(1, seed=1)[0]
        nearest = [int(row) for row in np.argsort(-(vectors @ question)) if row % 2]
        assert found(index, question, limit=150) == nearest

    def test_equal_searches_give_equal_hits(self, index: VectorIndex) -> None:
        index.add([an_entry(row, vector) for row, vector in enumerate(random_vectors(200))])
        question = random_vectors(1, seed=1)[0]
        assert index.search([HR], question, 20) == index.search([HR], question, 20)

    def test_a_question_of_another_dimension_is_refused(self, index: VectorIndex) -> None:
        index.add([an_entry(1, direction(1))])
        with pytest.raises(Invalid, match="16"):
            index.search([HR], np.ones(DIMENSION + 1, dtype=np.float32), 10)

    def test_a_vector_of_another_dimension_is_refused(self, index: VectorIndex) -> None:
        with pytest.raises(Invalid, match="16"):
            index.add([an_entry(1, np.ones(DIMENSION - 1, dtype=np.float32))])

    def test_a_vector_that_is_not_finite_is_refused(self, index: VectorIndex) -> None:
        with pytest.raises(Invalid):
            index.add([an_entry(1, direction(1) * np.float32(np.nan))])
        with pytest.raises(Invalid):
            index.search([HR], np.full(DIMENSION, np.inf, dtype=np.float32), 10)
