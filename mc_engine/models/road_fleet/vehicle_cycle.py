"""Equations V: making vehicles and batteries, keeping them, and the end of their lives.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

import math

import numpy as np

from mc_engine.accelerate import inner, kernel
from mc_engine.curves import path_values
from mc_engine.lanes import (
    LANES,
    add_plane,
    add_product_plane,
    add_row_product,
    clear,
    copy,
    multiply,
    scale_plane,
    subtract,
)
from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet import workspace as room
from mc_engine.models.road_fleet.cohorts import PAD, add_all_years
from mc_engine.models.road_fleet.fleet import group_first

KG_PER_MT = 1e9
KWH_PER_GWH = 1e6


@kernel
def power_part(now, then, part):
    """Emissions of power relative to the last observed year, ``q``: float64[lane] each (V).

    0 where power is free of carbon now, whatever it was.
    """
    for lane in range(LANES):
        ratio = math.inf
        if then[lane] != 0.0:
            ratio = now[lane] / then[lane]
        part[lane] = 0.0 if now[lane] == 0.0 else ratio


@kernel
def left_of_making(share, rest, power, left):
    """What is left of the emissions of making in one year: float64[lane] each (V-1, V-2).

    Parameters
    ----------
    share : float64[lane], 1
        Part that follows power; where it is 0, power is left out.
    rest : float64[lane], 1
        What is left of the other part.
    power : float64[lane], 1
        ``q``.
    left : float64[lane], 1
        Overwritten.
    """
    for lane in range(LANES):
        electric = 0.0 if share[lane] == 0.0 else share[lane] * power[lane]
        left[lane] = electric + (1.0 - share[lane]) * rest[lane]


@kernel
def _mix(home, abroad, imported, mixed):
    """Power of the region and of elsewhere, by the share made there: float64[lane] each (V-2)."""
    for lane in range(LANES):
        mixed[lane] = (1.0 - imported[lane]) * home[lane] + imported[lane] * abroad[lane]


@kernel
def _decline(rate, rest):
    """Let what is left fall by a year's decline, in place: float64[lane] each."""
    for lane in range(LANES):
        rest[lane] *= 1.0 - rate[lane]


@inner
def _left_of_vehicles(row, static, work):
    """Write what is left of vehicle making by year, 1, to ``yearly[MAKING_LEFT]`` (V-1)."""
    grid, left = work.yearly[room.GRID], work.yearly[room.MAKING_LEFT]
    share = row[static.column[at.MAKING_POWER_SHARE]]
    rate = row[static.column[at.MAKING_DECLINE]]
    rest, power = work.lane[room.SPARE_0], work.lane[room.SPARE_1]
    rest[:] = 1.0
    yo, known = static.number[at.YO], static.number[at.GRID_LAST]
    for year in range(static.number[at.Y0], grid.shape[0]):
        if year > yo:
            _decline(rate, rest)
        power_part(grid[year], grid[known], power)
        left_of_making(share, rest, power, left[year])


@inner
def _carbon_of_batteries(row, static, work):
    """Write emissions of making a kWh by year, kg CO2e, to ``yearly[PACK_CARBON]`` (V-2).

    The power of elsewhere stands there at first.
    """
    grid, abroad = work.yearly[room.GRID], work.yearly[room.PACK_CARBON]
    imported = row[static.column[at.BATTERY_IMPORT_SHARE]]
    share = row[static.column[at.BATTERY_POWER_SHARE]]
    rate, making = row[static.column[at.BATTERY_DECLINE]], row[static.column[at.BATTERY_MAKING]]
    rest, power = work.lane[room.SPARE_0], work.lane[room.SPARE_1]
    mixed, mixed_then = work.lane[room.SPARE_2], work.lane[room.SPARE_3]
    rest[:] = 1.0
    yo, known = static.number[at.YO], static.number[at.GRID_LAST]
    _mix(grid[known], abroad[known], imported, mixed_then)
    for year in range(static.number[at.Y0], grid.shape[0]):
        if year > yo:
            _decline(rate, rest)
        _mix(grid[year], abroad[year], imported, mixed)
        power_part(mixed, mixed_then, power)
        left_of_making(share, rest, power, mixed)
        multiply(1.0, mixed, making, abroad[year])


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
    ratio = row[static.by_class[at.LIFE_RATIO, vehicle_class]]
    delay = row[static.by_class[at.DELAY, vehicle_class]]
    for lane in range(LANES):
        life = work.lane[room.SCALE, lane] * math.gamma(1.0 + 1.0 / work.lane[room.SHAPE, lane])
        work.lane[room.LIFE_0, lane] = delay[lane] + life
        work.lane[room.LIFE_1, lane] = delay[lane] + life * ratio[lane]


