"""Likelihood of the observations under each draw.

Equation C-1: the logarithm of an observation is that of the model's number plus the logarithms of
the scope factors plus an error; errors of one series are normal with standard deviation
``relative`` and correlation ``correlation`` between any two years. Equation C-2 adds the model's
own error, a random walk away from the year in which its levels are set, with standard deviation
``drift`` after one year (none by default). Scope factors are the same in every year; their uniform
ranges are taken as normal with the same mean and variance of the logarithm, so that they are
integrated over in closed form. Series are independent of each other.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from mc_engine.vocabulary.observations import ScopeFactor, Series

Array = NDArray[np.float64]


def scope_factor_moments(factor: ScopeFactor) -> tuple[float, float]:
    """Mean and variance of the logarithm of a scope factor, as it enters an observation.

    Parameters
    ----------
    factor : ScopeFactor

    Returns
    -------
    mean, variance : float, 1
    """
    a, b = factor.low, factor.high
    if b - a < 1e-9 * a:
        mean, variance = math.log(a), 0.0
    else:
        la, lb = math.log(a), math.log(b)
        mean = (b * lb - a * la) / (b - a) - 1.0
        square = (b * (lb * lb - 2.0 * lb + 2.0) - a * (la * la - 2.0 * la + 2.0)) / (b - a)
        variance = max(0.0, square - mean * mean)
    return (-mean if factor.divides else mean), variance


def moments(series: Series) -> tuple[float, Array]:
    """Mean shift and covariance of the logarithms of a series, given the model's numbers.

    Parameters
    ----------
    series : Series

    Returns
    -------
    shift : float, 1
    covariance : float64[year, year], 1
    """
    pairs = [scope_factor_moments(factor) for factor in series.scope_factors]
    shift = sum(mean for mean, _ in pairs)
    common = sum(variance for _, variance in pairs)
    size = len(series.years)
    error = series.relative**2
    covariance = np.full((size, size), error * series.correlation + common)
    covariance[np.diag_indices(size)] = error + common
    return shift, covariance + series.drift**2 * _walk(series)


def _walk(series: Series) -> Array:
    """Covariance of a random walk of unit steps away from one year, either way (C-2)."""
    away = np.array(series.years, dtype=np.float64) - series.level_year
    same_side = np.sign(away)[:, None] * np.sign(away)[None, :] > 0.0
    return np.where(same_side, np.minimum(np.abs(away)[:, None], np.abs(away)[None, :]), 0.0)


def residuals(series: Series, modelled: Array) -> Array:
    """Observation less model on the scale of logarithms, made standard normal (C-1).

    Parameters
    ----------
    series : Series
    modelled : float64[draw, year], in the series' unit
        NaN where a draw failed.

    Returns
    -------
    float64[draw, year], 1
        Independent standard normal for the draw that is the truth.
    """
    shift, covariance = moments(series)
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = np.log(np.array(series.values)) - np.log(modelled) - shift
    lower = np.linalg.cholesky(covariance)
    # A number of the model that is not above 0 cannot have given the observation.
    gap[~np.isfinite(gap).all(axis=1)] = np.nan
    return linalg.solve_triangular(lower, gap.T, lower=True, check_finite=False).T


class Fit(NamedTuple):
    """Likelihood and implausibility of each draw under one series.

    Attributes
    ----------
    log_likelihood : float64[draw]
        Logarithm of the likelihood (C-1); -inf where the model's numbers cannot have given the
        observations, or the draw failed.
    implausibility : float64[draw], 1
        Root mean square of the standardised residuals (history matching): about 1 for the truth,
        inf where the draw failed.
    """

    log_likelihood: Array
    implausibility: Array


def fit(series: Series, modelled: Array) -> Fit:
    """Compare every draw with one series.

    Parameters
    ----------
    series : Series
    modelled : float64[draw, year], in the series' unit

    Returns
    -------
    Fit
    """
    _, covariance = moments(series)
    squares = (residuals(series, modelled) ** 2).sum(axis=1)
    impossible = np.isnan(squares)
    _, determinant = np.linalg.slogdet(covariance)
    size = len(series.years)
    likelihood = -0.5 * (squares + float(determinant) + size * math.log(2.0 * math.pi))
    likelihood[impossible] = -np.inf
    squares[impossible] = np.inf
    return Fit(likelihood, np.sqrt(squares / size))
