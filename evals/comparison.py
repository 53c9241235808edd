"""Comparisons: two runs over the same cases, paired, so that the difficulty of the questions cancels out."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from corpus.errors import Invalid
from evals.bootstrap import Floats, Statistic, draws, interval_of, mean, once, separation
from evals.metric import Metric


@dataclass(frozen=True, slots=True)
class CaseScores:
    """What a run measured on one case. `confidence` is None where it was not answered."""

    id: str
    cluster: Hashable
    scores: Mapping[Metric, float]
    has_answer: bool | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """`value` is after minus before, over the `n` cases that both runs measured; the bounds are those of 95 %."""

    metric: Metric
    before: float
    after: float
    value: float
    low: float | None
    high: float | None
    n: int

    @property
    def is_certain(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


class NotAReport(Invalid):
    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} is not a report that `groundwork evaluate --json` wrote: {reason}")
        self.path = path


class NotPaired(Invalid):
    def __init__(self, before: str, after: str) -> None:
        super().__init__(f"The runs cannot be compared: {before} and {after} share no case.")
        self.before = before
        self.after = after


class _Case(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    id: str
    cluster: str
    scores: dict[str, float]
    has_answer: bool | None
    confidence: float | None


class _Report(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    set: str
    cases: list[_Case]


def read_case_scores(path: Path) -> list[CaseScores]:
    """From a report's JSON file; scores of metrics that this version does not know are left out."""
    try:
        report = _Report.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise NotAReport(path, error.errors(include_url=False)[0]["msg"]) from error
    known = {metric.value: metric for metric in Metric}
    return [
        CaseScores(
            id=f"{report.set} {case.id}",
            cluster=case.cluster,
            scores={known[name]: score for name, score in case.scores.items() if name in known},
            has_answer=case.has_answer,
            confidence=case.confidence,
        )
        for case in report.cases
    ]


def compare(before: Sequence[CaseScores], after: Sequence[CaseScores], seed: int) -> list[Difference]:
    """Differences of the means (and of AUROC), in the order of Metric, for metrics that any case has in both runs."""
    later = {case.id: case for case in after}
    pairs = [(case, later[case.id]) for case in before if case.id in later]
    if not pairs:
        raise NotPaired(f"{len(before)} cases", f"{len(after)} cases")
    differences = []
    for metric in Metric:
        if metric is Metric.ABSTENTION_AUROC:
            found = _compare_auroc(pairs, seed)
        else:
            found = _compare_means(metric, pairs, seed)
        if found is not None:
            differences.append(found)
    return differences


def _compare_means(metric: Metric, pairs: Sequence[tuple[CaseScores, CaseScores]], seed: int) -> Difference | None:
    both = [(old, new) for old, new in pairs if metric in old.scores and metric in new.scores]
    if not both:
        return None
    before = np.array([old.scores[metric] for old, _ in both])
    after = np.array([new.scores[metric] for _, new in both])
    return _difference(metric, before, after, mean, [old.cluster for old, _ in both], seed)


def _compare_auroc(pairs: Sequence[tuple[CaseScores, CaseScores]], seed: int) -> Difference | None:
    both = [
        (old, new)
        for old, new in pairs
        if old.has_answer is not None and old.confidence is not None and new.confidence is not None
    ]
    if len({old.has_answer for old, _ in both}) < 2:
        return None
    before = np.array([(old.has_answer, old.confidence) for old, _ in both], dtype=np.float64)
    after = np.array([(old.has_answer, new.confidence) for old, new in both], dtype=np.float64)
    return _difference(Metric.ABSTENTION_AUROC, before, after, separation, [old.cluster for old, _ in both], seed)


def _difference(
    metric: Metric, before: Floats, after: Floats, statistic: Statistic, clusters: Sequence[Hashable], seed: int
) -> Difference:
    bounds = None
    if len(set(clusters)) > 1:
        drawn = draws(clusters, seed)
        bounds = interval_of(statistic(after, drawn) - statistic(before, drawn))
    first, second = once(before, statistic), once(after, statistic)
    low, high = (None, None) if bounds is None else (bounds.low, bounds.high)
    return Difference(metric, first, second, second - first, low, high, len(before))
