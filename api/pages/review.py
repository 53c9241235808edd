"""Review: what waits for a decision, and a course part by part beside its evidence, up to the decision."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.context import As, Context
from api.course_views import CourseView, HistoryEntry
from api.errors import status_of
from api.frame import frame, page
from api.pages.course_checks import wording_problems
from api.pages.course_view import (
    STATES,
    ShownComment,
    ShownLesson,
    course_comments,
    duration_of,
    reading_level_of,
    shown_lessons,
)
from api.pages.studio import due_at, reviewers_of
from api.services import Services
from assistant.verification import Verifier
from authoring.course_diff import CourseDiff, PartChange
from authoring.record import CourseState, DecisionKind
from authoring.store import CourseEntry
from corpus.errors import GroundworkError, NotFound

router = APIRouter(prefix="/review")

_DECIDED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    entry: CourseEntry
    part_count: int
    accepted_count: int
    duration: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class QueueView:
    """`decided`: approved or published, for whoever looks for them again."""

    waiting: tuple[Waiting, ...]
    loads: tuple[tuple[str, int], ...]
    decided: tuple[CourseEntry, ...]
    user: str

    def state(self, entry: CourseEntry) -> str:
        return STATES[entry.state]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """`diff` is None where this reviewer has never decided about the course."""

    course: CourseView
    lessons: tuple[ShownLesson, ...]
    user: str
    diff: CourseDiff | None
    decisions: tuple[HistoryEntry, ...]
    general: tuple[ShownComment, ...]
    reviewers: tuple[str, ...]
    problem: str | None = None
    reason: str = ""

    @property
    def path(self) -> str:
        return f"/review/{self.course.course_id}"

    @property
    def state(self) -> str:
        return STATES[self.course.state]

    @property
    def duration(self) -> str:
        return duration_of(self.course.content)

    @property
    def reading_level(self) -> str:
        return reading_level_of(self.course.content)

    @property
    def is_own(self) -> bool:
        """Who made or edited it decides nothing about it."""
        return self.user in self.course.authors

    @property
    def is_decidable(self) -> bool:
        return self.course.state in (CourseState.IN_REVIEW, CourseState.APPROVED) and not self.is_own

    @property
    def changes(self) -> Mapping[str, PartChange]:
        """Since this reviewer's last decision, by part."""
        return {} if self.diff is None else {change.part.id: change for change in self.diff.parts}

    @property
    def part_count(self) -> int:
        return sum(len(lesson.parts) for lesson in self.lessons)

    @property
    def accepted_count(self) -> int:
        return sum(self.user in part.accepted_by for lesson in self.lessons for part in lesson.parts)

    def accepted_in(self, lesson: ShownLesson) -> int:
        return sum(self.user in part.accepted_by for part in lesson.parts)

    @property
    def source_count(self) -> int:
        return len({source.citation.link for lesson in self.lessons for source in lesson.sources})


@router.get("")
def show_queue(request: Request, context: Context, user: As) -> HTMLResponse:
    services = context.services
    services.course_risks.follow()
    queue = services.courses.review_queue(user)
    decided = services.courses.list_courses(
        user, _DECIDED_SHOWN, states=(CourseState.APPROVED, CourseState.PUBLISHED, CourseState.CHANGES_REQUESTED)
    )
    waiting = tuple(_waiting(services.courses.get(user, entry.course_id), entry, user) for entry in queue.entries)
    view = QueueView(waiting, queue.loads, decided.entries, user)
    return page("review/index.html", frame(request, services, "review", user), view)


@router.get("/{course_id}")
def review_course(course_id: int, request: Request, context: Context, user: As) -> HTMLResponse:
    view = _review(context.services, user, course_id)
    return page("review/course.html", frame(request, context.services, "review", user), view)


@router.post("/{course_id}/parts/{part_id}/accept")
def accept_part(
    course_id: int, part_id: str, context: Context, user: As, seen: Annotated[str, Form(max_length=64)]
) -> Response:
    """`seen` is the part's hash: what was changed meanwhile is not accepted."""
    context.services.courses.accept_part(user, course_id, part_id, seen)
    return RedirectResponse(f"/review/{course_id}#part-{part_id}", 303)


