"""Binding: a sentence becomes a claim when verbatim spans of the material support it."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.composer import DraftSentence
from assistant.verification import Failure, Verifier
from authoring.claim import Claim, Stance, evidence_of
from corpus.citation import Quote
from corpus.citing import CitationResolver
from corpus.locator import Span
from corpus.passage import Passage


@dataclass(frozen=True, slots=True)
class Binding:
    """`claim` has no evidence where `failures` say why not."""

    claim: Claim
    failures: tuple[Failure, ...] = ()


class Binder:
    def __init__(self, verifier: Verifier, resolver: CitationResolver) -> None:
        self._verifier = verifier
        self._resolver = resolver

    def verbatim(self, claim_id: str, passage: Passage, span: Span, stance: Stance = Stance.SUPPORTS) -> Claim:
        """The words of a passage's first chunk at `span` as a claim, white space made single."""
        citation = self._resolver.resolve(passage, passage.chunks[0], span)
        return Claim(claim_id, " ".join(citation.quote.split()), (evidence_of(citation, stance),))

    def bind(self, claim_id: str, text: str, quotes: Sequence[Quote], passages: Sequence[Passage]) -> Binding:
        """A sentence that somebody composed, held against what they quote for it. Raises `Unavailable`."""
        verdict = self._verifier.verify(DraftSentence(text, tuple(quotes)), passages)
        if not verdict.passed:
            return Binding(Claim(claim_id, text), verdict.failures)
        cited = [self._resolver.resolve(found.passage, found.chunk, found.span) for found in verdict.quotes]
        return Binding(Claim(claim_id, text, tuple(evidence_of(citation) for citation in cited)))
