"""Confidence intervals: 95 % percentile bootstrap that resamples whole clusters of dependent cases."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.metric import auroc

Floats = NDArray[np.float64]
Statistic = Callable[[Floats, Floats], float]
"""Of values, one row a case, and how often each case was drawn."""

RESAMPLES = 2_000
LOW_PERCENT, HIGH_PERCENT = 2.5, 97.5


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


def mean(values: Floats, drawn: Floats) -> float:
    return float(values @ drawn / drawn.sum())


def total(values: Floats, drawn: Floats) -> float:
    return float(values @ drawn)


def percentile(percent: float) -> Statistic:
    def of(values: Floats, drawn: Floats) -> float:
        return float(np.percentile(np.repeat(values, drawn.astype(np.int64)), percent))

    return of


def separation(values: Floats, drawn: Floats) -> float:
    """AUROC; columns: 1 where the question has an answer (else 0), confidence."""
    return auroc(values[:, 0] == 1, values[:, 1], drawn)


def draws(clusters: Sequence[Hashable], seed: int, resamples: int = RESAMPLES) -> Floats:
    """How often each case is drawn, shape (resamples, cases). The cases of a cluster are drawn together."""
    names: dict[Hashable, int] = {}
    members = np.array([names.setdefault(cluster, len(names)) for cluster in clusters], dtype=np.int64)
    random = np.random.default_rng(seed)
    of_clusters = random.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    return of_clusters[:, members].astype(np.float64)


def interval(values: Floats, clusters: Sequence[Hashable], statistic: Statistic, seed: int) -> Interval | None:
    """None where fewer than two clusters leave nothing to vary. Draws with undefined statistic (nan) do not count."""
    if len(set(clusters)) < 2:
        return None
    found = np.array([statistic(values, drawn) for drawn in draws(clusters, seed)])
    found = found[~np.isnan(found)]
    if not len(found):
        return None
    low, high = np.percentile(found, [LOW_PERCENT, HIGH_PERCENT])
    return Interval(float(low), float(high))
