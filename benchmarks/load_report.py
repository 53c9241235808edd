"""What people met under load, and the numbers made of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

TOO_MANY = (429, 503)
"""How a server says that it is too much. Any other status from 500 on is a failure."""


class Action(StrEnum):
    ASK = "ask"
    READ = "read"
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True)
class Sample:
    """One request. Times in seconds; `began` by the clock of the run. `status` 0: the connection failed.

    `first_s`: until the first sentence of an answer, None where there was none.
    """

    phase: str
    action: Action
    began: float
    status: int
    took_s: float
    first_s: float | None = None
    told_to_wait: bool = False
    """Whether a refusal said when to come back."""

    @property
    def is_refused(self) -> bool:
        return self.status in TOO_MANY

    @property
    def is_failed(self) -> bool:
        return self.status == 0 or (self.status >= 500 and not self.is_refused)

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 400


@dataclass(frozen=True, slots=True)
class Quantiles:
    """In milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    most: float


@dataclass(frozen=True, slots=True)
class PhaseReport:
    """`first_sentence` and `answer`: of questions that were answered. `refusal`: of any request that was refused."""

    phase: str
    seconds: float
    requests: int
    per_second: float
    statuses: dict[str, int]
    failed: int
    refused: int
    refused_without_retry_after: int
    first_sentence: Quantiles | None
    answer: Quantiles | None
    read: Quantiles | None
    upload: Quantiles | None
    refusal: Quantiles | None


def report(phase: str, seconds: float, samples: Sequence[Sample]) -> PhaseReport:
    own = [sample for sample in samples if sample.phase == phase]
    statuses: dict[str, int] = {}
    for sample in own:
        statuses[str(sample.status)] = statuses.get(str(sample.status), 0) + 1
    return PhaseReport(
        phase=phase,
        seconds=round(seconds, 1),
        requests=len(own),
        per_second=round(len(own) / seconds, 2),
        statuses=dict(sorted(statuses.items())),
        failed=sum(sample.is_failed for sample in own),
        refused=sum(sample.is_refused for sample in own),
        refused_without_retry_after=sum(sample.is_refused and not sample.told_to_wait for sample in own),
        first_sentence=quantiles([sample.first_s for sample in own if sample.is_done and sample.first_s is not None]),
        answer=_took(own, Action.ASK),
        read=_took(own, Action.READ),
        upload=_took(own, Action.UPLOAD),
        refusal=quantiles([sample.took_s for sample in own if sample.is_refused]),
    )


def quantiles(seconds: Sequence[float]) -> Quantiles | None:
    if not seconds:
        return None
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1000, 1)

    return Quantiles(len(ordered), at(0.5), at(0.95), at(0.99), round(ordered[-1] * 1000, 1))


def back_to_normal_s(samples: Sequence[Sample], ended: float, slow_s: float, window_s: float) -> float | None:
    """Seconds after `ended` until nobody is refused any more and 95 % of first sentences come within `slow_s`.

    Judged in windows; None if that is not reached in what was measured, or nothing was.
    """
    after = sorted((sample for sample in samples if sample.began >= ended), key=lambda sample: sample.began)
    if not after:
        return None
    bad_until = 0.0
    windows = int((after[-1].began - ended) // window_s) + 1
    for number in range(windows):
        inside = [s for s in after if number * window_s <= s.began - ended < (number + 1) * window_s]
        first = [sample.first_s for sample in inside if sample.first_s is not None]
        slow = sum(seconds > slow_s for seconds in first) > 0.05 * len(first)
        if slow or any(sample.is_refused or sample.is_failed for sample in inside):
            bad_until = (number + 1) * window_s
    return None if bad_until >= windows * window_s else bad_until


def growth(megabytes: Sequence[float]) -> float | None:
    """By which share memory grew from the second tenth of the time, when all is loaded, to the last."""
    tenth = len(megabytes) // 10
    if not tenth:
        return None
    before, after = sorted(megabytes[tenth : 2 * tenth]), sorted(megabytes[-tenth:])
    return after[tenth // 2] / before[tenth // 2] - 1


def _took(samples: Sequence[Sample], action: Action) -> Quantiles | None:
    return quantiles([sample.took_s for sample in samples if sample.action is action and sample.is_done])
