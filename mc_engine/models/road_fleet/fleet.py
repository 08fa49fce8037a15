"""One class of vehicles through the years of one draw: history, survival, projection."""

import math

from mc_engine.accelerate import kernel
from mc_engine.curves import path_values
from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet import workspace as room
from mc_engine.models.road_fleet.adoption import phase_out, split_tree
from mc_engine.models.road_fleet.demand import (
    OWNERSHIP,
    PER_HEAD,
    activity_target,
    ownership,
    per_head_target,
)
from mc_engine.models.road_fleet.status import OK, OWNERSHIP_ABOVE_SATURATION, SPLIT_NEGATIVE
from mc_engine.models.road_fleet.turnover import (
    RATIO_NODES,
    SHAPE_NODES,
    age_powers,
    exposure,
    follow,
    grid_cell,
    initial_vintages,
    solve_hazard,
    survival,
    wave_factors,
)
from mc_engine.models.road_fleet.use import class_distance


@kernel
def _split_factor(row, static, split, vehicle_class, year):
    """Factor of one class in a year whose class split is judgement (T-4)."""
    if static.split_class[split, vehicle_class] == at.SPLIT_MEMBER:
        return row[static.by_class[at.CLASS_SPLIT, vehicle_class]]
    rest = static.class_year[at.REGISTERED, vehicle_class, year]
    for other in range(static.history.shape[0]):
        if static.split_class[split, other] == at.SPLIT_MEMBER:
            change = row[static.by_class[at.CLASS_SPLIT, other]] - 1.0
            rest -= change * static.class_year[at.REGISTERED, other, year]
    return rest / static.class_year[at.REGISTERED, vehicle_class, year]


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
    reporting = row[static.by_class[at.REPORTING, vehicle_class]]
    for year in range(static.number[at.YO] + 1):
        factor = reporting
        for split in range(static.split_class.shape[0]):
            member = static.split_class[split, vehicle_class] != at.NOT_SPLIT
            if member and static.split_year[split, year]:
                part = _split_factor(row, static, split, vehicle_class, year)
                if not part >= 0.0:
                    return SPLIT_NEGATIVE
                factor *= part
        for powertrain in range(number.shape[0]):
            number[powertrain, year] = factor * static.history[vehicle_class, powertrain, year]
    return OK


@kernel
def _count_groups(static, work):
    """Sum sales up to ``yo`` by survival group."""
    last = static.number[at.YO]
    counts = work.groups[room.COUNTS]
    counts[:, : last + 1] = 0.0
    for powertrain in range(work.number.shape[0]):
        group = static.by_powertrain[at.GROUP, powertrain]
        for vintage in range(last + 1):
            counts[group, vintage] += work.number[powertrain, vintage]


@kernel
def _set_waves(row, static, vehicle_class, work):
    """Read each wave's multiplier for a class, and the groups it touches (T-2)."""
    work.touched[:] = 0
    for wave in range(static.wave_column.shape[0]):
        column = static.wave_column[wave, vehicle_class]
        multiplier = static.wave_fixed[wave, vehicle_class]
        if column != at.NONE:
            multiplier = row[column]
        work.multipliers[wave] = multiplier
        work.waves[wave, 0] = 1 if multiplier != 1.0 else 0
        work.waves[wave, 1] = work.waves[wave, 0] * static.all_groups[wave]
        for group in range(2):
            work.touched[0, group] = max(work.touched[0, group], work.waves[wave, group])


@kernel
def _close_count(row, static, vehicle_class, power, work):
    """Solve the hazard of the class that closes the official count (T-1)."""
    yo = static.number[at.YO]
    counts, exposed = work.groups[room.COUNTS], work.groups[room.EXPOSED]
    exposure(power, work.rho, yo, work.waves, static.wave_year, static.quarters,
             work.multipliers, exposed)  # fmt: skip
    wanted = static.constant[at.OFFICIAL_COUNT] - row[static.column[at.OUT_OF_SCOPE]]
    wanted *= row[static.column[at.COUNT_ERROR]]
    for other in range(static.history.shape[0]):
        if other != vehicle_class:
            wanted -= work.fleet[room.STOCK, other, yo]
    registered = 0.0
    for vintage in range(max(0, yo - power.size + 1), yo + 1):
        registered += counts[0, vintage] + counts[1, vintage]
    # A first guess of ln x from a table over shape and stock per registration.
    i, s = grid_cell(row[static.by_class[at.SHAPE, vehicle_class]], *SHAPE_NODES)
    j, t = grid_cell(wanted / registered, *RATIO_NODES)
    low = (1.0 - t) * static.start[i, j] + t * static.start[i, j + 1]
    high = (1.0 - t) * static.start[i + 1, j] + t * static.start[i + 1, j + 1]
    return solve_hazard(counts, exposed, yo, wanted, (1.0 - s) * low + s * high)


