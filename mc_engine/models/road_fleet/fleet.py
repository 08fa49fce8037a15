"""One class of vehicles through the years: history, survival, projection (T, D, A, U-1).

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

import math

from mc_engine.models.cohort_fleet.adoption import phase_out, split_tree
from mc_engine.models.cohort_fleet.blocks import mark
from mc_engine.models.cohort_fleet.layout import NONE
from mc_engine.models.cohort_fleet.stock import historical_stock, project_stock
from mc_engine.models.cohort_fleet.survival import (
    age_powers,
    exposure,
    first_guess,
    group_survival,
    initial_vintages,
    solve_hazard,
)
from mc_engine.models.road_fleet.demand import (
    OWNERSHIP,
    PER_HEAD,
    activity_target,
    ownership,
    per_head_target,
)
from mc_engine.models.road_fleet.static import NOT_SPLIT, SPLIT_MEMBER
from mc_engine.models.road_fleet.status import (
    COUNT_UNREACHABLE,
    OWNERSHIP_ABOVE_SATURATION,
    SPLIT_NEGATIVE,
)
from mc_engine.models.road_fleet.use import class_distance
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.curves import path_values
from mc_engine.numerics.elementary import exp, log
from mc_engine.numerics.lanes import LANES, add, broadcast, clear, load, store


@inner
def _split_factor(row, registrations, split, vehicle_class, year, status):
    """Factor of one class in a year whose class split is judgement: a vector (T-4)."""
    if registrations.split_class[split, vehicle_class] == SPLIT_MEMBER:
        factor = load(row, registrations.split[vehicle_class])
    else:
        registered = registrations.total[vehicle_class, year]
        factor = broadcast(1.0)
        for other in range(registrations.sold.shape[0]):
            if registrations.split_class[split, other] == SPLIT_MEMBER:
                own = load(row, registrations.split[other])
                taken = registrations.total[other, year] / registered
                factor = factor - (own - 1.0) * taken
    mark(~(factor >= 0.0), SPLIT_NEGATIVE, status)
    return factor


@inner
def register(row, last, registrations, vehicle_class, sold, status):
    """Write sales by powertrain and vintage of the observed years (T-4).

    Parameters
    ----------
    row : float64[column, lane]
    last : int
        Position of the last observed year.
    registrations : Registrations
    vehicle_class : int
    sold : float64[powertrain, year, lane], vehicles
        Overwritten up to ``last``.
    status : float64[lane]
    """
    reporting = load(row, registrations.reporting[vehicle_class])
    for year in range(last + 1):
        factor = reporting
        for split in range(registrations.split_class.shape[0]):
            member = registrations.split_class[split, vehicle_class] != NOT_SPLIT
            if member and registrations.split_year[split, year]:
                own = _split_factor(row, registrations, split, vehicle_class, year, status)
                factor = factor * own
        for powertrain in range(sold.shape[0]):
            registered = registrations.sold[vehicle_class, powertrain, year]
            store(factor * registered, sold, powertrain, year)


@inner
def _group_sales(last, powertrains, sold, by_group):
    """Sum sales of the observed years by survival group; nothing is sold yet after them."""
    for group in range(by_group.shape[0]):
        clear(by_group[group])
    for powertrain in range(sold.shape[0]):
        group = powertrains[powertrain].group
        for vintage in range(last + 1):
            add(load(sold, powertrain, vintage), by_group, group, vintage)


@inner
def _first_vintages(powertrains, pairs, vehicle_class, years, first):
    """Note the first vintage of each survival group; ``years`` where it has none."""
    first[:] = years
    for powertrain in range(powertrains.size):
        group = powertrains[powertrain].group
        first[group] = min(first[group], pairs[vehicle_class, powertrain].first)


@inner
def _set_waves(row, waves, vehicle_class, cohorts):
    """Read each wave's multiplier for a class, and the groups it touches (T-2)."""
    for wave in range(waves.multiplier.shape[0]):
        column = waves.multiplier[wave, vehicle_class]
        fixed = waves.fixed[wave, vehicle_class]
        if column != NONE:
            store(load(row, column), cohorts.multipliers, wave)
        else:
            store(fixed, cohorts.multipliers, wave)
        touched = 1 if column != NONE or fixed != 1.0 else 0
        cohorts.touched[0, wave] = touched
        cohorts.touched[1, wave] = touched * waves.all_groups[wave]


