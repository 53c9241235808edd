"""Losses: what a language model wrote for a course and nobody gets to see, and why."""

from dataclasses import dataclass
from enum import StrEnum


class LossKind(StrEnum):
    UNCITED = "names no source that there is"
    UNBOUND = "its sources do not bear it out"
    CONDITION = "leaves out a condition of its source"
    NOT_VERBATIM = "is no quotation"
    ORDERS = "gives orders to whoever writes"
    LEANS = "leans on a sentence that is gone"
    TOO_LONG = "is longer than a claim may be"
    INCOMPLETE = "a part without which it makes no sense is gone"
    NO_PLACE = "stands on nothing that could be played or shown"
    WRONG_KEY = "its sources say otherwise than its key"
    SUPPORTED_DISTRACTOR = "its sources bear out what is marked as wrong"
    ORDER = "its sources do not have it in this order"
    SHAPE = "has a flaw of shape"
    KEY_GATE = "its evidence does not single out the key"
    FULL = "the lesson is full"
    MALFORMED = "is not of the form asked for"
    GONE = "its document is gone"


@dataclass(frozen=True, slots=True)
class DraftLoss:
    """`part_id` is the block or item it was written for, which may be there without it. `reason` says more."""

    part_id: str
    kind: LossKind
    text: str
    reason: str = ""
