"""Equations U: how far vehicles are driven."""

import math

from mc_engine.accelerate import kernel


@kernel
def class_distance(level, power, log_index, trend, base, yo, first_year, distance):
    """Distance per registered vehicle without factors of single years and levers (U-1).

    Parameters
    ----------
    level : float, km/yr
        Distance of the base year.
    power : float, 1
        Power on the observed index before the base year.
    log_index : float64[year], 1
        Logarithm of the index, 0 where none is known.
    trend : float, 1/yr
        Trend after ``yo``.
    base, yo, first_year : int
        Year positions; nothing is written before ``first_year``.
    distance : float64[year], km/yr
        Overwritten.
    """
    for year in range(first_year, base):
        distance[year] = level * math.exp(power * log_index[year])
    for year in range(base, yo + 1):
        distance[year] = level
    for year in range(yo + 1, distance.size):
        distance[year] = distance[year - 1] * (1.0 + trend)


@kernel
def age_weights(decline, alive, driven):
    """Write survival times the age profile of distance, ``S_g(a) r(a)`` (U-2).

    Parameters
    ----------
    decline : float, 1/yr
        ``delta``; ``r(0) = 1/2`` as vehicles arrive through the year.
    alive, driven : float64[age], 1
        Oldest age first; ``driven`` is overwritten.
    """
    oldest = alive.size - 1
    step = math.exp(-decline)
    profile = 1.0
    driven[oldest] = 0.5 * alive[oldest]
    for age in range(1, oldest + 1):
        profile *= step
        driven[oldest - age] = profile * alive[oldest - age]
