"""Variance-based indices with their intervals, for any number of outputs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

REPLICATES = "replicates"


class Estimates(NamedTuple):
    """Indices without intervals, or half-widths of theirs.

    Attributes
    ----------
    first, total : float64[..., group, output], 1
        NaN where the output is constant.
    second : float64[..., group, group, output] or None, 1
        Above the diagonal, NaN elsewhere.
    """

    first: Array
    total: Array
    second: Array | None

    def map(self, change: Callable[[Array], Array]) -> "Estimates":
        """Apply a function to every array.

        Parameters
        ----------
        change : callable
            From an array to an array.
        """
        second = None if self.second is None else change(self.second)
        return Estimates(change(self.first), change(self.total), second)


@dataclass(frozen=True)
class Indices:
    """First-order, total and second-order indices.

    An interval is not kept within [0, 1]: an estimate near 0 may lie below it, and the interval
    says by how much that is noise.

    Attributes
    ----------
    first, first_low, first_high : float64[group, output], 1
        Share of the output's variance that is gone once the group is known.
    total, total_low, total_high : float64[group, output], 1
        Share that is left once all but the group are known.
    level : float
        Confidence, in (0, 1).
    method : str
        Of the intervals: ``replicates``, or another with the tool that made them.
    base : int
        Base rows (Saltelli blocks) the estimates rest on.
    failed : int
        Rows that failed.
    left_out : int
        Blocks that left because a row of theirs failed.
    undefined : bool[output]
        Constant outputs: every figure of theirs is NaN.
    second, second_low, second_high : float64[group, group, output] or None, 1
        What a pair adds to the two; above the diagonal, NaN elsewhere.
    first_by_repeat, total_by_repeat : float64[repeat, group, output] or None, 1
        Indices of each replicate, for sums, ties and leads.
    """

    first: Array
    first_low: Array
    first_high: Array
    total: Array
    total_low: Array
    total_high: Array
    level: float
    method: str
    base: int
    failed: int
    left_out: int
    undefined: NDArray[np.bool_]
    second: Array | None = None
    second_low: Array | None = None
    second_high: Array | None = None
    first_by_repeat: Array | None = None
    total_by_repeat: Array | None = None


def bounded(result: Estimates, half: Estimates, **facts: Any) -> Indices:
    """Put an interval of the given half-width around each estimate.

    Parameters
    ----------
    result, half : Estimates
        Of [group, output]; both with the second order or both without.
    **facts
        The other fields of ``Indices``.

    Returns
    -------
    Indices
    """
    low = high = None
    if result.second is not None and half.second is not None:
        low, high = result.second - half.second, result.second + half.second
    return Indices(
        first=result.first,
        first_low=result.first - half.first,
        first_high=result.first + half.first,
        total=result.total,
        total_low=result.total - half.total,
        total_high=result.total + half.total,
        second=result.second,
        second_low=low,
        second_high=high,
        **facts,
    )
