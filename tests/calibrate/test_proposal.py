"""Fitting a proposal: tempering, informed factors, and a posterior far from its prior."""

import numpy as np
import pytest

from mc_engine.calibrate.proposal import (
    GaussianProposal,
    fit_gaussian,
    informed_factors,
    temper_for,
)
from mc_engine.calibrate.weights import weights_of
from mc_engine.intervals import effective_sample_size

SEEDS = range(5)


def test_the_power_leaves_the_wanted_effective_draws():
    generator = np.random.default_rng(0)
    likelihood = -0.5 * ((generator.standard_normal(20_000) - 3.0) / 0.1) ** 2
    nothing = np.zeros(likelihood.size)
    power = temper_for(likelihood, nothing, 500.0, 1.0)
    assert 0.0 < power < 1.0
    left = effective_sample_size(weights_of(power * likelihood))
    assert left == pytest.approx(500.0, rel=0.02)
    assert temper_for(likelihood * 1e-6, nothing, 500.0, 0.7) == 0.7


def test_informed_factors_are_those_that_moved_or_narrowed():
    generator = np.random.default_rng(1)
    scores = generator.standard_normal((50_000, 6))
    weight = np.exp(scores[:, 1] - 4.0 * scores[:, 4] ** 2)
    shift = np.zeros(6)
    assert informed_factors(scores, weight, shift).tolist() == [1, 4]
    shift[5] = 2.0
    scores[:, 5] += 2.0
    assert informed_factors(scores, weight, shift).tolist() == [1, 4]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_posterior_far_in_the_tail_of_the_prior_is_found(seed):
    # The sum of two scores is observed at 8 with error 0.2: 5.6 standard deviations away.
    generator = np.random.default_rng(seed)
    prior = GaussianProposal(np.zeros(2), np.eye(2))
    proposal, size = prior, 20_000

    def drawn(normal):
        scores = generator.multivariate_normal(normal.mean, normal.covariance, size)
        ratio = _density(scores, prior) - _density(scores, normal)
        return scores, ratio, -0.5 * ((scores.sum(axis=1) - 8.0) / 0.2) ** 2

    for _ in range(10):
        scores, ratio, likelihood = drawn(proposal)
        power = temper_for(likelihood, ratio, 600.0, 1.0)
        proposal = fit_gaussian(scores, weights_of(ratio + power * likelihood), prior)
        if power == 1.0:
            break
    assert power == 1.0
    scores, ratio, likelihood = drawn(proposal)
    weight = weights_of(ratio + likelihood)
    effective = effective_sample_size(weight)
    assert effective > 0.3 * size
    mean = (weight @ scores) / weight.sum()
    expected = 8.0 / (2.0 + 0.2**2)
    spread = np.sqrt(weight @ (scores[:, 0] - mean[0]) ** 2 / weight.sum())
    exact = np.sqrt(1.0 - 1.0 / (2.0 + 0.2**2))
    assert mean == pytest.approx([expected, expected], abs=4.0 * exact / np.sqrt(effective))
    assert spread == pytest.approx(exact, rel=4.0 / np.sqrt(effective))
    # What the observation was worth: its density under the prior.
    evidence = np.log(np.exp(ratio + likelihood).mean())
    exact_evidence = -0.5 * 64.0 / (2.0 + 0.2**2) - 0.5 * np.log((2.0 + 0.2**2) / 0.2**2)
    assert evidence == pytest.approx(exact_evidence, abs=0.05)


def _density(scores, normal):
    gaps = scores - normal.mean
    inside = np.einsum("ij,jk,ik->i", gaps, np.linalg.inv(normal.covariance), gaps)
    return -0.5 * inside - 0.5 * np.linalg.slogdet(normal.covariance)[1]
