"""Chunks: the stored pieces of a version that are embedded, found and quoted."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from corpus.database import Entity
from corpus.locator import Span


class ChunkKind(StrEnum):
    PROSE = "prose"
    TABLE = "table"
    TRANSCRIPT = "transcript"


class Chunk(Entity):
    """`text` is what is quoted. `pieces` ties it to the version's text: `[start in text, start there, length]` each,
    ascending in the chunk; characters between pieces (a line break, a column name's colon) stand nowhere in the file.
    """

    __tablename__ = "chunks"
    __table_args__ = (UniqueConstraint("version_id", "ordinal"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    kind: Mapped[ChunkKind] = mapped_column(String(16))
    headings: Mapped[list[str]] = mapped_column(JSON)
    text: Mapped[str] = mapped_column(Text)
    pieces: Mapped[list[list[int]]] = mapped_column(JSON)
    token_count: Mapped[int]


class EmbeddingModelRecord(Entity):
    """A model that vectors were made with."""

    __tablename__ = "embedding_models"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(300), unique=True)
    dimension: Mapped[int]


class ChunkVector(Entity):
    """The vector of a chunk by one model: float16, little endian, unit length."""

    __tablename__ = "chunk_vectors"

    chunk_id: Mapped[int] = mapped_column(ForeignKey("chunks.id", ondelete="CASCADE"), primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("embedding_models.id"), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class Piece:
    """`length` characters at `chunk_start` of the chunk's text are those at `text_start` of the version's text."""

    chunk_start: int
    text_start: int
    length: int


def spans_in_version(pieces: Sequence[Piece], start: int, end: int) -> list[Span]:
    """Where characters `start` to `end` of a chunk's text stand in the version's text, adjoining spans merged."""
    found: list[Span] = []
    for piece in pieces:
        low, high = max(start, piece.chunk_start), min(end, piece.chunk_start + piece.length)
        if low >= high:
            continue
        span = Span(piece.text_start + low - piece.chunk_start, piece.text_start + high - piece.chunk_start)
        if found and found[-1].end == span.start:
            span = Span(found.pop().start, span.end)
        found.append(span)
    return found
