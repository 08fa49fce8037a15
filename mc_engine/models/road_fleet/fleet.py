"""One class of vehicles through the years: history, survival, projection.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

import math

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
from mc_engine.models.road_fleet.static import NONE, NOT_SPLIT, SPLIT_MEMBER
from mc_engine.models.road_fleet.status import OWNERSHIP_ABOVE_SATURATION, SPLIT_NEGATIVE, mark
from mc_engine.models.road_fleet.turnover import (
    RATIO_NODES,
    SHAPE_NODES,
    age_powers,
    exposure,
    grid_cell,
    initial_vintages,
    solve_hazard,
    survival_by_age,
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
    if static.registrations.split_class[split, vehicle_class] == SPLIT_MEMBER:
        factor = load(row, static.registrations.split[vehicle_class])
    else:
        registered = static.registrations.total[vehicle_class, year]
        factor = spread(1.0)
        for other in range(static.registrations.sold.shape[0]):
            if static.registrations.split_class[split, other] == SPLIT_MEMBER:
                own = load(row, static.registrations.split[other])
                taken = static.registrations.total[other, year] / registered
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
    reporting = load(row, static.registrations.reporting[vehicle_class])
    for year in range(static.years.last_observed + 1):
        factor = reporting
        for split in range(static.registrations.split_class.shape[0]):
            member = static.registrations.split_class[split, vehicle_class] != NOT_SPLIT
            if member and static.registrations.split_year[split, year]:
                factor = factor * _split_factor(row, static, split, vehicle_class, year, status)
        for powertrain in range(number.shape[0]):
            sold = static.registrations.sold[vehicle_class, powertrain, year]
            store(factor * sold, number, powertrain, year)


@inner
def _count_groups(static, work):
    """Sum sales up to ``yo`` by survival group; nothing is sold yet after it."""
    clear(work.fleet.counts[0])
    clear(work.fleet.counts[1])
    for powertrain in range(work.fleet.number.shape[0]):
        group = static.powertrains[powertrain].group
        for vintage in range(static.years.last_observed + 1):
            add(load(work.fleet.number, powertrain, vintage), work.fleet.counts, group, vintage)


@inner
def _set_waves(row, static, vehicle_class, work):
    """Read each wave's multiplier for a class, and the groups it touches (T-2)."""
    for wave in range(static.waves.multiplier.shape[0]):
        column = static.waves.multiplier[wave, vehicle_class]
        fixed = static.waves.fixed[wave, vehicle_class]
        if column != NONE:
            store(load(row, column), work.cohort.multipliers, wave)
        else:
            store(fixed, work.cohort.multipliers, wave)
        touched = 1 if column != NONE or fixed != 1.0 else 0
        work.cohort.touched[0, wave] = touched
        work.cohort.touched[1, wave] = touched * static.waves.all_groups[wave]


@inner
def _expose_groups(static, year, power, ratio, work):
    """Write ``rho_g B_g(v, year)`` of both groups; ``ratio`` is ``rho`` of the second."""
    for group in range(2):
        exposure(power, spread(1.0) if group == 0 else ratio, year, work.cohort.touched[group],
                 static.waves.year, static.waves.quarters, work.cohort.multipliers,
                 work.cohort.exposed[group])  # fmt: skip


@inner
def _first_guess(static, shape, ratio):
    """Guess ``ln x`` from a table over shape and stock per registration (T-1)."""
    i, s = grid_cell(shape, *SHAPE_NODES)
    j, t = grid_cell(ratio, *RATIO_NODES)
    low = (1.0 - t) * static.official.first_guess[i, j] + t * static.official.first_guess[i, j + 1]
    high = (1.0 - t) * static.official.first_guess[i + 1, j] + t * static.official.first_guess[
        i + 1, j + 1
    ]
    return (1.0 - s) * low + s * high


