import numpy as np
import pytest

from evals.bootstrap import draws, interval, mean, once, percentile, total


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(0).random(50)
    assert interval(values, range(50), mean, seed=7) == interval(values, range(50), mean, seed=7)
    assert interval(values, range(50), mean, seed=7) != interval(values, range(50), mean, seed=8)


def test_an_interval_of_the_mean_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(11)
    covered = 0
    for trial in range(100):
        found = interval((random.random(80) < 0.7).astype(float), range(80), mean, seed=trial)
        assert found is not None
        covered += found.low <= 0.7 <= found.high
    assert 0.87 <= covered / 100 <= 0.99


def test_an_interval_of_the_mean_has_the_width_that_the_standard_error_tells() -> None:
    values = np.random.default_rng(3).normal(size=400)
    found = interval(values, range(400), mean, seed=1)
    assert found is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_cases_of_one_cluster_are_drawn_together() -> None:
    drawn = draws(["a", "b", "a", "c", "b"], seed=5)
    assert np.array_equal(drawn[:, 0], drawn[:, 2])
    assert np.array_equal(drawn[:, 1], drawn[:, 4])
    assert np.array_equal(drawn[:, 0] + drawn[:, 1] + drawn[:, 3], np.full(len(drawn), 3))


def test_dependent_cases_make_the_interval_wider() -> None:
    values = np.repeat(np.random.default_rng(4).random(20), 10)
    alone = interval(values, range(200), mean, seed=1)
    together = interval(values, [number // 10 for number in range(200)], mean, seed=1)
    assert alone is not None
    assert together is not None
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_one_cluster_leaves_no_interval() -> None:
    assert interval(np.array([1.0, 0.0]), ["a", "a"], mean, seed=1) is None


def test_values_that_never_differ_give_an_interval_without_width() -> None:
    found = interval(np.zeros(30), range(30), total, seed=1)
    assert found is not None
    assert (found.low, found.high) == (0, 0)


def test_a_percentile_lies_among_the_drawn_values() -> None:
    values = np.arange(101.0)
    assert once(values, percentile(95)) == pytest.approx(95)
    found = interval(values, range(101), percentile(50), seed=1)
    assert found is not None
    assert 0 < found.low < 50 < found.high < 100
