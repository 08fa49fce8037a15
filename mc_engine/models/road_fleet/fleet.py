"""One class of vehicles through the years of one draw: history, survival, projection."""

import math

from mc_engine.accelerate import kernel
from mc_engine.curves import path_values
from mc_engine.models.road_fleet.adoption import phase_out, split_tree
from mc_engine.models.road_fleet.demand import (
    OWNERSHIP,
    PER_HEAD,
    activity_target,
    ownership,
    per_head_target,
)
from mc_engine.models.road_fleet.status import (
    OK,
    OWNERSHIP_ABOVE_SATURATION,
    SPLIT_NEGATIVE,
)
from mc_engine.models.road_fleet.turnover import (
    age_powers,
    exposure,
    follow,
    initial_vintages,
    solve_hazard,
    survival,
    wave_factors,
)
from mc_engine.models.road_fleet.use import class_distance


@kernel
def _split_factor(row, turnover, split, vehicle_class, year):
    """Factor of one class in a year whose class split is judgement (T-4)."""
    closes = turnover.split_closes[split]
    if vehicle_class != closes:
        return row[turnover.class_split[vehicle_class]]
    rest = turnover.registered[closes, year]
    for other in range(turnover.registered.shape[0]):
        if other != closes and turnover.split_member[split, other]:
            change = row[turnover.class_split[other]] - 1.0
            rest -= change * turnover.registered[other, year]
    return rest / turnover.registered[closes, year]


@kernel
def register(row, static, vehicle_class, number):
    """Write sales by powertrain and vintage up to ``yo`` (T-4).

    Parameters
    ----------
    row : float64[column]
    static : Static
    vehicle_class : int
    number : float64[powertrain, year], vehicles

    Returns
    -------
    int
        Status.
    """
    turnover = static.turnover
    reporting = row[turnover.reporting[vehicle_class]]
    for year in range(static.calendar.yo + 1):
        factor = reporting
        for split in range(turnover.split_closes.size):
            if turnover.split_year[split, year] and turnover.split_member[split, vehicle_class]:
                part = _split_factor(row, turnover, split, vehicle_class, year)
                if not part >= 0.0:
                    return SPLIT_NEGATIVE
                factor *= part
        for powertrain in range(number.shape[0]):
            number[powertrain, year] = factor * turnover.history[vehicle_class, powertrain, year]
    return OK


@kernel
def _count_groups(group, number, last, counts):
    """Sum sales up to ``last`` by survival group."""
    counts[:, : last + 1] = 0.0
    for powertrain in range(number.shape[0]):
        for vintage in range(last + 1):
            counts[group[powertrain], vintage] += number[powertrain, vintage]


@kernel
def _set_waves(row, turnover, vehicle_class, work):
    """Read each wave's multiplier for a class, and the groups it touches (T-2)."""
    for wave in range(turnover.multiplier.shape[0]):
        column = turnover.multiplier[wave, vehicle_class]
        if column < 0:
            work.multipliers[wave] = turnover.fixed_multiplier[wave, vehicle_class]
        else:
            work.multipliers[wave] = row[column]
        touched = 1 if work.multipliers[wave] != 1.0 else 0
        work.waves[wave, 0] = touched
        work.waves[wave, 1] = touched * turnover.all_groups[wave]


@kernel
def _close_count(row, static, vehicle_class, rho, power, work):
    """Solve the hazard of the class that closes the official count (T-1)."""
    turnover, yo = static.turnover, static.calendar.yo
    max_age = turnover.max_age[vehicle_class]
    exposure(power, rho, max_age, yo, work.waves, turnover.wave_year, turnover.quarters,
             work.multipliers, work.exposed)  # fmt: skip
    wanted = (turnover.official_count - row[turnover.out_of_scope]) * row[turnover.count_error]
    for other in range(work.stock.shape[0]):
        if other != vehicle_class:
            wanted -= work.stock[other, yo]
    registered = 0.0
    for vintage in range(max(0, yo - max_age), yo + 1):
        registered += work.counts[0, vintage] + work.counts[1, vintage]
    shape = row[turnover.shape[vehicle_class]]
    start = _start(turnover, shape, wanted / registered)
    return solve_hazard(work.counts, work.exposed, yo, wanted, start)


