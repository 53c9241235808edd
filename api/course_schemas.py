"""The forms in which courses are described over HTTP. Their content has one form: that of the JSON export."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from api.course_editing import ChunkQuote, SpanQuote
from api.course_views import (
    CommentEntry,
    CourseView,
    HistoryEntry,
    PartVersion,
    PublicationEntry,
    PublicationView,
    ReviewQueue,
    RiskEntry,
    VerdictEntry,
)
from api.drafting import DraftRequest, Notes
from api.job_form import JobForm
from api.schemas import Form
from authoring.claim import Stance
from authoring.course import BloomLevel, Brief, CourseContent, Lesson, Objective, Part
from authoring.course_diff import ChangeOf, CourseDiff, LessonChange, PartChange, TextChange, Words
from authoring.course_json import part_hash
from authoring.duration import course_minutes
from authoring.reading_level import course_reading_level
from authoring.record import CourseState, DecisionKind, PublicationState, Resolution
from authoring.store import CourseEntry, CoursePage
from corpus.audience import EVERYONE
from corpus.locator import Span

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class BriefForm(Form):
    """What the author wants. `outcome`: the organisational objective or OKR that it serves, with its measure.

    `lessons` at most; null where the material decides. `language` is a code (`en`), empty for the material's own.
    """

    goal: Said = ""
    outcome: Said = ""
    learners: Line = ""
    language: Annotated[str, Field(max_length=20)] = ""
    tone: Line = ""
    lessons: Annotated[int | None, Field(ge=1, le=40)] = None

    def brief(self) -> Brief:
        return Brief(self.goal, self.outcome, self.learners, self.language, self.tone, self.lessons)


class NotesForm(Form):
    """Pasted text. It becomes a document of the library, which `audience` may read."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500_000)]
    audience: Annotated[str, Field(max_length=100)] = EVERYONE


class DraftForm(Form):
    """`documents` by number or name; `folders`: everything whose name lies below. `audience`: who the course is for.

    `draft`: all of it, the outline only, so that you can put it right first, or nothing.
    """

    brief: BriefForm = BriefForm()
    title: Line = ""
    documents: Annotated[tuple[Annotated[str, Field(max_length=500)], ...], Field(max_length=200)] = ()
    folders: Annotated[tuple[Annotated[str, Field(max_length=500)], ...], Field(max_length=20)] = ()
    notes: NotesForm | None = None
    audience: Annotated[str, Field(max_length=100)] = EVERYONE
    draft: Literal["whole", "outline", "nothing"] = "whole"

    def request(self) -> DraftRequest:
        return DraftRequest(
            brief=self.brief.brief(),
            documents=self.documents,
            folders=self.folders,
            notes=None if self.notes is None else Notes(self.notes.text, self.notes.audience),
            title=self.title,
            audience=self.audience,
            drafts=self.draft != "nothing",
            outline_only=self.draft == "outline",
        )


class CourseEntryForm(Form):
    """`published` is the number of the newest publication that learners can open."""

    course_id: int
    title: str
    audience: str
    maker: str
    state: CourseState
    created_at: datetime
    changed_at: datetime
    due_at: datetime | None
    reviewer: str | None
    published: int | None
    open_risks: int

    @classmethod
    def of(cls, entry: CourseEntry) -> "CourseEntryForm":
        return cls(
            course_id=entry.course_id,
            title=entry.title,
            audience=entry.audience,
            maker=entry.maker,
            state=entry.state,
            created_at=entry.created_at,
            changed_at=entry.changed_at,
            due_at=entry.due_at,
            reviewer=entry.reviewer,
            published=entry.published,
            open_risks=entry.open_risks,
        )


class CourseListForm(Form):
    courses: list[CourseEntryForm]
    total: int

    @classmethod
    def of(cls, page: CoursePage) -> "CourseListForm":
        return cls(courses=[CourseEntryForm.of(entry) for entry in page.entries], total=page.total)


class LackForm(Form):
    """Something that keeps the course from being reviewed."""

    what: str
    part_id: str | None
    claim_id: str | None


