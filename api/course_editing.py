"""One edit of a course: what is checked of it, and what becomes of the content."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from authoring.block import Block
from authoring.claim import LONGEST_CLAIM, Claim, ClaimTooLong, Evidence, Stance
from authoring.course import (
    CourseContent,
    Lesson,
    Objective,
    Part,
    PartNotFound,
)
from authoring.ledger import find_claim, quote_hash, with_claims
from authoring.record import (
    Course,
)
from authoring.review import (
    NotSaved,
)
from authoring.source_text import SourceText
from authoring.store import (
    CourseStore,
)
from corpus.errors import Invalid
from corpus.locator import Span
from corpus.store import CorpusStore

_LONGEST_TITLE = 300
_MOST_CLAIMS = 200
_MOST_PARTS = 200
_MOST_LESSONS = 60
_LONGEST_ID = 80


@dataclass(frozen=True, slots=True)
class SpanQuote:
    """Words selected in a source: spans of the version's text."""

    document_id: int
    version_id: int
    spans: tuple[Span, ...]
    stance: Stance = Stance.SUPPORTS


@dataclass(frozen=True, slots=True)
class ChunkQuote:
    """Words of a chunk that a search has found; white space may differ."""

    chunk_id: int
    quote: str
    stance: Stance = Stance.SUPPORTS


class SignedByAnother(Invalid):
    def __init__(self) -> None:
        super().__init__("Own experience is signed by who has it, with their own name. Ask them to sign it.")


class TooLarge(Invalid):
    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"{what} may have {most:,} at most. Divide it.")


class CourseEdit:
    """The head while somebody edits it."""

    def __init__(
        self,
        session: Session,
        store: CourseStore,
        course: Course,
        content: CourseContent,
        user: str,
        new_id: Callable[[], str],
    ) -> None:
        self._corpus = CorpusStore(session)
        self.store = store
        self.course = course
        self.content = content
        self._user = user
        self._new_id = new_id
        self._reader = self._corpus.reader(user)
        self._sources: dict[int, SourceText] = {}
        self.touched: str | None = None
        """The lesson whose parts are others now."""

    def known_part(self, part_id: str, seen_revision: int, unsaved: Part | None) -> Part:
        """As the editor saw it. Raises `NotSaved`, also where it was removed meanwhile; `PartNotFound`."""
        try:
            _, part = self.content.part(part_id)
        except PartNotFound:
            if self.was_there(part_id):
                raise NotSaved(part_id, "", unsaved, None) from None
            raise
        if part.revision != seen_revision:
            raise NotSaved(part_id, part.edited_by, unsaved, part)
        return part

    def known_lesson(self, lesson_id: str, seen_revision: int, unsaved: Part) -> Lesson:
        lesson = self.content.lesson(lesson_id)
        if lesson.revision != seen_revision:
            raise NotSaved(lesson_id, self.course.structure_editors.get(lesson_id, ""), unsaved, lesson)
        return lesson

    def was_there(self, part_id: str) -> bool:
        """Whether any revision had a part of that id."""
        return self.store.had_part(self.course.id, part_id)

    def checked(self, part: Part, known: Part | None) -> Part:
        """With ids where there were none, and with evidence that is really there. `known` is what it replaces."""
        if known is not None and type(known) is not type(part):
            raise Invalid("A block stays a block, and a quiz item a quiz item.")
        others = [one for lesson in self.content.lessons for one in lesson.parts if known is None or one.id != known.id]
        if any(one.id == part.id for one in others) or not 0 < len(part.id) <= _LONGEST_ID:
            raise Invalid("A part needs an id of its own.")
        if len(part.claims) > _MOST_CLAIMS:
            raise TooLarge("The sentences of a part", _MOST_CLAIMS)
        if isinstance(part, Block):
            checked_line(part.heading or "-", "A heading")
            self._check_shown(part, known)
        taken = {claim.id for one in others for claim in one.claims}

        def check(claim: Claim) -> Claim:
            claim_id = claim.id or self._new_id()
            if claim_id in taken or len(claim_id) > _LONGEST_ID:
                raise Invalid("A claim needs an id of its own.")
            taken.add(claim_id)
            return self._checked_claim(
                replace(claim, id=claim_id), None if known is None else find_claim(known, claim_id)
            )

        return with_claims(part, check)

    def evidence(self, quote: SpanQuote | ChunkQuote) -> tuple[Evidence, ...]:
        """Of words that the user may read. Raises `NotInSource`, `DocumentNotFound`, `ChunkNotFound`."""
        if isinstance(quote, SpanQuote):
            return self._source(quote.document_id, quote.version_id).evidence_at(quote.spans, quote.stance)
        chunk = self._corpus.get_chunk(self._reader, quote.chunk_id)
        source = self._source(chunk.document_id, chunk.version_id)
        first = chunk.pieces[0].text_start if chunk.pieces else 0
        return (source.evidence_of(quote.quote, (Span(first, first),), quote.stance),)

    def _checked_claim(self, claim: Claim, known: Claim | None) -> Claim:
        if len(claim.text) > LONGEST_CLAIM:
            raise ClaimTooLong(len(claim.text))
        signed = claim.own_experience_of
        if signed is not None and signed != self._user:
            if known is None or known.own_experience_of != signed:
                raise SignedByAnother
            # What was signed are these words; another's words need another signature.
            signed = signed if claim.text == known.text else None
        evidence = tuple(map(self._checked_evidence, claim.evidence))
        return replace(claim, own_experience_of=signed, evidence=evidence)

    def _checked_evidence(self, evidence: Evidence) -> Evidence:
        """What is in the course already was looked at when it came, and may have been rebound since."""
        for _, claim in self.content.claims():
            for known in claim.evidence:
                if words_of(known) == words_of(evidence):
                    return replace(known, stance=evidence.stance)
        source = self._source(evidence.document_id, evidence.version_id)
        return source.evidence_of(evidence.quote, evidence.spans, evidence.stance)

    def _check_shown(self, block: Block, known: Part | None) -> None:
        for name in ("clip", "picture"):
            shown = getattr(block, name)
            if shown is not None and (known is None or getattr(known, name) != shown):
                self._corpus.get_version(self._reader, shown.document_id, shown.version_id)

    def _source(self, document_id: int, version_id: int) -> SourceText:
        if version_id not in self._sources:
            self._corpus.get_version(self._reader, document_id, version_id)
            self._sources[version_id] = self.store.source_text(version_id)
        return self._sources[version_id]


