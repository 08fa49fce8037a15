"""One class of vehicles through the years: history, survival, projection.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

import math

from mc_engine.accelerate import inner, kernel
from mc_engine.curves import path_values
from mc_engine.elementary import exp, log
from mc_engine.lanes import LANES, add, add_product, clear, copy, scale, scale_plane, subtract
from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet import workspace as room
from mc_engine.models.road_fleet.adoption import phase_out, split_tree
from mc_engine.models.road_fleet.cohorts import (
    PAD,
    TILE,
    add_all_years,
    add_wave_year,
    add_years,
)
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
    grid_cell,
    initial_vintages,
    solve_hazard,
    survival,
    wave_steps,
)
from mc_engine.models.road_fleet.use import class_distance


@inner
def _split_factor(row, static, split, vehicle_class, year, factor, status):
    """Factor of one class in a year whose class split is judgement (T-4), float64[lane]."""
    if static.split_class[split, vehicle_class] == at.SPLIT_MEMBER:
        copy(row[static.by_class[at.CLASS_SPLIT, vehicle_class]], factor)
    else:
        registered = static.class_year[at.REGISTERED, vehicle_class, year]
        factor[:] = 1.0
        for other in range(static.history.shape[0]):
            if static.split_class[split, other] == at.SPLIT_MEMBER:
                column = static.by_class[at.CLASS_SPLIT, other]
                taken = static.class_year[at.REGISTERED, other, year] / registered
                for lane in range(LANES):
                    factor[lane] -= (row[column, lane] - 1.0) * taken
    for lane in range(LANES):
        if not factor[lane] >= 0.0 and status[lane] == OK:
            status[lane] = SPLIT_NEGATIVE


@inner
def register(row, static, vehicle_class, spare, part, number, status):
    """Write sales by powertrain and vintage up to ``yo`` (T-4).

    Parameters
    ----------
    row : float64[column, lane]
    static : Static
    vehicle_class : int
    spare, part : float64[lane]
        Scratch.
    number : float64[powertrain, year, lane], vehicles
        Overwritten up to ``yo``.
    status : int64[lane]
    """
    reporting = row[static.by_class[at.REPORTING, vehicle_class]]
    for year in range(static.number[at.YO] + 1):
        copy(reporting, spare)
        for split in range(static.split_class.shape[0]):
            member = static.split_class[split, vehicle_class] != at.NOT_SPLIT
            if member and static.split_year[split, year]:
                _split_factor(row, static, split, vehicle_class, year, part, status)
                scale(part, spare)
        for powertrain in range(number.shape[0]):
            sold = static.history[vehicle_class, powertrain, year]
            cell = number[powertrain, year]
            for lane in range(LANES):
                cell[lane] = spare[lane] * sold


@inner
def _count_groups(static, work):
    """Sum sales up to ``yo`` by survival group; nothing is sold yet after it."""
    clear(work.counts_rows[0])
    clear(work.counts_rows[1])
    for powertrain in range(work.number.shape[0]):
        group = static.by_powertrain[at.GROUP, powertrain]
        for vintage in range(static.number[at.YO] + 1):
            add(work.number[powertrain, vintage], work.counts_rows[group, vintage])


@inner
def _set_waves(row, static, vehicle_class, work):
    """Read each wave's multiplier for a class, and the groups it touches (T-2)."""
    for wave in range(static.wave_column.shape[0]):
        column = static.wave_column[wave, vehicle_class]
        fixed = static.wave_fixed[wave, vehicle_class]
        if column != at.NONE:
            copy(row[column], work.multipliers[wave])
        else:
            work.multipliers[wave] = fixed
        touched = 1 if column != at.NONE or fixed != 1.0 else 0
        work.touched[0, wave] = touched
        work.touched[1, wave] = touched * static.all_groups[wave]


