"""A block of draws, and all draws: the equations tied together."""

import math

import numpy as np

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
from mc_engine.models.road_fleet.supply import HYDROGEN, carrier_factors, grid
from mc_engine.models.road_fleet.vehicle_cycle import KWH_PER_GWH, make_and_end, making_years
from mc_engine.numerics.accelerate import get_num_threads, in_threads, inner, kernel
from mc_engine.numerics.curves import path_values
from mc_engine.numerics.lanes import LANES, clear, load, spread, store
from mc_engine.units import HYDROGEN_MJ_PER_KG


@inner
def region_years(row, static, paths, work):
    """Write what all classes share: people, economy, grid, carriers (D-1, D-4, F, V)."""
    yo = static.number[at.YO]
    position = load(row, static.column[at.POPULATION_POSITION])
    population(static.by_year[at.LOW : at.HIGH + 1], position, work.yearly[room.PEOPLE])
    economy = static.number[at.ECONOMY_PATH]
    path_values(paths, economy, row, yo, work.points, work.yearly[room.ECONOMY])
    grid(row, static, paths, work)
    carrier_factors(row, static, paths, work)
    making_years(row, static, paths, work)


@inner
def _write(values, factor, rows):
    """Write a yearly output of the block: float64[year, lane] into float64[draw, year]."""
    for draw in range(rows.shape[0]):
        for year in range(rows.shape[1]):
            rows[draw, year] = values[year, draw] * factor


@inner
def _write_vehicles(static, vehicle_class, first, last, work, out):
    """Write stock, sales, scrapped and plug-in shares of a class (T-3, T-5, T-6, A-1)."""
    y0, yo = static.number[at.Y0], static.number[at.YO]
    stock = work.fleet[room.STOCK, vehicle_class]
    sales = work.fleet[room.SALES, vehicle_class]
    _write(stock[y0:], 1.0 / VEHICLES_PER_MILLION, out.stock[first:last, vehicle_class])
    _write(sales[y0:], 1.0 / VEHICLES_PER_MILLION, out.sales[first:last, vehicle_class])
    scrapped, share = work.yearly[room.SPARE_A], work.yearly[room.SPARE_B]
    before = spread(0.0)
    if y0 > 0:
        before = load(stock, y0 - 1)
    for year in range(y0, stock.shape[0]):
        now, plug_in = load(stock, year), spread(0.0)
        store(before + load(sales, year) - now, scrapped, year)
        before = now
        if year <= yo:
            plug_in = spread(static.class_year[at.PLUG_SHARE, vehicle_class, year])
        for powertrain in range(work.number.shape[0]):
            if year > yo and static.by_powertrain[at.PLUG_IN, powertrain]:
                plug_in = plug_in + load(work.number, powertrain, year)
        store(plug_in, share, year)
    _write(scrapped[y0:], 1.0 / VEHICLES_PER_MILLION, out.scrapped[first:last, vehicle_class])
    _write(share[y0:], 1.0, out.plug_in_sales_share[first:last, vehicle_class])
    for draw in range(first, last):
        out.survival_scale[draw, vehicle_class] = work.lane[room.SCALE, draw - first]


@inner
def _compare_stock(row, static, work):
    """Write modelled minus official stock to ``yearly[SPARE_A]``, vehicles (T-1)."""
    gap = work.yearly[room.SPARE_A]
    out_of_scope = load(row, static.column[at.OUT_OF_SCOPE])
    for year in range(static.number[at.Y0], gap.shape[0]):
        modelled = out_of_scope
        for vehicle_class in range(work.fleet.shape[1]):
            modelled = modelled + load(work.fleet, room.STOCK, vehicle_class, year)
        store(modelled - static.by_year[at.OFFICIAL, year], gap, year)


