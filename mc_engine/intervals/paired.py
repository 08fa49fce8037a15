"""Intervals of a difference between two figures from the same draws."""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mc_engine.errors import StatisticError
from mc_engine.intervals.single import FEW, LEVEL, Interval, check_count, check_level, replicates

Array: TypeAlias = NDArray[np.float64]


def tango(b: float, c: float, n: float, level: float = LEVEL) -> Interval:
    """Bound a difference of two proportions of the same draws by Tango's score interval (1998).

    Holds every difference that the score test, with the nuisance proportion at its maximum of
    likelihood under that difference, does not refuse.

    Parameters
    ----------
    b, c : float
        Draws in which only the first event happened, and only the second; not whole numbers
        where draws are weighted.
    n : float
        All draws, those in which both or neither happened included.
    level : float

    Returns
    -------
    Interval
        P(first) - P(second), in [-1, 1].
    """
    check_level(level)
    check_count(b + c, n, "draws that differ")
    check_count(min(b, c), n, "draws that differ")
    z = float(special.ndtri(0.5 + level / 2.0))
    estimate = (b - c) / n
    high = _furthest(b, c, n, z)
    low = -_furthest(c, b, n, z)
    return Interval(estimate, low, high, level, "tango")


def _furthest(b: float, c: float, n: float, z: float) -> float:
    """Find the largest difference whose score is above -z, by bisection: the score falls."""
    near, far = (b - c) / n, 1.0
    for _ in range(100):
        middle = 0.5 * (near + far)
        if _score(middle, b, c, n) > -z:
            near = middle
        else:
            far = middle
    return 0.5 * (near + far)


def _score(difference: float, b: float, c: float, n: float) -> float:
    """Standardise (b - c) / n under a supposed difference (Tango 1998, equations 8 to 10)."""
    if difference < 0.0:
        return -_score(-difference, c, b, n)
    # The proportion of ``c`` most likely under the difference: root of 2 n q^2 + p q - r = 0.
    p = (2.0 * n - b + c) * difference - b - c
    r = c * difference * (1.0 - difference)
    root = math.sqrt(p * p + 8.0 * n * r)
    q = 2.0 * r / (p + root) if p > 0.0 else (root - p) / (4.0 * n)
    gap = b - c - n * difference
    variance = n * (2.0 * q + difference * (1.0 - difference))
    if variance <= 0.0:
        return math.copysign(math.inf, gap) if gap else 0.0
    return gap / math.sqrt(variance)


@dataclass(frozen=True)
class Pairs:
    """Counts of pairs of events in the same draws; sums of weights where weighted.

    Attributes
    ----------
    only_first, only_second : float64[replicate]
        One of the two happened, and the other did not.
    may_add, may_take : float64[replicate]
        A draw failed on one side or both, and the pair might count for the first, or for the
        second.
    failed : float64[replicate]
        Pairs in which a draw failed.
    size : float64[replicate]
        All pairs.
    """

    only_first: Array
    only_second: Array
    may_add: Array
    may_take: Array
    failed: Array
    size: Array


def paired_difference(
    pairs: Pairs, level: float = LEVEL, *, n_effective: float | None = None
) -> Interval:
    """Bound P(first) - P(second) from events in the same draws.

    Independent draws (one replicate): Tango's interval. Replicated designs: the t-interval over
    the replicates' differences; where any replicate has fewer than 5 draws that differ, Tango's
    interval on the pooled count, which is conservative. Draws that failed widen both ends: each
    may have been a miss or not.

    Parameters
    ----------
    pairs : Pairs
    level : float
    n_effective : float, optional
        Effective number of draws of a weighted sample.

    Returns
    -------
    Interval
        1.
    """
    check_level(level)
    size, failed = float(pairs.size.sum()), float(pairs.failed.sum())
    if failed >= size:
        raise StatisticError(
            f"all {size:g} pairs of draws failed; look at their status codes first"
        )
    b, c = float(pairs.only_first.sum()), float(pairs.only_second.sum())
    estimate = (b - c) / (size - failed)
    suffix = "" if n_effective is None else ", effective sample size"
    suffix += ", widened for failed draws" if failed else ""
    several = pairs.size.size > 1
    if several and (pairs.only_first + pairs.only_second >= FEW).all():
        plain = pairs.only_first - pairs.only_second
        # A replicate moved towards the others narrows the t-interval: the widest ends hold.
        result = [
            replicates(values / pairs.size, level)
            for values in (plain - pairs.may_take, plain, plain + pairs.may_add)
        ]
        low = max(-1.0, min(interval.low for interval in result))
        high = min(1.0, max(interval.high for interval in result))
        method = "replicates of the difference" + suffix
        return Interval(estimate, low, high, level, method)
    scale = 1.0 if n_effective is None else n_effective / size
    add, take = float(pairs.may_add.sum()), float(pairs.may_take.sum())
    low = tango(b * scale, (c + take) * scale, size * scale, level).low
    high = tango((b + add) * scale, c * scale, size * scale, level).high
    method = "tango on the pooled count, conservative" if several else "tango"
    return Interval(estimate, low, high, level, method + suffix)