def outlined(content: CourseContent, lesson: Lesson, new_id: Callable[[], str]) -> Lesson:
    """What an outline says of a lesson, with the parts that it has."""
    title = checked_line(lesson.title, "A lesson's title")
    objective = Objective(
        lesson.objective.verb.strip()[:100], lesson.objective.what.strip()[:_LONGEST_TITLE], lesson.objective.level
    )
    try:
        known = content.lesson(lesson.id)
    except PartNotFound:
        return Lesson(lesson.id or new_id(), title, objective, lesson.state, (), (), lesson.material)
    return replace(known, title=title, objective=objective, material=lesson.material)


def with_part(lesson: Lesson, part: Part, place: int | None) -> Lesson:
    if isinstance(part, Block):
        blocks = list(lesson.blocks)
        blocks.insert(len(blocks) if place is None else max(0, place), part)
        return replace(lesson, blocks=tuple(blocks))
    items = list(lesson.items)
    items.insert(len(items) if place is None else max(0, place), part)
    return replace(lesson, items=tuple(items))


def without_part(lesson: Lesson, part_id: str) -> Lesson:
    return replace(
        lesson,
        blocks=tuple(one for one in lesson.blocks if one.id != part_id),
        items=tuple(one for one in lesson.items if one.id != part_id),
    )


def next_lesson(lesson: Lesson) -> Lesson:
    return replace(lesson, revision=lesson.revision + 1)


def claim_of(part: Part, claim_id: str) -> Claim:
    found = find_claim(part, claim_id)
    if found is None:
        raise PartNotFound(claim_id)
    return found


def with_claim(part: Part, changed: Claim) -> Part:
    return with_claims(part, lambda claim: changed if claim.id == changed.id else claim)


def words_of(evidence: Evidence) -> tuple[int, str]:
    return evidence.document_id, " ".join(evidence.quote.split())


def _hash_of(evidence: Evidence) -> str:
    return quote_hash(evidence.quote)


def checked_line(said: str, what: str, most: int = _LONGEST_TITLE) -> str:
    line = " ".join(said.split())
    if not line:
        raise Invalid(f"{what} is missing.")
    if len(line) > most:
        raise Invalid(f"{what} has {len(line):,} characters; it may have {most:,}.")
    return line


def check_size(content: CourseContent) -> None:
    if len(content.lessons) > _MOST_LESSONS:
        raise TooLarge("A course's lessons", _MOST_LESSONS)
    for lesson in content.lessons:
        if len(lesson.parts) > _MOST_PARTS:
            raise TooLarge("The parts of a lesson", _MOST_PARTS)
