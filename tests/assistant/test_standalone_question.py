"""Follow-ups that become standalone questions, without a language model."""

import time

import pytest

from assistant.conversation import History, Speaker, Turn
from assistant.model_budget import Boundless
from assistant.question_parts import LONGEST_QUESTION
from assistant.standalone_question import CarryingCompleter, StandaloneQuestion
from corpus.embedder import Embedder

LEAVE = "How many days of parental leave do employees get in Austria?"
URLAUB = "Wie viele Tage Urlaub bekommen Angestellte in Österreich?"


def after(*questions: str) -> History:
    return History(tuple(Turn(Speaker.USER, question) for question in questions))


def completed(embedder: Embedder, question: str, history: History) -> StandaloneQuestion:
    return CarryingCompleter(embedder).complete(question, history, Boundless())


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        (LEAVE, "and for contractors?", "How many days of parental leave do contractors get in Austria?"),
        (LEAVE, "and in Germany?", "How many days of parental leave do employees get in Germany?"),
        ("Where do I park in Vienna?", "What about Graz?", "Where do I park in Graz?"),
        (
            "Which trainings do drivers need for trucks?",
            "and for cranes?",
            "Which trainings do drivers need for cranes?",
        ),
        ("Wer darf das Lager betreten?", "Und die Werkstatt?", "Wer darf die Werkstatt betreten?"),
        ("What does the Aroma 20 cost?", "and the Aroma 30?", "What does the Aroma 30 cost?"),
        (URLAUB, "Und in Deutschland?", "Wie viele Tage Urlaub bekommen Angestellte in Deutschland?"),
        ("Was kostet ein Parkplatz in Wien?", "Was ist mit Graz?", "Was kostet ein Parkplatz in Graz?"),
    ],
)
def test_something_of_the_same_kind_takes_the_place_of_what_was_asked_about(
    embedder: Embedder, before: str, question: str, expected: str
) -> None:
    found = completed(embedder, question, after(before))
    assert found.text == expected
    assert found.is_follow_up


def test_a_condition_that_the_question_before_had_none_of_is_added(embedder: Embedder) -> None:
    found = completed(embedder, "Und für Leiharbeiter?", after(URLAUB))
    assert found.text == "Wie viele Tage Urlaub bekommen Angestellte in Österreich für Leiharbeiter?"


@pytest.mark.parametrize(
    ("before", "question", "expected", "carried"),
    [
        (
            "How is a badge replaced?",
            "What happens if it is stolen?",
            "What happens if badge is stolen?",
            ("badge",),
        ),
        (
            "When was the works council founded?",
            "What are its duties?",
            "What are the works council's duties?",
            ("works council",),
        ),
        (
            "How do I apply for parental leave?",
            "How long does that take?",
            "How long does that take (parental leave)?",
            ("parental leave",),
        ),
        (
            "What warranty does the Kelva T9 have?",
            "How heavy is it?",
            "How heavy is it (warranty, Kelva T9)?",
            ("warranty", "Kelva T9"),
        ),
        (
            "What is the deadline for expense reports?",
            "What happens if I miss it?",
            "What happens if I miss it (deadline for expense reports)?",
            ("deadline for expense reports",),
        ),
        (LEAVE, "Who approves it?", "Who approves it (parental leave, Austria)?", ("parental leave", "Austria")),
        (
            "Wie beantrage ich Elternzeit?",
            "Wie lange dauert das?",
            "Wie lange dauert das (Elternzeit)?",
            ("Elternzeit",),
        ),
        ("Wie beantrage ich Elternzeit?", "Wer genehmigt sie?", "Wer genehmigt sie (Elternzeit)?", ("Elternzeit",)),
        ("Was kostet die Jahreskarte?", "Wer bezahlt dafür?", "Wer bezahlt dafür (Jahreskarte)?", ("Jahreskarte",)),
    ],
)
def test_what_a_pronoun_stands_for_is_said_and_named(
    embedder: Embedder, before: str, question: str, expected: str, carried: tuple[str, ...]
) -> None:
    found = completed(embedder, question, after(before))
    assert (found.text, found.carried, found.is_follow_up) == (expected, carried, True)


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        ("Can contractors work from home?", "Why?", "Why: Can contractors work from home?"),
        ("Wer genehmigt Dienstreisen?", "Warum?", "Warum: Wer genehmigt Dienstreisen?"),
        ("Wie lange ist die Kündigungsfrist?", "Und danach?", "danach: Wie lange ist die Kündigungsfrist?"),
        ("Wie melde ich mich krank?", "Auch für Praktikanten?", "Wie melde ich mich krank für Praktikanten?"),
        (LEAVE, "Who pays?", "Who pays (parental leave, Austria)?"),
    ],
)
def test_a_question_without_a_thing_of_its_own_is_about_the_one_before(
    embedder: Embedder, before: str, question: str, expected: str
) -> None:
    assert completed(embedder, question, after(before)).text == expected


