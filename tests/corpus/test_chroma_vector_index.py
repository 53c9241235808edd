"""Chroma as the vector store."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from corpus.chroma_vector_index import ChromaFailed, ChromaVectorIndex
from corpus.exact_vector_index import ExactVectorIndex
from corpus.index import VectorIndex
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


@pytest.fixture
def chroma(tmp_path: Path) -> Iterator[ChromaVectorIndex]:
    index = ChromaVectorIndex(tmp_path / "chroma", DIMENSION)
    yield index
    index.close()


class TestChromaVectorIndex(VectorIndexContract):
    @pytest.fixture
    def index(self, chroma: ChromaVectorIndex) -> VectorIndex:
        return chroma


def test_what_was_added_is_there_after_reopening(tmp_path: Path) -> None:
    first = ChromaVectorIndex(tmp_path, DIMENSION)
    first.add([an_entry(1, direction(1)), an_entry(2, direction(0, 1), audience_id=SALES)])
    first.close()
    second = ChromaVectorIndex(tmp_path, DIMENSION)
    assert second.counts() == {HR: 1, SALES: 1}
    assert found(second, direction(1), [HR, SALES]) == [1, 2]
    second.close()


def test_a_partition_loaded_in_bulk_is_found_like_exactly(chroma: ChromaVectorIndex) -> None:
    batches = [a_batch(range(start, start + 700)) for start in range(0, 6300, 700)]
    chroma.load(HR, batches, expected=6300)
    exact = ExactVectorIndex(DIMENSION)
    exact.load(HR, batches)
    assert chroma.counts() == {HR: 6300}
    same = 0
    for question in random_vectors(20, seed=1):
        same += len({*found(chroma, question)} & {*found(exact, question)})
    assert same >= 0.98 * 20 * 10


def test_left_out_versions_and_chunks_take_no_place(chroma: ChromaVectorIndex) -> None:
    chroma.add([an_entry(row, vector, version_id=row % 4) for row, vector in enumerate(random_vectors(200))])
    question = random_vectors(1, seed=1)[0]
    everything = found(chroma, question, limit=200)
    assert len(everything) == 200
    hits = chroma.search_without([HR], question, 30, version_ids={0, 1, 2}, chunk_ids={everything[0], 3, 7})
    expected = [chunk_id for chunk_id in everything if chunk_id % 4 == 3 and chunk_id not in (everything[0], 3, 7)]
    assert [hit.chunk_id for hit in hits] == expected[:30]


def test_a_whole_store_passes_its_check(chroma: ChromaVectorIndex) -> None:
    chroma.check({})
    chroma.add([an_entry(1, direction(1)), an_entry(2, np.zeros(DIMENSION, dtype=np.float32))])
    chroma.check({HR: 2})


def test_a_store_with_other_counts_fails_its_check(chroma: ChromaVectorIndex) -> None:
    chroma.add([an_entry(1, direction(1))])
    with pytest.raises(ChromaFailed, match="instead of"):
        chroma.check({HR: 2})
    with pytest.raises(ChromaFailed, match="instead of"):
        chroma.check({HR: 1, SALES: 1})


def test_settings_lying_about_in_the_working_folder_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("MIGRATIONS=no-such-thing\n")
    monkeypatch.chdir(tmp_path)
    ChromaVectorIndex(tmp_path / "chroma", DIMENSION).close()


def test_a_file_in_the_place_of_the_store_fails(tmp_path: Path) -> None:
    (tmp_path / "chroma.sqlite3").write_bytes(b"not a database " * 1000)
    with pytest.raises(ChromaFailed):
        ChromaVectorIndex(tmp_path, DIMENSION)


def a_batch(chunk_ids: range) -> VectorBatch:
    vectors = random_vectors(len(chunk_ids), seed=chunk_ids.start).astype(np.float16)
    return VectorBatch(np.array(chunk_ids, dtype=np.int64), np.array(chunk_ids, dtype=np.int64) // 20, vectors)
