"""Quiz items: a stem, its options, which of them is the key, and why each is right or wrong."""

from dataclasses import dataclass
from enum import StrEnum

from authoring.claim import Claim


class ItemKind(StrEnum):
    MULTIPLE_CHOICE = "multiple choice"
    TRUE_FALSE = "true/false"
    CLOZE = "cloze"
    ORDERING = "ordering"
    MATCHING = "matching"
    SHORT_ANSWER = "short answer"


GAP = "_____"
"""What stands in the stem of a CLOZE where the learner fills in."""

CHOSEN_FROM = frozenset({ItemKind.MULTIPLE_CHOICE, ItemKind.TRUE_FALSE})
"""Kinds whose options a learner chooses from: each has a rationale, and exactly one is the key."""


@dataclass(frozen=True, slots=True)
class Option:
    """`claim` is what it says. A key's evidence supports it; a distractor's contradicts it, or is where its words are
    from. `rationale` says why it is right or wrong. `match` is what it belongs to in a MATCHING.
    """

    claim: Claim
    is_key: bool
    rationale: Claim | None = None
    match: str = ""


@dataclass(frozen=True, slots=True)
class QuizItem:
    """`stem` has the evidence of what is asked about.

    Of MULTIPLE_CHOICE and TRUE_FALSE one option is the key. Of CLOZE and SHORT_ANSWER each option is an accepted
    answer (CLOZE may have distractors beside them, to choose from). Of ORDERING all are keys and stand in the right
    order; of MATCHING all are keys. `revision` and `edited_by` are as of a `Block`.
    """

    id: str
    kind: ItemKind
    stem: Claim
    options: tuple[Option, ...]
    revision: int = 1
    edited_by: str = ""

    @property
    def keys(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if option.is_key)

    @property
    def distractors(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if not option.is_key)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All, in reading order."""
        said = [self.stem]
        for option in self.options:
            said.append(option.claim)
            if option.rationale is not None:
                said.append(option.rationale)
        return tuple(said)
