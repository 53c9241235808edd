"""What is asked of another version, read from an instruction."""

from authoring.quiz_item import ItemKind
from authoring.redraft_wish import read_wish


def test_shorter_simpler_and_harder_are_understood_in_both_languages() -> None:
    assert read_wish("Make it shorter, please").shorter
    assert read_wish("bitte kürzer").shorter
    assert read_wish("simpler words").simpler
    assert read_wish("schwieriger").harder
    assert read_wish("another example").example


def test_kinds_of_items_are_recognised() -> None:
    assert read_wish("as a true/false question").kinds == {ItemKind.TRUE_FALSE}
    assert read_wish("eine Lücke zum Ausfüllen").kinds == {ItemKind.CLOZE}


def test_other_words_say_what_it_should_be_about() -> None:
    assert read_wish("another one about notice periods").words == "notice periods"
    assert read_wish("make it shorter").words == ""
