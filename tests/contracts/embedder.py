"""What every Embedder must do."""

import numpy as np
import pytest

from corpus.embedder import Embedder


class EmbedderContract:
    """Subclass it and give the fixture `embedder`."""

    @pytest.fixture
    def embedder(self) -> Embedder:
        raise NotImplementedError

    def test_gives_one_row_per_text(self, embedder: Embedder) -> None:
        vectors = embedder.embed(["parental leave", "travel expenses", "parental leave"])
        assert vectors.shape == (3, embedder.model.dimension)
        assert vectors.dtype == np.float32

    def test_gives_no_rows_for_no_texts(self, embedder: Embedder) -> None:
        assert embedder.embed([]).shape == (0, embedder.model.dimension)
        assert embedder.count_tokens([]) == []

    def test_every_vector_has_unit_length(self, embedder: Embedder) -> None:
        texts = ["a", "", "Ferien und Feiertage", "請假規定", "a much longer text about leave and holidays " * 100]
        assert np.linalg.norm(embedder.embed(texts), axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-5)

    def test_a_text_has_the_same_vector_in_every_batch_and_order(self, embedder: Embedder) -> None:
        texts = ["short", "a sentence of middle length about expenses", "a long text about travel " * 20]
        together = embedder.embed(texts)
        assert np.array_equal(embedder.embed(texts[::-1])[::-1], together)
        for row, text in enumerate(texts):
            assert np.array_equal(embedder.embed([text])[0], together[row])

    def test_counts_at_least_one_token_per_word_whatever_the_length(self, embedder: Embedder) -> None:
        words = embedder.model.max_tokens * 2
        assert embedder.count_tokens(["", "leave", "leave " * words])[0] == 0
        assert embedder.count_tokens(["leave"])[0] >= 1
        assert embedder.count_tokens(["leave " * words])[0] >= words
