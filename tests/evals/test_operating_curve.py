from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.case import Answerable, Case
from evals.operating_curve import OperatingPoint, area_under_risk, at_coverages, operating_curve
from evals.scoring import CaseResult


def results(*asked: tuple[float, Answerable]) -> list[CaseResult]:
    return [
        CaseResult(Case(str(number), "?", answerable), {}, confidence=confidence)
        for number, (confidence, answerable) in enumerate(asked)
    ]


YES, NO, UNCLEAR = Answerable.YES, Answerable.NO, Answerable.UNCLEAR


def test_each_confidence_is_a_point_where_one_could_stop_answering() -> None:
    curve = operating_curve(results((0.9, YES), (0.7, NO), (0.7, YES), (0.2, NO), (0.5, UNCLEAR)))
    assert curve == (
        OperatingPoint(0.9, coverage=0.25, risk=0, abstention_recall=1, false_abstention=0.5),
        OperatingPoint(0.7, coverage=0.75, risk=1 / 3, abstention_recall=0.5, false_abstention=0),
        OperatingPoint(0.2, coverage=1, risk=0.5, abstention_recall=0, false_abstention=0),
    )
    assert area_under_risk(curve) == pytest.approx(0.5 / 3 + 0.25 / 2)


def test_there_is_no_curve_without_both_kinds_of_questions() -> None:
    assert operating_curve(results((0.9, YES), (0.1, YES))) == ()
    assert area_under_risk(()) is None


def test_points_are_picked_by_coverage_each_once() -> None:
    curve = operating_curve(results((0.9, YES), (0.7, NO), (0.7, YES), (0.2, NO)))
    assert [point.coverage for point in at_coverages(curve, (0.1, 0.2, 0.3, 1.0))] == [0.25, 0.75, 1]


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.6, 0.9]), st.sampled_from([YES, NO])), max_size=30))
def test_answering_more_never_abstains_more(asked: list[tuple[float, Answerable]]) -> None:
    curve = operating_curve(results(*asked))
    for earlier, later in pairwise(curve):
        assert earlier.coverage < later.coverage
        assert earlier.abstention_recall >= later.abstention_recall
        assert earlier.false_abstention >= later.false_abstention
    if curve:
        assert (curve[-1].coverage, curve[-1].abstention_recall, curve[-1].false_abstention) == (1, 0, 0)