@kernel
def _cell(nodes, value):
    """Interval of an even grid that a value lies in or is nearest to, and the place within."""
    place = (value - nodes[0]) / (nodes[1] - nodes[0])
    cell = int(min(max(math.floor(place), 0.0), nodes.size - 2.0)) if place == place else 0
    return cell, min(max(place - cell, 0.0), 1.0)


@kernel
def _start(turnover, shape, ratio):
    """First guess of ``ln x`` from a table over shape and stock per registration."""
    i, s = _cell(turnover.start_shape, shape)
    j, t = _cell(turnover.start_ratio, ratio)
    low = (1.0 - t) * turnover.start[i, j] + t * turnover.start[i, j + 1]
    high = (1.0 - t) * turnover.start[i + 1, j] + t * turnover.start[i + 1, j + 1]
    return (1.0 - s) * low + s * high


@kernel
def _begin_stock(row, static, vehicle_class, hazard, rho, power, work):
    """Replace early registrations by an observed first stock (T-0)."""
    turnover = static.turnover
    year = turnover.initial_year
    exposure(power, rho, turnover.max_age[vehicle_class], year, work.waves, turnover.wave_year,
             turnover.quarters, work.multipliers, work.exposed)  # fmt: skip
    observed = turnover.initial_profile[vehicle_class, 0] >= 0.0
    growth = row[turnover.profile_growth[vehicle_class]]
    for powertrain in range(work.number.shape[0]):
        group = turnover.group[powertrain]
        initial_vintages(
            turnover.initial_stock[vehicle_class, powertrain], growth,
            turnover.initial_profile[vehicle_class], observed, hazard, rho[group], power,
            work.exposed[group], year, work.number[powertrain],
        )  # fmt: skip


@kernel
def survive(row, static, vehicle_class, work):
    """Fix a class's survival law and carry it to ``yo`` (T-0 to T-4).

    Returns
    -------
    scale : float, yr
        Weibull scale ``lambda``.
    status : int
    """
    turnover, yo = static.turnover, static.calendar.yo
    max_age = turnover.max_age[vehicle_class]
    shape = row[turnover.shape[vehicle_class]]
    power = work.power[: max_age + 1]
    age_powers(shape, turnover.log_age, power)
    rho = work.sums[:2]
    rho[0] = 1.0
    rho[1] = math.exp(-shape * math.log(row[turnover.life_ratio[vehicle_class]]))
    _set_waves(row, turnover, vehicle_class, work)
    if vehicle_class == turnover.closes:
        _count_groups(turnover.group, work.number, yo, work.counts)
        hazard, status = _close_count(row, static, vehicle_class, rho, power, work)
        if status != OK:
            return math.nan, status
        scale = math.exp(-math.log(hazard) / shape)
    else:
        if turnover.scale[vehicle_class] >= 0:
            scale = row[turnover.scale[vehicle_class]]
        else:
            scale = row[turnover.mean_life[vehicle_class]] / math.gamma(1.0 + 1.0 / shape)
        hazard = math.exp(-shape * math.log(scale))
        if turnover.initial_year >= 0:
            _begin_stock(row, static, vehicle_class, hazard, rho, power, work)
        _count_groups(turnover.group, work.number, yo, work.counts)
    for group in range(2):
        survival(hazard * rho[group], power, work.alive[group, : max_age + 1])
        work.factors[group, :, : max_age + 1] = 1.0
        for wave in range(work.multipliers.size):
            if work.waves[wave, group]:
                wave_factors(hazard * rho[group], work.multipliers[wave], turnover.quarters[wave],
                             power, work.step, work.factors[group, :, : max_age + 1])  # fmt: skip
    return scale, OK


