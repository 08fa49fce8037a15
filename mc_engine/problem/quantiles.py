"""Inverse distribution functions of marginals, for checks, spans and displays.

The sampling kernel has compiled twins of these; the two are compared in the tests.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mc_engine.problem.marginals import Marginal, beta_of_pert

# Probabilities between which a draw counts as possible, when a prior is held against the valid
# range of its quantity.
LOWEST, HIGHEST = 1e-6, 1.0 - 1e-6
# Beyond this score a probability rounds to 1.
_LAST_SCORE = 8.0

Array = NDArray[np.float64]


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
        Values in the prior's unit, not decreasing in ``u``. Inverse of :func:`probability`.
    """
    share = np.asarray(u, dtype=np.float64)
    low, high = marginal.low, marginal.high
    if math.isinf(low) and math.isinf(high):
        return _inverse(marginal, share)
    start = below(marginal, low)
    end = float(probability(marginal, high))
    return np.clip(_inverse(marginal, start + share * (end - start)), low, high)


def probability(marginal: Marginal, x: ArrayLike) -> Array:
    """Give the share of the untruncated distribution at or below ``x``.

    Parameters
    ----------
    marginal : Marginal
        Its truncation is left out of account.
    x : float64[...]
        Values in the prior's unit.

    Returns
    -------
    float64[...]
        Probabilities in [0, 1].
    """
    value = np.asarray(x, dtype=np.float64)
    shape = marginal.shape
    match marginal.family:
        case "constant":
            return np.where(value >= shape[0], 1.0, 0.0)
        case "uniform":
            return np.clip((value - shape[0]) / (shape[1] - shape[0]), 0.0, 1.0)
        case "triangular":
            return _triangular_probability(value, *shape)
        case "normal":
            return np.asarray(special.ndtr((value - shape[0]) / shape[1]))
        case "lognormal":
            with np.errstate(divide="ignore"):
                score = (np.log(np.maximum(value, 0.0)) - math.log(shape[0])) / shape[1]
            return np.asarray(special.ndtr(score))
        case "split_normal":
            gap = value - shape[0]
            return np.asarray(special.ndtr(gap / np.where(gap < 0.0, shape[1], shape[2])))
        case "beta":
            a, b, low, high = shape
            return np.asarray(special.betainc(a, b, np.clip((value - low) / (high - low), 0, 1)))
        case "discrete":
            count = len(shape) // 2
            steps = np.concatenate(([0.0], np.cumsum(shape[count:])))
            return np.minimum(steps[np.searchsorted(shape[:count], value, side="right")], 1.0)
        case "pert":
            return probability(Marginal("beta", beta_of_pert(*shape)), value)
        case "log_uniform":
            inside = np.clip(value, shape[0], shape[1])
            return np.asarray(np.log(inside / shape[0]) / math.log(shape[1] / shape[0]))
        case "empirical":
            # Of values that are equal NumPy takes the last, which is what "at or below" asks for.
            return np.asarray(np.interp(value, *_halves(shape)))
    raise ValueError(f"unknown family '{marginal.family}'")


def below(marginal: Marginal, x: float) -> float:
    """Give the share of the untruncated distribution below ``x``.

    That of :func:`probability`, unless observed values are equal to ``x``.
    """
    if marginal.family != "empirical":
        return float(probability(marginal, x))
    values, places = _halves(marginal.shape)
    return 1.0 - float(np.interp(-x, -values[::-1], 1.0 - places[::-1]))


def _halves(shape: tuple[float, ...]) -> tuple[Array, Array]:
    """Observed values and their places."""
    count = len(shape) // 2
    return np.array(shape[:count]), np.array(shape[count:])


def _inverse(marginal: Marginal, u: Array) -> Array:
    shape = marginal.shape
    match marginal.family:
        case "constant":
            return np.full(u.shape, shape[0])
        case "uniform":
            return np.asarray(shape[0] + u * (shape[1] - shape[0]))
        case "triangular":
            return _triangular_inverse(u, *shape)
        case "normal":
            return np.asarray(shape[0] + shape[1] * special.ndtri(u))
        case "lognormal":
            return np.asarray(shape[0] * np.exp(shape[1] * special.ndtri(u)))
        case "split_normal":
            score = special.ndtri(u)
            return np.asarray(shape[0] + np.where(score < 0.0, shape[1], shape[2]) * score)
        case "beta":
            a, b, low, high = shape
            return np.asarray(low + (high - low) * special.betaincinv(a, b, u))
        case "discrete":
            count = len(shape) // 2
            steps = np.cumsum(shape[count:])[:-1]
            return np.asarray(shape[:count])[np.searchsorted(steps, u, side="left")]
        case "pert":
            return _inverse(Marginal("beta", beta_of_pert(*shape)), u)
        case "log_uniform":
            return np.asarray(shape[0] * np.exp(u * math.log(shape[1] / shape[0])))
        case "empirical":
            values, places = _halves(shape)
            return np.asarray(np.interp(u, places, values))
    raise ValueError(f"unknown family '{marginal.family}'")


def _triangular_probability(value: Array, low: float, mode: float, high: float) -> Array:
    width = high - low
    x = np.clip(value, low, high)
    rising = (x - low) ** 2 / (width * (mode - low)) if mode > low else np.zeros_like(x)
    falling = 1.0 - (high - x) ** 2 / (width * (high - mode)) if high > mode else np.ones_like(x)
    return np.where(x < mode, rising, falling)


def _triangular_inverse(u: Array, low: float, mode: float, high: float) -> Array:
    width = high - low
    turn = (mode - low) / width
    rising = low + np.sqrt(u * width * (mode - low))
    falling = high - np.sqrt((1.0 - u) * width * (high - mode))
    return np.where(u < turn, rising, falling)


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
        Quantiles at 1e-6 and 1 - 1e-6; the extreme values of a discrete belief.
    """
    if marginal.family == "discrete":
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
