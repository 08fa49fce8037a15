"""The compiled exponential and logarithm against the system's, over their whole ranges."""

import math

import numpy as np
import pytest

from mc_engine.numerics.accelerate import kernel
from mc_engine.numerics.elementary import exp, log
from mc_engine.numerics.lanes import LANES, load, rows, store


@kernel
def all_of(x, y):
    for index in range(x.size):
        y[index] = exp(x[index])


@pytest.mark.parametrize("reach", [1e-3, 1.0, 30.0, 708.0])
def test_two_units_in_the_last_place(reach):
    x = np.random.default_rng(3).uniform(-reach, reach, 100_000)
    result = np.empty_like(x)
    all_of(x, result)
    assert np.abs(result / np.exp(x) - 1.0).max() <= 2.0 * np.finfo(float).eps


@pytest.mark.parametrize(
    ("x", "value"),
    [(0.0, 1.0), (-708.5, 0.0), (-math.inf, 0.0), (709.5, math.inf), (math.inf, math.inf)],
)
def test_ends_of_the_range(x, value):
    assert exp(x) == value


def test_nan_stays_nan():
    assert math.isnan(exp(math.nan))


@kernel
def logs_of(x, y):
    for index in range(x.size):
        y[index] = log(x[index])


@pytest.mark.parametrize("reach", [1e-8, 0.3, 1.0, 30.0, 708.0])
def test_logarithm_to_two_units_in_the_last_place(reach):
    x = np.exp(np.random.default_rng(4).uniform(-reach, reach, 100_000))
    result, wanted = np.empty_like(x), np.log(x.astype(np.longdouble))
    logs_of(x, result)
    units = np.abs(result - wanted) / np.spacing(np.abs(wanted.astype(float)))
    assert units.max() <= 2.0


def test_logarithm_of_every_power_of_two():
    x = 2.0 ** np.arange(-1074, 1024)
    result = np.empty_like(x)
    logs_of(x, result)
    np.testing.assert_allclose(result, np.log(x), rtol=4e-16)


@pytest.mark.parametrize(
    ("x", "value"), [(0.0, -math.inf), (-0.0, -math.inf), (1.0, 0.0), (math.inf, math.inf)]
)
def test_ends_of_the_range_of_the_logarithm(x, value):
    assert log(x) == value


@pytest.mark.parametrize("x", [-1.0, -5e-324, -math.inf, math.nan])
def test_logarithm_of_what_has_none_is_nan(x):
    assert math.isnan(log(x))


@kernel
def of_vectors(x, exponentials, logarithms):
    for index in range(x.shape[0]):
        store(exp(load(x, index)), exponentials, index)
        store(log(load(x, index)), logarithms, index)


def test_vectors_have_the_values_of_numbers_edges_included():
    edges = [0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1e-310, 709.1, 710.0, -708.1, -745.0, 1.0]
    x = rows(-(-len(edges) // LANES) + 50)
    x[:] = np.random.default_rng(27).normal(scale=200.0, size=x.shape)
    x.reshape(-1)[: len(edges)] = edges
    exponentials, logarithms = rows(len(x)), rows(len(x))
    of_vectors(x, exponentials, logarithms)
    numbers = x.reshape(-1)
    for result, function in ((exponentials, exp), (logarithms, log)):
        one_by_one = [function(number) for number in numbers]
        np.testing.assert_allclose(result.reshape(-1), one_by_one, rtol=5e-16)
