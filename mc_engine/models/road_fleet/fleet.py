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
def _split_factor(row, registrations, split, vehicle_class, year, status):
    """Factor of one class in a year whose class split is judgement: a vector (T-4)."""
    if registrations.split_class[split, vehicle_class] == SPLIT_MEMBER:
        factor = load(row, registrations.split[vehicle_class])
    else:
        registered = registrations.total[vehicle_class, year]
        factor = spread(1.0)
        for other in range(registrations.sold.shape[0]):
            if registrations.split_class[split, other] == SPLIT_MEMBER:
                own = load(row, registrations.split[other])
                taken = registrations.total[other, year] / registered
                factor = factor - (own - 1.0) * taken
    mark(~(factor >= 0.0), SPLIT_NEGATIVE, status)
    return factor


@inner
def register(row, years, registrations, vehicle_class, number, status):
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
    reporting = load(row, registrations.reporting[vehicle_class])
    for year in range(years.last_observed + 1):
        factor = reporting
        for split in range(registrations.split_class.shape[0]):
            member = registrations.split_class[split, vehicle_class] != NOT_SPLIT
            if member and registrations.split_year[split, year]:
                factor = factor * _split_factor(
                    row, registrations, split, vehicle_class, year, status
                )
        for powertrain in range(number.shape[0]):
            sold = registrations.sold[vehicle_class, powertrain, year]
            store(factor * sold, number, powertrain, year)


@inner
def _count_groups(years, powertrains, fleet):
    """Sum sales up to ``yo`` by survival group; nothing is sold yet after it."""
    clear(fleet.counts[0])
    clear(fleet.counts[1])
    for powertrain in range(fleet.number.shape[0]):
        group = powertrains[powertrain].group
        for vintage in range(years.last_observed + 1):
            add(load(fleet.number, powertrain, vintage), fleet.counts, group, vintage)


@inner
def _set_waves(row, waves, vehicle_class, cohort):
    """Read each wave's multiplier for a class, and the groups it touches (T-2)."""
    for wave in range(waves.multiplier.shape[0]):
        column = waves.multiplier[wave, vehicle_class]
        fixed = waves.fixed[wave, vehicle_class]
        if column != NONE:
            store(load(row, column), cohort.multipliers, wave)
        else:
            store(fixed, cohort.multipliers, wave)
        touched = 1 if column != NONE or fixed != 1.0 else 0
        cohort.touched[0, wave] = touched
        cohort.touched[1, wave] = touched * waves.all_groups[wave]


@inner
def _expose_groups(waves, year, power, ratio, cohort):
    """Write ``rho_g B_g(v, year)`` of both groups; ``ratio`` is ``rho`` of the second."""
    for group in range(2):
        exposure(power, spread(1.0) if group == 0 else ratio, year, cohort.touched[group],
                 waves.year, waves.quarters, cohort.multipliers,
                 cohort.exposed[group])  # fmt: skip


@inner
def _first_guess(official, shape, ratio):
    """Guess ``ln x`` from a table over shape and stock per registration (T-1)."""
    i, s = grid_cell(shape, *SHAPE_NODES)
    j, t = grid_cell(ratio, *RATIO_NODES)
    low = (1.0 - t) * official.first_guess[i, j] + t * official.first_guess[i, j + 1]
    high = (1.0 - t) * official.first_guess[i + 1, j] + t * official.first_guess[i + 1, j + 1]
    return (1.0 - s) * low + s * high


