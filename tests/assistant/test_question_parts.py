"""Questions that ask for several things."""

import time

import pytest

from assistant.question_parts import LONGEST_QUESTION, parts_of


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "What is the price of the lid and who has the key to the archive?",
            ["What is the price of the lid?", "who has the key to the archive?"],
        ),
        ("Where is the old canteen? When does it open?", []),
        (
            "Where is the old canteen? When does the library open?",
            ["Where is the old canteen?", "When does the library open?"],
        ),
        ("Was kostet die Karte und wer leitet das Lager?", ["Was kostet die Karte?", "wer leitet das Lager?"]),
        (
            "What are the price and the weight of the Murano 20?",
            ["What are the price of the Murano 20?", "What are the weight of the Murano 20?"],
        ),
        (
            "How heavy are the Murano 20 and the Murano 90?",
            ["How heavy are the Murano 20?", "How heavy are the Murano 90?"],
        ),
    ],
)
def test_a_question_for_several_things_has_parts(question: str, expected: list[str]) -> None:
    assert [part.text for part in parts_of(question)] == expected


@pytest.mark.parametrize(
    "question",
    [
        "How long is parental leave?",
        "What does the lid cost and how long does it last?",
        "How many days can I carry over, and until when?",
        "I work in Graz and I am ill. From which day do I need a certificate?",
        "What about health and safety?",
        "",
        "and",
    ],
)
def test_a_question_for_one_thing_has_none(question: str) -> None:
    assert parts_of(question) == ()


def test_a_story_has_no_parts() -> None:
    assert parts_of("What is the price of the lid and who has the key to the archive" + "?" * LONGEST_QUESTION) == ()


@pytest.mark.parametrize("piece", ["the a and ", "of A A ", "and who ", "? what "])
def test_no_question_takes_long(piece: str) -> None:
    question = (piece * LONGEST_QUESTION)[:LONGEST_QUESTION]
    started = time.process_time()
    parts_of(question)
    assert time.process_time() - started < 0.5
