"""Figures of risk from a dataset of draws (``draws.nc``).

Every function takes the dataset and the ``Sample`` that says how its draws belong together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.errors import StatisticError, preview
from mc_engine.intervals import Interval, weighted_quantiles
from mc_engine.risk.sample import FAILED, Sample
from mc_engine.schema.axes import DRAW, NET, SCOPE, TARGET

Array: TypeAlias = NDArray[np.float64]

MISSED, MET = 1, 0
# Shares of the peak at which the chance of a larger residual is told.
RESIDUAL_SHARES = (0.01, 0.02, 0.05, 0.10, 0.20)
# In ``neutral_year``: the scope is not neutral at the horizon.
NEVER = 0
# Sorts after every calendar year.
_LATER = 10**6


def variable(draws: xr.Dataset, name: str, *axes: str) -> NDArray[Any]:
    """Find one variable with its axes in the given order.

    Raises
    ------
    StatisticError
        When the dataset does not have it.
    """
    if name not in draws:
        raise StatisticError(
            f"draws: no variable '{name}'; found {preview(draws.data_vars, 12)}; "
            "run again with a version that stores it"
        )
    return draws[name].transpose(*axes).values


def labels(draws: xr.Dataset, axis: str) -> list[str]:
    """Give the labels of an axis as text; none where it is missing."""
    if axis not in draws.coords:
        return []
    return [str(label) for label in draws.coords[axis].values]


def whole(draws: xr.Dataset, name: str, *axes: str) -> NDArray[np.int64]:
    """Find a variable of whole numbers; -1 where the draw failed, also where it reads as NaN."""
    found = variable(draws, name, *axes)
    if np.issubdtype(found.dtype, np.floating):
        found = np.where(np.isnan(found), FAILED, found)
    return found.astype(np.int64)


def chance_of_missing(draws: xr.Dataset, sample: Sample) -> dict[str, Interval]:
    """Estimate P(miss) of every target.

    Returns
    -------
    dict of str to Interval
        By target, in 1.
    """
    miss = whole(draws, "miss", DRAW, TARGET)
    names = labels(draws, TARGET)
    return {name: sample.proportion(miss[:, place]) for place, name in enumerate(names)}


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


def shortfall(draws: xr.Dataset, sample: Sample) -> dict[str, Shortfall]:
    """Measure the shortfall given a miss: its mean and its 95th percentile, by target."""
    miss, margin = whole(draws, "miss", DRAW, TARGET), variable(draws, "margin", DRAW, TARGET)
    found = {}
    for place, name in enumerate(labels(draws, TARGET)):
        missed = miss[:, place] == MISSED
        part = sample.part(missed)
        if part.empty:
            found[name] = Shortfall(0, None, None)
            continue
        size = -margin[missed, place]
        (tail,) = part.quantiles(size, (0.95,))
        found[name] = Shortfall(int(missed.sum()), part.mean(size), tail)
    return found


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
    miss, names = whole(draws, "miss", DRAW, TARGET), labels(draws, TARGET)
    if not names:
        raise StatisticError("draws: no target; add one to targets.yaml and run again")
    met = np.where((miss == FAILED).any(axis=1), FAILED, MISSED)
    met = np.where((miss == MISSED).any(axis=1), MET, met).astype(np.int8)
    given: dict[tuple[str, str], Interval | None] = {}
    for b, condition in enumerate(names):
        keep = miss[:, b] != MET
        part = sample.part(keep)
        for a, name in enumerate(names):
            if a == b:
                continue
            flags = np.where(miss[:, b] == MISSED, miss[:, a], FAILED)[keep]
            known = sample.part(keep & (miss[:, b] == MISSED) & (miss[:, a] != FAILED))
            given[name, condition] = None if known.empty else part.proportion(flags)
    return JointTable(tuple(names), sample.proportion(met), given)


@dataclass(frozen=True)
class YearChance:
    """The chance that a milestone falls in one year; ``year`` 0 for never."""

    scope: str
    year: int
    chance: Interval


def year_distribution(draws: xr.Dataset, sample: Sample, name: str) -> list[YearChance]:
    """Tabulate in which year each scope peaks, or becomes neutral.

    Parameters
    ----------
    draws : xr.Dataset
    sample : Sample
    name : {"peak_year", "neutral_year"}

    Returns
    -------
    list of YearChance
        Every year that occurs, in order, by scope.
    """
    years = whole(draws, name, DRAW, SCOPE)
    found = []
    for place, scope in enumerate(labels(draws, SCOPE)):
        column = years[:, place]
        for year in np.unique(column[column != FAILED]):
            flags = np.where(column == FAILED, FAILED, column == year)
            found.append(YearChance(scope, int(year), sample.proportion(flags)))
    return found


def year_quantiles(
    draws: xr.Dataset, sample: Sample, name: str, q: Sequence[float] = (0.05, 0.5, 0.95)
) -> dict[str, list[int | None]]:
    """Give quantiles of a milestone's year by scope; None where the quantile is never.

    A scope that never becomes neutral does so later than any year. Failed draws are left out.
    """
    years = whole(draws, name, DRAW, SCOPE)
    found: dict[str, list[int | None]] = {}
    for place, scope in enumerate(labels(draws, SCOPE)):
        column = years[:, place]
        good = column != FAILED
        part = sample.part(good)
        if part.empty:
            found[scope] = [None] * len(q)
            continue
        late = np.where(column == NEVER, _LATER, column)[good]
        reached = weighted_quantiles(late, part.weight, np.asarray(q)).astype(np.int64)
        found[scope] = [int(year) if year < _LATER else None for year in reached]
    return found


def gross_scopes(draws: xr.Dataset) -> list[tuple[int, str]]:
    """Give position and name of the gross scopes of a dataset."""
    return [pair for pair in enumerate(labels(draws, SCOPE)) if pair[1] != NET]


def residual_above(
    draws: xr.Dataset, sample: Sample, shares: Sequence[float] = RESIDUAL_SHARES
) -> dict[str, dict[float, Interval]]:
    """Estimate P(residual > x of the draw's own peak) by gross scope.

    The residual is what is emitted in the last year, and so the removals required.
    """
    residual, peak = variable(draws, "residual", DRAW, SCOPE), variable(draws, "peak", DRAW, SCOPE)
    found: dict[str, dict[float, Interval]] = {}
    for place, scope in gross_scopes(draws):
        failed = ~np.isfinite(residual[:, place])
        found[scope] = {}
        for share in shares:
            above = residual[:, place] > share * peak[:, place]
            found[scope][share] = sample.proportion(np.where(failed, FAILED, above))
    return found


def exceedance(draws: xr.Dataset, sample: Sample, scope: str, points: int = 101) -> xr.Dataset:
    """Trace the residual's exceedance curve of one gross scope.

    It reads off the removals required for any confidence: with ``residual`` of them, the chance
    that they do not suffice is ``chance``.

    Returns
    -------
    xr.Dataset
        ``chance``, ``low``, ``high`` (1) along ``residual`` (Mt CO2e/yr), the quantiles of the
        residual at even steps of probability.
    """
    names = labels(draws, SCOPE)
    if scope not in names or scope == NET:
        raise StatisticError(
            f"scope: found '{scope}', expected one of "
            f"{preview(name for _, name in gross_scopes(draws))}"
        )
    values = variable(draws, "residual", DRAW, SCOPE)[:, names.index(scope)]
    good = np.isfinite(values)
    part = sample.part(good)
    if part.empty:
        raise StatisticError(f"residual of {scope}: every draw failed; see their status codes")
    levels = np.unique(weighted_quantiles(values[good], part.weight, np.linspace(0, 1, points)))
    chances = [sample.proportion(np.where(good, values > level, FAILED)) for level in levels]
    return xr.Dataset(
        {
            "chance": ("residual", [chance.estimate for chance in chances]),
            "low": ("residual", [chance.low for chance in chances]),
            "high": ("residual", [chance.high for chance in chances]),
        },
        coords={"residual": levels},
        attrs={"scope": scope, "level": sample.level},
    )
