"""Distances between distributions: PAWN, and regional sensitivity.

PAWN (Pianosi and Wagener 2015, 2018): how far the margin's distribution moves when an input is
known to lie in one of ten slices of equal weight (Kolmogorov-Smirnov distance), as median,
mean and maximum over the slices. Regional sensitivity (Hornberger and Spear 1981): how far an
input's distribution differs between draws that miss and draws that meet the target, as the largest
Kolmogorov-Smirnov distance and as the two-sample statistic of Cramér and von Mises.

Both are proven against SALib. There the last slice of PAWN leaves out the largest value of the
input; here it does not.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mc_engine.sensitivity.ranks import Order

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Steps:
    """One output in increasing order, with its distribution function.

    Attributes
    ----------
    positions : int64[draw]
        Draws from the smallest output to the largest.
    at : float64[draw]
        Share of the weight at or below each value, in that order.
    before : float64[draw] or None
        Share below each value; None where no values are equal: it is then ``at`` less the draw's
        own share.
    weight : float64[draw] or None
        In that order; None for equal weights.
    """

    positions: NDArray[np.int64]
    at: Array
    before: Array | None
    weight: Array | None

    @classmethod
    def of(cls, order: Order) -> "Steps":
        """Take the steps from an order.

        Parameters
        ----------
        order : Order
        """
        before, at = order.before_and_at()
        return cls(order.positions, at, before if order.tied else None, order.weight)


@dataclass(frozen=True)
class Slices:
    """Draws of one input by slice; the same for all outputs.

    Attributes
    ----------
    code : uint8[draw]
        Slice of every draw.
    count : int
        Number of slices.
    filled, first : int64[filled slice]
        Slices that hold draws, and where each starts when draws stand slice by slice.
    total : float64[filled slice]
        Weight of each; its number of draws where weights are equal.
    scale : float64[draw]
        Slice by slice, one over that.
    reached : float64[draw]
        Of equal weights, slice by slice: share of the slice up to each draw, itself included,
        plus the number of slices before it.
    """

    code: NDArray[np.uint8]
    count: int
    filled: NDArray[np.int64]
    first: NDArray[np.int64]
    total: Array
    scale: Array
    reached: Array

    @classmethod
    def of(cls, code: NDArray[np.uint8], count: int, weight: Array | None = None) -> "Slices":
        """Count the draws of every slice.

        Parameters
        ----------
        code : uint8[draw]
        count : int
        weight : float64[draw], optional
        """
        sizes = np.bincount(code, minlength=count)
        filled = np.flatnonzero(sizes)
        total = np.bincount(code, weight, minlength=count)[filled].astype(np.float64)
        sizes = sizes[filled]
        scale = np.repeat(1.0 / total, sizes)
        return cls(code, count, filled, np.cumsum(sizes) - sizes, total, scale, np.cumsum(scale))


def slice_distances(slices: Slices, steps: Steps) -> Array:
    """Measure the Kolmogorov-Smirnov distance of the output in each slice from that in all draws.

    Parameters
    ----------
    slices : Slices
        Of the input, with the weights of the output.
    steps : Steps
        Of the output.

    Returns
    -------
    float64[slice]
        Within [0, 1]; NaN for an empty slice.
    """
    # Counting sort: slice by slice, and in increasing order of the output within each.
    positions = np.argsort(slices.code[steps.positions], kind="stable")
    first, whole = slices.first, float(slices.total.sum())
    # The running sum over all draws passes a whole number with every slice.
    offset = np.arange(first.size, dtype=np.float64)
    gap = steps.at[positions]
    if steps.weight is None:
        gap -= slices.reached
        above = -np.minimum.reduceat(gap, first) - offset
        if steps.before is not None:
            gap = steps.before[positions] - slices.reached
        own = 0.0 if steps.before is not None else 1.0 / whole
        below = np.maximum.reduceat(gap, first) + offset + (1.0 / slices.total - own)
    else:
        weight = steps.weight[positions]
        step = weight * slices.scale
        reached = np.cumsum(step)
        gap -= reached
        above = -np.minimum.reduceat(gap, first) - offset
        if steps.before is None:
            gap -= weight / whole
        else:
            gap = steps.before[positions] - reached
        gap += step
        below = np.maximum.reduceat(gap, first) + offset
    result = np.full(slices.count, np.nan)
    result[slices.filled] = np.maximum(above, below)
    return result


def regional_distances(
    order: Order, miss: Array | NDArray[np.bool_], effective: float
) -> tuple[float, float]:
    """Measure how an input differs between draws that miss and draws that meet the target.

    Parameters
    ----------
    order : Order
        Of the input.
    miss : bool[draw] or float64[draw]
        1 for a miss, else 0.
    effective : float
        Effective number of draws.

    Returns
    -------
    largest : float
        Kolmogorov-Smirnov distance, within [0, 1].
    statistic : float
        Of Cramér and von Mises, at least 0. Both NaN where all draws miss, or none.
    """
    weight = order.weight
    ordered = miss[order.positions]
    missed = ordered if weight is None else ordered * weight
    reached = np.cumsum(missed, dtype=np.float64)
    every = order.running
    total, all_missed = float(every[-1]), float(reached[-1])
    if not 0.0 < all_missed < total:
        return np.nan, np.nan
    # F(x | miss) - F(x | met), from the running sums of all draws and of misses; times the
    # weight of what was met.
    reached *= total / all_missed
    reached -= every
    gap = reached
    if order.tied:
        values = order.values
        last = np.flatnonzero(np.concatenate((values[1:] != values[:-1], [True])))
        gap = np.repeat(gap[last], np.diff(np.concatenate(([-1], last))))
    met = total - all_missed
    largest = max(float(gap.max()), -float(gap.min())) / met
    squares = float(np.dot(gap, gap) if weight is None else np.dot(gap * weight, gap)) / met**2
    chance = all_missed / total
    return largest, chance * (1.0 - chance) * effective * squares / total
