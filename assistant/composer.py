"""The port that turns passages into the sentences of an answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.model_budget import Budget
from corpus.citation import Quote
from corpus.passage import Passage


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence as composed, not yet verified."""

    text: str
    quotes: tuple[Quote, ...]


class Composer(Protocol):
    """Contract: `tests/contracts/composer.py`."""

    @property
    def name(self) -> str:
        """`extractive`, or the language model's name."""

    def compose(self, question: str, passages: Sequence[Passage], budget: Budget) -> Iterator[DraftSentence]:
        """Sentences in reading order, as they become ready. None at all means that it found no answer.

        What it takes of a language model is taken from `budget`.

        Raises `Unavailable`, also after some sentences, when what it depends on fails or takes too long.
        """