@kernel
def _begin_stock(row, static, vehicle_class, hazard, power, work):
    """Replace early registrations by an observed first stock (T-0)."""
    year = static.number[at.INITIAL_YEAR]
    exposed = work.groups[room.EXPOSED]
    exposure(power, work.rho, year, work.waves, static.wave_year, static.quarters,
             work.multipliers, exposed)  # fmt: skip
    observed = static.initial_profile[vehicle_class, 0] >= 0.0
    growth = row[static.by_class[at.PROFILE_GROWTH, vehicle_class]]
    for powertrain in range(work.number.shape[0]):
        group = static.by_powertrain[at.GROUP, powertrain]
        stock = static.initial_stock[vehicle_class, powertrain]
        profile = static.initial_profile[vehicle_class]
        initial_vintages(stock, growth, profile, observed, hazard, work.rho[group], power,
                         exposed[group], year, work.number[powertrain])  # fmt: skip


@kernel
def survive(row, static, vehicle_class, work):
    """Fix a class's survival law and its effective vintages (T-0 to T-4).

    Returns
    -------
    scale : float, yr
        Weibull scale ``lambda``.
    status : int
    """
    ages = static.by_class[at.MAX_AGE, vehicle_class] + 1
    shape = row[static.by_class[at.SHAPE, vehicle_class]]
    power = work.ages[room.POWER, :ages]
    age_powers(shape, static.log_age, power)
    work.rho[0] = 1.0
    work.rho[1] = math.exp(-shape * math.log(row[static.by_class[at.LIFE_RATIO, vehicle_class]]))
    _set_waves(row, static, vehicle_class, work)
    if vehicle_class == static.number[at.CLOSES]:
        _count_groups(static, work)
        hazard, status = _close_count(row, static, vehicle_class, power, work)
        if status != OK:
            return math.nan, status
        scale = math.exp(-math.log(hazard) / shape)
    else:
        if static.by_class[at.SCALE, vehicle_class] != at.NONE:
            scale = row[static.by_class[at.SCALE, vehicle_class]]
        else:
            life = row[static.by_class[at.MEAN_LIFE, vehicle_class]]
            scale = life / math.gamma(1.0 + 1.0 / shape)
        hazard = math.exp(-shape * math.log(scale))
        if static.number[at.INITIAL_YEAR] != at.NONE:
            _begin_stock(row, static, vehicle_class, hazard, power, work)
        _count_groups(static, work)
    for group in range(2):
        survival(hazard * work.rho[group], power, work.ages[room.ALIVE + group, :ages])
        if not work.touched[0, group]:
            continue
        work.factors[group] = 1.0
        for wave in range(work.multipliers.size):
            if work.waves[wave, group]:
                wave_factors(hazard * work.rho[group], work.multipliers[wave],
                             static.quarters[wave], power, work.ages[room.STEP],
                             work.factors[group])  # fmt: skip
    return scale, OK


@kernel
def _want_ownership(row, static, vehicle_class, work):
    """Stock wanted where people own vehicles up to a saturation (D-2); returns a status."""
    yo = static.number[at.YO]
    people, target = work.yearly[room.PEOPLE], work.yearly[room.TARGET]
    stock = work.fleet[room.STOCK]
    owned = stock[vehicle_class, yo]
    for other in range(stock.shape[0]):
        if static.includes[vehicle_class, other]:
            owned += stock[other, yo]
    now = owned / people[yo]
    saturation = row[static.by_class[at.SATURATION, vehicle_class]]
    if not now < saturation:
        return OWNERSHIP_ABOVE_SATURATION
    growth = row[static.by_class[at.GROWTH, vehicle_class]]
    form = row[static.by_class[at.FORM, vehicle_class]]
    for year in range(yo + 1, target.size):
        target[year] = people[year] * ownership(now, saturation, growth, form, year - yo)
        for other in range(stock.shape[0]):
            if static.includes[vehicle_class, other]:
                target[year] -= stock[other, year]
    return OK


