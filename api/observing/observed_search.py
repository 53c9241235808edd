"""What searching consists of, with a span around each part and a note of how the embedder's last call went."""

from collections.abc import Sequence

from api.observing.last_outcome import LastOutcome
from api.observing.tracer import Tracer
from corpus.embedder import Embedder, EmbeddingModel, Vectors
from corpus.index import Hit
from corpus.search import KeywordSearch, VectorSearch


class ObservedEmbedder:
    def __init__(self, embedder: Embedder, tracer: Tracer, outcome: LastOutcome) -> None:
        self._embedder = embedder
        self._tracer = tracer
        self._outcome = outcome

    @property
    def model(self) -> EmbeddingModel:
        return self._embedder.model

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)

    def embed(self, texts: Sequence[str]) -> Vectors:
        with self._tracer.within("embed") as span:
            span.note("texts", len(texts))
            try:
                vectors = self._embedder.embed(texts)
            except Exception:
                self._outcome.failed()
                raise
            if texts:
                self._outcome.worked()
            return vectors


class ObservedVectorSearch:
    def __init__(self, vectors: VectorSearch, tracer: Tracer) -> None:
        self._vectors = vectors
        self._tracer = tracer

    def search(self, audience_ids: Sequence[int], question: Vectors, limit: int) -> list[Hit]:
        with self._tracer.within("search vectors") as span:
            span.note("audiences", len(audience_ids))
            hits = self._vectors.search(audience_ids, question, limit)
            span.note("hits", len(hits))
            return hits


class ObservedKeywordSearch:
    def __init__(self, keywords: KeywordSearch, tracer: Tracer) -> None:
        self._keywords = keywords
        self._tracer = tracer

    def search(self, audience_ids: Sequence[int], question: str, limit: int) -> list[Hit]:
        with self._tracer.within("search keywords") as span:
            span.note("audiences", len(audience_ids))
            hits = self._keywords.search(audience_ids, question, limit)
            span.note("hits", len(hits))
            return hits

    def score(self, audience_ids: Sequence[int], chunk_ids: Sequence[int], question: str) -> list[Hit]:
        return self._keywords.score(audience_ids, chunk_ids, question)
