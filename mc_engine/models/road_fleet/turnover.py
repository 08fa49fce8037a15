"""Equations T: survival since sale, waves of scrapping, the official count.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

import math

from mc_engine.accelerate import kernel
from mc_engine.elementary import exp, log
from mc_engine.lanes import LANES, copy, scale
from mc_engine.models.road_fleet.cohorts import PAD, TILE
from mc_engine.models.road_fleet.status import COUNT_UNREACHABLE, OK

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


@kernel
def _delayed_power(age, delay, shape, power):
    """``b(a)`` at one age with a delay: float64[lane] each (T-1)."""
    for lane in range(LANES):
        after = age - delay[lane]
        grown = exp(shape[lane] * log(after))
        power[lane] = 0.0 if after <= 0.0 else grown


@kernel
def age_powers(shape, delay, any_delay, log_age, power):
    """Write ``b(a) = max(0, a - delay)^kappa`` for every age (T-1).

    Parameters
    ----------
    shape : float64[lane], 1
    delay : float64[lane], yr
    any_delay : bool
        False where the delay is 0 in every draw.
    log_age : float64[age]
        ``ln a``, 0 at age 0.
    power : float64[age, lane], yr^kappa
        Overwritten.
    """
    power[0] = 0.0
    for age in range(1, power.shape[0]):
        row = power[age]
        if any_delay:
            _delayed_power(age, delay, shape, row)
        else:
            for lane in range(LANES):
                row[lane] = exp(shape[lane] * log_age[age])


@kernel
def _survivors(hazard, power, alive):
    """Share alive at one age: float64[lane] each."""
    for lane in range(LANES):
        alive[lane] = exp(-hazard[lane] * power[lane])


@kernel
def survival(hazard, power, alive):
    """Write survival by age, oldest age first (T-1).

    Parameters
    ----------
    hazard : float64[lane], yr^-kappa
        ``x rho_g``.
    power : float64[age, lane], yr^kappa
    alive : float64[age + 2 * PAD, lane], 1
        Overwritten; ``PAD`` zeros stand on both sides.
    """
    ages = power.shape[0]
    for place in range(PAD):
        alive[place] = 0.0
        alive[PAD + ages + place] = 0.0
    for age in range(ages):
        _survivors(hazard, power[age], alive[PAD + ages - 1 - age])


@kernel
def _wave_step(hazard, multiplier, power, power_before, left):
    """What a quarter of a wave leaves at one age: float64[lane] each."""
    for lane in range(LANES):
        rate = hazard[lane] * (multiplier[lane] - 1.0) * 0.25
        step = exp(-rate * (power[lane] - power_before[lane]))
        left[lane] = 0.0 if hazard[lane] * power[lane] > GONE else step


@kernel
def _product(first, second, product):
    """Multiply two flat arrays of one length."""
    for place in range(product.size):
        product[place] = first[place] * second[place]


@kernel
def wave_steps(hazard, multiplier, power, steps):
    """Write what one to four quarters of a wave's weight leave of each age (T-2).

    A weight is a number of quarters, so one exponential per age serves all wave years.

    Parameters
    ----------
    hazard : float64[lane], yr^-kappa
        ``x rho_g``.
    multiplier : float64[lane], 1
        ``m`` of the wave.
    power : float64[age, lane], yr^kappa
    steps : float64[quarters, (age + TILE - 1) * lane], 1
        Overwritten but for age 0 and what follows it; oldest age first.
    """
    ages = power.shape[0]
    newest = steps.shape[1] - TILE * LANES
    for age in range(1, ages):
        place = newest - age * LANES
        _wave_step(hazard, multiplier, power[age], power[age - 1],
                   steps[0, place : place + LANES])  # fmt: skip
    oldest = newest - (ages - 1) * LANES
    one, two = steps[0, oldest:newest], steps[1, oldest:newest]
    _product(one, one, two)
    _product(one, two, steps[2, oldest:newest])
    _product(two, two, steps[3, oldest:newest])


@kernel
def _expose(power, power_before, weight, multiplier, exposed):
    """Add one wave in one year to ``B_g`` of one vintage: float64[lane] each."""
    for lane in range(LANES):
        extra = multiplier[lane] - 1.0
        exposed[lane] += weight * extra * (power[lane] - power_before[lane])


@kernel
def exposure(power, ratio, yo, touched, wave_year, quarters, multipliers, exposed):
    """Write ``rho_g B_g(v, yo)`` of one group, so that N = count exp(-x exposed) (T-1, T-2).

    Parameters
    ----------
    power : float64[age, lane], yr^kappa
    ratio : float64[lane], 1
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
        row = exposed[vintage]
        copy(power[yo - vintage], row)
        for place in range(wave_year.size):
            year = wave_year[place]
            for wave in range(touched.size):
                if vintage < year <= yo and touched[wave] and quarters[wave, place] > 0:
                    age = year - vintage
                    _expose(power[age], power[age - 1], 0.25 * quarters[wave, place],
                            multipliers[wave], row)  # fmt: skip
        scale(ratio, row)


@kernel
def _stock_and_slope(x, exposed, sold, stock, slope):
    """Add one vintage to the stock and to its slope in ``ln x``: float64[lane] each."""
    for lane in range(LANES):
        hazard = x[lane] * exposed[lane]
        left = sold[lane] * exp(-hazard)
        stock[lane] += left
        slope[lane] -= hazard * left