@kernel
def want(row, static, vehicle_class, work):
    """Write the stock a class should have after ``yo`` (D-2 to D-5).

    Returns
    -------
    int
        Status.
    """
    demand, yo, paths = static.demand, static.calendar.yo, static.paths
    stock, target = work.stock[vehicle_class], work.target
    driver = demand.driver[vehicle_class]
    if driver == PER_HEAD:
        drift = row[demand.drift[vehicle_class]]
        per_head_target(work.people, drift, stock, yo, target)
        return OK
    if driver != OWNERSHIP:
        for number, values in ((demand.elasticity[vehicle_class], work.elasticity),
                               (demand.shift[vehicle_class], work.shift),
                               (demand.load[vehicle_class], work.load)):  # fmt: skip
            path_values(paths, number, row, yo, work.points, values)
        activity_target(work.economy, work.elasticity, work.shift, work.load, work.distance,
                        stock, yo, target)  # fmt: skip
        return OK
    owned = stock[yo]
    for other in range(work.stock.shape[0]):
        if demand.includes[vehicle_class, other]:
            owned += work.stock[other, yo]
    now = owned / work.people[yo]
    saturation = row[demand.saturation[vehicle_class]]
    if not now < saturation:
        return OWNERSHIP_ABOVE_SATURATION
    growth, form = row[demand.growth[vehicle_class]], row[demand.form[vehicle_class]]
    for year in range(yo + 1, target.size):
        target[year] = work.people[year] * ownership(now, saturation, growth, form, year - yo)
        for other in range(work.stock.shape[0]):
            if demand.includes[vehicle_class, other]:
                target[year] -= work.stock[other, year]
    return OK


@kernel
def adopt(row, static, vehicle_class, work):
    """Write the powertrain shares of a class after ``yo`` (equations A)."""
    adoption, yo = static.adoption, static.calendar.yo
    for node in range(adoption.child.size):
        branch = work.branch[node]
        path_values(
            static.paths, adoption.branch[node, vehicle_class], row, yo, work.points, branch
        )
        if adoption.phase_out[node] and adoption.ban_year[vehicle_class] >= 0:
            ban = adoption.ban_year[vehicle_class]
            compliance = row[adoption.compliance[vehicle_class]]
            phase_out(branch, ban - adoption.ban_ramp[vehicle_class], ban, compliance)
    split_tree(adoption.child, adoption.rest, work.branch, yo + 1, work.pool, work.share)
    work.electric[yo + 1 :] = 0.0
    for powertrain in range(work.share.shape[0]):
        if static.turnover.group[powertrain] == 1:
            for year in range(yo + 1, work.electric.size):
                work.electric[year] += work.share[powertrain, year]


@kernel
def carry(static, vehicle_class, first, last, work):
    """Carry a class through years ``first <= t < last``; returns the years clipped (T-5)."""
    turnover = static.turnover
    max_age = turnover.max_age[vehicle_class]
    touched = work.firsts[:, 0]
    begin = work.firsts[:, 1]
    for group in range(2):
        touched[group] = 0
        begin[group] = 0
        for wave in range(work.multipliers.size):
            touched[group] = max(touched[group], work.waves[wave, group])
        while begin[group] < static.calendar.yo and work.counts[group, begin[group]] == 0.0:
            begin[group] += 1
    return follow(
        first, last, static.calendar.yo, max_age, touched, turnover.wave_year,
        work.factors, work.alive, work.counts, begin,
        work.target, work.electric, work.sales[vehicle_class], work.stock[vehicle_class],
        work.scrapped[vehicle_class],
    )  # fmt: skip


@kernel
def turn_over(row, static, vehicle_class, work):
    """Give one class its stock and sales by powertrain in every year (equations D, T, A).

    Returns
    -------
    scale : float, yr
    clipped : int
        Projected years with sales clipped at 0.
    status : int
    """
    yo = static.calendar.yo
    status = register(row, static, vehicle_class, work.number)
    if status != OK:
        return math.nan, 0, status
    scale, status = survive(row, static, vehicle_class, work)
    if status != OK:
        return math.nan, 0, status
    carry(static, vehicle_class, 0, yo + 1, work)
    use = static.use
    class_distance(row[use.level[vehicle_class]], row[use.power[vehicle_class]],
                   use.log_index[vehicle_class], row[use.trend[vehicle_class]],
                   static.calendar.base, yo, static.calendar.y0, work.distance)  # fmt: skip
    for event in range(use.activity_year.size):
        work.distance[use.activity_year[event]] *= row[use.activity[vehicle_class, event]]
    status = want(row, static, vehicle_class, work)
    if status != OK:
        return math.nan, 0, status
    adopt(row, static, vehicle_class, work)
    clipped = carry(static, vehicle_class, yo + 1, work.target.size, work)
    for powertrain in range(work.number.shape[0]):
        for year in range(yo + 1, work.target.size):
            sold = work.sales[vehicle_class, year]
            work.number[powertrain, year] = sold * work.share[powertrain, year]
    return scale, clipped, OK
