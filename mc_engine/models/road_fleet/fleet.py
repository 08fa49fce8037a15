"""One class of vehicles through the years: history, survival, projection.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

import math

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
from mc_engine.models.road_fleet.status import OWNERSHIP_ABOVE_SATURATION, SPLIT_NEGATIVE, mark
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
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.curves import path_values
from mc_engine.numerics.elementary import exp, log
from mc_engine.numerics.lanes import LANES, add, clear, load, spread, store, where


@inner
def _split_factor(row, static, split, vehicle_class, year, status):
    """Factor of one class in a year whose class split is judgement: a vector (T-4)."""
    if static.split_class[split, vehicle_class] == at.SPLIT_MEMBER:
        factor = load(row, static.by_class[at.CLASS_SPLIT, vehicle_class])
    else:
        registered = static.class_year[at.REGISTERED, vehicle_class, year]
        factor = spread(1.0)
        for other in range(static.history.shape[0]):
            if static.split_class[split, other] == at.SPLIT_MEMBER:
                own = load(row, static.by_class[at.CLASS_SPLIT, other])
                taken = static.class_year[at.REGISTERED, other, year] / registered
                factor = factor - (own - 1.0) * taken
    mark(~(factor >= 0.0), SPLIT_NEGATIVE, status)
    return factor


@inner
def register(row, static, vehicle_class, number, status):
    """Write sales by powertrain and vintage up to ``yo`` (T-4).

    Parameters
    ----------
    row : float64[column, lane]
    static : Static
    vehicle_class : int
    number : float64[powertrain, year, lane], vehicles
        Overwritten up to ``yo``.
    status : float64[lane]
    """
    reporting = load(row, static.by_class[at.REPORTING, vehicle_class])
    for year in range(static.number[at.YO] + 1):
        factor = reporting
        for split in range(static.split_class.shape[0]):
            member = static.split_class[split, vehicle_class] != at.NOT_SPLIT
            if member and static.split_year[split, year]:
                factor = factor * _split_factor(row, static, split, vehicle_class, year, status)
        for powertrain in range(number.shape[0]):
            sold = static.history[vehicle_class, powertrain, year]
            store(factor * sold, number, powertrain, year)


@inner
def _count_groups(static, work):
    """Sum sales up to ``yo`` by survival group; nothing is sold yet after it."""
    clear(work.counts[0])
    clear(work.counts[1])
    for powertrain in range(work.number.shape[0]):
        group = static.by_powertrain[at.GROUP, powertrain]
        for vintage in range(static.number[at.YO] + 1):
            add(load(work.number, powertrain, vintage), work.counts, group, vintage)


@inner
def _set_waves(row, static, vehicle_class, work):
    """Read each wave's multiplier for a class, and the groups it touches (T-2)."""
    for wave in range(static.wave_column.shape[0]):
        column = static.wave_column[wave, vehicle_class]
        fixed = static.wave_fixed[wave, vehicle_class]
        if column != at.NONE:
            store(load(row, column), work.multipliers, wave)
        else:
            store(fixed, work.multipliers, wave)
        touched = 1 if column != at.NONE or fixed != 1.0 else 0
        work.touched[0, wave] = touched
        work.touched[1, wave] = touched * static.all_groups[wave]


