"""How long a lesson takes, judged by its words."""

import re

from authoring.block import BlockKind
from authoring.course import CourseContent, Lesson

WORDS_PER_MINUTE = 130
"""Of reading to learn, with the time to answer: a lesson of `LESSON_WORDS` takes seven minutes."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f\u1780-\u17ff]")
_CHARACTERS_PER_WORD = 2
"""In scripts that put no space between words."""


def word_count(text: str) -> int:
    unspaced = len(_UNSPACED.findall(text))
    return len(_WORD.findall(_UNSPACED.sub(" ", text))) + -(-unspaced // _CHARACTERS_PER_WORD)


def lesson_words(lesson: Lesson) -> int:
    """Everything that is read: headings, blocks, items with options and rationales. What a clip says is heard."""
    read = [lesson.title, lesson.objective.text]
    for block in lesson.blocks:
        read += [block.heading, *block.columns]
    for part in lesson.parts:
        if part.kind is not BlockKind.CLIP:
            read += [claim.text for claim in part.claims]
    read += [option.match for item in lesson.items for option in item.options]
    return sum(map(word_count, read))


def lesson_minutes(lesson: Lesson) -> float:
    heard_s = sum(block.clip.end_s - block.clip.start_s for block in lesson.blocks if block.clip is not None)
    return lesson_words(lesson) / WORDS_PER_MINUTE + heard_s / 60


def course_minutes(content: CourseContent) -> float:
    return sum(map(lesson_minutes, content.lessons))
