"""An embedder that remembers."""

import numpy as np
import pytest

from assistant.remembered_vectors import RememberedVectors
from corpus.embedder import Embedder
from tests.contracts.embedder import EmbedderContract
from tests.fakes import WordEmbedder


class TestRememberedVectors(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return RememberedVectors(WordEmbedder())


def test_a_text_is_embedded_once() -> None:
    inner = WordEmbedder()
    remembered = RememberedVectors(inner)
    first = remembered.embed(["leave", "travel", "leave"])
    again = remembered.embed(["travel", "expenses"])
    assert inner.embedded == ["leave", "travel", "expenses"]
    assert np.array_equal(first[1], again[0])


def test_forgets_what_was_not_used_for_longest() -> None:
    inner = WordEmbedder()
    remembered = RememberedVectors(inner, limit=2)
    remembered.embed(["a", "b"])
    remembered.embed(["a", "c"])
    remembered.embed(["a"])
    assert inner.embedded == ["a", "b", "c"]
    remembered.embed(["b"])
    assert inner.embedded == ["a", "b", "c", "b"]
