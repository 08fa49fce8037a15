"""Equations D: how many vehicles a year's people and economy ask for.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

import math

from mc_engine.accelerate import kernel
from mc_engine.elementary import exp, log
from mc_engine.lanes import LANES, copy

OWNERSHIP, PER_HEAD, ACTIVITY = 0, 1, 2

# D-5: the first six projected years blend from the modelled trend into the law.
BLEND_YEARS = 6
TREND_LIMIT = 0.10
LOGISTIC, GOMPERTZ = 0.0, 1.0


@kernel
def population(variants, position, people):
    """Population between the published variants (D-1).

    Parameters
    ----------
    variants : float64[3, year], people
        Low, medium, high.
    position : float64[lane], 1
        -1 low, 0 medium, +1 high; beyond that extrapolated.
    people : float64[year, lane], people
        Overwritten.
    """
    for year in range(people.shape[0]):
        medium = variants[1, year]
        up, down = variants[2, year] - medium, medium - variants[0, year]
        row = people[year]
        for lane in range(LANES):
            z = position[lane]
            row[lane] = medium + z * (up if z >= 0.0 else down)


@kernel
def _ownership_laws(now, saturation, growth, form, laws):
    """Write each draw's yearly factor, its start and the logarithm of its ratio (D-2).

    Both forms are a decay: of the odds against saturation, or of the logarithm.
    """
    for lane in range(LANES):
        ratio = now[lane] / saturation[lane]
        logarithm = log(ratio)
        speed = math.nan
        if form[lane] == LOGISTIC:
            speed = growth[lane] / (1.0 - ratio)
        elif form[lane] == GOMPERTZ:
            speed = -growth[lane] / logarithm
        laws[0, lane] = exp(-speed)
        laws[1, lane] = 1.0
        laws[2, lane] = logarithm


@kernel
def _ownership_row(laws, saturation, form, odds, own):
    """Vehicles per person in one more year; ``laws`` moves on by a year."""
    factor, decay, logarithm = laws[0], laws[1], laws[2]
    for lane in range(LANES):
        decay[lane] *= factor[lane]
    for lane in range(LANES):
        own[lane] = exp(logarithm[lane] * decay[lane])
    for lane in range(LANES):
        logistic = 1.0 / (1.0 + odds[lane] * decay[lane])
        own[lane] = logistic if form[lane] == LOGISTIC else own[lane]
    for lane in range(LANES):
        own[lane] *= saturation[lane]


@kernel
def ownership(now, saturation, growth, form, first, laws, own):
    """Vehicles per person from the first projected year on (D-2).

    Parameters
    ----------
    now, saturation : float64[lane], vehicles/person
        ``now`` is below ``saturation``.
    growth : float64[lane], 1/yr
        Growth of ownership at the last observed year.
    form : float64[lane]
        0 logistic, 1 Gompertz; anything else gives NaN.
    first : int
        First year position written, one year after the last observed one.
    laws : float64[4, lane]
        Scratch.
    own : float64[year, lane], vehicles/person
        Overwritten from ``first`` on.
    """
    _ownership_laws(now, saturation, growth, form, laws)
    odds = laws[3]
    for lane in range(LANES):
        odds[lane] = saturation[lane] / now[lane] - 1.0
    for year in range(first, own.shape[0]):
        _ownership_row(laws, saturation, form, odds, own[year])


@kernel
def modelled_trend(stock, yo, trend):
    """Mean growth of the modelled stock over the last three years, within 10 % (D-5).

    ``stock`` is float64[year, lane] in vehicles; ``trend``, float64[lane] in 1/yr, is overwritten.
    """
    for lane in range(LANES):
        before = stock[yo - 3, lane]
        mean = exp(log(stock[yo, lane] / before) / 3.0) - 1.0
        mean = TREND_LIMIT if mean > TREND_LIMIT else mean
        mean = -TREND_LIMIT if mean < -TREND_LIMIT else mean
        trend[lane] = 0.0 if before <= 0.0 else mean


@kernel
def _grow(before, law, trend, years, after):
    """Let the stock wanted grow by one year: trend first, law after six years (D-5)."""
    share = min((years - 1) / (BLEND_YEARS - 1), 1.0)
    for lane in range(LANES):
        growth = law[lane] - 1.0
        if share < 1.0:
            growth = (1.0 - share) * trend[lane] + share * growth
        after[lane] = before[lane] * (1.0 + growth)


@kernel
def per_head_target(people, drift, stock, yo, spare, target):
    """Stock wanted where vehicles per person drift (D-3, D-5).

    Parameters
    ----------
    people : float64[year, lane], people
    drift : float64[lane], 1/yr
    stock : float64[year, lane], vehicles
        Modelled, up to ``yo``.
    yo : int
        Position of the last observed year.
    spare : float64[2, lane]
        Scratch.
    target : float64[year, lane], vehicles
        Overwritten from ``yo`` on.
    """
    law, trend = spare[0], spare[1]
    modelled_trend(stock, yo, trend)
    copy(stock[yo], target[yo])
    for year in range(yo + 1, target.shape[0]):
        for lane in range(LANES):
            law[lane] = people[year, lane] / people[year - 1, lane] * (1.0 + drift[lane])
        _grow(target[year - 1], law, trend, year - yo, target[year])


@kernel
def _work_row(economy, elasticity, shift, shift_before, law):
    """Growth factor of transport work in one year (D-4)."""
    for lane in range(LANES):
        law[lane] = 1.0 + elasticity[lane] * economy[lane]
    for lane in range(LANES):
        law[lane] *= (1.0 - shift[lane]) / (1.0 - shift_before[lane])


@kernel
def divide_growth(before, after, law):
    """Divide a growth factor by that of another quantity, float64[lane] each, in place (D-4)."""
    for lane in range(LANES):
        law[lane] *= before[lane] / after[lane]


@kernel
def activity_target(economy, elasticity, shift, load, distance, stock, yo, spare, target):
    """Stock wanted where transport work drives it (D-4, D-5).

    Parameters
    ----------
    economy : float64[year, lane], 1/yr
        Economic growth.
    elasticity, shift, load : float64[year, lane], 1
        Elasticity of transport work, cumulative share moved away, load index; valid from ``yo``.
    distance : float64[year, lane], km/yr
        Distance per vehicle without the demand lever.
    stock : float64[year, lane], vehicles
    yo : int
    spare : float64[2, lane]
        Scratch.
    target : float64[year, lane], vehicles
        Overwritten from ``yo`` on.
    """
    law, trend = spare[0], spare[1]
    modelled_trend(stock, yo, trend)
    copy(stock[yo], target[yo])
    for year in range(yo + 1, target.shape[0]):
        _work_row(economy[year], elasticity[year], shift[year], shift[year - 1], law)
        divide_growth(load[year - 1], load[year], law)
        divide_growth(distance[year - 1], distance[year], law)
        _grow(target[year - 1], law, trend, year - yo, target[year])
