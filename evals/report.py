"""Reports: a run's metrics with their intervals, for the terminal and as JSON."""

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from evals.bootstrap import Floats, Statistic, interval, mean, once, percentile, separation, total
from evals.case import Case
from evals.metric import Metric
from evals.operating_curve import OperatingPoint, area_under_risk, at_coverages, operating_curve
from evals.run import Run
from evals.scoring import CaseResult
from evals.system import Unread

FEWEST_DOCUMENTS = 20
"""Resampling fewer documents than this gives intervals that mean nothing; then cases are resampled."""

PRINTED_COVERAGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Measured:
    """`value` None means not measured. `n` counts the cases it was measured on; the bounds are those of 95 %."""

    metric: Metric
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Report:
    """`resampled_by` says what the intervals treat as independent: conversation, document, paraphrase group or case."""

    run: Run
    seed: int
    resampled_by: str
    measured: tuple[Measured, ...]
    curve: tuple[OperatingPoint, ...]

    @property
    def failed_calls(self) -> int:
        return sum(len(result.failures) for result in self.run.results)

    @property
    def unread(self) -> tuple[Unread, ...]:
        return self.run.unread


@dataclass(frozen=True, slots=True)
class _Measure:
    """How the values of cases (None: not measured on this one) become one number."""

    metric: Metric
    of_case: Callable[[CaseResult], tuple[float, ...] | None]
    statistic: Statistic


def _score(metric: Metric) -> Callable[[CaseResult], tuple[float, ...] | None]:
    def of_case(result: CaseResult) -> tuple[float, ...] | None:
        return (result.scores[metric],) if metric in result.scores else None

    return of_case


def _answer_time(result: CaseResult) -> tuple[float, ...] | None:
    return None if result.answer_ms is None else (result.answer_ms,)


def _search_time(result: CaseResult) -> tuple[float, ...] | None:
    return None if result.search_ms is None else (result.search_ms,)


def _label_and_confidence(result: CaseResult) -> tuple[float, ...] | None:
    if result.confidence is None or result.case.has_answer is None:
        return None
    return (float(result.case.has_answer), result.confidence)


_SUMMED = frozenset({Metric.UNVERIFIED_SHOWN, Metric.CITATIONS_ON_ABSTENTION, Metric.FAILED_CALLS})
_COUNTED = frozenset({Metric.WORDS_5, Metric.CHUNKS_5})
_OTHER_MEASURES = {
    Metric.ABSTENTION_AUROC: _Measure(Metric.ABSTENTION_AUROC, _label_and_confidence, separation),
    Metric.LATENCY_P50_MS: _Measure(Metric.LATENCY_P50_MS, _answer_time, percentile(50)),
    Metric.LATENCY_P95_MS: _Measure(Metric.LATENCY_P95_MS, _answer_time, percentile(95)),
    Metric.SEARCH_P50_MS: _Measure(Metric.SEARCH_P50_MS, _search_time, percentile(50)),
    Metric.SEARCH_P95_MS: _Measure(Metric.SEARCH_P95_MS, _search_time, percentile(95)),
}


def report_of(run: Run, seed: int) -> Report:
    resampled_by, clusters = clusters_of([result.case for result in run.results])
    measured = []
    for metric in Metric:
        measure = _OTHER_MEASURES.get(metric) or _Measure(metric, _score(metric), total if metric in _SUMMED else mean)
        measured.append(_measured(measure, run.results, clusters, seed))
    return Report(run, seed, resampled_by, tuple(measured), operating_curve(run.results))


def clusters_of(cases: Sequence[Case]) -> tuple[str, list[Hashable]]:
    """The widest thing that cases share and that there are enough of, by name, and each case's one."""
    if any(case.conversation is not None for case in cases):
        return "conversation", [case.origin for case in cases]
    documents = {case.evidence[0].document for case in cases if case.evidence}
    if len(documents) >= FEWEST_DOCUMENTS:
        return "document", [case.origin for case in cases]
    if any(case.paraphrase_group is not None for case in cases):
        return "paraphrase group", [case.paraphrase_group or case.id for case in cases]
    return "case", [case.id for case in cases]


