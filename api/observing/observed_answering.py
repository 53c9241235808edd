"""What answering consists of, with spans and counts around it: composing, verifying, calling the model."""

import logging
from collections.abc import Callable, Generator, Iterator, Sequence

from api.observing.last_outcome import LastOutcome
from api.observing.meters import ModelMeters
from api.observing.tracer import Tracer
from assistant.composer import Composer, DraftSentence
from assistant.language_model import LanguageModel, Message, ReplyForm
from assistant.model_budget import Budget, ModelUsage
from assistant.verification import Verdict, Verifier
from corpus.embedder import Embedder
from corpus.passage import Passage

_LOG = logging.getLogger(__name__)


class ObservedComposer:
    def __init__(self, composer: Composer, tracer: Tracer) -> None:
        self._composer = composer
        self._tracer = tracer

    @property
    def name(self) -> str:
        return self._composer.name

    def compose(self, question: str, passages: Sequence[Passage], budget: Budget) -> Iterator[DraftSentence]:
        span = self._tracer.begin("compose")
        span.note("composer", self.name)
        span.note("passages", len(passages))
        try:
            yield from self._composer.compose(question, passages, budget)
        except Exception as error:
            span.fail(error)
            raise
        finally:
            span.end()


class ObservedVerifier(Verifier):
    def __init__(self, embedder: Embedder, tracer: Tracer) -> None:
        super().__init__(embedder)
        self._tracer = tracer

    def verify(self, draft: DraftSentence, passages: Sequence[Passage]) -> Verdict:
        with self._tracer.within("verify") as span:
            verdict = super().verify(draft, passages)
            span.note("passed", verdict.passed)
            return verdict


class ObservedLanguageModel:
    def __init__(
        self,
        model: LanguageModel,
        tracer: Tracer,
        meters: ModelMeters,
        outcome: LastOutcome,
        monotonic: Callable[[], float],
    ) -> None:
        self._model = model
        self._tracer = tracer
        self._meters = meters
        self._outcome = outcome
        self._monotonic = monotonic

    @property
    def name(self) -> str:
        return self._model.name

    def stream(
        self,
        messages: Sequence[Message],
        timeout_s: float,
        spent: Callable[[ModelUsage], None],
        form: ReplyForm | None = None,
    ) -> Generator[str]:
        def count(usage: ModelUsage) -> None:
            self._meters.model_tokens(usage.tokens_in, usage.tokens_out)
            spent(usage)

        span, began = self._tracer.begin("model call"), self._monotonic()
        span.note("model", self.name)
        failed = False
        try:
            yield from self._model.stream(messages, timeout_s, count, form)
        except Exception as error:
            failed = True
            span.fail(error)
            # Its kind alone gets into the log: a provider's words may repeat what it was asked.
            _LOG.warning("a call of the language model failed: %s", error.__cause__ or error)
            raise
        finally:
            # Whoever stops reading has what they want: that is no failure of the model.
            (self._outcome.failed if failed else self._outcome.worked)()
            self._meters.model_called(failed, self._monotonic() - began)
            span.end()
