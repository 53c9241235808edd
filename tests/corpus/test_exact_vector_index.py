"""Exact vector search against brute force, and under concurrent writes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.exact_vector_index import ExactVectorIndex
from corpus.index import VectorIndex
from corpus.vector_source import VectorBatch, WrongDimension, batch_from_blobs
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


class TestExactVectorIndex(VectorIndexContract):
    @pytest.fixture
    def index(self) -> VectorIndex:
        return ExactVectorIndex(DIMENSION)


@dataclass(frozen=True, slots=True)
class Add:
    chunk_id: int
    version_id: int
    audience_id: int
    seed: int


@dataclass(frozen=True, slots=True)
class Remove:
    version_id: int


ADDITIONS = st.builds(Add, st.integers(0, 40), st.integers(1, 6), st.integers(1, 4), st.integers(0, 25))
STEPS = st.lists(st.one_of(st.lists(ADDITIONS, max_size=30), st.builds(Remove, st.integers(1, 6))), max_size=12)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, visible=st.sets(st.integers(1, 5)), limit=st.integers(0, 50), seed=st.integers(26, 30))
def test_agrees_with_brute_force(steps: list[list[Add] | Remove], visible: set[int], limit: int, seed: int) -> None:
    index = ExactVectorIndex(DIMENSION)
    model: dict[int, Add] = {}
    for step in steps:
        if isinstance(step, Remove):
            index.remove([step.version_id])
            model = {chunk_id: add for chunk_id, add in model.items() if add.version_id != step.version_id}
        else:
            index.add([an_entry(a.chunk_id, random_vectors(1, a.seed)[0], a.version_id, a.audience_id) for a in step])
            model |= {add.chunk_id: add for add in step}
    question = random_vectors(1, seed)[0]

    def cosine(add: Add) -> float:
        stored = random_vectors(1, add.seed)[0].astype(np.float16).astype(np.float64)
        return round(float(stored @ question / np.linalg.norm(stored)), 6)

    expected = sorted((-cosine(add), add.chunk_id) for add in model.values() if add.audience_id in visible)[:limit]
    hits = index.search(sorted(visible), question, limit)
    assert [hit.chunk_id for hit in hits] == [chunk_id for _, chunk_id in expected]
    assert [-hit.score for hit in hits] == pytest.approx([negative for negative, _ in expected], abs=2e-6)
    assert sum(index.counts().values()) == len(model)


def test_loading_replaces_a_partition_at_once() -> None:
    index = ExactVectorIndex(DIMENSION)
    index.add([an_entry(1, direction(1)), an_entry(2, direction(1), audience_id=SALES)])
    index.load(HR, [a_batch([3, 4]), a_batch([5])], expected=2)
    assert found(index, direction(1), [HR, SALES]) == [2, 3, 4, 5]
    assert index.counts() == {HR: 3, SALES: 1}


def test_an_unloaded_partition_is_searched_no_more() -> None:
    index = ExactVectorIndex(DIMENSION)
    index.load(HR, [a_batch([3, 4])])
    index.unload(HR)
    index.unload(HR)
    assert found(index, direction(1), [HR]) == []
    assert index.counts() == {}


def test_a_batch_that_fails_leaves_the_partition_as_it_was() -> None:
    def broken() -> Iterator[VectorBatch]:
        yield a_batch([3])
        raise OSError("the disk is gone")

    index = ExactVectorIndex(DIMENSION)
    index.load(HR, [a_batch([1])])
    with pytest.raises(OSError, match="gone"):
        index.load(HR, broken())
    assert found(index, direction(1), [HR]) == [1]


def test_a_batch_is_read_from_blobs() -> None:
    vectors = random_vectors(3).astype("<f2")
    batch = batch_from_blobs([7, 8, 9], [1, 1, 2], [vector.tobytes() for vector in vectors], DIMENSION)
    assert len(batch) == 3
    assert np.array_equal(batch.vectors, vectors)
    assert batch.version_ids.tolist() == [1, 1, 2]


def test_blobs_of_another_dimension_are_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        batch_from_blobs([7], [1], [random_vectors(1).astype("<f2").tobytes()], DIMENSION + 1)
    with pytest.raises(WrongDimension):
        ExactVectorIndex(DIMENSION + 1).load(HR, [a_batch([1])])


def test_searches_see_whole_states_while_another_thread_writes() -> None:
    index = ExactVectorIndex(DIMENSION)
    index.add([an_entry(chunk_id, direction(1), version_id=1) for chunk_id in range(40)])
    done = Event()

    def write() -> None:
        for round_ in range(200):
            old, new = round_ % 2 + 1, (round_ + 1) % 2 + 1
            index.add([an_entry(chunk_id, direction(1), version_id=new) for chunk_id in range(40)])
            index.remove([old])
        done.set()

    def read() -> set[int]:
        sizes = set()
        while not done.is_set():
            sizes.add(len(index.search([HR], direction(1), 100)))
        return sizes

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        pool.submit(write).result()
        sizes = set.union(*(reader.result() for reader in readers))
    assert sizes <= {40}


def a_batch(chunk_ids: list[int]) -> VectorBatch:
    vectors = np.stack([direction(1)] * len(chunk_ids)).astype(np.float16)
    return VectorBatch(np.array(chunk_ids, dtype=np.int64), np.ones(len(chunk_ids), dtype=np.int64), vectors)
