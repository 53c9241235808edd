"""What is made of the requests that a load generator noted."""

import pytest

from benchmarks.load_report import Action, Sample, back_to_normal_s, growth, quantiles, report


def asked(began: float = 0.0, status: int = 200, first_s: float | None = 0.2, phase: str = "base") -> Sample:
    return Sample(phase, Action.ASK, began, status, 0.3, first_s if status == 200 else None, status in (429, 503))


def test_a_phase_counts_its_own_and_tells_refusals_from_failures() -> None:
    samples = [asked(), asked(status=503), asked(status=429), asked(status=500), asked(status=0), asked(phase="surge")]
    found = report("base", 10.0, samples)
    assert (found.requests, found.refused, found.failed) == (5, 2, 2)
    assert found.refused_without_retry_after == 0
    assert found.statuses == {"0": 1, "200": 1, "429": 1, "500": 1, "503": 1}
    assert found.first_sentence is not None
    assert found.first_sentence.count == 1


def test_quantiles_are_of_what_was_measured() -> None:
    found = quantiles([number / 1000 for number in range(1, 101)])
    assert found is not None
    assert (found.p50, found.p95, found.most) == (51, 96, 100)
    assert quantiles([]) is None


def test_normal_is_when_nobody_is_refused_and_sentences_come_in_time() -> None:
    samples = [asked(100 + second) for second in range(60)]
    assert back_to_normal_s(samples, 100.0, slow_s=0.5, window_s=5.0) == 0.0
    assert back_to_normal_s([*samples, asked(107, status=503)], 100.0, 0.5, 5.0) == 10.0
    slow = [asked(112, first_s=3.0), *samples]
    assert back_to_normal_s(slow, 100.0, 0.5, 5.0) == 15.0


def test_what_never_becomes_normal_says_so() -> None:
    samples = [asked(100 + second, status=503) for second in range(60)]
    assert back_to_normal_s(samples, 100.0, 0.5, 5.0) is None
    assert back_to_normal_s([], 100.0, 0.5, 5.0) is None


def test_growth_leaves_out_what_is_loaded_at_first() -> None:
    loading, steady = [100.0, 300.0, 500.0] * 4, [500.0] * 100
    assert growth(loading[:10] + steady) == pytest.approx(0.0)
    assert growth([*steady, *([550.0] * 20)]) == pytest.approx(0.1)
    assert growth([500.0]) is None