@inner
def _close_count(row, static, vehicle_class, power, ratio, status, fleet, cohort):
    """Solve the hazard of the class that closes the official count: a vector (T-1)."""
    yo = static.years.last_observed
    _expose_groups(static.waves, yo, power, ratio, cohort)
    out_of_scope = load(row, static.official.out_of_scope)
    error = load(row, static.official.error)
    wanted = (static.official.vehicles - out_of_scope) * error
    for other in range(static.registrations.sold.shape[0]):
        if other != vehicle_class:
            wanted = wanted - load(fleet.stock, other, yo)
    first, registered = max(0, yo - power.shape[0] + 1), spread(0.0)
    for group in range(2):
        for vintage in range(first, yo + 1):
            registered = registered + load(fleet.counts, group, vintage)
    share, guess, shape = cohort.share, cohort.guess, cohort.shape
    store(wanted / registered, share)
    for lane in range(LANES):
        guess[lane] = _first_guess(static.official, shape[lane], share[lane])
    return solve_hazard(fleet.counts, cohort.exposed, first, yo, wanted, load(guess), status)


@inner
def _draw_scale(row, survival, vehicle_class, cohort):
    """Read the scale of a class, or find it from the mean life, yr: a vector (T-1)."""
    drawn = survival.of_class[vehicle_class].scale
    if drawn != NONE:
        return load(row, drawn)
    life = load(row, survival.of_class[vehicle_class].mean_life)
    delay = load(row, survival.of_class[vehicle_class].delay)
    return (life - delay) / load(cohort.mean)


@inner
def _begin_stock(
    row, powertrains, waves, first_stock, vehicle_class, power, hazard, ratio, fleet, cohort
):
    """Replace early registrations by an observed first stock (T-0)."""
    year = first_stock.year
    _expose_groups(waves, year, power, ratio, cohort)
    growth = load(row, first_stock.growth[vehicle_class])
    for powertrain in range(fleet.number.shape[0]):
        group = powertrains[powertrain].group
        initial_vintages(first_stock.stock[vehicle_class, powertrain], growth,
                         first_stock.profile[vehicle_class], hazard,
                         hazard if group == 0 else hazard * ratio, power, cohort.exposed[group],
                         year, fleet.number[powertrain])  # fmt: skip


@inner
def survive(row, static, vehicle_class, status, fleet, cohort):
    """Fix a class's survival law and its effective vintages (T-0 to T-4).

    Afterwards ``cohort`` holds the Weibull shape, the scale, the mean life at scale 1 and
    the hazard ``x``.
    """
    ages = static.survival.of_class[vehicle_class].max_age + 1
    power, shape = (
        cohort.power[:ages],
        load(row, static.survival.of_class[vehicle_class].weibull_shape),
    )
    store(shape, cohort.shape)
    for lane in range(LANES):
        cohort.mean[lane] = math.gamma(1.0 + 1.0 / cohort.shape[lane])
    age_powers(
        shape,
        load(row, static.survival.of_class[vehicle_class].delay),
        static.survival.of_class[vehicle_class].has_delay == 1,
        static.survival.log_age,
        power,
    )
    # A life longer by a factor: the hazard of the second group is that of the first times ``rho``.
    ratio = exp(-shape * log(load(row, static.survival.of_class[vehicle_class].life_ratio)))
    _set_waves(row, static.waves, vehicle_class, cohort)
    if vehicle_class == static.official.closes:
        _count_groups(static.years, static.powertrains, fleet)
        hazard = _close_count(row, static, vehicle_class, power, ratio, status, fleet, cohort)
        store(exp(-log(hazard) / shape), cohort.scale)
    else:
        scale = _draw_scale(row, static.survival, vehicle_class, cohort)
        hazard = exp(-shape * log(scale))
        store(scale, cohort.scale)
        if static.first_stock.year != NONE:
            _begin_stock(
                row,
                static.powertrains,
                static.waves,
                static.first_stock,
                vehicle_class,
                power,
                hazard,
                ratio,
                fleet,
                cohort,
            )
        _count_groups(static.years, static.powertrains, fleet)
    store(hazard, cohort.hazard)
    for group in range(2):
        hazard_of_group = hazard if group == 0 else hazard * ratio
        survival_by_age(hazard_of_group, power, cohort.alive[group, : ages + 2 * PAD])
        for wave in range(cohort.touched.shape[1]):
            if cohort.touched[group, wave]:
                wave_steps(
                    hazard_of_group,
                    load(cohort.multipliers, wave),
                    power,
                    cohort.steps[group, wave],
                )


