"""Routes of courses: draft, edit, bind, review, publish, look back, export."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.context import As, Context, RequestContext
from api.course_exporting import exported
from api.course_schemas import (
    BegunForm,
    BindForm,
    CourseForm,
    CourseListForm,
    CoursePartForm,
    DecisionForm,
    DiffForm,
    DraftForm,
    HistoryEntryForm,
    HistoryForm,
    InstructionForm,
    MoveForm,
    NewCommentForm,
    NewPartForm,
    OutlineForm,
    PartVersionForm,
    PublicationForm,
    ReasonForm,
    RetirementForm,
    ReviewQueueForm,
    RiskForm,
    RiskListForm,
    SignForm,
    SubmissionForm,
    TakeBackForm,
)
from api.course_views import CourseView
from api.errors import PROBLEMS
from api.job_form import JobForm
from api.seen import SeenHash, SeenRevision
from authoring.course import Part
from authoring.record import CourseState
from corpus.errors import Invalid

router = APIRouter(
    prefix="/api/courses", tags=["courses"], responses={code: PROBLEMS[code] for code in (404, 409, 422, 503)}
)
_SEEN: dict[int | str, dict[str, Any]] = {code: PROBLEMS[code] for code in (412, 428)}


class OtherPart(Invalid):
    def __init__(self, part_id: str) -> None:
        super().__init__(f"The part that was sent is not “{part_id[:60]}”. Its id stays as it is.")


class SuggestionWithoutClaim(Invalid):
    def __init__(self) -> None:
        super().__init__("A suggestion is for a claim: name part_id and claim_id.")


def _form(context: RequestContext, user: str, view: CourseView) -> CourseForm:
    drafting = context.services.drafting
    job = drafting.find_job(view.course_id)
    language = drafting.language(user, view.content, view.source_ids)
    return CourseForm.of(view, language, None if job is None else job.job_id)


# Drafting and finding


@router.post("", status_code=202)
def draft_course(form: DraftForm, context: Context, user: As, response: Response) -> BegunForm:
    """Begins a course and has it drafted: look at it again, or follow the job, while lessons appear one by one."""
    services = context.services
    begun = services.drafting.begin(user, form.request())
    response.headers["Location"] = f"/api/courses/{begun.course.course_id}"
    job = None if begun.job is None else services.job_form(begun.job)
    return BegunForm(course=_form(context, user, begun.course), job=job)


@router.get("")
def list_courses(
    context: Context,
    user: As,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    state: Annotated[list[CourseState] | None, Query(description="Only courses in these states.")] = None,
    title: Annotated[str, Query(max_length=200, description="Part of the title.")] = "",
    mine: Annotated[bool, Query(description="Only those that you made.")] = False,
    at_risk: Annotated[bool, Query(description="Only those with claims whose source has changed.")] = False,
    published: Annotated[bool, Query(description="What learners can open. Anybody may ask for these.")] = False,
) -> CourseListForm:
    """The courses that you may see, the newest change first. Drafts are for those who contribute or review."""
    courses = context.services.courses
    if published:
        return CourseListForm.of(courses.list_published(user, limit, offset, title))
    return CourseListForm.of(
        courses.list_courses(user, limit, offset, state or (), user if mine else None, title, at_risk_only=at_risk)
    )


@router.get("/queue")
def get_review_queue(context: Context, user: As) -> ReviewQueueForm:
    """What waits for a review, what is due first first."""
    return ReviewQueueForm.of(context.services.courses.review_queue(user))


@router.get("/risks")
def list_risks(
    context: Context,
    user: As,
    mine: Annotated[bool, Query(description="Only of courses that you made.")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> RiskListForm:
    """Claims whose source has changed and that nobody has seen to yet, oldest first."""
    risks = context.services.courses.list_risks(user, mine, limit, offset)
    return RiskListForm(risks=list(map(RiskForm.of, risks)))


@router.get("/{course_id}")
def get_course(course_id: int, context: Context, user: As, response: Response) -> CourseForm:
    """As it is worked on, also while it is being drafted."""
    view = context.services.courses.get(user, course_id)
    response.headers["ETag"] = f'"{view.content_hash}"'
    return _form(context, user, view)


@router.get("/{course_id}/publication")
def get_publication(
    course_id: int,
    context: Context,
    user: As,
    number: Annotated[int | None, Query(ge=1, le=1_000_000, description="The newest without it.")] = None,
) -> PublicationForm:
    """What learners meet."""
    return PublicationForm.of(context.services.courses.get_publication(user, course_id, number))


@router.post("/{course_id}/draft", status_code=202)
def draft_planned(course_id: int, context: Context, user: As) -> JobForm:
    """Drafts the lessons of the outline that are still planned."""
    return context.services.job_form(context.services.drafting.go_on(user, course_id))


# Editing


@router.put("/{course_id}/outline", responses=_SEEN)
def set_outline(course_id: int, form: OutlineForm, seen: SeenRevision, context: Context, user: As) -> CourseForm:
    """Lessons added, moved, renamed, taken out; another title or brief. `If-Match`: the content's `revision`."""
    courses = context.services.courses
    content = courses.get(user, course_id).content
    lessons = [lesson.lesson(content) for lesson in form.lessons]
    brief = None if form.brief is None else form.brief.brief()
    return _form(context, user, courses.set_outline(user, course_id, seen, lessons, form.title, brief))


