"""Embeddings of any provider that litellm speaks to."""

import os
import re
from collections.abc import Sequence
from math import ceil
from types import ModuleType

import numpy as np

from corpus.embedder import EmbeddingModel, Vectors
from corpus.errors import Unavailable

DEFAULT_MAX_TOKENS = 512
RETRIES = 2
BYTES_PER_TOKEN = 3
"""Fewer than any common tokenizer reaches on words, so that a count is rather too high than too low."""

_PIECE = re.compile(r"\w+|[^\w\s]")


class EmbeddingsUnavailable(Unavailable):
    def __init__(self, model: str, reason: str) -> None:
        super().__init__(f"The embedding model {model} cannot be used now: {reason}")
        self.model = model
        self.reason = reason


class LitellmEmbedder:
    """The contract of `Embedder`, except that a provider need not give equal texts exactly equal vectors."""

    def __init__(
        self,
        model: str,
        dimension: int | None,
        api_base: str | None,
        api_key: str | None,
        timeout_s: float,
        batch_size: int,
        max_tokens: int = DEFAULT_MAX_TOKENS,
    ) -> None:
        """`model` is the name litellm knows, `ollama/nomic-embed-text`. Without `dimension` the provider is asked."""
        self._model = model
        self._dimension = dimension
        self._api_base = api_base
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._batch_size = batch_size
        self._max_tokens = max_tokens

    @property
    def model(self) -> EmbeddingModel:
        """Asks the provider when the dimension is not known yet; raises `EmbeddingsUnavailable`."""
        if self._dimension is None:
            self._dimension = self._embed_batch(["dimension"]).shape[1]
        return EmbeddingModel(self._model, self._dimension, self._max_tokens)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """An upper estimate: the provider's tokenizer is not known here."""
        return [
            sum(ceil(len(piece.encode(errors="replace")) / BYTES_PER_TOKEN) for piece in _PIECE.findall(text))
            for text in texts
        ]

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.model.dimension), dtype=np.float32)
        starts = range(0, len(texts), self._batch_size)
        vectors = np.concatenate([self._embed_batch(texts[start : start + self._batch_size]) for start in starts])
        if self._dimension is None:
            self._dimension = vectors.shape[1]
        if vectors.shape[1] != self._dimension:
            raise EmbeddingsUnavailable(
                self._model, f"its vectors have {vectors.shape[1]} numbers where {self._dimension} are expected."
            )
        return vectors

    def _embed_batch(self, texts: Sequence[str]) -> Vectors:
        litellm = _load_litellm()
        try:
            response = litellm.embedding(
                model=self._model,
                # Providers refuse empty texts and lone surrogates.
                input=[text.encode(errors="replace").decode().strip() or "-" for text in texts],
                api_base=self._api_base,
                api_key=self._api_key,
                timeout=self._timeout_s,
                max_retries=RETRIES,
                encoding_format="float",
            )
        except tuple(litellm.exceptions.LITELLM_EXCEPTION_TYPES) as error:
            raise EmbeddingsUnavailable(self._model, str(error)) from error
        rows = sorted(response.data, key=lambda row: int(row["index"]))
        if len(rows) != len(texts):
            raise EmbeddingsUnavailable(self._model, f"it answered with {len(rows)} vectors for {len(texts)} texts.")
        if len({len(row["embedding"]) for row in rows}) != 1:
            raise EmbeddingsUnavailable(self._model, "its vectors differ in length.")
        vectors = np.array([row["embedding"] for row in rows], dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.all(np.isfinite(lengths)) or not np.all(lengths > 0):
            raise EmbeddingsUnavailable(self._model, "it answered with a vector that has no direction.")
        return np.asarray(vectors / lengths, dtype=np.float32)


def _load_litellm() -> ModuleType:
    # It downloads a price list while it is being imported unless told to use its own.
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm  # noqa: PLC0415  # It takes seconds to import, and constructing an embedder must not.

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    return litellm
