"""Stand-ins for ports whose real implementation is slow or outside. Each passes its port's contract."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from corpus.embedder import EmbeddingModel, Vectors


class WordEmbedder:
    """Texts that share words are alike: each word adds a fixed random direction. Tokens are words."""

    def __init__(self, name: str = "words", dimension: int = 64, max_tokens: int = 256) -> None:
        self._model = EmbeddingModel(name, dimension, max_tokens)
        self.embedded: list[str] = []

    @property
    def model(self) -> EmbeddingModel:
        return self._model

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded.extend(texts)
        rows = np.zeros((len(texts), self._model.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.casefold()) or ["(empty)"]:
                row += _direction(word, self._model.dimension)
            row /= np.linalg.norm(row)
        return rows


def _direction(word: str, dimension: int) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)
