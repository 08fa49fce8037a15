"""The compiled exponential and logarithm against the system's, over their whole ranges."""

import math

import numpy as np
import pytest

from mc_engine.accelerate import kernel
from mc_engine.elementary import exp, log


@kernel
def all_of(x, y):
    for place in range(x.size):
        y[place] = exp(x[place])


@pytest.mark.parametrize("reach", [1e-3, 1.0, 30.0, 708.0])
def test_two_units_in_the_last_place(reach):
    x = np.random.default_rng(3).uniform(-reach, reach, 100_000)
    found = np.empty_like(x)
    all_of(x, found)
    assert np.abs(found / np.exp(x) - 1.0).max() <= 2.0 * np.finfo(float).eps


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
    for place in range(x.size):
        y[place] = log(x[place])


@pytest.mark.parametrize("reach", [1e-8, 0.3, 1.0, 30.0, 708.0])
def test_logarithm_to_two_units_in_the_last_place(reach):
    x = np.exp(np.random.default_rng(4).uniform(-reach, reach, 100_000))
    found, wanted = np.empty_like(x), np.log(x.astype(np.longdouble))
    logs_of(x, found)
    units = np.abs(found - wanted) / np.spacing(np.abs(wanted.astype(float)))
    assert units.max() <= 2.0


def test_logarithm_of_every_power_of_two():
    x = 2.0 ** np.arange(-1074, 1024)
    found = np.empty_like(x)
    logs_of(x, found)
    np.testing.assert_allclose(found, np.log(x), rtol=4e-16)


@pytest.mark.parametrize(
    ("x", "value"), [(0.0, -math.inf), (-0.0, -math.inf), (1.0, 0.0), (math.inf, math.inf)]
)
def test_ends_of_the_range_of_the_logarithm(x, value):
    assert log(x) == value


@pytest.mark.parametrize("x", [-1.0, -5e-324, -math.inf, math.nan])
def test_logarithm_of_what_has_none_is_nan(x):
    assert math.isnan(log(x))
