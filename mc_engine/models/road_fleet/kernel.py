"""A block of draws, and all draws: the equations tied together."""

import math

import numpy as np

from mc_engine.models.road_fleet.balance import (
    VEHICLES_PER_MILLION,
    check_finite,
    grant_removals,
)
from mc_engine.models.road_fleet.demand import population
from mc_engine.models.road_fleet.emissions import energy_and_emissions
from mc_engine.models.road_fleet.fleet import sell_shares, stock_turnover
from mc_engine.models.road_fleet.scratch import TTW, VEHICLE_CYCLE, WTT, scratch
from mc_engine.models.road_fleet.status import OK
from mc_engine.models.road_fleet.supply import HYDROGEN, carrier_factors, grid_intensity
from mc_engine.models.road_fleet.vehicle_cycle import (
    KWH_PER_GWH,
    making_years,
    production_and_end_of_life,
)
from mc_engine.numerics.accelerate import get_num_threads, in_threads, inner, kernel
from mc_engine.numerics.curves import path_values
from mc_engine.numerics.lanes import LANES, clear, load, spread, store
from mc_engine.units import HYDROGEN_MJ_PER_KG


@inner
def region_years(row, static, paths, points, status, region, supply):
    """Write what all classes share: people, economy, grid, carriers (D-1, D-4, F, V)."""
    yo = static.years.last_observed
    position = load(row, static.demand.population_position)
    population(static.demand.population, position, region.people)
    economy = static.demand.economy
    path_values(paths, economy, row, yo, points, region.economy)
    grid_intensity(row, static.years, static.fuels, static.grid, paths, points, region, supply)
    carrier_factors(
        row,
        static.years,
        static.fuels,
        static.grid,
        static.hydrogen,
        paths,
        points,
        status,
        region,
        supply,
    )
    making_years(row, static.years, static.grid, static.cycle, paths, points, region)


@inner
def _write(values, factor, rows):
    """Write a yearly output of the block: float64[year, lane] into float64[draw, year]."""
    for draw in range(rows.shape[0]):
        for year in range(rows.shape[1]):
            rows[draw, year] = values[year, draw] * factor


@inner
def _write_vehicles(
    years, powertrains, adoption, vehicle_class, first, last, fleet, cohort, of_class, out
):
    """Write stock, sales, scrapped and plug-in shares of a class (T-3, T-5, T-6, A-1)."""
    y0, yo = years.first_output, years.last_observed
    stock = fleet.stock[vehicle_class]
    sales = fleet.sales[vehicle_class]
    _write(stock[y0:], 1.0 / VEHICLES_PER_MILLION, out.stock[first:last, vehicle_class])
    _write(sales[y0:], 1.0 / VEHICLES_PER_MILLION, out.sales[first:last, vehicle_class])
    scrapped, share = of_class.scrapped, of_class.plug_in_share
    before = spread(0.0)
    if y0 > 0:
        before = load(stock, y0 - 1)
    for year in range(y0, stock.shape[0]):
        now, plug_in = load(stock, year), spread(0.0)
        store(before + load(sales, year) - now, scrapped, year)
        before = now
        if year <= yo:
            plug_in = spread(adoption.plug_in_share[vehicle_class, year])
        for powertrain in range(fleet.number.shape[0]):
            if year > yo and powertrains[powertrain].plug_in:
                plug_in = plug_in + load(fleet.number, powertrain, year)
        store(plug_in, share, year)
    _write(scrapped[y0:], 1.0 / VEHICLES_PER_MILLION, out.scrapped[first:last, vehicle_class])
    _write(share[y0:], 1.0, out.plug_in_sales_share[first:last, vehicle_class])
    for draw in range(first, last):
        out.survival_scale[draw, vehicle_class] = cohort.scale[draw - first]


@inner
def _compare_stock(row, years, official, fleet, totals):
    """Write modelled minus official stock to ``totals.stock_gap``, vehicles (T-1)."""
    gap = totals.stock_gap
    out_of_scope = load(row, official.out_of_scope)
    for year in range(years.first_output, gap.shape[0]):
        modelled = out_of_scope
        for vehicle_class in range(fleet.stock.shape[0]):
            modelled = modelled + load(fleet.stock, vehicle_class, year)
        store(modelled - official.by_year[year], gap, year)


