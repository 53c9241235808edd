"""Courses as the Studio and the review show them: lessons, parts and claims with their sources, numbered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.course_views import CommentEntry, CourseView, RiskEntry, VerdictEntry
from api.schemas import LocatorForm
from authoring.block import Block, BlockKind
from authoring.claim import Claim, Evidence, Stance
from authoring.course import CourseContent, Lesson, LessonState, Part
from authoring.course_diff import Stretch, Words, changed_words
from authoring.course_json import part_hash
from authoring.duration import course_minutes, lesson_minutes
from authoring.quiz_item import CHOSEN_FROM, ItemKind, Option, QuizItem
from authoring.reading_level import course_reading_level
from authoring.record import CourseState

LONGEST_LESSON_MINUTES = 7
_HOUR = 60

STATES = {
    CourseState.DRAFT: "Draft",
    CourseState.SME_CONFIRMED: "Confirmed",
    CourseState.IN_REVIEW: "In review",
    CourseState.CHANGES_REQUESTED: "Changes requested",
    CourseState.APPROVED: "Approved",
    CourseState.PUBLISHED: "Published",
}

KINDS: Mapping[BlockKind | ItemKind, str] = {
    BlockKind.TEXT: "Text",
    BlockKind.KEY_POINT: "Key point",
    BlockKind.STEPS: "Steps",
    BlockKind.TABLE: "Table",
    BlockKind.EXAMPLE: "Example",
    BlockKind.QUOTE: "Quote",
    BlockKind.CLIP: "Clip",
    BlockKind.IMAGE: "Picture of a page",
    BlockKind.JOB_AID: "Job aid",
    BlockKind.REFLECTION: "Reflection",
    ItemKind.MULTIPLE_CHOICE: "Multiple choice",
    ItemKind.TRUE_FALSE: "True or false",
    ItemKind.CLOZE: "Fill in",
    ItemKind.ORDERING: "Put in order",
    ItemKind.MATCHING: "Match",
    ItemKind.SHORT_ANSWER: "Short answer",
}

_STANCES = {
    Stance.SUPPORTS: "",
    Stance.CONTRADICTS: "Shows that it is false",
    Stance.TAKEN_FROM: "Where its words are from",
}


@dataclass(frozen=True, slots=True)
class ShownEvidence:
    """As a citation is shown."""

    title: str
    document_name: str
    link: str
    quote: str
    locator: LocatorForm
    stance: str
    document_id: int
    version_id: int

    @classmethod
    def of(cls, evidence: Evidence) -> "ShownEvidence":
        return cls(
            title=evidence.title,
            document_name=evidence.document_name,
            link=evidence.link,
            quote=evidence.quote,
            locator=LocatorForm.of(evidence.locator),
            stance=_STANCES[evidence.stance],
            document_id=evidence.document_id,
            version_id=evidence.version_id,
        )


@dataclass(frozen=True, slots=True)
class Source:
    number: int
    citation: ShownEvidence


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """`state`: bound, signed, unbound, at risk, or `new` for the empty line that takes another one."""

    claim: Claim
    sources: tuple[Source, ...]
    state: str

    @property
    def id(self) -> str:
        return self.claim.id

    @property
    def text(self) -> str:
        return self.claim.text

    @property
    def cells(self) -> list[str]:
        return self.claim.text.split("\t")

    @property
    def signed_by(self) -> str | None:
        return self.claim.own_experience_of


@dataclass(frozen=True, slots=True)
class ShownOption:
    option: Option
    claim: ShownClaim
    rationale: ShownClaim | None


@dataclass(frozen=True, slots=True)
class ShownComment:
    entry: CommentEntry
    words: tuple[Words, ...]
    """From what the claim says to what was suggested."""


@dataclass(frozen=True, slots=True)
class ShownRisk:
    entry: RiskEntry
    before: tuple[Words, ...]
    after: tuple[Words, ...]
    mend: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that the checks found. `stops`: nobody can review the course until it is mended."""

    what: str
    mend: str
    part_id: str | None
    claim_id: str | None
    kind: str
    stops: bool


