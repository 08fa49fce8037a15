"""Equations T: survival since sale, waves of scrapping, stock and sales."""

import math

from mc_engine.accelerate import kernel
from mc_engine.models.road_fleet.status import COUNT_UNREACHABLE, OK

# T-1: Newton on ln N against ln x.
NEWTON_STEPS = 12
NEWTON_TOLERANCE = 1e-13
# A cohort whose cumulative hazard has passed this is gone (e^-500); a wave that spares vehicles
# (multiplier below 1) could otherwise overflow where survival underflows.
GONE = 500.0
# Its first guess comes from a table on two even grids: first node, last node, number of nodes.
SHAPE_NODES = (1.0, 12.0, 23)
RATIO_NODES = (0.02, 0.98, 33)


@kernel
def age_powers(shape, log_age, power):
    """Write ``b(a) = a^kappa`` for every age (T-1); ``log_age[a]`` is ``ln a``, 0 at age 0."""
    power[0] = 0.0
    for age in range(1, power.size):
        power[age] = math.exp(shape * log_age[age])


@kernel
def survival(hazard, power, alive):
    """Write survival by age, oldest age first (T-1).

    Parameters
    ----------
    hazard : float, yr^-kappa
        ``x rho_g``.
    power : float64[age], yr^kappa
    alive : float64[age], 1
        Overwritten in reverse: element ``-1 - a`` belongs to age ``a``, so that a sum over
        vintages runs forward through both arrays.
    """
    oldest = power.size - 1
    for age in range(oldest + 1):
        alive[oldest - age] = math.exp(-hazard * power[age])


@kernel
def wave_factors(hazard, multiplier, quarters, power, step, factor):
    """Multiply the effect of one wave into the survival factors of every wave year (T-2).

    A weight is a number of quarters, so one exponential per age serves all wave years.

    Parameters
    ----------
    hazard : float
        ``x rho_g``.
    multiplier : float, 1
        ``m`` of the wave.
    quarters : int64[wave_year]
        Four times the weight ``w``.
    power : float64[age]
    step : float64[age]
        Scratch, at least as long as ``power``.
    factor : float64[wave_year, age], 1
        Multiplied in place, oldest age of ``power`` first; age 0 stays as it is.
    """
    oldest = power.size - 1
    rate = hazard * (multiplier - 1.0) / 4.0
    for age in range(1, oldest + 1):
        if hazard * power[age] > GONE:
            step[oldest - age] = 0.0
        else:
            step[oldest - age] = math.exp(-rate * (power[age] - power[age - 1]))
    for place in range(quarters.size):
        for _ in range(quarters[place]):
            for age in range(oldest):
                factor[place, age] *= step[age]


@kernel
def apply_wave(factor, year, max_age, vintages):
    """Scrap once more in a wave year: effective vintages before ``year``, in place (T-2)."""
    start = max(0, year - max_age)
    older = vintages[start:year]
    part = factor[max_age - year + start : max_age]
    for place in range(older.size):
        older[place] *= part[place]


@kernel
def dot(first, second):
    """Sum of products of two arrays of one length.

    Slices from 0 on are how a loop is written that the compiler can vectorise: it need not
    allow for negative positions.
    """
    total = 0.0
    for place in range(first.size):
        total += first[place] * second[place]
    return total


@kernel
def alive_before(vintages, alive, year, first):
    """Sum effective vintages older than ``year`` over their survival (T-3).

    Parameters
    ----------
    vintages : float64[year]
        Effective vintages, any weight.
    alive : float64[age]
        Oldest age first.
    year, first : int
        ``first``: first vintage that may differ from 0.
    """
    max_age = alive.size - 1
    start = min(max(first, year - max_age), year)
    return dot(vintages[start:year], alive[max_age - year + start : max_age])


@kernel
def follow(from_year, to_year, yo, touched, wave_year, factors, alive, electric_alive, counts,
           target, electric, fleet):  # fmt: skip
    """Carry both survival groups of one class through the years (T-3, T-5, T-6).

    Parameters
    ----------
    from_year, to_year : int
        Years ``from_year <= t < to_year`` are carried.
    yo : int
    touched : int64[kind, group]
        Whether a wave touches the group; its first vintage.
    wave_year : int64[wave_year]
        Year positions.
    factors : float64[group, wave_year, age], 1
        Aligned with ``alive`` at the oldest age.
    alive, electric_alive : float64[age], 1
        Survival of groups 0 and 1, oldest age first.
    counts : float64[group, year], vehicles
        Effective vintages of both groups; history given, projection written.
    target : float64[year], vehicles
        Stock wanted after ``yo``.
    electric : float64[year], 1
        Share of group 1 in sales after ``yo``.
    fleet : float64[kind, year], vehicles
        Sales, stock and scrapped, written; scrapped uses the stock of the year before.

    Returns
    -------
    int
        Number of projected years in which sales were clipped at 0.
    """
    clipped = 0
    max_age = alive.size - 1
    for year in range(from_year, to_year):
        for place in range(wave_year.size):
            if wave_year[place] == year:
                for group in range(2):
                    if touched[0, group]:
                        apply_wave(factors[group, place], year, max_age, counts[group])
        survivors = alive_before(counts[0], alive, year, touched[1, 0])
        survivors += alive_before(counts[1], electric_alive, year, touched[1, 1])
        if year > yo:
            sold = target[year] - survivors
            if sold < 0.0:
                sold = 0.0
                clipped += 1
            counts[1, year] = sold * electric[year]
            counts[0, year] = sold - counts[1, year]
        else:
            sold = counts[0, year] + counts[1, year]
        fleet[0, year] = sold
        fleet[1, year] = survivors + sold
        fleet[2, year] = (fleet[1, year - 1] if year > 0 else 0.0) - survivors
    return clipped


