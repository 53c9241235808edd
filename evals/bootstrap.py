"""Confidence intervals: 95 % percentile bootstrap that resamples whole clusters of dependent cases."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.metric import auroc

Floats = NDArray[np.float64]
Statistic = Callable[[Floats, Floats], Floats]
"""Of values, one row a case, for each resample, given how often it draws each case: shape (resamples, cases)."""

RESAMPLES = 2_000
LOW_PERCENT, HIGH_PERCENT = 2.5, 97.5


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


def mean(values: Floats, drawn: Floats) -> Floats:
    means: Floats = drawn @ values / drawn.sum(axis=1)
    return means


def total(values: Floats, drawn: Floats) -> Floats:
    totals: Floats = drawn @ values
    return totals


def percentile(percent: float) -> Statistic:
    def of(values: Floats, drawn: Floats) -> Floats:
        return np.array([np.percentile(np.repeat(values, row.astype(np.int64)), percent) for row in drawn])

    return of


def separation(values: Floats, drawn: Floats) -> Floats:
    """AUROC; columns: 1 where the question has an answer (else 0), confidence. nan where it is undefined."""
    return np.array([auroc(values[:, 0] == 1, values[:, 1], row) for row in drawn])


def once(values: Floats, statistic: Statistic) -> float:
    """The statistic of the values as they are."""
    return float(statistic(values, np.ones((1, len(values))))[0])


def draws(clusters: Sequence[Hashable], seed: int, resamples: int = RESAMPLES) -> Floats:
    """How often each case is drawn, shape (resamples, cases). The cases of a cluster are drawn together."""
    names: dict[Hashable, int] = {}
    members = np.array([names.setdefault(cluster, len(names)) for cluster in clusters], dtype=np.int64)
    random = np.random.default_rng(seed)
    of_clusters = random.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    return of_clusters[:, members].astype(np.float64)


def interval(values: Floats, clusters: Sequence[Hashable], statistic: Statistic, seed: int) -> Interval | None:
    """None where fewer than two clusters leave nothing to vary. Undefined draws (nan) are left out."""
    if len(set(clusters)) < 2:
        return None
    return interval_of(statistic(values, draws(clusters, seed)))


def interval_of(resampled: Floats) -> Interval | None:
    """None where no resample has a defined statistic."""
    defined = resampled[~np.isnan(resampled)]
    if not len(defined):
        return None
    low, high = np.percentile(defined, [LOW_PERCENT, HIGH_PERCENT])
    return Interval(float(low), float(high))
