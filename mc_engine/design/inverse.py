"""Inverse distribution functions, compiled: from a quantile to a value in the prior's unit."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.beta import beta_value
from mc_engine.design.normal import ndtri
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.elementary import exp
from mc_engine.numerics.lanes import LANES, load, spread, sqrt, store, where

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


@inner
def formula_value(family: int, shape: NDArray[np.float64], u: Any, z: Any) -> Any:
    """Give the values of a law that has a formula.

    Parameters
    ----------
    family : int
        Any code but ``BETA``, ``DISCRETE``, ``PERT`` and ``EMPIRICAL``.
    shape : float64[5]
        The law's row of ``Laws.shape``.
    u : Vector, 1
        Quantiles of the whole law, within [0, 1].
    z : Vector, 1
        Their normal scores; read by normal, lognormal and split normal laws.

    Returns
    -------
    Vector, the prior's unit
    """
    p0, p1, p2 = shape[0], shape[1], shape[2]
    if family == UNIFORM:
        return p0 + p1 * u
    if family == TRIANGULAR:
        return where(u < p2, p0 + sqrt(shape[3] * u), p1 - sqrt(shape[4] * (1.0 - u)))
    if family == NORMAL:
        return p0 + p1 * z
    if family == LOGNORMAL:
        return p0 * exp(p1 * z)
    if family == SPLIT_NORMAL:
        return p0 + where(z < 0.0, p1, p2) * z
    if family == LOG_UNIFORM:
        return p0 * exp(p1 * u)
    return spread(p0)


@inner
def discrete_value(table: NDArray[np.float64], offset: int, count: int, u: Any) -> Any:
    """Give the first value whose cumulative weight reaches the quantile.

    Parameters
    ----------
    table : float64[entry]
        (cumulative weight, value) pairs of all discrete laws, one law after another.
    offset : int
        Where this law's pairs start.
    count : int
        How many pairs it has.
    u : Vector, 1
        Quantiles, within [0, 1].

    Returns
    -------
    Vector, the prior's unit
    """
    value = spread(table[offset + 2 * count - 1])
    for before in range(2, count + 1):
        pair = offset + 2 * (count - before)
        value = where(table[pair] >= u, table[pair + 1], value)
    return value


@inner
def _between_observed(table: NDArray[np.float64], offset: int, count: int, u: float) -> float:
    """Give one value on the straight lines between observed values; as ``empirical_value``."""
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


@inner
def empirical_value(
    table: NDArray[np.float64], offset: int, count: int, u: Any, spare: NDArray[np.float64]
) -> Any:
    """Give the values on the straight lines between observed values.

    Parameters
    ----------
    table : float64[entry]
        (place, value) pairs of all empirical laws, one law after another; places ascend from 0
        to 1.
    offset : int
        Where this law's pairs start.
    count : int
        How many pairs it has, at least 2.
    u : Vector, 1
        Quantiles, strictly between 0 and 1.
    spare : float64[lane]
        Scratch.

    Returns
    -------
    Vector, the prior's unit
    """
    store(u, spare)
    for lane in range(LANES):
        spare[lane] = _between_observed(table, offset, count, spare[lane])
    return load(spare)


@inner
def remapped(below: float, above: float, span: float, u: Any) -> tuple[Any, Any]:
    """Turn a truncated law's quantiles into those of the whole law, and their normal scores.

    Whatever lies above the median is counted from above, so that both tails keep their digits.

    Parameters
    ----------
    below, above, span : float, 1
        The law's entries in ``Laws``.
    u : Vector, 1
        Quantiles of the truncated law.

    Returns
    -------
    Vector, 1
        Quantiles of the whole law.
    Vector, 1
        Their normal scores.
    """
    from_below, from_above = below + span * u, above + span * (1.0 - u)
    is_low = from_below <= 0.5
    score = ndtri(where(is_low, from_below, from_above))
    return where(is_low, from_below, 1.0 - from_above), where(is_low, score, -score)


@inner
def law_value(laws: Laws, law: int, u: Any, z: Any, spare: NDArray[np.float64]) -> Any:
    """Give the values of a law at quantiles, kept within its ends.

    Parameters
    ----------
    laws : Laws
    law : int
        Its row.
    u : Vector, 1
        Quantiles of the law, truncated or not, strictly between 0 and 1.
    z : Vector, 1
        Their normal scores.
    spare : float64[lane]
        Scratch.

    Returns
    -------
    Vector, the prior's unit
    """
    if laws.truncated[law]:
        u, z = remapped(laws.below[law], laws.above[law], laws.span[law], u)
    family, offset, shape = laws.family[law], laws.offset[law], laws.shape[law]
    if family in (BETA, PERT):
        value = beta_value(laws.table, offset, shape[0], shape[1], shape[2], z)
    elif family == DISCRETE:
        value = discrete_value(laws.table, offset, int(shape[0]), u)
    elif family == EMPIRICAL:
        value = empirical_value(laws.table, offset, int(shape[0]), u, spare)
    else:
        value = formula_value(family, shape, u, z)
    low, high = laws.low[law], laws.high[law]
    value = where(value < low, low, value)
    return where(value > high, high, value)