class PublicationEntryForm(Form):
    number: int
    state: PublicationState
    content_hash: str
    approved_by: str
    published_by: str
    published_at: datetime
    changed_keys: list[str] = Field(description="Ids of items whose right answer is another than in the one before.")
    retired_at: datetime | None
    retired_by: str | None
    retired_because: str

    @classmethod
    def of(cls, entry: PublicationEntry) -> "PublicationEntryForm":
        return cls(
            number=entry.number,
            state=entry.state,
            content_hash=entry.content_hash,
            approved_by=entry.approved_by,
            published_by=entry.published_by,
            published_at=entry.published_at,
            changed_keys=list(entry.changed_keys),
            retired_at=entry.retired_at,
            retired_by=entry.retired_by,
            retired_because=entry.retired_because,
        )


class CommentForm(Form):
    """`suggestion` is another text for the claim, `current` what the claim says now."""

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

    @classmethod
    def of(cls, entry: CommentEntry) -> "CommentForm":
        return cls(
            comment_id=entry.comment_id,
            part_id=entry.part_id,
            claim_id=entry.claim_id,
            author=entry.author,
            text=entry.text,
            suggestion=entry.suggestion,
            current=entry.current,
            written_at=entry.written_at,
            is_outdated=entry.is_outdated,
            taken=entry.taken,
            resolved_at=entry.resolved_at,
            resolved_by=entry.resolved_by,
        )


class RiskForm(Form):
    """A claim whose source changed: what stood there, what stands there now, and what could take the claim's place.

    `publication` is null for what is being worked on.
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
    mend: str
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: Resolution | None
    reason: str

    @classmethod
    def of(cls, entry: RiskEntry) -> "RiskForm":
        return cls(
            risk_id=entry.risk_id,
            course_id=entry.course_id,
            course_title=entry.course_title,
            publication=entry.publication,
            part_id=entry.part_id,
            claim_id=entry.claim_id,
            claim_text=entry.claim_text,
            kind=entry.kind,
            document_id=entry.document_id,
            document_name=entry.document_name,
            old_version_id=entry.old_version_id,
            new_version_id=entry.new_version_id,
            quote=entry.quote,
            old_passage=entry.old_passage,
            new_passage=entry.new_passage,
            mend=entry.mend,
            opened_at=entry.opened_at,
            resolved_at=entry.resolved_at,
            resolved_by=entry.resolved_by,
            resolution=entry.resolution,
            reason=entry.reason,
        )


class RiskListForm(Form):
    risks: list[RiskForm]


class VerdictForm(Form):
    """A reviewer accepted the part; `holds` while it is as it was then."""

    part_id: str
    reviewer: str
    accepted_at: datetime
    holds: bool

    @classmethod
    def of(cls, entry: VerdictEntry) -> "VerdictForm":
        return cls(part_id=entry.part_id, reviewer=entry.reviewer, accepted_at=entry.accepted_at, holds=entry.holds)


class CourseForm(Form):
    """A course as it is worked on. `authors` may neither approve nor publish it.

    `content_hash` names exactly this content: decisions ask for it in `If-Match`. Changes of the outline ask for
    `content.revision`, changes of a part for its `revision`, a verdict for the part's hash in `part_hashes`. `job_id`
    is the job that drafts it now. `drafters` have drafted lessons of it: `extractive`, or language models by name.
    """

    course_id: int
    title: str
    audience: str
    maker: str
    state: CourseState
    content: CourseContent
    revision: int
    content_hash: str
    part_hashes: dict[str, str]
    authors: list[str]
    created_at: datetime
    changed_at: datetime
    changed_by: str
    submitted_at: datetime | None
    submitted_by: str | None
    due_at: datetime | None
    reviewer: str | None
    source_ids: list[int]
    drafters: list[str]
    lacks: list[LackForm]
    out_of_practice: list[str] = Field(description="Ids of parts whose source has changed.")
    risks: list[RiskForm]
    comments: list[CommentForm]
    verdicts: list[VerdictForm]
    publications: list[PublicationEntryForm]
    minutes: float = Field(description="How long it takes, judged by its words.")
    reading_level: str | None = Field(description="By a formula that holds in its language; null where none does.")
    job_id: int | None

    @classmethod
    def of(cls, view: CourseView, language: str, job_id: int | None = None) -> "CourseForm":
        """`language` of what it says."""
        level = course_reading_level(view.content, language)
        return cls(
            course_id=view.course_id,
            title=view.title,
            audience=view.audience,
            maker=view.maker,
            state=view.state,
            content=view.content,
            revision=view.revision,
            content_hash=view.content_hash,
            part_hashes=view.part_hashes,
            authors=sorted(view.authors),
            created_at=view.created_at,
            changed_at=view.changed_at,
            changed_by=view.changed_by,
            submitted_at=view.submitted_at,
            submitted_by=view.submitted_by,
            due_at=view.due_at,
            reviewer=view.reviewer,
            source_ids=list(view.source_ids),
            drafters=list(view.drafters),
            lacks=[LackForm(what=lack.what, part_id=lack.part_id, claim_id=lack.claim_id) for lack in view.lacks],
            out_of_practice=sorted(view.out_of_practice),
            risks=list(map(RiskForm.of, view.risks)),
            comments=list(map(CommentForm.of, view.comments)),
            verdicts=list(map(VerdictForm.of, view.verdicts)),
            publications=list(map(PublicationEntryForm.of, view.publications)),
            minutes=round(course_minutes(view.content), 1),
            reading_level=None if level is None else level.label,
            job_id=job_id,
        )


class BegunForm(Form):
    """A course that is being drafted. `job` is null where nothing was to be drafted."""

    course: CourseForm
    job: JobForm | None


class PublicationForm(Form):
    """What learners meet. `out_of_practice`: ids of parts whose source has changed; their items are not asked."""

    course_id: int
    title: str
    publication: PublicationEntryForm
    content: CourseContent
    out_of_practice: list[str]

    @classmethod
    def of(cls, view: PublicationView) -> "PublicationForm":
        return cls(
            course_id=view.course_id,
            title=view.title,
            publication=PublicationEntryForm.of(view.entry),
            content=view.content,
            out_of_practice=sorted(view.out_of_practice),
        )


class CoursePartForm(Form):
    """A part as it is now, and what the course is now because of it."""

    lesson_id: str
    part: Part
    part_hash: str
    state: CourseState
    content_hash: str

    @classmethod
    def of(cls, view: CourseView, part_id: str) -> "CoursePartForm":
        lesson, part = view.content.part(part_id)
        return cls(
            lesson_id=lesson.id,
            part=part,
            part_hash=part_hash(part),
            state=view.state,
            content_hash=view.content_hash,
        )


class NewPartForm(Form):
    """`place` among the lesson's blocks or items, from 0; at their end without."""

    lesson_id: Id
    part: Part
    place: Annotated[int | None, Field(ge=0, le=1000)] = None