@inner
def _close_count(row, static, vehicle_class, power, ratio, work):
    """Solve the hazard of the class that closes the official count: a vector (T-1)."""
    yo = static.years.last_observed
    _expose_groups(static, yo, power, ratio, work)
    out_of_scope = load(row, static.official.out_of_scope)
    error = load(row, static.official.error)
    wanted = (static.official.count - out_of_scope) * error
    for other in range(static.registrations.sold.shape[0]):
        if other != vehicle_class:
            wanted = wanted - load(work.fleet.stock, other, yo)
    first, registered = max(0, yo - power.shape[0] + 1), spread(0.0)
    for group in range(2):
        for vintage in range(first, yo + 1):
            registered = registered + load(work.fleet.counts, group, vintage)
    share, guess, shape = work.cohort.share, work.cohort.guess, work.cohort.shape
    store(wanted / registered, share)
    for lane in range(LANES):
        guess[lane] = _first_guess(static, shape[lane], share[lane])
    return solve_hazard(
        work.fleet.counts, work.cohort.exposed, first, yo, wanted, load(guess), work.status
    )


@inner
def _draw_scale(row, static, vehicle_class, work):
    """Read the scale of a class, or find it from the mean life, yr: a vector (T-1)."""
    drawn = static.survival.of_class[vehicle_class].scale
    if drawn != NONE:
        return load(row, drawn)
    life = load(row, static.survival.of_class[vehicle_class].mean_life)
    delay = load(row, static.survival.of_class[vehicle_class].delay)
    return (life - delay) / load(work.cohort.mean)


@inner
def _begin_stock(row, static, vehicle_class, power, hazard, ratio, work):
    """Replace early registrations by an observed first stock (T-0)."""
    year = static.first_stock.year
    _expose_groups(static, year, power, ratio, work)
    growth = load(row, static.first_stock.growth[vehicle_class])
    for powertrain in range(work.fleet.number.shape[0]):
        group = static.powertrains[powertrain].group
        initial_vintages(static.first_stock.stock[vehicle_class, powertrain], growth,
                         static.first_stock.profile[vehicle_class], hazard,
                         hazard if group == 0 else hazard * ratio, power, work.cohort.exposed[group],
                         year, work.fleet.number[powertrain])  # fmt: skip


@inner
def survive(row, static, vehicle_class, work):
    """Fix a class's survival law and its effective vintages (T-0 to T-4).

    Afterwards ``cohort`` holds the Weibull shape, the scale, the mean life at scale 1 and
    the hazard ``x``.
    """
    ages = static.survival.of_class[vehicle_class].max_age + 1
    power, shape = (
        work.cohort.power[:ages],
        load(row, static.survival.of_class[vehicle_class].weibull_shape),
    )
    store(shape, work.cohort.shape)
    for lane in range(LANES):
        work.cohort.mean[lane] = math.gamma(1.0 + 1.0 / work.cohort.shape[lane])
    age_powers(shape, load(row, static.survival.of_class[vehicle_class].delay),
               static.survival.of_class[vehicle_class].has_delay == 1, static.survival.log_age, power)  # fmt: skip
    # A life longer by a factor: the hazard of the second group is that of the first times ``rho``.
    ratio = exp(-shape * log(load(row, static.survival.of_class[vehicle_class].life_ratio)))
    _set_waves(row, static, vehicle_class, work)
    if vehicle_class == static.official.closes:
        _count_groups(static, work)
        hazard = _close_count(row, static, vehicle_class, power, ratio, work)
        store(exp(-log(hazard) / shape), work.cohort.scale)
    else:
        scale = _draw_scale(row, static, vehicle_class, work)
        hazard = exp(-shape * log(scale))
        store(scale, work.cohort.scale)
        if static.first_stock.year != NONE:
            _begin_stock(row, static, vehicle_class, power, hazard, ratio, work)
        _count_groups(static, work)
    store(hazard, work.cohort.hazard)
    for group in range(2):
        hazard_of_group = hazard if group == 0 else hazard * ratio
        survival_by_age(hazard_of_group, power, work.cohort.alive[group, : ages + 2 * PAD])
        for wave in range(work.cohort.touched.shape[1]):
            if work.cohort.touched[group, wave]:
                wave_steps(
                    hazard_of_group,
                    load(work.cohort.multipliers, wave),
                    power,
                    work.cohort.steps[group, wave],
                )


