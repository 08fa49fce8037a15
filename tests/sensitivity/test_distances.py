"""Distances between distributions, against SciPy draw by draw and against SALib as a whole."""

import numpy as np
import pytest
from SALib.analyze import pawn, rsa
from scipy import stats

from mc_engine.sensitivity.distances import Slices, Steps, regional_distances, slice_distances
from mc_engine.sensitivity.ranks import Order

SIZE = 2_000
PROBLEM = {"num_vars": 2, "names": ["a", "b"], "bounds": [[0.0, 1.0]] * 2}


def case(seed, tied=False):
    """An output that the first input moves, most of all where it is small."""
    generator = np.random.default_rng(seed)
    inputs = generator.random((SIZE, 2))
    output = np.log(inputs[:, 0]) + 0.3 * generator.standard_normal(SIZE)
    return inputs, np.round(output, 1) if tied else output


def distances(column, output, weight=None, code=None):
    if code is None:
        order = Order.of(column, weight)
        code = order.codes(order.starts(10))
    slices = Slices.of(code, 10, weight)
    return slice_distances(slices, Steps.of(Order.of(output, weight)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("tied", [False, True])
def test_each_slice_has_the_distance_that_scipy_finds(seed, tied):
    inputs, output = case(seed, tied)
    for place in range(2):
        code = np.argsort(np.argsort(inputs[:, place])) // 200
        expected = [stats.ks_2samp(output[code == one], output).statistic for one in range(10)]
        np.testing.assert_allclose(distances(inputs[:, place], output), expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_pawn_is_that_of_salib(seed):
    """SALib leaves the largest value out of its last slice: one draw of 200."""
    inputs, output = case(seed)
    found = pawn.analyze(PROBLEM, inputs, output, S=10)
    ours = [distances(inputs[:, place], output) for place in range(2)]
    assert np.median(ours[0]) == pytest.approx(found["median"][0], abs=1e-12)
    assert np.max(ours[0]) == pytest.approx(found["maximum"][0], abs=1e-12)
    for statistic, name in ((np.mean, "mean"), (np.median, "median"), (np.max, "maximum")):
        np.testing.assert_allclose(statistic(ours, axis=1), found[name], atol=1.0 / 200)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("tied", [False, True])
def test_a_weight_of_two_is_a_draw_counted_twice(seed, tied):
    inputs, output = case(seed, tied)
    column = np.round(inputs[:, 0], 2) if tied else inputs[:, 0]
    weight = np.random.default_rng(seed + 100).integers(1, 4, SIZE)
    many = np.repeat(column, weight), np.repeat(output, weight)
    # A draw that stands across an edge would be whole on one side, and two on both.
    code = (10.0 * inputs[:, 0]).astype(np.uint8)
    one = distances(column, output, weight.astype(np.float64), code)
    np.testing.assert_allclose(one, distances(*many, code=np.repeat(code, weight)), atol=1e-12)
    miss = output < -1.0
    order = Order.of(column, weight.astype(np.float64))
    found = regional_distances(order, miss, float(weight.sum()))
    expected = regional_distances(Order.of(many[0]), many[1] < -1.0, float(weight.sum()))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_regional_sensitivity_is_that_of_salib_and_scipy(seed):
    inputs, output = case(seed)
    # The lowest tenth of the output misses: SALib's first bin of ten.
    miss = output <= np.quantile(output, 0.1)
    found = rsa.analyze(PROBLEM, inputs, output, bins=10, target="Y")
    for place, name in enumerate("ab"):
        column = inputs[:, place]
        largest, statistic = regional_distances(Order.of(column), miss, float(SIZE))
        assert statistic == pytest.approx(found[name][0], rel=1e-9)
        two = stats.ks_2samp(column[miss], column[~miss]).statistic
        assert largest == pytest.approx(two, abs=1e-12)


def test_values_that_many_draws_share_make_one_step():
    inputs, output = case(1)
    column, miss = np.round(inputs[:, 0], 1), output < -1.0
    largest, _ = regional_distances(Order.of(column), miss, float(SIZE))
    expected = stats.ks_2samp(column[miss], column[~miss]).statistic
    assert largest == pytest.approx(expected, abs=1e-12)


def test_without_both_outcomes_there_is_no_distance():
    inputs, _ = case(0)
    for miss in (np.zeros(SIZE, dtype=bool), np.ones(SIZE, dtype=bool)):
        assert np.isnan(regional_distances(Order.of(inputs[:, 0]), miss, float(SIZE))).all()


def test_an_empty_slice_has_no_distance():
    _, output = case(0)
    column = np.repeat([0.0, 1.0], SIZE // 2)
    found = distances(column, output)
    assert np.isfinite(found).sum() == 2
