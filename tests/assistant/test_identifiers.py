import pytest

from assistant.identifiers import asked_names, is_about_another, names_only_missing

NOTES = [f"Notes\nNote {number} says that gadget {number} weighs {7 * number} kilograms." for number in (11, 12, 13)]
SHEET = ["Kelva T1 · Product sheet\nThe battery of the Kelva T1 lasts 24 months, that of the Kelva T2 36 months."]
KEYS = ["keys\nKey: K-101 | Holder: Ana Lind\nKey: K-102 | Holder: Bo Berg"]
ROOMS = ["Rooms\nRoom: 214 | Seats: 12 | Floor: 2", "Rooms\nRoom: 216 | Seats: 30 | Floor: 2"]
LEAVE = ["Leave\nFrom the age of 60 everybody has 32 days of leave, and after 10 years of service 31 days."]


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("How much does gadget 77 weigh?", NOTES),
        ("How many kilograms does gadget no. 84 weigh?", NOTES),
        ("How long does the battery of the Kelva T9 last?", SHEET),
        ("Who holds key K-103?", KEYS),
        ("How many seats does room 215 have?", ROOMS),
        ("Wie schwer ist Gadget 500?", NOTES),
    ],
)
def test_a_thing_that_is_not_among_the_numbered_ones_is_missing(question: str, places: list[str]) -> None:
    assert names_only_missing(question, places)


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("How much does gadget 12 weigh?", NOTES),
        ("Which gadget weighs 84 kilograms?", NOTES),
        ("How long does the battery of the Kelva T2 last?", SHEET),
        ("Who holds key K-102?", KEYS),
        ("How many seats does room 216 have?", ROOMS),
        ("Do I get more leave after turning 67?", LEAVE),
        ("How many days of leave do I have in March 2027?", LEAVE),
        ("May I take 40 days of leave?", LEAVE),
        ("How much leave do I have after 12 years?", LEAVE),
        ("How much leave do I have?", LEAVE),
        ("How many seats have room 214 and room 215?", ROOMS),
    ],
)
def test_what_is_there_and_what_is_no_identifier_is_not_missing(question: str, places: list[str]) -> None:
    assert not names_only_missing(question, places)


PUMPS = ["Murano 240, data sheet", "Murano 240 HT, data sheet", "Murano 90, data sheet"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How heavy is the Murano 240?", "Murano 240 HT: it weighs 90 kg."),
        ("How heavy is the Murano 240?", "The Murano 90 weighs 40 kg."),
        ("How heavy is the Murano 240 HT?", "The Murano 240 weighs 80 kg."),
        ("How heavy is the Murano 240 ht?", "The Murano 240 weighs 80 kg."),
    ],
)
def test_a_text_on_another_thing_of_that_name_is_about_another(question: str, text: str) -> None:
    assert is_about_another(asked_names(question, PUMPS), text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How heavy is the Murano 240?", "The Murano 240 weighs 80 kg, the Murano 90 half of it."),
        ("How heavy is the Murano 240 HT?", "The Murano 240 and 240 HT weigh 90 kg."),
        ("How heavy are the Murano 240 and the Murano 90?", "The Murano 90 weighs 40 kg."),
        ("How heavy is the Murano 240?", "It weighs 80 kg."),
        ("How heavy is the Murano 500?", "The Murano 90 weighs 40 kg."),
        ("What happened on May 20?", "On May 21 nothing happened."),
    ],
)
def test_a_text_that_names_the_thing_or_nothing_of_its_kind_is_not(question: str, text: str) -> None:
    assert not is_about_another(asked_names(question, [*PUMPS, "May 20, May 21"]), text)
