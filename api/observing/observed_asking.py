"""Asking, with counts of what came of it and how long people waited for the first sentence."""

from collections.abc import Callable, Iterator

from sqlalchemy.orm import Session, sessionmaker

from api.asking import Asking
from api.limits.model_budgets import ModelBudgets
from api.observing.meters import AnswerMeters
from api.observing.tracer import Tracer
from assistant.answer import Answer
from assistant.answering import AnswerEvent, Answering, Finished, SentenceReady
from corpus.errors import Invalid, NotFound
from corpus.passage import Passage
from corpus.search import Search


class ObservedAsking(Asking):
    def __init__(
        self,
        sessions: sessionmaker[Session],
        search: Search,
        answering: Answering,
        budgets: ModelBudgets,
        tracer: Tracer,
        meters: AnswerMeters,
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__(sessions, search, answering, budgets)
        self._tracer = tracer
        self._meters = meters
        self._monotonic = monotonic

    def find(self, question: str, user: str, limit: int) -> list[Passage]:
        with self._tracer.within("search") as span:
            passages = super().find(question, user, limit)
            span.note("passages", len(passages))
            return passages

    def ask(self, question: str, user: str) -> Answer:
        for event in self.ask_streaming(question, user):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("A stream of answer events ends with Finished.")

    def ask_streaming(self, question: str, user: str) -> Iterator[AnswerEvent]:
        span, began, spoke = self._tracer.begin("answer"), self._monotonic(), False
        unfinished: str | None = "abandoned"
        try:
            for event in super().ask_streaming(question, user):
                if isinstance(event, SentenceReady) and not spoke:
                    spoke = True
                    self._meters.first_sentence(self._monotonic() - began)
                elif isinstance(event, Finished):
                    answer, unfinished = event.answer, None
                    self._meters.answered(answer.status.value, answer.composer, self._monotonic() - began)
                    span.note("status", answer.status.value)
                    span.note("composer", answer.composer)
                    span.note("sentences", len(answer.sentences))
                yield event
        except (Invalid, NotFound):
            # The question was refused, not answered badly.
            unfinished = None
            raise
        except Exception as error:
            unfinished = "failed"
            span.fail(error)
            raise
        finally:
            if unfinished is not None:
                self._meters.unanswered(unfinished)
            span.end()

    def _passages(self, question: str, user: str) -> list[Passage]:
        with self._tracer.within("search") as span:
            passages = super()._passages(question, user)
            span.note("passages", len(passages))
            return passages
