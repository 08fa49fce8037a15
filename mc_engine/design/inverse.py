"""Inverse distribution functions, compiled: from a quantile to a value in the prior's unit."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.accelerate import kernel
from mc_engine.design.normal import ndtri

# Codes of the families of ``mc_engine.problem.marginals``.
CONSTANT = 0
UNIFORM = 1
TRIANGULAR = 2
NORMAL = 3
LOGNORMAL = 4
SPLIT_NORMAL = 5
BETA = 6
DISCRETE = 7

# How a truncated law's quantile is remapped: not at all, or counted from one end, the one
# that keeps its digits.
WHOLE = 0
FROM_BELOW = 1
FROM_ABOVE = 2


class Laws(NamedTuple):
    """Every marginal of a problem, one per row.

    ``shape`` by family: constant (value) · uniform (low, width) · triangular (low, high,
    quantile of the mode, width times left side, width times right side) · normal (mean, sd) ·
    lognormal (median, sigma) · split_normal (median, sd_low, sd_high) · beta (low, high, nodes
    per unit of score) · discrete (number of values). The tables of beta laws and the
    (cumulative weight, value) pairs of discrete laws stand in ``table`` from ``offset`` on.

    Attributes
    ----------
    family : int64[marginal]
    uses_score : bool[marginal]
        The family's inverse starts from the normal score.
    shape : float64[marginal, 5], in the prior's unit where a length
    offset : int64[marginal]
    remap : int64[marginal]
        ``WHOLE``, ``FROM_BELOW`` or ``FROM_ABOVE``.
    remap_start, remap_span : float64[marginal], 1
        From below, the untruncated quantile is ``start + span u``; from above, one minus it is
        ``start - span u``.
    low, high : float64[marginal], in the prior's unit
        Ends of the truncated law; values are kept within them against rounding.
    table : float64[entry]
    """

    family: NDArray[np.int64]
    uses_score: NDArray[np.bool_]
    shape: NDArray[np.float64]
    offset: NDArray[np.int64]
    remap: NDArray[np.int64]
    remap_start: NDArray[np.float64]
    remap_span: NDArray[np.float64]
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
        Any code but ``BETA`` and ``DISCRETE``.
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
        return p0 * math.exp(p1 * z)
    if family == SPLIT_NORMAL:
        return p0 + (p1 if z < 0.0 else p2) * z
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
def remapped(
    remap: int, start: float, span: float, uses_score: bool, u: float, z: float
) -> tuple[float, float]:
    """Turn a truncated law's quantile into that of the whole law.

    Parameters
    ----------
    remap, start, span
        The law's entries in ``Laws``.
    uses_score : bool
        The score is computed only where the law uses it.
    u, z : float, 1
        Quantile of the truncated law, and its score.

    Returns
    -------
    float, 1
        Quantile of the whole law.
    float, 1
        Its normal score; ``z`` where the law does not use it.
    """
    if remap == WHOLE:
        return u, z
    if remap == FROM_BELOW:
        u = start + span * u
        return u, ndtri(u) if uses_score else z
    above = start - span * u
    return 1.0 - above, -ndtri(above) if uses_score else z