class MoveForm(Form):
    part_id: Id
    lesson_id: Id
    place: Annotated[int, Field(ge=0, le=1000)]


class OutlineLessonForm(Form):
    """A lesson that is there, by its id, or a new one without. What it is made of is not changed by the outline."""

    lesson_id: Annotated[str, Field(max_length=100)] = ""
    title: Line
    verb: Annotated[str, Field(max_length=100)] = ""
    what: Line = ""
    level: BloomLevel = BloomLevel.UNDERSTAND

    def lesson(self, content: CourseContent) -> Lesson:
        known = next((lesson for lesson in content.lessons if lesson.id == self.lesson_id), None)
        material = () if known is None else known.material
        return Lesson(self.lesson_id, self.title, Objective(self.verb, self.what, self.level), material=material)


class OutlineForm(Form):
    """All lessons in their order; those that are not named are taken out. Title and brief stay where they are null."""

    lessons: Annotated[list[OutlineLessonForm], Field(max_length=200)]
    title: Line | None = None
    brief: BriefForm | None = None


class InstructionForm(Form):
    instruction: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class SpanForm(Form):
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]


class SpanQuoteForm(Form):
    """Words of a version's text, by their places."""

    document_id: int
    version_id: int
    spans: Annotated[list[SpanForm], Field(min_length=1, max_length=50)]
    stance: Stance = Stance.SUPPORTS

    def quote(self) -> SpanQuote:
        spans = tuple(Span(span.start, span.end) for span in self.spans)
        return SpanQuote(self.document_id, self.version_id, spans, self.stance)


class ChunkQuoteForm(Form):
    """Words of a passage that a search has found."""

    chunk_id: int
    quote: Annotated[str, Field(min_length=1, max_length=4000)]
    stance: Stance = Stance.SUPPORTS

    def made(self) -> ChunkQuote:
        return ChunkQuote(self.chunk_id, self.quote, self.stance)