@pytest.mark.parametrize(
    ("before", "question"),
    [
        (LEAVE, "How do I reset my password?"),
        (LEAVE, "Where do I park in Vienna?"),
        ("Wie beantrage ich Elternzeit?", "Was kostet ein Parkplatz in Wien?"),
        (LEAVE, "Is there a canteen in the building?"),
        (LEAVE, "Is it possible to work from Spain?"),
        (LEAVE, "If I lose my badge, how do I replace it?"),
        (LEAVE, "Gibt es ein Jobticket?"),
        (LEAVE, "How many days of parental leave do employees get in Austria?"),
    ],
)
def test_a_question_that_stands_by_itself_drags_nothing_along(embedder: Embedder, before: str, question: str) -> None:
    assert completed(embedder, question, after(before)) == StandaloneQuestion(question)


def test_the_first_question_of_a_conversation_is_left_alone(embedder: Embedder) -> None:
    assert completed(embedder, "How long does it take?", History()) == StandaloneQuestion("How long does it take?")


def test_what_one_follow_up_carries_the_next_one_carries_too(embedder: Embedder) -> None:
    found = completed(embedder, "How long does that take?", after(LEAVE, "and in Germany?"))
    assert found.text == "How long does that take (parental leave, Germany)?"


def test_after_a_change_of_topic_only_the_new_one_is_carried(embedder: Embedder) -> None:
    found = completed(embedder, "How long does that take?", after(LEAVE, "How do I reset my password?"))
    assert found.carried == ("password",)


def test_a_person_is_taken_from_the_reply_when_no_question_named_one(embedder: Embedder) -> None:
    history = History(
        (
            Turn(Speaker.USER, "Who approves travel?"),
            Turn(Speaker.ASSISTANT, "Trips are approved by Maria Huber, head of finance."),
        )
    )
    found = completed(embedder, "Where is her office?", history)
    assert found.text == "Where is Maria Huber's office?"


def test_a_few_words_that_the_last_reply_said_are_taken_up_from_there(embedder: Embedder) -> None:
    history = History(
        (
            Turn(Speaker.USER, "Where does the Penobscot River start?"),
            Turn(Speaker.ASSISTANT, "Where the West Branch meets the East Branch."),
        )
    )
    assert completed(embedder, "The West Branch.", history).carried == ("Penobscot River",)


def test_a_long_text_is_taken_as_it_is(embedder: Embedder) -> None:
    story = "It is " + "a long story " * LONGEST_QUESTION
    assert completed(embedder, story, after(LEAVE)) == StandaloneQuestion(story)


def test_a_long_conversation_costs_little(embedder: Embedder) -> None:
    history = after(*(f"{LEAVE} {number} " + "and so on " * 300 for number in range(200)))
    start = time.perf_counter()
    completed(embedder, "and for contractors?", history)
    assert time.perf_counter() - start < 5
