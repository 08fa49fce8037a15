"""Weights against a posterior known on paper, and the most constraining series."""

from dataclasses import replace

import numpy as np
import pytest

from mc_engine.calibrate import Fit, fit, likelihood_weights, refuse_too_few
from mc_engine.calibrate.weights import weights_of
from mc_engine.errors import StatisticError
from tests.calibrate.test_likelihood import SERIES

DRAWS = 200_000


def ensemble(sd=0.1):
    """Models that are constant in time, exp(theta) with theta normal around log 100."""
    theta = np.log(100.0) + sd * np.random.default_rng(11).standard_normal(DRAWS)
    return theta, np.exp(theta)[:, None] * np.ones(4)


def posterior(values, sd=0.1, error=0.05, correlation=0.4):
    """Mean and sd of theta given observations of exp(theta) with equicorrelated errors."""
    size = len(values)
    variance = error**2 * (correlation + (1.0 - correlation) / size)
    weight = 1.0 / sd**2 + 1.0 / variance
    mean = (np.log(100.0) / sd**2 + np.log(values).mean() / variance) / weight
    return mean, weight**-0.5


def test_weighted_draws_have_the_posterior_of_the_normal_law():
    theta, modelled = ensemble()
    series = replace(SERIES, values=(108.0, 111.0, 109.0, 113.0))
    found = likelihood_weights({"fuel": fit(series, modelled)})
    mean, sd = posterior(series.values)
    share = found.weight / found.weight.sum()
    assert found.weight.mean() == pytest.approx(1.0)
    assert (share * theta).sum() == pytest.approx(mean, abs=4.0 * sd / np.sqrt(found.effective))
    spread = np.sqrt((share * (theta - mean) ** 2).sum())
    assert spread == pytest.approx(sd, rel=0.02)
    assert found.effective == pytest.approx(found.alone["fuel"])
    assert found.without["fuel"] == DRAWS


def test_tempering_is_the_power_it_says():
    theta, modelled = ensemble()
    half = likelihood_weights({"fuel": fit(SERIES, modelled)}, temper=0.5)
    wide = replace(SERIES, relative=0.05 * np.sqrt(2.0))
    mixed = Fit(fit(wide, modelled).log_likelihood, fit(SERIES, modelled).implausibility)
    same = likelihood_weights({"fuel": mixed})
    np.testing.assert_allclose(half.weight, same.weight, rtol=1e-9)
    assert half.temper == 0.5
    for bad in (0.0, 1.1, float("nan")):
        with pytest.raises(StatisticError, match="temper: found"):
            likelihood_weights({"a": Fit(theta, theta)}, temper=bad)


def test_a_planted_wrong_observation_is_named():
    """Gasoline counted double: the series without which most draws are left."""
    generator = np.random.default_rng(3)
    theta = 0.3 * generator.standard_normal(DRAWS)
    modelled = 100.0 * np.exp(theta)[:, None] * np.ones(4)
    values = {
        "stock": (101.0, 99.0, 100.0, 100.0),
        "diesel": (98.0, 101.0, 103.0, 99.0),
        "gasoline": (200.0, 202.0, 199.0, 205.0),
    }
    fits = {}
    for name, observed in values.items():
        series = replace(SERIES, name=name, values=observed, relative=0.15)
        fits[name] = fit(series, modelled)
    found = likelihood_weights(fits)
    assert found.most_constraining == "gasoline"
    assert found.effective < 0.7 * found.without["gasoline"]


def test_too_few_effective_draws_are_refused_with_the_most_constraining_series():
    _, modelled = ensemble(0.3)
    series = replace(SERIES, values=(200.0, 200.0, 200.0, 200.0))
    found = likelihood_weights({"fuel": fit(series, modelled[:2000])})
    with pytest.raises(StatisticError, match=r"effective draws are left, .* 'fuel' is the most"):
        refuse_too_few(found)


def test_draws_that_are_all_ruled_out_are_an_error():
    with pytest.raises(StatisticError, match="all 3 draws are ruled out"):
        weights_of(np.full(3, -np.inf))
    with pytest.raises(StatisticError, match="found no series to constrain with"):
        likelihood_weights({})


def test_an_implausible_draw_is_rejected_whatever_its_likelihood():
    one = np.zeros(4)
    found = likelihood_weights({"a": Fit(one, np.array([1.0, 9.0, 1.0, 1.0])), "b": Fit(one, one)})
    np.testing.assert_allclose(found.weight, [4 / 3, 0.0, 4 / 3, 4 / 3])
    assert found.implausible == {"a": 0.25, "b": 0.0}
    assert (found.plausible, found.without["a"]) == (0.75, 4.0)
