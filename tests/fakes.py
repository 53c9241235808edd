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
        rows = [self._row(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self._model.dimension), dtype=np.float32)

    def _row(self, text: str) -> Vectors:
        words = re.findall(r"\w+", text.casefold()) or ["(empty)"]
        directions = np.stack([_direction(word, self._model.dimension) for word in words])
        row: Vectors = directions.sum(axis=0)
        unit: Vectors = (row / np.linalg.norm(row)).astype(np.float32)
        return unit


def _direction(word: str, dimension: int) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)