@inner
def _close_balance(row, static, first, last, work, out):
    """Write what is summed over classes (B-1, B-2, T-1)."""
    y0 = static.number[at.Y0]
    _compare_stock(row, static, work)
    gap = work.yearly[room.SPARE_A, y0:]
    _write(gap, 1.0 / VEHICLES_PER_MILLION, out.stock_gap[first:last])
    gross, granted, net = work.yearly[room.FACTOR, y0:], work.yearly[room.UNIT, y0:], gap
    for year in range(gross.shape[0]):
        of_use = load(work.total, room.EMITTED_TTW, year) + load(work.total, room.EMITTED_WTT, year)
        store(of_use + load(work.total, room.EMITTED_CYCLE, year), gross, year)
    removals(gross, row[static.column[at.REMOVAL_SHARE]], static.number[at.REMOVAL_BASE] - y0,
             static.number[at.REMOVAL_START] - y0, granted, net)  # fmt: skip
    for stage in range(out.emissions.shape[1]):
        check_finite(work.total[room.EMITTED_TTW + stage], work.status)
        _write(work.total[room.EMITTED_TTW + stage], 1.0, out.emissions[first:last, stage])
    check_finite(net, work.status)
    _write(granted, 1.0, out.removals[first:last])
    _write(net, 1.0, out.net_emissions[first:last])
    _write(work.total[room.CO2], 1.0, out.ttw_co2[first:last])
    _write(work.total[room.PLUG_IN_STOCK], 1.0 / VEHICLES_PER_MILLION,
           out.plug_in_stock[first:last])  # fmt: skip
    _write(work.total[room.BATTERY_DEMAND], 1.0 / KWH_PER_GWH, out.battery_demand[first:last])
    _write(work.total[room.BATTERY_RETIREMENTS], 1.0 / KWH_PER_GWH,
           out.battery_retirements[first:last])  # fmt: skip
    out.hydrogen_demand[first:last] = 0.0
    for carrier in range(out.energy.shape[1]):
        if static.by_carrier[at.ROLE, carrier] == HYDROGEN:
            _write(work.total[room.FIRST_ENERGY + carrier], 1.0 / HYDROGEN_MJ_PER_KG,
                   out.hydrogen_demand[first:last])  # fmt: skip
        _write(work.total[room.FIRST_ENERGY + carrier], 1.0, out.energy[first:last, carrier])


@inner
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
    out.battery_demand[i] = math.nan
    out.battery_retirements[i] = math.nan
    out.hydrogen_demand[i] = math.nan
    out.survival_scale[i] = math.nan
    out.clipped_years[i] = math.nan


@inner
def _end(first, last, work, out, status):
    """Write what each draw ended as; a draw that failed holds NaN in every output."""
    for draw in range(first, last):
        out.clipped_years[draw] = work.lane[room.CLIPPED, draw - first]
        status[draw] = np.int32(work.status[draw - first])
        if status[draw] != OK:
            _blank(draw, out)


@inner
def _read(draws, first, row):
    """Lay a block of draws out by column; the last draw fills up a block that is not full."""
    for lane in range(LANES):
        draw = min(first + lane, draws.shape[0] - 1)
        for column in range(row.shape[0]):
            row[column, lane] = draws[draw, column]


@kernel
def begin_block(first, static, paths, draws, work):
    """Read a block of draws and write what all classes share.

    Parameters
    ----------
    first : int
        First draw of the block.
    static : Static
    paths : PathTable
    draws : float64[draw, column]
    work : Workspace
    """
    _read(draws, first, work.row)
    store(OK, work.status)
    store(0.0, work.lane, room.CLIPPED)
    for kind in range(work.total.shape[0]):
        clear(work.total[kind])
    region_years(work.row, static, paths, work)


@kernel
def class_of_block(first, last, vehicle_class, static, paths, work, out):
    """Evaluate one class of a block, the classes it needs having been evaluated.

    Parameters as in ``begin_block`` and ``evaluate_blocks``; ``last`` is one past the last draw.
    """
    turn_over(work.row, static, paths, vehicle_class, work)
    _write_vehicles(static, vehicle_class, first, last, work, out)
    sell_shares(static, vehicle_class, work)
    burn(work.row, static, paths, vehicle_class, work)
    make_and_end(work.row, static, paths, vehicle_class, work)
    _write(work.by_class, 1.0, out.emissions_by_class[first:last, vehicle_class])


@kernel
def end_block(first, last, static, work, out, status):
    """Write what is summed over classes, and how each draw of a block ended."""
    _close_balance(work.row, static, first, last, work, out)
    _end(first, last, work, out, status)


@kernel
def evaluate_blocks(worker, workers, static, paths, draws, work, out, status):
    """Evaluate every ``workers``-th block of ``LANES`` draws into their rows of every output.

    A draw's numbers do not depend on its block or on the thread that takes it.

    Parameters
    ----------
    worker, workers : int
        Which thread of how many.
    static : Static
    paths : PathTable
    draws : float64[draw, column]
    work : Workspace
        This thread's own.
    out : Outputs
    status : int32[draw]
    """
    for first in range(worker * LANES, draws.shape[0], workers * LANES):
        last = min(first + LANES, draws.shape[0])
        begin_block(first, static, paths, draws, work)
        for place in range(static.history.shape[0]):
            vehicle_class = static.by_class[at.ORDER, place]
            class_of_block(first, last, vehicle_class, static, paths, work, out)
        end_block(first, last, static, work, out, status)


def all_draws(static, paths, draws, out, status):
    """Evaluate every draw on the threads of ``accelerate``; row ``i`` belongs to draw ``i``.

    Parameters as in ``evaluate_blocks``.
    """
    points = int(paths.size.max())

    def part(work, piece, pieces):
        evaluate_blocks(piece, pieces, static, paths, draws, work, out, status)

    in_threads(part, get_num_threads(), lambda: room.workspace(static, draws.shape[1], points))