@router.post("/{course_id}/parts", status_code=201, responses=_SEEN)
def add_part(course_id: int, form: NewPartForm, seen: SeenRevision, context: Context, user: As) -> CourseForm:
    """Adds a block or quiz item. `If-Match`: the lesson's `revision`."""
    courses = context.services.courses
    return _form(context, user, courses.add_part(user, course_id, form.lesson_id, seen, form.part, form.place))


@router.put("/{course_id}/parts/{part_id}", responses=_SEEN)
def put_part(
    course_id: int, part_id: str, part: Part, seen: SeenRevision, context: Context, user: As
) -> CoursePartForm:
    """Replaces a block or quiz item. `If-Match`: its `revision`."""
    if part.id != part_id:
        raise OtherPart(part_id)
    return CoursePartForm.of(context.services.courses.put_part(user, course_id, seen, part), part_id)


@router.delete("/{course_id}/parts/{part_id}", responses=_SEEN)
def remove_part(course_id: int, part_id: str, seen: SeenRevision, context: Context, user: As) -> CourseForm:
    """It stays in the history. `If-Match`: its `revision`."""
    return _form(context, user, context.services.courses.remove_part(user, course_id, part_id, seen))


@router.post("/{course_id}/moves", responses=_SEEN)
def move_part(course_id: int, form: MoveForm, seen: SeenRevision, context: Context, user: As) -> CourseForm:
    """Within its lesson, or into another. `If-Match`: the part's `revision`."""
    courses = context.services.courses
    return _form(context, user, courses.move_part(user, course_id, form.part_id, seen, form.lesson_id, form.place))


@router.post("/{course_id}/parts/{part_id}/redraft", responses=_SEEN)
def redraft_part(
    course_id: int, part_id: str, form: InstructionForm, seen: SeenRevision, context: Context, user: As
) -> CoursePartForm:
    """Has the part drafted anew, as you say; the old one is kept. `If-Match`: its `revision`."""
    view = context.services.drafting.redraft(user, course_id, part_id, seen, form.instruction)
    return CoursePartForm.of(view, part_id)


@router.post("/{course_id}/parts/{part_id}/bind", responses=_SEEN)
def bind_claim(
    course_id: int, part_id: str, form: BindForm, seen: SeenRevision, context: Context, user: As
) -> CoursePartForm:
    """Binds a claim to words of documents that you may read. `If-Match`: the part's `revision`."""
    courses = context.services.courses
    view = courses.bind(user, course_id, part_id, seen, form.claim_id, form.all(), form.keep)
    return CoursePartForm.of(view, part_id)


