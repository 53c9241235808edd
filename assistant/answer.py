"""Answers: a status and sentences, each with the citations that support it."""

from dataclasses import dataclass
from enum import StrEnum

from corpus.citation import Citation
from corpus.passage import Passage


class AnswerStatus(StrEnum):
    ANSWERED = "answered"
    PARTIAL = "partial"
    CLARIFY = "clarify"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One verified sentence. It never has no citation."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`related` are the nearest passages, listed as further reading when the status is `not_found` (no citations then).

    `composer` names what wrote it: `extractive` or the language model's name. `confidence` is the calibrated
    probability (0 to 1) that the corpus answers the question. `notice` tells the reader of a degraded answer.
    """

    status: AnswerStatus
    sentences: tuple[Sentence, ...]
    related: tuple[Passage, ...]
    composer: str
    confidence: float
    notice: str | None = None
