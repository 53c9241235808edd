"""Cases: a question put to the system under measurement, and where its answer stands."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from corpus.locator import Span

RELABELLED = "relabelled"
"""Tag of cases whose label was corrected after publication. They count for answering or abstaining, not for search."""


class Answerable(StrEnum):
    YES = "yes"
    PARTIAL = "partial"
    NO = "no"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Turn:
    """`role` is `user` or `assistant`."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place that answers the question. `document` is a path below the set's documents, or a passage id.

    Exactly as narrow as the set says: with `span` or `quote` a stretch of text, with `page` a page (from 1), else the
    whole document. `span` counts characters of the document's own text.
    """

    document: str
    page: int | None = None
    quote: str | None = None
    span: Span | None = None

    @property
    def is_whole_document(self) -> bool:
        return self.page is None and self.quote is None and self.span is None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the answer must say, in any one of these wordings."""

    wordings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """`scope` names the documents that the question is about; empty where the set names none.

    `facts` is None where the set lists none: then it is not measured whether answers hold them.
    """

    id: str
    question: str
    answerable: Answerable
    history: tuple[Turn, ...] = ()
    rewritten: str | None = None
    evidence: tuple[Evidence, ...] = ()
    scope: frozenset[str] = frozenset()
    near_miss: tuple[str, ...] = ()
    facts: tuple[Fact, ...] | None = None
    tags: tuple[str, ...] = ()
    conversation: str | None = None
    paraphrase_group: str | None = None

    @property
    def has_answer(self) -> bool | None:
        """None where neither answering nor abstaining is the one right thing (small talk, a question to ask back)."""
        if self.answerable is Answerable.UNCLEAR:
            return None
        return self.answerable is not Answerable.NO

    @property
    def measures_search(self) -> bool:
        return bool(self.evidence) and bool(self.has_answer) and RELABELLED not in self.tags

    @property
    def origin(self) -> str:
        """What this case shares with the cases that it is not independent of: a conversation, or its first document."""
        if self.conversation is not None:
            return self.conversation
        documents = [place.document for place in self.evidence] or self.near_miss
        return documents[0] if documents else self.id


class Part(StrEnum):
    """Half of a set. Whatever is fitted is fitted on `dev` and reported on `held-out`."""

    DEV = "dev"
    HELD_OUT = "held-out"


def part_of(case: Case) -> Part:
    """By a hash of the case's origin, so that cases of one document or conversation never stand in both parts."""
    digest = hashlib.sha256(case.origin.encode()).digest()
    return Part.DEV if digest[-1] % 2 == 0 else Part.HELD_OUT
