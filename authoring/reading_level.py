"""How hard a text is to read, by a formula that holds in its language; nothing where none does."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.sentences import sentence_spans
from authoring.block import BlockKind
from authoring.course import CourseContent, Lesson

FEWEST_WORDS = 100
"""Of fewer no formula says anything."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LONG_WORD = 7
"""Letters from which on LIX calls a word long."""
_STEPS = ((25, "very easy"), (35, "easy"), (45, "medium"), (55, "difficult"))
"""Björnsson's, each below its number; beyond the last: very difficult."""


class ReadingFormula(StrEnum):
    COLEMAN_LIAU = "Coleman-Liau"
    """Coleman and Liau 1975: the year of an American school that reads it with ease. Needs no syllables."""
    LIX = "LIX"
    """Björnsson 1968: words in a sentence plus the percentage of long words."""


_FORMULAS = {
    "en": ReadingFormula.COLEMAN_LIAU,
    # Compared over newspapers of these languages in Björnsson 1983.
    **dict.fromkeys(("da", "de", "es", "fi", "fr", "it", "nb", "nn", "no", "pt", "ru", "sv"), ReadingFormula.LIX),
}


@dataclass(frozen=True, slots=True)
class ReadingLevel:
    formula: ReadingFormula
    value: float

    @property
    def label(self) -> str:
        """`school year 8` or `medium (LIX 41)`."""
        if self.formula is ReadingFormula.COLEMAN_LIAU:
            return f"school year {max(round(self.value), 1)}"
        step = next((name for below, name in _STEPS if self.value < below), "very difficult")
        return f"{step} (LIX {round(self.value)})"


def reading_level(texts: Sequence[str], language: str) -> ReadingLevel | None:
    """Of running text. `language` is a code (`en`, `pt-BR`); None where no formula holds or there are too few words."""
    formula = _FORMULAS.get(language.replace("_", "-").partition("-")[0].casefold())
    if formula is None:
        return None
    sentences, words = 0, []
    for text in texts:
        for span in sentence_spans(text, 0, len(text)):
            found = _WORD.findall(text[span.start : span.end])
            sentences += bool(found)
            words += found
    if len(words) < FEWEST_WORDS:
        return None
    letters = [sum(character.isalpha() for character in word) for word in words]
    if formula is ReadingFormula.LIX:
        long_words = sum(1 for count in letters if count >= _LONG_WORD)
        return ReadingLevel(formula, round(len(words) / sentences + 100 * long_words / len(words), 1))
    per_hundred = 100 / len(words)
    value = 0.0588 * sum(letters) * per_hundred - 0.296 * sentences * per_hundred - 15.8
    return ReadingLevel(formula, round(value, 1))


def course_reading_level(content: CourseContent, language: str) -> ReadingLevel | None:
    return reading_level([text for lesson in content.lessons for text in running_text(lesson)], language)


def running_text(lesson: Lesson) -> Iterator[str]:
    """What of a lesson is sentences: no tables, no options."""
    for block in lesson.blocks:
        if block.kind is not BlockKind.TABLE:
            yield from (claim.text for claim in block.claims)
    yield from (item.stem.text for item in lesson.items)
