import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.locator import Span
from evals.case import Fact
from evals.metric import (
    Ranking,
    auroc,
    characters,
    contains_fact,
    covered_characters,
    facts_contained,
    hit,
    ndcg,
    recall,
    reciprocal_rank,
)


def a_ranking(*found: set[int], gold: int) -> Ranking:
    return Ranking(tuple(frozenset(numbers) for numbers in found), gold)


SECOND_AND_FOURTH = a_ranking(set(), {0}, set(), {2}, gold=3)


def test_a_hit_is_any_gold_evidence_within_the_depth() -> None:
    assert hit(SECOND_AND_FOURTH, 1) == 0
    assert hit(SECOND_AND_FOURTH, 2) == 1


def test_recall_is_the_share_of_gold_evidence_within_the_depth() -> None:
    assert recall(SECOND_AND_FOURTH, 1) == 0
    assert recall(SECOND_AND_FOURTH, 3) == pytest.approx(1 / 3)
    assert recall(SECOND_AND_FOURTH, 5) == pytest.approx(2 / 3)


def test_the_same_evidence_found_twice_counts_once() -> None:
    assert recall(a_ranking({0}, {0}, gold=2), 5) == pytest.approx(1 / 2)
    assert ndcg(a_ranking({0}, {0}, gold=2), 5) == ndcg(a_ranking({0}, set(), gold=2), 5)


def test_reciprocal_rank_is_one_over_the_first_rank_with_gold_evidence() -> None:
    assert reciprocal_rank(SECOND_AND_FOURTH) == 1 / 2
    assert reciprocal_rank(a_ranking(set(), gold=1)) == 0
    assert reciprocal_rank(a_ranking(gold=1)) == 0


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg(SECOND_AND_FOURTH, 5) == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert ndcg(SECOND_AND_FOURTH, 3) == pytest.approx((1 / math.log2(3)) / ideal)


def test_ndcg_is_one_when_the_first_results_hold_the_gold_evidence_one_by_one_or_all_at_once() -> None:
    assert ndcg(a_ranking({1}, {0}, {2}, gold=3), 5) == pytest.approx(1)
    assert ndcg(a_ranking({0, 1, 2}, set(), gold=3), 5) == pytest.approx(1)


def test_ndcg_needs_no_more_gold_evidence_than_the_depth() -> None:
    assert ndcg(a_ranking(*({number} for number in range(5)), gold=8), 5) == pytest.approx(1)


@given(
    gold=st.integers(1, 8),
    found=st.lists(st.sets(st.integers(0, 7)), max_size=12),
    depth=st.integers(1, 12),
)
def test_search_metrics_lie_between_none_and_all(gold: int, found: list[set[int]], depth: int) -> None:
    ranking = a_ranking(*({number for number in numbers if number < gold} for numbers in found), gold=gold)
    values = [hit(ranking, depth), recall(ranking, depth), reciprocal_rank(ranking), ndcg(ranking, depth)]
    assert all(0 <= value <= 1 + 1e-9 for value in values)
    assert recall(ranking, depth) <= hit(ranking, depth)
    assert recall(ranking, depth) <= recall(ranking, depth + 1)
    assert hit(ranking, depth) <= hit(ranking, depth + 1)


def test_covered_characters_counts_each_gold_character_once() -> None:
    gold = [Span(0, 10), Span(5, 15), Span(100, 110)]
    assert characters(gold) == 25
    assert covered_characters(gold, [Span(8, 12), Span(10, 13), Span(105, 300)]) == 5 + 5


spans = st.builds(lambda start, length: Span(start, start + length), st.integers(0, 60), st.integers(1, 20))


@given(gold=st.lists(spans), shown=st.lists(spans))
def test_covered_characters_are_those_that_a_set_of_positions_would_count(gold: list[Span], shown: list[Span]) -> None:
    wanted = {position for span in gold for position in range(span.start, span.end)}
    seen = {position for span in shown for position in range(span.start, span.end)}
    assert characters(gold) == len(wanted)
    assert covered_characters(gold, shown) == len(wanted & seen)


def test_a_fact_is_contained_in_any_of_its_wordings_ignoring_case_and_white_space() -> None:
    assert contains_fact("Leave lasts\n16  WEEKS.", Fact(("16 weeks",)))
    assert contains_fact("It costs $5,813.", Fact(("5813", "$5,813")))
    assert contains_fact("Straße 7", Fact(("STRASSE 7",)))


def test_a_fact_is_not_contained_in_the_middle_of_a_word_or_number() -> None:
    assert not contains_fact("Leave lasts 116 weeks.", Fact(("16 weeks",)))
    assert not contains_fact("weekly", Fact(("week",)))


def test_facts_contained_is_a_share_and_unmeasured_without_facts() -> None:
    assert facts_contained("16 weeks, paid", [Fact(("16 weeks",)), Fact(("unpaid",))]) == 1 / 2
    assert facts_contained("16 weeks", []) is None


def test_auroc_is_the_share_of_pairs_in_the_right_order_with_ties_counting_half() -> None:
    has_answer = np.array([True, True, False, False])
    confidence = np.array([0.9, 0.4, 0.4, 0.1])
    assert auroc(has_answer, confidence, np.ones(4)) == pytest.approx((1 + 1 + 0.5 + 1) / 4)


def test_auroc_of_reversed_confidences_is_the_complement() -> None:
    random = np.random.default_rng(1)
    has_answer, confidence = random.random(100) < 0.4, random.random(100)
    forward = auroc(has_answer, confidence, np.ones(100))
    assert auroc(has_answer, -confidence, np.ones(100)) == pytest.approx(1 - forward)


def test_auroc_with_weights_is_auroc_with_repeated_cases() -> None:
    random = np.random.default_rng(2)
    has_answer, confidence = random.random(40) < 0.5, random.integers(0, 8, 40).astype(float)
    times = random.integers(0, 4, 40)
    repeated = auroc(np.repeat(has_answer, times), np.repeat(confidence, times), np.ones(times.sum()))
    assert auroc(has_answer, confidence, times.astype(float)) == pytest.approx(repeated)


def test_auroc_is_undefined_with_only_one_kind_of_question() -> None:
    assert math.isnan(auroc(np.array([True, True]), np.array([0.1, 0.2]), np.ones(2)))
