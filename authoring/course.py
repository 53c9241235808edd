"""Courses: lessons with one objective each, made of blocks and quiz items. Content is a value; edits make a new one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from authoring.block import Block
from authoring.claim import Claim
from authoring.quiz_item import QuizItem
from corpus.errors import Conflict, Invalid, NotFound

LESSON_WORDS = 900
"""A lesson with its items has about so many at most: 3 to 7 minutes."""

Part = Block | QuizItem
"""What is edited, reviewed and compared as one."""


P = TypeVar("P", Block, QuizItem)


class BloomLevel(StrEnum):
    """Of the revised taxonomy (Anderson and Krathwohl 2001), lowest first."""

    REMEMBER = "remember"
    UNDERSTAND = "understand"
    APPLY = "apply"
    ANALYSE = "analyse"
    EVALUATE = "evaluate"
    CREATE = "create"


@dataclass(frozen=True, slots=True)
class Objective:
    """“After this lesson you can `verb` `what`.”"""

    verb: str
    what: str
    level: BloomLevel

    @property
    def text(self) -> str:
        return f"{self.verb} {self.what}".strip()


class LessonState(StrEnum):
    PLANNED = "planned"
    """Stands in the outline; nothing of it is drafted."""
    DRAFTED = "drafted"


@dataclass(frozen=True, slots=True)
class Lesson:
    """`material` are the chunks that it is drafted from, by id, in the order of the documents."""

    id: str
    title: str
    objective: Objective
    state: LessonState = LessonState.PLANNED
    blocks: tuple[Block, ...] = ()
    items: tuple[QuizItem, ...] = ()
    material: tuple[int, ...] = ()
    revision: int = 1

    @property
    def parts(self) -> tuple[Part, ...]:
        return (*self.blocks, *self.items)


@dataclass(frozen=True, slots=True)
class Brief:
    """What the author wants. `outcome` is the organisational objective (or OKR) with its measure; `lessons` how many at
    most, None where the material decides. `language` is a code (`en`); empty for the material's own.
    """

    goal: str = ""
    outcome: str = ""
    learners: str = ""
    language: str = ""
    tone: str = ""
    lessons: int | None = None


@dataclass(frozen=True, slots=True)
class CourseContent:
    """All that is approved as one. `revision` counts changes of the outline: lessons added, moved, renamed, removed."""

    title: str
    brief: Brief = field(default_factory=Brief)
    lessons: tuple[Lesson, ...] = ()
    revision: int = 1

    def claims(self) -> Iterator[tuple[Part, Claim]]:
        """Every claim with the part that holds it, in reading order."""
        for lesson in self.lessons:
            for part in lesson.parts:
                for claim in part.claims:
                    yield part, claim

    def lesson(self, lesson_id: str) -> Lesson:
        """Raises `PartNotFound`."""
        for lesson in self.lessons:
            if lesson.id == lesson_id:
                return lesson
        raise PartNotFound(lesson_id)

    def part(self, part_id: str) -> tuple[Lesson, Part]:
        """Raises `PartNotFound`."""
        for lesson in self.lessons:
            for part in lesson.parts:
                if part.id == part_id:
                    return lesson, part
        raise PartNotFound(part_id)

    def with_lesson(self, changed: Lesson) -> "CourseContent":
        """The lesson of that id replaced. Raises `PartNotFound`."""
        self.lesson(changed.id)
        return replace(self, lessons=tuple(changed if one.id == changed.id else one for one in self.lessons))

    def with_part(self, changed: Part) -> "CourseContent":
        """The part of that id replaced, with the next revision number. Raises `PartNotFound`."""
        lesson, known = self.part(changed.id)
        changed = replace(changed, revision=known.revision + 1)
        blocks = tuple(_swapped(lesson.blocks, changed))
        items = tuple(_swapped(lesson.items, changed))
        return self.with_lesson(replace(lesson, blocks=blocks, items=items))

    def edited(self, part_id: str, seen_revision: int, editor: str, edit: Callable[[Part], Part]) -> "CourseContent":
        """What `edit` makes of a part that still is as the editor saw it. Raises `PartNotFound`, `ChangedMeanwhile`."""
        _, part = self.part(part_id)
        if part.revision != seen_revision:
            raise ChangedMeanwhile(part_id, part.edited_by)
        return self.with_part(replace(edit(part), edited_by=editor))

    def with_lessons(self, lessons: Sequence[Lesson], seen_revision: int) -> "CourseContent":
        """Another outline. Raises `ChangedMeanwhile` and, where two lessons share an id, `Invalid`."""
        if self.revision != seen_revision:
            raise ChangedMeanwhile("outline", "")
        if len({lesson.id for lesson in lessons}) < len(lessons):
            raise Invalid("A lesson stands twice in the outline.")
        return replace(self, lessons=tuple(lessons), revision=self.revision + 1)


class CourseNotFound(NotFound):
    """Says the same for a course that does not exist and for one that the reader may not know of."""

    def __init__(self, course_id: int) -> None:
        super().__init__(f"There is no course {course_id}.")
        self.course_id = course_id


class PartNotFound(NotFound):
    def __init__(self, part_id: str) -> None:
        super().__init__(f"The course has no part “{part_id[:60]}” any more. Load it again.")
        self.part_id = part_id


class ChangedMeanwhile(Conflict):
    """Somebody else's edit came first; nothing was overwritten."""

    def __init__(self, part_id: str, editor: str) -> None:
        by = f" by {editor}" if editor else ""
        super().__init__(f"This was changed{by} since you opened it. Load it again; your words are not lost.")
        self.part_id = part_id
        self.editor = editor


def _swapped(parts: Sequence[P], changed: Part) -> Iterator[P]:
    for part in parts:
        yield changed if part.id == changed.id and isinstance(changed, type(part)) else part
