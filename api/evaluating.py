"""The real system as evaluations see it: a fresh data folder, searched and asked through the ordinary services."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.asking import ANSWER_PASSAGES
from api.ingesting import find_files
from api.services import Services
from assistant.answer import Answer
from assistant.conversation import History, Speaker
from assistant.conversation import Turn as SaidTurn
from assistant.model_budget import Boundless
from assistant.remembered_vectors import RememberedVectors
from assistant.retrieval_plan import plan_retrieval
from assistant.standalone_question import CarryingCompleter, StandaloneQuestion
from corpus.audience import EVERYONE, OWNER
from corpus.citing import CitationResolver
from corpus.locator import Span
from corpus.passage import Passage
from corpus.places import Places
from corpus.search import WeightedQuestion
from corpus.store import CorpusStore
from evals.case import Turn
from evals.dataset import PassageText
from evals.system import Unread
from ingestion.ingest import FileReport, IncomingFile, Outcome


@dataclass(frozen=True, slots=True)
class _AskedInConversation:
    standalone: StandaloneQuestion
    plan: tuple[WeightedQuestion, ...]


class MeasuredSystem:
    """Implements `evals.system.System`. `on_file` hears of (done, of how many)."""

    def __init__(self, services: Services, on_file: Callable[[int, int], None]) -> None:
        self._services = services
        self._on_file = on_file
        self._source_of: dict[int, str] = {}
        self._id_of: dict[str, int] = {}
        self._places: dict[int, Places] = {}
        self._embedder = RememberedVectors(services.embedder)

    def ingest(self, folder: Path) -> Sequence[Unread]:
        files = find_files([folder])
        return self._noted(self._services.ingesting.add_paths(files, EVERYONE), [file.name for file in files])

    def ingest_passages(self, passages: Sequence[PassageText]) -> Sequence[Unread]:
        files = [
            IncomingFile(f"{passage.id}.txt", f"passage:{passage.id}", passage.text.encode(), passage.title)
            for passage in passages
        ]
        return self._noted(self._services.ingesting.add_texts(files, EVERYONE), [passage.id for passage in passages])

    def search(
        self, question: str, limit: int, scope: frozenset[str] | None, history: Sequence[Turn] = ()
    ) -> Sequence[Passage]:
        within, asked = self._within(scope), self._in_conversation(question, history)
        with self._services.sessions() as session:
            store = CorpusStore(session)
            reader = store.reader(OWNER)
            if asked is None:
                return self._services.search.search(store, question, reader, limit, within)
            return self._services.search.search_together(store, asked.plan, reader, limit, within)

    def answer(self, question: str, history: Sequence[Turn], scope: frozenset[str] | None) -> Answer:
        within, asked = self._within(scope), self._in_conversation(question, history)
        with self._services.sessions() as session:
            store = CorpusStore(session)
            reader, places = store.reader(OWNER), CitationResolver(store.get_places)
            if asked is None:
                passages = self._services.asking.passages_for(store, question, reader, within)
                return self._services.answering.answer(question, passages, places)
            passages = self._services.search.search_together(store, asked.plan, reader, ANSWER_PASSAGES, within)
            return self._services.answering.answer(asked.standalone.text, passages, places)

    def _in_conversation(self, question: str, history: Sequence[Turn]) -> "_AskedInConversation | None":
        """None for a first question."""
        if not history:
            return None
        turns = History(tuple(SaidTurn(Speaker(turn.role), turn.content) for turn in history))
        standalone = CarryingCompleter(self._embedder).complete(question, turns, Boundless())
        return _AskedInConversation(standalone, plan_retrieval(question, standalone, turns, self._embedder))

    def source_of(self, document_id: int) -> str:
        return self._source_of[document_id]

    def version_text(self, version_id: int) -> str:
        with self._services.sessions() as session:
            return CorpusStore(session).get_version_text(version_id)

    def pages_of(self, version_id: int, spans: Sequence[Span]) -> frozenset[int]:
        if version_id not in self._places:
            with self._services.sessions() as session:
                self._places[version_id] = CorpusStore(session).get_places(version_id)
        return frozenset(self._places[version_id].pages(spans))

    def _noted(self, reports: Iterable[FileReport], sources: Sequence[str]) -> list[Unread]:
        unread = []
        for number, (report, source) in enumerate(zip(reports, sources, strict=True), 1):
            if report.document_id is None or report.outcome is Outcome.FAILED:
                unread.append(Unread(source, report.reason or report.outcome))
            else:
                self._source_of[report.document_id] = source
                self._id_of[source] = report.document_id
            self._on_file(number, len(sources))
        self._services.indexes.follow()
        return unread

    def _within(self, scope: frozenset[str] | None) -> frozenset[int] | None:
        if scope is None:
            return None
        return frozenset(
            document_id
            for source, document_id in self._id_of.items()
            if source in scope or any(entry.endswith("/") and source.startswith(entry) for entry in scope)
        )
