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
def _left_of_vehicles(row, years, grid, cycle, region):
    """Write what is left of vehicle making by year, 1, to ``region.making_left`` (V-1)."""
    intensity, left = region.grid, region.making_left
    share = load(row, cycle.making_power_share)
    kept, rest = 1.0 - load(row, cycle.making_decline), spread(1.0)
    then = load(intensity, grid.last_observed)
    for year in range(years.first_output, intensity.shape[0]):
        if year > years.last_observed:
            rest = rest * kept
        store(
            left_of_making(share, rest, relative_grid_intensity(load(intensity, year), then)),
            left,
            year,
        )


@inner
def _carbon_of_batteries(row, years, grid, cycle, region):
    """Write emissions of making a kWh by year, kg CO2e, to ``region.pack`` (V-2).

    The power of elsewhere stands there at first.
    """
    intensity, abroad = region.grid, region.pack
    imported = load(row, cycle.battery_import_share)
    share = load(row, cycle.battery_power_share)
    making = load(row, cycle.battery_making)
    kept, rest = 1.0 - load(row, cycle.battery_decline), spread(1.0)
    known = grid.last_observed
    then = (1.0 - imported) * load(intensity, known) + imported * load(abroad, known)
    for year in range(years.first_output, intensity.shape[0]):
        if year > years.last_observed:
            rest = rest * kept
        mixed = (1.0 - imported) * load(intensity, year) + imported * load(abroad, year)
        store(
            left_of_making(share, rest, relative_grid_intensity(mixed, then)) * making, abroad, year
        )


@inner
def making_years(row, years, grid, cycle, paths, points, region):
    """Write what all classes share of equations V: emissions of making by year."""
    first = years.first_output
    path_values(paths, cycle.import_grid, row, first, points,
                region.pack)  # fmt: skip
    path_values(paths, cycle.fuel_cell, row, first, points,
                region.cell)  # fmt: skip
    path_values(paths, cycle.tank, row, first, points,
                region.tank)  # fmt: skip
    _left_of_vehicles(row, years, grid, cycle, region)
    _carbon_of_batteries(row, years, grid, cycle, region)


@inner
def _mean_lives(row, survival, vehicle_class, cohort):
    """Write mean lives without waves of both groups, yr: ``cohort.life``."""
    delay = load(row, survival.of_class[vehicle_class].delay)
    life = load(cohort.scale) * load(cohort.mean)
    store(delay + life, cohort.life, 0)
    ratio = load(row, survival.of_class[vehicle_class].life_ratio)
    store(delay + life * ratio, cohort.life, 1)


@inner
def _pack_group(row, powertrains, pairs, cycle, paths, vehicle_class, group, points, fleet, making):
    """Write the kWh a group sold by vintage, and those times replacements; tells if any (V-2)."""
    clear(making.pack)
    clear(making.replacing)
    size = making.size
    any_pack, any_replaced = False, False
    for powertrain in range(powertrains.size):
        pair = pairs[vehicle_class, powertrain]
        own = cycle.of_pair[vehicle_class, powertrain]
        wanted = powertrains[powertrain].group == group and pair.active == 1
        if not wanted or own.battery_size == NONE:
            continue
        any_pack, first, number = True, pair.first, fleet.number[powertrain]
        path_values(paths, own.battery_size, row, first, points, size)
        replaced_ones = own.replacements != NONE
        replacements = spread(0.0)
        if replaced_ones:
            any_replaced, replacements = True, load(row, own.replacements)
        for vintage in range(first, number.shape[0]):
            capacity = load(number, vintage) * load(size, vintage)
            add(capacity, making.pack, vintage)
            if replaced_ones:
                add(replacements * capacity, making.replacing, 1 + vintage)
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
def _batteries(row, static, paths, vehicle_class, points, fleet, cohort, making):
    """Write kWh sold, replaced and in use of a class by output year (V-2)."""
    y0, years = static.years.first_output, making.emitted.shape[0]
    rows = static.survival.of_class[vehicle_class].max_age + 1 + 2 * PAD
    before = min(1, y0)
    clear(making.new)
    clear(making.replaced)
    clear(making.capacity)
    for group in range(2):
        any_pack, any_replaced = _pack_group(
            row,
            static.powertrains,
            static.pairs,
            static.cycle,
            paths,
            vehicle_class,
            group,
            points,
            fleet,
            making,
        )
        if not any_pack:
            continue
        for place in range(years):
            add(load(making.pack, y0 + place), making.new, 1 + place)
        if any_replaced:
            replaced(y0, cohort.life[group], making.replacing, making.whole,
                     making.part, making.before,
                     making.replaced[1:])  # fmt: skip
        first = group_first(
            static.powertrains, static.pairs, static.registrations, vehicle_class, group
        )
        add_all_years(
            making.pack,
            cohort.alive[group, :rows],
            first,
            y0 - before,
            static.waves.year,
            static.waves.quarters,
            cohort.touched[group],
            cohort.steps[group],
            cohort.tile[0],
            making.capacity[1 - before :],
        )


