"""Distances between distributions: PAWN, and regional sensitivity.

PAWN (Pianosi and Wagener 2015, 2018): how far the margin's distribution moves when an input is
known to lie in one of ten slices of equal weight (Kolmogorov and Smirnov's distance), as median,
mean and maximum over the slices. Regional sensitivity (Hornberger and Spear 1981): how far an
input's distribution differs between draws that miss and draws that meet the target, as the largest
distance (Kolmogorov and Smirnov) and as the two-sample statistic of Cramér and von Mises.

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
    places : int64[draw]
        Draws from the smallest output to the largest.
    before, at : float64[draw]
        Share of the weight below each value, and at or below it, in that order.
    weight : float64[draw] or None
        In that order; None for equal weights.
    """

    places: NDArray[np.int64]
    before: Array
    at: Array
    weight: Array | None

    @classmethod
    def of(cls, order: Order) -> "Steps":
        """Take the steps from an order.

        Parameters
        ----------
        order : Order
        """
        before, at = order.before_and_at()
        return cls(order.places, before, at, order.weight)


def slice_distances(code: NDArray[np.uint8], count: int, steps: Steps) -> Array:
    """Measure Kolmogorov and Smirnov's distance of the output in each slice from the output in all.

    Parameters
    ----------
    code : uint8[draw]
        Slice of every draw.
    count : int
        Number of slices.
    steps : Steps
        Of the output.

    Returns
    -------
    float64[slice]
        Within [0, 1]; NaN for an empty slice.
    """
    ordered = code[steps.places]
    # Counting sort: slice by slice, and in increasing order of the output within each.
    places = np.argsort(ordered, kind="stable")
    sizes = np.bincount(ordered, minlength=count)
    filled = np.flatnonzero(sizes)
    first = np.cumsum(sizes)[filled] - sizes[filled]
    weight = np.ones(code.size) if steps.weight is None else steps.weight[places]
    own = np.cumsum(weight)
    offset = own[first] - weight[first]
    total = np.diff(np.append(offset, own[-1]))
    own -= np.repeat(offset, sizes[filled])
    scale = np.repeat(1.0 / total, sizes[filled])
    above = np.maximum.reduceat(own * scale - steps.at[places], first)
    own -= weight
    below = np.maximum.reduceat(steps.before[places] - own * scale, first)
    found = np.full(count, np.nan)
    found[filled] = np.maximum(above, below)
    return found


def regional_distances(order: Order, miss: Array, effective: float) -> tuple[float, float]:
    """Measure how an input differs between draws that miss and draws that meet the target.

    Parameters
    ----------
    order : Order
        Of the input.
    miss : float64[draw]
        1 for a miss, else 0.
    effective : float
        Effective number of draws.

    Returns
    -------
    largest : float
        Kolmogorov and Smirnov's distance, within [0, 1].
    statistic : float
        Of Cramér and von Mises, at least 0. Both NaN where all draws miss, or none.
    """
    weight = order.weight
    ordered = miss[order.places]
    missed = ordered if weight is None else ordered * weight
    every = np.arange(1.0, ordered.size + 1.0) if weight is None else np.cumsum(weight)
    reached = np.cumsum(missed)
    total, all_missed = every[-1], reached[-1]
    if not 0.0 < all_missed < total:
        return np.nan, np.nan
    # F(x | miss) - F(x | met), from the running sums of all draws and of misses.
    gap = reached * (1.0 / all_missed + 1.0 / (total - all_missed)) - every / (total - all_missed)
    if order.tied:
        values = order.values
        last = np.flatnonzero(np.concatenate((values[1:] != values[:-1], [True])))
        gap = np.repeat(gap[last], np.diff(np.concatenate(([-1], last))))
    largest = max(float(gap.max()), -float(gap.min()))
    squares = np.dot(gap, gap) if weight is None else np.dot(gap * weight, gap)
    chance = all_missed / total
    return largest, float(chance * (1.0 - chance) * effective * squares / total)
