"""The claim ledger as values: what of a content stands on which document, and contents with other evidence. Pure."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from authoring.block import Block
from authoring.claim import Claim, Evidence
from authoring.course import CourseContent, Lesson, Part
from authoring.quiz_item import QuizItem
from corpus.locator import Span

WHOLE = ""
"""In the place of a claim's id: the clip or the picture of a block."""


@dataclass(frozen=True, slots=True, order=True)
class Standing:
    """Where in a content an evidence is. `place` counts a claim's evidence from 0."""

    part_id: str
    claim_id: str
    place: int


@dataclass(frozen=True, slots=True)
class LedgerRow:
    standing: Standing
    document_id: int
    version_id: int
    spans: tuple[Span, ...]
    quote_hash: str


def ledger_of(content: CourseContent) -> Iterator[LedgerRow]:
    """In reading order. A clip and a picture have no words of their own."""
    for lesson in content.lessons:
        for part in lesson.parts:
            for claim in part.claims:
                for place, evidence in enumerate(claim.evidence):
                    yield LedgerRow(
                        Standing(part.id, claim.id, place),
                        evidence.document_id,
                        evidence.version_id,
                        evidence.spans,
                        quote_hash(evidence.quote),
                    )
            if isinstance(part, Block):
                for place, shown in enumerate(found for found in (part.clip, part.picture) if found is not None):
                    yield LedgerRow(
                        Standing(part.id, WHOLE, place), shown.document_id, shown.version_id, (), quote_hash("")
                    )


def quote_hash(quote: str) -> str:
    return hashlib.sha256(" ".join(quote.split()).encode()).hexdigest()


def source_ids(content: CourseContent) -> frozenset[int]:
    """The documents that it stands on."""
    return frozenset(row.document_id for row in ledger_of(content))


def with_claims(part: Part, change: Callable[[Claim], Claim]) -> Part:
    """Every claim of the part put through `change`."""
    if isinstance(part, Block):
        return replace(part, claims=tuple(map(change, part.claims)))
    options = tuple(
        replace(
            option,
            claim=change(option.claim),
            rationale=None if option.rationale is None else change(option.rationale),
        )
        for option in part.options
    )
    return replace(part, stem=change(part.stem), options=options)


def find_claim(part: Part, claim_id: str) -> Claim | None:
    return next((claim for claim in part.claims if claim.id == claim_id), None)


def with_parts(content: CourseContent, change: Callable[[Part], Part | None]) -> CourseContent:
    """Every part put through `change`; those that it makes None of are left out. No revision number moves."""
    return replace(content, lessons=tuple(_with_parts(lesson, change) for lesson in content.lessons))


def rebound(content: CourseContent, evidence: Mapping[Standing, Evidence]) -> CourseContent:
    """The same words standing somewhere else in their documents: the content's hash stays."""

    def in_part(part: Part) -> Part:
        def in_claim(claim: Claim) -> Claim:
            found = tuple(
                evidence.get(Standing(part.id, claim.id, place), known) for place, known in enumerate(claim.evidence)
            )
            return claim if found == claim.evidence else replace(claim, evidence=found)

        return with_claims(part, in_claim)

    return with_parts(content, in_part)


def without_documents(content: CourseContent, document_ids: Collection[int]) -> CourseContent:
    """Without what stands on these documents alone, and without their words. A quiz item that lost its stem, its key
    or an option is gone as a whole; so is a block that has nothing left.
    """
    gone = frozenset(document_ids)

    def left(claim: Claim) -> Claim | None:
        kept = tuple(one for one in claim.evidence if one.document_id not in gone)
        if kept == claim.evidence:
            return claim
        return replace(claim, evidence=kept) if kept or claim.own_experience_of is not None else None

    def in_part(part: Part) -> Part | None:
        if isinstance(part, QuizItem):
            if any(left(claim) is None for claim in part.claims):
                return None
            return with_claims(part, lambda claim: left(claim) or claim)
        clip = None if part.clip is not None and part.clip.document_id in gone else part.clip
        picture = None if part.picture is not None and part.picture.document_id in gone else part.picture
        claims = tuple(kept for kept in map(left, part.claims) if kept is not None)
        if (clip, picture, claims) == (part.clip, part.picture, part.claims):
            return part
        if (part.clip, part.picture) != (clip, picture) or (part.claims and not claims):
            return None
        return replace(part, claims=claims)

    return with_parts(content, in_part)


def _with_parts(lesson: Lesson, change: Callable[[Part], Part | None]) -> Lesson:
    blocks, items = [], []
    for part in lesson.parts:
        changed = change(part)
        if isinstance(changed, Block):
            blocks.append(changed)
        elif changed is not None:
            items.append(changed)
    return replace(lesson, blocks=tuple(blocks), items=tuple(items))