@inner
def _expose_groups(static, year, power, work):
    """Write ``rho_g B_g(v, year)`` of both groups."""
    for group in range(2):
        exposure(power, work.lane[room.RATIO_0 + group], year, work.touched[group],
                 static.wave_year, static.quarters, work.multipliers,
                 work.exposed[group])  # fmt: skip


@inner
def _first_guess(static, shape, ratio):
    """Guess ``ln x`` from a table over shape and stock per registration (T-1)."""
    i, s = grid_cell(shape, *SHAPE_NODES)
    j, t = grid_cell(ratio, *RATIO_NODES)
    low = (1.0 - t) * static.start[i, j] + t * static.start[i, j + 1]
    high = (1.0 - t) * static.start[i + 1, j] + t * static.start[i + 1, j + 1]
    return (1.0 - s) * low + s * high


@inner
def _close_count(row, static, vehicle_class, power, work):
    """Solve the hazard of the class that closes the official count (T-1)."""
    yo = static.number[at.YO]
    _expose_groups(static, yo, power, work)
    wanted, log_x, registered = work.lane[room.WANTED], work.lane[room.LOG_X], work.lane[room.SCALE]
    out_of_scope = row[static.column[at.OUT_OF_SCOPE]]
    error = row[static.column[at.COUNT_ERROR]]
    for lane in range(LANES):
        wanted[lane] = (static.constant[at.OFFICIAL_COUNT] - out_of_scope[lane]) * error[lane]
    for other in range(static.history.shape[0]):
        if other != vehicle_class:
            subtract(work.fleet[room.STOCK, other, yo], wanted)
    first = max(0, yo - power.shape[0] + 1)
    registered[:] = 0.0
    for group in range(2):
        for vintage in range(first, yo + 1):
            add(work.counts_rows[group, vintage], registered)
    shape = work.lane[room.SHAPE]
    for lane in range(LANES):
        log_x[lane] = _first_guess(static, shape[lane], wanted[lane] / registered[lane])
    solve_hazard(work.counts, work.exposed, first, yo, wanted, log_x, work.lane,
                 work.lane[room.HAZARD], work.status)  # fmt: skip


@inner
def _draw_scale(row, static, vehicle_class, work):
    """Read the scale or the mean life of a class, and write its hazard (T-1)."""
    shape, found = work.lane[room.SHAPE], work.lane[room.SCALE]
    drawn = static.by_class[at.SCALE, vehicle_class]
    for lane in range(LANES):
        if drawn != at.NONE:
            found[lane] = row[drawn, lane]
        else:
            life = row[static.by_class[at.MEAN_LIFE, vehicle_class], lane]
            life -= row[static.by_class[at.DELAY, vehicle_class], lane]
            found[lane] = life / math.gamma(1.0 + 1.0 / shape[lane])
        work.lane[room.HAZARD, lane] = exp(-shape[lane] * log(found[lane]))


@inner
def _group_hazards(work):
    """Write ``x rho_g`` of both groups."""
    for group in range(2):
        for lane in range(LANES):
            rho = work.lane[room.RATIO_0 + group, lane]
            work.lane[room.HAZARD_0 + group, lane] = work.lane[room.HAZARD, lane] * rho


@inner
def _begin_stock(row, static, vehicle_class, power, work):
    """Replace early registrations by an observed first stock (T-0)."""
    year = static.number[at.INITIAL_YEAR]
    _expose_groups(static, year, power, work)
    growth = row[static.by_class[at.PROFILE_GROWTH, vehicle_class]]
    for powertrain in range(work.number.shape[0]):
        group = static.by_powertrain[at.GROUP, powertrain]
        stock = static.initial_stock[vehicle_class, powertrain]
        profile = static.initial_profile[vehicle_class]
        initial_vintages(stock, growth, profile, work.lane[room.HAZARD],
                         work.lane[room.HAZARD_0 + group], power, work.exposed[group], year,
                         work.lane[room.SPARE_0], work.number[powertrain])  # fmt: skip


