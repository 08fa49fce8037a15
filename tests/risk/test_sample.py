"""Which formula bounds a figure, and whether it covers as often as it claims."""

import math

import numpy as np
import pytest

from mc_engine.errors import StatisticError
from mc_engine.intervals import clopper_pearson, proportion, quantile_intervals
from mc_engine.risk import Sample
from tests.risk.datasets import make_draws, normal_margins

TRIALS = 2000


def assert_covers(covered, level=0.9):
    """2,000 trials: the standard error of a coverage of 0.9 is 0.007, three of them 0.02."""
    assert level - 0.03 <= np.mean(covered) <= level + 0.03


def flags_of(share, size=1000):
    return (np.arange(size) < share * size).astype(np.int8)


def test_one_replicate_is_a_random_design():
    assert Sample.of(make_draws(normal_margins(100))).replicate is None


def test_several_replicates_are_a_replicated_design():
    assert Sample.of(make_draws(normal_margins(100), replicates=4)).replicates == 4


def test_the_named_design_decides():
    draws = make_draws(normal_margins(100), replicates=4, design="random")
    assert Sample.of(draws).replicate is None


def test_replicates_are_numbered_from_zero_in_a_small_type():
    draws = make_draws(normal_margins(100), replicates=4)
    draws["replicate"] = 10 * draws["replicate"] + 300
    number = Sample.of(draws).replicate
    assert (number.dtype, number.tolist()) == (np.uint8, [k % 4 for k in range(100)])


def test_every_draw_is_counted_once():
    sample = Sample.of(make_draws(normal_margins(100), replicates=4))
    kinds = np.arange(100) % 3
    result = sample.tally(lambda rows: kinds[rows], 3)
    wanted = [[((kinds == k) & (sample.replicate == r)).sum() for r in range(4)] for k in range(3)]
    assert result.tolist() == wanted


def test_equal_weights_are_none():
    assert Sample.of(make_draws(normal_margins(10), weight=np.full(10, 3.0))).weight is None


@pytest.mark.parametrize(
    ("draws", "message"),
    [
        (make_draws(np.zeros((0, 1))), "draws: found none"),
        (make_draws(np.zeros((9, 1)), design="sobol"), "one replicate of a sobol design"),
        (make_draws(np.zeros((9, 1)), design="saltelli"), "rows for ranking are no sample"),
        (make_draws(np.zeros((2, 1)), weight=[1.0, -1.0]), "at least 0"),
        (make_draws(np.zeros((2, 1)), weight=[1.0, np.nan]), "not finite"),
    ],
)
def test_draws_that_are_no_sample_are_refused(draws, message):
    with pytest.raises(StatisticError, match=message):
        Sample.of(draws)


def test_independent_draws_take_the_binomial_interval():
    assert Sample(1000).proportion(flags_of(0.2)) == proportion(200, 0, 1000)


def test_failed_draws_widen_the_interval():
    flags = flags_of(0.2)
    flags[-50:] = -1
    assert Sample(1000).proportion(flags) == proportion(200, 50, 1000)


def test_a_weighted_share_is_that_of_the_weights():
    sample = Sample(4, weight=np.array([1.0, 2.0, 3.0, 4.0]))
    assert sample.proportion(np.array([1, 0, 0, 1])).estimate == pytest.approx(0.5)


def test_a_weighted_share_says_so():
    sample = Sample(1000, weight=np.linspace(1.0, 2.0, 1000))
    assert "effective sample size" in sample.proportion(flags_of(0.2)).method


def test_a_replicate_without_draws_takes_the_pooled_count():
    # Replicate 3 holds none of these draws, so a spread over replicates would hide it.
    sample = Sample(300, np.arange(300) % 3, 4)
    result = sample.proportion(flags_of(0.4, 300))
    wanted = clopper_pearson(120, 300)
    assert (result.low, result.high) == (wanted.low, wanted.high)


def test_no_draws_have_no_share():
    with pytest.raises(StatisticError, match="none of any weight"):
        Sample(2, weight=np.zeros(2)).proportion(np.zeros(2))


def test_one_draw_has_a_mean_without_bounds():
    result = Sample(1).mean(np.array([3.0]))
    assert (result.estimate, result.low, result.high) == (3.0, -math.inf, math.inf)


def test_quantiles_of_independent_draws_are_order_statistics():
    values = np.random.default_rng(1).normal(size=500)
    assert Sample(500).quantiles(values, (0.5,)) == quantile_intervals(values, (0.5,))


def test_a_tail_without_draws_has_no_bound():
    values = np.random.default_rng(1).normal(size=64)
    (result,) = Sample(64, np.arange(64) % 4, 4).quantiles(values, (0.99,))
    assert result.high == math.inf


def test_replicates_that_agree_still_leave_a_width():
    # Every replicate holds the same values.
    values = np.repeat(np.arange(50.0), 4)
    (result,) = Sample(200, np.arange(200) % 4, 4).quantiles(values, (0.5,))
    assert result.low <= result.estimate <= result.high


def test_a_mean_covers_as_often_as_it_claims():
    values = np.random.default_rng(11).exponential(2.0, (TRIALS, 400))
    result = [Sample(400, level=0.9).mean(row) for row in values]
    assert_covers([e.low <= 2.0 <= e.high for e in result])


def test_a_weighted_mean_covers_as_often_as_it_claims():
    rng = np.random.default_rng(12)
    covered = []
    for _ in range(TRIALS):
        # Draws of density proportional to x on [0, 1] by weight: mean 2/3.
        x = rng.random(400)
        result = Sample(400, weight=x, level=0.9).mean(x)
        covered.append(result.low <= 2.0 / 3.0 <= result.high)
    assert_covers(covered)


def replicated_rows(rng, replicates=16, size=64):
    """Latin rows of one uniform input: far more even than independent draws."""
    strata = np.argsort(rng.random((replicates, size)), axis=1)
    return ((strata + rng.random((replicates, size))) / size).ravel()


def test_a_mean_over_replicates_covers_as_often_as_it_claims():
    rng = np.random.default_rng(13)
    sample = Sample(1024, np.repeat(np.arange(16), 64), 16, level=0.9)
    result = [sample.mean(replicated_rows(rng)) for _ in range(TRIALS)]
    assert_covers([e.low <= 0.5 <= e.high for e in result])


def test_a_part_of_replicated_draws_covers_as_often_as_it_claims():
    rng = np.random.default_rng(14)
    sample = Sample(1024, np.repeat(np.arange(16), 64), 16, level=0.9)
    covered = []
    for _ in range(TRIALS):
        x = replicated_rows(rng)
        # The mean of the draws in the lowest tenth: a ratio of two random sums.
        keep = x + 0.02 * rng.normal(size=1024) < 0.1
        result = sample.part(keep).mean(np.minimum(x, 0.1)[keep])
        covered.append((result.low, result.high))
    ends = np.array(covered)
    # The truth by the same sums over 2,000 trials; its own error is far below the ranges.
    truth = ends.mean()
    assert_covers((ends[:, 0] <= truth) & (truth <= ends[:, 1]))


def test_a_quantile_over_replicates_covers_at_least_as_often_as_it_claims():
    rng = np.random.default_rng(15)
    sample = Sample(1024, np.arange(1024) % 16, 16, level=0.9)
    result = [sample.quantiles(rng.normal(size=1024), (0.5,))[0] for _ in range(TRIALS)]
    assert_covers([e.low <= 0.0 <= e.high for e in result])
