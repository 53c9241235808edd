"""What a question asks for."""

import pytest

from assistant.question import AsksFor, asks_for, read_question
from assistant.words import stem
from corpus.embedder import Embedder


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many weeks do I get?", AsksFor.QUANTITY),
        ("Wie viele Tage Urlaub habe ich?", AsksFor.QUANTITY),
        ("When does it start?", AsksFor.TIME),
        ("Quand commence-t-il ?", AsksFor.TIME),
        ("Who approves it?", AsksFor.PERSON),
        ("谁批准假期？", AsksFor.PERSON),
        ("Where is the office?", AsksFor.PLACE),
        ("Why is it so?", AsksFor.REASON),
        ("How do I apply?", AsksFor.WAY),
        ("What is a badge?", AsksFor.THING),
    ],
)
def test_recognises_what_is_asked_for(question: str, kind: AsksFor) -> None:
    assert asks_for(question) is kind


def test_the_word_that_says_what_it_is_about_weighs_most(embedder: Embedder) -> None:
    weights = read_question("What is the general process for applying for a visa?", embedder).weights
    assert max(weights, key=lambda word: weights[word]) == stem("visa")


def test_coverage_is_the_weighted_share_of_the_words_present(embedder: Embedder) -> None:
    question = read_question("How long is the notice period?", embedder)
    assert question.coverage({stem("notice"), stem("period")}) == pytest.approx(1.0)
    assert question.coverage(set()) == 0.0


def test_a_question_without_telling_words_is_covered_by_anything(embedder: Embedder) -> None:
    assert read_question("???", embedder).coverage(set()) == 1.0
