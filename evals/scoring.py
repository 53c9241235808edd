"""Scores of one case: what the system brought back, held against the gold evidence and the label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.answer import Answer, AnswerStatus
from corpus.citation import Citation
from corpus.locator import Span
from corpus.passage import Passage
from evals.case import Case
from evals.metric import (
    Metric,
    characters,
    covered_characters,
    facts_contained,
    hit,
    ndcg,
    recall,
    reciprocal_rank,
)
from evals.recheck import citations_on_abstention, unverified_sentences
from evals.relevance import Relevance, Shown

Scores = Mapping[Metric, float]
"""Of one case. A metric that is missing was not measured on it."""

SHOWN_PASSAGES = 5
ANSWERING = frozenset({AnswerStatus.ANSWERED, AnswerStatus.PARTIAL})

CERTAINLY_WRONG_LOW, CERTAINLY_WRONG_HIGH = -1.0, 2.0
"""Confidences of a failed call, beyond any real one: it ranks on the wrong side whatever the question was."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """`confidence` and times are None where that call was not made; `failures` say what went wrong in which call."""

    case: Case
    scores: Scores
    confidence: float | None = None
    search_ms: float | None = None
    answer_ms: float | None = None
    failures: tuple[str, ...] = field(default=())


def score_search(
    case: Case, passages: Sequence[Passage], shown: Sequence[Passage], relevance: Relevance, *, by_document: bool
) -> Scores:
    """`shown`: what a search for `SHOWN_PASSAGES` brought. Nothing where the case names no evidence to search for."""
    if not case.measures_search:
        return {}
    ranking = relevance.rank_documents(case, passages) if by_document else relevance.rank_passages(case, passages)
    scores = {
        Metric.HIT_1: hit(ranking, 1),
        Metric.HIT_5: hit(ranking, 5),
        Metric.HIT_10: hit(ranking, 10),
        Metric.RECALL_3: recall(ranking, 3),
        Metric.RECALL_5: recall(ranking, 5),
        Metric.MRR: reciprocal_rank(ranking),
        Metric.NDCG_5: ndcg(ranking, 5),
        Metric.NDCG_10: ndcg(ranking, 10),
    }
    words = Shown(shown[:SHOWN_PASSAGES])
    scores[Metric.WORDS_5] = float(words.words)
    scores[Metric.CHUNKS_5] = float(words.chunks)
    if (share := _span_recall(case, words, relevance)) is not None:
        scores[Metric.SPAN_RECALL_5] = share
    return scores


def score_failed_search(case: Case) -> Scores:
    """All wrong: a failed call is never a missing case."""
    if not case.measures_search:
        return {}
    scores = dict.fromkeys(_SEARCH_METRICS, 0.0)
    if any(place.span for place in case.evidence):
        scores[Metric.SPAN_RECALL_5] = 0.0
    return scores


def score_answer(case: Case, answer: Answer, relevance: Relevance) -> Scores:
    answered = answer.status in ANSWERING
    scores = {
        Metric.ANSWERED_RATE: float(answered),
        Metric.UNVERIFIED_SHOWN: float(unverified_sentences(answer, relevance.text_of)),
        Metric.CITATIONS_ON_ABSTENTION: float(citations_on_abstention(answer)),
    }
    if case.has_answer is True:
        scores[Metric.FALSE_ABSTENTION] = float(not answered)
    if case.has_answer is False:
        scores[Metric.ABSTENTION_RECALL] = float(not answered)
    if case.measures_search:
        citations = [citation for sentence in answer.sentences for citation in sentence.citations]
        if citations:
            scores[Metric.CITATION_PRECISION] = _citation_precision(case, citations, relevance)
        scores[Metric.CITATION_RECALL] = _citation_recall(case, citations, relevance)
    if case.facts is not None:
        share = facts_contained(" ".join(sentence.text for sentence in answer.sentences), case.facts)
        if share is not None:
            scores[Metric.FACTS_CONTAINED] = share
    return scores


def score_failed_answer(case: Case) -> Scores:
    """Neither a right answer nor a right abstention."""
    scores = {Metric.ANSWERED_RATE: 0.0}
    if case.has_answer is True:
        scores[Metric.FALSE_ABSTENTION] = 1.0
    if case.has_answer is False:
        scores[Metric.ABSTENTION_RECALL] = 0.0
    if case.measures_search:
        scores[Metric.CITATION_PRECISION] = scores[Metric.CITATION_RECALL] = 0.0
    if case.facts:
        scores[Metric.FACTS_CONTAINED] = 0.0
    return scores


def confidence_of_failed_answer(case: Case) -> float:
    return CERTAINLY_WRONG_HIGH if case.has_answer is False else CERTAINLY_WRONG_LOW


_SEARCH_METRICS = (
    Metric.HIT_1,
    Metric.HIT_5,
    Metric.HIT_10,
    Metric.RECALL_3,
    Metric.RECALL_5,
    Metric.MRR,
    Metric.NDCG_5,
    Metric.NDCG_10,
)


def _span_recall(case: Case, shown: Shown, relevance: Relevance) -> float | None:
    """Share of the gold characters among what is shown; None where the case has no exact spans."""
    gold: dict[str, list[Span]] = {}
    for place in case.evidence:
        if place.span is not None:
            gold.setdefault(place.document, []).append(place.span)
    if not gold:
        return None
    found: dict[str, list[Span]] = {}
    for document_id, spans in shown.spans.items():
        found.setdefault(relevance.source_of(document_id), []).extend(spans)
    covered = sum(covered_characters(spans, found.get(source, [])) for source, spans in gold.items())
    return covered / sum(characters(spans) for spans in gold.values())


def _citation_precision(case: Case, citations: Sequence[Citation], relevance: Relevance) -> float:
    """Share of the citations that stand at a gold place."""
    right = sum(any(relevance.citation_holds(citation, place) for place in case.evidence) for citation in citations)
    return right / len(citations)


def _citation_recall(case: Case, citations: Sequence[Citation], relevance: Relevance) -> float:
    """Share of the gold evidence at which some citation stands."""
    cited = sum(any(relevance.citation_holds(citation, place) for citation in citations) for place in case.evidence)
    return cited / len(case.evidence)
