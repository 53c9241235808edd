"""The rules of review: which state follows which, who may decide, and what a decision is bound to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from authoring.course import ChangedMeanwhile, CourseContent, Lesson, LessonState, Part
from authoring.record import CourseState, DecisionKind
from corpus.errors import Conflict, Invalid, NotPermitted

CONTRIBUTE = "contribute"
REVIEW = "review"
APPROVE = "approve"
"""Permissions that courses ask for, by the names that roles give them."""

_NEXT: dict[DecisionKind, tuple[frozenset[CourseState], CourseState]] = {
    DecisionKind.CONFIRMED: (
        frozenset({CourseState.DRAFT, CourseState.CHANGES_REQUESTED}),
        CourseState.SME_CONFIRMED,
    ),
    DecisionKind.SUBMITTED: (frozenset({CourseState.SME_CONFIRMED}), CourseState.IN_REVIEW),
    DecisionKind.WITHDRAWN: (
        frozenset({CourseState.SME_CONFIRMED, CourseState.IN_REVIEW, CourseState.APPROVED}),
        CourseState.DRAFT,
    ),
    DecisionKind.APPROVED: (frozenset({CourseState.IN_REVIEW}), CourseState.APPROVED),
    DecisionKind.CHANGES_REQUESTED: (
        frozenset({CourseState.IN_REVIEW, CourseState.APPROVED}),
        CourseState.CHANGES_REQUESTED,
    ),
    DecisionKind.PUBLISHED: (frozenset({CourseState.APPROVED}), CourseState.PUBLISHED),
}
"""From which states a decision may be made, and the state after it."""

_BY_SOMEBODY_ELSE = frozenset({DecisionKind.APPROVED, DecisionKind.PUBLISHED})


@dataclass(frozen=True, slots=True)
class UnderReview:
    """What a decision is made about, as it is now. `editors`: who edited any of its parts, or its outline, last."""

    course_id: int
    state: CourseState
    content_hash: str
    maker: str
    editors: frozenset[str]

    @property
    def authors(self) -> frozenset[str]:
        return self.editors | {self.maker}


class NotInState(Conflict):
    """The decision cannot follow the present state."""

    def __init__(self, under_review: UnderReview, kind: DecisionKind) -> None:
        allowed = " or ".join(sorted(state.value for state in _NEXT[kind][0]))
        super().__init__(f"The course is {under_review.state.value}. It can be {kind.value} only when it is {allowed}.")
        self.state = under_review.state
        self.kind = kind


class OwnWork(NotPermitted):
    """Being an administrator changes nothing about it."""

    def __init__(self, kind: DecisionKind) -> None:
        super().__init__(
            f"You made this course or were the last to edit some of it, so somebody else has to have it {kind.value}."
        )
        self.kind = kind


class NotItsAuthor(NotPermitted):
    def __init__(self, kind: DecisionKind) -> None:
        super().__init__(f"Only who made or edited this course can have it {kind.value}.")
        self.kind = kind


class NotAllowed(NotPermitted):
    def __init__(self, permission: str) -> None:
        super().__init__(f"This takes the permission to {permission}. An administrator can give it to you.")
        self.permission = permission


class OtherContent(ChangedMeanwhile):
    """The decision was about a content that is not the present one any more."""

    def __init__(self, seen_hash: str, present_hash: str) -> None:
        super().__init__("course", "")
        self.seen_hash = seen_hash
        self.present_hash = present_hash


class NotSaved(ChangedMeanwhile):
    """`unsaved` are the words that could not be saved; `current` is what stands there now, None where it is gone."""

    def __init__(
        self,
        part_id: str,
        editor: str,
        unsaved: Part | tuple[Lesson, ...] | None,
        current: Part | Lesson | CourseContent | None,
    ) -> None:
        super().__init__(part_id, editor)
        self.unsaved = unsaved
        self.current = current


class ReasonMissing(Invalid):
    def __init__(self) -> None:
        super().__init__("Say why in a sentence; others will read it.")


class NotReady(Conflict):
    """`reasons` say what is missing, each with the id of the part, or None where it is about the whole."""

    def __init__(self, reasons: "Sequence[Lack]") -> None:
        more = f" And {len(reasons) - 3} more." if len(reasons) > 3 else ""
        super().__init__(f"This cannot go on yet. {' '.join(reason.what for reason in reasons[:3])}{more}")
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that keeps a course from being reviewed. `what` is a sentence."""

    what: str
    part_id: str | None = None
    claim_id: str | None = None


def decide(under_review: UnderReview, kind: DecisionKind, by: str, seen_hash: str) -> CourseState:
    """The state after the decision. Raises `OtherContent`, `NotInState`, `OwnWork`, `NotItsAuthor`."""
    if seen_hash != under_review.content_hash:
        raise OtherContent(seen_hash, under_review.content_hash)
    allowed, following = _NEXT[kind]
    if under_review.state not in allowed:
        raise NotInState(under_review, kind)
    if kind in _BY_SOMEBODY_ELSE and by in under_review.authors:
        raise OwnWork(kind)
    if kind is DecisionKind.CONFIRMED and by not in under_review.authors:
        raise NotItsAuthor(kind)
    return following


def state_after_edit(state: CourseState, before_hash: str, after_hash: str) -> CourseState:
    """Any edit makes a draft of it; one that changes nothing of the content changes no state either."""
    return state if before_hash == after_hash else CourseState.DRAFT


def last_editors(content: CourseContent, structure_editors: Sequence[str]) -> frozenset[str]:
    """Who edited any part last, and who the outline or the order of a lesson's parts."""
    editors = {part.edited_by for lesson in content.lessons for part in lesson.parts}
    return frozenset((editors | set(structure_editors)) - {""})


def lacks(content: CourseContent) -> list[Lack]:
    """What has to be there before anybody reviews it: every lesson drafted, every claim bound."""
    found: list[Lack] = []
    if not any(lesson.parts for lesson in content.lessons):
        found.append(Lack("There is nothing in it yet."))
    for lesson in content.lessons:
        if lesson.state is LessonState.PLANNED:
            found.append(Lack(f"The lesson “{lesson.title[:80]}” is planned only: draft it or take it out."))
    for part, claim in content.claims():
        if not claim.is_bound:
            said = claim.text[:80] or "An empty sentence"
            found.append(Lack(f"“{said}” has no evidence: bind it, sign it or take it out.", part.id, claim.id))
    return found
