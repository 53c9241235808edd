from pathlib import Path

import numpy as np
import pytest

from evals.case import Answerable, Case
from evals.comparison import CaseScores, Difference, NotAReport, NotPaired, compare, read_case_scores
from evals.metric import Metric
from evals.report import as_json, report_of
from evals.run import Options, Run
from evals.scoring import CaseResult


def scores(values: list[float]) -> list[CaseScores]:
    return [CaseScores(str(number), number, {Metric.HIT_1: value}) for number, value in enumerate(values)]


def the_difference(before: list[CaseScores], after: list[CaseScores], metric: Metric = Metric.HIT_1) -> Difference:
    return next(found for found in compare(before, after, seed=1) if found.metric is metric)


def test_the_difference_is_after_minus_before_over_the_cases_of_both() -> None:
    found = the_difference(scores([0, 0, 1, 1]), scores([1, 0, 1, 1])[:3])
    assert found.n == 3
    assert (found.before, found.after) == pytest.approx((1 / 3, 2 / 3))
    assert found.value == pytest.approx(1 / 3)


def test_pairing_makes_a_small_steady_gain_certain() -> None:
    difficulty = np.random.default_rng(1).random(60)
    found = the_difference(scores(list(difficulty)), scores(list(difficulty + 0.02)))
    assert found.is_certain
    assert found.low == pytest.approx(0.02)


def test_equal_runs_do_not_differ() -> None:
    found = the_difference(scores([0, 1, 1, 0]), scores([0, 1, 1, 0]))
    assert (found.value, found.low, found.high) == (0, 0, 0)
    assert not found.is_certain


def test_auroc_is_compared_too() -> None:
    def a_run(confidences: list[float]) -> list[CaseScores]:
        return [
            CaseScores(str(number), number, {}, has_answer=number % 2 == 0, confidence=confidence)
            for number, confidence in enumerate(confidences)
        ]

    found = the_difference(a_run([0.1, 0.9, 0.2, 0.8]), a_run([0.9, 0.1, 0.8, 0.2]), Metric.ABSTENTION_AUROC)
    assert (found.before, found.after, found.value) == (0, 1, 1)


def test_runs_over_different_cases_are_refused() -> None:
    with pytest.raises(NotPaired):
        compare(scores([1]), [CaseScores("other", 1, {})], seed=1)


def test_reports_are_read_back_from_their_files(tmp_path: Path) -> None:
    result = CaseResult(Case("q1", "?", Answerable.NO), {Metric.ABSTENTION_RECALL: 1.0}, 0.2, 1.0, 1.0)
    path = tmp_path / "report.json"
    path.write_text(as_json(report_of(Run("handbook", Options(), 1, (result,), ()), seed=1)), encoding="utf-8")
    expected = CaseScores("handbook q1", "q1", {Metric.ABSTENTION_RECALL: 1.0}, has_answer=False, confidence=0.2)
    assert read_case_scores(path) == [expected]


def test_a_file_that_is_no_report_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text('{"set": "handbook"}', encoding="utf-8")
    with pytest.raises(NotAReport, match=r"report\.json"):
        read_case_scores(path)