@router.post("/{course_id}/parts/{part_id}/sign", responses=_SEEN)
def sign_claim(
    course_id: int, part_id: str, form: SignForm, seen: SeenRevision, context: Context, user: As
) -> CoursePartForm:
    """Says with your name that a claim is your own experience. `If-Match`: the part's `revision`."""
    return CoursePartForm.of(context.services.courses.sign(user, course_id, part_id, seen, form.claim_id), part_id)


@router.get("/{course_id}/parts/{part_id}/versions")
def list_part_versions(course_id: int, part_id: str, context: Context, user: As) -> list[PartVersionForm]:
    """All that the part was, newest first."""
    versions = context.services.courses.list_part_versions(user, course_id, part_id)
    return list(map(PartVersionForm.of, versions))


@router.post("/{course_id}/parts/{part_id}/take-back", responses=_SEEN)
def take_back_part(
    course_id: int, part_id: str, form: TakeBackForm, seen: SeenRevision, context: Context, user: As
) -> CoursePartForm:
    """The part as it was in a revision of the course. `If-Match`: its present `revision`."""
    courses = context.services.courses
    return CoursePartForm.of(courses.take_back(user, course_id, part_id, seen, form.revision), part_id)


# Going on


@router.post("/{course_id}/confirm", responses=_SEEN)
def confirm_course(course_id: int, seen: SeenHash, context: Context, user: As) -> CourseForm:
    """“This is what I meant.” `If-Match`: the `content_hash`."""
    return _form(context, user, context.services.courses.confirm(user, course_id, seen))


@router.post("/{course_id}/submit", responses=_SEEN)
def submit_course(course_id: int, form: SubmissionForm, seen: SeenHash, context: Context, user: As) -> CourseForm:
    """For review. `If-Match`: the `content_hash`."""
    courses = context.services.courses
    return _form(context, user, courses.submit(user, course_id, seen, form.due_at, form.reviewer))


@router.post("/{course_id}/withdraw", responses=_SEEN)
def withdraw_course(course_id: int, form: ReasonForm, seen: SeenHash, context: Context, user: As) -> CourseForm:
    """Back to draft. `If-Match`: the `content_hash`."""
    return _form(context, user, context.services.courses.withdraw(user, course_id, seen, form.reason))


@router.post("/{course_id}/decisions", responses=_SEEN)
def decide_course(course_id: int, form: DecisionForm, seen: SeenHash, context: Context, user: As) -> CourseForm:
    """Approves exactly this content, or requests changes. `If-Match`: the `content_hash`."""
    courses = context.services.courses
    return _form(context, user, courses.decide(user, course_id, form.decision, seen, form.reason))


@router.post("/{course_id}/publications", status_code=201, responses=_SEEN)
def publish_course(course_id: int, seen: SeenHash, context: Context, user: As) -> CourseForm:
    """Gives learners what was approved. `If-Match`: the `content_hash`."""
    return _form(context, user, context.services.courses.publish(user, course_id, seen))


@router.post("/{course_id}/retirements", status_code=201)
def retire_publication(course_id: int, form: RetirementForm, context: Context, user: As) -> CourseForm:
    """Takes a publication away from learners."""
    courses = context.services.courses
    return _form(context, user, courses.retire(user, course_id, form.publication, form.reason))


# Reviewing part by part


@router.put("/{course_id}/parts/{part_id}/verdict", responses=_SEEN)
def accept_part(course_id: int, part_id: str, seen: SeenHash, context: Context, user: As) -> CourseForm:
    """You have held the part against its evidence. `If-Match`: its hash, of `part_hashes`."""
    return _form(context, user, context.services.courses.accept_part(user, course_id, part_id, seen))


