"""A version of a document as claims are bound to it: its words, and the evidence that a stretch of them is."""

from collections.abc import Sequence
from dataclasses import dataclass

from authoring.claim import Evidence, Stance
from corpus.chunk import spans_in_version
from corpus.citation import find_quote, is_inside_a_word
from corpus.errors import Invalid
from corpus.locator import Span
from corpus.places import Places
from corpus.store import StoredChunk


class NotInSource(Invalid):
    """The words do not stand in the version that was named."""

    def __init__(self, document_id: int, quote: str) -> None:
        super().__init__(
            f"These words do not stand in document {document_id}: “{quote[:80]}”. Select them in it again."
        )
        self.document_id = document_id
        self.quote = quote


@dataclass(frozen=True, slots=True)
class SourceText:
    """`chunks` in reading order. Two versions of the same bytes have the same `content_hash`."""

    document_id: int
    version_id: int
    document_name: str
    title: str
    content_hash: str
    text: str
    chunks: tuple[StoredChunk, ...]
    places: Places

    def evidence_at(self, spans: Sequence[Span], stance: Stance = Stance.SUPPORTS) -> tuple[Evidence, ...]:
        """The words at these spans of the text: one evidence where one chunk holds them all. Raises `NotInSource`."""
        wanted = [span for span in spans if 0 <= span.start < span.end <= len(self.text)]
        if not wanted or len(wanted) < len(spans):
            raise NotInSource(self.document_id, "")
        place = self.chunk_place(wanted)
        if place is not None:
            return (self.evidence_in(*place, stance),)
        return tuple(self.evidence_in_text(span, stance) for span in wanted)

    def evidence_of(self, quote: str, near: Sequence[Span] = (), stance: Stance = Stance.SUPPORTS) -> Evidence:
        """The place where the quote stands; of several the one nearest to `near`. Raises `NotInSource`."""
        found = self.places_of(quote, stance) or self.places_of(quote, stance, within_words=True)
        if not found:
            raise NotInSource(self.document_id, quote)
        start = near[0].start if near else 0
        return min(found, key=lambda one: abs(one.spans[0].start - start))

    def places_of(self, quote: str, stance: Stance = Stance.SUPPORTS, within_words: bool = False) -> list[Evidence]:
        """Every place where the quote stands: in chunks, and in the text across them.

        Unless `within_words`, those are left out where it is a part of a longer word or number.
        """
        found = [
            self.evidence_in(chunk, span, stance)
            for chunk in self.chunks
            for span in all_places(chunk.text, quote, within_words)
            if spans_in_version(chunk.pieces, span.start, span.end)
        ]
        taken = [span for one in found for span in one.spans]
        across = [
            self.evidence_in_text(span, stance)
            for span in all_places(self.text, quote, within_words)
            if not any(span.overlaps(known) for known in taken)
        ]
        return [*found, *across]

    def chunk_place(self, spans: Sequence[Span]) -> tuple[StoredChunk, Span] | None:
        """The chunk that holds all of these spans of the text, and where in its text; None where none does."""
        for chunk in self.chunks:
            within = _within_chunk(chunk, spans)
            if within is not None:
                return chunk, within
        return None

    def evidence_in(self, chunk: StoredChunk, span: Span, stance: Stance) -> Evidence:
        """`span` counts characters of the chunk's text."""
        spans = tuple(spans_in_version(chunk.pieces, span.start, span.end))
        return self._evidence(chunk.text[span.start : span.end], spans, chunk.headings, stance)

    def evidence_in_text(self, span: Span, stance: Stance) -> Evidence:
        return self._evidence(self.text[span.start : span.end], (span,), self.headings_at(span.start), stance)

    def headings_at(self, offset: int) -> tuple[str, ...]:
        """Of the last chunk that begins at or before the place."""
        headings: tuple[str, ...] = ()
        for chunk in self.chunks:
            if chunk.pieces and chunk.pieces[0].text_start > offset:
                break
            headings = chunk.headings
        return headings

    def _evidence(self, quote: str, spans: tuple[Span, ...], headings: tuple[str, ...], stance: Stance) -> Evidence:
        return Evidence(
            document_id=self.document_id,
            version_id=self.version_id,
            document_name=self.document_name,
            title=self.title,
            headings=headings,
            quote=quote,
            spans=spans,
            locator=self.places.locator(spans, headings),
            stance=stance,
        )


def all_places(text: str, quote: str, within_words: bool = False) -> list[Span]:
    """Where the quote stands in the text, white space apart."""
    found: list[Span] = []
    start = 0
    while (span := find_quote(text[start:], quote)) is not None:
        place = Span(span.start + start, span.end + start)
        if within_words or not is_inside_a_word(text, place):
            found.append(place)
        start = place.start + 1
    return found


def _within_chunk(chunk: StoredChunk, spans: Sequence[Span]) -> Span | None:
    starts: list[int] = []
    ends: list[int] = []
    for span in spans:
        held = 0
        for piece in chunk.pieces:
            low = max(span.start, piece.text_start)
            high = min(span.end, piece.text_start + piece.length)
            if low < high:
                held += high - low
                starts.append(piece.chunk_start + low - piece.text_start)
                ends.append(piece.chunk_start + high - piece.text_start)
        if held < len(span):
            return None
    return Span(min(starts), max(ends))
