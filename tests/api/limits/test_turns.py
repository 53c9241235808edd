"""While answers wait for a model, others calculate; but no more of them at a time than there are turns."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from threading import BoundedSemaphore, Lock, Thread

from api.limits.turns import ComposerInTurn, Turnstile
from assistant.composer import DraftSentence
from assistant.language_model import Message, ReplyForm
from assistant.model_budget import Boundless, Budget, ModelUsage
from assistant.model_composer import ModelComposer
from corpus.citation import Quote
from corpus.passage import Passage
from tests.assistant.passages import a_passage
from tests.fakes import WordEmbedder

LEAVE = a_passage("Parental leave lasts 26 weeks. It is paid in full.", chunk_id=1)


class Calculating:
    """A composer that notes how many threads are in it at the same time."""

    name = "calculating"

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self.most = 0

    def compose(self, question: str, passages: Sequence[Passage], budget: Budget) -> Iterator[DraftSentence]:
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
        time.sleep(0.02)
        with self._lock:
            self._inside -= 1
        yield DraftSentence("It is paid in full.", (Quote(1, "It is paid in full."),))


class WaitedFor:
    """A model that looks whether a turn is free while it lets others wait."""

    name = "waited for"

    def __init__(self, is_free: Callable[[], bool]) -> None:
        self._is_free = is_free
        self.found_free: list[bool] = []

    def stream(
        self,
        messages: Sequence[Message],
        timeout_s: float,
        spent: Callable[[ModelUsage], None],
        form: ReplyForm | None = None,
    ) -> Generator[str, None, None]:
        for piece in ("Leave lasts 26 weeks. [S1] ", "It is paid in full. [S1] ", "So it is. [S1]"):
            self.found_free.append(self._is_free())
            yield piece


def test_no_more_calculate_at_the_same_time_than_there_are_turns() -> None:
    inner = Calculating()
    turnstile = Turnstile(2)
    composer = ComposerInTurn(inner, turnstile)
    threads = [Thread(target=lambda: list(composer.compose("Why?", [LEAVE], Boundless()))) for _ in range(8)]
    with turnstile, turnstile:
        for thread in threads:
            thread.start()
        while not turnstile.is_crowded:
            time.sleep(0.001)
        assert inner.most == 0
    for thread in threads:
        thread.join()
    assert inner.most == 2
    assert not turnstile.is_crowded


def test_nobody_keeps_a_turn_while_the_model_is_waited_for_or_the_reader() -> None:
    turns = BoundedSemaphore(1)

    def is_free() -> bool:
        taken = turns.acquire(blocking=False)
        if taken:
            turns.release()
        return taken

    model = WaitedFor(is_free)
    for draft in ModelComposer(model, WordEmbedder(), 30, turns).compose("How long?", [LEAVE], Boundless()):
        assert draft.text
        assert is_free()
    assert model.found_free == [True, True, True]
