"""Equations D: how many vehicles a year's people and economy ask for."""

import math

from mc_engine.accelerate import kernel

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
    position : float, 1
        -1 low, 0 medium, +1 high; beyond that extrapolated.
    people : float64[year], people
        Overwritten.
    """
    for year in range(people.size):
        medium = variants[1, year]
        if position >= 0.0:
            people[year] = medium + position * (variants[2, year] - medium)
        else:
            people[year] = medium + position * (medium - variants[0, year])


@kernel
def ownership(now, saturation, growth, form, years):
    """Vehicles per person ``years`` after the last observed year (D-2).

    Parameters
    ----------
    now, saturation : float, vehicles/person
        ``now`` is below ``saturation``.
    growth : float, 1/yr
        Growth of ownership at the last observed year.
    form : float
        0 logistic, 1 Gompertz.
    years : int
    """
    if form == LOGISTIC:
        speed = growth / (1.0 - now / saturation)
        return saturation / (1.0 + (saturation / now - 1.0) * math.exp(-speed * years))
    if form != GOMPERTZ:
        return math.nan
    speed = growth / math.log(saturation / now)
    return saturation * math.exp(math.log(now / saturation) * math.exp(-speed * years))


@kernel
def modelled_trend(stock, yo):
    """Mean growth of the modelled stock over the last three years, within 10 % (D-5)."""
    if stock[yo - 3] <= 0.0:
        return 0.0
    trend = (stock[yo] / stock[yo - 3]) ** (1.0 / 3.0) - 1.0
    return min(max(trend, -TREND_LIMIT), TREND_LIMIT)


@kernel
def blend(law, trend, years):
    """Growth ``years`` after the last observed year: trend first, law after six (D-5)."""
    if years > BLEND_YEARS:
        return law
    share = (years - 1) / (BLEND_YEARS - 1)
    return (1.0 - share) * trend + share * law


@kernel
def per_head_target(people, drift, stock, yo, target):
    """Stock wanted where vehicles per person drift (D-3, D-5).

    Parameters
    ----------
    people : float64[year], people
    drift : float, 1/yr
    stock : float64[year], vehicles
        Modelled, up to ``yo``.
    yo : int
        Position of the last observed year.
    target : float64[year], vehicles
        Overwritten after ``yo``.
    """
    trend = modelled_trend(stock, yo)
    wanted = stock[yo]
    for year in range(yo + 1, target.size):
        law = people[year] / people[year - 1] * (1.0 + drift) - 1.0
        wanted *= 1.0 + blend(law, trend, year - yo)
        target[year] = wanted


@kernel
def activity_target(economy, elasticity, shift, load, distance, stock, yo, target):
    """Stock wanted where transport work drives it (D-4, D-5).

    Parameters
    ----------
    economy : float64[year], 1/yr
        Economic growth.
    elasticity, shift, load : float64[year], 1
        Elasticity of transport work, cumulative share moved away, load index; valid from ``yo``.
    distance : float64[year], km/yr
        Distance per vehicle without the demand lever.
    stock : float64[year], vehicles
    yo : int
    target : float64[year], vehicles
        Overwritten after ``yo``.
    """
    trend = modelled_trend(stock, yo)
    wanted = stock[yo]
    for year in range(yo + 1, target.size):
        work = 1.0 + elasticity[year] * economy[year]
        work *= (1.0 - shift[year]) / (1.0 - shift[year - 1])
        per_vehicle = load[year] / load[year - 1] * distance[year] / distance[year - 1]
        wanted *= 1.0 + blend(work / per_vehicle - 1.0, trend, year - yo)
        target[year] = wanted
