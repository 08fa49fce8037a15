"""Equations V: making vehicles and batteries, keeping them, and the end of their lives.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

import math

import numpy as np

from mc_engine.models.cohort_fleet.layout import NONE
from mc_engine.models.cohort_fleet.vintages import PAD, add_all_years, group_waves
from mc_engine.models.road_fleet.scratch import GROUPS, VEHICLE_CYCLE
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.curves import path_values
from mc_engine.numerics.lanes import LANES, add, broadcast, clear, load, store, where

KG_PER_MT = 1e9
KWH_PER_GWH = 1e6


@inner
def relative_grid_intensity(now, base):
    """Carbon intensity of electricity relative to the last observed year, ``q`` (V).

    A vector each; 0 where electricity is free of carbon now, whatever it was.
    """
    ratio = where(base == 0.0, math.inf, now / base)
    return where(now == 0.0, 0.0, ratio)


@inner
def relative_production(share, rest, intensity):
    """Emissions of production relative to the base year: a vector each (V-1, V-2).

    Parameters
    ----------
    share : Vector, 1
        Part that follows electricity; where it is 0, electricity is left out.
    rest : Vector, 1
        What is left of the other part.
    intensity : Vector, 1
        ``q``.
    """
    electric = where(share == 0.0, 0.0, share * intensity)
    return electric + (1.0 - share) * rest


@inner
def _vehicle_production(row, years, known, cycle, region):
    """Write emissions of producing a vehicle relative to the base year (V-1).

    ``known`` is the position of the last observed year of the grid.
    """
    grid, share = region.grid, load(row, cycle.making_power_share)
    yearly, rest = 1.0 - load(row, cycle.making_decline), broadcast(1.0)
    base = load(grid, known)
    for year in range(years.first_output, grid.shape[0]):
        if year > years.last_observed:
            rest = rest * yearly
        intensity = relative_grid_intensity(load(grid, year), base)
        store(relative_production(share, rest, intensity), region.vehicle_production, year)


@inner
def _battery_production(row, years, known, cycle, abroad, region):
    """Write emissions of producing a kWh of battery, kg CO2e (V-2).

    ``abroad`` is float64[year, lane]: electricity where batteries are imported from, g CO2e/kWh.
    """
    grid, making = region.grid, load(row, cycle.battery_making)
    imported, share = load(row, cycle.battery_import_share), load(row, cycle.battery_power_share)
    yearly, rest = 1.0 - load(row, cycle.battery_decline), broadcast(1.0)
    base = (1.0 - imported) * load(grid, known) + imported * load(abroad, known)
    for year in range(years.first_output, grid.shape[0]):
        if year > years.last_observed:
            rest = rest * yearly
        mixed = (1.0 - imported) * load(grid, year) + imported * load(abroad, year)
        intensity = relative_grid_intensity(mixed, base)
        store(relative_production(share, rest, intensity) * making, region.battery_production, year)


@inner
def production_years(row, static, paths, work):
    """Write what all classes share of equations V: emissions of production by year."""
    first, cycle, abroad = static.years.first_output, static.cycle, work.making.abroad
    path_values(paths, cycle.import_grid, row, first, work.points, abroad)
    path_values(
        paths, cycle.fuel_cell_making, row, first, work.points, work.region.fuel_cell_production
    )
    path_values(paths, cycle.tank_making, row, first, work.points, work.region.tank_production)
    known = static.grid.last_observed
    _vehicle_production(row, static.years, known, cycle, work.region)
    _battery_production(row, static.years, known, cycle, abroad, work.region)


@inner
def _mean_lives(row, own, weibull):
    """Write mean lives without waves of both groups, yr: ``weibull.life``."""
    delay, life = load(row, own.delay), load(weibull.scale) * load(weibull.unit_mean)
    store(delay + life, weibull.life, 0)
    store(delay + life * load(row, own.life_ratio), weibull.life, 1)


@inner
def _group_batteries(row, static, paths, vehicle_class, group, points, sold, making):
    """Write the kWh a group sold by vintage, and those times replacements; tells if any (V-2).

    ``sold`` is float64[powertrain, year, lane], vehicles.
    """
    clear(making.capacity_sold)
    clear(making.replacing)
    any_battery, any_replaced = False, False
    for powertrain in range(static.powertrains.size):
        pair = static.pairs[vehicle_class, powertrain]
        own = static.cycle.of_pair[vehicle_class, powertrain]
        member = static.powertrains[powertrain].group == group and pair.active == 1
        if not member or own.battery_size == NONE:
            continue
        any_battery, first = True, pair.first
        path_values(paths, own.battery_size, row, first, points, making.size)
        is_replaced = own.replacements != NONE
        replacements = broadcast(0.0)
        if is_replaced:
            any_replaced, replacements = True, load(row, own.replacements)
        for vintage in range(first, sold.shape[1]):
            capacity = load(sold, powertrain, vintage) * load(making.size, vintage)
            add(capacity, making.capacity_sold, vintage)
            if is_replaced:
                add(replacements * capacity, making.replacing, 1 + vintage)
    return any_battery, any_replaced


@inner
def _half_lives(life, years, whole, part):
    """Split half a life into whole years and the rest; nothing is older than ``years``."""
    for lane in range(LANES):
        half = life[lane] / 2.0
        inside = half < years
        bounded = half if inside else 0.0
        whole[lane] = np.int64(bounded) if inside else years
        # NaN stays NaN.
        part[lane] = bounded - np.int64(bounded) if inside else 0.0 * half


@inner
def _sold_before(year, whole, replacing, sold):
    """Read what was sold so many whole years before, 0 before the first vintage."""
    for lane in range(LANES):
        sold[lane] = replacing[max(year + 1 - whole[lane], 0), lane]


@inner
def _replace(first, life, making):
    """Add what is replaced in every output year: half a life after sale, between years (V-2).

    Parameters
    ----------
    first : int
        Position of the first output year.
    life : float64[lane], yr
    making : Making
        ``replacing`` is read; ``replaced`` is added to.
    """
    replacing, whole, sold = making.replacing, making.whole, making.before
    _half_lives(life, replacing.shape[0] - 1, whole, making.part)
    part = load(making.part)
    _sold_before(first - 1, whole, replacing, sold)
    before = load(sold)
    for index in range(making.replaced.shape[0]):
        _sold_before(first + index, whole, replacing, sold)
        now = load(sold)
        add((1.0 - part) * now + part * before, making.replaced, index)
        before = now


@inner
def _batteries(row, static, paths, vehicle_class, work):
    """Write kWh sold, replaced and in use of a class by output year (V-2)."""
    first, making = static.years.first_output, work.making
    rows = static.survival.of_class[vehicle_class].max_age + 1 + 2 * PAD
    before = min(1, first)
    clear(making.new)
    clear(making.replaced)
    clear(making.in_use)
    for group in range(GROUPS):
        any_battery, any_replaced = _group_batteries(
            row, static, paths, vehicle_class, group, work.points, work.fleet.sold, making
        )
        if not any_battery:
            continue
        for index in range(making.new.shape[0]):
            add(load(making.capacity_sold, first + index), making.new, index)
        if any_replaced:
            _replace(first, work.weibull.life[group], making)
        add_all_years(group_waves(group, static.waves.years, work.cohorts),
                      work.vintages.first[group], first - before, making.capacity_sold,
                      work.cohorts.alive[group, :rows], work.cohorts.tile[0],
                      making.in_use[1 - before :])  # fmt: skip


@inner
def _needed_parts(row, first_output, pairs, cycle, sold, making):
    """Sum what every year's sales need: vehicles, kW of fuel cell, kg of tank (V-1, V-2).

    What a vehicle needs of each is the same in all years, and what each emits the same for all
    powertrains: so vehicles are summed first. ``pairs`` and ``cycle`` are records of one class by
    powertrain, ``sold`` is float64[powertrain, year, lane].
    """
    clear(making.vehicles)
    clear(making.fuel_cells)
    clear(making.tanks)
    for powertrain in range(pairs.size):
        pair, own = pairs[powertrain], cycle[powertrain]
        if pair.active:
            ratio = load(row, own.making_ratio)
            for year in range(max(first_output, pair.first), sold.shape[1]):
                number, index = load(sold, powertrain, year), year - first_output
                add(ratio * number, making.vehicles, index)
                if own.fuel_cell_power != NONE:
                    add(load(row, own.fuel_cell_power) * number, making.fuel_cells, index)
                if own.tank != NONE:
                    add(load(row, own.tank) * number, making.tanks, index)


@inner
def _produce(of_one, first, region, making):
    """Write production of every year's sales, kg CO2e: ``making.emitted`` (V-1, V-2).

    ``of_one`` are the emissions of one vehicle in the base year, kg CO2e: a vector.
    """
    for index in range(making.emitted.shape[0]):
        year = first + index
        vehicles = of_one * load(region.vehicle_production, year) * load(making.vehicles, index)
        fuel_cells = load(region.fuel_cell_production, year) * load(making.fuel_cells, index)
        tanks = load(region.tank_production, year) * load(making.tanks, index)
        store(vehicles + fuel_cells + tanks, making.emitted, index)


@inner
def _maintain(of_life, life, first, in_use, emitted):
    """Add maintenance and tyres of the vehicles in use to ``emitted``, kg CO2e (V-1).

    ``of_life`` are the emissions in a life, kg CO2e: a vector; ``life`` is float64[group, lane].
    """
    for group in range(GROUPS):
        yearly = of_life / load(life, group)
        for index in range(emitted.shape[0]):
            add(yearly * load(in_use, group, first + index), emitted, index)


@inner
def _battery_demand(first, intensity, making):
    """Write batteries sold and replaced, kWh, and add their production, kg CO2e (V-2).

    ``intensity`` is float64[year, lane], kg CO2e/kWh; ``first`` the first output year.
    """
    for index in range(making.demand.shape[0]):
        demand = load(making.new, index) + load(making.replaced, index)
        store(demand, making.demand, index)
        add(load(intensity, first + index) * demand, making.emitted, index)


@inner
def _end_of_life(recycled, scrap_credit, first, stock, sales, making):
    """Write retired batteries, kWh, and subtract credits, kg CO2e (V-2, V-3).

    ``recycled``, per kWh, and ``scrap_credit``, per vehicle, are vectors.
    """
    in_use = making.in_use
    before = broadcast(0.0)
    if first > 0:
        before = load(stock, first - 1)
    for index in range(making.retired.shape[0]):
        retired = load(in_use, index) + load(making.demand, index) - load(in_use, index + 1)
        store(retired, making.retired, index)
        now = load(stock, first + index)
        scrapped = before + load(sales, first + index) - now
        add(-(recycled * retired) - scrap_credit * scrapped, making.emitted, index)
        before = now


@inner
def production_and_end_of_life(row, static, paths, vehicle_class, work):
    """Add a class's vehicle cycle to its emissions and to the totals (equations V, B-1).

    Parameters
    ----------
    row : float64[column, lane]
    static : Static
    paths : PathTable
    vehicle_class : int
    work : Scratch
        ``of_class.emitted``, Mt CO2e/yr, and ``totals`` are added to.
    """
    making, totals, first = work.making, work.totals, static.years.first_output
    cycle = static.cycle.of_class[vehicle_class]
    _mean_lives(row, static.survival.of_class[vehicle_class], work.weibull)
    _batteries(row, static, paths, vehicle_class, work)
    _needed_parts(row, first, static.pairs[vehicle_class], static.cycle.of_pair[vehicle_class],
                  work.fleet.sold, making)  # fmt: skip
    _produce(load(row, cycle.making), first, work.region, making)
    _maintain(load(row, cycle.maintenance), work.weibull.life, first, work.vintages.in_use,
              making.emitted)  # fmt: skip
    _battery_demand(first, work.region.battery_production, making)
    _end_of_life(load(row, static.cycle.recycling_credit), load(row, cycle.scrap_credit), first,
                 work.fleet.stock[vehicle_class], work.fleet.sales[vehicle_class],
                 making)  # fmt: skip
    for index in range(making.emitted.shape[0]):
        megatonnes = load(making.emitted, index) / KG_PER_MT
        add(load(making.demand, index), totals.battery_demand, index)
        add(load(making.retired, index), totals.battery_retirements, index)
        add(megatonnes, totals.emissions, VEHICLE_CYCLE, index)
        add(megatonnes, work.of_class.emitted, index)
