"""Citations: a claim's verbatim quote in a chunk, and the exact place where it opens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from corpus.errors import Invalid
from corpus.locator import Locator, Span


@dataclass(frozen=True, slots=True)
class Quote:
    """Verbatim text of a chunk, before its place was looked up. White space may differ.

    `start`, where it is known, tells which of several such places in the chunk is meant.
    """

    chunk_id: int
    text: str
    start: int | None = None

    def find(self, chunk_text: str) -> Span | None:
        """Where it stands; None where it does not."""
        if self.start is not None and self.text.strip() and chunk_text.startswith(self.text, self.start):
            return Span(self.start, self.start + len(self.text))
        return find_quote(chunk_text, self.text)


@dataclass(frozen=True, slots=True)
class Citation:
    """`quote` is the chunk's own text at `chunk_span`; `spans` are the same characters in the version's text."""

    document_id: int
    version_id: int
    chunk_id: int
    document_name: str
    title: str
    headings: tuple[str, ...]
    quote: str
    chunk_span: Span
    spans: tuple[Span, ...]
    locator: Locator
    review_due_at: datetime | None = None
    """When somebody has to look whether the document is still right."""

    @property
    def link(self) -> str:
        """Path of the page that opens the source with the quoted words marked."""
        marks = ",".join(f"{span.start}-{span.end}" for span in self.spans)
        return f"/documents/{self.document_id}/versions/{self.version_id}?marks={marks}"


class NotVerbatim(Invalid):
    def __init__(self, chunk_id: int, quote: str) -> None:
        super().__init__(f"The quote does not stand in chunk {chunk_id}: “{quote[:80]}”.")
        self.chunk_id = chunk_id
        self.quote = quote


def find_quote(text: str, quote: str) -> Span | None:
    """The first place where `quote` stands in `text`, any run of white space being equal to any other.

    A place where it is no part of a longer word or number goes before one where it is (`1` in `12`). An empty quote
    stands nowhere.
    """
    places = _places(text, quote)
    first = next(places, None)
    if first is None or not is_inside_a_word(text, first):
        return first
    return next((place for place in places if not is_inside_a_word(text, place)), first)


def is_inside_a_word(text: str, span: Span) -> bool:
    """Whether the place is a part of a longer word or number."""
    before, after = text[max(0, span.start - 2) : span.start], text[span.end : span.end + 2]
    if text[span.start].isalnum() and (before[-1:].isalnum() or _ENDS_IN_NUMBER.fullmatch(before)):
        return True
    return text[span.end - 1].isalnum() and (after[:1].isalnum() or bool(_GOES_ON_IN_NUMBER.fullmatch(after)))


_ENDS_IN_NUMBER = re.compile(r"\d[.,]")
_GOES_ON_IN_NUMBER = re.compile(r"[.,]\d")


def _places(text: str, quote: str) -> Iterator[Span]:
    words = quote.split()
    if not words:
        return
    start = text.find(words[0])
    while start >= 0:
        end = start + len(words[0])
        for word in words[1:]:
            gap = end
            while gap < len(text) and text[gap].isspace():
                gap += 1
            if gap == end or not text.startswith(word, gap):
                break
            end = gap + len(word)
        else:
            yield Span(start, end)
        start = text.find(words[0], start + 1)