@dataclass(frozen=True, slots=True)
class ShownPart:
    part: Part
    number: int
    claims: tuple[ShownClaim, ...]
    options: tuple[ShownOption, ...]
    comments: tuple[ShownComment, ...]
    risks: tuple[ShownRisk, ...]
    problems: tuple[Problem, ...]
    hash: str
    is_first: bool
    is_last: bool
    accepted_by: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.part.id

    @property
    def is_item(self) -> bool:
        return isinstance(self.part, QuizItem)

    @property
    def block(self) -> Block:
        assert isinstance(self.part, Block)
        return self.part

    @property
    def item(self) -> QuizItem:
        assert isinstance(self.part, QuizItem)
        return self.part

    @property
    def kind(self) -> str:
        return KINDS[self.part.kind]

    @property
    def name(self) -> str:
        """What a control says that it is about."""
        if isinstance(self.part, Block) and self.part.heading:
            return f"{self.kind} “{self.part.heading}”"
        return f"{self.kind} {self.number}"

    @property
    def stem(self) -> ShownClaim:
        return self.claims[0]

    @property
    def is_chosen_from(self) -> bool:
        return self.part.kind in CHOSEN_FROM

    @property
    def unbound_count(self) -> int:
        return sum(claim.state == "unbound" for claim in self.claims)

    @property
    def open_comments(self) -> int:
        return sum(comment.entry.resolved_at is None for comment in self.comments)


