"""Figures of risk from a dataset of draws (``draws.nc``).

Every function takes the dataset and the ``Sample`` that says how its draws belong together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.errors import StatisticError
from mc_engine.intervals import Interval, Ordered, weighted_quantiles
from mc_engine.risk.columns import FAILED, labels, whole
from mc_engine.risk.sample import FAIL, NO, YES, Sample
from mc_engine.vocabulary.axes import NET, SCOPE, TARGET

Array: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.integer[Any]]

MISSED, MET = 1, 0
# Shares of the peak at which the chance of a larger residual is told.
RESIDUAL_SHARES = (0.01, 0.02, 0.05, 0.10, 0.20)
# In ``neutral_year``: the scope is not neutral at the horizon.
NEVER = 0
# Sorts after every calendar year.
_LATER = 10**6


@dataclass(frozen=True)
class Shortfall:
    """By how much a target is missed when it is missed.

    Attributes
    ----------
    count : int
        Number of draws that miss.
    mean, p95 : Interval or None
        In the margin's unit, above 0; None where no draw misses.
    """

    count: int
    mean: Interval | None
    p95: Interval | None


def shortfall_of(miss: Whole, margin: Array, sample: Sample) -> Shortfall:
    """Measure the shortfall of one target given a miss.

    Parameters
    ----------
    miss : int[draw]
        1 for a miss.
    margin : float64[draw]
        In the target's unit, below 0 where it is missed.
    sample : Sample
    """
    missed = miss == MISSED
    part = sample.part(missed)
    if part.empty:
        return Shortfall(0, None, None)
    size = -margin[missed]
    (tail,) = part.quantiles(size, (0.95,))
    return Shortfall(part.size, part.mean(size), tail)


@dataclass(frozen=True)
class JointTable:
    """How misses go together.

    Attributes
    ----------
    targets : tuple of str
    all_met : Interval
        P(all targets met).
    given : mapping of (str, str) to Interval or None
        ``given[a, b]`` is P(a missed | b missed); None where no draw tells.
    """

    targets: tuple[str, ...]
    all_met: Interval
    given: dict[tuple[str, str], Interval | None]


def joint_table(draws: xr.Dataset, sample: Sample) -> JointTable:
    """Tabulate P(all met) and P(A missed | B missed) for every ordered pair of targets.

    A draw that failed may belong to B or not, and be a miss of A or not; the ranges allow for
    both.
    """
    names = labels(draws, TARGET)
    if not names:
        raise StatisticError("draws: no target; add one to targets.yaml and run again")
    misses = [whole(draws, "miss", TARGET, index) for index in range(len(names))]
    given: dict[tuple[str, str], Interval | None] = {}
    ended = _ended_together(misses, sample)
    for b, condition in enumerate(names):
        part = sample.part(misses[b] != MET)
        for a, name in enumerate(names):
            if a == b:
                continue
            both = ended[b, a]
            known = both[YES, NO].any() or both[YES, YES].any()
            unknown = both[FAIL].sum(axis=0) + both[YES, FAIL]
            given[name, condition] = part.chance(both[YES, YES], unknown) if known else None
    return JointTable(tuple(names), _all_met(misses, sample), given)


def _all_met(misses: Sequence[Whole], sample: Sample) -> Interval:
    """Bound the chance that no target is missed; a draw that missed one has not met all."""

    def kind(rows: slice) -> Whole:
        missed = np.any([miss[rows] == MISSED for miss in misses], axis=0)
        failed = np.any([miss[rows] == FAILED for miss in misses], axis=0)
        return np.where(missed, 1, np.where(failed, 0, 2))

    failed, _, met = sample.tally(kind, 3)
    return sample.chance(met, failed)


def _ended_together(misses: Sequence[Whole], sample: Sample) -> dict[tuple[int, int], Array]:
    """Add up the weight of the draws by how two targets ended: failed, met or missed.

    Returns
    -------
    dict of (int, int) to float64[first, second, replicate]
        By the places of both targets.
    """
    result = {}
    for first, second in combinations(range(len(misses)), 2):
        pairs = sample.pairs(misses[first], misses[second])
        result[first, second], result[second, first] = pairs, pairs.swapaxes(0, 1)
    return result


def years_of(years: Whole, sample: Sample) -> tuple[NDArray[np.int64], Array, Array]:
    """Add up the weight of the draws by the year of a milestone.

    Parameters
    ----------
    years : int[draw]
        0 for never, -1 where the draw failed.
    sample : Sample

    Returns
    -------
    years : int64[year]
        Never first, and then every year from the first that occurs to the last.
    weight : float64[year, replicate]
    failed : float64[replicate]
        Of the draws that failed.
    """
    later = years[years > NEVER]
    first, last = (int(later.min()), int(later.max())) if later.size else (1, 0)

    def kind(rows: slice) -> Whole:
        result = years[rows].astype(np.intp)
        return np.where(result > NEVER, result - first + 2, result - FAILED)

    weight = sample.tally(kind, last - first + 3)
    return np.array([NEVER, *range(first, last + 1)]), weight[1:], weight[0]


def year_quantiles(
    draws: xr.Dataset, sample: Sample, name: str, q: Sequence[float] = (0.05, 0.5, 0.95)
) -> dict[str, list[int | None]]:
    """Give quantiles of a milestone's year by scope; None where the quantile is never.

    A scope that never becomes neutral does so later than any year. Failed draws are left out.
    """
    result: dict[str, list[int | None]] = {}
    for index, scope in enumerate(labels(draws, SCOPE)):
        years, weight, _ = years_of(whole(draws, name, SCOPE, index), sample)
        if not weight.any():
            result[scope] = [None] * len(q)
            continue
        late = np.where(years == NEVER, _LATER, years)
        reached = weighted_quantiles(late, weight.sum(axis=1), q).astype(np.int64)
        result[scope] = [int(year) if year < _LATER else None for year in reached]
    return result


def gross_scopes(draws: xr.Dataset) -> list[tuple[int, str]]:
    """Give position and name of the gross scopes of a dataset."""
    return [pair for pair in enumerate(labels(draws, SCOPE)) if pair[1] != NET]


def share_above(residual: Array, peak: Array, share: float, sample: Sample) -> Interval:
    """Bound the chance that the residual is above a share of the draw's own peak.

    Parameters
    ----------
    residual, peak : float64[draw], Mt CO2e/yr
        Not finite where the draw failed.
    share : float, 1
    sample : Sample
    """

    def kind(rows: slice) -> Whole:
        left = residual[rows]
        return np.where(np.isfinite(left), (left > share * peak[rows]) + 1, 0)

    failed, _, above = sample.tally(kind, 3)
    return sample.chance(above, failed)


def exceedance_of(residual: Array, sample: Sample, points: int = 101) -> xr.Dataset:
    """Trace the exceedance curve of one residual; one draw at least did not fail.

    It reads off the removals required for any confidence: with ``residual`` of them, the chance
    that they do not suffice is ``chance``.

    Parameters
    ----------
    residual : float64[draw], Mt CO2e/yr
        Not finite where the draw failed.
    sample : Sample
    points : int

    Returns
    -------
    xr.Dataset
        ``chance``, ``low``, ``high`` (1) along ``residual`` (Mt CO2e/yr), the quantiles of the
        residual at even steps of probability.
    """
    part, known = sample.known(residual)
    levels = np.unique(Ordered.of(known, part.weight).quantiles(np.linspace(0, 1, points)))
    del known

    def kind(rows: slice) -> Whole:
        # How many levels the residual is above; last, the draws that failed.
        values = residual[rows]
        return np.where(np.isfinite(values), np.searchsorted(levels, values), levels.size + 1)

    *kinds, failed = sample.tally(kind, levels.size + 2)
    above = np.cumsum(kinds[::-1], axis=0)[-2::-1]
    chances = [sample.chance(happened, failed) for happened in above]
    return xr.Dataset(
        {
            "chance": ("residual", [chance.estimate for chance in chances]),
            "low": ("residual", [chance.low for chance in chances]),
            "high": ("residual", [chance.high for chance in chances]),
        },
        coords={"residual": levels},
        attrs={"level": sample.level},
    )