@kernel
def exposure(power, ratio, yo, waves, wave_year, quarters, multipliers, exposed):
    """Write ``rho_g B_g(v, yo)`` for every vintage, so that N = count exp(-x exposed) (T-1, T-2).

    Parameters
    ----------
    power : float64[age]
    ratio : float64[group], 1
        ``rho_g``.
    yo : int
    waves : int64[wave, group]
        1 where the wave touches the group.
    wave_year : int64[wave_year]
    quarters : int64[wave, wave_year]
    multipliers : float64[wave], 1
    exposed : float64[group, year]
        Overwritten up to ``yo``; infinite for vintages older than ``max_age``.
    """
    max_age = power.size - 1
    for group in range(2):
        for vintage in range(yo + 1):
            age = yo - vintage
            if age > max_age:
                exposed[group, vintage] = math.inf
                continue
            total = power[age]
            for place in range(wave_year.size):
                year = wave_year[place]
                if vintage < year <= yo:
                    strength = 0.0
                    for wave in range(multipliers.size):
                        if waves[wave, group]:
                            strength += quarters[wave, place] * (multipliers[wave] - 1.0)
                    total += 0.25 * strength * (power[year - vintage] - power[year - vintage - 1])
            exposed[group, vintage] = ratio[group] * total


@kernel
def solve_hazard(counts, exposed, yo, wanted, log_start):
    """Find the ``x`` that makes the stock of ``yo`` equal an official count (T-1).

    Parameters
    ----------
    counts : float64[group, year], vehicles
        Sales by group.
    exposed : float64[group, year]
        ``rho_g B_g(v, yo)``.
    yo : int
    wanted : float, vehicles
    log_start : float
        First guess of ``ln x``.

    Returns
    -------
    x : float
    status : int
        ``COUNT_UNREACHABLE`` after twelve steps, or when ``wanted`` is not positive.
    """
    if not wanted > 0.0:
        return math.nan, COUNT_UNREACHABLE
    log_x = log_start
    for _ in range(NEWTON_STEPS):
        x = math.exp(log_x)
        stock = 0.0
        slope = 0.0
        for group in range(2):
            for vintage in range(yo + 1):
                if counts[group, vintage] > 0.0 and exposed[group, vintage] < math.inf:
                    hazard = x * exposed[group, vintage]
                    left = counts[group, vintage] * math.exp(-hazard)
                    stock += left
                    slope -= hazard * left
        gap = math.log(stock / wanted)
        if abs(gap) <= NEWTON_TOLERANCE:
            return x, OK
        # ln N falls ever faster in ln x; a full step from far left would leave the range.
        step = -gap * stock / slope
        log_x += min(max(step, -2.0), 2.0)
    return math.nan, COUNT_UNREACHABLE


@kernel
def initial_vintages(stock, growth, profile, observed, hazard, rho, power, exposed, year, counts):
    """Turn the observed first stock of one powertrain into vintages (T-0).

    Parameters
    ----------
    stock : float, vehicles
        In use at the end of ``year``.
    growth : float, 1/yr
        Growth of sales behind the age profile, where none is observed.
    profile : float64[age], 1
        Observed age profile, read when ``observed``.
    observed : bool
    hazard, rho : float
        ``x`` and ``rho_g``.
    power : float64[age], yr^kappa
    exposed : float64[year]
        ``rho_g B_g(v, year)`` of the powertrain's group.
    year : int
    counts : float64[year], vehicles
        Overwritten up to ``year``.
    """
    oldest = min(power.size - 1, year)
    total = 0.0
    for vintage in range(year + 1):
        age = year - vintage
        counts[vintage] = 0.0
        if age <= oldest:
            if observed:
                counts[vintage] = profile[age]
            else:
                counts[vintage] = math.exp(-hazard * rho * power[age]) * (1.0 + growth) ** (-age)
            total += counts[vintage]
    for vintage in range(year - oldest, year + 1):
        counts[vintage] *= stock / total / math.exp(-hazard * exposed[vintage])


@kernel
def grid_cell(value, first, last, nodes):
    """Interval of an even grid that a value lies in or is nearest to, and the place within."""
    if not value >= first:
        return 0, 0.0
    place = (min(value, last) - first) / (last - first) * (nodes - 1)
    cell = min(int(place), nodes - 2)
    return cell, place - cell
