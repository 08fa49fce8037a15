"""Fitting the proposal of adaptive importance sampling: a normal distribution of the scores."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.calibrate.weights import weights_of
from mc_engine.intervals import effective_sample_size

Array = NDArray[np.float64]

# A factor is informed when its mean has moved by so many standard deviations of its score, or its
# standard deviation has narrowed to less than this share.
MIN_SHIFT, MAX_NARROWING = 0.15, 0.9
# The covariance is inflated: the tails of a proposal must not be thinner than its target's.
INFLATION = 1.25


class GaussianProposal(NamedTuple):
    """Normal distribution that the scores of some factors are drawn from.

    Attributes
    ----------
    mean : float64[factor], standard deviations of the score
    covariance : float64[factor, factor]
    """

    mean: Array
    covariance: Array


def temper_for(
    log_likelihood: Array, log_prior_weight: Array, effective: float, most: float
) -> float:
    """Find the power of the likelihood that leaves a wanted effective sample size.

    Parameters
    ----------
    log_likelihood : float64[draw]
        -inf where a draw is ruled out.
    log_prior_weight : float64[draw]
        Prior over proposal; 0 where drawn from the prior.
    effective : float
        Wanted effective draws.
    most : float
        Largest power, in (0, 1]; returned where it leaves enough.

    Returns
    -------
    float
        In (0, ``most``].
    """

    def left(power: float) -> float:
        total = log_prior_weight + power * log_likelihood
        return effective_sample_size(weights_of(total))

    if left(most) >= effective:
        return most
    low, high = 0.0, most
    for _ in range(30):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if left(middle) >= effective else (low, middle)
    return max(low, high * 1e-3)


def informed_factors(scores: Array, weight: Array, prior_shift: Array) -> NDArray[np.int64]:
    """Find the factors whose scores the weights move or narrow beyond noise.

    Parameters
    ----------
    scores : float64[draw, factor]
    weight : float64[draw]
    prior_shift : float64[factor]
        Means under the prior; its standard deviations are 1.

    Returns
    -------
    int64[factor]
    """
    share = weight / weight.sum()
    mean = share @ scores
    deviation = np.sqrt(share @ (scores - mean) ** 2)
    moved = np.abs(mean - prior_shift) > MIN_SHIFT
    return np.flatnonzero(moved | (deviation < MAX_NARROWING))


def fit_gaussian(scores: Array, weight: Array, prior: GaussianProposal) -> GaussianProposal:
    """Fit a normal distribution to weighted scores, and inflate its covariance.

    A covariance from few effective draws is noisy: it is shrunk towards the prior's, the more so
    the more factors there are for each effective draw.

    Parameters
    ----------
    scores : float64[draw, factor]
    weight : float64[draw]
    prior : GaussianProposal
        Of the same factors.
    """
    share = weight / weight.sum()
    mean = share @ scores
    deviations = scores - mean
    fitted = (deviations * share[:, np.newaxis]).T @ deviations
    effective = effective_sample_size(weight)
    shrinkage = scores.shape[1] / (scores.shape[1] + effective)
    covariance = (1.0 - shrinkage) * fitted + shrinkage * prior.covariance
    return GaussianProposal(mean, INFLATION * covariance)
