"""Answers a question from passages: decides, composes, verifies, cites."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from assistant.answer import Answer, AnswerStatus, Sentence
from assistant.answerability import Answerability
from assistant.composer import Composer, DraftSentence
from assistant.model_budget import Boundless, Budget
from assistant.verification import FoundQuote, Verifier
from assistant.words import words
from corpus.citation import Citation
from corpus.errors import NotFound, Unavailable
from corpus.locator import Span
from corpus.passage import Passage, PassageChunk

RELATED = 5
_BOUNDLESS = Boundless()
_AT_ANY_TIME = nullcontext()


class CitationResolver(Protocol):
    def resolve(self, passage: Passage, chunk: PassageChunk, span: Span) -> Citation:
        """The exact place of `span` of the chunk's text. Raises `NotFound` when the document is gone meanwhile."""


@dataclass(frozen=True, slots=True)
class Started:
    """`status` is what the answer will be unless nothing of it survives verification."""

    status: AnswerStatus
    confidence: float


@dataclass(frozen=True, slots=True)
class SentenceReady:
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Finished:
    answer: Answer


AnswerEvent = Started | SentenceReady | Finished


class Answering:
    def __init__(
        self,
        answerability: Answerability,
        composer: Composer,
        verifier: Verifier,
        fallback: Composer | None,
        turns: AbstractContextManager[object] = _AT_ANY_TIME,
    ) -> None:
        """`fallback` answers when `composer` fails; without one, its failure is the caller's.

        `turns` is held while something is calculated, and never while somebody else is waited for.
        """
        self._answerability = answerability
        self._composer = composer
        self._verifier = verifier
        self._fallback = fallback
        self._turns = turns

    def answer(
        self, question: str, passages: Sequence[Passage], resolver: CitationResolver, budget: Budget = _BOUNDLESS
    ) -> Answer:
        """Raises `Unavailable`."""
        for event in self.stream(question, passages, resolver, budget):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("A stream of answer events ends with Finished.")

    def stream(
        self, question: str, passages: Sequence[Passage], resolver: CitationResolver, budget: Budget = _BOUNDLESS
    ) -> Iterator[AnswerEvent]:
        """Started, each sentence once it is verified, Finished with the same sentences. Raises `Unavailable`."""
        with self._turns:
            decision = self._answerability.decide(question, passages)
        if not decision.answer:
            yield Started(AnswerStatus.NOT_FOUND, decision.probability)
            yield Finished(_not_found(passages, self._composer.name, decision.probability, None))
            return
        yield Started(AnswerStatus.PARTIAL if decision.missing else AnswerStatus.ANSWERED, decision.probability)
        writing = _Writing(self._verifier, resolver, question, passages, budget, self._turns)
        composer, notice = self._composer, None
        try:
            yield from writing.write(composer)
        except _ComposerFailed as failure:
            if writing.sentences:
                notice = f"The answer may be incomplete. {failure.cause}"
                writing.removed += 1
            elif self._fallback is None:
                raise failure.cause from failure.cause.__cause__
            else:
                composer = self._fallback
                notice = f"{failure.cause} These are the sources’ own sentences instead."
                writing.removed = 0
                yield from writing.write_plainly(composer)
        if not writing.sentences:
            yield Finished(_not_found(passages, composer.name, decision.probability, notice))
            return
        if decision.missing and notice is None:
            notice = f"Nothing was found about: {'; '.join(decision.missing)}."
        status = AnswerStatus.PARTIAL if writing.removed or decision.missing else AnswerStatus.ANSWERED
        yield Finished(Answer(status, tuple(writing.sentences), (), composer.name, decision.probability, notice))


class _ComposerFailed(Exception):
    def __init__(self, cause: Unavailable) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _Writing:
    """The sentences of one answer as far as they are verified."""

    def __init__(
        self,
        verifier: Verifier,
        resolver: CitationResolver,
        question: str,
        passages: Sequence[Passage],
        budget: Budget,
        turns: AbstractContextManager[object],
    ) -> None:
        self._verifier = verifier
        self._resolver = resolver
        self._question = question
        self._passages = passages
        self._budget = budget
        self._turns = turns
        self._said: set[tuple[str, ...]] = set()
        self.sentences: list[Sentence] = []
        self.removed = 0
        """Cited sentences that did not pass. Uncited ones say nothing about the corpus and are not counted."""

    def write(self, composer: Composer) -> Iterator[SentenceReady]:
        """Raises `_ComposerFailed` for a failure of the composer, and none other: verifying is no part of it."""
        drafts = composer.compose(self._question, self._passages, self._budget)
        while True:
            try:
                draft = next(drafts, None)
            except Unavailable as failure:
                raise _ComposerFailed(failure) from failure
            if draft is None:
                return
            yield from self._add(draft)

    def write_plainly(self, composer: Composer) -> Iterator[SentenceReady]:
        for draft in composer.compose(self._question, self._passages, self._budget):
            yield from self._add(draft)

    def _add(self, draft: DraftSentence) -> Iterator[SentenceReady]:
        spoken = tuple(words(draft.text)) or (draft.text.strip(),)
        if spoken in self._said:
            return
        with self._turns:
            verdict = self._verifier.verify(draft, self._passages)
        citations = self._cite(verdict.quotes) if verdict.passed else ()
        if not citations:
            self.removed += bool(draft.quotes)
            return
        self._said.add(spoken)
        sentence = Sentence(draft.text, citations)
        self.sentences.append(sentence)
        yield SentenceReady(sentence)

    def _cite(self, quotes: Sequence[FoundQuote]) -> tuple[Citation, ...]:
        """None at all when a document is gone meanwhile: what it said may not be said any more."""
        try:
            return tuple(
                dict.fromkeys(self._resolver.resolve(quote.passage, quote.chunk, quote.span) for quote in quotes)
            )
        except NotFound:
            return ()


def _not_found(passages: Sequence[Passage], composer: str, confidence: float, notice: str | None) -> Answer:
    return Answer(AnswerStatus.NOT_FOUND, (), tuple(passages[:RELATED]), composer, confidence, notice)
