"""The port that turns text into vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """Which model made a vector. Vectors of different models are never compared."""

    name: str
    dimension: int
    max_tokens: int
    """Longest input in tokens, special tokens included; anything beyond is not seen by the model."""


class Embedder(Protocol):
    """Contract: `tests/contracts/embedder.py`."""

    @property
    def model(self) -> EmbeddingModel:
        """The model behind the vectors. Cheap: loads no weights."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens not included, without truncation."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text, shape (len(texts), dimension), each of unit length; an empty sequence gives (0, dimension).

        Raises `Unavailable` when the model cannot be reached.
        """
