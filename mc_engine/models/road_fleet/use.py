"""Equations U: how far vehicles are driven.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.accelerate import kernel
from mc_engine.elementary import exp
from mc_engine.lanes import LANES, copy, multiply, scale


@kernel
def class_distance(level, power, log_index, trend, base, yo, first_year, distance):
    """Distance per registered vehicle without factors of single years and levers (U-1).

    Parameters
    ----------
    level : float64[lane], km/yr
        Distance of the base year.
    power : float64[lane], 1
        Power on the observed index before the base year.
    log_index : float64[year], 1
        Logarithm of the index, 0 where none is known.
    trend : float64[lane], 1/yr
        Trend after ``yo``.
    base, yo, first_year : int
        Year positions; nothing is written before ``first_year``.
    distance : float64[year, lane], km/yr
        Overwritten.
    """
    for year in range(first_year, base):
        for lane in range(LANES):
            distance[year, lane] = level[lane] * exp(power[lane] * log_index[year])
    for year in range(base, yo + 1):
        copy(level, distance[year])
    for year in range(yo + 1, distance.shape[0]):
        for lane in range(LANES):
            distance[year, lane] = distance[year - 1, lane] * (1.0 + trend[lane])


@kernel
def age_weights(decline, alive, profile, driven):
    """Write survival times the age profile of distance, ``S_g(a) r(a)`` (U-2).

    Parameters
    ----------
    decline : float64[lane], 1/yr
        ``delta``; ``r(0) = 1/2`` as vehicles arrive through the year.
    alive, driven : float64[age, lane], 1
        Oldest age first; ``driven`` is overwritten.
    profile : float64[2, lane]
        Scratch.
    """
    oldest = alive.shape[0] - 1
    step, now = profile[0], profile[1]
    for lane in range(LANES):
        step[lane] = exp(-decline[lane])
        now[lane] = 1.0
        driven[oldest, lane] = 0.5 * alive[oldest, lane]
    for age in range(1, oldest + 1):
        scale(step, now)
        multiply(1.0, now, alive[oldest - age], driven[oldest - age])
