"""Compiled paths equal SciPy's monotone cubic on every scale."""

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from mc_engine.numerics.curves import PathSpec, path_table, path_values
from mc_engine.numerics.lanes import LANES

YEARS = np.arange(2000, 2070)
SCALES = {
    "linear": (lambda v: v, lambda v: v),
    "log": (np.log, np.exp),
    "logit": (lambda v: np.log(v / (1.0 - v)), lambda v: 1.0 / (1.0 + np.exp(-v))),
}


def evaluate(spec, row, start=0):
    """Values of one draw, which stands in every lane."""
    values = np.full((YEARS.size, LANES), -1.0)
    rows = np.repeat(np.asarray(row)[:, None], LANES, axis=1)
    path_values(path_table([spec], YEARS), 0, rows, start, np.empty((2, 9, LANES)), values)
    assert (values == values[:, :1]).all()
    return values[:, 0]


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("size", range(1, 9))
def test_paths_equal_scipy(scale, size):
    rng = np.random.default_rng([6, size])
    to, back = SCALES[scale]
    for case in range(20):
        x = np.sort(rng.choice(np.arange(2005, 2060), size, replace=False))
        y = rng.random(size) * 0.9 + 0.05
        y = np.sort(y) if case % 3 == 0 else np.round(y, 1 + case % 2) + 0.01
        y = np.clip(y, 0.02, 0.98)
        fixed = int(rng.integers(0, size))
        anchors = [(int(a), float(b)) for a, b in zip(x[:fixed], y[:fixed], strict=True)]
        knots = [(int(year), index) for index, year in enumerate(x[fixed:])]
        result = evaluate(PathSpec(anchors, knots, scale, 0.01), y[fixed:].copy())
        at = np.clip(YEARS, x[0], x[-1])
        wanted = back(PchipInterpolator(x, to(y))(at)) if size > 1 else np.full(YEARS.size, y[0])
        # The same sums in another order.
        np.testing.assert_allclose(result, wanted, rtol=1e-13)


@pytest.mark.parametrize("number", [0.0, 1.0])
def test_a_path_that_is_always_0_or_1_is_exactly_that(number):
    spec = PathSpec([], [(2060, 0)], "logit", always=number)
    assert (evaluate(spec, np.array([0.5])) == number).all()


def test_years_before_the_start_are_left_alone():
    values = evaluate(PathSpec([], [(2060, 0)]), np.array([0.5]), start=10)
    assert (values[:10] == -1.0).all()
    assert (values[10:] == 0.5).all()