@inner
def survive(row, static, vehicle_class, work):
    """Fix a class's survival law and its effective vintages (T-0 to T-4).

    The Weibull scale stands in ``lane[SCALE]`` afterwards, yr.
    """
    ages = static.by_class[at.MAX_AGE, vehicle_class] + 1
    power, shape = work.power[:ages], work.lane[room.SHAPE]
    copy(row[static.by_class[at.SHAPE, vehicle_class]], shape)
    delay = row[static.by_class[at.DELAY, vehicle_class]]
    delayed = static.by_class[at.DELAYED, vehicle_class] == 1
    age_powers(shape, delay, delayed, static.log_age, power)
    life_ratio = row[static.by_class[at.LIFE_RATIO, vehicle_class]]
    work.lane[room.RATIO_0] = 1.0
    for lane in range(LANES):
        work.lane[room.RATIO_1, lane] = exp(-shape[lane] * log(life_ratio[lane]))
    _set_waves(row, static, vehicle_class, work)
    if vehicle_class == static.number[at.CLOSES]:
        _count_groups(static, work)
        _close_count(row, static, vehicle_class, power, work)
        for lane in range(LANES):
            hazard = work.lane[room.HAZARD, lane]
            work.lane[room.SCALE, lane] = exp(-log(hazard) / shape[lane])
        _group_hazards(work)
    else:
        _draw_scale(row, static, vehicle_class, work)
        _group_hazards(work)
        if static.number[at.INITIAL_YEAR] != at.NONE:
            _begin_stock(row, static, vehicle_class, power, work)
        _count_groups(static, work)
    for group in range(2):
        hazard = work.lane[room.HAZARD_0 + group]
        survival(hazard, power, work.alive_rows[group, : ages + 2 * PAD])
        for wave in range(work.touched.shape[1]):
            if work.touched[group, wave]:
                wave_steps(hazard, work.multipliers[wave], power,
                           work.steps[group, wave])  # fmt: skip


@inner
def _want_ownership(row, static, vehicle_class, work):
    """Stock wanted where people own vehicles up to a saturation (D-2)."""
    yo = static.number[at.YO]
    people, target = work.yearly[room.PEOPLE], work.yearly[room.TARGET]
    stock, now = work.fleet[room.STOCK], work.lane[room.WANTED]
    copy(stock[vehicle_class, yo], now)
    for other in range(stock.shape[0]):
        if static.includes[vehicle_class, other]:
            add(stock[other, yo], now)
    saturation = row[static.by_class[at.SATURATION, vehicle_class]]
    for lane in range(LANES):
        now[lane] /= people[yo, lane]
        if not now[lane] < saturation[lane] and work.status[lane] == OK:
            work.status[lane] = OWNERSHIP_ABOVE_SATURATION
    ownership(now, saturation, row[static.by_class[at.GROWTH, vehicle_class]],
              row[static.by_class[at.FORM, vehicle_class]], yo + 1, work.lane, target)  # fmt: skip
    for year in range(yo + 1, target.shape[0]):
        scale(people[year], target[year])
        for other in range(stock.shape[0]):
            if static.includes[vehicle_class, other]:
                subtract(stock[other, year], target[year])


@inner
def want(row, static, paths, vehicle_class, work):
    """Write the stock a class should have after ``yo`` (D-2 to D-5)."""
    yo = static.number[at.YO]
    driver = static.by_class[at.DRIVER, vehicle_class]
    stock, target = work.fleet[room.STOCK, vehicle_class], work.yearly[room.TARGET]
    if driver == OWNERSHIP:
        _want_ownership(row, static, vehicle_class, work)
    elif driver == PER_HEAD:
        drift = row[static.by_class[at.DRIFT, vehicle_class]]
        per_head_target(work.yearly[room.PEOPLE], drift, stock, yo, work.lane, target)
    else:
        # The three paths stand in the same order in both tables.
        for place in range(3):
            path = static.by_class[at.ELASTICITY_PATH + place, vehicle_class]
            path_values(paths, path, row, yo, work.points, work.yearly[room.ELASTICITY + place])
        activity_target(work.yearly[room.ECONOMY], work.yearly[room.ELASTICITY],
                        work.yearly[room.SHIFT], work.yearly[room.LOAD],
                        work.yearly[room.DISTANCE], stock, yo, work.lane, target)  # fmt: skip


