"""The compiled exponential against the system's, over its whole range."""

import math

import numpy as np
import pytest

from mc_engine.accelerate import kernel
from mc_engine.elementary import exp


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
