"""Plain text becomes paragraphs, list items and headings without losing a word."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.parsed import Empty, Parser
from ingestion.plain_parser import PlainParser
from tests.contracts.parser import ParserContract, check, outline, words_of

RULES = """TRAVEL RULES

All travel is booked through the portal,
which opens at eight.

Scope
=====
These hold for everyone.

- economy only
- hotels up to
  120 euros
  - breakfast included

1.2 Exceptions

Ask your lead.
"""


class TestPlainParser(ParserContract):
    notices_cuts = False

    @pytest.fixture
    def parser(self) -> Parser:
        return PlainParser()

    @pytest.fixture
    def content(self) -> bytes:
        return RULES.encode()


def read(text: str) -> list[str]:
    return outline(PlainParser().parse(text.encode(), "notes.txt"))


def test_headings_lists_and_wrapped_lines_are_told_apart() -> None:
    assert read(RULES) == [
        "heading 1 TRAVEL RULES",
        "paragraph 0 All travel is booked through the portal,\nwhich opens at eight.",
        "heading 1 Scope",
        "paragraph 0 These hold for everyone.",
        "list_item 1 economy only",
        "list_item 1 hotels up to\n  120 euros",
        "list_item 2 breakfast included",
        "heading 2 1.2 Exceptions",
        "paragraph 0 Ask your lead.",
    ]


def test_the_text_is_the_file_itself() -> None:
    text = "\ufeffOne\r\ntwo\rthree\n\n\x0cfour\x0b five\u2028six"
    assert PlainParser().parse(text.encode(), "a.txt").text == text


def test_a_short_line_is_no_heading_without_more_evidence() -> None:
    assert read("Good morning\n\nHow are you?") == ["paragraph 0 Good morning", "paragraph 0 How are you?"]


def test_numbered_steps_between_blank_lines_are_no_headings() -> None:
    assert read("1. Log in\n\n2. Choose a date") == ["paragraph 0 1. Log in", "paragraph 0 2. Choose a date"]


def test_shouting_lines_one_after_the_other_are_no_headings() -> None:
    assert read("STOP NOW\n\nPLEASE STOP\n\nbecause of the fire") == [
        "paragraph 0 STOP NOW",
        "heading 1 PLEASE STOP",
        "paragraph 0 because of the fire",
    ]


def test_a_sentence_that_begins_with_a_number_is_no_list() -> None:
    assert read("We meet at\n12. May in the hall.") == ["paragraph 0 We meet at\n12. May in the hall."]


def test_lines_too_long_to_be_wrapped_by_hand_are_paragraphs_of_their_own() -> None:
    long = "word " * 60
    assert read(f"{long}\nNext thought.") == [f"paragraph 0 {long.strip()}", "paragraph 0 Next thought."]


def test_a_long_text_without_newlines_is_one_paragraph() -> None:
    document = PlainParser().parse(b"word " * 200_000, "a.txt")
    assert [len(element.spans) for element in document.elements] == [1]


@pytest.mark.parametrize("nothing", ["", " \n\t\r\n", "\ufeff", "\x00\x00"])
def test_a_file_without_words_is_empty(nothing: str) -> None:
    with pytest.raises(Empty):
        PlainParser().parse(nothing.encode(), "a.txt")


@given(
    st.lists(
        st.sampled_from(
            ["Word one", "- item", "1. step", "===", "TITLE HERE", "", "  deep", "\t", "= Head =", "x" * 200]
        ),
        max_size=30,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_no_word_is_lost(lines: list[str], newline: str) -> None:
    text = "Start\n\n" + newline.join(lines)
    document = PlainParser().parse(text.encode(), "a.txt")
    check(document)
    seen = " ".join(words_of(document, element.spans) for element in document.elements)
    assert re.findall(r"[^\W\d_]+", seen) == re.findall(r"[^\W\d_]+", text)
