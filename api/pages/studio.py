"""The Studio: where experts have courses drafted, put them right beside their evidence, and send them to review."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.accounts.roles import Permission
from api.context import As, Context
from api.course_views import CourseView, HistoryEntry
from api.drafting import DraftRequest, Notes
from api.errors import status_of
from api.frame import frame, page
from api.job_form import JobForm
from api.pages.course_checks import key_problems, quick_problems, wording_problems
from api.pages.course_view import (
    KINDS,
    STATES,
    Problem,
    ShownComment,
    ShownLesson,
    ShownRisk,
    course_comments,
    duration_of,
    lessons_of,
    reading_level_of,
    shown_lessons,
    shown_risk,
)
from api.pages.part_form import BEGUN
from api.services import Services
from api.templating import count, render
from assistant.verification import Verifier
from authoring.course import BloomLevel, Brief, Lesson, LessonState, Objective
from authoring.course_diff import CourseDiff
from authoring.record import CourseState, DecisionKind
from authoring.review import NotSaved
from authoring.store import CourseEntry
from corpus.audience import EVERYONE
from corpus.errors import GroundworkError, NotFound, NotPermitted
from corpus.store import DocumentEntry

router = APIRouter(prefix="/studio")

PER_PAGE = 20
DOCUMENTS_SHOWN = 200
_LONGEST_NOTES = 400_000
_AT_THE_END_OF = time(17, 0)
"""When on a day something is due."""


@dataclass(frozen=True, slots=True)
class CourseRow:
    entry: CourseEntry
    state: str
    step: str
    lesson_count: int
    duration: str
    comment_count: int


@dataclass(frozen=True, slots=True)
class DraftForm:
    """As it was filled in."""

    documents: frozenset[str] = frozenset()
    folder: str = ""
    notes: str = ""
    title: str = ""
    brief: Brief = field(default_factory=Brief)
    audience: str = EVERYONE
    outline_only: bool = True


@dataclass(frozen=True, slots=True)
class StudioView:
    rows: tuple[CourseRow, ...]
    total: int
    page: int
    shown: str
    name: str
    risks: tuple[ShownRisk, ...]
    documents: tuple[DocumentEntry, ...]
    audiences: tuple[str, ...]
    drafter: str
    form: DraftForm
    problem: str | None = None

    @property
    def page_count(self) -> int:
        return max(-(-self.total // PER_PAGE), 1)

    def at(self, number: int) -> str:
        return f"/studio?show={self.shown}&page={number}"


@dataclass(frozen=True, slots=True)
class OutlineConflict:
    """`editor` came first. The title and the lessons are those that were typed."""

    editor: str
    title: str
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True, slots=True)
class Unadded:
    """What was typed to be added to a lesson, and why it was not."""

    kind: str
    text: str
    problem: str


@dataclass(frozen=True, slots=True)
class CoursePage:
    """`lesson` is the one that is open. `view`: what stands in the middle."""

    course: CourseView
    lessons: tuple[ShownLesson, ...]
    lesson: ShownLesson | None
    view: str
    user: str
    problems: tuple[Problem, ...]
    job: JobForm | None
    done: str
    reviewers: tuple[str, ...]
    reason: str
    problem: str | None = None
    conflict: OutlineConflict | None = None
    unadded: Unadded | None = None

    @property
    def path(self) -> str:
        return f"/studio/{self.course.course_id}"

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
    def is_author(self) -> bool:
        return self.user in self.course.authors

    @property
    def stops(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.stops)

    @property
    def risk_count(self) -> int:
        """Of what is being worked on."""
        return sum(risk.publication is None for risk in self.course.risks)

    @property
    def comment_count(self) -> int:
        return sum(comment.resolved_at is None for comment in self.course.comments)

    @property
    def planned_count(self) -> int:
        return sum(lesson.is_planned for lesson in self.lessons)

    @property
    def kinds(self) -> tuple[tuple[str, str], ...]:
        return tuple((kind.value, KINDS[kind]) for kind in BEGUN)

    @property
    def levels(self) -> tuple[str, ...]:
        return tuple(level.value for level in BloomLevel)

    @property
    def step(self) -> str:
        return next_step(self.course)

    def at(self, lesson: ShownLesson) -> str:
        return f"{self.path}?lesson={lesson.id}"

    def revision_of(self, part_id: str) -> int:
        """0 where it is gone."""
        found = (part.part.revision for lesson in self.lessons for part in lesson.parts if part.id == part_id)
        return next(found, 0)

    def place(self, part_id: str | None) -> str:
        """Where a part is edited."""
        for lesson in self.lessons:
            if any(part.id == part_id for part in lesson.parts):
                return f"{self.at(lesson)}#part-{part_id}"
        return self.path


@dataclass(frozen=True, slots=True)
class ChecksView:
    page: CoursePage
    problems: tuple[Problem, ...]
    unread: str

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(problem.kind for problem in self.problems))


@dataclass(frozen=True, slots=True)
class HistoryView:
    page: CoursePage
    entries: tuple[HistoryEntry, ...]
    revision: int | None
    diff: CourseDiff | None


@dataclass(frozen=True, slots=True)
class PreviewView:
    page: CoursePage
    lessons: tuple[ShownLesson, ...]
    lesson: ShownLesson | None


@dataclass(frozen=True, slots=True)
class RisksView:
    page: CoursePage
    risks: tuple[ShownRisk, ...]


@dataclass(frozen=True, slots=True)
class CommentsView:
    page: CoursePage
    general: tuple[ShownComment, ...]


# The list, and drafting


@router.get("")
def show_studio(
    request: Request,
    context: Context,
    user: As,
    show: Annotated[Literal["mine", "all", "at-risk"], Query()] = "mine",
    name: Annotated[str, Query(max_length=200)] = "",
    page_number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    view = _studio(context.services, user, show, name.strip(), page_number, DraftForm())
    return page("studio/index.html", frame(request, context.services, "studio", user), view)


@router.post("")
def draft_course(
    request: Request,
    context: Context,
    user: As,
    document: Annotated[list[str] | None, Form()] = None,
    folder: Annotated[str, Form(max_length=500)] = "",
    notes: Annotated[str, Form(max_length=_LONGEST_NOTES)] = "",
    title: Annotated[str, Form(max_length=300)] = "",
    goal: Annotated[str, Form(max_length=1000)] = "",
    outcome: Annotated[str, Form(max_length=1000)] = "",
    learners: Annotated[str, Form(max_length=300)] = "",
    language: Annotated[str, Form(max_length=20)] = "",
    tone: Annotated[str, Form(max_length=200)] = "",
    lessons: Annotated[str, Form(max_length=3)] = "",
    audience: Annotated[str, Form(max_length=100)] = EVERYONE,
    outline_only: Annotated[bool, Form()] = False,
) -> Response:
    count = int(lessons) if lessons.isdecimal() and int(lessons) else None
    brief = Brief(goal.strip(), outcome.strip(), learners.strip(), language.strip(), tone.strip(), count)
    form = DraftForm(frozenset(document or ()), folder.strip(), notes, title.strip(), brief, audience, outline_only)
    wanted = DraftRequest(
        brief=brief,
        documents=tuple(document or ()),
        folders=(form.folder,) if form.folder else (),
        notes=Notes(notes, audience) if notes.strip() else None,
        title=form.title,
        audience=audience,
        outline_only=outline_only,
    )
    services = context.services
    try:
        begun = services.drafting.begin(user, wanted)
    except NotPermitted:
        raise
    except GroundworkError as error:
        # What was filled in is shown again, so that nothing of it is lost.
        view = replace(_studio(services, user, "mine", "", 1, form), problem=str(error))
        return page("studio/index.html", frame(request, services, "studio", user), view, status_of(error)[0])
    return RedirectResponse(f"/studio/{begun.course.course_id}", 303)


@router.post("/{course_id}/draft")
def go_on_drafting(course_id: int, context: Context, user: As) -> Response:
    """The lessons that are planned."""
    context.services.drafting.go_on(user, course_id)
    return RedirectResponse(f"/studio/{course_id}", 303)


@router.post("/{course_id}/outline")
def save_outline(
    course_id: int,
    request: Request,
    context: Context,
    user: As,
    seen: Annotated[int, Form(ge=1)],
    lesson: Annotated[list[str], Form()],
    title: Annotated[list[str], Form()],
    verb: Annotated[list[str], Form()],
    what: Annotated[list[str], Form()],
    level: Annotated[list[BloomLevel], Form()],
    place: Annotated[list[str], Form()],
    course_title: Annotated[str, Form(max_length=300)],
    out: Annotated[list[str] | None, Form()] = None,
    then: Annotated[Literal["save", "draft"], Form()] = "save",
) -> Response:
    """`place` is a number to sort by; `out` names lessons to take out; a line without a title adds nothing."""
    courses, taken_out = context.services.courses, set(out or ())
    known = {one.id: one for one in courses.get(user, course_id).content.lessons}
    rows = list(zip(place, lesson, title, verb, what, level, strict=False))
    made: list[Lesson] = []
    for _, lesson_id, called, verb_said, what_said, level_said in sorted(rows, key=lambda row: _rank(row[0])):
        if not called.strip() or lesson_id in taken_out:
            continue
        aim = Objective(verb_said, what_said or called, level_said)
        old = known.get(lesson_id)
        made.append(
            Lesson(lesson_id, called, aim, LessonState.PLANNED)
            if old is None
            else replace(old, title=called, objective=aim)
        )
    try:
        courses.set_outline(user, course_id, seen, made, title=course_title)
    except NotSaved as error:
        shown = course_page(context.services, user, course_id, view="outline")
        shown = replace(shown, conflict=OutlineConflict(error.editor, course_title, tuple(made)))
        return page("studio/course.html", frame(request, context.services, "studio", user), shown, 412)
    if then == "draft":
        context.services.drafting.go_on(user, course_id)
        return RedirectResponse(f"/studio/{course_id}", 303)
    return RedirectResponse(f"/studio/{course_id}?view=outline&done=outline", 303)


# The editor


@router.get("/{course_id}")
def edit_course(
    course_id: int,
    request: Request,
    context: Context,
    user: As,
    lesson: Annotated[str, Query(max_length=100)] = "",
    view: Annotated[Literal["lesson", "outline"], Query()] = "lesson",
    done: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    shown = course_page(context.services, user, course_id, lesson, view, done)
    return page("studio/course.html", frame(request, context.services, "studio", user), shown)


@router.get("/{course_id}/checks")
def check_course(
    course_id: int, request: Request, context: Context, user: As, fragment: Annotated[bool, Query()] = False
) -> HTMLResponse:
    """With what takes a moment: whether keys are right, and whether sentences are what their source says."""
    services = context.services
    shown = course_page(services, user, course_id, view="checks")
    content, budget, unread = shown.course.content, services.model_budgets.of(user), ""
    keys: tuple[Problem, ...] = ()
    try:
        keys = key_problems(content, services.key_gate, budget)
    except GroundworkError as error:
        # The rest is worth knowing; that this was not looked at is said.
        unread = str(error)
    finally:
        services.model_budgets.write_down()
    wordings = wording_problems(content.lessons, Verifier(services.embedder))
    view = ChecksView(shown, (*shown.problems, *keys, *wordings), unread)
    if fragment:
        return HTMLResponse(render("studio/checks_list.html", view=view))
    return page("studio/checks.html", frame(request, services, "studio", user), view)


@router.get("/{course_id}/preview")
def preview_course(
    course_id: int, request: Request, context: Context, user: As, lesson: Annotated[str, Query(max_length=100)] = ""
) -> HTMLResponse:
    """As learners would meet it."""
    shown = course_page(context.services, user, course_id, lesson, "preview")
    lessons = lessons_of(shown.course.content)
    chosen = next((one for one in lessons if one.id == lesson), lessons[0] if lessons else None)
    view = PreviewView(shown, lessons, chosen)
    return page("studio/preview.html", frame(request, context.services, "studio", user), view)


@router.get("/{course_id}/history")
def show_history(
    course_id: int,
    request: Request,
    context: Context,
    user: As,
    since: Annotated[int | None, Query(ge=1, le=10_000_000)] = None,
) -> HTMLResponse:
    """`since`: the revision that the present content is compared with."""
    courses = context.services.courses
    shown = course_page(context.services, user, course_id, view="history")
    diff = None if since is None else courses.diff(user, course_id, since)
    view = HistoryView(shown, courses.history(user, course_id), since, diff)
    return page("studio/history.html", frame(request, context.services, "studio", user), view)


@router.get("/{course_id}/risks")
def show_risks(course_id: int, request: Request, context: Context, user: As) -> HTMLResponse:
    """What changed in sources, old and new side by side."""
    context.services.course_risks.follow()
    shown = course_page(context.services, user, course_id, view="risks")
    view = RisksView(shown, tuple(map(shown_risk, shown.course.risks)))
    return page("studio/risks.html", frame(request, context.services, "studio", user), view)


@router.post("/{course_id}/risks/{risk_id}/mend")
def take_mend(course_id: int, risk_id: int, context: Context, user: As, seen: Annotated[int, Form(ge=0)]) -> Response:
    """`seen` is the part's revision."""
    context.services.courses.take_mend(user, course_id, risk_id, seen)
    return RedirectResponse(f"/studio/{course_id}/risks", 303)


