"""The port to what is measured: a corpus with search and answers that starts empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from assistant.answer import Answer
from corpus.locator import Span
from corpus.passage import Passage
from evals.case import Turn
from evals.dataset import PassageText


@dataclass(frozen=True, slots=True)
class Unread:
    """A document of the set that could not be ingested. Its cases count all the same."""

    source: str
    reason: str


class System(Protocol):
    """A document's source is its path below the ingested folder (`/` between parts), or its passage id."""

    def ingest(self, folder: Path) -> Sequence[Unread]:
        """Every file below the folder. One bad file does not stop the others."""

    def ingest_passages(self, passages: Sequence[PassageText]) -> Sequence[Unread]:
        """One document each; the version's text is exactly the passage's text."""

    def search(
        self, question: str, limit: int, scope: frozenset[str] | None, history: Sequence[Turn] = ()
    ) -> Sequence[Passage]:
        """Best first, at most `limit`. With a scope, as if the corpus held only the documents of these sources.

        With a `history`, oldest turn first, the question is taken as the next one of that conversation.
        """

    def answer(self, question: str, history: Sequence[Turn], scope: frozenset[str] | None) -> Answer:
        """What a user would be shown, in full. `history` holds the earlier turns, oldest first."""

    def source_of(self, document_id: int) -> str:
        """The source of a document that `search` or `answer` named."""

    def version_text(self, version_id: int) -> str:
        """The stored text that spans count in, read back from where it is kept."""

    def pages_of(self, version_id: int, spans: Sequence[Span]) -> frozenset[int]:
        """The pages, from 1, on which these stretches stand; none for a document without pages."""
