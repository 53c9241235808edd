"""Relevance: whether a retrieved passage or a citation stands at a gold place of a case."""

import re
from collections.abc import Sequence

from corpus.chunk import spans_in_version
from corpus.citation import Citation, find_quote, is_inside_a_word
from corpus.locator import Span
from corpus.passage import Passage
from evals.case import Case, Evidence
from evals.metric import WORDS_SHOWN, Ranking
from evals.system import System

_READ_AS_THEY_ARE = (".txt", ".md", ".csv", ".vtt", ".srt")
"""A version's text of these is the file, character by character."""
TELLING_WORDS = 5
"""So many words in a row are taken for one place of a document."""

_TAG = re.compile(r"<[^>]*>")
_CUE_LINES = re.compile(r"^(?:WEBVTT.*|[^\n]*\n(?=[^\n]*-->)|[^\n]*-->.*)$", re.MULTILINE)


class Relevance:
    """Looks gold places up in the texts that a system has stored; remembers them, since sets ask often of few texts.

    A page is matched by page, a span or quote by overlap with it, anything else by document. A quote without offsets,
    or whose offsets count in the file's markup, stands wherever its words stand in the document (in .html without tags,
    in .vtt as spoken).
    """

    def __init__(self, system: System) -> None:
        self._system = system
        self._sources: dict[int, str] = {}
        self._texts: dict[int, str] = {}
        self._quoted: dict[tuple[int, str], tuple[Span, ...]] = {}

    def source_of(self, document_id: int) -> str:
        if document_id not in self._sources:
            self._sources[document_id] = self._system.source_of(document_id)
        return self._sources[document_id]

    def text_of(self, version_id: int) -> str:
        if version_id not in self._texts:
            self._texts[version_id] = self._system.version_text(version_id)
        return self._texts[version_id]

    def passage_holds(self, passage: Passage, evidence: Evidence) -> bool:
        if self.source_of(passage.document_id) != evidence.document:
            return False
        return self._holds(passage.version_id, spans_of(passage), passage.text, evidence)

    def citation_holds(self, citation: Citation, evidence: Evidence) -> bool:
        if self.source_of(citation.document_id) != evidence.document:
            return False
        return self._holds(citation.version_id, citation.spans, citation.quote, evidence)

    def rank_passages(self, case: Case, passages: Sequence[Passage]) -> Ranking:
        found = (
            frozenset(number for number, place in enumerate(case.evidence) if self.passage_holds(passage, place))
            for passage in passages
        )
        return Ranking(tuple(found), len(case.evidence))

    def rank_documents(self, case: Case, passages: Sequence[Passage]) -> Ranking:
        """Documents in the order of their best passage; each is one result, and gold where any evidence is in it."""
        gold = list(dict.fromkeys(place.document for place in case.evidence))
        ranked = dict.fromkeys(self.source_of(passage.document_id) for passage in passages)
        found = (frozenset({gold.index(source)}) if source in gold else frozenset[int]() for source in ranked)
        return Ranking(tuple(found), len(gold))

    def _holds(self, version_id: int, spans: Sequence[Span], text: str, evidence: Evidence) -> bool:
        if evidence.page is not None:
            return evidence.page in self._system.pages_of(version_id, spans)
        if evidence.span is not None and self._counts_in_text(version_id, evidence, evidence.span):
            return any(span.overlaps(evidence.span) for span in spans)
        if evidence.quote is not None:
            places = self._places_of(version_id, evidence)
            if places:
                return any(span.overlaps(place) for span in spans for place in places)
            return _is_part(evidence.quote, text) or (
                _is_part(text, evidence.quote) and self._tells_its_place(version_id, text)
            )
        return True

    def _tells_its_place(self, version_id: int, text: str) -> bool:
        """A few words that a document says more than once may be from any of those places."""
        return len(text.split()) >= TELLING_WORDS or len(_find_all(self.text_of(version_id), text)) == 1

    def _counts_in_text(self, version_id: int, evidence: Evidence, place: Span) -> bool:
        """A set's offsets count in the file; those of a format with markup are no offsets in the text read from it."""
        if evidence.quote is None or evidence.document.endswith(_READ_AS_THEY_ARE):
            return True
        return self.text_of(version_id)[place.start : place.end].split() == evidence.quote.split()

    def _places_of(self, version_id: int, evidence: Evidence) -> tuple[Span, ...]:
        quote = evidence.quote or ""
        if (version_id, quote) not in self._quoted:
            readable = _without_markup(self.text_of(version_id), evidence.document)
            self._quoted[version_id, quote] = tuple(_find_all(readable, quote))
        return self._quoted[version_id, quote]


def spans_of(passage: Passage) -> tuple[Span, ...]:
    """Where the words of a passage stand in its version's text."""
    return tuple(span for chunk in passage.chunks for span in spans_in_version(chunk.pieces, 0, len(chunk.text)))


class Shown:
    """The first passages of a result list up to a number of words; what exceeds them is cut off.

    `spans` by document id; `chunks` counts the stored chunks that the passages are made of.
    """

    def __init__(self, passages: Sequence[Passage], words: int = WORDS_SHOWN) -> None:
        self.words = 0
        self.chunks = 0
        self.spans: dict[int, list[Span]] = {}
        for passage in passages:
            for chunk in passage.chunks:
                ends = [match.end() for match in re.finditer(r"\S+", chunk.text)][: words - self.words]
                if not ends:
                    return
                self.words += len(ends)
                self.chunks += 1
                self.spans.setdefault(passage.document_id, []).extend(spans_in_version(chunk.pieces, 0, ends[-1]))


def _is_part(part: str, text: str) -> bool:
    return find_quote(text, " ".join(part.split())) is not None


def _find_all(text: str, quote: str) -> list[Span]:
    """Every place where the quote stands as whole words or numbers."""
    found: list[Span] = []
    start = 0
    while (span := find_quote(text[start:], quote)) is not None:
        place = Span(span.start + start, span.end + start)
        if not is_inside_a_word(text, place):
            found.append(place)
        start = place.start + 1
    return found


def _without_markup(text: str, document: str) -> str:
    """The same text with markup blanked out, so that offsets stay true."""
    if document.endswith((".html", ".htm")):
        return _TAG.sub(_blank, text)
    if document.endswith((".vtt", ".srt")):
        return _TAG.sub(_blank, _CUE_LINES.sub(_blank, text))
    return text


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())
