"""Inverse distribution functions, compiled: from a quantile to a value in the prior's unit."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.accelerate import kernel
from mc_engine.design.normal import ndtri
from mc_engine.elementary import exp

# Codes of the families of ``mc_engine.problem.marginals``.
CONSTANT = 0
UNIFORM = 1
TRIANGULAR = 2
NORMAL = 3
LOGNORMAL = 4
SPLIT_NORMAL = 5
BETA = 6
DISCRETE = 7
PERT = 8
LOG_UNIFORM = 9
EMPIRICAL = 10


class Laws(NamedTuple):
    """Every marginal of a problem, one per row.

    ``shape`` by family: constant (value) · uniform (low, width) · triangular (low, high,
    quantile of the mode, width times left side, width times right side) · normal (mean, sd) ·
    lognormal (median, sigma) · split_normal (median, sd_low, sd_high) · beta (low, high, nodes
    per unit of score) · discrete (number of values) · pert (as beta) · log_uniform (low,
    logarithm of high / low) · empirical (number of values). The tables of beta and PERT laws,
    the (cumulative weight, value) pairs of discrete laws and the (place, value) pairs of
    empirical laws stand in ``table`` from ``offset`` on.

    Attributes
    ----------
    family : int64[marginal]
    uses_score : bool[marginal]
        The family's inverse starts from the normal score.
    shape : float64[marginal, 5], in the prior's unit where a length
    offset : int64[marginal]
    truncated : bool[marginal]
    below, above, span : float64[marginal], 1
        Probability of the whole law below and above the truncated one, and within it.
    low, high : float64[marginal], in the prior's unit
        Ends of the truncated law; values are kept within them against rounding.
    table : float64[entry]
    """

    family: NDArray[np.int64]
    uses_score: NDArray[np.bool_]
    shape: NDArray[np.float64]
    offset: NDArray[np.int64]
    truncated: NDArray[np.bool_]
    below: NDArray[np.float64]
    above: NDArray[np.float64]
    span: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    table: NDArray[np.float64]


@kernel
def formula_value(
    family: int, p0: float, p1: float, p2: float, p3: float, p4: float, u: float, z: float
) -> float:
    """Give the value of a law that has a formula.

    Parameters
    ----------
    family : int
        Any code but ``BETA``, ``DISCRETE``, ``PERT`` and ``EMPIRICAL``.
    p0, p1, p2, p3, p4 : float
        The law's row of ``Laws.shape``.
    u : float, 1
        Quantile of the whole law, within [0, 1].
    z : float, 1
        Its normal score; read by normal, lognormal and split normal laws.

    Returns
    -------
    float, the prior's unit
    """
    if family == UNIFORM:
        return p0 + p1 * u
    if family == TRIANGULAR:
        if u < p2:
            return p0 + math.sqrt(p3 * u)
        return p1 - math.sqrt(p4 * (1.0 - u))
    if family == NORMAL:
        return p0 + p1 * z
    if family == LOGNORMAL:
        return p0 * exp(p1 * z)
    if family == SPLIT_NORMAL:
        return p0 + (p1 if z < 0.0 else p2) * z
    if family == LOG_UNIFORM:
        return p0 * exp(p1 * u)
    return p0


@kernel
def discrete_value(table: NDArray[np.float64], offset: int, count: int, u: float) -> float:
    """Give the first value whose cumulative weight reaches the quantile.

    Parameters
    ----------
    table : float64[entry]
        (cumulative weight, value) pairs of all discrete laws, one law after another.
    offset : int
        Where this law's pairs start.
    count : int
        How many pairs it has.
    u : float, 1
        Quantile, within [0, 1].

    Returns
    -------
    float, the prior's unit
    """
    place = offset
    for _ in range(count - 1):
        if table[place] >= u:
            break
        place += 2
    return table[place + 1]


@kernel
def empirical_value(table: NDArray[np.float64], offset: int, count: int, u: float) -> float:
    """Give the value on the straight lines between observed values.

    Parameters
    ----------
    table : float64[entry]
        (place, value) pairs of all empirical laws, one law after another; places ascend from 0
        to 1.
    offset : int
        Where this law's pairs start.
    count : int
        How many pairs it has, at least 2.
    u : float, 1
        Quantile, strictly between 0 and 1.

    Returns
    -------
    float, the prior's unit
    """
    # The last pair whose place is at most u, by halving; so the pair after it lies above u.
    first, end = 0, count - 1
    while end - first > 1:
        middle = (first + end) // 2
        if table[offset + 2 * middle] <= u:
            first = middle
        else:
            end = middle
    pair = offset + 2 * first
    place, value = table[pair], table[pair + 1]
    return value + (u - place) / (table[pair + 2] - place) * (table[pair + 3] - value)


@kernel
def remapped(below: float, above: float, span: float, u: float) -> tuple[float, float]:
    """Turn a truncated law's quantile into that of the whole law, and its normal score.

    Whatever lies above the median is counted from above, so that both tails keep their digits.

    Parameters
    ----------
    below, above, span : float, 1
        The law's entries in ``Laws``.
    u : float, 1
        Quantile of the truncated law.

    Returns
    -------
    float, 1
        Quantile of the whole law.
    float, 1
        Its normal score.
    """
    from_below = below + span * u
    if from_below <= 0.5:
        return from_below, ndtri(from_below)
    from_above = above + span * (1.0 - u)
    return 1.0 - from_above, -ndtri(from_above)
