"""What a sentence does in a text, told by its wording."""

import pytest

from authoring.cue_phrases import (
    Cue,
    cues_of,
    definition_of,
    is_order,
    leaves_open,
    stands_alone,
)


@pytest.mark.parametrize(
    ("sentence", "term"),
    [
        ("A buffer is a tank of water between the pump and its consumers.", "buffer"),
        ("Working day means Monday to Friday except public holidays.", "Working day"),
        ("Das Langzeitkonto bezeichnet ein Konto für längere Auszeiten.", "Langzeitkonto"),
    ],
)
def test_definitions_name_their_term(sentence: str, term: str) -> None:
    found = definition_of(sentence)
    assert found is not None
    assert found[0] == term


@pytest.mark.parametrize(
    "sentence",
    [
        "This is a tank of water between the pump and its consumers.",
        "The first is a tank of water between the pump and its consumers.",
        "What you see is a tank of water between two pumps.",
        "Below is a list of practices that leads should consider.",
    ],
)
def test_sentences_that_only_point_define_nothing(sentence: str) -> None:
    assert definition_of(sentence) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "However, guests wear a badge in blue.",
        "It costs more than the other machine.",
        "Therefore the heater runs for twelve hours.",
        "See the table below for all of the passes.",
        "You must use it by the end of the pay period.",
        "guests wear a badge in blue.",
        "Guests wear a badge in blue and",
        "Who wears a badge in blue at the gate?",
        "Dies gilt nicht für die Fertigung in Lübeck.",
    ],
)
def test_sentences_that_need_others_do_not_stand_alone(sentence: str) -> None:
    assert not stands_alone(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Guests of the company wear a badge in blue.",
        "Award leave expires one year after it is issued.",
        "The report is due on the third working day of the following month.",
        "Mobile Arbeit wird für die folgende Woche eingetragen.",
    ],
)
def test_sentences_that_say_all_stand_alone(sentence: str) -> None:
    assert stands_alone(sentence)


def test_a_pronoun_is_open_only_where_nothing_before_it_can_be_meant() -> None:
    assert leaves_open("Weigh it before and after the work.")
    assert not leaves_open("Weigh the cylinder before you open it.")


def test_orders_are_told_from_names_of_things() -> None:
    assert is_order("Get a travel card")
    assert is_order("Record your hours")
    assert not is_order("Travel cards")
    assert not is_order("Record keeping")


def test_cues_say_what_a_sentence_does() -> None:
    assert Cue.RULE in cues_of("Guests must wear a badge.")
    assert Cue.EXAMPLE in cues_of("For example, a pass of Monday opens no door on Tuesday.")
    assert Cue.CONTRAST in cues_of("Whereas guests wear blue, staff wear grey.")
    assert Cue.STEP in cues_of("Close the valve.")
    assert Cue.CONDITION in cues_of("Wenn der Alarm kommt, verlassen alle die Halle.")
