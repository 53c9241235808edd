"""The port of what writes the first draft of a course."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from assistant.model_budget import Budget
from authoring.course import Brief, Lesson, Part
from corpus.passage import Passage


class Drafter(Protocol):
    """Contract: `tests/contracts/drafter.py`. Material is one passage for each chunk, in the order of the documents.

    Everything that is drafted is bound: what could not be is dropped, or left unbound for the author to see. Ids are
    unique among all that a drafter makes, and the same when it is asked the same again.
    """

    @property
    def name(self) -> str:
        """`extractive`, or the language model's name."""

    def outline(self, brief: Brief, material: Sequence[Passage], budget: Budget) -> list[Lesson]:
        """Planned lessons in teaching order, each with its objective and its material.

        Raises `Invalid` where the material holds nothing to teach, `Unavailable`.
        """

    def draft(self, brief: Brief, lesson: Lesson, material: Sequence[Passage], budget: Budget) -> Iterator[Part]:
        """The blocks, then the quiz items of one planned lesson, as they become ready. Raises `Unavailable`."""

    def redraft(
        self, brief: Brief, lesson: Lesson, part: Part, instruction: str, material: Sequence[Passage], budget: Budget
    ) -> Part:
        """Another version of one part, with its id. Raises `Invalid` where nothing else can be made, `Unavailable`."""
