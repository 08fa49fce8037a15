"""P(miss) against an input, and its reduction given the most favourable decile of the input.

The reduction is P(miss) - P(miss | the input lies in its most favourable decile). Which end is
favourable is decided in the other half of the draws: the sign of the rank correlation with the
margin in one half chooses the end for the other half, and both halves are then pooled. So no draw
helps to choose the end that it is counted for, and the reduction of an input without effect is 0 on
average.
"""

import math
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mc_engine.errors import StatisticError
from mc_engine.intervals import (
    FEW,
    LEVEL,
    Interval,
    proportion,
    replicated_proportion,
    replicates,
)

Array: TypeAlias = NDArray[np.float64]

# How P(miss) runs along an input.
FALLS, RISES, FLAT = "falls", "rises", "flat"
BEST_INSIDE, WORST_INSIDE = "lowest inside", "highest inside"
# Which end of the input's range is favourable.
HIGH, LOW, UNCLEAR = "high", "low", "unclear"
# Outcome that no draw showed.
MISS, MEETING = "miss", "meeting"


@dataclass(frozen=True)
class Counts:
    """Misses by slice of an input and by group of draws; sums of weights where weighted.

    Attributes
    ----------
    missed, failed, size : float64[slice, group]
        ``size`` counts all draws, failed ones included.
    square : float64[slice, group]
        Sums of squared weights.
    replicated : bool
        Whether the groups are replicates of a design.
    """

    missed: Array
    failed: Array
    size: Array
    square: Array
    replicated: bool

    def effective(self, group: bool = False) -> Array:
        """Effective number of draws of every slice.

        Parameters
        ----------
        group : bool
            Of every slice and group.

        Returns
        -------
        float64[slice] or float64[slice, group]
        """
        size, square = self.size, self.square
        if not group:
            size, square = size.sum(axis=1), square.sum(axis=1)
        return size**2 / np.where(square > 0.0, square, 1.0)


@dataclass(frozen=True)
class RiskReduction:
    """Reduction of P(miss) given the most favourable decile of an input.

    Attributes
    ----------
    interval : Interval
        P(miss) - P(miss | most favourable decile), 1; positive where a miss is then less likely.
    favourable : str
        ``high``, ``low``, or ``unclear`` where the two halves of the draws disagree.
    share : float
        Share of the weight in the favourable end: a tenth, but for equal values.
    """

    interval: Interval
    favourable: str
    share: float


def slice_chances(counts: Counts, level: float = LEVEL) -> list[Interval | None]:
    """Bound P(miss) in every slice of an input.

    Parameters
    ----------
    counts : Counts
    level : float

    Returns
    -------
    list of Interval or None
        By slice, 1; None for an empty slice.
    """
    effective, by_group = counts.effective(), counts.effective(group=True)
    result: list[Interval | None] = []
    for position, size in enumerate(counts.size):
        if size.sum() <= counts.failed[position].sum():
            result.append(None)
            continue
        there = size > counts.failed[position]
        if counts.replicated and there.sum() > 1:
            result.append(
                replicated_proportion(
                    counts.missed[position, there],
                    size[there],
                    counts.failed[position, there],
                    level,
                    n_effective=by_group[position, there],
                )
            )
        else:
            result.append(
                proportion(
                    counts.missed[position].sum(),
                    counts.failed[position].sum(),
                    size.sum(),
                    level,
                    n_effective=effective[position],
                )
            )
    return result


def shape_of(chances: list[Interval | None]) -> str:
    """Say how P(miss) runs along an input, as far as the intervals of its slices can tell.

    Parameters
    ----------
    chances : list of Interval or None
        By slice, from the smallest values to the largest; None for an empty one.

    Returns
    -------
    str
        ``falls`` or ``rises`` from one end to the other; ``lowest inside`` or ``highest inside``
        where a slice between the ends lies beyond the intervals of both, so that no end is the
        good one; ``flat`` where the intervals of both ends overlap. Other slices have no say: of
        ten intervals of a dummy some two do not overlap.
    """
    known = [chance for chance in chances if chance is not None]
    if len(known) < 2:
        return FLAT
    first, last, inside = known[0], known[-1], known[1:-1]
    if inside:
        best = min(inside, key=lambda chance: chance.estimate)
        worst = max(inside, key=lambda chance: chance.estimate)
        if best.high < min(first.low, last.low):
            return BEST_INSIDE
        if worst.low > max(first.high, last.high):
            return WORST_INSIDE
    if first.low > last.high:
        return FALLS
    if last.low > first.high:
        return RISES
    return FLAT


