"""The compiled standard normal distribution against SciPy and against itself."""

import math

import numpy as np
import pytest
from scipy import special

from mc_engine.distributions.standard_normal import (
    QUANTILE_HIGH,
    QUANTILE_LOW,
    SCORE_LIMIT,
    moved_quantile,
    ndtr,
    ndtri,
)
from mc_engine.numerics.accelerate import kernel
from mc_engine.numerics.lanes import LANES, load, store


def test_scores_agree_with_scipy():
    p = np.concatenate([np.geomspace(1e-300, 0.5, 5000), 1.0 - np.geomspace(2.0**-53, 0.5, 5000)])
    result = np.array([ndtri(value) for value in p])
    # Both approximations claim about 16 digits; 1e-14 allows for reordered sums. Next to
    # the median a score is as small as the rounding of p - 1/2, hence the absolute part.
    np.testing.assert_allclose(result, special.ndtri(p), rtol=1e-14, atol=1e-16)


@kernel
def scores_and_back(quantiles, scores, back):
    for index in range(quantiles.shape[0]):
        score = ndtri(load(quantiles, index))
        store(score, scores, index)
        store(ndtr(score), back, index)


@pytest.mark.parametrize("shortest", [1e-300, 1e-12, 1e-6])
def test_vectors_have_the_scores_of_numbers(shortest):
    # With and without tails that need the third approximation.
    p = np.concatenate([np.geomspace(shortest, 0.5, 5008), 1.0 - np.geomspace(1e-15, 0.5, 4992)])
    p = p.reshape(-1, LANES)
    scores, back = np.empty_like(p), np.empty_like(p)
    scores_and_back(p, scores, back)
    np.testing.assert_allclose(scores, special.ndtri(p), rtol=1e-14, atol=1e-16)
    retained = p > 1e-28
    np.testing.assert_allclose(back[retained], p[retained], rtol=5e-14)


def test_quantiles_agree_with_scipy():
    z = np.linspace(-8.3, 8.3, 5001)
    result = np.array([ndtr(value) for value in z])
    # z / sqrt(2) is rounded once: a relative error of z**2 * 1.1e-16 in the tail.
    np.testing.assert_allclose(result, special.ndtr(z), rtol=2e-14)


@pytest.mark.parametrize("p", [0.0, 1.0, 5e-324, QUANTILE_LOW, QUANTILE_HIGH])
def test_score_is_finite_up_to_both_ends(p):
    assert math.isfinite(ndtri(p))


def test_score_limit_is_that_of_the_extreme_quantiles():
    # The two ends differ by the last digits of the approximation.
    assert (-ndtri(QUANTILE_LOW), ndtri(QUANTILE_HIGH)) == pytest.approx((SCORE_LIMIT,) * 2, 1e-15)


@pytest.mark.parametrize("z", [-40.0, -SCORE_LIMIT, SCORE_LIMIT, 40.0])
def test_moved_quantile_never_reaches_zero_or_one(z):
    assert QUANTILE_LOW <= moved_quantile(z) <= QUANTILE_HIGH