@kernel
def _pack_row(number, size, replacements, packs, replacing):
    """Add one vintage's batteries, and those times replacements per life: float64[lane] each."""
    for lane in range(LANES):
        own = number[lane] * size[lane]
        packs[lane] += own
        replacing[lane] += replacements[lane] * own


@inner
def _pack_group(row, static, paths, vehicle_class, group, work):
    """Write the kWh a group sold by vintage, and those times replacements; tells if any (V-2)."""
    clear(work.pack_rows)
    clear(work.replacing_rows)
    size, years = work.yearly[room.SPARE_A], work.number.shape[1]
    any_pack, any_replaced = False, False
    for powertrain in range(static.by_pair.shape[2]):
        columns = static.by_pair[:, vehicle_class, powertrain]
        wanted = static.by_powertrain[at.GROUP, powertrain] == group and columns[at.ACTIVE] == 1
        if not wanted or columns[at.BATTERY_PATH] == at.NONE:
            continue
        any_pack, first = True, columns[at.FIRST]
        path_values(paths, columns[at.BATTERY_PATH], row, first, work.points, size)
        number, packs = work.number[powertrain], work.pack_rows
        if columns[at.REPLACEMENTS] == at.NONE:
            add_product_plane(1.0, number[first:], size[first:], packs[first:years])
            continue
        any_replaced = True
        for vintage in range(first, years):
            _pack_row(number[vintage], size[vintage], row[columns[at.REPLACEMENTS]],
                      packs[vintage], work.replacing_rows[1 + vintage])  # fmt: skip
    return any_pack, any_replaced


@kernel
def _half_lives(life, years, whole, part):
    """Split half a life into whole years and the rest; nothing is older than ``years``."""
    for lane in range(LANES):
        half = life[lane] / 2.0
        inside = half < years
        kept = half if inside else 0.0
        whole[lane] = np.int64(kept) if inside else years
        # NaN stays NaN.
        part[lane] = kept - np.int64(kept) if inside else 0.0 * half


@kernel
def _sold_before(year, whole, replacing, sold):
    """Read what was sold so many whole years before, 0 before the first vintage."""
    for lane in range(LANES):
        place = max(year + 1 - whole[lane], 0)
        sold[lane] = replacing[place * LANES + lane]


@kernel
def _replace(part, sold, sold_before, replaced):
    """Add what is replaced in one year, between two whole years: float64[lane] each (V-2)."""
    for lane in range(LANES):
        replaced[lane] += (1.0 - part[lane]) * sold[lane] + part[lane] * sold_before[lane]