@kernel
def want(row, static, paths, vehicle_class, work):
    """Write the stock a class should have after ``yo`` (D-2 to D-5).

    Returns
    -------
    int
        Status.
    """
    yo = static.number[at.YO]
    driver = static.by_class[at.DRIVER, vehicle_class]
    if driver == OWNERSHIP:
        return _want_ownership(row, static, vehicle_class, work)
    stock, target = work.fleet[room.STOCK, vehicle_class], work.yearly[room.TARGET]
    if driver == PER_HEAD:
        drift = row[static.by_class[at.DRIFT, vehicle_class]]
        per_head_target(work.yearly[room.PEOPLE], drift, stock, yo, target)
        return OK
    # The three paths stand in the same order in both tables.
    for place in range(3):
        path = static.by_class[at.ELASTICITY_PATH + place, vehicle_class]
        path_values(paths, path, row, yo, work.points, work.yearly[room.ELASTICITY + place])
    activity_target(work.yearly[room.ECONOMY], work.yearly[room.ELASTICITY],
                    work.yearly[room.SHIFT], work.yearly[room.LOAD], work.yearly[room.DISTANCE],
                    stock, yo, target)  # fmt: skip
    return OK


@kernel
def adopt(row, static, paths, vehicle_class, work):
    """Write the powertrain shares of a class after ``yo`` (equations A)."""
    yo = static.number[at.YO]
    for node in range(static.by_node.shape[1]):
        path = static.branch[node, vehicle_class]
        path_values(paths, path, row, yo, work.points, work.branch[node])
        ban = static.by_class[at.BAN_YEAR, vehicle_class]
        if static.by_node[at.PHASE_OUT, node] and ban != at.NONE:
            begin = ban - static.by_class[at.BAN_RAMP, vehicle_class]
            compliance = row[static.by_class[at.COMPLIANCE, vehicle_class]]
            phase_out(work.branch[node], begin, ban, compliance)
    split_tree(static.by_node[at.CHILD], static.by_node[at.REST], work.branch, yo + 1, work.pool,
               work.share)  # fmt: skip
    electric = work.yearly[room.ELECTRIC]
    electric[yo + 1 :] = 0.0
    for powertrain in range(work.share.shape[0]):
        if static.by_powertrain[at.GROUP, powertrain] == 1:
            for year in range(yo + 1, electric.size):
                electric[year] += work.share[powertrain, year]


@kernel
def carry(static, vehicle_class, first, last, work):
    """Carry a class through years ``first <= t < last``; returns the years clipped (T-5)."""
    ages = static.by_class[at.MAX_AGE, vehicle_class] + 1
    counts = work.groups[room.COUNTS]
    yo = static.number[at.YO]
    for group in range(2):
        begin = 0
        while begin < yo and counts[group, begin] == 0.0:
            begin += 1
        work.touched[1, group] = begin
    return follow(first, last, yo, work.touched, static.wave_year, work.factors,
                  work.ages[room.ALIVE, :ages], work.ages[room.ALIVE + 1, :ages], counts,
                  work.yearly[room.TARGET], work.yearly[room.ELECTRIC],
                  work.fleet[:, vehicle_class])  # fmt: skip


@kernel
def turn_over(row, static, paths, vehicle_class, work):
    """Give one class its stock and sales by powertrain in every year (equations D, T, A).

    Returns
    -------
    scale : float, yr
    clipped : int
        Projected years with sales clipped at 0.
    status : int
    """
    yo = static.number[at.YO]
    status = register(row, static, vehicle_class, work.number)
    if status != OK:
        return math.nan, 0, status
    scale, status = survive(row, static, vehicle_class, work)
    if status != OK:
        return math.nan, 0, status
    carry(static, vehicle_class, 0, yo + 1, work)
    distance = work.yearly[room.DISTANCE]
    columns = static.by_class[:, vehicle_class]
    class_distance(row[columns[at.LEVEL]], row[columns[at.HISTORY_POWER]],
                   static.class_year[at.LOG_INDEX, vehicle_class], row[columns[at.TREND]],
                   static.number[at.BASE_YEAR], yo, static.number[at.Y0], distance)  # fmt: skip
    for event in range(static.activity_year.size):
        distance[static.activity_year[event]] *= row[static.activity[vehicle_class, event]]
    status = want(row, static, paths, vehicle_class, work)
    if status != OK:
        return math.nan, 0, status
    adopt(row, static, paths, vehicle_class, work)
    years = work.number.shape[1]
    clipped = carry(static, vehicle_class, yo + 1, years, work)
    for powertrain in range(work.number.shape[0]):
        for year in range(yo + 1, years):
            sold = work.fleet[room.SALES, vehicle_class, year]
            work.number[powertrain, year] = sold * work.share[powertrain, year]
    return scale, clipped, OK
