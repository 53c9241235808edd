"""Remembers vectors, so that a text read for several purposes, or for question after question, is embedded once."""

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from threading import Lock

import numpy as np

from corpus.embedder import Embedder, EmbeddingModel, Vectors

LARGEST_MEMORY = 20_000
"""Vectors; of 384 numbers each, some 30 MB. The ones not used for longest are forgotten."""


class RememberedVectors:
    """An `Embedder`. Keeps no texts, only their digests."""

    def __init__(self, embedder: Embedder, limit: int = LARGEST_MEMORY) -> None:
        self._embedder = embedder
        self._limit = limit
        self._vectors: OrderedDict[bytes, Vectors] = OrderedDict()
        self._lock = Lock()

    @property
    def model(self) -> EmbeddingModel:
        return self._embedder.model

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)

    def embed(self, texts: Sequence[str]) -> Vectors:
        keys = [blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest() for text in texts]
        known: dict[bytes, Vectors] = {}
        with self._lock:
            for key in keys:
                if key in self._vectors:
                    self._vectors.move_to_end(key)
                    known[key] = self._vectors[key]
        unknown = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if unknown:
            vectors = self._embedder.embed(list(unknown.values()))
            known.update(zip(unknown, vectors, strict=True))
            with self._lock:
                for key in unknown:
                    self._vectors[key] = known[key]
                while len(self._vectors) > self._limit:
                    self._vectors.popitem(last=False)
        if not keys:
            return self._embedder.embed([])
        return np.stack([known[key] for key in keys])
