"""Whether to answer at all: the calibrated probability that the passages answer the question."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files

from assistant.direct_evidence import evidence_for_parts, has_direct_evidence, parts_not_said
from assistant.identifiers import names_only_missing
from assistant.question import AsksFor, read_question
from assistant.question_parts import QuestionPart, parts_of
from assistant.reading import Reading, ReadStatement, quotable, read, topic
from assistant.words import content_words, words
from corpus.embedder import Embedder
from corpus.passage import Passage

MOST_NAMES = 2
"""More of them missing says no more: in some languages every noun looks like a name."""

_NAME = re.compile(r"(?<=\s)[^\W\d_]*[A-Z0-9][\w-]*")


@dataclass(frozen=True, slots=True)
class Features:
    """What the decision sees: made of the question and its passages alone, so that any search may stand behind it."""

    passage_similarity: float
    """The best cosine of a passage."""
    sentence_similarity: float
    """The best cosine of a single statement."""
    beyond_topic: float
    """The best cosine of a statement to the question after taking away what both owe to the passage's title."""
    topic_similarity: float
    """Question and title: a passage on the right topic that says nothing to the point scores high here alone."""
    coverage: float
    """The weighted share of the question's words in the best passage and its title."""
    names_missing: float
    """Names and numbers of the question that occur in no passage read."""
    asks_for_place: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model. `threshold` is the least probability at which an answer is given."""

    intercept: float
    weights: dict[str, float]
    threshold: float

    def probability(self, features: Features) -> float:
        values = asdict(features)
        total = self.intercept + sum(weight * float(values[name]) for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@cache
def fitted_calibration() -> Calibration:
    """As written by scripts/fit_answerability.py."""
    stored = json.loads(files("assistant").joinpath("answerability.json").read_text(encoding="utf-8"))
    return Calibration(stored["intercept"], stored["weights"], stored["threshold"])


@dataclass(frozen=True, slots=True)
class Decision:
    """`missing`: what the question asks for besides, and of which nothing is said."""

    answer: bool
    probability: float
    missing: tuple[str, ...] = ()


class Answerability:
    def __init__(self, embedder: Embedder, calibration: Calibration, remembering: Embedder | None = None) -> None:
        """`remembering` embeds what passages say; questions are embedded anew, lest times tell what others read."""
        self._embedder = embedder
        self._remembering = remembering or embedder
        self._calibration = calibration

    def decide(self, question: str, passages: Sequence[Passage]) -> Decision:
        if not passages or not question.strip():
            return Decision(False, 0.0)
        if names_only_missing(question, [f"{topic(passage)}\n{passage.text}" for passage in passages]):
            return Decision(False, 0.0)
        reading = read(read_question(question, self._embedder), passages, self._remembering)
        threshold = self._calibration.threshold
        probability = self._calibration.probability(features_of(reading, passages))
        if probability < threshold and (
            has_direct_evidence(quotable(reading)) or any(self._evidence(parts_of(question), passages))
        ):
            probability = threshold
        if probability < threshold:
            return Decision(False, probability)
        return Decision(True, probability, self._missing(question, passages))

    def _missing(self, question: str, passages: Sequence[Passage]) -> tuple[str, ...]:
        """Of a question for several things, one of which is answered directly: those of which nothing is said."""
        parts = parts_of(question)
        missing = parts_not_said(parts, passages) if parts else ()
        found = [part for part in parts if part not in missing]
        if not missing or not any(self._evidence(found, passages)):
            return ()
        return tuple(part.own for part in missing)

    def _evidence(
        self, parts: Sequence[QuestionPart], passages: Sequence[Passage]
    ) -> tuple[tuple[ReadStatement, ...], ...]:
        return evidence_for_parts(parts, passages, self._embedder, self._remembering)

    def features(self, question: str, passages: Sequence[Passage]) -> Features:
        """At least one passage is needed."""
        return features_of(read(read_question(question, self._embedder), passages, self._remembering), passages)


def features_of(reading: Reading, passages: Sequence[Passage]) -> Features:
    best = reading.passages[0]
    return Features(
        passage_similarity=max(passage.cosine for passage in passages),
        sentence_similarity=max((found.similarity for found in reading.statements), default=0.0),
        beyond_topic=max((found.beyond_topic for found in reading.statements), default=0.0),
        topic_similarity=max(reading.topic_similarities),
        coverage=reading.question.coverage(set(content_words(f"{topic(best)}\n{best.text}"))),
        names_missing=float(min(_names_missing(reading), MOST_NAMES)),
        asks_for_place=float(reading.question.asks_for is AsksFor.PLACE),
    )


def _names_missing(reading: Reading) -> int:
    known = {word for passage in reading.passages for word in words(f"{topic(passage)}\n{passage.text}")}
    asked = (words(name) for name in _NAME.findall(reading.question.text))
    return sum(any(word not in known for word in name) for name in asked)
