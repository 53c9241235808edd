"""Metrics: each a small function of what one case, or a whole run, brought back."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from corpus.locator import Span
from evals.case import Fact

WORDS_SHOWN = 1_000
"""Retrieved passages are compared at equal cost to the reader: at most this many words together."""


class Metric(StrEnum):
    HIT_1 = "hit@1"
    HIT_5 = "hit@5"
    HIT_10 = "hit@10"
    RECALL_3 = "recall@3"
    RECALL_5 = "recall@5"
    MRR = "mrr"
    NDCG_5 = "ndcg@5"
    NDCG_10 = "ndcg@10"
    SPAN_RECALL_5 = "span_recall@5"
    WORDS_5 = "words@5"
    CHUNKS_5 = "chunks@5"
    CITATION_PRECISION = "citation_precision"
    CITATION_RECALL = "citation_recall"
    ANSWERED_RATE = "answered_rate"
    ABSTENTION_RECALL = "abstention_recall"
    FALSE_ABSTENTION = "false_abstention"
    ABSTENTION_AUROC = "abstention_auroc"
    FACTS_CONTAINED = "facts_contained"
    UNVERIFIED_SHOWN = "unverified_shown"
    CITATIONS_ON_ABSTENTION = "citations_on_abstention"
    LATENCY_P50_MS = "latency_p50_ms"
    LATENCY_P95_MS = "latency_p95_ms"
    SEARCH_P50_MS = "search_p50_ms"
    SEARCH_P95_MS = "search_p95_ms"
    FAILED_CALLS = "failed_calls"


@dataclass(frozen=True, slots=True)
class Ranking:
    """For each place of a result list, best first: which of the `gold` pieces of evidence (0 to gold - 1) it holds."""

    found: tuple[frozenset[int], ...]
    gold: int


def hit(ranking: Ranking, depth: int) -> float:
    """Whether any of the first `depth` results holds any gold evidence."""
    return float(any(ranking.found[:depth]))


def recall(ranking: Ranking, depth: int) -> float:
    """Share of the gold evidence held by the first `depth` results."""
    return len(frozenset[int]().union(*ranking.found[:depth])) / ranking.gold


def reciprocal_rank(ranking: Ranking) -> float:
    """One over the rank of the first result that holds gold evidence; 0 without one."""
    return next((1 / rank for rank, found in enumerate(ranking.found, start=1) if found), 0.0)


def ndcg(ranking: Ranking, depth: int) -> float:
    """Binary relevance; the ideal order has one piece of gold evidence at each of the first ranks.

    Evidence counts where it is first held. A result that holds several pieces counts as that many results in a row, so
    that an order that shows everything at once is ideal too.
    """
    gain, last, seen = 0.0, 0, set[int]()
    for rank, found in enumerate(ranking.found[:depth], start=1):
        for _ in found - seen:
            last = max(rank, last + 1)
            if last <= depth:
                gain += 1 / math.log2(last + 1)
        seen |= found
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(ranking.gold, depth) + 1))


def characters(spans: Iterable[Span]) -> int:
    """How many characters lie in at least one of the spans."""
    return sum(len(span) for span in _merged(spans))


def covered_characters(gold: Iterable[Span], shown: Iterable[Span]) -> int:
    """How many gold characters lie in at least one of the shown spans."""
    covered, merged = 0, _merged(shown)
    for wanted in _merged(gold):
        for span in merged:
            covered += max(0, min(wanted.end, span.end) - max(wanted.start, span.start))
    return covered


def contains_fact(answer: str, fact: Fact) -> bool:
    """Whether a wording stands in the answer as whole words, ignoring case and white space."""
    spoken = _plain(answer)
    return any(re.search(rf"(?<!\w){re.escape(_plain(wording))}(?!\w)", spoken) for wording in fact.wordings)


def facts_contained(answer: str, facts: Sequence[Fact]) -> float | None:
    """Share of the facts that the answer contains; None without facts."""
    if not facts:
        return None
    return sum(contains_fact(answer, fact) for fact in facts) / len(facts)


def auroc(has_answer: NDArray[np.bool_], confidence: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Probability that a question with an answer got a higher confidence than one without; ties count half.

    `weights` says how often each question counts. nan where one of the two kinds is missing or has no weight.
    """
    order = np.argsort(confidence, kind="stable")
    _, group = np.unique(confidence[order], return_inverse=True)
    with_answer = np.bincount(group, weights=(weights * has_answer)[order])
    without = np.bincount(group, weights=(weights * ~has_answer)[order])
    pairs = with_answer.sum() * without.sum()
    if pairs == 0:
        return math.nan
    below = np.cumsum(without) - without
    return float((with_answer * (below + without / 2)).sum() / pairs)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            last = merged.pop()
            merged.append(Span(last.start, max(last.end, span.end)))
        else:
            merged.append(span)
    return merged


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