@inner
def _target_ownership(row, years, demand, vehicle_class, status, region, target, fleet):
    """Stock wanted where people own vehicles up to a saturation (D-2)."""
    yo = years.last_observed
    people, wanted = region.people, target.stock
    stock, own = fleet.stock, demand.of_class[vehicle_class]
    in_use = load(stock, vehicle_class, yo)
    for other in range(stock.shape[0]):
        if demand.includes[vehicle_class, other]:
            in_use = in_use + load(stock, other, yo)
    now, saturation = in_use / load(people, yo), load(row, own.saturation)
    mark(~(now < saturation), OWNERSHIP_ABOVE_SATURATION, status)
    ownership(now, saturation, load(row, own.growth), load(row, own.form), yo + 1,
              wanted)  # fmt: skip
    for year in range(yo + 1, wanted.shape[0]):
        own_stock = load(wanted, year) * load(people, year)
        for other in range(stock.shape[0]):
            if demand.includes[vehicle_class, other]:
                own_stock = own_stock - load(stock, other, year)
        store(own_stock, wanted, year)


@inner
def target_stock(row, years, demand, paths, vehicle_class, work):
    """Write the stock a class should have after ``yo`` (D-2 to D-5)."""
    yo = years.last_observed
    driver = demand.of_class[vehicle_class].driver
    stock, target = work.fleet.stock[vehicle_class], work.target.stock
    if driver == OWNERSHIP:
        _target_ownership(
            row, years, demand, vehicle_class, work.status, work.region, work.target, work.fleet
        )
    elif driver == PER_HEAD:
        drift = load(row, demand.of_class[vehicle_class].drift)
        per_head_target(work.region.people, drift, stock, yo, target)
    else:
        own = demand.of_class[vehicle_class]
        path_values(paths, own.elasticity, row, yo, work.points, work.target.elasticity)
        path_values(paths, own.modal_shift, row, yo, work.points, work.target.modal_shift)
        path_values(paths, own.load_index, row, yo, work.points, work.target.load_index)
        activity_target(work.region.economy, work.target.elasticity,
                        work.target.modal_shift, work.target.load_index,
                        work.driving.distance, stock, yo, target)  # fmt: skip


@inner
def adopt(row, years, powertrains, adoption, paths, vehicle_class, points, fleet, forks):
    """Write the powertrain shares of a class after ``yo``, into ``number`` (equations A)."""
    yo = years.last_observed
    for node in range(adoption.child.size):
        path = adoption.branch[node, vehicle_class]
        path_values(paths, path, row, yo, points, forks.branch[node])
        ban = adoption.of_class[vehicle_class].ban_year
        if adoption.phase_out[node] and ban != NONE:
            begin = ban - adoption.of_class[vehicle_class].ban_ramp
            compliance = row[adoption.of_class[vehicle_class].compliance]
            phase_out(forks.branch[node], begin, ban, compliance)
    split_tree(adoption.child, adoption.rest, forks.branch, yo + 1, forks.pool,
               fleet.number)  # fmt: skip
    electric = forks.electric
    for year in range(yo + 1, electric.shape[0]):
        share = spread(0.0)
        for powertrain in range(fleet.number.shape[0]):
            if powertrains[powertrain].group == 1:
                share = share + load(fleet.number, powertrain, year)
        store(share, electric, year)


@inner
def group_first(powertrains, pairs, registrations, vehicle_class, group):
    """First vintage of a survival group; one past the end where it has none."""
    first = registrations.sold.shape[2]
    for powertrain in range(powertrains.size):
        if powertrains[powertrain].group == group:
            first = min(first, pairs[vehicle_class, powertrain].first)
    return first


