import pytest

from benchmarks.measurement import Measurement, line


@pytest.mark.parametrize(("lower_is_better", "ratio"), [(True, 4), (False, 0.25)])
def test_the_ratio_says_how_many_times_better_groundwork_is(lower_is_better: bool, ratio: float) -> None:
    assert Measurement("x", "s", 5, 20, lower_is_better=lower_is_better).ratio == ratio


def test_there_is_no_ratio_to_nothing() -> None:
    assert Measurement("x", "s", 5).ratio is None
    assert Measurement("x", "s", 0, 20).ratio is None


def test_a_line_shows_both_numbers_the_ratio_and_the_target() -> None:
    shown = line(Measurement("ingestion", "s", 12.34, 1234.5, "at least 2.5 x"))
    assert shown.split() == ["ingestion,", "s", "12.3", "1,234", "100.0", "x", "at", "least", "2.5", "x"]
