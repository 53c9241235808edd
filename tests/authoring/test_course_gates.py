"""What keeps a course from its review although every sentence has evidence."""

from dataclasses import replace

import pytest

from assistant.verification import Verifier
from authoring.block import Block, BlockKind
from authoring.claim import Claim, Evidence, Stance
from authoring.course import BloomLevel, CourseContent, Lesson, LessonState, Objective
from authoring.course_gates import FLAWS, CourseGates
from authoring.item_key import KeyGate
from authoring.item_shape import check_shape
from authoring.quiz_item import ItemKind, Option, QuizItem
from corpus.embedder import Embedder
from corpus.locator import HeadingLocator, Span

SAID = "Filters of the Solvik 90 are changed every 12 months by the customer's own staff."


@pytest.fixture
def gates(embedder: Embedder) -> CourseGates:
    return CourseGates(Verifier(embedder), KeyGate(embedder))


def evidence(quote: str = SAID, stance: Stance = Stance.SUPPORTS) -> Evidence:
    return Evidence(
        document_id=1,
        version_id=1,
        document_name="filters.md",
        title="Filters",
        headings=("Filters",),
        quote=quote,
        spans=(Span(0, len(quote)),),
        locator=HeadingLocator(("Filters",)),
        stance=stance,
    )


def a_course(text: str, quote: str = SAID, signed_by: str | None = None) -> CourseContent:
    claim = Claim("c1", text, (evidence(quote),), own_experience_of=signed_by)
    return of_one_lesson(blocks=(Block("b1", BlockKind.TEXT, (claim,)),))


def of_one_lesson(blocks: tuple[Block, ...] = (), items: tuple[QuizItem, ...] = ()) -> CourseContent:
    objective = Objective("change", "filters", BloomLevel.APPLY)
    return CourseContent("Filters", lessons=(Lesson("l1", "Filters", objective, LessonState.DRAFTED, blocks, items),))


def an_item(key: str, *others: str) -> QuizItem:
    options = [Option(Claim("k", key, (evidence(),)), is_key=True, rationale=Claim("r", SAID, (evidence(),)))]
    for number, other in enumerate(others):
        against = (evidence(stance=Stance.CONTRADICTS),)
        options.append(Option(Claim(f"o{number}", other, against), False, Claim(f"or{number}", SAID, against)))
    stem = Claim("s", "How often are filters of the Solvik 90 changed?", (evidence(),))
    return QuizItem("q1", ItemKind.MULTIPLE_CHOICE, stem, tuple(options))


def test_the_sources_own_words_pass(gates: CourseGates) -> None:
    assert gates(a_course(SAID)) == []


def test_so_do_other_words_that_say_the_same(gates: CourseGates) -> None:
    assert gates(a_course("The customer's own staff change the filters of the Solvik 90 every 12 months.")) == []


def test_a_number_that_somebody_changed_is_named(gates: CourseGates) -> None:
    (lack,) = gates(a_course(SAID.replace("12", "18")))
    assert "18" in lack.what
    assert (lack.part_id, lack.claim_id) == ("b1", "c1")


def test_a_condition_that_somebody_left_out_is_named(gates: CourseGates) -> None:
    quote = "Filters of the Solvik 90 may be changed by the customer if the service contract allows it."
    (lack,) = gates(a_course("Filters of the Solvik 90 may be changed by the customer.", quote))
    assert "if the service contract allows it" in lack.what


def test_who_signs_a_sentence_answers_for_it(gates: CourseGates) -> None:
    assert gates(a_course("Change them every 18 months.", signed_by="mara")) == []


def test_a_row_stands_in_its_source_cell_by_cell(gates: CourseGates) -> None:
    assert gates(a_course("Solvik 90\t12 months", "Device: Solvik 90 | Filter: 12 months")) == []


def test_a_wrong_key_keeps_the_course_back_until_somebody_signs_it(gates: CourseGates) -> None:
    right, wrong = an_item("12 months", "18 months", "24 months"), an_item("6 months", "12 months", "18 months")
    assert gates(of_one_lesson(items=(right,))) == []
    (lack,) = gates(of_one_lesson(items=(wrong,)))
    assert lack.part_id == "q1"
    key, *others = wrong.options
    signed = replace(key, claim=replace(key.claim, own_experience_of="mara"))
    assert gates(of_one_lesson(items=(replace(wrong, options=(signed, *others)),))) == []


def test_an_item_with_several_flaws_is_kept_back_and_one_with_a_single_one_is_not(gates: CourseGates) -> None:
    item = an_item("12 months", "18 months", "24 months")
    flawed = an_item("12 months", "18 months", "None of the above", "All of the above")
    assert len(check_shape(flawed)) >= FLAWS
    single = replace(item, options=(*item.options[:2], replace(item.options[2], claim=Claim("n", "None of the above"))))
    assert len(check_shape(single)) == 1
    assert gates(of_one_lesson(items=(single,))) == []
    assert "flaws" in gates(of_one_lesson(items=(flawed,)))[0].what
