"""Two contents are compared as people would tell it."""

from dataclasses import replace

from authoring.block import Block, BlockKind
from authoring.claim import Claim
from authoring.course import BloomLevel, CourseContent, Lesson, Objective
from authoring.course_diff import ChangeOf, Stretch, changed_keys, changed_words, differences
from authoring.quiz_item import ItemKind, Option, QuizItem


def block(number: int, text: str) -> Block:
    return Block(f"b{number}", BlockKind.TEXT, (Claim(f"c{number}", text),))


def lesson(number: int, *blocks: Block, items: tuple[QuizItem, ...] = ()) -> Lesson:
    return Lesson(f"l{number}", f"Lesson {number}", Objective("do", "it", BloomLevel.APPLY), blocks=blocks, items=items)


def item(*keys: str, kind: ItemKind = ItemKind.MULTIPLE_CHOICE) -> QuizItem:
    options = tuple(Option(Claim(f"o{text}", text), text in keys) for text in ("1", "2", "3"))
    return QuizItem("q", kind, Claim("s", "Which?"), options)


def test_what_was_added_removed_moved_and_changed_is_told_apart() -> None:
    one, two, three, four = (block(number, f"Say {number}.") for number in range(1, 5))
    earlier = CourseContent("Course", lessons=(lesson(1, one, two, three), lesson(2)))
    later = CourseContent("Course", lessons=(lesson(1, two, block(3, "Say 3 again.")), lesson(2, one, four)))
    found = {change.part.id: change.kinds for change in differences(earlier, later).parts}
    assert found == {"b3": (ChangeOf.CHANGED,), "b1": (ChangeOf.MOVED,), "b4": (ChangeOf.ADDED,)}
    back = {change.part.id: change.kinds for change in differences(later, earlier).parts}
    assert back["b4"] == (ChangeOf.REMOVED,)


def test_only_what_changed_its_place_has_moved() -> None:
    parts = [block(number, "Say.") for number in range(5)]
    earlier = CourseContent("Course", lessons=(lesson(1, *parts),))
    later = CourseContent("Course", lessons=(lesson(1, *parts[1:], parts[0]),))
    assert [change.part.id for change in differences(earlier, later).parts] == ["b0"]


def test_a_word_that_ends_one_text_keeps_its_distance_to_what_follows_in_the_other() -> None:
    words = changed_words("Feel the return pipe. Then wait.", "Feel the supply pipe.")
    assert [one.text for one in words] == ["Feel the ", "return ", "supply ", "pipe. ", "Then wait."]


def test_words_are_compared_one_by_one() -> None:
    words = changed_words("Every employee gets 30 days.", "Every employee gets 25 whole days.")
    assert [(one.stretch, one.text) for one in words] == [
        (Stretch.SAME, "Every employee gets "),
        (Stretch.REMOVED, "30 "),
        (Stretch.ADDED, "25 whole "),
        (Stretch.SAME, "days."),
    ]


def test_the_same_content_differs_in_nothing() -> None:
    content = CourseContent("Course", lessons=(lesson(1, block(1, "Say."), items=(item("1"),)),))
    edited = replace(content.lessons[0].blocks[0], revision=7, edited_by="ana")
    again = content.with_lesson(replace(content.lessons[0], blocks=(edited,)))
    assert differences(content, again).is_empty


def test_a_lesson_with_another_title_and_a_course_with_another_name_are_told() -> None:
    earlier = CourseContent("Course", lessons=(lesson(1), lesson(2)))
    later = CourseContent("The course", lessons=(replace(lesson(2), title="Second"), lesson(1)))
    diff = differences(earlier, later)
    assert [text.what for text in diff.about] == ["title"]
    assert {one.lesson_id: one.kinds for one in diff.lessons} == {
        "l2": (ChangeOf.MOVED, ChangeOf.CHANGED),
    }


def test_another_key_is_named_and_another_wording_of_a_distractor_is_not() -> None:
    def content(of: QuizItem) -> CourseContent:
        return CourseContent("Course", lessons=(lesson(1, items=(of,)),))

    assert changed_keys(content(item("1")), content(item("2"))) == ("q",)
    reworded = item("1")
    options = (*reworded.options[:2], replace(reworded.options[2], claim=Claim("o3", "four")))
    assert changed_keys(content(item("1")), content(replace(reworded, options=options))) == ()
    ordered = item("1", "2", "3", kind=ItemKind.ORDERING)
    turned = replace(ordered, options=tuple(reversed(ordered.options)))
    assert changed_keys(content(ordered), content(turned)) == ("q",)
    assert changed_keys(content(item("1")), CourseContent("Course")) == ()