class BindForm(Form):
    """`keep` what the claim is bound to already."""

    claim_id: Id
    spans: Annotated[tuple[SpanQuoteForm, ...], Field(max_length=20)] = ()
    quotes: Annotated[tuple[ChunkQuoteForm, ...], Field(max_length=20)] = ()
    keep: bool = True

    def all(self) -> list[SpanQuote | ChunkQuote]:
        return [*(span.quote() for span in self.spans), *(quote.made() for quote in self.quotes)]


class SignForm(Form):
    claim_id: Id


class TakeBackForm(Form):
    """`revision` of the course in which the part was as it is to be again."""

    revision: Annotated[int, Field(ge=1)]


class PartVersionForm(Form):
    revision: int
    by: str
    at: datetime
    part: Part

    @classmethod
    def of(cls, version: PartVersion) -> "PartVersionForm":
        return cls(revision=version.revision, by=version.by, at=version.at, part=version.part)


class SubmissionForm(Form):
    due_at: AwareDatetime | None = None
    reviewer: Annotated[str | None, Field(max_length=100)] = None


class ReasonForm(Form):
    reason: Said = ""


class DecisionForm(Form):
    decision: Literal[DecisionKind.APPROVED, DecisionKind.CHANGES_REQUESTED]
    reason: Said


class RetirementForm(Form):
    """`publication` is its number."""

    publication: Annotated[int, Field(ge=1)]
    reason: Said


class NewCommentForm(Form):
    """About a part, or without one about the whole. `suggestion` is another text for the claim."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000)] = ""
    part_id: Annotated[str | None, Field(max_length=100)] = None
    claim_id: Annotated[str | None, Field(max_length=100)] = None
    suggestion: Annotated[str | None, Field(max_length=2000)] = None


class ReviewQueueForm(Form):
    """`loads`: how many reviews each named reviewer has before them."""

    courses: list[CourseEntryForm]
    loads: dict[str, int]

    @classmethod
    def of(cls, queue: ReviewQueue) -> "ReviewQueueForm":
        return cls(courses=[CourseEntryForm.of(entry) for entry in queue.entries], loads=dict(queue.loads))


class HistoryEntryForm(Form):
    """A revision, or with `kind` a decision about one."""

    at: datetime
    by: str
    revision: int
    content_hash: str
    kind: DecisionKind | None
    summary: str

    @classmethod
    def of(cls, entry: HistoryEntry) -> "HistoryEntryForm":
        return cls(
            at=entry.at,
            by=entry.by,
            revision=entry.revision,
            content_hash=entry.content_hash,
            kind=entry.kind,
            summary=entry.summary,
        )


class HistoryForm(Form):
    entries: list[HistoryEntryForm]
    total: int


class WordsForm(Form):
    stretch: str
    text: str

    @classmethod
    def of(cls, words: Words) -> "WordsForm":
        return cls(stretch=words.stretch, text=words.text)


class TextChangeForm(Form):
    """`what`: a claim's id, or `title`, `heading`, `objective`, `key`, `evidence` and so on."""

    what: str
    words: list[WordsForm]

    @classmethod
    def of(cls, change: TextChange) -> "TextChangeForm":
        return cls(what=change.what, words=list(map(WordsForm.of, change.words)))


class LessonChangeForm(Form):
    lesson_id: str
    title: str
    kinds: list[ChangeOf]
    texts: list[TextChangeForm]

    @classmethod
    def of(cls, change: LessonChange) -> "LessonChangeForm":
        texts = list(map(TextChangeForm.of, change.texts))
        return cls(lesson_id=change.lesson_id, title=change.title, kinds=list(change.kinds), texts=texts)


class PartChangeForm(Form):
    part: Part
    lesson_title: str
    kinds: list[ChangeOf]
    texts: list[TextChangeForm]

    @classmethod
    def of(cls, change: PartChange) -> "PartChangeForm":
        texts = list(map(TextChangeForm.of, change.texts))
        return cls(part=change.part, lesson_title=change.lesson_title, kinds=list(change.kinds), texts=texts)


class DiffForm(Form):
    about: list[TextChangeForm]
    lessons: list[LessonChangeForm]
    parts: list[PartChangeForm]

    @classmethod
    def of(cls, diff: CourseDiff) -> "DiffForm":
        return cls(
            about=list(map(TextChangeForm.of, diff.about)),
            lessons=list(map(LessonChangeForm.of, diff.lessons)),
            parts=list(map(PartChangeForm.of, diff.parts)),
        )