@router.delete("/{course_id}/parts/{part_id}/verdict")
def unaccept_part(course_id: int, part_id: str, context: Context, user: As) -> CourseForm:
    """Takes your verdict back."""
    return _form(context, user, context.services.courses.unaccept_part(user, course_id, part_id))


@router.post("/{course_id}/comments", status_code=201)
def comment(course_id: int, form: NewCommentForm, context: Context, user: As) -> CourseForm:
    """Says something about a part or the whole, or suggests another text for a claim."""
    courses = context.services.courses
    if form.suggestion is None:
        return _form(context, user, courses.comment(user, course_id, form.text, form.part_id))
    if form.part_id is None or form.claim_id is None:
        raise SuggestionWithoutClaim
    view = courses.suggest(user, course_id, form.part_id, form.claim_id, form.suggestion, form.text)
    return _form(context, user, view)


@router.post("/{course_id}/comments/{comment_id}/take", responses=_SEEN)
def take_suggestion(course_id: int, comment_id: int, seen: SeenRevision, context: Context, user: As) -> CourseForm:
    """Edits the claim to what was suggested. `If-Match`: the part's `revision`."""
    return _form(context, user, context.services.courses.take_suggestion(user, course_id, comment_id, seen))


@router.post("/{course_id}/comments/{comment_id}/resolve")
def resolve_comment(course_id: int, comment_id: int, context: Context, user: As) -> CourseForm:
    return _form(context, user, context.services.courses.resolve_comment(user, course_id, comment_id))


# Risks


@router.post("/{course_id}/risks/{risk_id}/accept")
def accept_risk(course_id: int, risk_id: int, form: ReasonForm, context: Context, user: As) -> CourseForm:
    """The claim is still right although its source has changed; say why."""
    return _form(context, user, context.services.courses.accept_risk(user, course_id, risk_id, form.reason))


@router.post("/{course_id}/risks/{risk_id}/mend", responses=_SEEN)
def take_mend(course_id: int, risk_id: int, seen: SeenRevision, context: Context, user: As) -> CourseForm:
    """Has the claim say what its source says now. `If-Match`: the part's `revision`."""
    return _form(context, user, context.services.courses.take_mend(user, course_id, risk_id, seen))


# Looking back, and taking along


@router.get("/{course_id}/history")
def get_history(
    course_id: int,
    context: Context,
    user: As,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> HistoryForm:
    """Revisions and decisions, newest first."""
    entries = context.services.courses.history(user, course_id)
    shown = entries[offset : offset + limit]
    return HistoryForm(entries=list(map(HistoryEntryForm.of, shown)), total=len(entries))


@router.get("/{course_id}/diff")
def get_diff(
    course_id: int,
    context: Context,
    user: As,
    since: Annotated[int, Query(ge=1, le=1_000_000, description="A revision of the course.")],
    until: Annotated[int | None, Query(ge=1, le=1_000_000, description="Without it: what is there now.")] = None,
) -> DiffForm:
    """What changed, word by word."""
    return DiffForm.of(context.services.courses.diff(user, course_id, since, until))


@router.get(
    "/{course_id}/export",
    response_class=Response,
    responses={
        200: {
            "content": {"application/json": {}, "text/markdown": {}, "text/html": {}},
            "description": "The course in one file, with the evidence of every sentence.",
        }
    },
)
def export_course(
    course_id: int,
    context: Context,
    user: As,
    format: Annotated[str, Query(max_length=40, description="`json`, `markdown` or `html`.")] = "json",
    draft: Annotated[bool, Query(description="As it is worked on, instead of what learners meet.")] = False,
) -> Response:
    """Always as a download."""
    file = exported(context.services, user, course_id, format, draft)
    disposition = f'attachment; filename="course-{course_id}.{file.suffix}"'
    return Response(file.content, media_type=file.media_type, headers={"Content-Disposition": disposition})
