"""Equations D: how many vehicles a year's people and economy ask for.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

import math

from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.elementary import exp, log
from mc_engine.numerics.lanes import load, store, where

OWNERSHIP, PER_HEAD, ACTIVITY = 0, 1, 2

# D-5: the first six projected years blend from the modelled trend into the driver.
BLEND_YEARS = 6
TREND_LIMIT = 0.10
LOGISTIC, GOMPERTZ = 0.0, 1.0


@inner
def population(variants, position, people):
    """Population between the published variants (D-1).

    Parameters
    ----------
    variants : float64[3, year], people
        Low, medium, high.
    position : Vector, 1
        -1 low, 0 medium, +1 high; beyond that extrapolated.
    people : float64[year, lane], people
        Overwritten.
    """
    for year in range(people.shape[0]):
        medium = variants[1, year]
        up, down = variants[2, year] - medium, medium - variants[0, year]
        store(medium + position * where(position >= 0.0, up, down), people, year)


@inner
def ownership(now, saturation, growth, form, first, own):
    """Vehicles per person from the first projected year on (D-2).

    Both forms are a decay: of the odds against saturation, or of the logarithm of the ratio.

    Parameters
    ----------
    now, saturation : Vector, vehicles/person
        ``now`` is below ``saturation``.
    growth : Vector, 1/yr
        Growth of ownership at the last observed year.
    form : Vector
        0 logistic, 1 Gompertz; anything else gives NaN.
    first : int
        First year position written, one year after the last observed one.
    own : float64[year, lane], vehicles/person
        Overwritten from ``first`` on.
    """
    ratio = now / saturation
    logarithm, odds = log(ratio), saturation / now - 1.0
    otherwise = where(form == GOMPERTZ, -growth / logarithm, math.nan)
    factor = exp(-where(form == LOGISTIC, growth / (1.0 - ratio), otherwise))
    decay = factor
    for year in range(first, own.shape[0]):
        logistic, gompertz = 1.0 / (1.0 + odds * decay), exp(logarithm * decay)
        store(saturation * where(form == LOGISTIC, logistic, gompertz), own, year)
        decay = decay * factor


@inner
def modelled_trend(stock, yo):
    """Mean growth of the modelled stock over the last three years, within 10 %, 1/yr (D-5).

    ``stock`` is float64[year, lane] in vehicles.
    """
    before = load(stock, yo - 3)
    mean = exp(log(load(stock, yo) / before) / 3.0) - 1.0
    mean = where(mean > TREND_LIMIT, TREND_LIMIT, mean)
    mean = where(mean < -TREND_LIMIT, -TREND_LIMIT, mean)
    return where(before <= 0.0, 0.0, mean)


@inner
def _grown(before, ratio, trend, years):
    """Target stock one year on: the trend gives way to the driver within six years (D-5)."""
    share = min((years - 1) / (BLEND_YEARS - 1), 1.0)
    growth = ratio - 1.0
    if share < 1.0:
        growth = (1.0 - share) * trend + share * growth
    return before * (1.0 + growth)


@inner
def per_head_target(people, drift, stock, yo, target):
    """Target stock where vehicles per person drift (D-3, D-5).

    Parameters
    ----------
    people : float64[year, lane], people
    drift : Vector, 1/yr
    stock : float64[year, lane], vehicles
        Modelled, up to ``yo``.
    yo : int
        Position of the last observed year.
    target : float64[year, lane], vehicles
        Overwritten from ``yo`` on.
    """
    trend, wanted = modelled_trend(stock, yo), load(stock, yo)
    store(wanted, target, yo)
    for year in range(yo + 1, target.shape[0]):
        ratio = load(people, year) / load(people, year - 1) * (1.0 + drift)
        wanted = _grown(wanted, ratio, trend, year - yo)
        store(wanted, target, year)


@inner
def activity_target(economy, elasticity, shift, load_index, distance, stock, yo, target):
    """Target stock where transport work drives it (D-4, D-5).

    Parameters
    ----------
    economy : float64[year, lane], 1/yr
        Economic growth.
    elasticity, shift, load_index : float64[year, lane], 1
        Elasticity of transport work, cumulative share moved away, load index; valid from ``yo``.
    distance : float64[year, lane], km/yr
        Distance per vehicle without the demand lever.
    stock : float64[year, lane], vehicles
    yo : int
    target : float64[year, lane], vehicles
        Overwritten from ``yo`` on.
    """
    trend, wanted = modelled_trend(stock, yo), load(stock, yo)
    store(wanted, target, yo)
    stays_before = 1.0 - load(shift, yo)
    # What one vehicle carries: load times distance.
    carried_before = load(load_index, yo) * load(distance, yo)
    for year in range(yo + 1, target.shape[0]):
        work = 1.0 + load(elasticity, year) * load(economy, year)
        stays, carried = 1.0 - load(shift, year), load(load_index, year) * load(distance, year)
        ratio = work * (stays * carried_before) / (stays_before * carried)
        wanted = _grown(wanted, ratio, trend, year - yo)
        store(wanted, target, year)
        stays_before, carried_before = stays, carried
