"""Equations T: survival since sale, waves of scrapping, the official count.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

import math

from mc_engine.models.road_fleet.cohorts import PAD, TILE
from mc_engine.models.road_fleet.status import COUNT_UNREACHABLE, mark
from mc_engine.numerics.accelerate import inner, kernel
from mc_engine.numerics.elementary import exp, log
from mc_engine.numerics.lanes import any_lane, clear, load, spread, store, where

# T-1: Newton on ln N against ln x.
NEWTON_STEPS = 12
NEWTON_TOLERANCE = 1e-13
# A full step from far left would leave the range.
_LARGEST_STEP = 2.0
# A cohort whose cumulative hazard has passed this is gone (e^-500); a wave that spares vehicles
# (multiplier below 1) could otherwise overflow where survival underflows.
GONE = 500.0
# Newton's first guess comes from a table on two even grids: first node, last node, nodes.
SHAPE_NODES = (1.0, 12.0, 23)
RATIO_NODES = (0.02, 0.98, 33)


@inner
def age_powers(shape, delay, any_delay, log_age, power):
    """Write ``b(a) = max(0, a - delay)^kappa`` for every age (T-1).

    Parameters
    ----------
    shape : Vector, 1
    delay : Vector, yr
    any_delay : bool
        False where the delay is 0 in every draw.
    log_age : float64[age]
        ``ln a``, 0 at age 0.
    power : float64[age, lane], yr^kappa
        Overwritten.
    """
    store(0.0, power, 0)
    for age in range(1, power.shape[0]):
        if any_delay:
            after = age - delay
            store(where(after <= 0.0, 0.0, exp(shape * log(after))), power, age)
        else:
            store(exp(shape * log_age[age]), power, age)


@inner
def survival_by_age(hazard, power, alive):
    """Write survival by age, oldest age first (T-1).

    Parameters
    ----------
    hazard : Vector, yr^-kappa
        ``x rho_g``.
    power : float64[age, lane], yr^kappa
    alive : float64[age + 2 * PAD, lane], 1
        Overwritten; ``PAD`` zeros stand on both sides.
    """
    ages = power.shape[0]
    clear(alive[:PAD])
    clear(alive[PAD + ages :])
    for age in range(ages):
        store(exp(-hazard * load(power, age)), alive, PAD + ages - 1 - age)


@inner
def wave_steps(hazard, multiplier, power, steps):
    """Write what one to four quarters of a wave's weight leave of each age (T-2).

    A weight is a number of quarters, so one exponential per age serves all wave years.

    Parameters
    ----------
    hazard : Vector, yr^-kappa
        ``x rho_g``.
    multiplier : Vector, 1
        ``m`` of the wave.
    power : float64[age, lane], yr^kappa
    steps : float64[quarters, age + TILE - 1, lane], 1
        Overwritten but for age 0 and what follows it; oldest age first.
    """
    newest = steps.shape[1] - TILE
    rate, before = hazard * (multiplier - 1.0) * 0.25, load(power, 0)
    for age in range(1, power.shape[0]):
        now = load(power, age)
        step = exp(-rate * (now - before))
        one = where(hazard * now > GONE, 0.0, step)
        two = one * one
        store(one, steps, 0, newest - age)
        store(two, steps, 1, newest - age)
        store(one * two, steps, 2, newest - age)
        store(two * two, steps, 3, newest - age)
        before = now


@inner
def exposure(power, ratio, yo, touched, wave_year, quarters, multipliers, exposed):
    """Write ``rho_g B_g(v, yo)`` of one group, so that N = count exp(-x exposed) (T-1, T-2).

    Parameters
    ----------
    power : float64[age, lane], yr^kappa
    ratio : Vector, 1
        ``rho_g``.
    yo : int
    touched : int64[wave]
        1 where the wave touches the group.
    wave_year : int64[wave_year]
    quarters : int64[wave, wave_year]
    multipliers : float64[wave, lane], 1
    exposed : float64[year, lane]
        Overwritten for vintages ``yo - max_age`` to ``yo``.
    """
    max_age = power.shape[0] - 1
    for vintage in range(max(0, yo - max_age), yo + 1):
        total = load(power, yo - vintage)
        for place in range(wave_year.size):
            age = wave_year[place] - vintage
            for wave in range(touched.size):
                waved = touched[wave] and quarters[wave, place] > 0
                if vintage < wave_year[place] <= yo and waved:
                    extra = 0.25 * quarters[wave, place] * (load(multipliers, wave) - 1.0)
                    total = total + extra * (load(power, age) - load(power, age - 1))
        store(ratio * total, exposed, vintage)


@inner
def _stock_and_slope(counts, exposed, first, yo, x):
    """Stock of year ``yo``, vehicles, and its slope in ``ln x`` (T-1)."""
    stock, slope = spread(0.0), spread(0.0)
    for group in range(2):
        for vintage in range(first, yo + 1):
            hazard = x * load(exposed, group, vintage)
            left = load(counts, group, vintage) * exp(-hazard)
            stock = stock + left
            slope = slope - hazard * left
    return stock, slope


@inner
def solve_hazard(counts, exposed, first, yo, wanted, log_x, status):
    """Find the ``x`` that makes the stock of ``yo`` equal an official count (T-1).

    Parameters
    ----------
    counts : float64[group, year + PAD, lane], vehicles
        Sales by group.
    exposed : float64[group, year, lane]
        ``rho_g B_g(v, yo)``.
    first, yo : int
        Oldest vintage still in use, and the year of the count.
    wanted : Vector, vehicles
    log_x : Vector
        First guess of ``ln x``.
    status : float64[lane]
        Set to ``COUNT_UNREACHABLE`` where twelve steps do not suffice or ``wanted`` is not
        positive.

    Returns
    -------
    x : Vector, yr^-kappa
        NaN where nothing is found.
    """
    x, still = exp(log_x), wanted > 0.0
    for _ in range(NEWTON_STEPS):
        if not any_lane(still):
            break
        stock, slope = _stock_and_slope(counts, exposed, first, yo, x)
        gap = log(stock / wanted)
        # NaN is not near: such a draw goes on to the end.
        still = still & ~((gap >= -NEWTON_TOLERANCE) & (gap <= NEWTON_TOLERANCE))
        step = -gap * stock / slope
        step = where(step > _LARGEST_STEP, _LARGEST_STEP, step)
        step = where(step < -_LARGEST_STEP, -_LARGEST_STEP, step)
        log_x = where(still, log_x + step, log_x)
        x = where(still, exp(log_x), x)
    failed = still | ~(wanted > 0.0)
    mark(failed, COUNT_UNREACHABLE, status)
    return where(failed, math.nan, x)


@inner
def initial_vintages(stock, growth, profile, x, hazard, power, exposed, year, counts):
    """Turn the observed first stock of one powertrain into vintages (T-0).

    Survival in the age profile and survival since sale nearly cancel where no wave has passed, so
    both stand in one exponent: each of them alone may be too small for a number.

    Parameters
    ----------
    stock : float, vehicles
        In use at the end of ``year``.
    growth : Vector, 1/yr
        Growth of sales behind the age profile, where none is observed.
    profile : float64[age], 1
        Observed age profile; its first element is negative where there is none.
    x, hazard : Vector, yr^-kappa
        ``x``, and ``x rho_g``.
    power : float64[age, lane], yr^kappa
    exposed : float64[year, lane]
        ``rho_g B_g(v, year)`` of the powertrain's group.
    year : int
    counts : float64[year, lane], vehicles
        Overwritten up to ``year``.
    """
    oldest, unknown = min(power.shape[0] - 1, year), profile[0] < 0.0
    clear(counts[: year - oldest])
    log_growth, total = log(1.0 + growth), spread(0.0)
    for age in range(oldest + 1):
        weight = exp(-age * log_growth) if unknown else spread(profile[age])
        gone = hazard * load(power, age) if unknown else spread(0.0)
        total = total + weight * exp(-gone)
        store(weight * exp(x * load(exposed, year - age) - gone), counts, year - age)
    for vintage in range(year - oldest, year + 1):
        store(load(counts, vintage) * (stock / total), counts, vintage)


@kernel
def grid_cell(value, first, last, nodes):
    """Interval of an even grid that a value lies in or is nearest to, and the place within."""
    if not value >= first:
        return 0, 0.0
    place = (min(value, last) - first) / (last - first) * (nodes - 1)
    cell = min(int(place), nodes - 2)
    return cell, place - cell
