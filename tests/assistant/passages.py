"""Passages to answer from, built in view of a test."""

from dataclasses import dataclass, field

from corpus.chunk import ChunkKind, Piece, spans_in_version
from corpus.citation import Citation
from corpus.errors import NotFound
from corpus.locator import HeadingLocator, Span
from corpus.passage import Passage, PassageChunk


def a_passage(
    *texts: str,
    chunk_id: int = 1,
    title: str = "Employee handbook",
    headings: tuple[str, ...] = (),
    kind: ChunkKind = ChunkKind.PROSE,
    score: float = 0.9,
    cosine: float = 0.8,
    keywords: float = 5.0,
) -> Passage:
    """One chunk per text, numbered from `chunk_id`, of a document of its own."""
    return Passage(
        document_id=chunk_id,
        version_id=chunk_id,
        document_name=f"{title}.txt",
        title=title,
        media_type="text/plain",
        language="en",
        headings=headings,
        kind=kind,
        chunks=tuple(
            PassageChunk(chunk_id + place, place, text, (Piece(0, 1000 * place, len(text)),))
            for place, text in enumerate(texts)
        ),
        score=score,
        cosine=cosine,
        keywords=keywords,
    )


@dataclass
class PlainResolver:
    """Cites without looking anything up. Documents in `gone` were deleted since they were found."""

    gone: set[int] = field(default_factory=set)

    def resolve(self, passage: Passage, chunk: PassageChunk, span: Span) -> Citation:
        if passage.document_id in self.gone:
            raise DocumentGone(passage.document_id)
        return Citation(
            document_id=passage.document_id,
            version_id=passage.version_id,
            chunk_id=chunk.chunk_id,
            document_name=passage.document_name,
            title=passage.title,
            headings=passage.headings,
            quote=chunk.text[span.start : span.end],
            chunk_span=span,
            spans=tuple(spans_in_version(chunk.pieces, span.start, span.end)),
            locator=HeadingLocator(passage.headings),
        )


class DocumentGone(NotFound):
    def __init__(self, document_id: int) -> None:
        super().__init__(f"Document {document_id} does not exist.")