@kernel
def _newton_step(stock, slope, wanted, log_x, x, open_lanes):
    """Move every open lane by one Newton step; returns how many stay open.

    ``slope`` is overwritten.
    """
    for lane in range(LANES):
        gap = log(stock[lane] / wanted[lane])
        # NaN is not near: such a lane stays open to the end.
        near = open_lanes[lane] == 0.0 or abs(gap) <= NEWTON_TOLERANCE
        open_lanes[lane] = 0.0 if near else 1.0
        step = -gap * stock[lane] / slope[lane]
        step = _LARGEST_STEP if step > _LARGEST_STEP else step
        step = -_LARGEST_STEP if step < -_LARGEST_STEP else step
        slope[lane] = 0.0 if near else step
    for lane in range(LANES):
        log_x[lane] += slope[lane]
    for lane in range(LANES):
        moved = exp(log_x[lane])
        x[lane] = x[lane] if open_lanes[lane] == 0.0 else moved
    left = 0
    for lane in range(LANES):
        left += 1 if open_lanes[lane] != 0.0 else 0
    return left


@kernel
def solve_hazard(counts, exposed, first, yo, wanted, log_x, spare, x, status):
    """Find the ``x`` that makes the stock of ``yo`` equal an official count (T-1).

    Parameters
    ----------
    counts : float64[group, (year + PAD) * lane], vehicles
        Sales by group.
    exposed : float64[group, year, lane]
        ``rho_g B_g(v, yo)``.
    first, yo : int
        Oldest vintage still in use, and the year of the count.
    wanted : float64[lane], vehicles
    log_x : float64[lane]
        First guess of ``ln x``; the solution where one is found.
    spare : float64[3, lane]
        Scratch.
    x : float64[lane], yr^-kappa
        Overwritten; NaN where nothing is found.
    status : int64[lane]
        Set to ``COUNT_UNREACHABLE`` where twelve steps do not suffice or ``wanted`` is not
        positive.
    """
    stock, slope, open_lanes = spare[0], spare[1], spare[2]
    left = 0
    for lane in range(LANES):
        x[lane] = exp(log_x[lane])
        open_lanes[lane] = 1.0 if wanted[lane] > 0.0 else 0.0
        left += 1 if wanted[lane] > 0.0 else 0
    for _ in range(NEWTON_STEPS):
        if left == 0:
            break
        stock[:] = 0.0
        slope[:] = 0.0
        for group in range(2):
            for vintage in range(first, yo + 1):
                sold = counts[group, vintage * LANES : (vintage + 1) * LANES]
                _stock_and_slope(x, exposed[group, vintage], sold, stock, slope)
        left = _newton_step(stock, slope, wanted, log_x, x, open_lanes)
    for lane in range(LANES):
        if open_lanes[lane] == 1.0 or not wanted[lane] > 0.0:
            x[lane] = math.nan
            status[lane] = COUNT_UNREACHABLE if status[lane] == OK else status[lane]


@kernel
def _profile_row(weight, hazard, power, row, total):
    """Add one age of the profile to its sum: float64[lane] each (T-0)."""
    for lane in range(LANES):
        total[lane] += row[lane] * exp(-weight * hazard[lane] * power[lane])


@kernel
def _unexpose(x, exposed, weight, hazard, power, row):
    """Divide by what has survived since sale, in one exponential (T-0)."""
    for lane in range(LANES):
        gone = x[lane] * exposed[lane] - weight * hazard[lane] * power[lane]
        row[lane] *= exp(gone)


@kernel
def initial_vintages(stock, growth, profile, x, hazard, power, exposed, year, total, counts):
    """Turn the observed first stock of one powertrain into vintages (T-0).

    Survival in the age profile and survival since sale nearly cancel where no wave has passed, so
    both stand in one exponent: each of them alone may be too small for a number.

    Parameters
    ----------
    stock : float, vehicles
        In use at the end of ``year``.
    growth : float64[lane], 1/yr
        Growth of sales behind the age profile, where none is observed.
    profile : float64[age], 1
        Observed age profile; its first element is negative where there is none.
    x, hazard : float64[lane], yr^-kappa
        ``x``, and ``x rho_g``.
    power : float64[age, lane], yr^kappa
    exposed : float64[year, lane]
        ``rho_g B_g(v, year)`` of the powertrain's group.
    year : int
    total : float64[lane]
        Scratch.
    counts : float64[year, lane], vehicles
        Overwritten up to ``year``.
    """
    oldest = min(power.shape[0] - 1, year)
    grown = 1.0 if profile[0] < 0.0 else 0.0
    total[:] = 0.0
    for vintage in range(year + 1):
        row = counts[vintage]
        row[:] = 0.0
        age = year - vintage
        if age <= oldest:
            for lane in range(LANES):
                row[lane] = (1.0 + growth[lane]) ** (-age) if grown > 0.0 else profile[age]
            _profile_row(grown, hazard, power[age], row, total)
    for vintage in range(year - oldest, year + 1):
        row = counts[vintage]
        for lane in range(LANES):
            row[lane] *= stock / total[lane]
        _unexpose(x, exposed[vintage], grown, hazard, power[year - vintage], row)


@kernel
def grid_cell(value, first, last, nodes):
    """Interval of an even grid that a value lies in or is nearest to, and the place within."""
    if not value >= first:
        return 0, 0.0
    place = (min(value, last) - first) / (last - first) * (nodes - 1)
    cell = min(int(place), nodes - 2)
    return cell, place - cell