@kernel
def replaced(y0, life, replacing, whole, part, spare, total):
    """Add what is replaced in every output year: half a life after sale, between years (V-2).

    Parameters
    ----------
    y0 : int
        Position of the first output year.
    life : float64[lane], yr
    replacing : float64[(1 + year) * lane], kWh
        Sold by vintage, times replacements per life; the row before the first vintage is 0.
    whole : int64[lane]
        Scratch.
    part : float64[lane]
        Scratch.
    spare : float64[2, lane]
        Scratch.
    total : float64[year, lane], kWh
        From the first output year on; added to.
    """
    _half_lives(life, replacing.size // LANES - 1, whole, part)
    _sold_before(y0 - 1, whole, replacing, spare[0])
    for place in range(total.shape[0]):
        now, before = (spare[1], spare[0]) if place % 2 == 0 else (spare[0], spare[1])
        _sold_before(y0 + place, whole, replacing, now)
        _replace(part, now, before, total[place])


@inner
def _batteries(row, static, paths, vehicle_class, work):
    """Write kWh sold, replaced and in use of a class by output year (V-2)."""
    y0 = static.number[at.Y0]
    rows = static.by_class[at.MAX_AGE, vehicle_class] + 1 + 2 * PAD
    before = min(1, y0)
    for kind in range(room.CYCLE_KINDS):
        clear(work.cycle_rows[kind])
    for group in range(2):
        any_pack, any_replaced = _pack_group(row, static, paths, vehicle_class, group, work)
        if not any_pack:
            continue
        add_plane(work.pack_rows[y0 : y0 + work.total.shape[1]],
                  work.cycle_rows[room.NEW_PACKS, 1:])  # fmt: skip
        if any_replaced:
            replaced(y0, work.lane[room.LIFE_0 + group], work.replacing, work.whole,
                     work.lane[room.SPARE_0], work.lane[room.SPARE_1 : room.SPARE_3],
                     work.cycle_rows[room.REPLACED, 1:])  # fmt: skip
        first = group_first(static, vehicle_class, group)
        add_all_years(work.pack, work.alive[group, : rows * LANES], first, y0 - before,
                      static.wave_year, static.quarters, work.touched[group],
                      work.steps[group], work.tile[0],
                      work.cycle[room.CAPACITY, (1 - before) * LANES :])  # fmt: skip


@inner
def _make(row, static, vehicle_class, emitted, work):
    """Add making and fuel cells of every year's sales, kg CO2e: float64[year, lane] (V-1, V-2)."""
    y0 = static.number[at.Y0]
    weighted, cells = work.yearly[room.UNIT, y0:], work.yearly[room.FACTOR, y0:]
    tanks = work.yearly[room.SPARE_A, y0:]
    clear(weighted)
    clear(cells)
    clear(tanks)
    for powertrain in range(static.by_pair.shape[2]):
        columns = static.by_pair[:, vehicle_class, powertrain]
        if not columns[at.ACTIVE]:
            continue
        begin = max(y0, columns[at.FIRST])
        number, place = work.number[powertrain, begin:], begin - y0
        add_row_product(row[columns[at.MAKING_RATIO]], number, weighted[place:])
        if columns[at.CELL_POWER] != at.NONE:
            add_row_product(row[columns[at.CELL_POWER]], number, cells[place:])
        if columns[at.TANK] != at.NONE:
            add_row_product(row[columns[at.TANK]], number, tanks[place:])
    scale_plane(work.yearly[room.MAKING_LEFT, y0:], weighted)
    add_row_product(row[static.by_class[at.MAKING, vehicle_class]], weighted, emitted)
    add_product_plane(1.0, work.yearly[room.CELL_CARBON, y0:], cells, emitted)
    add_product_plane(1.0, work.yearly[room.TANK_CARBON, y0:], tanks, emitted)


@inner
def _maintain(row, static, vehicle_class, emitted, work):
    """Add maintenance and tyres of the vehicles in use, kg CO2e: float64[year, lane] (V-1)."""
    a_life = row[static.by_class[at.MAINTENANCE, vehicle_class]]
    a_year = work.lane[room.SPARE_0]
    for group in range(2):
        life = work.lane[room.LIFE_0 + group]
        for lane in range(LANES):
            a_year[lane] = a_life[lane] / life[lane]
        add_row_product(a_year, work.in_use_rows[group, static.number[at.Y0] :], emitted)


@kernel
def _leaving(before, new, now, left):
    """Write what was there, plus what came, less what is there: float64[year, lane] each."""
    for place in range(left.shape[0]):
        for lane in range(LANES):
            left[place, lane] = before[place, lane] + new[place, lane] - now[place, lane]


@inner
def _end_of_life(row, static, vehicle_class, packs, retired, emitted, work):
    """Write retired kWh and subtract credits, kg CO2e: float64[year, lane] each (V-2, V-3)."""
    y0 = static.number[at.Y0]
    capacity = work.cycle_rows[room.CAPACITY]
    _leaving(capacity[:-1], packs, capacity[1:], retired)
    credit = work.lane[room.SPARE_0]
    for lane in range(LANES):
        credit[lane] = -row[static.column[at.RECYCLING_CREDIT], lane]
    add_row_product(credit, retired, emitted)
    stock = work.fleet[room.STOCK, vehicle_class]
    sales, scrapped = work.fleet[room.SALES, vehicle_class], work.yearly[room.UNIT]
    if y0 == 0:
        copy(sales[0], scrapped[0])
        subtract(stock[0], scrapped[0])
    begin = max(1, y0)
    _leaving(stock[begin - 1 : -1], sales[begin:], stock[begin:], scrapped[begin:])
    for lane in range(LANES):
        credit[lane] = -row[static.by_class[at.SCRAP_CREDIT, vehicle_class], lane]
    add_row_product(credit, scrapped[y0:], emitted)


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
    packs = work.yearly[room.SPARE_A, y0:]
    clear(packs)
    add_plane(work.cycle_rows[room.NEW_PACKS, 1:], packs)
    add_plane(work.cycle_rows[room.REPLACED, 1:], packs)
    add_product_plane(1.0, work.yearly[room.PACK_CARBON, y0:], packs, emitted)
    _end_of_life(row, static, vehicle_class, packs, retired, emitted, work)
    add_plane(packs, work.total[room.BATTERY_DEMAND])
    add_plane(retired, work.total[room.BATTERY_RETIREMENTS])
    for place in range(emitted.shape[0]):
        for lane in range(LANES):
            emitted[place, lane] /= KG_PER_MT
    add_plane(emitted, work.by_class)
    add_plane(emitted, work.total[room.EMITTED_CYCLE])
