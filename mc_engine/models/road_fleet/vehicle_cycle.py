"""Equations V: making vehicles and batteries, keeping them, and the end of their lives.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

import math

import numpy as np

from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet import workspace as room
from mc_engine.models.road_fleet.cohorts import PAD, add_all_years
from mc_engine.models.road_fleet.fleet import group_first
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.curves import path_values
from mc_engine.numerics.lanes import LANES, add, clear, load, spread, store, where

KG_PER_MT = 1e9
KWH_PER_GWH = 1e6


@inner
def power_part(now, then):
    """Emissions of power relative to the last observed year, ``q``: a vector each (V).

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
    """Write what is left of vehicle making by year, 1, to ``yearly[MAKING_LEFT]`` (V-1)."""
    grid, left = work.yearly[room.GRID], work.yearly[room.MAKING_LEFT]
    share = load(row, static.column[at.MAKING_POWER_SHARE])
    kept, rest = 1.0 - load(row, static.column[at.MAKING_DECLINE]), spread(1.0)
    then = load(grid, static.number[at.GRID_LAST])
    for year in range(static.number[at.Y0], grid.shape[0]):
        if year > static.number[at.YO]:
            rest = rest * kept
        store(left_of_making(share, rest, power_part(load(grid, year), then)), left, year)


@inner
def _carbon_of_batteries(row, static, work):
    """Write emissions of making a kWh by year, kg CO2e, to ``yearly[PACK_CARBON]`` (V-2).

    The power of elsewhere stands there at first.
    """
    grid, abroad = work.yearly[room.GRID], work.yearly[room.PACK_CARBON]
    imported = load(row, static.column[at.BATTERY_IMPORT_SHARE])
    share = load(row, static.column[at.BATTERY_POWER_SHARE])
    making = load(row, static.column[at.BATTERY_MAKING])
    kept, rest = 1.0 - load(row, static.column[at.BATTERY_DECLINE]), spread(1.0)
    known = static.number[at.GRID_LAST]
    then = (1.0 - imported) * load(grid, known) + imported * load(abroad, known)
    for year in range(static.number[at.Y0], grid.shape[0]):
        if year > static.number[at.YO]:
            rest = rest * kept
        mixed = (1.0 - imported) * load(grid, year) + imported * load(abroad, year)
        store(left_of_making(share, rest, power_part(mixed, then)) * making, abroad, year)


@inner
def making_years(row, static, paths, work):
    """Write what all classes share of equations V: emissions of making by year."""
    first = static.number[at.Y0]
    path_values(paths, static.number[at.IMPORT_GRID_PATH], row, first, work.points,
                work.yearly[room.PACK_CARBON])  # fmt: skip
    path_values(paths, static.number[at.CELL_PATH], row, first, work.points,
                work.yearly[room.CELL_CARBON])  # fmt: skip
    path_values(paths, static.number[at.TANK_PATH], row, first, work.points,
                work.yearly[room.TANK_CARBON])  # fmt: skip
    _left_of_vehicles(row, static, work)
    _carbon_of_batteries(row, static, work)


@inner
def _mean_lives(row, static, vehicle_class, work):
    """Write mean lives without waves of both groups, yr: ``lane[LIFE_0]``, ``lane[LIFE_1]``."""
    delay = load(row, static.by_class[at.DELAY, vehicle_class])
    life = load(work.lane, room.SCALE) * load(work.lane, room.MEAN)
    store(delay + life, work.lane, room.LIFE_0)
    ratio = load(row, static.by_class[at.LIFE_RATIO, vehicle_class])
    store(delay + life * ratio, work.lane, room.LIFE_1)


@inner
def _pack_group(row, static, paths, vehicle_class, group, work):
    """Write the kWh a group sold by vintage, and those times replacements; tells if any (V-2)."""
    clear(work.pack)
    clear(work.replacing)
    size = work.yearly[room.SPARE_A]
    any_pack, any_replaced = False, False
    for powertrain in range(static.by_pair.shape[2]):
        columns = static.by_pair[:, vehicle_class, powertrain]
        wanted = static.by_powertrain[at.GROUP, powertrain] == group and columns[at.ACTIVE] == 1
        if not wanted or columns[at.BATTERY_PATH] == at.NONE:
            continue
        any_pack, first, number = True, columns[at.FIRST], work.number[powertrain]
        path_values(paths, columns[at.BATTERY_PATH], row, first, work.points, size)
        replaced_ones = columns[at.REPLACEMENTS] != at.NONE
        replacements = spread(0.0)
        if replaced_ones:
            any_replaced, replacements = True, load(row, columns[at.REPLACEMENTS])
        for vintage in range(first, number.shape[0]):
            own = load(number, vintage) * load(size, vintage)
            add(own, work.pack, vintage)
            if replaced_ones:
                add(replacements * own, work.replacing, 1 + vintage)
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
def replaced(y0, life, replacing, whole, spare, total):
    """Add what is replaced in every output year: half a life after sale, between years (V-2).

    Parameters
    ----------
    y0 : int
        Position of the first output year.
    life : float64[lane], yr
    replacing : float64[1 + year, lane], kWh
        Sold by vintage, times replacements per life; the row before the first vintage is 0.
    whole : int64[lane]
        Scratch.
    spare : float64[2, lane]
        Scratch.
    total : float64[year, lane], kWh
        From the first output year on; added to.
    """
    _half_lives(life, replacing.shape[0] - 1, whole, spare[0])
    part = load(spare, 0)
    _sold_before(y0 - 1, whole, replacing, spare[1])
    before = load(spare, 1)
    for place in range(total.shape[0]):
        _sold_before(y0 + place, whole, replacing, spare[1])
        now = load(spare, 1)
        add((1.0 - part) * now + part * before, total, place)
        before = now


