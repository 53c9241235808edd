"""What people ask: passages, answers, the place of a quote."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy.orm import Session, sessionmaker

from api.citing import resolver_for
from api.limits.model_budgets import ModelBudgets
from assistant.answer import Answer
from assistant.answering import AnswerEvent, Answering, Finished
from assistant.question_parts import parts_of
from corpus.audience import Reader
from corpus.chunk import spans_in_version
from corpus.citation import Citation, NotVerbatim, find_quote
from corpus.passage import Passage
from corpus.search import Search
from corpus.store import CorpusStore

ANSWER_PASSAGES = 8
"""Passages that an answer is composed from."""

CLAUSE_PASSAGES = 1
"""Of these, so many are those found for each clause of a question alone."""


class Asking:
    def __init__(
        self, sessions: sessionmaker[Session], search: Search, answering: Answering, budgets: ModelBudgets
    ) -> None:
        self._sessions = sessions
        self._search = search
        self._answering = answering
        self._budgets = budgets

    def find(self, question: str, user: str, limit: int) -> list[Passage]:
        with self._sessions() as session:
            store = CorpusStore(session)
            return self._search.search(store, question, store.reader(user), limit)

    def find_within(self, question: str, user: str, limit: int, document_ids: Collection[int]) -> list[Passage]:
        """Only in these documents, as far as the user may read them."""
        with self._sessions() as session:
            store = CorpusStore(session)
            return self._search.search(store, question, store.reader(user), limit, frozenset(document_ids))

    def ask(self, question: str, user: str) -> Answer:
        for event in self.ask_streaming(question, user):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("A stream of answer events ends with Finished.")

    def ask_streaming(self, question: str, user: str) -> Iterator[AnswerEvent]:
        passages, budget = self._passages(question, user), self._budgets.of(user)
        for event in self._answering.stream(question, passages, resolver_for(self._sessions, user), budget):
            if isinstance(event, Finished):
                self._budgets.write_down()
            yield event

    def _passages(self, question: str, user: str) -> list[Passage]:
        with self._sessions() as session:
            store = CorpusStore(session)
            return self.passages_for(store, question, store.reader(user))

    def passages_for(
        self, store: CorpusStore, question: str, reader: Reader, within: frozenset[int] | None = None
    ) -> list[Passage]:
        """What an answer is composed from; of a question with several clauses, at last what each finds alone."""
        found = self._search.search(store, question, reader, ANSWER_PASSAGES, within)
        alone = [
            self._search.search(store, part.text, reader, CLAUSE_PASSAGES, within)
            for part in parts_of(question)
            if part.is_clause
        ]
        return _with_others(found, [passage for rank in zip(*alone, strict=False) for passage in rank])

    def cite(self, chunk_id: int, quote: str, user: str) -> Citation:
        """Raises `ChunkNotFound` or `NotVerbatim`."""
        with self._sessions() as session:
            store = CorpusStore(session)
            chunk = store.get_chunk(store.reader(user), chunk_id)
            span = find_quote(chunk.text, quote)
            if span is None:
                raise NotVerbatim(chunk_id, quote)
            spans = tuple(spans_in_version(chunk.pieces, span.start, span.end))
            return Citation(
                document_id=chunk.document_id,
                version_id=chunk.version_id,
                chunk_id=chunk_id,
                document_name=chunk.document_name,
                title=chunk.title,
                headings=chunk.headings,
                quote=chunk.text[span.start : span.end],
                chunk_span=span,
                spans=spans,
                locator=store.get_places(chunk.version_id).locator(spans, chunk.headings),
            )


def _with_others(found: Sequence[Passage], others: Sequence[Passage]) -> list[Passage]:
    """`others` in the last places, as far as they share no chunk with those before."""
    chosen = list(found[: ANSWER_PASSAGES - len(others)])
    for passage in (*others, *found[len(chosen) :]):
        taken = {chunk.chunk_id for other in chosen for chunk in other.chunks}
        if len(chosen) < ANSWER_PASSAGES and not taken & {chunk.chunk_id for chunk in passage.chunks}:
            chosen.append(passage)
    return chosen
