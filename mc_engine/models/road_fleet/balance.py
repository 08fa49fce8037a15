"""Equations B: emissions by stage, removals granted, net."""

import math

from mc_engine.accelerate import kernel
from mc_engine.models.road_fleet.status import NOT_FINITE, OK

# g/MJ times MJ is g; a megatonne is 1e12 g.
G_PER_MT = 1e12
MJ_PER_PJ = 1e9
VEHICLES_PER_MILLION = 1e6


@kernel
def removals(gross, share, base, start, granted, net):
    """Removals granted to the sector and what is left (B-2).

    Parameters
    ----------
    gross : float64[year], Mt CO2e/yr
        From the first output year; positions below count from there.
    share : float, 1
        Of the emissions of ``base``, reached in the last year.
    base, start : int
    granted, net : float64[year], Mt CO2e/yr
        Overwritten.
    """
    last = gross.size - 1
    for year in range(last + 1):
        reached = 0.0
        if year > start:
            reached = (year - start) / (last - start)
        granted[year] = share * gross[base] * reached
        net[year] = gross[year] - granted[year]


@kernel
def finite(emissions):
    """Status of a draw's yearly emissions, float64[year] (B-1).

    A comparison, because ``isfinite`` is ``x - x == 0``, which reordered sums fold to true.
    """
    for year in range(emissions.size):
        if not -math.inf < emissions[year] < math.inf:
            return NOT_FINITE
    return OK
