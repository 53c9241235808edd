"""Which questions are searched for in a conversation."""

from assistant.conversation import History, Speaker, Turn
from assistant.model_budget import Boundless
from assistant.retrieval_plan import AS_ASKED, STANDALONE, WITH_TURNS_BEFORE, plan_retrieval
from assistant.standalone_question import CarryingCompleter
from corpus.embedder import Embedder
from corpus.search import MAX_QUESTION, WeightedQuestion

LEAVE = "How do I apply for parental leave?"


def plan(embedder: Embedder, question: str, *before: str) -> tuple[WeightedQuestion, ...]:
    history = History(tuple(Turn(Speaker.USER, turn) for turn in before))
    standalone = CarryingCompleter(embedder).complete(question, history, Boundless())
    return plan_retrieval(question, standalone, history, embedder)


def test_a_first_question_is_searched_for_alone(embedder: Embedder) -> None:
    assert plan(embedder, LEAVE) == (WeightedQuestion(LEAVE, 1.0),)


def test_a_follow_up_is_searched_for_as_meant_as_asked_and_with_the_turns_before(embedder: Embedder) -> None:
    assert plan(embedder, "How long does that take?", LEAVE) == (
        WeightedQuestion("How long does that take (parental leave)?", STANDALONE),
        WeightedQuestion("How long does that take?", AS_ASKED),
        WeightedQuestion(f"{LEAVE} How long does that take?", WITH_TURNS_BEFORE),
    )


def test_a_question_on_the_same_topic_is_also_searched_for_with_the_turns_before(embedder: Embedder) -> None:
    question = "Do fathers get parental leave as well?"
    assert [part.text for part in plan(embedder, question, LEAVE)] == [question, f"{LEAVE} {question}"]


def test_a_new_topic_is_searched_for_alone(embedder: Embedder) -> None:
    question = "Which printer driver is installed on the laptops?"
    assert [part.text for part in plan(embedder, question, LEAVE)] == [question]


def test_turns_that_are_too_long_to_search_for_are_left_out(embedder: Embedder) -> None:
    parts = plan(embedder, "How long does that take?", f"{LEAVE} " + "x" * MAX_QUESTION, LEAVE)
    assert len(parts) == 2
