"""Only so many threads calculate at the same time as there are cores, however many answers wait for a model.

More of them would be no faster, and would keep the event loop, which sends people away or reads them their pages, from
having its turn: with 16 of them it took 17 s to refuse somebody (two busy cores).
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from threading import Lock, Semaphore
from types import TracebackType
from typing import Self

from assistant.composer import Composer, DraftSentence
from assistant.model_budget import Budget
from corpus.audience import Reader
from corpus.embedder import Embedder
from corpus.passage import Passage
from corpus.search import KeywordSearch, Search, VectorSearch, WeightedQuestion
from corpus.store import CorpusStore

Turns = AbstractContextManager[object]
"""Entered while a thread calculates; waits until one of the others has left."""

_MAY_WAIT_EACH = 2
"""Threads that wait for each turn before it is too much: they have something to go on with, and begin soon."""


class Turnstile:
    """Turns that say when too many wait for them."""

    def __init__(self, at_once: int) -> None:
        self._turns = Semaphore(at_once)
        self._may_wait = at_once * _MAY_WAIT_EACH
        self._lock = Lock()
        self._waiting = 0

    @property
    def is_crowded(self) -> bool:
        return self._waiting >= self._may_wait

    def __enter__(self) -> Self:
        self._count(1)
        try:
            self._turns.acquire()
        finally:
            self._count(-1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._turns.release()

    def _count(self, change: int) -> None:
        with self._lock:
            self._waiting += change


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

    def search_together(
        self,
        store: CorpusStore,
        questions: Sequence[WeightedQuestion],
        reader: Reader,
        limit: int,
        within: frozenset[int] | None = None,
    ) -> list[Passage]:
        with self._turns:
            return super().search_together(store, questions, reader, limit, within)


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