@inner
def _expose_groups(static, year, power, ratio, work):
    """Write ``rho_g B_g(v, year)`` of both groups; ``ratio`` is ``rho`` of the second."""
    for group in range(2):
        exposure(power, spread(1.0) if group == 0 else ratio, year, work.touched[group],
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
def _close_count(row, static, vehicle_class, power, ratio, work):
    """Solve the hazard of the class that closes the official count: a vector (T-1)."""
    yo = static.number[at.YO]
    _expose_groups(static, yo, power, ratio, work)
    out_of_scope = load(row, static.column[at.OUT_OF_SCOPE])
    error = load(row, static.column[at.COUNT_ERROR])
    wanted = (static.constant[at.OFFICIAL_COUNT] - out_of_scope) * error
    for other in range(static.history.shape[0]):
        if other != vehicle_class:
            wanted = wanted - load(work.fleet, room.STOCK, other, yo)
    first, registered = max(0, yo - power.shape[0] + 1), spread(0.0)
    for group in range(2):
        for vintage in range(first, yo + 1):
            registered = registered + load(work.counts, group, vintage)
    share, guess, shape = work.lane[room.SPARE_0], work.lane[room.GUESS], work.lane[room.SHAPE]
    store(wanted / registered, share)
    for lane in range(LANES):
        guess[lane] = _first_guess(static, shape[lane], share[lane])
    return solve_hazard(work.counts, work.exposed, first, yo, wanted, load(guess), work.status)


@inner
def _draw_scale(row, static, vehicle_class, work):
    """Read the scale of a class, or find it from the mean life, yr: a vector (T-1)."""
    drawn = static.by_class[at.SCALE, vehicle_class]
    if drawn != at.NONE:
        return load(row, drawn)
    life = load(row, static.by_class[at.MEAN_LIFE, vehicle_class])
    delay = load(row, static.by_class[at.DELAY, vehicle_class])
    return (life - delay) / load(work.lane, room.MEAN)


@inner
def _begin_stock(row, static, vehicle_class, power, hazard, ratio, work):
    """Replace early registrations by an observed first stock (T-0)."""
    year = static.number[at.INITIAL_YEAR]
    _expose_groups(static, year, power, ratio, work)
    growth = load(row, static.by_class[at.PROFILE_GROWTH, vehicle_class])
    for powertrain in range(work.number.shape[0]):
        group = static.by_powertrain[at.GROUP, powertrain]
        initial_vintages(static.initial_stock[vehicle_class, powertrain], growth,
                         static.initial_profile[vehicle_class], hazard,
                         hazard if group == 0 else hazard * ratio, power, work.exposed[group],
                         year, work.number[powertrain])  # fmt: skip


@inner
def survive(row, static, vehicle_class, work):
    """Fix a class's survival law and its effective vintages (T-0 to T-4).

    Afterwards ``lane`` holds the Weibull ``SHAPE``, the ``SCALE`` in yr, the ``MEAN`` life at
    scale 1 and the ``HAZARD`` x.
    """
    ages = static.by_class[at.MAX_AGE, vehicle_class] + 1
    power, shape = work.power[:ages], load(row, static.by_class[at.SHAPE, vehicle_class])
    store(shape, work.lane, room.SHAPE)
    for lane in range(LANES):
        work.lane[room.MEAN, lane] = math.gamma(1.0 + 1.0 / work.lane[room.SHAPE, lane])
    age_powers(shape, load(row, static.by_class[at.DELAY, vehicle_class]),
               static.by_class[at.DELAYED, vehicle_class] == 1, static.log_age, power)  # fmt: skip
    # A life longer by a factor: the hazard of the second group is that of the first times ``rho``.
    ratio = exp(-shape * log(load(row, static.by_class[at.LIFE_RATIO, vehicle_class])))
    _set_waves(row, static, vehicle_class, work)
    if vehicle_class == static.number[at.CLOSES]:
        _count_groups(static, work)
        hazard = _close_count(row, static, vehicle_class, power, ratio, work)
        store(exp(-log(hazard) / shape), work.lane, room.SCALE)
    else:
        scale = _draw_scale(row, static, vehicle_class, work)
        hazard = exp(-shape * log(scale))
        store(scale, work.lane, room.SCALE)
        if static.number[at.INITIAL_YEAR] != at.NONE:
            _begin_stock(row, static, vehicle_class, power, hazard, ratio, work)
        _count_groups(static, work)
    store(hazard, work.lane, room.HAZARD)
    for group in range(2):
        own = hazard if group == 0 else hazard * ratio
        survival(own, power, work.alive[group, : ages + 2 * PAD])
        for wave in range(work.touched.shape[1]):
            if work.touched[group, wave]:
                wave_steps(own, load(work.multipliers, wave), power, work.steps[group, wave])


@inner
def _want_ownership(row, static, vehicle_class, work):
    """Stock wanted where people own vehicles up to a saturation (D-2)."""
    yo = static.number[at.YO]
    people, target = work.yearly[room.PEOPLE], work.yearly[room.TARGET]
    stock, columns = work.fleet[room.STOCK], static.by_class[:, vehicle_class]
    in_use = load(stock, vehicle_class, yo)
    for other in range(stock.shape[0]):
        if static.includes[vehicle_class, other]:
            in_use = in_use + load(stock, other, yo)
    now, saturation = in_use / load(people, yo), load(row, columns[at.SATURATION])
    mark(~(now < saturation), OWNERSHIP_ABOVE_SATURATION, work.status)
    ownership(now, saturation, load(row, columns[at.GROWTH]), load(row, columns[at.FORM]), yo + 1,
              target)  # fmt: skip
    for year in range(yo + 1, target.shape[0]):
        wanted = load(target, year) * load(people, year)
        for other in range(stock.shape[0]):
            if static.includes[vehicle_class, other]:
                wanted = wanted - load(stock, other, year)
        store(wanted, target, year)


@inner
def want(row, static, paths, vehicle_class, work):
    """Write the stock a class should have after ``yo`` (D-2 to D-5)."""
    yo = static.number[at.YO]
    driver = static.by_class[at.DRIVER, vehicle_class]
    stock, target = work.fleet[room.STOCK, vehicle_class], work.yearly[room.TARGET]
    if driver == OWNERSHIP:
        _want_ownership(row, static, vehicle_class, work)
    elif driver == PER_HEAD:
        drift = load(row, static.by_class[at.DRIFT, vehicle_class])
        per_head_target(work.yearly[room.PEOPLE], drift, stock, yo, target)
    else:
        # The three paths stand in the same order in both tables.
        for place in range(3):
            path = static.by_class[at.ELASTICITY_PATH + place, vehicle_class]
            path_values(paths, path, row, yo, work.points, work.yearly[room.ELASTICITY + place])
        activity_target(work.yearly[room.ECONOMY], work.yearly[room.ELASTICITY],
                        work.yearly[room.SHIFT], work.yearly[room.LOAD],
                        work.yearly[room.DISTANCE], stock, yo, target)  # fmt: skip


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
        share = spread(0.0)
        for powertrain in range(work.number.shape[0]):
            if static.by_powertrain[at.GROUP, powertrain] == 1:
                share = share + load(work.number, powertrain, year)
        store(share, electric, year)


@inner
def group_first(static, vehicle_class, group):
    """First vintage of a survival group; one past the end where it has none."""
    first = static.history.shape[2]
    for powertrain in range(static.by_powertrain.shape[1]):
        if static.by_powertrain[at.GROUP, powertrain] == group:
            first = min(first, static.by_pair[at.FIRST, vehicle_class, powertrain])
    return first


@inner
def look_back(static, vehicle_class, work):
    """Write stock and sales of the observed years that matter (T-3, T-6)."""
    yo = static.number[at.YO]
    begin = max(0, min(static.number[at.Y0] - 1, yo - 3))
    rows = static.by_class[at.MAX_AGE, vehicle_class] + 1 + 2 * PAD
    sales, stock = work.fleet[room.SALES, vehicle_class], work.fleet[room.STOCK, vehicle_class]
    for year in range(begin, yo + 1):
        store(load(work.counts, 0, year) + load(work.counts, 1, year), sales, year)
    for group in range(2):
        clear(work.in_use[group, begin : yo + 1])
        add_all_years(work.counts[group], work.alive[group, :rows],
                      group_first(static, vehicle_class, group), begin, static.wave_year,
                      static.quarters, work.touched[group], work.steps[group], work.tile[0],
                      work.in_use[group, begin : yo + 1])  # fmt: skip
    for year in range(begin, yo + 1):
        store(load(work.in_use, 0, year) + load(work.in_use, 1, year), stock, year)


@inner
def _survivors(group, oldest, old, year, work):
    """Survivors of a group in one year; those of vintages before ``old`` stand in ``in_use``."""
    alive = load(work.in_use, group, year)
    for vintage in range(old, year):
        sold = load(work.counts, group, vintage)
        alive = alive + sold * load(work.alive, group, oldest - (year - vintage))
    return alive


@inner
def _project_year(static, vehicle_class, year, old, work):
    """Project one year: sales lift the survivors to the target, and are at least 0 (T-3, T-5)."""
    oldest = PAD + static.by_class[at.MAX_AGE, vehicle_class]
    plain, new = _survivors(0, oldest, old, year, work), _survivors(1, oldest, old, year, work)
    wanted = load(work.yearly, room.TARGET, year) - (plain + new)
    sold = where(wanted < 0.0, 0.0, wanted)
    add(where(wanted < 0.0, 1.0, 0.0), work.lane, room.CLIPPED)
    electric = sold * load(work.yearly, room.ELECTRIC, year)
    store(sold, work.fleet, room.SALES, vehicle_class, year)
    store(plain + new + sold, work.fleet, room.STOCK, vehicle_class, year)
    store(sold - electric, work.counts, 0, year)
    store(electric, work.counts, 1, year)
    store(plain + (sold - electric), work.in_use, 0, year)
    store(new + electric, work.in_use, 1, year)


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
            alive, tile = work.alive[group, :rows], work.tile[group]
            clear(tile)
            if is_wave:
                add_wave_year(place, year, first, static.quarters, work.touched[group],
                              work.steps[group], sold, alive, tile[0])  # fmt: skip
            else:
                add_years(sold, alive, first, year, tile)
            for step in range(steps):
                store(load(tile, step), work.in_use, group, year + step)
        for step in range(steps):
            _project_year(static, vehicle_class, year + step, year, work)
        year, place = year + steps, place + 1 if is_wave else place


@inner
def turn_over(row, static, paths, vehicle_class, work):
    """Give one class its stock and its shares by powertrain in every year (D, T, A, U-1).

    ``number`` holds vehicles up to ``yo`` and shares after it; see ``sell_shares``.
    """
    yo = static.number[at.YO]
    register(row, static, vehicle_class, work.number, work.status)
    survive(row, static, vehicle_class, work)
    look_back(static, vehicle_class, work)
    distance, columns = work.yearly[room.DISTANCE], static.by_class[:, vehicle_class]
    class_distance(load(row, columns[at.LEVEL]), load(row, columns[at.HISTORY_POWER]),
                   static.class_year[at.LOG_INDEX, vehicle_class], load(row, columns[at.TREND]),
                   static.number[at.BASE_YEAR], yo, static.number[at.Y0], distance)  # fmt: skip
    for event in range(static.activity_year.size):
        year = static.activity_year[event]
        factor = load(row, static.activity[vehicle_class, event])
        store(load(distance, year) * factor, distance, year)
    want(row, static, paths, vehicle_class, work)
    adopt(row, static, paths, vehicle_class, work)
    look_ahead(static, vehicle_class, work)


@inner
def sell_shares(static, vehicle_class, work):
    """Turn the shares after ``yo`` into vehicles sold by powertrain and vintage (A, T-5)."""
    for year in range(static.number[at.YO] + 1, work.number.shape[1]):
        sold = load(work.fleet, room.SALES, vehicle_class, year)
        for powertrain in range(work.number.shape[0]):
            number = work.number[powertrain, year]
            store(sold * load(number), number)
