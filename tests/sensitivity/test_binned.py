"""First order from bins: no bias without effect, the truth with one, and intervals that hold it."""

import numpy as np
import pytest
from scipy import stats

from mc_engine.sensitivity.binned import bins_for
from mc_engine.sensitivity.given_data import given_data


def indices(seed, share, size=5_000, tilt=0.0):
    """First order of the margin and of the miss of a linear Gaussian, weighted by its noise."""
    generator = np.random.default_rng(seed)
    score, rest = generator.standard_normal((2, size))
    weight = np.exp(tilt * rest)
    margin = 1.0 - np.sqrt(share) * score - np.sqrt(1.0 - share) * rest
    told = given_data(
        score[:, None],
        margin,
        (margin < 0.0).astype(np.int8),
        generator,
        weight=weight if tilt else None,
        dummies=5,
    )
    return told.effects[0][0].first_order, told.effects[0][0].first_order_of_miss


def test_an_input_of_no_effect_has_an_index_of_nothing_on_average():
    found = np.array([[one.estimate for one in indices(seed, 0.0)] for seed in range(60)])
    error = found.std(axis=0) / np.sqrt(60)
    assert (np.abs(found.mean(axis=0)) < 3.0 * error).all()
    assert (found < 0.0).any(axis=0).all()


def test_weights_that_go_with_the_output_add_no_bias():
    found = np.array([[one.estimate for one in indices(seed, 0.0, tilt=0.7)] for seed in range(60)])
    error = found.std(axis=0) / np.sqrt(60)
    assert (np.abs(found.mean(axis=0)) < 3.0 * error).all()


@pytest.mark.parametrize("share", [0.15, 0.5])
def test_intervals_hold_the_closed_form(share):
    """Bins of a tenth keep all but some 3 % of a linear effect: the truth is lowered by that."""
    chance = stats.norm.sf(1.0)
    both = stats.multivariate_normal([0.0, 0.0], [[1.0, share], [share, 1.0]]).cdf([-1.0, -1.0])
    of_miss = (both - chance**2) / (chance * (1.0 - chance))
    held = np.zeros(2)
    for seed in range(40):
        for place, (one, truth) in enumerate(
            zip(indices(seed, share), (share, of_miss), strict=True)
        ):
            held[place] += one.low <= truth <= one.high + 0.04 * truth
    assert (held >= 35).all()


def test_bins_are_a_multiple_of_the_slices():
    assert bins_for(1_000.0, 10) == 10
    assert bins_for(40_000.0, 10) == 30
    assert bins_for(1e9, 10) == 100
