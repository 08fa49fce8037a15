"""A block of draws, and all draws: the equations tied together."""

import math

from mc_engine.accelerate import allocator, kernel, prange, sweep
from mc_engine.curves import path_values
from mc_engine.lanes import LANES, add, clear, copy
from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet import workspace as room
from mc_engine.models.road_fleet.balance import (
    VEHICLES_PER_MILLION,
    check_finite,
    removals,
)
from mc_engine.models.road_fleet.burn import burn
from mc_engine.models.road_fleet.demand import population
from mc_engine.models.road_fleet.fleet import sell_shares, turn_over
from mc_engine.models.road_fleet.status import OK
from mc_engine.models.road_fleet.supply import carrier_factors, grid


@kernel
def region_years(row, static, paths, work):
    """Write what all classes share: people, economy, grid, carriers (D-1, D-4, F)."""
    yo = static.number[at.YO]
    position = row[static.column[at.POPULATION_POSITION]]
    population(static.by_year[at.LOW : at.HIGH + 1], position, work.yearly[room.PEOPLE])
    economy = static.number[at.ECONOMY_PATH]
    path_values(paths, economy, row, yo, work.points, work.yearly[room.ECONOMY])
    grid(row, static, paths, work)
    carrier_factors(row, static, paths, work)


@kernel
def _write(values, factor, rows):
    """Write a yearly output of the block: float64[year, lane] into float64[draw, year]."""
    for draw in range(rows.shape[0]):
        for year in range(rows.shape[1]):
            rows[draw, year] = values[year, draw] * factor


@kernel
def _write_vehicles(static, vehicle_class, first, last, work, out):
    """Write stock, sales, scrapped and plug-in shares of a class (T-3, T-5, T-6, A-1)."""
    y0, yo = static.number[at.Y0], static.number[at.YO]
    stock = work.fleet[room.STOCK, vehicle_class]
    sales = work.fleet[room.SALES, vehicle_class]
    _write(stock[y0:], 1.0 / VEHICLES_PER_MILLION, out.stock[first:last, vehicle_class])
    _write(sales[y0:], 1.0 / VEHICLES_PER_MILLION, out.sales[first:last, vehicle_class])
    scrapped, share = work.yearly[room.SPARE_A], work.yearly[room.SPARE_B]
    for year in range(y0, stock.shape[0]):
        for lane in range(LANES):
            before = stock[year - 1, lane] if year > 0 else 0.0
            scrapped[year, lane] = before + sales[year, lane] - stock[year, lane]
        share[year] = static.class_year[at.PLUG_SHARE, vehicle_class, year] if year <= yo else 0.0
        for powertrain in range(work.number.shape[0]):
            if year > yo and static.by_powertrain[at.PLUG_IN, powertrain]:
                add(work.number[powertrain, year], share[year])
    _write(scrapped[y0:], 1.0 / VEHICLES_PER_MILLION, out.scrapped[first:last, vehicle_class])
    _write(share[y0:], 1.0, out.plug_in_sales_share[first:last, vehicle_class])
    for draw in range(first, last):
        out.survival_scale[draw, vehicle_class] = work.lane[room.SCALE, draw - first]


@kernel
def _compare_stock(row, static, work):
    """Write modelled minus official stock to ``yearly[SPARE_A]``, vehicles (T-1)."""
    gap = work.yearly[room.SPARE_A]
    out_of_scope = row[static.column[at.OUT_OF_SCOPE]]
    for year in range(static.number[at.Y0], gap.shape[0]):
        official = static.by_year[at.OFFICIAL, year]
        for lane in range(LANES):
            gap[year, lane] = out_of_scope[lane] - official
        for vehicle_class in range(work.fleet.shape[1]):
            add(work.fleet[room.STOCK, vehicle_class, year], gap[year])


