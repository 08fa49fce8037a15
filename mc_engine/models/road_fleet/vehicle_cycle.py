"""Equations V: making vehicles and batteries, keeping them, and the end of their lives.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

import math

import numpy as np

from mc_engine.models.road_fleet.cohorts import PAD, add_all_years
from mc_engine.models.road_fleet.fleet import group_first
from mc_engine.models.road_fleet.scratch import VEHICLE_CYCLE
from mc_engine.models.road_fleet.static import NONE
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.curves import path_values
from mc_engine.numerics.lanes import LANES, add, clear, load, spread, store, where

KG_PER_MT = 1e9
KWH_PER_GWH = 1e6


@inner
def relative_grid_intensity(now, then):
    """Carbon intensity of power relative to the last observed year, ``q``: a vector each (V).

    0 where power is free of carbon now, whatever it was.
    """
    ratio = where(then == 0.0, math.inf, now / then)
    return where(now == 0.0, 0.0, ratio)


@inner
def left_of_making(share, rest, power):
    """What is left of the emissions of making in one year: a vector each (V-1, V-2).

    Parameters
    ----------
    share : Vector, 1
        Part that follows power; where it is 0, power is left out.
    rest : Vector, 1
        What is left of the other part.
    power : Vector, 1
        ``q``.
    """
    electric = where(share == 0.0, 0.0, share * power)
    return electric + (1.0 - share) * rest


@inner
def _left_of_vehicles(row, static, work):
    """Write what is left of vehicle making by year, 1, to ``region.making_left`` (V-1)."""
    grid, left = work.region.grid, work.region.making_left
    share = load(row, static.cycle.making_power_share)
    kept, rest = 1.0 - load(row, static.cycle.making_decline), spread(1.0)
    then = load(grid, static.grid.last_observed)
    for year in range(static.years.first_output, grid.shape[0]):
        if year > static.years.last_observed:
            rest = rest * kept
        store(
            left_of_making(share, rest, relative_grid_intensity(load(grid, year), then)), left, year
        )


@inner
def _carbon_of_batteries(row, static, work):
    """Write emissions of making a kWh by year, kg CO2e, to ``region.pack`` (V-2).

    The power of elsewhere stands there at first.
    """
    grid, abroad = work.region.grid, work.region.pack
    imported = load(row, static.cycle.battery_import_share)
    share = load(row, static.cycle.battery_power_share)
    making = load(row, static.cycle.battery_making)
    kept, rest = 1.0 - load(row, static.cycle.battery_decline), spread(1.0)
    known = static.grid.last_observed
    then = (1.0 - imported) * load(grid, known) + imported * load(abroad, known)
    for year in range(static.years.first_output, grid.shape[0]):
        if year > static.years.last_observed:
            rest = rest * kept
        mixed = (1.0 - imported) * load(grid, year) + imported * load(abroad, year)
        store(
            left_of_making(share, rest, relative_grid_intensity(mixed, then)) * making, abroad, year
        )


@inner
def making_years(row, static, paths, work):
    """Write what all classes share of equations V: emissions of making by year."""
    first = static.years.first_output
    path_values(paths, static.cycle.import_grid, row, first, work.points,
                work.region.pack)  # fmt: skip
    path_values(paths, static.cycle.fuel_cell, row, first, work.points,
                work.region.cell)  # fmt: skip
    path_values(paths, static.cycle.tank, row, first, work.points,
                work.region.tank)  # fmt: skip
    _left_of_vehicles(row, static, work)
    _carbon_of_batteries(row, static, work)


@inner
def _mean_lives(row, static, vehicle_class, work):
    """Write mean lives without waves of both groups, yr: ``cohort.life``."""
    delay = load(row, static.survival.of_class[vehicle_class].delay)
    life = load(work.cohort.scale) * load(work.cohort.mean)
    store(delay + life, work.cohort.life, 0)
    ratio = load(row, static.survival.of_class[vehicle_class].life_ratio)
    store(delay + life * ratio, work.cohort.life, 1)


@inner
def _pack_group(row, static, paths, vehicle_class, group, work):
    """Write the kWh a group sold by vintage, and those times replacements; tells if any (V-2)."""
    clear(work.making.pack)
    clear(work.making.replacing)
    size = work.making.size
    any_pack, any_replaced = False, False
    for powertrain in range(static.powertrains.size):
        pair = static.pairs[vehicle_class, powertrain]
        own = static.cycle.of_pair[vehicle_class, powertrain]
        wanted = static.powertrains[powertrain].group == group and pair.active == 1
        if not wanted or own.battery_size == NONE:
            continue
        any_pack, first, number = True, pair.first, work.fleet.number[powertrain]
        path_values(paths, own.battery_size, row, first, work.points, size)
        replaced_ones = own.replacements != NONE
        replacements = spread(0.0)
        if replaced_ones:
            any_replaced, replacements = True, load(row, own.replacements)
        for vintage in range(first, number.shape[0]):
            capacity = load(number, vintage) * load(size, vintage)
            add(capacity, work.making.pack, vintage)
            if replaced_ones:
                add(replacements * capacity, work.making.replacing, 1 + vintage)
    return any_pack, any_replaced


@inner
def _half_lives(life, years, whole, part):
    """Split half a life into whole years and the rest; nothing is older than ``years``."""
    for lane in range(LANES):
        half = life[lane] / 2.0
        inside = half < years
        kept = half if inside else 0.0
        whole[lane] = np.int64(kept) if inside else years
        # NaN stays NaN.
        part[lane] = kept - np.int64(kept) if inside else 0.0 * half


@inner
def _sold_before(year, whole, replacing, sold):
    """Read what was sold so many whole years before, 0 before the first vintage."""
    for lane in range(LANES):
        sold[lane] = replacing[max(year + 1 - whole[lane], 0), lane]


@inner
def replaced(y0, life, replacing, whole, part_of_year, before_year, total):
    """Add what is replaced in every output year: half a life after sale, between years (V-2).

    Parameters
    ----------
    y0 : int
        Position of the first output year.
    life : float64[lane], yr
    replacing : float64[1 + year, lane], kWh
        Sold by vintage, times replacements per life; the row before the first vintage is 0.
    whole : int64[lane]; part_of_year, before_year : float64[lane]
        Scratch.
    total : float64[year, lane], kWh
        From the first output year on; added to.
    """
    _half_lives(life, replacing.shape[0] - 1, whole, part_of_year)
    part = load(part_of_year)
    _sold_before(y0 - 1, whole, replacing, before_year)
    before = load(before_year)
    for place in range(total.shape[0]):
        _sold_before(y0 + place, whole, replacing, before_year)
        now = load(before_year)
        add((1.0 - part) * now + part * before, total, place)
        before = now


@inner
def _batteries(row, static, paths, vehicle_class, work):
    """Write kWh sold, replaced and in use of a class by output year (V-2)."""
    y0, years = static.years.first_output, work.making.emitted.shape[0]
    rows = static.survival.of_class[vehicle_class].max_age + 1 + 2 * PAD
    before = min(1, y0)
    clear(work.making.new)
    clear(work.making.replaced)
    clear(work.making.capacity)
    for group in range(2):
        any_pack, any_replaced = _pack_group(row, static, paths, vehicle_class, group, work)
        if not any_pack:
            continue
        for place in range(years):
            add(load(work.making.pack, y0 + place), work.making.new, 1 + place)
        if any_replaced:
            replaced(y0, work.cohort.life[group], work.making.replacing, work.making.whole,
                     work.making.part, work.making.before,
                     work.making.replaced[1:])  # fmt: skip
        first = group_first(static, vehicle_class, group)
        add_all_years(work.making.pack, work.cohort.alive[group, :rows], first, y0 - before, static.waves.year,
                      static.waves.quarters, work.cohort.touched[group], work.cohort.steps[group], work.cohort.tile[0],
                      work.making.capacity[1 - before :])  # fmt: skip


@inner
def _make(row, static, vehicle_class, emitted, work):
    """Add making and fuel cells of every year's sales, kg CO2e: float64[year, lane] (V-1, V-2).

    What a vehicle needs of each is the same in all years, and what each emits the same for all
    powertrains: so vehicles are summed first.
    """
    y0 = static.years.first_output
    weighted, cells, tanks = work.making.vehicles, work.making.cells, work.making.tanks
    clear(weighted)
    clear(cells)
    clear(tanks)
    for powertrain in range(static.powertrains.size):
        pair = static.pairs[vehicle_class, powertrain]
        own = static.cycle.of_pair[vehicle_class, powertrain]
        if pair.active:
            ratio, number = load(row, own.making_ratio), work.fleet.number[powertrain]
            for year in range(max(y0, pair.first), number.shape[0]):
                add(ratio * load(number, year), weighted, year - y0)
                if own.fuel_cell_power != NONE:
                    add(load(row, own.fuel_cell_power) * load(number, year), cells, year - y0)
                if own.tank != NONE:
                    add(load(row, own.tank) * load(number, year), tanks, year - y0)
    making = load(row, static.cycle.of_class[vehicle_class].making)
    for place in range(emitted.shape[0]):
        vehicles = making * load(work.region.making_left, y0 + place) * load(weighted, place)
        fuel_cells = load(work.region.cell, y0 + place) * load(cells, place)
        of_tanks = load(work.region.tank, y0 + place) * load(tanks, place)
        add(vehicles + fuel_cells + of_tanks, emitted, place)


@inner
def _maintain(row, static, vehicle_class, emitted, work):
    """Add maintenance and tyres of the vehicles in use, kg CO2e: float64[year, lane] (V-1)."""
    a_life = load(row, static.cycle.of_class[vehicle_class].maintenance)
    for group in range(2):
        a_year = a_life / load(work.cohort.life, group)
        for place in range(emitted.shape[0]):
            in_use = load(work.fleet.in_use, group, static.years.first_output + place)
            add(a_year * in_use, emitted, place)


@inner
def _end_of_life(row, static, vehicle_class, packs, retired, emitted, work):
    """Write retired kWh and subtract credits, kg CO2e: float64[year, lane] each (V-2, V-3)."""
    y0, capacity = static.years.first_output, work.making.capacity
    stock, sales = work.fleet.stock[vehicle_class], work.fleet.sales[vehicle_class]
    recycled = load(row, static.cycle.recycling_credit)
    scrap_credit = load(row, static.cycle.of_class[vehicle_class].scrap_credit)
    before = spread(0.0)
    if y0 > 0:
        before = load(stock, y0 - 1)
    for place in range(emitted.shape[0]):
        left = load(capacity, place) + load(packs, place) - load(capacity, place + 1)
        store(left, retired, place)
        now = load(stock, y0 + place)
        scrapped = before + load(sales, y0 + place) - now
        add(-(recycled * left) - scrap_credit * scrapped, emitted, place)
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
    y0 = static.years.first_output
    _mean_lives(row, static, vehicle_class, work)
    _batteries(row, static, paths, vehicle_class, work)
    emitted, retired, packs = work.making.emitted, work.making.retired, work.making.packs
    clear(emitted)
    _make(row, static, vehicle_class, emitted, work)
    _maintain(row, static, vehicle_class, emitted, work)
    for place in range(packs.shape[0]):
        new = load(work.making.new, 1 + place)
        made = new + load(work.making.replaced, 1 + place)
        store(made, packs, place)
        add(load(work.region.pack, y0 + place) * made, emitted, place)
    _end_of_life(row, static, vehicle_class, packs, retired, emitted, work)
    for place in range(emitted.shape[0]):
        megatonnes = load(emitted, place) / KG_PER_MT
        add(load(packs, place), work.totals.battery_demand, place)
        add(load(retired, place), work.totals.battery_retirements, place)
        add(megatonnes, work.totals.emissions, VEHICLE_CYCLE, place)
        add(megatonnes, work.of_class.emitted, place)
