"""The decision whether to answer, as it was fitted."""

from dataclasses import asdict, fields

import pytest

from assistant.answerability import Answerability, Calibration, Features, fitted_calibration
from corpus.embedder import Embedder
from tests.assistant.passages import a_passage

LEAVE = a_passage("Parental leave lasts 26 weeks and is paid in full.", cosine=0.75, headings=("Leave",))
CANTEEN = a_passage("The cafeteria opens at 8:00 and serves soup.", chunk_id=2, cosine=0.1, title="Canteen")


def an_answerability(embedder: Embedder) -> Answerability:
    return Answerability(embedder, fitted_calibration())


def test_what_stands_there_is_answered(embedder: Embedder) -> None:
    decision = an_answerability(embedder).decide("How long is parental leave?", [LEAVE, CANTEEN])
    assert decision.answer
    assert decision.probability > 0.8


def test_what_stands_nowhere_is_not(embedder: Embedder) -> None:
    decision = an_answerability(embedder).decide("Who painted the Mona Lisa?", [CANTEEN])
    assert not decision.answer
    assert decision.probability < 0.2


def test_the_right_topic_alone_is_not_enough(embedder: Embedder) -> None:
    on_topic = a_passage("Parental leave was introduced by the board.", cosine=0.5, title="Parental leave")
    answers = a_passage("Parental leave lasts 26 weeks for each parent.", cosine=0.75, title="Parental leave")
    question = "How many weeks does parental leave last for each parent?"
    decide = an_answerability(embedder).decide
    assert decide(question, [on_topic]).probability < decide(question, [answers]).probability


@pytest.mark.parametrize("question", ["", "   "])
def test_an_empty_question_is_not_answered(embedder: Embedder, question: str) -> None:
    assert not an_answerability(embedder).decide(question, [LEAVE]).answer


def test_nothing_found_is_nothing_to_answer_from(embedder: Embedder) -> None:
    assert an_answerability(embedder).decide("How long?", []).probability == 0.0


def test_names_that_occur_nowhere_are_counted(embedder: Embedder) -> None:
    features = an_answerability(embedder).features("Does Globex cover parental leave in Tokyo?", [LEAVE])
    assert features.names_missing == 2
    assert an_answerability(embedder).features("Is parental leave 26 weeks?", [LEAVE]).names_missing == 0


def test_every_feature_has_a_fitted_weight_of_the_expected_sign() -> None:
    weights = fitted_calibration().weights
    assert set(weights) == {field.name for field in fields(Features)}
    assert weights["passage_similarity"] > 0
    assert weights["sentence_similarity"] > 0
    assert weights["names_missing"] < 0


def test_probability_is_the_logistic_function_of_the_features() -> None:
    features = Features(0.5, 0.5, 0.5, 0.5, 0.5, 0.0, 0.0)
    assert Calibration(0.0, dict.fromkeys(asdict(features), 0.0), 0.5).probability(features) == 0.5
    assert Calibration(1e9, {}, 0.5).probability(features) == pytest.approx(1.0)