def _measured(measure: _Measure, results: Sequence[CaseResult], clusters: Sequence[Hashable], seed: int) -> Measured:
    rows = [(measure.of_case(result), cluster) for result, cluster in zip(results, clusters, strict=True)]
    known = [(values, cluster) for values, cluster in rows if values is not None]
    if not known:
        return Measured(measure.metric, None, None, None, 0)
    values: Floats = np.array([row for row, _ in known], dtype=np.float64)
    if values.shape[1] == 1:
        values = values[:, 0]
    value = once(values, measure.statistic)
    if np.isnan(value):
        return Measured(measure.metric, None, None, None, len(known))
    bounds = interval(values, [cluster for _, cluster in known], measure.statistic, seed)
    low, high = (None, None) if bounds is None else (bounds.low, bounds.high)
    return Measured(measure.metric, value, low, high, len(known))


def as_json(report: Report) -> str:
    run = report.run
    content = {
        "set": run.set_name,
        "metrics": {
            measured.metric.value: {
                "value": measured.value,
                "low": measured.low,
                "high": measured.high,
                "n": measured.n,
            }
            for measured in report.measured
        },
        "run": {
            "cases": len(run.results),
            "cases_in_set": run.cases_in_set,
            "part": run.options.part.value if run.options.part else "all",
            "limit": run.options.limit,
            "question": run.options.question.value,
            "scope": run.options.scope.value,
            "resampled_by": report.resampled_by,
            "seed": report.seed,
        },
        "operating_curve": [asdict(point) for point in report.curve],
        "unread": [asdict(unread) for unread in run.unread],
        "cases": [
            _case_record(result, cluster)
            for result, cluster in zip(
                run.results, clusters_of([result.case for result in run.results])[1], strict=True
            )
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _case_record(result: CaseResult, cluster: Hashable) -> dict[str, object]:
    return {
        "id": result.case.id,
        "cluster": str(cluster),
        "tags": list(result.case.tags),
        "has_answer": result.case.has_answer,
        "confidence": result.confidence,
        "search_ms": result.search_ms,
        "answer_ms": result.answer_ms,
        "failures": list(result.failures),
        "scores": {metric.value: score for metric, score in result.scores.items()},
    }


def as_table(report: Report) -> str:
    run = report.run
    options = run.options
    part = f"the {options.part.value} part" if options.part else "all parts"
    lines = [
        f"{run.set_name}: {len(run.results)} of {run.cases_in_set} cases ({part}); "
        f"question: {options.question.value}; scope: {options.scope.value}; "
        f"intervals of 95 %, resampled by {report.resampled_by}",
        "",
        f"{'metric':<26}{'value':>10}   {'95 % interval':<22}{'cases':>6}",
    ]
    lines += [_row(measured) for measured in report.measured]
    if report.curve:
        lines += ["", *_curve_lines(report)]
    if run.unread:
        lines += ["", f"Documents not read ({len(run.unread)}):"]
        lines += [f"  {unread.source}: {unread.reason}" for unread in run.unread]
    failed = [(result.case.id, failure) for result in run.results for failure in result.failures]
    if failed:
        lines += ["", f"Failed calls, counted as wrong ({len(failed)}):"]
        lines += [f"  {case_id}: {failure}" for case_id, failure in failed]
    return "\n".join(lines)


def _row(measured: Measured) -> str:
    if measured.value is None:
        return f"{measured.metric.value:<26}{'not measured':>12}"
    digits = 1 if measured.metric.value.endswith("_ms") or measured.metric in _COUNTED else 3
    if measured.metric in _SUMMED:
        digits = 0
    bounds = ""
    if measured.low is not None and measured.high is not None:
        bounds = f"{measured.low:.{digits}f} to {measured.high:.{digits}f}"
    return f"{measured.metric.value:<26}{measured.value:>10.{digits}f}   {bounds:<22}{measured.n:>6}"


def _curve_lines(report: Report) -> list[str]:
    area = area_under_risk(report.curve)
    lines = [
        "Operating curve: answering only from this confidence on, share of questions answered, share of those without",
        f"an answer in the documents (risk; mean over all coverages {area:.3f}), abstentions right and wrong",
        f"{'confidence':>12}{'coverage':>12}{'risk':>12}{'abst. recall':>14}{'false abst.':>14}",
    ]
    lines += [
        f"{point.confidence:>12.3f}{point.coverage:>12.3f}{point.risk:>12.3f}"
        f"{point.abstention_recall:>14.3f}{point.false_abstention:>14.3f}"
        for point in at_coverages(report.curve, PRINTED_COVERAGES)
    ]
    return lines
