"""Citations: a claim's verbatim quote in a chunk, and the exact place where it opens."""

from dataclasses import dataclass

from corpus.errors import Invalid
from corpus.locator import Locator, Span


@dataclass(frozen=True, slots=True)
class Quote:
    """Verbatim text of a chunk, before its place was looked up. White space may differ."""

    chunk_id: int
    text: str


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

    An empty quote stands nowhere.
    """
    position = text.find(quote)
    if quote.strip() and position >= 0 and quote == quote.strip():
        return Span(position, position + len(quote))
    words = quote.split()
    if not words:
        return None
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
            return Span(start, end)
        start = text.find(words[0], start + 1)
    return None
