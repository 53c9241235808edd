"""Courses as pages, routes and commands are given them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from authoring.course import (
    CourseContent,
    Part,
)
from authoring.course_json import part_hash
from authoring.ledger import Standing, find_claim
from authoring.record import (
    Course,
    CourseComment,
    CoursePublication,
    CourseState,
    DecisionKind,
    PartVerdict,
    PublicationState,
    Resolution,
    Risk,
)
from authoring.review import (
    Lack,
)
from authoring.store import (
    CourseEntry,
    CourseStore,
)
from corpus.locator import Span


@dataclass(frozen=True, slots=True)
class PublicationEntry:
    number: int
    state: PublicationState
    content_hash: str
    approved_by: str
    published_by: str
    published_at: datetime
    changed_keys: tuple[str, ...]
    retired_at: datetime | None
    retired_by: str | None
    retired_because: str


@dataclass(frozen=True, slots=True)
class CommentEntry:
    """`is_outdated`: the part has changed since, or is gone. `current`: what the claim says now."""

    comment_id: int
    part_id: str | None
    claim_id: str | None
    author: str
    text: str
    suggestion: str | None
    current: str | None
    written_at: datetime
    is_outdated: bool
    taken: bool
    resolved_at: datetime | None
    resolved_by: str | None


@dataclass(frozen=True, slots=True)
class RiskEntry:
    """A claim whose source changed. `publication` is its number, None for what is being worked on.

    `mend`: sentences of the new version that could stand in its place, empty where none were found.
    """

    risk_id: int
    course_id: int
    course_title: str
    publication: int | None
    part_id: str
    claim_id: str
    claim_text: str
    kind: str
    document_id: int
    document_name: str
    old_version_id: int
    new_version_id: int
    quote: str
    old_passage: str
    new_passage: str
    new_spans: tuple[Span, ...]
    mend: str
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: Resolution | None
    reason: str


@dataclass(frozen=True, slots=True)
class VerdictEntry:
    """A reviewer accepted the part; `holds` while it is as it was then."""

    part_id: str
    reviewer: str
    accepted_at: datetime
    holds: bool


@dataclass(frozen=True, slots=True)
class CourseView:
    """A course as it is worked on. `authors` may not approve or publish it. `out_of_practice`: ids of parts.

    `drafters` have drafted lessons of it: `extractive`, or language models by name.
    """

    course_id: int
    title: str
    audience: str
    maker: str
    state: CourseState
    content: CourseContent
    revision: int
    content_hash: str
    authors: frozenset[str]
    created_at: datetime
    changed_at: datetime
    changed_by: str
    submitted_at: datetime | None
    submitted_by: str | None
    due_at: datetime | None
    reviewer: str | None
    source_ids: tuple[int, ...]
    drafters: tuple[str, ...]
    lacks: tuple[Lack, ...]
    out_of_practice: frozenset[str]
    risks: tuple[RiskEntry, ...]
    comments: tuple[CommentEntry, ...]
    verdicts: tuple[VerdictEntry, ...]
    publications: tuple[PublicationEntry, ...]

    @property
    def part_hashes(self) -> dict[str, str]:
        """What `accept_part` asks for."""
        return {part.id: part_hash(part) for lesson in self.content.lessons for part in lesson.parts}


@dataclass(frozen=True, slots=True)
class PublicationView:
    """What learners meet. `out_of_practice`: ids of parts whose source has changed; their items are not asked."""

    course_id: int
    title: str
    entry: PublicationEntry
    content: CourseContent
    out_of_practice: frozenset[str]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A revision, or a decision about one. `kind` is None for a revision."""

    at: datetime
    by: str
    revision: int
    content_hash: str
    kind: DecisionKind | None
    summary: str
    """What was edited; of a decision its reason."""


@dataclass(frozen=True, slots=True)
class PartVersion:
    """`revision` is the number of the last revision in which the part was so."""

    revision: int
    by: str
    at: datetime
    part: Part


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """`loads`: how many reviews each named reviewer has before them."""

    entries: tuple[CourseEntry, ...]
    loads: tuple[tuple[str, int], ...]


def parts_of(standings: Collection[Standing]) -> frozenset[str]:
    return frozenset(standing.part_id for standing in standings)


def publication_entry(publication: CoursePublication, at_risk: Collection[int | None]) -> PublicationEntry:
    if publication.retired_at is not None:
        state = PublicationState.RETIRED
    else:
        state = PublicationState.AT_RISK if publication.id in at_risk else PublicationState.PUBLISHED
    return PublicationEntry(
        number=publication.number,
        state=state,
        content_hash=publication.content_hash,
        approved_by=publication.approved_by,
        published_by=publication.published_by,
        published_at=publication.published_at,
        changed_keys=tuple(publication.changed_keys),
        retired_at=publication.retired_at,
        retired_by=publication.retired_by,
        retired_because=publication.retired_because,
    )


def comment_entry(comment: CourseComment, content: CourseContent) -> CommentEntry:
    part = _find_part(content, comment.part_id)
    claim = find_claim(part, comment.claim_id) if part and comment.claim_id else None
    return CommentEntry(
        comment_id=comment.id,
        part_id=comment.part_id,
        claim_id=comment.claim_id,
        author=comment.author,
        text=comment.text,
        suggestion=comment.suggestion,
        current=claim.text if claim else None,
        written_at=comment.written_at,
        is_outdated=comment.part_id is not None and (part is None or part_hash(part) != comment.part_hash),
        taken=comment.taken,
        resolved_at=comment.resolved_at,
        resolved_by=comment.resolved_by,
    )


def verdict_entry(verdict: PartVerdict, content: CourseContent) -> VerdictEntry:
    part = _find_part(content, verdict.part_id)
    holds = part is not None and part_hash(part) == verdict.part_hash
    return VerdictEntry(verdict.part_id, verdict.reviewer, verdict.accepted_at, holds)


def risk_entry(
    store: CourseStore, course: Course, risk: Risk, publication: int | None, content: CourseContent
) -> RiskEntry:
    part = _find_part(content, risk.part_id)
    claim = find_claim(part, risk.claim_id) if part else None
    return RiskEntry(
        risk_id=risk.id,
        course_id=course.id,
        course_title=course.title,
        publication=publication,
        part_id=risk.part_id,
        claim_id=risk.claim_id,
        claim_text=claim.text if claim else "",
        kind=risk.kind,
        document_id=risk.document_id,
        document_name=store.document_name(risk.document_id),
        old_version_id=risk.old_version_id,
        new_version_id=risk.new_version_id,
        quote=risk.quote,
        old_passage=risk.old_passage,
        new_passage=risk.new_passage,
        new_spans=tuple(Span(start, end) for start, end in risk.new_spans),
        mend=risk.mend,
        opened_at=risk.opened_at,
        resolved_at=risk.resolved_at,
        resolved_by=risk.resolved_by,
        resolution=None if risk.resolution is None else Resolution(risk.resolution),
        reason=risk.reason,
    )


def _find_part(content: CourseContent, part_id: str | None) -> Part | None:
    return next((part for lesson in content.lessons for part in lesson.parts if part.id == part_id), None)
