"""Rules for the items of a course together."""

from dataclasses import replace

import pytest

from authoring.block import Block, BlockKind
from authoring.claim import Claim
from authoring.course import BloomLevel, CourseContent, Lesson, Objective
from authoring.item_finding import Finding, Rule
from authoring.item_set import check_set, longest_key_rate
from authoring.key_positions import chi_square_tail, key_positions
from authoring.quiz_item import ItemKind, QuizItem
from tests.authoring.some_items import a_statement, an_item

OPTIONS = ("alpha", "bravo", "delta", "gamma")


def a_course(*items: QuizItem, sentences: tuple[str, ...] = ()) -> CourseContent:
    claims = tuple(Claim(f"c{number}", text) for number, text in enumerate(sentences))
    blocks = (Block("b", BlockKind.TEXT, claims),) if sentences else ()
    lesson = Lesson("l", "Leave", Objective("name", "the rules", BloomLevel.REMEMBER), blocks=blocks, items=items)
    return CourseContent("Leave", lessons=(lesson,))


def found(rule: Rule, course: CourseContent) -> list[Finding]:
    return [finding for finding in check_set(course) if finding.rule is rule]


def keyed(*places: int) -> list[QuizItem]:
    """Items about different things, with the key at these places among four options."""
    return [
        an_item(f"What is thing number {number} of group {number * 7}?", *OPTIONS, key=place, item_id=f"q{number}")
        for number, place in enumerate(places)
    ]


def test_keys_that_stand_at_one_place_too_often_are_found_with_the_items_to_change() -> None:
    (finding,) = found(Rule.KEY_POSITIONS, a_course(*keyed(1, 1, 1, 1, 1, 1, 1, 0, 2, 1)))
    assert "1, 8, 1, 0" in finding.words
    assert finding.items == ("q0", "q1", "q2", "q3", "q4", "q5", "q6", "q9")


def test_keys_at_all_places_alike_are_no_finding() -> None:
    assert not found(Rule.KEY_POSITIONS, a_course(*keyed(0, 1, 2, 3, 3, 2, 1, 0, 1)))


def test_few_items_say_nothing_of_key_positions() -> None:
    assert not found(Rule.KEY_POSITIONS, a_course(*keyed(1, 1, 1, 1)))


@pytest.mark.parametrize(
    ("value", "freedom", "p"),
    [(3.841, 1, 0.05), (7.815, 3, 0.05), (16.266, 3, 0.001), (0.584, 3, 0.9), (18.307, 10, 0.05), (0.0, 2, 1.0)],
)
def test_the_tail_of_chi_square_is_that_of_the_tables(value: float, freedom: int, p: float) -> None:
    assert chi_square_tail(value, freedom) == pytest.approx(p, abs=2e-4)


def test_items_with_other_numbers_of_options_have_other_chances() -> None:
    pair = [an_item("Which of two?", "one", "other", key=number % 2, item_id=f"p{number}") for number in range(10)]
    positions = key_positions([*pair, *keyed(0, 1, 2, 3)])
    assert positions.counts == (6, 6, 1, 1)
    assert positions.chi_square == 0
    assert positions.freedom == 4
    assert positions.p == 1


def test_keys_that_are_mostly_the_longest_option_are_found() -> None:
    long = [
        an_item(f"What is {number}?", "the longest of all", "short", "mid size", key=number % 3, item_id=f"q{number}")
        for number in range(9)
    ]
    assert not found(Rule.LONGEST_KEY_RATE, a_course(*long))
    assert longest_key_rate(long) == pytest.approx(1 / 3)
    always = [replace(item, options=(long[0].options)) for item in long]
    (finding,) = found(Rule.LONGEST_KEY_RATE, a_course(*always))
    assert "9 of 9" in finding.words


def test_two_items_that_ask_the_same_are_found_at_the_later_one() -> None:
    one = an_item("How many days of leave are there in a year?", "28", "30", item_id="one")
    other = an_item("In a year, how many days of leave are there?", "21", "28", key=1, item_id="other")
    (finding,) = found(Rule.DUPLICATE, a_course(one, other))
    assert finding.items == ("other", "one")


def test_the_same_stem_with_another_answer_is_another_item() -> None:
    one = an_item("Which unit is counted in full days?", "Leave", "Travel", item_id="one")
    other = an_item("Which unit is counted in full days?", "Illness", "Travel", item_id="other")
    assert not found(Rule.DUPLICATE, a_course(one, other))


def test_an_item_whose_answer_another_ones_stem_tells_is_found() -> None:
    asks = an_item("Where is paid leave requested?", "In the staff portal", "At the reception", item_id="asks")
    tells = an_item(
        "After paid leave is requested in the staff portal, who approves?", "The manager", "HR", item_id="tells"
    )
    (finding,) = found(Rule.GIVEN_BY_ITEM, a_course(asks, tells))
    assert finding.items == ("asks", "tells")
    unlike = an_item("After paid leave is requested, who approves?", "The manager", "HR", item_id="tells")
    assert not found(Rule.GIVEN_BY_ITEM, a_course(asks, unlike))


def test_a_statement_to_be_judged_tells_nothing() -> None:
    asks = an_item("Where is paid leave requested?", "In the staff portal", "At the reception", item_id="asks")
    judged = a_statement("Paid leave is requested in the staff portal.", key=True, item_id="judged")
    assert not found(Rule.GIVEN_BY_ITEM, a_course(asks, judged))


CLOZE = an_item("Leave is requested in the _____.", "staff portal", kind=ItemKind.CLOZE)


@pytest.mark.parametrize(
    "item",
    [
        CLOZE,
        an_item("Where is leave requested?", "In the staff portal", "At the reception"),
        a_statement("Leave is requested in the staff portal.", key=True),
    ],
    ids=lambda item: item.kind,
)
def test_an_item_that_the_block_above_answers_word_for_word_is_found(item: QuizItem) -> None:
    (finding,) = found(Rule.GIVEN_BESIDE, a_course(item, sentences=("So: leave is requested in the staff portal.",)))
    assert finding.items == ("q", "b")


def test_what_stands_further_up_in_the_lesson_is_taught_and_not_given_away() -> None:
    course = a_course(CLOZE, sentences=("Leave is requested in the staff portal.",))
    (lesson,) = course.lessons
    last = Block("last", BlockKind.TEXT, (Claim("z", "Managers answer within three days."),))
    assert not found(Rule.GIVEN_BESIDE, course.with_lesson(replace(lesson, blocks=(*lesson.blocks, last))))


def test_options_of_uneven_length_are_found() -> None:
    (finding,) = found(
        Rule.LENGTH_SPREAD,
        a_course(an_item("Who approves?", "HR", "The head of the department in which the employee works")),
    )
    assert finding.words.startswith("HR / The head")


def test_each_option_has_to_say_why() -> None:
    findings = found(Rule.NO_RATIONALE, a_course(an_item("Who approves?", "The manager", "The reception")))
    assert [(finding.words, finding.mend) for finding in findings] == [
        ("The manager", "Say why it is right."),
        ("The reception", "Say why it is wrong."),
    ]
    assert not found(
        Rule.NO_RATIONALE, a_course(an_item("Who approves?", "The manager", "The reception", rationales=True))
    )