@inner
def _target_ownership(row, static, vehicle_class, work):
    """Stock wanted where people own vehicles up to a saturation (D-2)."""
    yo = static.years.last_observed
    people, target = work.region.people, work.target.stock
    stock, own = work.fleet.stock, static.demand.of_class[vehicle_class]
    in_use = load(stock, vehicle_class, yo)
    for other in range(stock.shape[0]):
        if static.demand.includes[vehicle_class, other]:
            in_use = in_use + load(stock, other, yo)
    now, saturation = in_use / load(people, yo), load(row, own.saturation)
    mark(~(now < saturation), OWNERSHIP_ABOVE_SATURATION, work.status)
    ownership(now, saturation, load(row, own.growth), load(row, own.form), yo + 1,
              target)  # fmt: skip
    for year in range(yo + 1, target.shape[0]):
        wanted = load(target, year) * load(people, year)
        for other in range(stock.shape[0]):
            if static.demand.includes[vehicle_class, other]:
                wanted = wanted - load(stock, other, year)
        store(wanted, target, year)


@inner
def target_stock(row, static, paths, vehicle_class, work):
    """Write the stock a class should have after ``yo`` (D-2 to D-5)."""
    yo = static.years.last_observed
    driver = static.demand.of_class[vehicle_class].driver
    stock, target = work.fleet.stock[vehicle_class], work.target.stock
    if driver == OWNERSHIP:
        _target_ownership(row, static, vehicle_class, work)
    elif driver == PER_HEAD:
        drift = load(row, static.demand.of_class[vehicle_class].drift)
        per_head_target(work.region.people, drift, stock, yo, target)
    else:
        own = static.demand.of_class[vehicle_class]
        path_values(paths, own.elasticity, row, yo, work.points, work.target.elasticity)
        path_values(paths, own.modal_shift, row, yo, work.points, work.target.modal_shift)
        path_values(paths, own.load_index, row, yo, work.points, work.target.load_index)
        activity_target(work.region.economy, work.target.elasticity,
                        work.target.modal_shift, work.target.load_index,
                        work.driving.distance, stock, yo, target)  # fmt: skip


@inner
def adopt(row, static, paths, vehicle_class, work):
    """Write the powertrain shares of a class after ``yo``, into ``number`` (equations A)."""
    yo = static.years.last_observed
    for node in range(static.adoption.child.size):
        path = static.adoption.branch[node, vehicle_class]
        path_values(paths, path, row, yo, work.points, work.forks.branch[node])
        ban = static.adoption.of_class[vehicle_class].ban_year
        if static.adoption.phase_out[node] and ban != NONE:
            begin = ban - static.adoption.of_class[vehicle_class].ban_ramp
            compliance = row[static.adoption.of_class[vehicle_class].compliance]
            phase_out(work.forks.branch[node], begin, ban, compliance)
    split_tree(static.adoption.child, static.adoption.rest, work.forks.branch, yo + 1, work.forks.pool,
               work.fleet.number)  # fmt: skip
    electric = work.forks.electric
    for year in range(yo + 1, electric.shape[0]):
        share = spread(0.0)
        for powertrain in range(work.fleet.number.shape[0]):
            if static.powertrains[powertrain].group == 1:
                share = share + load(work.fleet.number, powertrain, year)
        store(share, electric, year)


@inner
def group_first(static, vehicle_class, group):
    """First vintage of a survival group; one past the end where it has none."""
    first = static.registrations.sold.shape[2]
    for powertrain in range(static.powertrains.size):
        if static.powertrains[powertrain].group == group:
            first = min(first, static.pairs[vehicle_class, powertrain].first)
    return first


@inner
def historical_stock(static, vehicle_class, work):
    """Write stock and sales of the observed years that matter (T-3, T-6)."""
    yo = static.years.last_observed
    begin = max(0, min(static.years.first_output - 1, yo - 3))
    rows = static.survival.of_class[vehicle_class].max_age + 1 + 2 * PAD
    sales, stock = work.fleet.sales[vehicle_class], work.fleet.stock[vehicle_class]
    for year in range(begin, yo + 1):
        store(load(work.fleet.counts, 0, year) + load(work.fleet.counts, 1, year), sales, year)
    for group in range(2):
        clear(work.fleet.in_use[group, begin : yo + 1])
        add_all_years(work.fleet.counts[group], work.cohort.alive[group, :rows],
                      group_first(static, vehicle_class, group), begin, static.waves.year,
                      static.waves.quarters, work.cohort.touched[group], work.cohort.steps[group], work.cohort.tile[0],
                      work.fleet.in_use[group, begin : yo + 1])  # fmt: skip
    for year in range(begin, yo + 1):
        store(load(work.fleet.in_use, 0, year) + load(work.fleet.in_use, 1, year), stock, year)


