"""Turns a quoted stretch of a chunk into a Citation that opens at the exact place."""

from collections.abc import Callable

from corpus.chunk import spans_in_version
from corpus.citation import Citation, NotVerbatim, Quote
from corpus.locator import Span
from corpus.passage import Passage, PassageChunk
from corpus.places import Places


class CitationResolver:
    """Looks places up once per version; made anew for each answer."""

    def __init__(
        self,
        get_places: Callable[[int], Places],
        check_there: Callable[[int, int], None] = lambda document_id, version_id: None,
    ) -> None:
        """`check_there(document_id, version_id)` raises `DocumentNotFound` once it may not be cited any more."""
        self._check_there = check_there
        self._get_places = get_places
        self._known: dict[int, Places] = {}

    def resolve(self, passage: Passage, chunk: PassageChunk, span: Span) -> Citation:
        """`span` counts characters of the chunk's text. Raises `DocumentNotFound`."""
        self._check_there(passage.document_id, passage.version_id)
        places = self.places(passage.version_id)
        spans = spans_in_version(chunk.pieces, span.start, span.end)
        return Citation(
            document_id=passage.document_id,
            version_id=passage.version_id,
            chunk_id=chunk.chunk_id,
            document_name=passage.document_name,
            title=passage.title,
            headings=passage.headings,
            quote=chunk.text[span.start : span.end],
            chunk_span=span,
            spans=tuple(spans),
            locator=places.locator(spans, passage.headings),
            review_due_at=passage.review_due_at,
        )

    def resolve_quote(self, passage: Passage, quote: Quote) -> Citation:
        """Raises `NotVerbatim` when the quote does not stand in a chunk of the passage."""
        for chunk in passage.chunks:
            span = quote.find(chunk.text) if chunk.chunk_id == quote.chunk_id else None
            if span is not None:
                return self.resolve(passage, chunk, span)
        raise NotVerbatim(quote.chunk_id, quote.text)

    def places(self, version_id: int) -> Places:
        if version_id not in self._known:
            self._known[version_id] = self._get_places(version_id)
        return self._known[version_id]
