"""Where to draw from when the past lies in the tail of the priors: a normal law of the scores."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.calibrate.weights import weights_of
from mc_engine.intervals import effective_sample_size

Array = NDArray[np.float64]

# A factor is aimed when its mean has moved by so many steps of its score, or its spread has
# narrowed to less than this share.
MOVED, NARROWED = 0.15, 0.9
# The proposal is wider than what it is fitted to: its own tails must not be thinner.
WIDER = 1.25


class Target(NamedTuple):
    """What the scores of some factors are to be drawn from.

    Attributes
    ----------
    mean : float64[factor], steps of the score
    covariance : float64[factor, factor]
    """

    mean: Array
    covariance: Array


def temper_for(log_likelihood: Array, log_prior_weight: Array, wanted: float, most: float) -> float:
    """Find the power of the likelihood that leaves as many effective draws as are wanted.

    Parameters
    ----------
    log_likelihood : float64[draw]
        -inf where a draw is ruled out.
    log_prior_weight : float64[draw]
        Prior over proposal; 0 where drawn from the prior.
    wanted : float
        Effective draws.
    most : float
        The power itself, in (0, 1]; given back where it leaves enough.

    Returns
    -------
    float
        In (0, ``most``].
    """

    def left(power: float) -> float:
        total = log_prior_weight + power * log_likelihood
        return effective_sample_size(weights_of(total))

    if left(most) >= wanted:
        return most
    low, high = 0.0, most
    for _ in range(30):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if left(middle) >= wanted else (low, middle)
    return max(low, high * 1e-3)


def who_moved(scores: Array, weight: Array, prior_shift: Array) -> NDArray[np.int64]:
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
    spread = np.sqrt(share @ (scores - mean) ** 2)
    return np.flatnonzero((np.abs(mean - prior_shift) > MOVED) | (spread < NARROWED))


def target(scores: Array, weight: Array, prior: Target) -> Target:
    """Fit a normal law to weighted scores, and widen it.

    Noise of a covariance from few effective draws is mixed down by as much of the prior's as
    there are factors for each of them.

    Parameters
    ----------
    scores : float64[draw, factor]
    weight : float64[draw]
    prior : Target
        Of the same factors.
    """
    share = weight / weight.sum()
    mean = share @ scores
    gaps = scores - mean
    fitted = (gaps * share[:, np.newaxis]).T @ gaps
    effective = effective_sample_size(weight)
    mixed = scores.shape[1] / (scores.shape[1] + effective)
    return Target(mean, WIDER * ((1.0 - mixed) * fitted + mixed * prior.covariance))