@inner
def _survivors(group, oldest, old, year, work):
    """Survivors of a group in one year; those of vintages before ``old`` stand in ``in_use``."""
    alive = load(work.fleet.in_use, group, year)
    for vintage in range(old, year):
        sold = load(work.fleet.counts, group, vintage)
        alive = alive + sold * load(work.cohort.alive, group, oldest - (year - vintage))
    return alive


@inner
def _project_year(static, vehicle_class, year, old, work):
    """Project one year: sales lift the survivors to the target, and are at least 0 (T-3, T-5)."""
    oldest = PAD + static.survival.of_class[vehicle_class].max_age
    plain, new = _survivors(0, oldest, old, year, work), _survivors(1, oldest, old, year, work)
    wanted = load(work.target.stock, year) - (plain + new)
    sold = where(wanted < 0.0, 0.0, wanted)
    add(where(wanted < 0.0, 1.0, 0.0), work.clipped)
    electric = sold * load(work.forks.electric, year)
    store(sold, work.fleet.sales, vehicle_class, year)
    store(plain + new + sold, work.fleet.stock, vehicle_class, year)
    store(sold - electric, work.fleet.counts, 0, year)
    store(electric, work.fleet.counts, 1, year)
    store(plain + (sold - electric), work.fleet.in_use, 0, year)
    store(new + electric, work.fleet.in_use, 1, year)


@inner
def project_stock(static, vehicle_class, work):
    """Project stock and sales after ``yo`` (T-3, T-5).

    What was sold before is summed for several years in one pass, a wave year alone.
    """
    year, end = static.years.last_observed + 1, work.fleet.number.shape[1]
    rows = static.survival.of_class[vehicle_class].max_age + 1 + 2 * PAD
    place = 0
    while place < static.waves.year.size and static.waves.year[place] < year:
        place += 1
    while year < end:
        waves = place < static.waves.year.size
        is_wave = waves and static.waves.year[place] == year
        stop = min(end, static.waves.year[place]) if waves else end
        steps = 1 if is_wave else min(TILE, stop - year)
        for group in range(2):
            first, sold = group_first(static, vehicle_class, group), work.fleet.counts[group]
            alive, tile = work.cohort.alive[group, :rows], work.cohort.tile[group]
            clear(tile)
            if is_wave:
                add_wave_year(place, year, first, static.waves.quarters, work.cohort.touched[group],
                              work.cohort.steps[group], sold, alive, tile[0])  # fmt: skip
            else:
                add_years(sold, alive, first, year, tile)
            for step in range(steps):
                store(load(tile, step), work.fleet.in_use, group, year + step)
        for step in range(steps):
            _project_year(static, vehicle_class, year + step, year, work)
        year, place = year + steps, place + 1 if is_wave else place


@inner
def stock_turnover(row, static, paths, vehicle_class, work):
    """Give one class its stock and its shares by powertrain in every year (D, T, A, U-1).

    ``number`` holds vehicles up to ``yo`` and shares after it; see ``sell_shares``.
    """
    yo = static.years.last_observed
    register(row, static, vehicle_class, work.fleet.number, work.status)
    survive(row, static, vehicle_class, work)
    historical_stock(static, vehicle_class, work)
    distance, own = work.driving.distance, static.use.of_class[vehicle_class]
    class_distance(load(row, own.level), load(row, own.history_power),
                   static.use.log_index[vehicle_class], load(row, own.trend),
                   static.use.base_year, yo, static.years.first_output, distance)  # fmt: skip
    for event in range(static.use.activity_year.size):
        year = static.use.activity_year[event]
        factor = load(row, static.use.activity[vehicle_class, event])
        store(load(distance, year) * factor, distance, year)
    target_stock(row, static, paths, vehicle_class, work)
    adopt(row, static, paths, vehicle_class, work)
    project_stock(static, vehicle_class, work)


@inner
def sell_shares(static, vehicle_class, work):
    """Turn the shares after ``yo`` into vehicles sold by powertrain and vintage (A, T-5)."""
    for year in range(static.years.last_observed + 1, work.fleet.number.shape[1]):
        sold = load(work.fleet.sales, vehicle_class, year)
        for powertrain in range(work.fleet.number.shape[0]):
            number = work.fleet.number[powertrain, year]
            store(sold * load(number), number)