@inner
def _close_balance(row, static, first, last, work, out):
    """Write what is summed over classes (B-1, B-2, T-1)."""
    y0 = static.years.first_output
    _compare_stock(row, static.years, static.official, work.fleet, work.totals)
    _write(work.totals.stock_gap[y0:], 1.0 / VEHICLES_PER_MILLION, out.stock_gap[first:last])
    gross, granted, net = work.totals.gross, work.totals.granted, work.totals.net
    for year in range(gross.shape[0]):
        of_use = load(work.totals.emissions, TTW, year) + load(work.totals.emissions, WTT, year)
        store(of_use + load(work.totals.emissions, VEHICLE_CYCLE, year), gross, year)
    grant_removals(gross, row[static.removals.share], static.removals.base_year - y0,
             static.removals.start - y0, granted, net)  # fmt: skip
    for stage in range(out.emissions.shape[1]):
        check_finite(work.totals.emissions[stage], work.status)
        _write(work.totals.emissions[stage], 1.0, out.emissions[first:last, stage])
    check_finite(net, work.status)
    _write(granted, 1.0, out.removals[first:last])
    _write(net, 1.0, out.net_emissions[first:last])
    _write(work.totals.co2, 1.0, out.ttw_co2[first:last])
    _write(work.totals.plug_in_stock, 1.0 / VEHICLES_PER_MILLION,
           out.plug_in_stock[first:last])  # fmt: skip
    _write(work.totals.battery_demand, 1.0 / KWH_PER_GWH, out.battery_demand[first:last])
    _write(work.totals.battery_retirements, 1.0 / KWH_PER_GWH,
           out.battery_retirements[first:last])  # fmt: skip
    out.hydrogen_demand[first:last] = 0.0
    for carrier in range(out.energy.shape[1]):
        if static.fuels.of_carrier[carrier].role == HYDROGEN:
            _write(work.totals.energy[carrier], 1.0 / HYDROGEN_MJ_PER_KG,
                   out.hydrogen_demand[first:last])  # fmt: skip
        _write(work.totals.energy[carrier], 1.0, out.energy[first:last, carrier])


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
def _end(first, last, ended, clipped, out, status):
    """Write what each draw ended as; a draw that failed holds NaN in every output."""
    for draw in range(first, last):
        out.clipped_years[draw] = clipped[draw - first]
        status[draw] = np.int32(ended[draw - first])
        if status[draw] != OK:
            _blank(draw, out)


@inner
def _read(draws, first, row):
    """Lay a block of draws out by column; the last draw fills up a block that is not full."""
    for lane in range(LANES):
        draw = min(first + lane, draws.shape[0] - 1)
        for column in range(row.shape[0]):
            row[column, lane] = draws[draw, column]


@inner
def begin_block(first, static, paths, draws, work):
    """Read a block of draws and write what all classes share.

    Parameters
    ----------
    first : int
        First draw of the block.
    static : Static
    paths : PathTable
    draws : float64[draw, column]
    work : Scratch
    """
    _read(draws, first, work.row)
    store(OK, work.status)
    store(0.0, work.clipped)
    for stage in range(work.totals.emissions.shape[0]):
        clear(work.totals.emissions[stage])
    for carrier in range(work.totals.energy.shape[0]):
        clear(work.totals.energy[carrier])
    clear(work.totals.co2)
    clear(work.totals.plug_in_stock)
    clear(work.totals.battery_demand)
    clear(work.totals.battery_retirements)
    region_years(work.row, static, paths, work.points, work.status, work.region, work.supply)


@inner
def class_of_block(first, last, vehicle_class, static, paths, work, out):
    """Evaluate one class of a block, the classes it needs having been evaluated.

    Parameters as in ``begin_block`` and ``evaluate_blocks``; ``last`` is one past the last draw.
    """
    stock_turnover(work.row, static, paths, vehicle_class, work)
    _write_vehicles(
        static.years,
        static.powertrains,
        static.adoption,
        vehicle_class,
        first,
        last,
        work.fleet,
        work.cohort,
        work.of_class,
        out,
    )
    sell_shares(static.years, vehicle_class, work.fleet)
    energy_and_emissions(work.row, static, paths, vehicle_class, work)
    production_and_end_of_life(work.row, static, paths, vehicle_class, work)
    _write(work.of_class.emitted, 1.0, out.emissions_by_class[first:last, vehicle_class])


@inner
def end_block(first, last, static, work, out, status):
    """Write what is summed over classes, and how each draw of a block ended."""
    _close_balance(work.row, static, first, last, work, out)
    _end(first, last, work.status, work.clipped, out, status)


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
    work : Scratch
        This thread's own.
    out : Outputs
    status : int32[draw]
    """
    for first in range(worker * LANES, draws.shape[0], workers * LANES):
        last = min(first + LANES, draws.shape[0])
        begin_block(first, static, paths, draws, work)
        for place in range(static.registrations.sold.shape[0]):
            vehicle_class = static.order[place]
            class_of_block(first, last, vehicle_class, static, paths, work, out)
        end_block(first, last, static, work, out, status)


def all_draws(static, paths, draws, out, status):
    """Evaluate every draw on the threads of ``accelerate``; row ``i`` belongs to draw ``i``.

    Parameters as in ``evaluate_blocks``.
    """
    points = int(paths.size.max())

    def part(work, piece, pieces):
        evaluate_blocks(piece, pieces, static, paths, draws, work, out, status)

    in_threads(part, get_num_threads(), lambda: scratch(static, draws.shape[1], points))
