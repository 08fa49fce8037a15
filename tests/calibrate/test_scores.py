"""Scores against plain forms, and against laws whose score is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from mc_engine.calibrate import predictive, score
from mc_engine.calibrate.likelihood import moments
from mc_engine.calibrate.scores import crps
from mc_engine.errors import StatisticError
from mc_engine.vocabulary.observations import ScopeFactor
from tests.calibrate.test_likelihood import SERIES


def test_crps_is_the_double_sum():
    generator = np.random.default_rng(2)
    values, weight = generator.normal(size=60), generator.uniform(size=60)
    for known in (None, weight):
        share = np.full(60, 1.0 / 60) if known is None else weight / weight.sum()
        gaps = np.abs(values[:, None] - values[None, :])
        expected = (share * np.abs(values - 0.3)).sum() - 0.5 * share @ gaps @ share
        assert crps(values, 0.3, known) == pytest.approx(expected, rel=1e-12)


def test_crps_of_a_normal_law():
    values = stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    z = 0.7
    expected = z * (2.0 * stats.norm.cdf(z) - 1.0) + 2.0 * stats.norm.pdf(z) - 1.0 / np.sqrt(np.pi)
    assert crps(values, z) == pytest.approx(expected, abs=1e-4)
    assert crps(np.full(9, 2.0), 2.0) == pytest.approx(0.0, abs=1e-12)


def test_what_is_foretold_has_the_moments_of_the_errors():
    series = replace(
        SERIES, scope_factors=(ScopeFactor("road", 0.6, 0.75, divides=True),), drift=0.02
    )
    modelled = np.full((200_000, 4), 50.0)
    foretold = np.log(predictive(series, modelled, np.random.default_rng(8)) / 50.0)
    shift, covariance = moments(series)
    np.testing.assert_allclose(foretold.mean(axis=0), shift, atol=1e-3)
    np.testing.assert_allclose(np.cov(foretold.T), covariance, rtol=0.03)


def test_a_score_says_where_the_observations_lie():
    values = np.array(SERIES.values)
    steps = np.linspace(0.8, 1.2, 101)
    found = score(SERIES, steps[:, None] * values * np.array([1.0, 1.0, 1.1, 1.5]))
    assert found.bias == pytest.approx(0.15)
    assert (found.inside_50, found.inside_90) == (0.75, 0.75)
    np.testing.assert_allclose(
        found.bands[0], values[0] * np.array([0.82, 0.9, 1.0, 1.1, 1.18]), rtol=0.01
    )
    one_sided = score(SERIES, steps[:, None] * values, np.where(steps <= 1.0, 1.0, 0.0))
    assert one_sided.bias == pytest.approx(-0.1, abs=0.01)


def test_failed_draws_are_left_out_and_a_series_without_a_draw_refused():
    foretold = np.array([[90.0, 100.0, 104.0, 120.0], [np.nan] * 4])
    assert score(SERIES, foretold).bias == pytest.approx(0.0)
    with pytest.raises(StatisticError, match="fuel: no draw to score"):
        score(SERIES, foretold[1:])
