"""Rechecks what was shown, trusting nothing that the assistant says about its own verification."""

import re
from collections.abc import Callable

from assistant.answer import Answer, AnswerStatus, Sentence
from corpus.citation import Citation
from corpus.errors import NotFound

JOINTS = frozenset(":;,|·•–—-/")
"""Characters that a chunk may put between stretches of the file (a column name and its value) without quoting them."""


def unverified_sentences(answer: Answer, version_text: Callable[[int], str]) -> int:
    """Sentences without a citation, or with one whose quote does not stand in the stored text at the cited spans."""
    return sum(not is_verified(sentence, version_text) for sentence in answer.sentences)


def is_verified(sentence: Sentence, version_text: Callable[[int], str]) -> bool:
    try:
        return bool(sentence.citations) and all(
            is_verbatim(citation, version_text(citation.version_id)) for citation in sentence.citations
        )
    except NotFound:
        return False


def is_verbatim(citation: Citation, text: str) -> bool:
    """Whether the cited spans spell the quote, in its order.

    White space, and joints between the spans, may differ. The names of a table's columns may stand before its values,
    if they stand in the document.
    """
    if not citation.quote.strip() or not citation.spans:
        return False
    if any(not 0 <= span.start < span.end <= len(text) for span in citation.spans):
        return False
    quote, position = _squeezed(citation.quote), 0
    names = _column_names(citation.quote, text)
    for span in citation.spans:
        stretch = _squeezed(text[span.start : span.end])
        while not quote.startswith(stretch, position):
            name = next((name for name in names if quote.startswith(name, position)), "")
            if not name and (position >= len(quote) or quote[position] not in JOINTS):
                return False
            position += len(name) or 1
        position += len(stretch)
    return all(character in JOINTS for character in quote[position:])


def _column_names(quote: str, text: str) -> list[str]:
    """`Name:` wherever the quote of a row has one whose words the document has, squeezed, the longest first.

    A name may have a colon of its own: that of a column below another is both of theirs.
    """
    words = set(re.findall(r"\w+", text))
    named = [cell[: colon.start()] for cell in _CELL.split(quote) for colon in _COLON.finditer(cell)]
    known = {_squeezed(name) + ":" for name in named if words.issuperset(re.findall(r"\w+", name))}
    return sorted(known, key=len, reverse=True)


_CELL = re.compile(r"\||\n")
_COLON = re.compile(r"(?<=[^\s]):(?=\s)")


def citations_on_abstention(answer: Answer) -> int:
    """Citations of an answer that says it found nothing. There must be none."""
    if answer.status in (AnswerStatus.ANSWERED, AnswerStatus.PARTIAL):
        return 0
    return sum(len(sentence.citations) for sentence in answer.sentences)


def _squeezed(text: str) -> str:
    return "".join(text.split())
