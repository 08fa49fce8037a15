"""What pairs of times say about a ratio."""

import numpy as np
import pytest

from benchmarks.statistics_of_times import median_ratio, spread


def noisy_pairs(rng: np.random.Generator, factor: float, pairs: int) -> tuple[list, list]:
    """Times with a slow drift and now and then a pause, new over old ``factor`` in the middle."""
    machine = np.exp(np.cumsum(rng.normal(0.0, 0.02, pairs)))
    new, old = machine * np.exp(rng.standard_t(2, size=(2, pairs)) * 0.03)
    return list(factor * new), list(old)


def test_interval_covers_the_true_ratio_as_often_as_it_claims():
    rng = np.random.default_rng(41)
    hits = 0
    for _ in range(2000):
        ratio = median_ratio(*noisy_pairs(rng, 1.07, 20))
        hits += ratio.low <= 1.07 <= ratio.high
    # Ranks are whole numbers, so that 20 pairs give 95.9 %; 0.015 is three standard deviations.
    assert abs(hits / 2000 - 0.959) < 0.015


@pytest.mark.parametrize(
    ("factor", "verdict"), [(0.8, "faster"), (1.0, "cannot tell"), (1.3, "slower")]
)
def test_verdict(factor, verdict):
    assert median_ratio(*noisy_pairs(np.random.default_rng(5), factor, 40)).verdict == verdict


@pytest.mark.parametrize(("factor", "fails"), [(1.05, False), (1.3, True), (0.7, False)])
def test_only_a_clear_and_large_slowdown_fails(factor, fails):
    assert median_ratio(*noisy_pairs(np.random.default_rng(6), factor, 60)).too_slow is fails


def test_a_large_but_uncertain_slowdown_does_not_fail():
    ratio = median_ratio([1.5, 0.9, 1.4, 1.3, 0.8, 1.2, 1.6, 0.9], [1.0] * 8)
    assert (ratio.median > 1.1, ratio.too_slow) == (True, False)


def test_five_pairs_cannot_tell():
    assert median_ratio([2.0] * 5, [1.0] * 5).verdict == "cannot tell"


def test_ranks_of_the_interval_are_those_of_the_tables():
    # 95 % interval of a median of 10 observations: 2nd to 9th (sign test tables).
    ratio = median_ratio(list(range(1, 11)), [1.0] * 10)
    assert (ratio.low, ratio.high) == (2.0, 9.0)


def test_pairs_must_be_pairs():
    with pytest.raises(ValueError, match="found 2 new and 1 old times"):
        median_ratio([1.0, 2.0], [1.0])


def test_spread_keeps_the_best_and_the_median():
    result = spread([3.0, 1.0, 2.0])
    assert (result["median"], result["best"]) == (2.0, 1.0)
