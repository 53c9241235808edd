"""Reading level and duration: known formulas where they hold, minutes by words."""

from dataclasses import replace

import pytest

from authoring.block import Block, BlockKind, Clip
from authoring.claim import Claim
from authoring.course import LESSON_WORDS, BloomLevel, CourseContent, Lesson, Objective
from authoring.duration import course_minutes, lesson_minutes, lesson_words, word_count
from authoring.reading_level import ReadingFormula, reading_level, running_text

EASY = ["The cat sat on the mat and ate its food."] * 20
HARD = ["Organisational responsibilities necessitate comprehensive documentation throughout implementation."] * 20


def a_lesson(*blocks: Block) -> Lesson:
    return Lesson("l1", "", Objective("", "", BloomLevel.REMEMBER), blocks=blocks)


def a_text(text: str, kind: BlockKind = BlockKind.TEXT) -> Block:
    return Block("b1", kind, (Claim("c1", text),))


def test_coleman_liau_is_as_its_authors_define_it() -> None:
    # 20 sentences of 10 words and 30 letters each: L = 300, S = 10.
    level = reading_level(EASY, "en")
    assert level is not None
    assert level.formula is ReadingFormula.COLEMAN_LIAU
    assert level.value == pytest.approx(0.0588 * 300 - 0.296 * 10 - 15.8, abs=0.05)


def test_lix_is_words_in_a_sentence_plus_the_share_of_long_words() -> None:
    # 10 words in a sentence, none longer than six letters but two of each.
    level = reading_level(["Der Hund lief schnell nach Hause und bellte wieder lautlos."] * 12, "de-AT")
    assert level is not None
    assert level.formula is ReadingFormula.LIX
    assert level.value == pytest.approx(10 + 100 * 2 / 10)
    assert level.label == "easy (LIX 30)"


@pytest.mark.parametrize("language", ["en", "de", "sv"])
def test_long_words_are_harder(language: str) -> None:
    easy, hard = reading_level(EASY, language), reading_level(HARD, language)
    assert easy is not None
    assert hard is not None
    assert easy.value < hard.value


@pytest.mark.parametrize("language", ["ja", "zh-CN", "ar", "", "tlh"])
def test_nothing_is_said_in_a_language_that_no_formula_holds_in(language: str) -> None:
    assert reading_level(EASY, language) is None


def test_nothing_is_said_of_too_few_words() -> None:
    assert reading_level(EASY[:5], "en") is None


def test_tables_are_no_sentences() -> None:
    assert list(running_text(a_lesson(a_text("Two words\t3", BlockKind.TABLE), a_text("A sentence.")))) == [
        "A sentence."
    ]


def test_a_lesson_of_the_most_words_takes_seven_minutes() -> None:
    lesson = a_lesson(a_text("word " * LESSON_WORDS))
    assert lesson_words(lesson) == LESSON_WORDS
    assert lesson_minutes(lesson) == pytest.approx(7, abs=0.1)


def test_a_clip_takes_as_long_as_it_is() -> None:
    clip = replace(a_text("All that is said. " * 50, BlockKind.CLIP), clip=Clip(1, 1, 20.0, 110.0))
    assert lesson_minutes(a_lesson(clip)) == pytest.approx(1.5)


def test_a_course_takes_as_long_as_its_lessons() -> None:
    lesson = a_lesson(a_text("word " * 130))
    assert course_minutes(CourseContent("", lessons=(lesson, replace(lesson, id="l2")))) == pytest.approx(2)


def test_words_are_counted_where_no_spaces_divide_them() -> None:
    assert word_count("従業員は年に三十日の休暇") == 6
    assert word_count("It isn’t the same, 24 days.") == 6