@inner
def adopt(row, static, paths, vehicle_class, work):
    """Write the powertrain shares of a class after ``yo``, into ``number`` (equations A)."""
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
               work.number)  # fmt: skip
    electric = work.yearly[room.ELECTRIC]
    for year in range(yo + 1, electric.shape[0]):
        electric[year] = 0.0
        for powertrain in range(work.number.shape[0]):
            if static.by_powertrain[at.GROUP, powertrain] == 1:
                add(work.number[powertrain, year], electric[year])


@inner
def group_first(static, vehicle_class, group):
    """First vintage of a survival group; one past the end where it has none."""
    first = static.history.shape[2]
    for powertrain in range(static.by_powertrain.shape[1]):
        if static.by_powertrain[at.GROUP, powertrain] == group:
            first = min(first, static.by_pair[at.FIRST, vehicle_class, powertrain])
    return first


@kernel
def _sell(target, plain, new, electric, sold, stock, added):
    """Sales that lift the survivors of both groups to the target, at least 0 (T-5).

    Parameters
    ----------
    target : float64[lane], vehicles
    plain, new : float64[lane], vehicles
        Survivors of the two groups.
    electric : float64[lane], 1
        Share of the second group in sales.
    sold, stock, added : float64[lane], vehicles
        Overwritten: sales, vehicles in use, sales of the second group.
    """
    for lane in range(LANES):
        wanted = target[lane] - (plain[lane] + new[lane])
        sold[lane] = 0.0 if wanted < 0.0 else wanted
    for lane in range(LANES):
        stock[lane] = plain[lane] + new[lane] + sold[lane]
    for lane in range(LANES):
        added[lane] = sold[lane] * electric[lane]


@kernel
def _count_clipped(target, plain, new, clipped):
    """Count the years in which more vehicles survive than are wanted (T-5)."""
    for lane in range(LANES):
        clipped[lane] += 1.0 if target[lane] < plain[lane] + new[lane] else 0.0


@kernel
def _share_sales(sold, added, plain, in_use):
    """Give the first group what the second leaves, sold and in use: float64[lane] each."""
    for lane in range(LANES):
        rest = sold[lane] - added[lane]
        plain[lane] = rest
        in_use[lane] += rest


@inner
def look_back(static, vehicle_class, work):
    """Write stock and sales of the observed years that matter (T-3, T-6)."""
    yo = static.number[at.YO]
    begin = max(0, min(static.number[at.Y0] - 1, yo - 3))
    rows = static.by_class[at.MAX_AGE, vehicle_class] + 1 + 2 * PAD
    for year in range(begin, yo + 1):
        sold = work.fleet[room.SALES, vehicle_class, year]
        copy(work.counts_rows[0, year], sold)
        add(work.counts_rows[1, year], sold)
    for group in range(2):
        in_use = work.in_use[group, begin * LANES : (yo + 1) * LANES]
        in_use[:] = 0.0
        add_all_years(work.counts[group], work.alive[group, : rows * LANES],
                      group_first(static, vehicle_class, group), begin, static.wave_year,
                      static.quarters, work.touched[group], work.steps[group], work.tile[0],
                      in_use)  # fmt: skip
    for year in range(begin, yo + 1):
        stock = work.fleet[room.STOCK, vehicle_class, year]
        copy(work.in_use_rows[0, year], stock)
        add(work.in_use_rows[1, year], stock)


