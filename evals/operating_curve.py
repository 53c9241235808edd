"""Operating curve: what answering less often would buy, from each case's confidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.scoring import CaseResult


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What would happen if exactly the questions with at least this confidence were answered.

    `coverage`: share of all questions that are answered. `risk`: share of those that have no answer in the documents.
    """

    confidence: float
    coverage: float
    risk: float
    abstention_recall: float
    false_abstention: float


def operating_curve(results: Sequence[CaseResult]) -> tuple[OperatingPoint, ...]:
    """One point per distinct confidence, highest first; empty unless there are questions with and without an answer."""
    asked = [(result.confidence, result.case.has_answer) for result in results]
    known = [(confidence, label) for confidence, label in asked if confidence is not None and label is not None]
    confidence = np.array([value for value, _ in known], dtype=np.float64)
    has_answer = np.array([label for _, label in known], dtype=np.bool_)
    with_answer, without = int(has_answer.sum()), int((~has_answer).sum())
    if not with_answer or not without:
        return ()
    order = np.argsort(-confidence, kind="stable")
    right, wrong = np.cumsum(has_answer[order]), np.cumsum(~has_answer[order])
    last_of_each = np.append(np.flatnonzero(np.diff(confidence[order])), len(known) - 1)
    return tuple(
        OperatingPoint(
            confidence=float(confidence[order][place]),
            coverage=float((place + 1) / len(known)),
            risk=float(wrong[place] / (place + 1)),
            abstention_recall=float(1 - wrong[place] / without),
            false_abstention=float(1 - right[place] / with_answer),
        )
        for place in last_of_each
    )


def area_under_risk(curve: Sequence[OperatingPoint]) -> float | None:
    """Mean risk over all coverages (0 is perfect); None without a curve."""
    if not curve:
        return None
    starts = [0.0, *(point.coverage for point in curve[:-1])]
    return sum(point.risk * (point.coverage - start) for start, point in zip(starts, curve, strict=True))


def at_coverages(curve: Sequence[OperatingPoint], coverages: Sequence[float]) -> tuple[OperatingPoint, ...]:
    """For each coverage the first point that reaches it."""
    points = [next((point for point in curve if point.coverage >= coverage - 1e-9), None) for coverage in coverages]
    return tuple(dict.fromkeys(point for point in points if point is not None))
