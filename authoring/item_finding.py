"""Findings: what is wrong with a quiz item or a set of them, in which words, and how it is mended."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """Of one item the rules down to CONVERGENCE, of a set of them the others."""

    ALL_OF_THE_ABOVE = "all of the above"
    NONE_OF_THE_ABOVE = "none of the above"
    LONGEST_KEY = "longest key"
    TRUE_FALSE_OPTIONS = "true/false-style options"
    INCOMPLETE_STEM = "incomplete stem"
    ABSOLUTE = "absolute"
    WORD_IN_KEY = "word of the stem in the key alone"
    K_TYPE = "k-type"
    GRAMMATICAL_CUE = "grammatical cue"
    NUMBER_ORDER = "number order"
    VAGUE = "vague qualifier"
    NEGATIVE_STEM = "negative stem"
    KEY_COUNT = "number of keys"
    SAME_OPTION = "option twice"
    CONVERGENCE = "convergence"

    KEY_POSITIONS = "key positions"
    LONGEST_KEY_RATE = "longest-key rate"
    DUPLICATE = "duplicate item"
    GIVEN_BY_ITEM = "given away by another item"
    GIVEN_BESIDE = "answer stands beside it"
    LENGTH_SPREAD = "option length spread"
    NO_RATIONALE = "option without rationale"


@dataclass(frozen=True, slots=True)
class Finding:
    """`words` are those of the item that it is about, `mend` says what to do. `items` are the ids of the items that a
    finding about a set concerns, first the one to change.
    """

    rule: Rule
    words: str
    mend: str
    items: tuple[str, ...] = ()