def risk_reduction(
    counts: Counts, signs: tuple[float, float], half: NDArray[np.int64], level: float = LEVEL
) -> RiskReduction:
    """Bound the reduction of P(miss) given the most favourable decile of an input.

    With s the share of the favourable end, the reduction is (1 - s) times the difference of P(miss)
    outside and inside it: two proportions of different draws. Independent draws: the interval of
    Newcombe (1998, method 10) from the intervals of both. Replicates: the t-interval of theirs, and
    Newcombe's where any replicate has fewer than 5 misses or hits, which is conservative. Failed
    draws widen both proportions, and with them the reduction.

    Parameters
    ----------
    counts : Counts
        By slice of equal weight; the first and the last slice are the ends.
    signs : (float, float)
        Rank correlation of the input with the margin in the two halves of the draws.
    half : int64[group]
        Half to which each group of draws belongs, 0 or 1.
    level : float

    Returns
    -------
    RiskReduction
    """
    ends = np.flatnonzero(counts.size.sum(axis=1) > 0.0)[[0, -1]]
    # The other half chooses: a larger margin at larger values makes the high end favourable.
    good_end = np.where(np.array(signs)[1 - half] > 0.0, ends[1], ends[0])
    groups = np.arange(half.size)
    tables = (counts.missed, counts.failed, counts.size, counts.square)
    inside = [table[good_end, groups] for table in tables]
    outside = [table.sum(axis=0) - part for table, part in zip(tables, inside, strict=True)]
    favourable = UNCLEAR if signs[0] * signs[1] <= 0.0 else (HIGH if signs[0] > 0.0 else LOW)
    share = float(inside[2].sum() / counts.size.sum())
    if ends[0] == ends[1]:
        return RiskReduction(Interval(0.0, 0.0, 0.0, level, "constant input"), UNCLEAR, 1.0)
    spread = _newcombe(outside, inside, level)
    scaled = [(1.0 - share) * end for end in (spread.estimate, spread.low, spread.high)]
    result = Interval(scaled[0], scaled[1], scaled[2], level, spread.method)
    enough = all(
        (np.minimum(part[0], part[2] - part[1] - part[0]) >= FEW).all()
        for part in (inside, outside)
    )
    if counts.replicated and half.size > 1:
        if enough and not counts.failed.any():
            reductions = _reduction(outside, inside)
            interval = replicates(reductions, level, estimate=scaled[0])
            return RiskReduction(interval, favourable, share)
        result = replace(result, method=spread.method + " on the pooled count, conservative")
    return RiskReduction(result, favourable, share)


def _reduction(outside: list[Array], inside: list[Array]) -> Array:
    """Reduction in every replicate; no draw failed."""
    whole = (outside[0] + inside[0]) / (outside[2] + inside[2])
    return np.asarray(whole - inside[0] / inside[2])


def _newcombe(outside: list[Array], inside: list[Array], level: float) -> Interval:
    """Bound the difference of P(miss) outside and inside the favourable end."""
    bounds = []
    for missed, failed, size, square in (outside, inside):
        if size.sum() <= failed.sum():
            raise StatisticError(
                "risk reduction: every draw in the favourable end failed; look at their status "
                "codes first"
            )
        effective = float(size.sum() ** 2 / square.sum())
        bounds.append(
            proportion(missed.sum(), failed.sum(), size.sum(), level, n_effective=effective)
        )
    first, second = bounds
    difference = first.estimate - second.estimate
    low = math.hypot(first.estimate - first.low, second.high - second.estimate)
    high = math.hypot(first.high - first.estimate, second.estimate - second.low)
    return Interval(
        difference, max(-1.0, difference - low), min(1.0, difference + high), level, "newcombe"
    )


@dataclass(frozen=True)
class Unseen:
    """Bound on an outcome that no draw showed.

    Attributes
    ----------
    outcome : {"miss", "meeting"}
        What was not seen.
    effective : float
        Effective number of draws.
    bound : float
        Upper end of its chance, 1: 1 - (1 - level)^(1/n), at 95 % the rule of three, 3/n.
    level : float
        Confidence of the bound, one-sided.
    """

    outcome: str
    effective: float
    bound: float
    level: float

    @property
    def message(self) -> str:
        """What still holds, in a sentence for error messages."""
        seen, unseen = ("No", "missing") if self.outcome == MISS else ("Every", "meeting")
        return (
            f"{seen} draw of {self.effective:,.0f} misses the target. The chance of {unseen} it is "
            f"at most {self.bound:.2g} at {100.0 * self.level:g} % confidence. What decides a miss "
            "cannot be inferred from these draws; what moves the margin can."
        )


def unseen(chance: float, effective: float, level: float = LEVEL) -> Unseen:
    """Bound the outcome that was not seen where no draw missed a target, or every one did.

    Parameters
    ----------
    chance : float
        P(miss), exactly 0 or 1.
    effective : float
        Effective number of draws.
    level : float

    Returns
    -------
    Unseen
    """
    bound = 1.0 - (1.0 - level) ** (1.0 / effective)
    return Unseen(MISS if chance == 0.0 else MEETING, effective, bound, level)