@dataclass(frozen=True, slots=True)
class ShownLesson:
    lesson: Lesson
    number: int
    parts: tuple[ShownPart, ...]

    @property
    def id(self) -> str:
        return self.lesson.id

    @property
    def is_planned(self) -> bool:
        return self.lesson.state is LessonState.PLANNED

    @property
    def blocks(self) -> tuple[ShownPart, ...]:
        return tuple(part for part in self.parts if not part.is_item)

    @property
    def items(self) -> tuple[ShownPart, ...]:
        return tuple(part for part in self.parts if part.is_item)

    @property
    def minutes(self) -> str:
        return minutes(lesson_minutes(self.lesson))

    @property
    def is_long(self) -> bool:
        return lesson_minutes(self.lesson) > LONGEST_LESSON_MINUTES

    @property
    def problem_count(self) -> int:
        return sum(len(part.problems) for part in self.parts)

    @property
    def comment_count(self) -> int:
        return sum(part.open_comments for part in self.parts)

    @property
    def risk_count(self) -> int:
        return sum(len(part.risks) for part in self.parts)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Each once, in the order of their numbers."""
        found = {source.number: source for part in self.parts for claim in part.claims for source in claim.sources}
        return tuple(found[number] for number in sorted(found))


@dataclass(slots=True)
class _Numbers:
    """Numbers the places that a lesson quotes, each place once."""

    known: dict[tuple[object, ...], int] = field(default_factory=dict)

    def of(self, evidence: Evidence) -> int:
        return self.known.setdefault((evidence.version_id, evidence.spans, evidence.quote), len(self.known) + 1)


@dataclass(frozen=True, slots=True)
class _About:
    """What is said about the parts of a course, beside what they say."""

    comments: tuple[CommentEntry, ...] = ()
    risks: tuple[RiskEntry, ...] = ()
    problems: tuple[Problem, ...] = ()
    verdicts: tuple[VerdictEntry, ...] = ()

    def is_at_risk(self, part_id: str, claim_id: str) -> bool:
        return any((risk.part_id, risk.claim_id) == (part_id, claim_id) for risk in self.risks)


def shown_lessons(course: CourseView, problems: Sequence[Problem] = ()) -> tuple[ShownLesson, ...]:
    about = _About(
        course.comments,
        tuple(risk for risk in course.risks if risk.publication is None),
        tuple(problems),
        tuple(verdict for verdict in course.verdicts if verdict.holds),
    )
    return _lessons(course.content, about)


def lessons_of(content: CourseContent) -> tuple[ShownLesson, ...]:
    """Of a content alone: what learners meet."""
    return _lessons(content, _About())


def unsaved_part(part: Part) -> ShownPart:
    """Words that could not be saved."""
    return _part(part, 1, 1, _Numbers(), _About())


def course_comments(course: CourseView) -> tuple[ShownComment, ...]:
    """About the whole, and about parts that are gone."""
    there = {part.id for lesson in course.content.lessons for part in lesson.parts}
    return tuple(_comment(one) for one in course.comments if one.part_id not in there)


def shown_risk(risk: RiskEntry) -> ShownRisk:
    """Old and new side by side, what differs marked in both."""
    words = changed_words(_flat(risk.old_passage or risk.quote), _flat(risk.new_passage))
    return ShownRisk(
        risk,
        tuple(word for word in words if word.stretch is not Stretch.ADDED),
        tuple(word for word in words if word.stretch is not Stretch.REMOVED),
        changed_words(risk.claim_text, risk.mend) if risk.mend else (),
    )


def minutes(value: float) -> str:
    """`under 1 min`, `4 min`, `1 h 10 min`."""
    if value < 1:
        return "under 1 min"
    whole = round(value)
    return f"{whole} min" if whole < _HOUR else f"{whole // _HOUR} h {whole % _HOUR} min"


def duration_of(content: CourseContent) -> str:
    return minutes(course_minutes(content))


def reading_level_of(content: CourseContent) -> str:
    """Empty where no formula says anything."""
    level = course_reading_level(content, content.brief.language or "en")
    return "" if level is None else level.label


def _lessons(content: CourseContent, about: _About) -> tuple[ShownLesson, ...]:
    return tuple(_lesson(lesson, number, about) for number, lesson in enumerate(content.lessons, 1))


def _lesson(lesson: Lesson, number: int, about: _About) -> ShownLesson:
    numbers = _Numbers()
    groups: tuple[tuple[Part, ...], ...] = (lesson.blocks, lesson.items)
    parts = [_part(part, place, len(group), numbers, about) for group in groups for place, part in enumerate(group, 1)]
    return ShownLesson(lesson, number, tuple(parts))


def _part(part: Part, place: int, count: int, numbers: _Numbers, about: _About) -> ShownPart:
    claims = tuple(_claim(claim, numbers, about.is_at_risk(part.id, claim.id)) for claim in part.claims)
    by_id = {claim.id: claim for claim in claims}
    options = () if isinstance(part, Block) else tuple(_option(option, by_id) for option in part.options)
    return ShownPart(
        part=part,
        number=place,
        claims=claims,
        options=options,
        comments=tuple(_comment(one) for one in about.comments if one.part_id == part.id),
        risks=tuple(shown_risk(one) for one in about.risks if one.part_id == part.id),
        problems=tuple(one for one in about.problems if one.part_id == part.id),
        hash=part_hash(part),
        is_first=place == 1,
        is_last=place == count,
        accepted_by=tuple(one.reviewer for one in about.verdicts if one.part_id == part.id),
    )


def _option(option: Option, claims: Mapping[str, ShownClaim]) -> ShownOption:
    rationale = None if option.rationale is None else claims[option.rationale.id]
    return ShownOption(option, claims[option.claim.id], rationale)


def _claim(claim: Claim, numbers: _Numbers, at_risk: bool) -> ShownClaim:
    sources = tuple(Source(numbers.of(evidence), ShownEvidence.of(evidence)) for evidence in claim.evidence)
    if at_risk:
        state = "at risk"
    elif claim.evidence:
        state = "bound"
    else:
        state = "signed" if claim.own_experience_of else "unbound"
    return ShownClaim(claim, sources, state)


def _comment(entry: CommentEntry) -> ShownComment:
    known = entry.suggestion is not None and entry.current is not None
    return ShownComment(entry, changed_words(entry.current or "", entry.suggestion or "") if known else ())


def _flat(text: str) -> str:
    return " ".join(text.split())
