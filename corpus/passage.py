"""Passages: chunks found for a question, with what makes them trustworthy to show."""

from dataclasses import dataclass
from datetime import datetime

from corpus.chunk import ChunkKind, Piece


@dataclass(frozen=True, slots=True)
class PassageChunk:
    """One chunk of a passage. `pieces` ties its text to the version's text, `score` is what it was ranked by."""

    chunk_id: int
    ordinal: int
    text: str
    pieces: tuple[Piece, ...]
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive chunks of one version that answer a question together, usually one.

    `score` orders passages (higher is better, comparable within one search only); `cosine` is the best chunk's
    similarity to the question (-1 to 1), `keywords` its BM25 score (0 where no word of the question occurs).
    """

    document_id: int
    version_id: int
    document_name: str
    title: str
    media_type: str
    language: str
    headings: tuple[str, ...]
    kind: ChunkKind
    chunks: tuple[PassageChunk, ...]
    score: float
    cosine: float
    keywords: float
    review_due_at: datetime | None = None
    """When somebody has to look whether the document is still right."""

    @property
    def text(self) -> str:
        return "\n\n".join(chunk.text for chunk in self.chunks)
