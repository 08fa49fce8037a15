"""Equations C-1 and C-2 against independent forms."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats

from mc_engine.calibrate import fit
from mc_engine.calibrate.likelihood import moments, residuals, scope_factor_moments
from mc_engine.vocabulary.observations import ScopeFactor, Series

YEARS = (2015, 2017, 2018, 2021)
SERIES = Series(
    name="fuel",
    title={"en": "Fuel"},
    unit="Mt/yr",
    years=YEARS,
    values=(90.0, 100.0, 104.0, 120.0),
    sources=("S",) * 4,
    output="energy",
    rows={},
    scale=1.0,
    scope_factors=(),
    relative=0.05,
    correlation=0.4,
    drift=0.0,
    level_year=2018,
    fits=True,
)


@pytest.mark.parametrize("ends", [(0.6, 0.75), (1.0, 1.4), (0.95, 0.98), (0.8, 0.8)])
@pytest.mark.parametrize("divides", [False, True])
def test_moments_of_a_scope_factor_are_those_of_the_uniform_distribution(ends, divides):
    low, high = ends
    mean, variance = scope_factor_moments(ScopeFactor("share", low, high, divides))
    sign = -1.0 if divides else 1.0
    if low == high:
        assert (mean, variance) == (sign * math.log(low), 0.0)
        return
    density = 1.0 / (high - low)
    expected = integrate.quad(lambda x: math.log(x) * density, low, high)[0]
    square = integrate.quad(lambda x: math.log(x) ** 2 * density, low, high)[0]
    assert mean == pytest.approx(sign * expected, rel=1e-12)
    assert variance == pytest.approx(square - expected**2, rel=1e-7)


def walk(years, origin, step):
    """Covariance of a random walk, summed up step by step."""
    found = np.zeros((len(years), len(years)))
    for i, a in enumerate(years):
        for j, b in enumerate(years):
            passed_a = set(range(min(a, origin), max(a, origin)))
            passed_b = set(range(min(b, origin), max(b, origin)))
            found[i, j] = step**2 * len(passed_a & passed_b)
    return found


@pytest.mark.parametrize("drift", [0.0, 0.03])
def test_the_likelihood_is_the_normal_density_of_the_logarithms(drift):
    scope_factors = (
        ScopeFactor("road", 0.6, 0.75, divides=True),
        ScopeFactor("fossil", 0.97, 0.99),
    )
    series = replace(SERIES, scope_factors=scope_factors, drift=drift)
    modelled = np.random.default_rng(1).uniform(55.0, 95.0, (7, 4))
    pairs = [scope_factor_moments(factor) for factor in scope_factors]
    shift, common = sum(m for m, _ in pairs), sum(v for _, v in pairs)
    covariance = 0.05**2 * (0.4 + 0.6 * np.eye(4)) + common + walk(YEARS, 2018, drift)
    np.testing.assert_allclose(moments(series)[1], covariance, rtol=1e-12)
    law = stats.multivariate_normal(np.zeros(4), covariance)
    gaps = np.log(series.values) - np.log(modelled) - shift
    np.testing.assert_allclose(fit(series, modelled).log_likelihood, law.logpdf(gaps), rtol=1e-10)


def test_residuals_of_the_truth_are_standard_normal():
    series = replace(
        SERIES, scope_factors=(ScopeFactor("road", 0.6, 0.75, divides=True),), drift=0.02
    )
    shift, covariance = moments(series)
    generator = np.random.default_rng(5)
    errors = generator.multivariate_normal(np.zeros(4), covariance, size=20_000)
    truth = np.array(series.values) / np.exp(shift + errors)
    found = residuals(series, truth)
    np.testing.assert_allclose(np.cov(found.T), np.eye(4), atol=0.04)
    np.testing.assert_allclose(found.mean(axis=0), 0.0, atol=0.03)
    worst = fit(series, truth).implausibility
    assert np.sqrt((worst**2).mean()) == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("bad", [np.nan, 0.0, -3.0, np.inf])
def test_what_cannot_have_given_the_observations_is_ruled_out(bad):
    modelled = np.array([[90.0, 100.0, 104.0, 120.0], [90.0, bad, 104.0, 120.0]])
    found = fit(SERIES, modelled)
    assert np.isfinite(found.log_likelihood[0])
    assert np.isneginf(found.log_likelihood[1])
    assert np.isposinf(found.implausibility[1])
