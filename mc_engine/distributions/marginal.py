"""Distributions of one number in canonical form: CDF, quantile, and what follows from them.

The sampling kernel has compiled twins of the quantiles; the two are compared in the tests.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from mc_engine.distributions.base import Array
from mc_engine.distributions.families import FAMILIES

# Probabilities between which a draw counts as possible, when a prior is held against the valid
# range of its quantity.
LOWEST, HIGHEST = 1e-6, 1.0 - 1e-6
# Beyond this score a probability rounds to 1.
_LAST_SCORE = 8.0


@dataclass(frozen=True)
class Marginal:
    """A distribution of one number, with optional truncation by quantile remap.

    Attributes
    ----------
    family : str
        A key of ``FAMILIES``.
    shape : tuple of float
        Canonical parameters; the file of each family says which.
    low, high : float
        Ends of the truncation: with F the untruncated distribution function, the quantile at
        ``u`` is ``F^-1(F(low) + u (F(high) - F(low)))``.
    """

    family: str
    shape: tuple[float, ...]
    low: float = -math.inf
    high: float = math.inf

    @property
    def is_truncated(self) -> bool:
        """Whether an end is closed."""
        return self.low > -math.inf or self.high < math.inf


def cdf(marginal: Marginal, x: float) -> tuple[float, float]:
    """Probability at or below, and above, a value; truncation left out of account.

    Parameters
    ----------
    marginal : Marginal
    x : float
        In the prior's unit; may be infinite.

    Returns
    -------
    (float, float)
        Each with its own digits; they sum to 1. Inverse of :func:`quantile`.
    """
    return FAMILIES[marginal.family].cdf(marginal.shape, x)


def cdf_open(marginal: Marginal, x: float) -> tuple[float, float]:
    """Probability below, and at or above, a value: other than ``cdf`` where values repeat."""
    family = FAMILIES[marginal.family]
    return (family.cdf_open or family.cdf)(marginal.shape, x)


def share_within(marginal: Marginal) -> float:
    """Probability between the ends of the truncation, both included."""
    return cdf(marginal, marginal.high)[0] - cdf_open(marginal, marginal.low)[0]


def quantile(marginal: Marginal, u: ArrayLike) -> Array:
    """Give the values below which a share ``u`` of the distribution lies.

    Parameters
    ----------
    marginal : Marginal
        Any family, with its truncation.
    u : float64[...]
        Probabilities, 0 < u < 1.

    Returns
    -------
    float64[...]
        Values in the prior's unit, not decreasing in ``u``.
    """
    family, share = FAMILIES[marginal.family], np.asarray(u, dtype=np.float64)
    if not marginal.is_truncated:
        return family.quantile(marginal.shape, share)
    start = cdf_open(marginal, marginal.low)[0]
    whole = start + share * share_within(marginal)
    return np.clip(family.quantile(marginal.shape, whole), marginal.low, marginal.high)


def span(marginal: Marginal, shift: float = 0.0) -> tuple[float, float]:
    """Give the lowest and highest value that counts as possible, in the prior's unit.

    Parameters
    ----------
    marginal : Marginal
    shift : float
        Steps of the standard normal score by which a scenario moves the quantile.

    Returns
    -------
    (float, float)
        Quantiles at 1e-6 and 1 - 1e-6; the extreme values of a discrete distribution.
    """
    if FAMILIES[marginal.family].in_steps:
        values = marginal.shape[: len(marginal.shape) // 2]
        return values[0], values[-1]
    ends = np.array([LOWEST, HIGHEST])
    if shift != 0.0:
        ends = special.ndtr(np.clip(special.ndtri(ends) + shift, -_LAST_SCORE, _LAST_SCORE))
    low, high = quantile(marginal, ends)
    return float(low), float(high)


def middle(marginal: Marginal) -> tuple[float, float, float]:
    """Give the 5th, 50th and 95th percentile, in the prior's unit."""
    p5, p50, p95 = quantile(marginal, np.array([0.05, 0.5, 0.95]))
    return float(p5), float(p50), float(p95)
