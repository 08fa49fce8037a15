"""Spreads of repeated times, and what pairs of times say about a ratio."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr

LEVEL = 0.95
FEWEST_PAIRS = 6  # five ratios on one side of 1 happen by chance more often than 1 in 20
WIDE = 1.10  # a slowdown up to this factor is reported and does not fail


@dataclass(frozen=True)
class Ratio:
    """Ratio of two times, from pairs measured one right after the other.

    Attributes
    ----------
    median, low, high : float
        New time over old time; the interval holds the median of such ratios at ``LEVEL``.
    pairs : int
    """

    median: float
    low: float
    high: float
    pairs: int

    @property
    def verdict(self) -> str:
        """``faster``, ``slower`` or ``cannot tell``."""
        if self.high < 1.0:
            return "faster"
        return "slower" if self.low > 1.0 else "cannot tell"

    @property
    def too_slow(self) -> bool:
        """True where it is slower beyond doubt and beyond the wide limit."""
        return self.low > 1.0 and self.median > WIDE


def median_ratio(new: Sequence[float], old: Sequence[float]) -> Ratio:
    """Median of the ratios of pairs, with an interval from their order statistics.

    The interval needs no assumption on the distribution of the noise: the number of ratios below
    their median is binomial. Fewer than ``FEWEST_PAIRS`` pairs cannot give the level; the
    interval is then unbounded.
    """
    if len(new) != len(old) or not new:
        raise ValueError(f"found {len(new)} new and {len(old)} old times, expected as many pairs")
    ratios = np.sort(np.asarray(new) / np.asarray(old))
    count = ratios.size
    # Largest rank r with P(fewer than r of the ratios lie below the median) <= (1 - LEVEL) / 2.
    ranks = np.arange(1, count // 2 + 1)
    fits = ranks[bdtr(ranks - 1, count, 0.5) <= (1.0 - LEVEL) / 2.0]
    if not fits.size:
        return Ratio(float(np.median(ratios)), 0.0, float("inf"), count)
    rank = int(fits[-1])
    return Ratio(
        float(np.median(ratios)), float(ratios[rank - 1]), float(ratios[count - rank]), count
    )


def spread(seconds: Sequence[float]) -> dict[str, float | list[float]]:
    """Median, best, and quartiles of repeated times, s."""
    low, middle, high = np.quantile(seconds, [0.25, 0.5, 0.75])
    return {
        "median": float(middle),
        "best": float(min(seconds)),
        "quarter": float(low),
        "three_quarters": float(high),
        "seconds": [float(value) for value in seconds],
    }
