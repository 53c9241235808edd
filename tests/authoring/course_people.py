"""Who does what in tests of courses, and the courses they begin with."""

import shutil
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path

from api.accounts.roles import Permission
from api.course_editing import SpanQuote
from api.course_risks import CourseRisks
from api.course_views import CourseView
from api.courses import Courses
from authoring.block import Block, BlockKind
from authoring.claim import Claim
from authoring.course import BloomLevel, Brief, Lesson, LessonState, Objective
from authoring.quiz_item import ItemKind, Option, QuizItem
from tests.authoring.small_corpus import SmallCorpus

_LEARN = frozenset({Permission.READ})
_REVIEW = _LEARN | {Permission.REVIEW, Permission.APPROVE}
_SME = _LEARN | {Permission.REVIEW, Permission.CONTRIBUTE}
_BOTH = _REVIEW | _SME
PEOPLE = {
    "ana": _BOTH,
    "ben": _BOTH,
    "otto": _SME,
    "rita": _REVIEW,
    "rolf": _REVIEW,
    "lea": _LEARN,
    "adam": frozenset(Permission),
}
"""With what their roles permit."""

HANDBOOK = """# Leave

## How much

Every employee gets 30 days of leave a year. Ask your lead two weeks before.

## Sickness

Tell your lead on the first day. A note is needed from the third day on."""


def copied_corpus(prepared: Path, folder: Path, clock: Callable[[], datetime]) -> SmallCorpus:
    """Of an empty one that was prepared once."""
    shutil.copy(prepared / "groundwork.sqlite", folder)
    return SmallCorpus(folder, clock)


def courses_of(corpus: SmallCorpus) -> Courses:
    numbers = count()
    risks = CourseRisks(corpus.sessions, corpus.writing, corpus.clock)
    return Courses(
        corpus.sessions, corpus.writing, corpus.clock, lambda: f"n{next(numbers)}", PEOPLE.__getitem__, risks.follow
    )


def a_lesson(lesson_id: str = "l1", title: str = "Leave") -> Lesson:
    objective = Objective("state", "how much leave there is", BloomLevel.REMEMBER)
    return Lesson(lesson_id, title, objective, LessonState.DRAFTED)


def a_block(text: str, part_id: str = "b1", claim_id: str = "c1") -> Block:
    return Block(part_id, BlockKind.TEXT, (Claim(claim_id, text),))


def an_item(key: str) -> QuizItem:
    """Every claim is ana's own experience."""

    def signed(claim_id: str, text: str) -> Claim:
        return Claim(claim_id, text, own_experience_of="ana")

    options = tuple(Option(signed(f"o{days}", f"{days} days"), days == key) for days in ("20", "25", "30"))
    return QuizItem("q1", ItemKind.MULTIPLE_CHOICE, signed("s1", "How much leave is there?"), options)


def selected(corpus: SmallCorpus, document_id: int, words: str) -> SpanQuote:
    return SpanQuote(document_id, corpus.version_id(document_id), (corpus.place(document_id, words),))


def a_course_of(corpus: SmallCorpus, courses: Courses, document_id: int, *quotes: str) -> CourseView:
    """By ana: a block for each quote (`b1`, `b2`, …), with one claim (`c1`, …) that says it word for word."""
    course = courses.create("ana", "Leave", Brief(goal="Know your leave"), document_ids=[document_id])
    course = courses.set_outline("ana", course.course_id, 1, [a_lesson()])
    for number, words in enumerate(quotes, 1):
        part = a_block(words, f"b{number}", f"c{number}")
        course = courses.add_part("ana", course.course_id, "l1", number, part)
        quote = selected(corpus, document_id, words)
        course = courses.bind("ana", course.course_id, part.id, 1, f"c{number}", [quote])
    return course


def in_review(courses: Courses, course: CourseView) -> CourseView:
    courses.confirm("ana", course.course_id, course.content_hash)
    return courses.submit("ana", course.course_id, course.content_hash)


def published(courses: Courses, course: CourseView) -> CourseView:
    """By ana, approved by rita, published by rolf."""
    in_review(courses, course)
    courses.approve("rita", course.course_id, course.content_hash, "As the handbook says.")
    return courses.publish("rolf", course.course_id, course.content_hash)
