"""Has a drafter write: the outline of a course, its lessons part by part, one part anew. Nothing is done twice."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy.orm import Session, sessionmaker

from api.course_views import CourseView
from api.courses import Courses
from api.limits.model_budgets import ModelBudgets
from assistant.model_budget import Budget
from authoring.course import CourseContent, Lesson, LessonState, Part, PartNotFound
from authoring.draft_loss import DraftLoss
from authoring.drafter import Drafter
from authoring.material import nearest, read_documents
from authoring.review import NotSaved
from corpus.audience import Reader
from corpus.document import DocumentNotFound
from corpus.embedder import Embedder
from corpus.errors import Invalid, Unavailable
from corpus.passage import Passage
from corpus.store import CorpusStore

T = TypeVar("T")

SAVED_EVERY_S = 1.5
"""What is ready of a lesson is in the course within so long, and when the lesson is."""

Lost = Callable[[DraftLoss], None]

PASSAGES_FOR_TITLE = 12
"""What a lesson that its author has added to the outline is drafted from: the passages found for what it is about."""


class NothingToDraftFrom(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "There is nothing to draft this from: its documents are gone, or say nothing about it. Add documents that "
            "do, or write it yourself."
        )


class InstructionMissing(Invalid):
    def __init__(self) -> None:
        super().__init__("Say what is to be different: shorter, with an example, about something else.")


@dataclass(frozen=True, slots=True)
class Outlined:
    """`waiting` are the lessons that are planned and not drafted. `notice` says what somebody should know of it."""

    waiting: tuple[str, ...]
    notice: str = ""


@dataclass(frozen=True, slots=True)
class LessonDrafted:
    """`parts` counts what was drafted now; 0 where there was nothing to do, or nothing to do it from.

    `left_out` counts what a model wrote beside that, and its sources did not bear out.
    """

    parts: int
    drafter: str = ""
    notice: str = ""
    left_out: int = 0


DrafterFor = Callable[[str, Lost], Drafter]
"""Makes the drafter that cites on behalf of a user, and says what it has written and left out."""


class CourseWriting:
    """On behalf of whoever asks for it: only from what they may read, and with what a model may still take for them."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        courses: Courses,
        drafter: DrafterFor,
        fallback: DrafterFor | None,
        embedder: Embedder,
        model_id: int,
        budgets: ModelBudgets,
        monotonic: Callable[[], float],
    ) -> None:
        """`fallback` drafts when `drafter` fails; without one, its failure is the caller's."""
        self._sessions = sessions
        self._courses = courses
        self._drafter = drafter
        self._fallback = fallback
        self._embedder = embedder
        self._model_id = model_id
        self._budgets = budgets
        self._monotonic = monotonic

    def outline(self, user: str, course_id: int, document_ids: Sequence[int]) -> Outlined:
        """Makes the outline where there is none yet, from these documents in this order.

        Raises `Invalid`, `NotFound`, `NotSaved`, `Unavailable`.
        """
        course = self._courses.get(user, course_id)
        if course.content.lessons:
            return Outlined(_waiting(course.content))
        with self._sessions() as session:
            store = CorpusStore(session)
            material = read_documents(store, store.reader(user), document_ids)
        if not material:
            raise NothingToDraftFrom
        brief = course.content.brief
        lessons, notice = self._written(
            user, lambda drafter, budget: drafter.outline(brief, material, budget), _unheard
        )
        made = self._courses.set_outline(user, course_id, course.content.revision, lessons)
        return Outlined(_waiting(made.content), notice)

    def lesson(self, user: str, course_id: int, lesson_id: str, tell: Callable[[int], None]) -> LessonDrafted:
        """Drafts a lesson that is still planned; each part is in the course as soon as it is ready.

        `tell` hears how many there are. Raises `NotFound` for the course, `Unavailable`.
        """
        course = self._courses.get(user, course_id)
        lesson = next((one for one in course.content.lessons if one.id == lesson_id), None)
        if lesson is None or lesson.state is not LessonState.PLANNED:
            return LessonDrafted(0)
        try:
            planned = self._planned(user, course, lesson)
        except NothingToDraftFrom as nothing:
            return LessonDrafted(0, notice=str(nothing))
        return self._draft(user, course, planned, tell)

    def redraft(self, user: str, course_id: int, part_id: str, seen_revision: int, instruction: str) -> CourseView:
        """One part anew, in the place of the old one, which is kept.

        Raises `PartNotFound`, `NotSaved`, `Invalid` where nothing else can be made of it, `Unavailable`.
        """
        if not instruction.strip():
            raise InstructionMissing
        course = self._courses.get(user, course_id)
        lesson, part = course.content.part(part_id)
        if part.revision != seen_revision:
            # Before a model is asked for what could not be saved.
            raise NotSaved(part_id, part.edited_by, None, part)
        planned = self._planned(user, course, lesson)
        made, _ = self._written(
            user,
            lambda drafter, budget: drafter.redraft(
                course.content.brief, planned.lesson, part, instruction.strip(), planned.material, budget
            ),
            _unheard,
        )
        return self._courses.put_redraft(user, course_id, seen_revision, made)

    def _draft(self, user: str, course: CourseView, planned: "_Planned", tell: Callable[[int], None]) -> LessonDrafted:
        lesson = planned.lesson
        saved = _Saving(self._courses, user, course.course_id, lesson.id, self._monotonic, tell)
        lost: list[DraftLoss] = []

        def draft(drafter: Drafter, budget: Budget) -> _Written:
            try:
                for part in drafter.draft(course.content.brief, lesson, planned.material, budget):
                    saved.add(part)
            except Unavailable as failure:
                if not saved.count or self._fallback is None:
                    saved.save()
                    raise
                return _Written(drafter.name, f"The lesson may be incomplete. {failure}")
            return _Written(drafter.name)

        try:
            written, notice = self._written(user, draft, lost.append)
            if not saved.count and not lesson.parts:
                return LessonDrafted(0, written.drafter, str(NothingToDraftFrom()), len(lost))
            saved.save(drafted_by=written.drafter)
        except PartNotFound:
            # Its author has taken it out of the outline meanwhile.
            return LessonDrafted(0)
        return LessonDrafted(saved.count, written.drafter, written.notice or notice, len(lost))

    def _written(self, user: str, write: Callable[[Drafter, Budget], T], lost: Lost) -> tuple[T, str]:
        """By the drafter, or where it fails and something may stand in for it, by that one, with a notice of it."""
        budget = self._budgets.of(user)
        try:
            return write(self._drafter(user, lost), budget), ""
        except Unavailable as failure:
            if self._fallback is None:
                raise
            return write(
                self._fallback(user, lost), budget
            ), f"{failure} The sources’ own sentences stand in its place."
        finally:
            self._budgets.write_down()

    def _planned(self, user: str, course: CourseView, lesson: Lesson) -> "_Planned":
        """With material of its own also where it has none, since its author added it, or its documents have changed."""
        with self._sessions() as session:
            store = CorpusStore(session)
            material = list(_still_there(store, store.reader(user), course.source_ids))
            own = [chunk_id for chunk_id in map(_chunk_id, material) if chunk_id in set(lesson.material)]
            if material and not own:
                about = f"{lesson.title} {lesson.objective.what}".strip()
                found = nearest(store, self._embedder, self._model_id, about, material, PASSAGES_FOR_TITLE)
                own = list(map(_chunk_id, found))
        if not own:
            raise NothingToDraftFrom
        return _Planned(replace(lesson, material=tuple(own)), material)