@inner
def _make(row, years, powertrains, pairs, cycle, vehicle_class, emitted, region, fleet, making):
    """Add making and fuel cells of every year's sales, kg CO2e: float64[year, lane] (V-1, V-2).

    What a vehicle needs of each is the same in all years, and what each emits the same for all
    powertrains: so vehicles are summed first.
    """
    y0 = years.first_output
    weighted, cells, tanks = making.vehicles, making.cells, making.tanks
    clear(weighted)
    clear(cells)
    clear(tanks)
    for powertrain in range(powertrains.size):
        pair = pairs[vehicle_class, powertrain]
        own = cycle.of_pair[vehicle_class, powertrain]
        if pair.active:
            ratio, number = load(row, own.making_ratio), fleet.number[powertrain]
            for year in range(max(y0, pair.first), number.shape[0]):
                add(ratio * load(number, year), weighted, year - y0)
                if own.fuel_cell_power != NONE:
                    add(load(row, own.fuel_cell_power) * load(number, year), cells, year - y0)
                if own.tank != NONE:
                    add(load(row, own.tank) * load(number, year), tanks, year - y0)
    emitted_each = load(row, cycle.of_class[vehicle_class].making)
    for place in range(emitted.shape[0]):
        vehicles = emitted_each * load(region.making_left, y0 + place) * load(weighted, place)
        fuel_cells = load(region.cell, y0 + place) * load(cells, place)
        of_tanks = load(region.tank, y0 + place) * load(tanks, place)
        add(vehicles + fuel_cells + of_tanks, emitted, place)


@inner
def _maintain(row, years, cycle, vehicle_class, emitted, fleet, cohort):
    """Add maintenance and tyres of the vehicles in use, kg CO2e: float64[year, lane] (V-1)."""
    a_life = load(row, cycle.of_class[vehicle_class].maintenance)
    for group in range(2):
        a_year = a_life / load(cohort.life, group)
        for place in range(emitted.shape[0]):
            in_use = load(fleet.in_use, group, years.first_output + place)
            add(a_year * in_use, emitted, place)


@inner
def _end_of_life(row, years, cycle, vehicle_class, packs, retired, emitted, fleet, making):
    """Write retired kWh and subtract credits, kg CO2e: float64[year, lane] each (V-2, V-3)."""
    y0, capacity = years.first_output, making.capacity
    stock, sales = fleet.stock[vehicle_class], fleet.sales[vehicle_class]
    recycled = load(row, cycle.recycling_credit)
    scrap_credit = load(row, cycle.of_class[vehicle_class].scrap_credit)
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
    _mean_lives(row, static.survival, vehicle_class, work.cohort)
    _batteries(row, static, paths, vehicle_class, work.points, work.fleet, work.cohort, work.making)
    emitted, retired, packs = work.making.emitted, work.making.retired, work.making.packs
    clear(emitted)
    _make(
        row,
        static.years,
        static.powertrains,
        static.pairs,
        static.cycle,
        vehicle_class,
        emitted,
        work.region,
        work.fleet,
        work.making,
    )
    _maintain(row, static.years, static.cycle, vehicle_class, emitted, work.fleet, work.cohort)
    for place in range(packs.shape[0]):
        new = load(work.making.new, 1 + place)
        made = new + load(work.making.replaced, 1 + place)
        store(made, packs, place)
        add(load(work.region.pack, y0 + place) * made, emitted, place)
    _end_of_life(
        row,
        static.years,
        static.cycle,
        vehicle_class,
        packs,
        retired,
        emitted,
        work.fleet,
        work.making,
    )
    for place in range(emitted.shape[0]):
        megatonnes = load(emitted, place) / KG_PER_MT
        add(load(packs, place), work.totals.battery_demand, place)
        add(load(retired, place), work.totals.battery_retirements, place)
        add(megatonnes, work.totals.emissions, VEHICLE_CYCLE, place)
        add(megatonnes, work.of_class.emitted, place)
