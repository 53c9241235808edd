import json
from pathlib import Path

import pytest

from evals.case import Answerable, Case, Evidence, Part
from evals.metric import Metric
from evals.report import Measured, Report, as_json, as_table, clusters_of, report_of
from evals.run import Options, Run
from evals.scoring import CaseResult
from evals.system import Unread

PUBLISHED_NAMES = {
    "hit@1",
    "hit@5",
    "hit@10",
    "recall@3",
    "recall@5",
    "mrr",
    "ndcg@5",
    "ndcg@10",
    "span_recall@5",
    "citation_precision",
    "citation_recall",
    "answered_rate",
    "abstention_recall",
    "false_abstention",
    "abstention_auroc",
    "facts_contained",
    "unverified_shown",
    "latency_p50_ms",
    "latency_p95_ms",
}


def a_result(
    number: int, *, hit: float, answerable: Answerable = Answerable.YES, confidence: float = 0.5
) -> CaseResult:
    case = Case(str(number), "?", answerable)
    return CaseResult(case, {Metric.HIT_1: hit}, confidence, search_ms=10.0, answer_ms=float(number))


def a_report(*results: CaseResult, unread: tuple[Unread, ...] = ()) -> Report:
    return report_of(Run("handbook", Options(part=Part.HELD_OUT), 300, results, unread), seed=1)


def measured(report: Report, metric: Metric) -> Measured:
    return next(found for found in report.measured if found.metric is metric)


def test_a_metric_is_the_mean_over_the_cases_it_was_measured_on() -> None:
    results = [a_result(number, hit=float(number < 30)) for number in range(40)]
    unmeasured = CaseResult(Case("x", "?", Answerable.NO), {}, 0.1, 1.0, 1.0)
    found = measured(a_report(*results, unmeasured), Metric.HIT_1)
    assert (found.value, found.n) == (0.75, 40)
    assert found.low is not None
    assert found.high is not None
    assert 0.55 < found.low < 0.75 < found.high < 0.95


def test_latency_is_given_as_percentiles() -> None:
    report = a_report(*(a_result(number, hit=1) for number in range(101)))
    assert measured(report, Metric.LATENCY_P50_MS).value == 50
    assert measured(report, Metric.LATENCY_P95_MS).value == 95


def test_auroc_tells_how_well_confidence_separates() -> None:
    report = a_report(
        a_result(1, hit=1, confidence=0.9),
        a_result(2, hit=1, confidence=0.3),
        a_result(3, hit=1, answerable=Answerable.NO, confidence=0.4),
        a_result(4, hit=1, answerable=Answerable.UNCLEAR, confidence=0.99),
    )
    assert measured(report, Metric.ABSTENTION_AUROC).value == 0.5
    assert measured(report, Metric.ABSTENTION_AUROC).n == 3


def test_what_was_not_measured_is_said_so_and_never_a_zero() -> None:
    report = a_report(a_result(1, hit=1), a_result(2, hit=0))
    assert measured(report, Metric.FACTS_CONTAINED) == Measured(Metric.FACTS_CONTAINED, None, None, None, 0)
    assert measured(report, Metric.ABSTENTION_AUROC).value is None
    line = next(line for line in as_table(report).splitlines() if line.startswith("facts_contained"))
    assert line.split() == ["facts_contained", "not", "measured"]


def test_the_json_names_every_metric_with_value_bounds_and_count() -> None:
    content = json.loads(as_json(a_report(a_result(1, hit=1), a_result(2, hit=0))))
    assert content["set"] == "handbook"
    assert set(content["metrics"]) >= PUBLISHED_NAMES
    assert set(content["metrics"]["hit@1"]) == {"value", "low", "high", "n"}
    assert content["metrics"]["hit@1"]["value"] == 0.5
    assert content["metrics"]["mrr"] == {"value": None, "low": None, "high": None, "n": 0}


def test_both_forms_say_which_part_was_asked_and_how_many_cases() -> None:
    report = a_report(a_result(1, hit=1), a_result(2, hit=0))
    run = json.loads(as_json(report))["run"]
    assert (run["part"], run["cases"], run["cases_in_set"]) == ("held-out", 2, 300)
    assert "2 of 300 cases (the held-out part)" in as_table(report)


def test_failed_calls_and_documents_not_read_are_named() -> None:
    failed = CaseResult(Case("q7", "?", Answerable.YES), {}, -1.0, 1.0, 1.0, ("answer: Unavailable: Too slow.",))
    table = as_table(a_report(failed, unread=(Unread("scan.pdf", "No text layer."),)))
    assert "q7: answer: Unavailable: Too slow." in table
    assert "scan.pdf: No text layer." in table


def test_the_operating_curve_is_printed_where_there_is_one() -> None:
    both = a_report(a_result(1, hit=1, confidence=0.9), a_result(2, hit=1, answerable=Answerable.NO, confidence=0.2))
    assert "Operating curve" in as_table(both)
    assert "Operating curve" not in as_table(a_report(a_result(1, hit=1)))


def test_an_empty_run_measures_nothing() -> None:
    report = a_report()
    assert all(found.value is None for found in report.measured)
    assert json.loads(as_json(report))["cases"] == []


@pytest.mark.parametrize(
    ("cases", "unit"),
    [
        ([Case(str(n), "?", Answerable.YES, conversation=str(n % 2)) for n in range(4)], "conversation"),
        ([Case(str(n), "?", Answerable.YES, evidence=(Evidence(str(n)),)) for n in range(20)], "document"),
        ([Case(str(n), "?", Answerable.YES, evidence=(Evidence(str(n)),)) for n in range(19)], "case"),
        ([Case(str(n), "?", Answerable.YES, paraphrase_group=str(n % 2)) for n in range(4)], "paraphrase group"),
    ],
)
def test_intervals_resample_the_widest_thing_that_there_are_enough_of(cases: list[Case], unit: str) -> None:
    assert clusters_of(cases)[0] == unit


def test_the_report_can_be_written_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(as_json(a_report(a_result(1, hit=1))), encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8"))["cases"][0]["scores"] == {"hit@1": 1.0}