@inner
def historical_stock(static, vehicle_class, fleet, cohort):
    """Write stock and sales of the observed years that matter (T-3, T-6)."""
    yo = static.years.last_observed
    begin = max(0, min(static.years.first_output - 1, yo - 3))
    rows = static.survival.of_class[vehicle_class].max_age + 1 + 2 * PAD
    sales, stock = fleet.sales[vehicle_class], fleet.stock[vehicle_class]
    for year in range(begin, yo + 1):
        store(load(fleet.counts, 0, year) + load(fleet.counts, 1, year), sales, year)
    for group in range(2):
        clear(fleet.in_use[group, begin : yo + 1])
        add_all_years(
            fleet.counts[group],
            cohort.alive[group, :rows],
            group_first(
                static.powertrains, static.pairs, static.registrations, vehicle_class, group
            ),
            begin,
            static.waves.year,
            static.waves.quarters,
            cohort.touched[group],
            cohort.steps[group],
            cohort.tile[0],
            fleet.in_use[group, begin : yo + 1],
        )
    for year in range(begin, yo + 1):
        store(load(fleet.in_use, 0, year) + load(fleet.in_use, 1, year), stock, year)


@inner
def _survivors(group, oldest, old, year, fleet, cohort):
    """Survivors of a group in one year; those of vintages before ``old`` stand in ``in_use``."""
    alive = load(fleet.in_use, group, year)
    for vintage in range(old, year):
        sold = load(fleet.counts, group, vintage)
        alive = alive + sold * load(cohort.alive, group, oldest - (year - vintage))
    return alive


@inner
def _project_year(survival, vehicle_class, year, old, work):
    """Project one year: sales lift the survivors to the target, and are at least 0 (T-3, T-5)."""
    oldest = PAD + survival.of_class[vehicle_class].max_age
    plain, new = (
        _survivors(0, oldest, old, year, work.fleet, work.cohort),
        _survivors(1, oldest, old, year, work.fleet, work.cohort),
    )
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
            first, sold = (
                group_first(
                    static.powertrains, static.pairs, static.registrations, vehicle_class, group
                ),
                work.fleet.counts[group],
            )
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
            _project_year(static.survival, vehicle_class, year + step, year, work)
        year, place = year + steps, place + 1 if is_wave else place


@inner
def stock_turnover(row, static, paths, vehicle_class, work):
    """Give one class its stock and its shares by powertrain in every year (D, T, A, U-1).

    ``number`` holds vehicles up to ``yo`` and shares after it; see ``sell_shares``.
    """
    yo = static.years.last_observed
    register(row, static.years, static.registrations, vehicle_class, work.fleet.number, work.status)
    survive(row, static, vehicle_class, work.status, work.fleet, work.cohort)
    historical_stock(static, vehicle_class, work.fleet, work.cohort)
    distance, own = work.driving.distance, static.use.of_class[vehicle_class]
    class_distance(load(row, own.level), load(row, own.history_power),
                   static.use.log_index[vehicle_class], load(row, own.trend),
                   static.use.base_year, yo, static.years.first_output, distance)  # fmt: skip
    for event in range(static.use.activity_year.size):
        year = static.use.activity_year[event]
        factor = load(row, static.use.activity[vehicle_class, event])
        store(load(distance, year) * factor, distance, year)
    target_stock(row, static.years, static.demand, paths, vehicle_class, work)
    adopt(
        row,
        static.years,
        static.powertrains,
        static.adoption,
        paths,
        vehicle_class,
        work.points,
        work.fleet,
        work.forks,
    )
    project_stock(static, vehicle_class, work)


@inner
def sell_shares(years, vehicle_class, fleet):
    """Turn the shares after ``yo`` into vehicles sold by powertrain and vintage (A, T-5)."""
    for year in range(years.last_observed + 1, fleet.number.shape[1]):
        sold = load(fleet.sales, vehicle_class, year)
        for powertrain in range(fleet.number.shape[0]):
            number = fleet.number[powertrain, year]
            store(sold * load(number), number)
