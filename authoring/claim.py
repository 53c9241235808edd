"""Claims: what a course says, sentence by sentence, and the verbatim spans that it stands on."""

from dataclasses import dataclass
from enum import StrEnum

from corpus.citation import Citation
from corpus.errors import Invalid
from corpus.locator import Locator, Span

LONGEST_CLAIM = 2000
"""In characters."""


class Stance(StrEnum):
    """What a span has to do with a claim."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    """The span shows that a distractor, or a statement to be judged, is false."""
    TAKEN_FROM = "taken from"
    """A distractor's words stand there, about something else."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`quote` is verbatim; `spans` are the same characters in the version's text, `locator` where that is."""

    document_id: int
    version_id: int
    document_name: str
    title: str
    headings: tuple[str, ...]
    quote: str
    spans: tuple[Span, ...]
    locator: Locator
    stance: Stance = Stance.SUPPORTS

    @property
    def link(self) -> str:
        """Path of the page that opens the source with the quoted words marked."""
        marks = ",".join(f"{span.start}-{span.end}" for span in self.spans)
        return f"/documents/{self.document_id}/versions/{self.version_id}?marks={marks}"


@dataclass(frozen=True, slots=True)
class Claim:
    """`id` is unique within the course and stays when the text is edited.

    `own_experience_of` names the person who signed that it is their own experience, which no document has to say.
    """

    id: str
    text: str
    evidence: tuple[Evidence, ...] = ()
    own_experience_of: str | None = None

    @property
    def is_bound(self) -> bool:
        return bool(self.evidence) or self.own_experience_of is not None


class ClaimTooLong(Invalid):
    def __init__(self, length: int) -> None:
        super().__init__(f"A sentence has {length:,} characters; it may have {LONGEST_CLAIM:,}. Divide it.")
        self.length = length


def evidence_of(citation: Citation, stance: Stance = Stance.SUPPORTS) -> Evidence:
    return Evidence(
        document_id=citation.document_id,
        version_id=citation.version_id,
        document_name=citation.document_name,
        title=citation.title,
        headings=citation.headings,
        quote=citation.quote,
        spans=citation.spans,
        locator=citation.locator,
        stance=stance,
    )
