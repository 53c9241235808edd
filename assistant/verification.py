"""Verification: whether a sentence may be shown, because its quotes stand in the corpus and support it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.composer import DraftSentence
from assistant.facts import FactKind, missing_facts
from assistant.polarity import contradiction
from assistant.qualifiers import changed_condition
from assistant.roles import exchanged_roles
from assistant.words import content_words, shared_share
from corpus.embedder import Embedder
from corpus.locator import Span
from corpus.passage import Passage, PassageChunk


class FailureKind(StrEnum):
    NO_QUOTE = "no quote"
    TOO_LONG = "longer than a sentence"
    NOT_RETRIEVED = "chunk not among the passages"
    NOT_VERBATIM = "quote not in the chunk"
    NUMBER = "number not in the quotes"
    DATE = "date not in the quotes"
    NAME = "name not in the quotes"
    POLARITY = "says the opposite"
    CONDITION = "value under another condition"
    ROLES = "names in each other's roles"
    PART = "a part that the quotes do not say"
    MEANING = "means something else"


_FACT_FAILURES = {
    FactKind.NUMBER: FailureKind.NUMBER,
    FactKind.DATE: FailureKind.DATE,
    FactKind.NAME: FailureKind.NAME,
}


@dataclass(frozen=True, slots=True)
class Failure:
    kind: FailureKind
    detail: str


@dataclass(frozen=True, slots=True)
class FoundQuote:
    """A quote at its place in a chunk of a passage."""

    passage: Passage
    chunk: PassageChunk
    span: Span

    @property
    def text(self) -> str:
        return self.chunk.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`quotes` are the ones that support the sentence. It may be shown when there is no failure."""

    quotes: tuple[FoundQuote, ...]
    failures: tuple[Failure, ...]

    @property
    def passed(self) -> bool:
        return not self.failures


@dataclass(frozen=True, slots=True)
class MeaningThreshold:
    """Support is `cosine_weight` * cosine + (1 - `cosine_weight`) * share of the sentence's words in the quotes."""

    cosine_weight: float
    least_support: float
    least_cosine: float


# Fitted by scripts/fit_verification.py; docs/decisions/0005-answering.md has the curve.
MEANING = MeaningThreshold(cosine_weight=0.3, least_support=0.5, least_cosine=0.35)

LONGEST_SENTENCE = 1000
"""In characters. What is longer and not word for word in the corpus is no sentence that can be checked."""

SUPPORTING_SHARE = 0.2
"""A quote with less than this share of the sentence's content words supports nothing and is not cited beside others."""


PART_WORDS = 3
PART_SHARE = 0.25
"""A part of a sentence with so many content words, of which no more than this share is in the quotes, is not in them.
The largest share that loses at most one in a hundred of the sentences that people wrote, on the development half of
scripts/fit_verification.py."""

_BETWEEN_PARTS = re.compile(
    r";\s|,?\s(?:and|but|because|while|whereas|und|aber|weil|während|sowie)\s|,\s(?:which|who|so)\s", re.IGNORECASE
)


class Verifier:
    def __init__(self, embedder: Embedder, threshold: MeaningThreshold = MEANING) -> None:
        self._embedder = embedder
        self._threshold = threshold

    def verify(self, draft: DraftSentence, passages: Sequence[Passage]) -> Verdict:
        """Raises `Unavailable` when the embedder cannot be reached: nothing is shown unverified."""
        if not draft.quotes or not draft.text.strip():
            return Verdict((), (Failure(FailureKind.NO_QUOTE, draft.text),))
        found: list[FoundQuote] = []
        for quote in draft.quotes:
            place = _find_chunk(quote.chunk_id, passages)
            if place is None:
                return Verdict((), (Failure(FailureKind.NOT_RETRIEVED, str(quote.chunk_id)),))
            passage, chunk = place
            span = quote.find(chunk.text)
            if span is None:
                return Verdict((), (Failure(FailureKind.NOT_VERBATIM, quote.text),))
            found.append(FoundQuote(passage, chunk, span))
        if _same_words(draft.text, [quote.text for quote in found]):
            return Verdict(tuple(found), ())
        if len(draft.text) > LONGEST_SENTENCE:
            return Verdict(tuple(found), (Failure(FailureKind.TOO_LONG, f"{len(draft.text)} characters"),))
        supporting = _supporting(draft.text, found)
        return Verdict(supporting, tuple(self._failures(draft.text, supporting)))

    def support(self, sentence: str, quotes: Sequence[str]) -> tuple[float, float]:
        """Cosine of sentence and quotes, and the share of the sentence's content words that the quotes hold."""
        joined = "\n".join(quotes)
        vectors = self._embedder.embed([sentence, joined, *(quotes if len(quotes) > 1 else ())])
        cosine = float(max(vectors[1:] @ vectors[0]))
        return cosine, shared_share(content_words(sentence), content_words(joined))

    def _failures(self, sentence: str, quotes: Sequence[FoundQuote]) -> list[Failure]:
        texts = [quote.text for quote in quotes]
        titles = [line for quote in quotes for line in (quote.passage.title, *quote.passage.headings)]
        failures = [Failure(_FACT_FAILURES[fact.kind], fact.text) for fact in missing_facts(sentence, texts, titles)]
        turned = contradiction(sentence, texts)
        if turned is not None:
            failures.append(Failure(FailureKind.POLARITY, turned))
        changed = changed_condition(sentence, texts, titles)
        if changed is not None:
            failures.append(Failure(FailureKind.CONDITION, changed))
        exchanged = exchanged_roles(sentence, texts)
        if exchanged is not None:
            failures.append(Failure(FailureKind.ROLES, exchanged))
        part = unsupported_part(sentence, [*texts, *titles])
        if part is not None:
            failures.append(Failure(FailureKind.PART, part))
        if failures:
            return failures
        cosine, share = self.support(sentence, texts)
        weight = self._threshold.cosine_weight
        support = weight * cosine + (1 - weight) * share
        if support < self._threshold.least_support or cosine < self._threshold.least_cosine:
            failures.append(Failure(FailureKind.MEANING, f"cosine {cosine:.2f}, shared words {share:.2f}"))
        return failures


def unsupported_part(sentence: str, sources: Sequence[str]) -> str | None:
    """The first part of a sentence that was joined to the others and of which the sources hold next to nothing."""
    parts = [part.strip() for part in _BETWEEN_PARTS.split(sentence) if part.strip()]
    known = content_words("\n".join(sources))
    for part in parts if len(parts) > 1 else ():
        own = content_words(part)
        if len(own) >= PART_WORDS and shared_share(own, known) <= PART_SHARE:
            return part
    return None


def _find_chunk(chunk_id: int, passages: Sequence[Passage]) -> tuple[Passage, PassageChunk] | None:
    for passage in passages:
        for chunk in passage.chunks:
            if chunk.chunk_id == chunk_id:
                return passage, chunk
    return None


def _same_words(text: str, quotes: Sequence[str]) -> bool:
    return " ".join(text.split()) == " ".join(" ".join(quotes).split())


def _supporting(sentence: str, quotes: Sequence[FoundQuote]) -> tuple[FoundQuote, ...]:
    wanted = content_words(sentence)
    shares = [shared_share(wanted, content_words(quote.text)) for quote in quotes]
    best = max(shares)
    if best < SUPPORTING_SHARE:
        return tuple(quotes)
    return tuple(quote for quote, share in zip(quotes, shares, strict=True) if share >= SUPPORTING_SHARE)
