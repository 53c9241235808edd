"""Cited writing: sentences that name their sources become claims, or are dropped and counted."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from assistant.instructions import addresses_a_model
from assistant.model_composer import CitedTextParser, find_support
from assistant.sentences import split_statements
from assistant.verification import Failure
from authoring.binding import Binder, Binding
from authoring.claim import LONGEST_CLAIM, Claim, Stance
from authoring.draft_loss import DraftLoss, LossKind
from authoring.left_out_condition import left_out_condition
from corpus.citation import find_quote, is_inside_a_word
from corpus.embedder import Embedder
from corpus.errors import NotFound
from corpus.locator import Span
from corpus.passage import Passage

_NUMBER = re.compile(r"\d{1,4}")


class CitedWriting:
    """For the parts of one lesson. `sources` are what the model saw, by its number of each."""

    def __init__(
        self,
        sources: Mapping[int, Sequence[Passage]],
        binder: Binder,
        embedder: Embedder,
        lost: Callable[[DraftLoss], None],
        turns: AbstractContextManager[object],
    ) -> None:
        """`turns` is held while something is calculated."""
        self._sources = sources
        self._binder = binder
        self._embedder = embedder
        self._lost = lost
        self._turns = turns

    @property
    def material(self) -> tuple[Passage, ...]:
        """All of it, in order."""
        return tuple(dict.fromkeys(passage for named in self._sources.values() for passage in named))

    def lose(self, part_id: str, kind: LossKind, text: str, reason: str = "") -> None:
        self._lost(DraftLoss(part_id, kind, text, reason))

    def named(self, ids: Sequence[str]) -> tuple[Passage, ...]:
        """Ids that were not given are dropped."""
        return tuple(dict.fromkeys(passage for number in numbers_in(ids) for passage in self._sources.get(number, ())))

    def sentences(self, text: str, ids: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each sentence alone, with the ids said for all of them and those within it, which it is rid of."""
        for cited in CitedTextParser().feed(" ".join(text.split()) + "\n"):
            yield cited.text, (*ids, *map(str, cited.sources))

    def claim(self, part_id: str, claim_id: str, text: str, named: Sequence[Passage]) -> Claim | None:
        """None, and counted, where the named sources do not bear it out. Raises `Unavailable`."""
        if not named:
            self.lose(part_id, LossKind.UNCITED, text)
            return None
        binding = self.bind(part_id, claim_id, text, named)
        if binding is None:
            return None
        if binding.failures:
            self.lose(part_id, LossKind.UNBOUND, text, said_of(binding.failures))
            return None
        condition = left_out_condition(text, [evidence.quote for evidence in binding.claim.evidence])
        if condition is not None:
            self.lose(part_id, LossKind.CONDITION, text, condition)
            return None
        return binding.claim

    def whole(self, part_id: str, claim_id: str, text: str, ids: Sequence[str]) -> Claim | None:
        """Several sentences that are one claim: each must be borne out."""
        parts = [
            self.claim(part_id, claim_id, sentence, self.named(own)) for sentence, own in self.sentences(text, ids)
        ]
        bound = [part for part in parts if part is not None]
        if not bound or len(bound) < len(parts):
            return None
        evidence = dict.fromkeys(evidence for part in bound for evidence in part.evidence)
        return Claim(claim_id, " ".join(part.text for part in bound), tuple(evidence))

    def bind(self, part_id: str, claim_id: str, text: str, named: Sequence[Passage]) -> Binding | None:
        """With its failures where it is not borne out. None, and counted, where it cannot even be looked at."""
        if addresses_a_model(text):
            self.lose(part_id, LossKind.ORDERS, text)
            return None
        if len(text) > LONGEST_CLAIM:
            self.lose(part_id, LossKind.TOO_LONG, text, f"{len(text)} characters")
            return None
        try:
            with self._turns:
                quotes = find_support(text, named, self._embedder)
                # What orders a model about is no evidence either, though it stands there word for word.
                said = tuple(quote for quote in quotes if not addresses_a_model(quote.text))
                return self._binder.bind(claim_id, text, said, named)
        except NotFound as gone:
            self.lose(part_id, LossKind.GONE, text, str(gone))
            return None

    def verbatim(
        self, claim_id: str, text: str, named: Sequence[Passage], stance: Stance = Stance.SUPPORTS
    ) -> Claim | None:
        """The words where they stand first among the sources, as whole words; None where they stand nowhere."""
        for passage in named:
            chunk = passage.chunks[0]
            span = find_quote(chunk.text, text)
            if span is None or is_inside_a_word(chunk.text, span) or _is_of_an_order(passage, span):
                continue
            try:
                return self._binder.verbatim(claim_id, passage, span, stance)
            except NotFound:
                continue
        return None


def _is_of_an_order(passage: Passage, span: Span) -> bool:
    """Whether it stands in a sentence that gives orders to a model: no word of it is quoted."""
    return any(
        statement.span.overlaps(span) and addresses_a_model(statement.text)
        for statement in split_statements(passage.chunks[0].text, passage.kind)
    )


def numbers_in(ids: Sequence[str]) -> list[int]:
    """`S1`, `[S1]`, `source 1`, and `S1, S2` in one."""
    return list(dict.fromkeys(int(number) for said in ids for number in _NUMBER.findall(said)))


def said_of(failures: Sequence[Failure]) -> str:
    return "; ".join(f"{failure.kind}: {failure.detail}" for failure in failures)


def with_stance(claim: Claim, text: str, stance: Stance, claim_id: str) -> Claim:
    """Another text on the same evidence, which has something else to do with it."""
    return Claim(claim_id, text, tuple(replace(evidence, stance=stance) for evidence in claim.evidence))