@inner
def _batteries(row, static, paths, vehicle_class, work):
    """Write kWh sold, replaced and in use of a class by output year (V-2)."""
    y0, years = static.number[at.Y0], work.total.shape[1]
    rows = static.by_class[at.MAX_AGE, vehicle_class] + 1 + 2 * PAD
    before = min(1, y0)
    for kind in range(room.CYCLE_KINDS):
        clear(work.cycle[kind])
    for group in range(2):
        any_pack, any_replaced = _pack_group(row, static, paths, vehicle_class, group, work)
        if not any_pack:
            continue
        for place in range(years):
            add(load(work.pack, y0 + place), work.cycle, room.NEW_PACKS, 1 + place)
        if any_replaced:
            replaced(y0, work.lane[room.LIFE_0 + group], work.replacing, work.whole,
                     work.lane[room.SPARE_0 : room.SPARE_1 + 1],
                     work.cycle[room.REPLACED, 1:])  # fmt: skip
        first = group_first(static, vehicle_class, group)
        add_all_years(work.pack, work.alive[group, :rows], first, y0 - before, static.wave_year,
                      static.quarters, work.touched[group], work.steps[group], work.tile[0],
                      work.cycle[room.CAPACITY, 1 - before :])  # fmt: skip


@inner
def _make(row, static, vehicle_class, emitted, work):
    """Add making and fuel cells of every year's sales, kg CO2e: float64[year, lane] (V-1, V-2).

    What a vehicle needs of each is the same in all years, and what each emits the same for all
    powertrains: so vehicles are summed first.
    """
    y0 = static.number[at.Y0]
    weighted, cells = work.yearly[room.UNIT, y0:], work.yearly[room.FACTOR, y0:]
    tanks = work.yearly[room.SPARE_A, y0:]
    clear(weighted)
    clear(cells)
    clear(tanks)
    for powertrain in range(static.by_pair.shape[2]):
        columns = static.by_pair[:, vehicle_class, powertrain]
        if columns[at.ACTIVE]:
            ratio, number = load(row, columns[at.MAKING_RATIO]), work.number[powertrain]
            for year in range(max(y0, columns[at.FIRST]), number.shape[0]):
                add(ratio * load(number, year), weighted, year - y0)
                if columns[at.CELL_POWER] != at.NONE:
                    add(load(row, columns[at.CELL_POWER]) * load(number, year), cells, year - y0)
                if columns[at.TANK] != at.NONE:
                    add(load(row, columns[at.TANK]) * load(number, year), tanks, year - y0)
    making = load(row, static.by_class[at.MAKING, vehicle_class])
    for place in range(emitted.shape[0]):
        vehicles = making * load(work.yearly, room.MAKING_LEFT, y0 + place) * load(weighted, place)
        fuel_cells = load(work.yearly, room.CELL_CARBON, y0 + place) * load(cells, place)
        of_tanks = load(work.yearly, room.TANK_CARBON, y0 + place) * load(tanks, place)
        add(vehicles + fuel_cells + of_tanks, emitted, place)


@inner
def _maintain(row, static, vehicle_class, emitted, work):
    """Add maintenance and tyres of the vehicles in use, kg CO2e: float64[year, lane] (V-1)."""
    a_life = load(row, static.by_class[at.MAINTENANCE, vehicle_class])
    for group in range(2):
        a_year = a_life / load(work.lane, room.LIFE_0 + group)
        for place in range(emitted.shape[0]):
            in_use = load(work.in_use, group, static.number[at.Y0] + place)
            add(a_year * in_use, emitted, place)


@inner
def _end_of_life(row, static, vehicle_class, packs, retired, emitted, work):
    """Write retired kWh and subtract credits, kg CO2e: float64[year, lane] each (V-2, V-3)."""
    y0, capacity = static.number[at.Y0], work.cycle[room.CAPACITY]
    stock, sales = work.fleet[room.STOCK, vehicle_class], work.fleet[room.SALES, vehicle_class]
    recycled = load(row, static.column[at.RECYCLING_CREDIT])
    scrap_credit = load(row, static.by_class[at.SCRAP_CREDIT, vehicle_class])
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
def make_and_end(row, static, paths, vehicle_class, work):
    """Add a class's vehicle cycle to its emissions and to the totals (equations V, B-1).

    Parameters
    ----------
    row : float64[column, lane]
    static : Static
    paths : PathTable
    vehicle_class : int
    work : Workspace
        ``by_class``, Mt CO2e/yr, and ``total`` are added to.
    """
    y0 = static.number[at.Y0]
    _mean_lives(row, static, vehicle_class, work)
    _batteries(row, static, paths, vehicle_class, work)
    emitted, retired = work.yearly[room.SPARE_B, y0:], work.yearly[room.FACTOR, y0:]
    clear(emitted)
    _make(row, static, vehicle_class, emitted, work)
    _maintain(row, static, vehicle_class, emitted, work)
    packs, total = work.yearly[room.SPARE_A, y0:], work.total
    for place in range(packs.shape[0]):
        new = load(work.cycle, room.NEW_PACKS, 1 + place)
        made = new + load(work.cycle, room.REPLACED, 1 + place)
        store(made, packs, place)
        add(load(work.yearly, room.PACK_CARBON, y0 + place) * made, emitted, place)
    _end_of_life(row, static, vehicle_class, packs, retired, emitted, work)
    for place in range(emitted.shape[0]):
        megatonnes = load(emitted, place) / KG_PER_MT
        add(load(packs, place), total, room.BATTERY_DEMAND, place)
        add(load(retired, place), total, room.BATTERY_RETIREMENTS, place)
        add(megatonnes, total, room.EMITTED_CYCLE, place)
        add(megatonnes, work.by_class, place)