@dataclass(frozen=True, slots=True)
class _Planned:
    """`material` is all that the course may be drafted from, that of other lessons too."""

    lesson: Lesson
    material: list[Passage]


class _Saving:
    """Puts parts into the course as they become ready; of a quick drafter several at once, since a save takes time."""

    def __init__(
        self,
        courses: Courses,
        user: str,
        course_id: int,
        lesson_id: str,
        monotonic: Callable[[], float],
        tell: Callable[[int], None],
    ) -> None:
        self._courses = courses
        self._user = user
        self._course_id = course_id
        self._lesson_id = lesson_id
        self._monotonic = monotonic
        self._tell = tell
        self._waiting: list[Part] = []
        self._saved_at = monotonic()
        self.count = 0

    def add(self, part: Part) -> None:
        self._waiting.append(part)
        self.count += 1
        if self._monotonic() - self._saved_at >= SAVED_EVERY_S:
            self.save()

    def save(self, drafted_by: str | None = None) -> None:
        if self._waiting or drafted_by is not None:
            self._courses.put_lesson_draft(
                self._user, self._course_id, self._lesson_id, *self._waiting, drafted_by=drafted_by
            )
            self._waiting.clear()
            self._tell(self.count)
        self._saved_at = self._monotonic()


@dataclass(frozen=True, slots=True)
class _Written:
    drafter: str
    notice: str = ""


def _still_there(store: CorpusStore, reader: Reader, document_ids: Sequence[int]) -> Iterator[Passage]:
    for document_id in document_ids:
        with suppress(DocumentNotFound):
            yield from read_documents(store, reader, [document_id])


def _chunk_id(passage: Passage) -> int:
    return passage.chunks[0].chunk_id


def _unheard(loss: DraftLoss) -> None:
    """An outline or a part is shown at once, with what there is of it."""


def _waiting(content: CourseContent) -> tuple[str, ...]:
    return tuple(lesson.id for lesson in content.lessons if lesson.state is LessonState.PLANNED)