@router.post("/{course_id}/risks/{risk_id}/accept")
def accept_risk(
    course_id: int, risk_id: int, context: Context, user: As, reason: Annotated[str, Form(max_length=2000)] = ""
) -> Response:
    context.services.courses.accept_risk(user, course_id, risk_id, reason)
    return RedirectResponse(f"/studio/{course_id}/risks", 303)


# Going on


@router.post("/{course_id}/confirm")
def confirm(
    course_id: int,
    request: Request,
    context: Context,
    user: As,
    seen: Annotated[str, Form(max_length=64)],
    lesson: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """`seen` is the hash of the content that it is about, here and in what follows."""
    courses = context.services.courses
    return _going_on(
        request, context.services, user, course_id, lesson, "confirm", lambda: courses.confirm(user, course_id, seen)
    )


@router.post("/{course_id}/submit")
def submit(
    course_id: int,
    request: Request,
    context: Context,
    user: As,
    seen: Annotated[str, Form(max_length=64)],
    due: Annotated[str, Form(max_length=10)] = "",
    reviewer: Annotated[str, Form(max_length=200)] = "",
    lesson: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    courses = context.services.courses
    return _going_on(
        request,
        context.services,
        user,
        course_id,
        lesson,
        "submit",
        lambda: courses.submit(user, course_id, seen, due_at(due), reviewer or None),
    )


@router.post("/{course_id}/withdraw")
def withdraw(
    course_id: int,
    request: Request,
    context: Context,
    user: As,
    seen: Annotated[str, Form(max_length=64)],
    lesson: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    courses = context.services.courses
    return _going_on(
        request, context.services, user, course_id, lesson, "withdraw", lambda: courses.withdraw(user, course_id, seen)
    )


@router.get("/{course_id}/comments")
def show_comments(course_id: int, request: Request, context: Context, user: As) -> HTMLResponse:
    shown = course_page(context.services, user, course_id, view="comments")
    view = CommentsView(shown, course_comments(shown.course))
    return page("studio/comments.html", frame(request, context.services, "studio", user), view)


@router.post("/{course_id}/comments")
def comment(
    course_id: int,
    context: Context,
    user: As,
    text: Annotated[str, Form(max_length=5000)] = "",
    part: Annotated[str, Form(max_length=100)] = "",
    lesson: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    context.services.courses.comment(user, course_id, text, part or None)
    return RedirectResponse(place_of(course_id, lesson, part), 303)


@router.post("/{course_id}/comments/{comment_id}/take")
def take_suggestion(
    course_id: int,
    comment_id: int,
    context: Context,
    user: As,
    seen: Annotated[int, Form(ge=0)],
    part: Annotated[str, Form(max_length=100)] = "",
    lesson: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    context.services.courses.take_suggestion(user, course_id, comment_id, seen)
    return RedirectResponse(place_of(course_id, lesson, part), 303)


@router.post("/{course_id}/comments/{comment_id}/resolve")
def resolve_comment(
    course_id: int,
    comment_id: int,
    context: Context,
    user: As,
    part: Annotated[str, Form(max_length=100)] = "",
    lesson: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    context.services.courses.resolve_comment(user, course_id, comment_id)
    return RedirectResponse(place_of(course_id, lesson, part), 303)


def place_of(course_id: int, lesson_id: str, part_id: str) -> str:
    path = f"/studio/{course_id}"
    if not part_id:
        return f"{path}?lesson={lesson_id}" if lesson_id else f"{path}/comments"
    return f"{path}?lesson={lesson_id}#part-{part_id}"


def due_at(said: str) -> datetime | None:
    """The end of that day's work. Nothing where no date was chosen."""
    try:
        return datetime.combine(date.fromisoformat(said), _AT_THE_END_OF).astimezone()
    except ValueError:
        return None


def next_step(course: CourseView) -> str:
    """In words for who wrote it."""
    if course.state is CourseState.IN_REVIEW:
        return f"With {course.reviewer}" if course.reviewer else "Waits for a reviewer"
    if course.state is CourseState.PUBLISHED and course.risks:
        return "See to what changed in its sources"
    return _STEPS[course.state] if course.state in _STEPS else _step_of_draft(course)


_STEPS = {
    CourseState.SME_CONFIRMED: "Submit it for review",
    CourseState.CHANGES_REQUESTED: "Make the changes that were asked for",
    CourseState.APPROVED: "A reviewer can publish it",
    CourseState.PUBLISHED: "Learners can open it",
}


def _step_of_draft(course: CourseView) -> str:
    lessons = course.content.lessons
    planned = sum(lesson.state is LessonState.PLANNED for lesson in lessons)
    unbound = sum(not claim.is_bound for _, claim in course.content.claims())
    comments = sum(comment.resolved_at is None for comment in course.comments)
    steps = (
        (not lessons, "Have its outline made"),
        (planned == len(lessons), "Put the outline in order"),
        (bool(planned), f"Draft {count(planned, 'more lesson')}"),
        (bool(unbound), f"Find evidence for {count(unbound, 'sentence')}"),
        (bool(course.risks), "See to what changed in its sources"),
        (bool(comments), f"Answer {count(comments, 'comment')}"),
    )
    return next((step for is_next, step in steps if is_next), "Confirm it")


def course_page(
    services: Services,
    user: str,
    course_id: int,
    lesson_id: str = "",
    view: str = "lesson",
    done: str = "",
) -> CoursePage:
    course = services.courses.get(user, course_id)
    entry = services.drafting.find_job(course_id)
    planned = course.content.lessons
    opened = next((lesson for lesson in planned if lesson.id == lesson_id), None)
    opened = opened or next((lesson for lesson in planned if lesson.state is LessonState.DRAFTED), None)
    problems = quick_problems(course.content, course.lacks)
    if opened is not None and view == "lesson":
        problems += wording_problems([opened], Verifier(services.embedder))
    lessons = shown_lessons(course, problems)
    chosen = next((lesson for lesson in lessons if opened and lesson.id == opened.id), None)
    return CoursePage(
        course=course,
        lessons=lessons,
        lesson=chosen,
        view="outline" if chosen is None and view == "lesson" else view,
        user=user,
        problems=problems,
        job=None if entry is None else services.job_form(entry),
        done=done,
        reviewers=reviewers_of(services, course) if course.state is CourseState.SME_CONFIRMED else (),
        reason=_reason(services, user, course) if course.state is CourseState.CHANGES_REQUESTED else "",
    )


def _going_on(
    request: Request,
    services: Services,
    user: str,
    course_id: int,
    lesson: str,
    done: str,
    go_on: Callable[[], object],
) -> Response:
    """What keeps it from going on is said above the lesson."""
    try:
        go_on()
    except (NotFound, NotPermitted):
        raise
    except GroundworkError as error:
        shown = replace(course_page(services, user, course_id, lesson), problem=str(error))
        return page("studio/course.html", frame(request, services, "studio", user), shown, status_of(error)[0])
    return RedirectResponse(f"/studio/{course_id}?lesson={lesson}&done={done}", 303)


def _reason(services: Services, user: str, course: CourseView) -> str:
    """What the reviewer said."""
    for entry in services.courses.history(user, course.course_id):
        if entry.kind is DecisionKind.CHANGES_REQUESTED:
            return f"{entry.by}: {entry.summary}"
    return ""


def reviewers_of(services: Services, course: CourseView) -> tuple[str, ...]:
    """Who may approve it: whoever may review, and had no part in it."""
    return tuple(
        name
        for name in services.library.list_users()
        if name not in course.authors and Permission.APPROVE in services.accounts.permissions_of(name)
    )


def _studio(
    services: Services, user: str, show: Literal["mine", "all", "at-risk"], name: str, number: int, form: DraftForm
) -> StudioView:
    services.course_risks.follow()
    found = services.courses.list_courses(
        user,
        PER_PAGE,
        (number - 1) * PER_PAGE,
        maker=user if show == "mine" else None,
        title_contains=name,
        at_risk_only=show == "at-risk",
    )
    model = services.settings.model
    return StudioView(
        rows=tuple(_row(services, user, entry) for entry in found.entries),
        total=found.total,
        page=number,
        shown=show,
        name=name,
        risks=tuple(map(shown_risk, services.courses.list_risks(user, mine=True, limit=PER_PAGE))),
        documents=tuple(services.library.list_documents(user, DOCUMENTS_SHOWN).entries),
        audiences=tuple(entry.name for entry in services.library.list_audiences(user)),
        drafter="" if model is None else str(model),
        form=form,
    )


def _row(services: Services, user: str, entry: CourseEntry) -> CourseRow:
    course = services.courses.get(user, entry.course_id)
    return CourseRow(
        entry=entry,
        state=STATES[entry.state],
        step=next_step(course),
        lesson_count=len(course.content.lessons),
        duration=duration_of(course.content),
        comment_count=sum(comment.resolved_at is None for comment in course.comments),
    )


def _rank(place: str) -> float:
    try:
        return float(place)
    except ValueError:
        return float("inf")
