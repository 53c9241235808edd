"""What people do with courses, over a real database."""

import pytest

from api.accounts.roles import Permission
from api.course_editing import SpanQuote
from api.course_views import CourseView
from api.courses import Courses
from api.services import Services
from authoring.block import Block, BlockKind
from authoring.claim import Claim
from authoring.course import BloomLevel, Brief, Lesson, LessonState, Objective
from authoring.record import CourseState, DecisionKind, PublicationState
from corpus.audience import OWNER
from corpus.locator import Span
from corpus.store import CorpusStore
from ingestion.ingest import IncomingFile

HANDBOOK = """# Leave

## How much

Every employee gets 30 days of leave a year. Ask your lead two weeks before.

## Sickness

Tell your lead on the first day. A note is needed from the third day on.
"""

LEARN = frozenset({Permission.READ})
REVIEW = LEARN | {Permission.REVIEW}
SME = REVIEW | {Permission.CONTRIBUTE}
PEOPLE = {"ana": SME, "ben": SME, "rita": REVIEW, "rolf": REVIEW, "lea": LEARN, "adam": frozenset(Permission)}


def add(services: Services, name: str, text: str, audience: str = "everyone") -> int:
    report = services.ingesting.add_upload(IncomingFile(name, f"upload:{name}", text.encode()), audience)
    assert report.document_id is not None
    return report.document_id


@pytest.fixture
def courses(services: Services) -> Courses:
    """Everybody of `PEOPLE`, with what their roles permit."""
    with services.writing.begin() as session:
        for name in PEOPLE:
            CorpusStore(session).ensure_user(name)
    numbers = iter(range(10**6))
    return Courses(
        services.sessions, services.writing, services._clock, lambda: f"n{next(numbers)}", PEOPLE.__getitem__
    )


def a_lesson(lesson_id: str = "l1", title: str = "Leave") -> Lesson:
    return Lesson(
        lesson_id, title, Objective("state", "how much leave there is", BloomLevel.REMEMBER), LessonState.DRAFTED
    )


def a_block(text: str, part_id: str = "b1", claim_id: str = "c1") -> Block:
    return Block(part_id, BlockKind.TEXT, (Claim(claim_id, text),))


def selected(services: Services, document_id: int, words: str) -> SpanQuote:
    entry = services.library.get_document(document_id, OWNER)
    start = services.library.version_text(document_id, entry.version_id, OWNER).index(words)
    return SpanQuote(document_id, entry.version_id, (Span(start, start + len(words)),))


def a_bound_course(
    services: Services, courses: Courses, words: str = "Every employee gets 30 days of leave a year."
) -> CourseView:
    """By ana, of one lesson with one block that says word for word what a document says."""
    document_id = add(services, "leave.md", HANDBOOK)
    course = courses.create("ana", "Leave", Brief(goal="Know your leave"), document_ids=[document_id])
    course = courses.set_outline("ana", course.course_id, 1, [a_lesson()])
    course = courses.add_part("ana", course.course_id, "l1", 1, a_block(words))
    return courses.bind("ana", course.course_id, "b1", 1, "c1", [selected(services, document_id, words)])


def in_review(courses: Courses, course: CourseView) -> CourseView:
    courses.confirm("ana", course.course_id, course.content_hash)
    return courses.submit("ana", course.course_id, course.content_hash)


def test_a_course_goes_from_draft_to_published(services: Services, courses: Courses) -> None:
    course = a_bound_course(services, courses)
    assert course.state is CourseState.DRAFT
    assert course.lacks == ()
    course = in_review(courses, course)
    assert course.state is CourseState.IN_REVIEW
    course = courses.approve("rita", course.course_id, course.content_hash, "As the handbook says.")
    assert course.state is CourseState.APPROVED
    course = courses.publish("rita", course.course_id, course.content_hash)
    assert course.state is CourseState.PUBLISHED
    [publication] = course.publications
    assert (publication.number, publication.approved_by, publication.state) == (1, "rita", PublicationState.PUBLISHED)
    learnt = courses.get_publication("lea", course.course_id)
    assert learnt.content == course.content
    kinds = [entry.kind for entry in courses.history("ana", course.course_id) if entry.kind]
    assert kinds == [DecisionKind.PUBLISHED, DecisionKind.APPROVED, DecisionKind.SUBMITTED, DecisionKind.CONFIRMED]