@inner
def _project_year(static, vehicle_class, year, old, work):
    """Project one year (T-3, T-5).

    Survivors of vintages before ``old`` stand in ``in_use``; those of later ones are added.
    """
    oldest = PAD + static.by_class[at.MAX_AGE, vehicle_class]
    for group in range(2):
        for vintage in range(old, year):
            add_product(1.0, work.counts_rows[group, vintage],
                        work.alive_rows[group, oldest - (year - vintage)],
                        work.in_use_rows[group, year])  # fmt: skip
    plain, new = work.in_use_rows[0, year], work.in_use_rows[1, year]
    target, added = work.yearly[room.TARGET, year], work.counts_rows[1, year]
    sold = work.fleet[room.SALES, vehicle_class, year]
    _count_clipped(target, plain, new, work.lane[room.CLIPPED])
    _sell(target, plain, new, work.yearly[room.ELECTRIC, year], sold,
          work.fleet[room.STOCK, vehicle_class, year], added)  # fmt: skip
    _share_sales(sold, added, work.counts_rows[0, year], plain)
    add(added, new)


@inner
def look_ahead(static, vehicle_class, work):
    """Project stock and sales after ``yo`` (T-3, T-5).

    What was sold before is summed for several years in one pass, a wave year alone.
    """
    year, end = static.number[at.YO] + 1, work.number.shape[1]
    rows = static.by_class[at.MAX_AGE, vehicle_class] + 1 + 2 * PAD
    place = 0
    while place < static.wave_year.size and static.wave_year[place] < year:
        place += 1
    while year < end:
        waves = place < static.wave_year.size
        is_wave = waves and static.wave_year[place] == year
        stop = min(end, static.wave_year[place]) if waves else end
        steps = 1 if is_wave else min(TILE, stop - year)
        for group in range(2):
            first, sold = group_first(static, vehicle_class, group), work.counts[group]
            alive, tile = work.alive[group, : rows * LANES], work.tile[group]
            tile[:] = 0.0
            if is_wave:
                add_wave_year(place, year, first, static.quarters, work.touched[group],
                              work.steps[group], sold, alive, tile[:LANES])  # fmt: skip
            else:
                add_years(sold, alive, first, year, tile)
            for step in range(steps):
                copy(tile[step * LANES : (step + 1) * LANES], work.in_use_rows[group, year + step])
        for step in range(steps):
            _project_year(static, vehicle_class, year + step, year, work)
        year, place = year + steps, place + 1 if is_wave else place


@inner
def turn_over(row, static, paths, vehicle_class, work):
    """Give one class its stock and its shares by powertrain in every year (D, T, A, U-1).

    ``number`` holds vehicles up to ``yo`` and shares after it; see ``sell_shares``.
    """
    yo = static.number[at.YO]
    register(row, static, vehicle_class, work.lane[room.SPARE_0], work.lane[room.SPARE_1],
             work.number, work.status)  # fmt: skip
    survive(row, static, vehicle_class, work)
    look_back(static, vehicle_class, work)
    distance = work.yearly[room.DISTANCE]
    columns = static.by_class[:, vehicle_class]
    class_distance(row[columns[at.LEVEL]], row[columns[at.HISTORY_POWER]],
                   static.class_year[at.LOG_INDEX, vehicle_class], row[columns[at.TREND]],
                   static.number[at.BASE_YEAR], yo, static.number[at.Y0], distance)  # fmt: skip
    for event in range(static.activity_year.size):
        scale(row[static.activity[vehicle_class, event]], distance[static.activity_year[event]])
    want(row, static, paths, vehicle_class, work)
    adopt(row, static, paths, vehicle_class, work)
    look_ahead(static, vehicle_class, work)


@inner
def sell_shares(static, vehicle_class, work):
    """Turn the shares after ``yo`` into vehicles sold by powertrain and vintage (A, T-5)."""
    after = static.number[at.YO] + 1
    for powertrain in range(work.number.shape[0]):
        scale_plane(work.fleet[room.SALES, vehicle_class, after:], work.number[powertrain, after:])
