"""Courses of the organisation, each in the state that an operation is for, and how each is asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from api.operations import Operation
from authoring.block import Block, BlockKind
from authoring.claim import Claim, Evidence
from authoring.course import BloomLevel, CourseContent, Lesson, LessonState, Objective
from authoring.course_json import part_hash, part_json
from authoring.record import (
    OUTLINE,
    Course,
    CourseComment,
    CourseDecision,
    CoursePublication,
    CourseRevision,
    CourseState,
    DecisionKind,
    Risk,
    RiskKind,
)
from authoring.store import CourseStore, put_content
from corpus.chunk import Chunk
from corpus.document import VersionText
from corpus.locator import HeadingLocator, Span
from corpus.store import CorpusStore
from tests.api.rights.organisation import QUOTE, Organisation, Thing

LESSON, PART, CLAIM = "lesson-of-leave", "part-of-leave", "claim-of-leave"
_SENTENCE = f"Every employee gets {QUOTE} a year."
_STATES = {
    "course.submit": CourseState.SME_CONFIRMED,
    "course.withdraw": CourseState.IN_REVIEW,
    "course.decide": CourseState.IN_REVIEW,
    "course.publish": CourseState.APPROVED,
}


@dataclass(frozen=True, slots=True)
class PlacedCourse:
    """What of a course is asked for, and what it looks like to who has seen it."""

    course_id: int
    content_hash: str
    part_hash: str
    comment_id: int
    risk_id: int
    document_id: int
    version_id: int
    start: int
    lesson_id: str = LESSON
    part_id: str = PART
    claim_id: str = CLAIM


def absent_course(number: int) -> PlacedCourse:
    return PlacedCourse(number, "0" * 64, "0" * 64, number + 1, number + 2, number + 3, number + 4, 0)


def add_course(organisation: Organisation, operation: Operation, maker: str, audience: str) -> PlacedCourse:
    """Made by hand, since not everybody who asks about a course of their own may make one."""
    now = organisation.clock()
    with organisation.services.writing.begin() as session:
        corpus, store = CorpusStore(session), CourseStore(session)
        document_id = organisation.model_of(Thing.TEXT)
        version_id = store.active_version_of(document_id)
        text = session.scalars(select(VersionText.text).where(VersionText.version_id == version_id)).one()
        chunk_id = session.scalars(select(Chunk.id).where(Chunk.version_id == version_id)).first() or 0
        start = text.index(_SENTENCE)
        span = Span(start, start + len(_SENTENCE))
        evidence = Evidence(
            document_id, version_id, "leave.md", "Leave", ("Leave",), _SENTENCE, (span,), HeadingLocator(("Leave",))
        )
        block = Block(PART, BlockKind.TEXT, (Claim(CLAIM, _SENTENCE, (evidence,)),), edited_by=maker)
        objective = Objective("state", "how much leave there is", BloomLevel.REMEMBER)
        planned = operation.path.endswith("/draft")
        state = LessonState.PLANNED if planned else LessonState.DRAFTED
        lesson = Lesson(LESSON, "Leave", objective, state, () if planned else (block,), material=(chunk_id,))
        content = CourseContent("Leave", lessons=(lesson,))
        course = Course(
            title="Leave",
            audience_id=corpus.ensure_audience(audience, now).id,
            maker=maker,
            created_at=now,
            changed_at=now,
            state=_STATES.get(operation.name, CourseState.DRAFT),
            structure_editors={OUTLINE: maker},
        )
        course.id = organisation.next_number()
        store.add(course)
        revision = CourseRevision(
            course_id=course.id,
            number=1,
            content=b"",
            content_hash="",
            editor=maker,
            summary="begun",
            created_at=now,
            changed_at=now,
        )
        put_content(revision, content)
        course.head_id = store.add(revision).id
        store.write_ledger(course, content)
        decided = CourseDecision(
            course_id=course.id,
            kind=DecisionKind.APPROVED,
            decided_by="rita",
            decided_at=now,
            revision_id=revision.id,
            content_hash=revision.content_hash,
        )
        store.add(decided)
        if operation.name in ("course.read", "course.export", "course.retire"):
            publication = CoursePublication(
                course_id=course.id,
                number=1,
                revision_id=revision.id,
                content=b"",
                content_hash="",
                approved_by="rita",
                published_by="rita",
                published_at=now,
            )
            put_content(publication, content)
            store.add(publication)
        comment = CourseComment(
            course_id=course.id,
            part_id=PART,
            part_hash=part_hash(block),
            author=maker,
            text="Shorter.",
            written_at=now,
            claim_id=CLAIM,
            suggestion="There are thirty days of leave.",
        )
        comment.id = organisation.next_number()
        risk = Risk(
            course_id=course.id,
            publication_id=None,
            part_id=PART,
            claim_id=CLAIM,
            quote_hash="",
            document_id=document_id,
            old_version_id=version_id,
            new_version_id=version_id,
            kind=RiskKind.CHANGED,
            quote=_SENTENCE,
            old_passage=_SENTENCE,
            new_passage=_SENTENCE,
            new_spans=[[span.start, span.end]],
            mend=_SENTENCE,
            mend_spans=[[span.start, span.end]],
            opened_at=now,
        )
        risk.id = organisation.next_number()
        ids = store.add(comment).id, store.add(risk).id
        return PlacedCourse(
            course.id, revision.content_hash, part_hash(block), *ids, document_id, version_id, span.start
        )


def asked(operation: Operation, placed: PlacedCourse) -> tuple[Mapping[str, str], Mapping[str, str], object]:
    """Headers, query and body by which somebody asks who has seen the course as it is."""
    headers, query, body = {"If-Match": '"1"'}, {}, None
    if operation.path.startswith("/api/") and "{course_id}" in operation.path:
        tail = operation.path.split("{course_id}")[1].removeprefix("/parts/{part_id}")
        if operation.path.endswith(("/confirm", "/submit", "/withdraw", "/decisions", "/publications")):
            headers = {"If-Match": f'"{placed.content_hash}"'}
        elif tail == "/verdict":
            headers = {"If-Match": f'"{placed.part_hash}"'}
        query = {"since": "1"} if tail == "/diff" else {}
        body = _body(operation, tail, placed)
    return headers, query, body


def filled_in(operation: Operation, placed: PlacedCourse) -> Mapping[str, str] | None:
    """The form of a page, as whoever has seen the course as it is sends it."""
    if operation.method == "GET" or not operation.path.startswith(("/studio/", "/review/")):
        return None
    tail = operation.path.split("{course_id}")[1].removeprefix("/parts/{part_id}")
    content, part, one = {"seen": placed.content_hash}, {"seen": placed.part_hash}, {"seen": "1"}
    known = {
        "/outline": {
            **one,
            "lesson": LESSON,
            "title": "Leave and more",
            "verb": "state",
            "what": "it",
            "level": "remember",
            "place": "1",
            "course_title": "Leave",
        },
        "/confirm": content,
        "/submit": content,
        "/withdraw": content,
        "/decision": {**content, "do": "approve", "reason": "It is so."},
        "/publish": content,
        "/retire": {"number": "1", "reason": "Too old."},
        "/comments": {"text": "Shorter.", "part": PART},
        "/lessons/{lesson_id}": {**one, "kind": "text", "text": "There is leave."},
        "": {**one, "claim": CLAIM, "text": "There is leave."},
        "/place": {**one, "do": "remove"},
        "/redraft": {**one, "instruction": "shorter"},
        "/take-back": {**one, "revision": "1"},
        "/claims/{claim_id}/bind": {**one, "source": f"{placed.document_id}-{placed.version_id}", "quote": QUOTE},
        "/accept": part,
        "/risks/{risk_id}/accept": {"reason": "It is still so."},
    }
    return known.get(tail, one)


def _body(operation: Operation, tail: str, placed: PlacedCourse) -> object:
    text = Block(PART, BlockKind.TEXT, (Claim(CLAIM, "There is leave."),))
    another = Block("another", BlockKind.TEXT, (Claim("other", "More."),))
    span = {"start": placed.start, "end": placed.start + len(_SENTENCE)}
    found: dict[str, object] = {
        "/outline": {"lessons": [{"lesson_id": LESSON, "title": "Leave and more", "verb": "state", "what": "it"}]},
        "/parts": {"lesson_id": LESSON, "part": _python(another)},
        "": _python(text) if operation.method == "PUT" else None,
        "/moves": {"part_id": PART, "lesson_id": LESSON, "place": 0},
        "/redraft": {"instruction": "shorter"},
        "/bind": {
            "claim_id": CLAIM,
            "spans": [{"document_id": placed.document_id, "version_id": placed.version_id, "spans": [span]}],
        },
        "/sign": {"claim_id": CLAIM},
        "/take-back": {"revision": 1},
        "/submit": {},
        "/withdraw": {"reason": "Not yet."},
        "/decisions": {"decision": "approved", "reason": "It is so."},
        "/retirements": {"publication": 1, "reason": "Too old."},
        "/comments": {"text": "Shorter.", "part_id": PART},
        "/risks/{risk_id}/accept": {"reason": "It is still so."},
    }
    return found.get(tail)


def _python(block: Block) -> object:
    return json.loads(part_json(block))
