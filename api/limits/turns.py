"""Only so many threads calculate at the same time as there are cores, however many answers wait for a model.

More of them would be no faster, and would keep the event loop, which sends people away or reads them their pages, from
having its turn: with 16 of them it took 17 s to refuse somebody (two busy cores).
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

from assistant.composer import Composer, DraftSentence
from assistant.model_budget import Budget
from corpus.audience import Reader
from corpus.embedder import Embedder
from corpus.passage import Passage
from corpus.search import KeywordSearch, Search, VectorSearch
from corpus.store import CorpusStore

Turns = AbstractContextManager[object]
"""Entered while a thread calculates; waits until one of the others has left."""


class SearchInTurn(Search):
    def __init__(
        self, embedder: Embedder, vectors: VectorSearch, keywords: KeywordSearch, model_id: int, turns: Turns
    ) -> None:
        super().__init__(embedder, vectors, keywords, model_id)
        self._turns = turns

    def search(
        self, store: CorpusStore, question: str, reader: Reader, limit: int, within: frozenset[int] | None = None
    ) -> list[Passage]:
        with self._turns:
            return super().search(store, question, reader, limit, within)


class ComposerInTurn:
    """For one that waits for nothing outside."""

    def __init__(self, composer: Composer, turns: Turns) -> None:
        self._composer = composer
        self._turns = turns

    @property
    def name(self) -> str:
        return self._composer.name

    def compose(self, question: str, passages: Sequence[Passage], budget: Budget) -> Iterator[DraftSentence]:
        with self._turns:
            drafts = list(self._composer.compose(question, passages, budget))
        yield from drafts
