"""The material of a course: the chunks of its documents as passages, as a drafter is given them."""

from collections.abc import Sequence

import numpy as np

from corpus.audience import Reader
from corpus.embedder import Embedder
from corpus.errors import Invalid
from corpus.passage import Passage, PassageChunk
from corpus.store import CorpusStore, StoredChunk

MOST_CHUNKS = 4000
"""Some 1,000 pages. A course of more is no course."""

_AT_ONCE = 500
"""Chunks in one query, which may name so many."""


class TooMuchMaterial(Invalid):
    def __init__(self, chunk_count: int) -> None:
        super().__init__(
            f"That is too much for one course: {chunk_count:,} passages, and it may be {MOST_CHUNKS:,}. "
            "Choose fewer documents."
        )
        self.chunk_count = chunk_count


def read_documents(store: CorpusStore, reader: Reader, document_ids: Sequence[int]) -> list[Passage]:
    """One passage for each chunk of their active versions. Raises `DocumentNotFound`, `TooMuchMaterial`."""
    entries = [store.get_document(reader, document_id) for document_id in document_ids]
    if (chunk_count := sum(entry.chunk_count for entry in entries)) > MOST_CHUNKS:
        raise TooMuchMaterial(chunk_count)
    return [passage for entry in entries for passage in map(_passage, store.list_chunks(entry.version_id))]


def nearest(
    store: CorpusStore, embedder: Embedder, model_id: int, about: str, material: Sequence[Passage], limit: int
) -> list[Passage]:
    """The passages that are most about something, in the order of the material."""
    aim = embedder.embed([about])[0]
    cosines: dict[int, float] = {}
    chunk_ids = [passage.chunks[0].chunk_id for passage in material]
    for start in range(0, len(chunk_ids), _AT_ONCE):
        batch = store.list_vectors(model_id, chunk_ids[start : start + _AT_ONCE])
        if batch is not None:
            found = batch.vectors.astype(np.float32) @ aim
            cosines.update(zip(batch.chunk_ids.tolist(), found.tolist(), strict=True))
    best = sorted(cosines, key=lambda chunk_id: (-cosines[chunk_id], chunk_id))[:limit]
    return [passage for passage in material if passage.chunks[0].chunk_id in best]


def _passage(chunk: StoredChunk) -> Passage:
    """Nothing was asked, so nothing is scored."""
    return Passage(
        document_id=chunk.document_id,
        version_id=chunk.version_id,
        document_name=chunk.document_name,
        title=chunk.title,
        media_type=chunk.media_type,
        language=chunk.language,
        headings=chunk.headings,
        kind=chunk.kind,
        chunks=(PassageChunk(chunk.chunk_id, chunk.ordinal, chunk.text, chunk.pieces),),
        score=0.0,
        cosine=0.0,
        keywords=0.0,
        review_due_at=chunk.review_due_at,
    )
