"""Equations U: how far vehicles are driven.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.elementary import exp
from mc_engine.numerics.lanes import broadcast, load, store


@inner
def class_distance(level, power, log_index, trend, base, yo, first_year, distance):
    """Distance per registered vehicle without factors of single years and levers (U-1).

    Parameters
    ----------
    level : Vector, km/yr
        Distance of the base year.
    power : Vector, 1
        Power on the observed index before the base year.
    log_index : float64[year], 1
        Logarithm of the index, 0 where none is known.
    trend : Vector, 1/yr
        Trend after ``yo``.
    base, yo, first_year : int
        Year positions; nothing is written before ``first_year``.
    distance : float64[year, lane], km/yr
        Overwritten.
    """
    for year in range(first_year, base):
        store(level * exp(power * log_index[year]), distance, year)
    now = level
    for year in range(base, distance.shape[0]):
        if year > yo:
            now = now * (1.0 + trend)
        store(now, distance, year)


@inner
def age_weights(decline, alive, driven):
    """Write survival times the age profile of distance, ``S_g(a) r(a)`` (U-2).

    Parameters
    ----------
    decline : Vector, 1/yr
        ``delta``; ``r(0) = 1/2`` as vehicles arrive through the year.
    alive, driven : float64[age, lane], 1
        Oldest age first; ``driven`` is overwritten.
    """
    oldest = alive.shape[0] - 1
    step, now = exp(-decline), broadcast(1.0)
    store(0.5 * load(alive, oldest), driven, oldest)
    for age in range(1, oldest + 1):
        now = now * step
        store(now * load(alive, oldest - age), driven, oldest - age)
