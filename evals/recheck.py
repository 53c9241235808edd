"""Rechecks what was shown, trusting nothing that the assistant says about its own verification."""

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
    """Whether the cited spans spell the quote, in its order. White space, and joints between the spans, may differ."""
    if not citation.quote.strip() or not citation.spans:
        return False
    if any(not 0 <= span.start < span.end <= len(text) for span in citation.spans):
        return False
    quote, position = _squeezed(citation.quote), 0
    for span in citation.spans:
        stretch = _squeezed(text[span.start : span.end])
        while not quote.startswith(stretch, position):
            if position >= len(quote) or quote[position] not in JOINTS:
                return False
            position += 1
        position += len(stretch)
    return all(character in JOINTS for character in quote[position:])


def citations_on_abstention(answer: Answer) -> int:
    """Citations of an answer that says it found nothing. There must be none."""
    if answer.status in (AnswerStatus.ANSWERED, AnswerStatus.PARTIAL):
        return 0
    return sum(len(sentence.citations) for sentence in answer.sentences)


def _squeezed(text: str) -> str:
    return "".join(text.split())
