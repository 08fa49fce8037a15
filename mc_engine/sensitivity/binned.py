"""First-order index from finished draws: how much of the variance lies between bins of an input.

The share of the variance between bins is too large by what the noise of each bin's mean adds;
that is taken off (Kelley's epsilon squared, with unequal weights). The interval leaves out one
group of draws at a time: a replicate of the design, or one of 16 groups of independent draws.
"""

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mc_engine.intervals import LEVEL, check_level

Array: TypeAlias = NDArray[np.float64]

# Draws that a bin should hold before there are more bins.
_PER_BIN = 200
_MOST = 100


@dataclass(frozen=True)
class Sums:
    """What the first-order index needs of one input: sums by bin and group of draws.

    Attributes
    ----------
    weight, square : float64[bin, group]
        Sums of weights, and of their squares.
    first, second : float64[..., bin, group]
        Weighted sums of the output and of its square, the output centred near 0.
    """

    weight: Array
    square: Array
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


def first_order(sums: Sums) -> Array:
    """Estimate Var(E[Y | X]) / Var(Y), without the noise of the bins' means.

    Parameters
    ----------
    sums : Sums

    Returns
    -------
    float64[...]
        1; near 0, and as often below as above, where the input does nothing.
    """
    return _index(
        sums.weight.sum(axis=-1),
        sums.square.sum(axis=-1),
        sums.first.sum(axis=-1),
        sums.second.sum(axis=-1),
    )


def first_order_interval(sums: Sums, level: float = LEVEL) -> tuple[Array, Array]:
    """Bound the first-order index by leaving out one group of draws at a time (jackknife).

    Parameters
    ----------
    sums : Sums
        At least two groups.
    level : float

    Returns
    -------
    low, high : float64[...]
        1, not cut at 0.
    """
    check_level(level)
    groups = sums.weight.shape[-1]
    totals = [table.sum(axis=-1) for table in (sums.weight, sums.square, sums.first, sums.second)]
    without = [
        total[..., None] - table
        for total, table in zip(
            totals, (sums.weight, sums.square, sums.first, sums.second), strict=True
        )
    ]
    # The bins last again, the group left out before them.
    left = [np.moveaxis(table, -1, -2) for table in without]
    found = _index(*left)
    spread = np.sqrt((groups - 1.0) * found.var(axis=-1))
    half = spread * student(level, groups - 1)
    centre = _index(*totals)
    return centre - half, centre + half


def student(level: float, freedom: int) -> float:
    """Give the two-sided quantile of Student's law.

    Parameters
    ----------
    level : float
    freedom : int
        Degrees of freedom.
    """
    return float(special.stdtrit(freedom, 0.5 + level / 2.0))


def _index(weight: Array, square: Array, first: Array, second: Array) -> Any:
    """Index from sums by bin, the last axis.

    A bin of two effective draws or fewer cannot tell its own noise: it takes that of the others.
    """
    total = weight.sum(axis=-1)
    share = weight / total[..., None]
    filled = weight > 0.0
    inside = np.where(filled, weight, 1.0)
    mean = first / inside
    effective = np.where(filled, weight**2 / np.where(filled, square, 1.0), 0.0)
    sharp = np.maximum(second / inside - mean**2, 0.0)
    several = effective > 2.0
    own = sharp * effective / np.where(several, effective - 1.0, 1.0)
    pooled = (share * own * several).sum(axis=-1) / (share * several).sum(axis=-1)
    noise = np.where(several, own, pooled[..., None])
    centre = first.sum(axis=-1) / total
    variance = second.sum(axis=-1) / total - centre**2
    between = (share * (mean - centre[..., None]) ** 2).sum(axis=-1)
    bias = (share * (1.0 - share) * noise / np.where(filled, effective, 1.0)).sum(axis=-1)
    found = np.full(np.shape(variance), math.nan)
    np.divide(between - bias, variance, out=found, where=variance > 0.0)
    return found
