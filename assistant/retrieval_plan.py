"""Retrieval plans: which questions are searched for, together, to find what one question of a conversation asks."""

from assistant.conversation import History
from assistant.standalone_question import StandaloneQuestion
from corpus.embedder import Embedder
from corpus.search import MAX_QUESTION, WeightedQuestion

AS_ASKED = 0.5
STANDALONE = 0.5
WITH_TURNS_BEFORE = 0.2
"""Chosen on the part dev of mtrag-clapnq: nDCG@5 .453 for the question as asked, .500 for its standalone form, .519 for
both, .522 with the turns before. From .1 to .4 the last weight changes little."""

TURNS_BEFORE = 2

NEW_TOPIC = 0.1
"""A question that stands by itself and is less alike to what was said last than this is searched for alone."""

LONGEST_REPLY = 400
"""Characters of a reply that are compared with the next question."""


def plan_retrieval(
    asked: str, standalone: StandaloneQuestion, history: History, embedder: Embedder
) -> tuple[WeightedQuestion, ...]:
    """The standalone question first; the question as asked beside it makes a wrong guess cost less."""
    if not history.questions:
        return (WeightedQuestion(standalone.text, 1.0),)
    plan = (
        [WeightedQuestion(standalone.text, STANDALONE), WeightedQuestion(asked, AS_ASKED)]
        if standalone.is_follow_up
        else [WeightedQuestion(asked, STANDALONE + AS_ASKED)]
    )
    together = " ".join((*history.questions[-TURNS_BEFORE:], asked))
    if len(together) <= MAX_QUESTION and (standalone.is_follow_up or _goes_on(asked, history, embedder)):
        plan.append(WeightedQuestion(together, WITH_TURNS_BEFORE))
    return tuple(plan)


def _goes_on(asked: str, history: History, embedder: Embedder) -> bool:
    last = history.questions[-1]
    said = f"{last} {history.last_reply[:LONGEST_REPLY]}"
    vectors = embedder.embed([asked, last, said])
    return float((vectors[1:] @ vectors[0]).max()) >= NEW_TOPIC