@inner
def _close_count(row, official, last, max_age, vehicle_class, work):
    """Solve the hazard of the class that closes the official count: a vector (T-1)."""
    error, out_of_scope = load(row, official.error), load(row, official.out_of_scope)
    wanted = (official.vehicles - out_of_scope) * error
    for other in range(work.fleet.stock.shape[0]):
        if other != vehicle_class:
            wanted = wanted - load(work.fleet.stock, other, last)
    first, registered = max(0, last - max_age), broadcast(0.0)
    for group in range(2):
        for vintage in range(first, last + 1):
            registered = registered + load(work.vintages.sold, group, vintage)
    share, guess, shape = work.weibull.share, work.weibull.guess, work.weibull.shape
    store(wanted / registered, share)
    for lane in range(LANES):
        guess[lane] = first_guess(official.first_guess, shape[lane], share[lane])
    hazard, failed = solve_hazard(work.vintages.sold, work.cohorts.exposed, first, last, wanted,
                                  load(guess))  # fmt: skip
    mark(failed, COUNT_UNREACHABLE, work.status)
    return hazard


@inner
def _draw_scale(row, own, unit_mean):
    """Read the scale of a class, or find it from the mean life, yr: a vector (T-1)."""
    if own.scale != NONE:
        return load(row, own.scale)
    return (load(row, own.mean_life) - load(row, own.delay)) / unit_mean


@inner
def _begin_stock(row, powertrains, first_stock, vehicle_class, hazard, ratio, power, work):
    """Replace early registrations by an observed first stock (T-0)."""
    growth = load(row, first_stock.growth[vehicle_class])
    for powertrain in range(work.fleet.sold.shape[0]):
        group = powertrains[powertrain].group
        initial_vintages(first_stock.stock[vehicle_class, powertrain], growth,
                         first_stock.profile[vehicle_class], hazard,
                         hazard if group == 0 else hazard * ratio, power,
                         work.cohorts.exposed[group],
                         work.fleet.sold[powertrain, : first_stock.year + 1])  # fmt: skip


@inner
def _expose_groups(year, ratio, max_age, waves, cohorts):
    """Write ``rho_g B_g(v, year)`` of both groups; ``ratio`` is ``rho`` of the second."""
    for group in range(2):
        exposure(group, broadcast(1.0) if group == 0 else ratio, year, max_age, waves, cohorts)


@inner
def survive(row, static, vehicle_class, work):
    """Fix a class's survival and its effective vintages (T-0 to T-4).

    Parameters
    ----------
    row : float64[column, lane]
    static : Static
    vehicle_class : int
    work : Scratch
        ``weibull``, ``cohorts`` and ``vintages.sold`` hold the result.
    """
    own, last, weibull = (
        static.survival.of_class[vehicle_class],
        static.years.last_observed,
        work.weibull,
    )
    waves, first_year = static.waves.years, static.first_stock.year
    shape, power = load(row, own.weibull_shape), work.cohorts.power[: own.max_age + 1]
    store(shape, weibull.shape)
    for lane in range(LANES):
        weibull.unit_mean[lane] = math.gamma(1.0 + 1.0 / weibull.shape[lane])
    age_powers(shape, load(row, own.delay), own.has_delay == 1, static.survival.log_age,
               power)  # fmt: skip
    # A life longer by a factor: the hazard of the second group is that of the first times ``rho``.
    ratio = exp(-shape * log(load(row, own.life_ratio)))
    _set_waves(row, static.waves, vehicle_class, work.cohorts)
    if vehicle_class == static.official.closes:
        _group_sales(last, static.powertrains, work.fleet.sold, work.vintages.sold)
        _expose_groups(last, ratio, own.max_age, waves, work.cohorts)
        hazard = _close_count(row, static.official, last, own.max_age, vehicle_class, work)
        store(exp(-log(hazard) / shape), weibull.scale)
    else:
        scale = _draw_scale(row, own, load(weibull.unit_mean))
        hazard = exp(-shape * log(scale))
        store(scale, weibull.scale)
        if first_year != NONE:
            _expose_groups(first_year, ratio, own.max_age, waves, work.cohorts)
            _begin_stock(row, static.powertrains, static.first_stock, vehicle_class, hazard, ratio,
                         power, work)  # fmt: skip
        _group_sales(last, static.powertrains, work.fleet.sold, work.vintages.sold)
    store(hazard, weibull.hazard)
    for group in range(2):
        group_survival(group, hazard if group == 0 else hazard * ratio, own.max_age, work.cohorts)


