"""Orders, ranks and correlations against SciPy and against plain loops."""

import numpy as np
import pytest
from scipy import stats

from mc_engine.errors import StatisticError
from mc_engine.sensitivity.ranks import Halves, Order, rank_correlation


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("tied", [False, True])
def test_ranks_are_those_of_scipy(seed, tied):
    values = np.random.default_rng(seed).standard_normal(501)
    values = np.round(values, 1) if tied else values
    expected = (stats.rankdata(values) - 0.5) / values.size - 0.5
    np.testing.assert_allclose(Order.of(values).ranks(), expected, atol=1e-14)
    ones = Order.of(values, np.full(values.size, 3.0))
    np.testing.assert_allclose(ones.ranks(), expected, atol=1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_a_weight_of_two_is_a_draw_counted_twice(seed):
    generator = np.random.default_rng(seed)
    values = np.round(generator.standard_normal(400), 2)
    weight = generator.integers(1, 4, values.size)
    twice = np.repeat(values, weight.astype(int))
    weighted, repeated = Order.of(values, weight.astype(float)), Order.of(twice)
    np.testing.assert_allclose(np.repeat(weighted.ranks(), weight), repeated.ranks(), atol=1e-12)
    for one, other in zip(weighted.before_and_at(), repeated.before_and_at(), strict=True):
        np.testing.assert_allclose(np.unique(one), np.unique(other), atol=1e-12)


def test_slices_hold_equal_shares_and_keep_equal_values_together():
    values = np.random.default_rng(3).permutation(1000.0 + np.arange(1000))
    starts = Order.of(values).starts(10)
    np.testing.assert_array_equal(starts, np.arange(0, 1001, 100))
    codes = Order.of(values).codes(starts)
    np.testing.assert_array_equal(codes, (values - 1000.0) // 100)
    equal = Order.of(np.repeat([1.0, 2.0], [950, 50]))
    codes = equal.codes(equal.starts(10))
    assert np.unique(codes[:950]).size == np.unique(codes[950:]).size == 1


@pytest.mark.parametrize("seed", range(3))
def test_halves_correlate_as_the_plain_formula_does(seed):
    generator = np.random.default_rng(seed)
    rows, column = generator.standard_normal((3, 600)), generator.standard_normal(600)
    rows[1] += column
    weight, half = generator.random(600), np.arange(600) % 2
    every, halves = Halves.of(rows, weight, half).correlate(column)
    expected = rank_correlation(rows, column[None], weight)[:, 0]
    np.testing.assert_allclose(every, expected, atol=1e-13)
    for side in (0, 1):
        there = half == side
        expected = rank_correlation(rows[:, there], column[None, there], weight[there])[:, 0]
        np.testing.assert_allclose(halves[side], expected, atol=1e-13)


def test_a_column_that_does_not_vary_has_no_correlation():
    rows = np.random.default_rng(0).standard_normal((2, 100))
    every, halves = Halves.of(rows, np.ones(100), np.arange(100) % 2).correlate(np.full(100, 0.3))
    assert np.isnan(every).all()
    assert np.isnan(halves).all()
    assert np.isnan(rank_correlation(rows, np.zeros((1, 100)))).all()


def test_a_column_with_nan_is_refused():
    with pytest.raises(StatisticError, match="price: 1 of 3 values are not finite; mark those"):
        Order.of(np.array([1.0, np.nan, 2.0]), what="price")
