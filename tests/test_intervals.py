"""Intervals: published values, what they promise, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import stats

from mc_engine.errors import StatisticError
from mc_engine.intervals import (
    Ordered,
    clopper_pearson,
    effective_sample_size,
    proportion,
    quantile_intervals,
    replicated_proportion,
    replicates,
    weighted_quantiles,
    wilson,
)

TRIALS = 2000


def quantile_interval(values, q, level=0.95, weights=None):
    """Bound one quantile."""
    return quantile_intervals(values, (q,), level, weights)[0]


def assert_covers(covered, level=0.9):
    """2,000 trials: the standard error of a coverage of 0.9 is 0.007, three of them 0.02."""
    assert level - 0.03 <= np.mean(covered) <= level + 0.03


# Oracles: SciPy's own intervals.


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (150, 1000), (1, 100_000)])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
@pytest.mark.parametrize(("ours", "theirs"), [(wilson, "wilson"), (clopper_pearson, "exact")])
def test_proportions_agree_with_scipy(ours, theirs, k, n, level):
    wanted = stats.binomtest(k, n).proportion_ci(level, method=theirs)
    result = ours(k, n, level)
    # 1e-9: SciPy finds the exact ends by root search.
    assert (result.low, result.high) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


def test_replicates_agree_with_scipy():
    values = np.random.default_rng(1).normal(size=16)
    wanted = stats.t.interval(0.95, 15, values.mean(), stats.sem(values))
    result = replicates(values)
    assert (result.low, result.high) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("q", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("n", [50, 1001])
def test_quantile_intervals_agree_with_scipy(q, n):
    values = np.random.default_rng(2).normal(size=n)
    wanted = stats.quantile_test(values, p=q).confidence_interval(0.95)
    result = quantile_interval(values, q)
    ends = [x if math.isfinite(x) else math.nan for x in (result.low, result.high)]
    np.testing.assert_array_equal(ends, [wanted.low, wanted.high])


# What an interval promises.


def test_wilson_covers_as_often_as_it_claims():
    counts = np.random.default_rng(2060).binomial(400, 0.15, TRIALS)
    ends = [wilson(int(k), 400, 0.9) for k in counts]
    assert_covers([e.low <= 0.15 <= e.high for e in ends])


@pytest.mark.parametrize("truth", [0.001, 0.01, 0.3, 0.995])
def test_clopper_pearson_never_covers_less_than_it_claims(truth):
    n = 200
    chance = stats.binom.pmf(np.arange(n + 1), n, truth)
    ends = [clopper_pearson(k, n, 0.9) for k in range(n + 1)]
    covered = sum(p for p, e in zip(chance, ends, strict=True) if e.low <= truth <= e.high)
    assert covered >= 0.9


def test_replicates_cover_as_often_as_they_claim():
    values = np.random.default_rng(7).normal(3.0, 2.0, (TRIALS, 16))
    ends = [replicates(row, 0.9) for row in values]
    assert_covers([e.low <= 3.0 <= e.high for e in ends])


def test_a_replicated_proportion_covers_as_often_as_it_claims():
    counts = np.random.default_rng(8).binomial(256, 0.2, (TRIALS, 16))
    ends = [replicated_proportion(row, np.full(16, 256), level=0.9) for row in counts]
    assert_covers([e.low <= 0.2 <= e.high for e in ends])


def test_a_quantile_interval_covers_as_often_as_it_claims():
    # 1,001 draws: enough for the steps of the binomial law to be below 0.03.
    values = np.random.default_rng(9).random((TRIALS, 1001))
    ends = [quantile_interval(row, 0.5, 0.9) for row in values]
    assert_covers([e.low <= 0.5 <= e.high for e in ends])


def test_a_weighted_proportion_covers_as_often_as_it_claims():
    rng = np.random.default_rng(10)
    covered = []
    for _ in range(TRIALS):
        weights = rng.exponential(size=600)
        missed = rng.random(600) < 0.3
        result = proportion(
            weights[missed].sum(),
            0.0,
            weights.sum(),
            0.9,
            n_effective=effective_sample_size(weights),
        )
        covered.append(result.low <= 0.3 <= result.high)
    assert_covers(covered)


# Which interval is used.


@pytest.mark.parametrize(
    ("misses", "method"),
    [(4, "clopper_pearson"), (5, "wilson"), (95, "wilson"), (96, "clopper_pearson")],
)
def test_few_misses_or_hits_take_the_exact_interval(misses, method):
    assert proportion(misses, 0, 100).method == method


def test_failed_draws_widen_both_ends():
    result = proportion(20, 10, 100)
    assert (result.low, result.high) == (wilson(20, 100).low, wilson(30, 100).high)


def test_the_estimate_is_of_the_draws_that_did_not_fail():
    assert proportion(20, 20, 100).estimate == 0.25


def test_hits_are_few_when_the_failed_draws_are_left_out():
    assert proportion(90, 6, 100).method.startswith("clopper_pearson")


def test_one_replicate_with_few_misses_takes_the_pooled_count():
    result = replicated_proportion([4, 20, 20], [100, 100, 100])
    wanted = clopper_pearson(44, 300)
    assert (result.low, result.high) == (wanted.low, wanted.high)


def test_the_pooled_count_is_labelled_conservative():
    assert replicated_proportion([4, 20], [100, 100]).method.endswith("conservative")


REPLICATE = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(
    # Misses of 100 draws, and how many of the others failed.
    lambda pair: (pair[0], pair[1] * (100 - pair[0]) // 100)
)


@settings(max_examples=300, deadline=None)
@given(st.lists(REPLICATE, min_size=2, max_size=16))
@example([(20, 4), (24, 0), (22, 2)])  # with them as misses the replicates would agree
@example([(90, 6), (50, 0), (90, 0)])  # without them few hits are left in one replicate
def test_failed_draws_never_narrow_a_replicated_proportion(rows):
    missed, failed = np.array(rows).T
    size = np.full(missed.size, 100)
    assume(failed.sum() < size.sum())
    result = replicated_proportion(missed, size, failed)
    for counts in (missed, missed + failed):
        plain = replicated_proportion(counts, size)
        assert result.low <= plain.low <= plain.high <= result.high


def test_failed_draws_that_even_replicates_out_leave_the_widest_ends():
    size = np.full(3, 100)
    result = replicated_proportion([20, 24, 22], size, [4, 0, 2])
    alone = replicates(np.array([0.20, 0.24, 0.22]))
    assert (result.low, result.high) == (alone.low, alone.high)


def test_failed_draws_widen_a_replicated_proportion():
    plain = replicated_proportion([20, 24, 22], [100, 100, 100])
    result = replicated_proportion([20, 24, 22], [100, 100, 100], [0, 5, 0])
    assert result.low <= plain.low
    assert result.high > plain.high


def test_a_replicated_proportion_stays_inside_its_range():
    result = replicated_proportion([5, 95, 5], [100, 100, 100])
    assert (result.low, result.high) == (0.0, 1.0)


# Quantiles and weights.


def test_quantiles_are_the_inverse_of_the_share_of_draws():
    values = np.random.default_rng(3).normal(size=(997, 3))
    q = np.array([0.0, 0.05, 0.5, 0.95, 1.0])
    wanted = np.quantile(values, q, axis=0, method="inverted_cdf")
    np.testing.assert_array_equal(weighted_quantiles(values, None, q), wanted)


def test_equal_weights_change_nothing():
    values = np.random.default_rng(3).normal(size=(997, 3))
    q = [0.05, 0.5, 0.95]
    np.testing.assert_array_equal(
        weighted_quantiles(values, np.full(997, 0.3), q), weighted_quantiles(values, None, q)
    )


def test_a_weight_of_three_is_three_draws():
    values, weights = np.array([4.0, 1.0, 2.0, 3.0]), np.array([3, 1, 2, 5])
    q = np.linspace(0.0, 1.0, 23)
    np.testing.assert_array_equal(
        weighted_quantiles(values, weights, q),
        weighted_quantiles(np.repeat(values, weights), None, q),
    )


def test_a_draw_of_no_weight_is_no_quantile():
    assert weighted_quantiles([1.0, 2.0], [0.0, 1.0], 0.0)[0] == 2.0


@pytest.mark.parametrize("weights", [None, np.arange(997.0)])
def test_several_quantiles_are_bounded_as_each_alone(weights):
    values, q = np.random.default_rng(3).normal(size=997), (0.05, 0.5, 0.95)
    alone = [quantile_interval(values, share, 0.9, weights) for share in q]
    assert quantile_intervals(values, q, 0.9, weights) == alone


@pytest.mark.parametrize("weights", [None, np.arange(997.0)])
def test_draws_in_order_have_the_same_quantiles(weights):
    values, q = np.random.default_rng(3).normal(size=997), np.linspace(0.0, 1.0, 23)
    np.testing.assert_array_equal(
        Ordered.of(values, weights).quantiles(q), weighted_quantiles(values, weights, q)
    )


def test_a_small_sample_does_not_bound_a_tail():
    assert quantile_interval(np.arange(20.0), 0.05).low == -math.inf


def test_equal_weights_count_every_draw():
    assert effective_sample_size(np.full(50, 1e-200)) == pytest.approx(50.0, rel=1e-14)


def test_one_heavy_draw_counts_alone():
    assert effective_sample_size([1e9, 1e-9, 1e-9]) == pytest.approx(1.0)


# What is refused.


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 95.0, math.nan])
@pytest.mark.parametrize("kind", [wilson, clopper_pearson])
def test_a_level_outside_its_range_is_refused(kind, level):
    with pytest.raises(StatisticError, match="expected more than 0 and less than 1"):
        kind(1, 10, level)


@pytest.mark.parametrize(("k", "n"), [(11, 10), (-1, 10), (0, 0), (math.nan, 10), (1, math.nan)])
@pytest.mark.parametrize("kind", [wilson, clopper_pearson])
def test_an_impossible_count_is_refused(kind, k, n):
    with pytest.raises(StatisticError, match="misses: found"):
        kind(k, n)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: proportion(6, 5, 10), "misses and failed draws: found 11 of 10"),
        (lambda: proportion(0, 10, 10), "all 10 draws failed"),
        (lambda: replicates([1.0]), "at least two values"),
        (lambda: replicates([1.0, math.nan]), "1 of 2 values are not finite"),
        (lambda: replicated_proportion([5], [10]), "at least two replicates"),
        (lambda: replicated_proportion([5, 5], [10]), "at least two replicates"),
        (lambda: replicated_proportion([5, 11], [10, 10]), "found 11.0 of 10.0"),
        (lambda: weighted_quantiles([], None, 0.5), "found no values"),
        (lambda: weighted_quantiles([math.inf], None, 0.5), "not finite"),
        (lambda: weighted_quantiles([1.0], None, 1.5), "shares between 0 and 1"),
        (lambda: weighted_quantiles([1.0, 2.0], [1.0], 0.5), "one per draw"),
        (lambda: weighted_quantiles([1.0, 2.0], [1.0, -1.0], 0.5), "at least 0"),
        (lambda: effective_sample_size([0.0, 0.0]), "not all 0"),
        (lambda: quantile_interval([1.0, 2.0], 1.0), "0 < q < 1"),
    ],
)
def test_what_cannot_be_bounded_is_refused(call, message):
    with pytest.raises(StatisticError, match=message):
        call()