@inner
def _target_ownership(row, last, demand, vehicle_class, work):
    """Target stock where people own vehicles up to a saturation (D-2)."""
    people, target, stock = work.region.people, work.target.stock, work.fleet.stock
    own, included = demand.of_class[vehicle_class], demand.includes[vehicle_class]
    in_use = load(stock, vehicle_class, last)
    for other in range(stock.shape[0]):
        if included[other]:
            in_use = in_use + load(stock, other, last)
    now, saturation = in_use / load(people, last), load(row, own.saturation)
    mark(~(now < saturation), OWNERSHIP_ABOVE_SATURATION, work.status)
    per_person = work.target.ownership
    ownership(now, saturation, load(row, own.growth), load(row, own.form), last + 1,
              per_person)  # fmt: skip
    for year in range(last + 1, target.shape[0]):
        wanted = load(per_person, year) * load(people, year)
        for other in range(stock.shape[0]):
            if included[other]:
                wanted = wanted - load(stock, other, year)
        store(wanted, target, year)


@inner
def target_stock(row, static, paths, vehicle_class, work):
    """Write the stock a class should have after the last observed year (D-2 to D-5)."""
    own, last = static.demand.of_class[vehicle_class], static.years.last_observed
    stock, target = work.fleet.stock[vehicle_class], work.target
    if own.driver == OWNERSHIP:
        _target_ownership(row, last, static.demand, vehicle_class, work)
    elif own.driver == PER_HEAD:
        per_head_target(work.region.people, load(row, own.drift), stock, last, target.stock)
    else:
        path_values(paths, own.elasticity, row, last, work.points, target.elasticity)
        path_values(paths, own.modal_shift, row, last, work.points, target.modal_shift)
        path_values(paths, own.load_index, row, last, work.points, target.load_index)
        activity_target(work.region.economy, target.elasticity, target.modal_shift,
                        target.load_index, work.driving.distance, stock, last,
                        target.stock)  # fmt: skip


@inner
def adopt(row, static, paths, vehicle_class, work):
    """Write the shares of powertrains and survival groups in sales after ``yo`` (equations A)."""
    adoption, last, share = static.adoption, static.years.last_observed, work.forks.share
    own, branch = adoption.of_class[vehicle_class], work.forks.branch
    for node in range(adoption.child.size):
        path_values(paths, adoption.branch[node, vehicle_class], row, last, work.points,
                    branch[node])  # fmt: skip
        if adoption.phase_out[node] and own.ban_year != NONE:
            start = own.ban_year - own.ban_ramp
            phase_out(branch[node], start, own.ban_year, row[own.compliance])
    split_tree(adoption.child, adoption.rest, branch, last + 1, work.forks.pool, share)
    for year in range(last + 1, share.shape[1]):
        electric = broadcast(0.0)
        for powertrain in range(share.shape[0]):
            if static.powertrains[powertrain].group == 1:
                electric = electric + load(share, powertrain, year)
        store(electric, work.vintages.share, 1, year)


@inner
def _distance(row, years, use, vehicle_class, distance):
    """Write the distance per vehicle without levers, km/yr: float64[year, lane] (U-1)."""
    own = use.of_class[vehicle_class]
    class_distance(load(row, own.level), load(row, own.history_power), use.log_index[vehicle_class],
                   load(row, own.trend), use.base_year, years.last_observed, years.first_output,
                   distance)  # fmt: skip
    for event in range(use.activity_year.size):
        year = use.activity_year[event]
        factor = load(row, use.activity[vehicle_class, event])
        store(load(distance, year) * factor, distance, year)


@inner
def stock_turnover(row, static, paths, vehicle_class, work):
    """Give one class its stock, and its sales by powertrain, in every year (D, T, A, U-1).

    Parameters
    ----------
    row : float64[column, lane]
    static : Static
    paths : PathTable
    vehicle_class : int
    work : Scratch
        ``fleet`` and ``driving.distance`` hold the result.
    """
    years, fleet, vintages = static.years, work.fleet, work.vintages
    last, max_age = years.last_observed, static.survival.of_class[vehicle_class].max_age
    sales, stock, waves = fleet.sales[vehicle_class], fleet.stock[vehicle_class], static.waves.years
    register(row, last, static.registrations, vehicle_class, fleet.sold, work.status)
    survive(row, static, vehicle_class, work)
    _first_vintages(static.powertrains, static.pairs, vehicle_class, stock.shape[0], vintages.first)
    historical_stock(max(0, min(years.first_output - 1, last - 3)), last, max_age, waves,
                     work.cohorts, vintages, sales, stock)  # fmt: skip
    _distance(row, years, static.use, vehicle_class, work.driving.distance)
    target_stock(row, static, paths, vehicle_class, work)
    adopt(row, static, paths, vehicle_class, work)
    project_stock(last + 1, max_age, waves, work.cohorts, vintages, work.target.stock, sales,
                  stock)  # fmt: skip
    for year in range(last + 1, sales.shape[0]):
        now = load(sales, year)
        for powertrain in range(fleet.sold.shape[0]):
            store(now * load(work.forks.share, powertrain, year), fleet.sold, powertrain, year)