@kernel
def _close_balance(row, static, first, last, work, out):
    """Write what is summed over classes (B-1, B-2, T-1)."""
    y0 = static.number[at.Y0]
    _compare_stock(row, static, work)
    gap = work.yearly[room.SPARE_A, y0:]
    _write(gap, 1.0 / VEHICLES_PER_MILLION, out.stock_gap[first:last])
    gross, granted, net = work.yearly[room.FACTOR, y0:], work.yearly[room.UNIT, y0:], gap
    for year in range(gross.shape[0]):
        copy(work.total[room.EMITTED_TTW, year], gross[year])
        add(work.total[room.EMITTED_WTT, year], gross[year])
    removals(gross, row[static.column[at.REMOVAL_SHARE]], static.number[at.REMOVAL_BASE] - y0,
             static.number[at.REMOVAL_START] - y0, granted, net)  # fmt: skip
    check_finite(work.total[room.EMITTED_TTW], work.status)
    check_finite(work.total[room.EMITTED_WTT], work.status)
    check_finite(net, work.status)
    _write(granted, 1.0, out.removals[first:last])
    _write(net, 1.0, out.net_emissions[first:last])
    _write(work.total[room.EMITTED_TTW], 1.0, out.emissions[first:last, 0])
    _write(work.total[room.EMITTED_WTT], 1.0, out.emissions[first:last, 1])
    _write(work.total[room.CO2], 1.0, out.ttw_co2[first:last])
    _write(work.total[room.PLUG_IN_STOCK], 1.0 / VEHICLES_PER_MILLION,
           out.plug_in_stock[first:last])  # fmt: skip
    for carrier in range(out.energy.shape[1]):
        _write(work.total[room.FIRST_ENERGY + carrier], 1.0, out.energy[first:last, carrier])


@kernel
def _blank(i, out):
    """Fill row ``i`` of every output with NaN."""
    out.emissions[i] = math.nan
    out.removals[i] = math.nan
    out.net_emissions[i] = math.nan
    out.emissions_by_class[i] = math.nan
    out.ttw_co2[i] = math.nan
    out.stock[i] = math.nan
    out.sales[i] = math.nan
    out.scrapped[i] = math.nan
    out.stock_gap[i] = math.nan
    out.plug_in_sales_share[i] = math.nan
    out.plug_in_stock[i] = math.nan
    out.energy[i] = math.nan
    out.survival_scale[i] = math.nan
    out.clipped_years[i] = math.nan


@kernel
def _read(draws, first, row):
    """Lay a block of draws out by column; the last draw fills up a block that is not full."""
    for lane in range(LANES):
        draw = min(first + lane, draws.shape[0] - 1)
        for column in range(row.shape[0]):
            row[column, lane] = draws[draw, column]


@kernel
def one_block(first, static, paths, draws, work, out, status):
    """Evaluate ``LANES`` draws from ``first`` on into their rows of every output."""
    last = min(first + LANES, draws.shape[0])
    row = work.row
    _read(draws, first, row)
    work.status[:] = OK
    work.lane[room.CLIPPED] = 0.0
    for kind in range(work.total.shape[0]):
        clear(work.total[kind])
    region_years(row, static, paths, work)
    for place in range(static.history.shape[0]):
        vehicle_class = static.by_class[at.ORDER, place]
        turn_over(row, static, paths, vehicle_class, work)
        _write_vehicles(static, vehicle_class, first, last, work, out)
        sell_shares(static, vehicle_class, work)
        burn(row, static, paths, vehicle_class, work)
        _write(work.by_class[0], 1.0, out.emissions_by_class[first:last, vehicle_class])
    _close_balance(row, static, first, last, work, out)
    for draw in range(first, last):
        out.clipped_years[draw] = work.lane[room.CLIPPED, draw - first]
        status[draw] = work.status[draw - first]
        if status[draw] != OK:
            _blank(draw, out)


@allocator
def _share_of(worker, workers, static, paths, draws, out, status):
    """Evaluate every ``workers``-th block with one workspace."""
    work = room.workspace(static, draws.shape[1], paths.size.max())
    for first in range(worker * LANES, draws.shape[0], workers * LANES):
        one_block(first, static, paths, draws, work, out, status)


@sweep
def all_draws(workers, static, paths, draws, out, status):
    """Evaluate every draw; row ``i`` of each output belongs to draw ``i`` alone.

    Parameters
    ----------
    workers : int
        Threads; each takes every ``workers``-th block of draws.
    static : Static
    paths : PathTable
    draws : float64[draw, column]
    out : Outputs
    status : int32[draw]
    """
    for worker in prange(workers):
        _share_of(worker, workers, static, paths, draws, out, status)
