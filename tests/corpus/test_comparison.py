"""Sentences are compared by what they count, texts by how much they share."""

import time

import numpy as np
import pytest

from corpus.comparison import likeness, same_subject, sketch_of, statements_in

WORDS = [f"word{number}" for number in range(400)]


def stated(text: str, *headings: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(found.key, found.values) for found in statements_in(text, headings)]


def values(text: str) -> list[tuple[str, ...]]:
    return [found.values for found in statements_in(text, ())]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Every employee gets 30 days of leave.", "Every employee gets 28 days of leave."),
        ("Every employee gets thirty days of leave.", "Every employee gets twenty-eight days of leave."),
        ("Unused leave expires on 31 March.", "Unused leave expires on 30 June."),
        ("Unused leave expires on 31 March 2026.", "Unused leave expires on 30 June 2026."),
        ("The limit for a meal is 1,000 EUR a day.", "The limit for a meal is 1.5 EUR a day."),
        ("Die Frist für den Antrag beträgt sechs Wochen.", "Die Frist für den Antrag beträgt acht Wochen."),
        ("The canteen is open until 14:30 each day.", "The canteen is open until 15:00 each day."),
        ("The price of it rises by 3 % a year.", "The price of it rises by 5 % a year."),
    ],
)
def test_sentences_that_differ_in_their_values_alone_have_one_key(one: str, other: str) -> None:
    ((key, said),) = stated(one, "Leave")
    ((other_key, other_said),) = stated(other, "Leave")
    assert key == other_key
    assert said != other_said


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Every employee gets 30 days of leave.", "Every employee gets thirty days of leave."),
        ("It costs 1,000 EUR for every year.", "It costs 1000 EUR for every year."),
        ("It costs 1.50 EUR for every hour.", "It costs 1,5 EUR for every hour."),
        ("Unused leave expires on 31 March.", "Unused leave expires on March 31."),
        ("Unused leave expires on 1st May 2026.", "Unused leave expires on May 1, 2026."),
    ],
)
def test_the_same_value_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert values(one) == values(other) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Every employee gets 30 days of leave.", "Every manager gets 28 days of leave."),
        ("The pump T1 runs for 30 days a year.", "The pump T2 runs for 28 days a year."),
        ("It conforms to ISO9001 since 2 years now.", "It conforms to ISO9002 since 3 years now."),
    ],
)
def test_other_things_have_other_keys(one: str, other: str) -> None:
    assert stated(one)[0][0] != stated(other)[0][0]


def test_another_heading_is_another_thing() -> None:
    text = "The notice period is 30 days long."
    assert stated(text, "Employees")[0][0] != stated(text, "Suppliers")[0][0]
    assert stated(text, "3.2 Employees")[0][0] == stated(text, "4 Employees")[0][0]


@pytest.mark.parametrize(
    "text", ["Page 3", "There is no number in this sentence.", "1, 2, 3, 4, 5 and 6 are all small numbers."]
)
def test_what_states_no_value_is_left_out(text: str) -> None:
    assert values(text) == []


def test_a_sentence_is_found_where_it_stands() -> None:
    text = "First words.\nEvery employee gets 30.5 days of leave. Last words."
    (found,) = statements_in(text, ())
    assert text[found.start : found.end] == "Every employee gets 30.5 days of leave."


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Leave policy", "Leave Policy 2025", True),
        ("Leave policy v2.1", "Leave policy (draft)", True),
        ("Solvik 240", "Solvik 240-HT", False),
        ("Kelva T1", "Kelva T2", False),
        ("Minutes 2026-05-12", "Minutes 2026-06-12", False),
        ("2025", "2026", False),
    ],
)
def test_titles_of_one_subject(one: str, other: str, same: bool) -> None:
    assert same_subject(one, other) is same


def test_likeness_is_estimated() -> None:
    whole, edited, foreign = (
        sketch_of([" ".join(WORDS)]),
        sketch_of([" ".join(WORDS[:380])]),
        sketch_of(["x y z " * 90]),
    )
    assert likeness(whole, np.stack([whole, edited]))[0] == 1.0
    assert likeness(whole, np.stack([edited]))[0] == pytest.approx(0.95, abs=0.1)
    assert len(foreign) == 0
    assert likeness(whole, np.stack([sketch_of([" ".join(reversed(WORDS))])]))[0] == 0.0


@pytest.mark.parametrize("heading", ["1" * 60, "1." * 2000, "1" * 5000 + "a", "a)" * 2000, "v1." * 2000])
def test_no_heading_takes_long(heading: str) -> None:
    started = time.process_time()
    assert list(statements_in("Every employee gets 30 days of leave.", [heading]))
    assert time.process_time() - started < 0.5