@router.post("/{course_id}/parts/{part_id}/unaccept")
def unaccept_part(course_id: int, part_id: str, context: Context, user: As) -> Response:
    context.services.courses.unaccept_part(user, course_id, part_id)
    return RedirectResponse(f"/review/{course_id}#part-{part_id}", 303)


@router.post("/{course_id}/comments")
def comment(
    course_id: int,
    context: Context,
    user: As,
    text: Annotated[str, Form(max_length=5000)] = "",
    part: Annotated[str, Form(max_length=100)] = "",
    claim: Annotated[str, Form(max_length=100)] = "",
    suggestion: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """With a suggestion for one sentence, or without. Other words for no sentence in particular are a comment too."""
    courses = context.services.courses
    if part and claim and suggestion.strip():
        courses.suggest(user, course_id, part, claim, suggestion, text)
    else:
        said = (text.strip(), f"Suggested words: {suggestion.strip()}" if suggestion.strip() else "")
        courses.comment(user, course_id, "\n".join(filter(None, said)), part or None)
    return RedirectResponse(f"/review/{course_id}#{f'part-{part}' if part else 'general'}", 303)


@router.post("/{course_id}/decision")
def decide(
    course_id: int,
    request: Request,
    context: Context,
    user: As,
    do: Annotated[Literal["approve", "request changes"], Form()],
    seen: Annotated[str, Form(max_length=64)],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    kind = DecisionKind.APPROVED if do == "approve" else DecisionKind.CHANGES_REQUESTED
    services = context.services
    try:
        services.courses.decide(user, course_id, kind, seen, reason)
    except NotFound:
        raise
    except GroundworkError as error:
        return _refused(request, services, user, course_id, error, reason)
    return RedirectResponse(f"/review/{course_id}#decision", 303)


@router.post("/{course_id}/publish")
def publish(
    course_id: int, request: Request, context: Context, user: As, seen: Annotated[str, Form(max_length=64)]
) -> Response:
    services = context.services
    try:
        services.courses.publish(user, course_id, seen)
    except NotFound:
        raise
    except GroundworkError as error:
        return _refused(request, services, user, course_id, error, "")
    return RedirectResponse(f"/review/{course_id}#decision", 303)


@router.post("/{course_id}/retire")
def retire(
    course_id: int,
    context: Context,
    user: As,
    number: Annotated[int, Form(ge=1)],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    context.services.courses.retire(user, course_id, number, reason)
    return RedirectResponse(f"/review/{course_id}#decision", 303)


@router.post("/{course_id}/assign")
def assign(
    course_id: int,
    context: Context,
    user: As,
    reviewer: Annotated[str, Form(max_length=200)] = "",
    due: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    context.services.courses.assign(user, course_id, reviewer or None, due_at(due))
    return RedirectResponse(f"/review/{course_id}#decision", 303)


def _refused(
    request: Request, services: Services, user: str, course_id: int, error: GroundworkError, reason: str
) -> HTMLResponse:
    """Said beside the buttons, with the reason that was written."""
    view = replace(_review(services, user, course_id), problem=str(error), reason=reason)
    return page("review/course.html", frame(request, services, "review", user), view, status_of(error)[0])


def _review(services: Services, user: str, course_id: int) -> ReviewView:
    services.course_risks.follow()
    course = services.courses.get(user, course_id)
    history = services.courses.history(user, course_id)
    return ReviewView(
        course=course,
        lessons=shown_lessons(course, wording_problems(course.content.lessons, Verifier(services.embedder))),
        user=user,
        diff=services.courses.diff_since_my_decision(user, course_id),
        decisions=tuple(entry for entry in history if entry.kind is not None),
        general=course_comments(course),
        reviewers=reviewers_of(services, course) if course.state is CourseState.IN_REVIEW else (),
    )


def _waiting(course: CourseView, entry: CourseEntry, user: str) -> Waiting:
    held = {verdict.part_id for verdict in course.verdicts if verdict.holds and verdict.reviewer == user}
    return Waiting(
        entry=entry,
        part_count=sum(len(lesson.parts) for lesson in course.content.lessons),
        accepted_count=len(held),
        duration=duration_of(course.content),
        is_own=user in course.authors,
    )
