"""Inverse distribution functions, compiled: from a quantile to a value in the prior's unit."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.accelerate import kernel
from mc_engine.design.beta import beta_distance
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
def _by_score(laws: Laws, law: int, z: float) -> float:
    """Value of a law whose inverse starts from the score."""
    family = laws.family[law]
    shape = laws.shape[law]
    if family == NORMAL:
        return shape[0] + shape[1] * z
    if family == LOGNORMAL:
        return shape[0] * math.exp(shape[1] * z)
    if family == SPLIT_NORMAL:
        return shape[0] + (shape[1] if z < 0.0 else shape[2]) * z
    distance, is_upper = beta_distance(laws.table, laws.offset[law], shape[2], z)
    width = (shape[1] - shape[0]) * distance
    return shape[1] - width if is_upper else shape[0] + width


@kernel
def _by_quantile(laws: Laws, law: int, u: float) -> float:
    """Value of a law whose inverse starts from the quantile."""
    family = laws.family[law]
    shape = laws.shape[law]
    if family == UNIFORM:
        return shape[0] + shape[1] * u
    if family == TRIANGULAR:
        if u < shape[2]:
            return shape[0] + math.sqrt(shape[3] * u)
        return shape[1] - math.sqrt(shape[4] * (1.0 - u))
    if family == DISCRETE:
        place = laws.offset[law]
        last = place + 2 * (int(shape[0]) - 1)
        while place < last and laws.table[place] < u:
            place += 2
        return laws.table[place + 1]
    return shape[0]


@kernel
def quantile(laws: Laws, law: int, u: float, z: float) -> float:
    """Give the value of one marginal at a quantile.

    Parameters
    ----------
    laws : Laws
    law : int
        Row of ``laws``.
    u : float, 1
        Quantile, strictly between 0 and 1.
    z : float, 1
        Its normal score; read only where the law uses the score and is not truncated.

    Returns
    -------
    float, the prior's unit
        Within the ends of the law; never NaN.
    """
    remap = laws.remap[law]
    if remap == FROM_BELOW:
        u = laws.remap_start[law] + laws.remap_span[law] * u
        if laws.uses_score[law]:
            z = ndtri(u)
    elif remap == FROM_ABOVE:
        above = laws.remap_start[law] - laws.remap_span[law] * u
        u = 1.0 - above
        if laws.uses_score[law]:
            z = -ndtri(above)
    value = _by_score(laws, law, z) if laws.uses_score[law] else _by_quantile(laws, law, u)
    return min(max(value, laws.low[law]), laws.high[law])
