"""First-order index from finished draws: how much of the variance lies between bins of an input.

The share of the variance between bins is too large by what the noise of each bin's mean adds. That
is found by leaving out one group of draws at a time (jackknife), and taken off; the same gives the
interval. A group is a replicate of the design, or one of 16 groups of independent draws. So the
correction holds for weights that go with the output, and for rows that are not independent.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mc_engine.errors import StatisticError
from mc_engine.intervals import LEVEL, check_level

Array: TypeAlias = NDArray[np.float64]

# Draws that a bin should hold before there are more bins.
_PER_BIN = 200
_MOST = 100
# Relative rounding allowed for in sums.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class BinSums:
    """What the first-order index needs of one input: sums by bin and group of draws.

    Attributes
    ----------
    weight : float64[bin, group]
    first, second : float64[..., bin, group]
        Weighted sums of the output and of its square, the output centred near 0.
    """

    weight: Array
    first: Array
    second: Array


def bins_for(effective: float, slices: int) -> int:
    """Choose how many bins: a multiple of the slices, with some 200 draws in each.

    Parameters
    ----------
    effective : float
        Effective number of draws.
    slices : int
    """
    wanted = min(effective ** (1.0 / 3.0), effective / _PER_BIN, _MOST)
    return slices * max(1, int(wanted // slices))


def first_order(sums: BinSums, level: float = LEVEL) -> tuple[Array, Array]:
    """Estimate Var(E[Y | X]) / Var(Y), without the noise of the bins' means.

    Parameters
    ----------
    sums : BinSums
        At least two groups.
    level : float

    Returns
    -------
    estimate : float64[...]
        1; near 0, and as often below as above, where the input does nothing. NaN where the output
        does not vary.
    half_width : float64[...]
        Of its interval, which is not cut at 0.
    """
    check_level(level)
    groups = sums.weight.shape[-1]
    if groups < 2:
        raise StatisticError(f"groups of draws: found {groups}, expected at least two to leave out")
    tables = (sums.weight, sums.first, sums.second)
    totals = [table.sum(axis=-1) for table in tables]
    # The bins last again, the group left out before them.
    left = [
        np.moveaxis(total[..., None] - table, -1, -2)
        for total, table in zip(totals, tables, strict=True)
    ]
    plain, without = _between(*totals), _between(*left)
    estimate = groups * plain - (groups - 1.0) * without.mean(axis=-1)
    spread = np.sqrt((groups - 1.0) * without.var(axis=-1))
    return estimate, spread * student(level, groups - 1)


def student(level: float, freedom: int) -> float:
    """Give the two-sided quantile of Student's t distribution.

    Parameters
    ----------
    level : float
    freedom : int
        Degrees of freedom.
    """
    return float(special.stdtrit(freedom, 0.5 + level / 2.0))


def _between(weight: Array, first: Array, second: Array) -> Array:
    """Share of the variance between the bins, the last axis, from sums by bin."""
    total = weight.sum(axis=-1)
    # What rounding leaves of an emptied bin is none.
    filled = weight > _ROUNDING * total[..., None]
    mean = np.where(filled, first, 0.0) / np.where(filled, weight, 1.0)
    centre = first.sum(axis=-1) / total
    variance = second.sum(axis=-1) / total - centre**2
    spread = filled * weight * (mean - centre[..., None]) ** 2
    between = spread.sum(axis=-1) / total
    result = np.full(np.shape(variance), math.nan)
    np.divide(between, variance, out=result, where=variance > _ROUNDING)
    return result
