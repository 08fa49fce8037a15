"""Equations T-0 to T-2: survival since sale, waves of scrapping, an official count, a first stock.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

import math

import numpy as np

from mc_engine.models.cohort_fleet.layout import Floats
from mc_engine.models.cohort_fleet.vintages import PAD, TILE
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.elementary import exp, log
from mc_engine.numerics.lanes import any_lane, broadcast, clear, load, store, where

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
        Overwritten; ``PAD`` zeros on both sides.
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
def group_survival(group, hazard, max_age, cohorts):
    """Write one group's survival, and what each wave that touches it leaves (T-1, T-2).

    Parameters
    ----------
    group : int
    hazard : Vector, yr^-kappa
        ``x rho_g``.
    max_age : int
        Oldest age carried.
    cohorts : Cohorts
        ``power``, ``multipliers`` and ``touched`` are read; ``alive`` and ``steps`` overwritten.
    """
    power = cohorts.power[: max_age + 1]
    survival_by_age(hazard, power, cohorts.alive[group, : max_age + 1 + 2 * PAD])
    for wave in range(cohorts.touched.shape[1]):
        if cohorts.touched[group, wave]:
            wave_steps(hazard, load(cohorts.multipliers, wave), power, cohorts.steps[group, wave])


@inner
def exposure(group, ratio, year, max_age, waves, cohorts):
    """Write ``rho_g B_g(v, year)`` of one group, so that N = count exp(-x exposed) (T-1, T-2).

    Parameters
    ----------
    group : int
    ratio : Vector, 1
        ``rho_g``.
    year : int
        Position of the year of the count.
    max_age : int
    waves : WaveYears
    cohorts : Cohorts
        ``exposed`` is overwritten for vintages ``year - max_age`` to ``year``.
    """
    power = cohorts.power
    for vintage in range(max(0, year - max_age), year + 1):
        total = load(power, year - vintage)
        for index in range(waves.position.size):
            wave_year = waves.position[index]
            age = wave_year - vintage
            for wave in range(waves.quarters.shape[0]):
                quarters = waves.quarters[wave, index]
                waved = cohorts.touched[group, wave] and quarters > 0
                if vintage < wave_year <= year and waved:
                    extra = 0.25 * quarters * (load(cohorts.multipliers, wave) - 1.0)
                    total = total + extra * (load(power, age) - load(power, age - 1))
        store(ratio * total, cohorts.exposed, group, vintage)


@inner
def _stock_and_slope(counts, exposed, first, year, x):
    """Stock of a year, vehicles, and its slope in ``ln x`` (T-1)."""
    stock, slope = broadcast(0.0), broadcast(0.0)
    for group in range(counts.shape[0]):
        for vintage in range(first, year + 1):
            hazard = x * load(exposed, group, vintage)
            left = load(counts, group, vintage) * exp(-hazard)
            stock = stock + left
            slope = slope - hazard * left
    return stock, slope


@inner
def solve_hazard(counts, exposed, first, year, official, log_x):
    """Find the ``x`` that makes the stock of a year equal an official count (T-1).

    Parameters
    ----------
    counts : float64[group, year + PAD, lane], vehicles
        Sales by group.
    exposed : float64[group, year, lane], yr^kappa
        ``rho_g B_g(v, year)``.
    first, year : int
        Oldest vintage still in use, and the year of the count.
    official : Vector, vehicles
    log_x : Vector
        First guess of ``ln x``.

    Returns
    -------
    x : Vector, yr^-kappa
        NaN where nothing is found.
    failed : Mask
        Where twelve steps do not suffice, or ``official`` is not positive.
    """
    x, active = exp(log_x), official > 0.0
    for _ in range(NEWTON_STEPS):
        if not any_lane(active):
            break
        stock, slope = _stock_and_slope(counts, exposed, first, year, x)
        gap = log(stock / official)
        # NaN is not near: such a draw goes on to the end.
        active = active & ~((gap >= -NEWTON_TOLERANCE) & (gap <= NEWTON_TOLERANCE))
        step = -gap * stock / slope
        step = where(step > _LARGEST_STEP, _LARGEST_STEP, step)
        step = where(step < -_LARGEST_STEP, -_LARGEST_STEP, step)
        log_x = where(active, log_x + step, log_x)
        x = where(active, exp(log_x), x)
    failed = active | ~(official > 0.0)
    return where(failed, math.nan, x), failed


@inner
def initial_vintages(stock, growth, profile, x, hazard, power, exposed, counts):
    """Turn the observed first stock of one kind of vehicles into vintages (T-0).

    Survival in the age profile and survival since sale nearly cancel where no wave has passed, so
    both stand in one exponent: each of them alone may be too small for a number.

    Parameters
    ----------
    stock : float, vehicles
        In use at the end of the last year of ``counts``.
    growth : Vector, 1/yr
        Growth of sales behind the age profile, where none is observed.
    profile : float64[age], 1
        Observed age profile; its first element is negative where there is none.
    x, hazard : Vector, yr^-kappa
        ``x``, and ``x rho_g``.
    power : float64[age, lane], yr^kappa
    exposed : float64[year, lane], yr^kappa
        ``rho_g B_g(v, year)`` of the group, in that last year.
    counts : float64[year, lane], vehicles
        Overwritten.
    """
    year = counts.shape[0] - 1
    oldest, unknown = min(power.shape[0] - 1, year), profile[0] < 0.0
    clear(counts[: year - oldest])
    log_growth, total = log(1.0 + growth), broadcast(0.0)
    for age in range(oldest + 1):
        weight = exp(-age * log_growth) if unknown else broadcast(profile[age])
        gone = hazard * load(power, age) if unknown else broadcast(0.0)
        total = total + weight * exp(-gone)
        store(weight * exp(x * load(exposed, year - age) - gone), counts, year - age)
    for vintage in range(year - oldest, year + 1):
        store(load(counts, vintage) * (stock / total), counts, vintage)


def guess_table(sold: Floats) -> Floats:
    """``ln x`` over shape and stock per registration, for Newton's first step (T-1).

    Waves, life ratios and reporting are left out: they shift the solution by a few per cent,
    which Newton removes.

    Parameters
    ----------
    sold : float64[age], vehicles
        Sales by age in the year of the count.

    Returns
    -------
    float64[shape, ratio]
    """
    shapes, ratios = np.linspace(*SHAPE_NODES), np.linspace(*RATIO_NODES)
    ages, scales = np.arange(sold.size), np.geomspace(0.5, 400.0, 2000)
    table = np.empty((shapes.size, ratios.size))
    for index, shape in enumerate(shapes):
        alive = np.exp(-((ages / scales[:, None]) ** shape))
        table[index] = -shape * np.log(np.interp(ratios, alive @ sold / sold.sum(), scales))
    return table


@inner
def _grid_cell(value, first, last, nodes):
    """Interval of an even grid that a value lies in or is nearest to, and the part of it."""
    if not value >= first:
        return 0, 0.0
    position = (min(value, last) - first) / (last - first) * (nodes - 1)
    cell = min(int(position), nodes - 2)
    return cell, position - cell


@inner
def first_guess(table, shape, ratio):
    """Guess ``ln x`` of one draw from its shape and its stock per registration (T-1).

    Parameters
    ----------
    table : float64[shape, ratio]
        From ``guess_table``.
    shape, ratio : float, 1
    """
    i, s = _grid_cell(shape, *SHAPE_NODES)
    j, t = _grid_cell(ratio, *RATIO_NODES)
    low = (1.0 - t) * table[i, j] + t * table[i, j + 1]
    high = (1.0 - t) * table[i + 1, j] + t * table[i + 1, j + 1]
    return (1.0 - s) * low + s * high
