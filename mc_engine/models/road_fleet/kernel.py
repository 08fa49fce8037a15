"""A block of draws, and all draws: the equations tied together."""

import math

import numpy as np

from mc_engine.models.cohort_fleet.blocks import mark_not_finite, read_block, write_years
from mc_engine.models.cohort_fleet.stock import scrapped
from mc_engine.models.road_fleet.balance import VEHICLES_PER_MILLION, grant_removals
from mc_engine.models.road_fleet.demand import population
from mc_engine.models.road_fleet.emissions import energy_and_emissions
from mc_engine.models.road_fleet.fleet import stock_turnover
from mc_engine.models.road_fleet.scratch import TTW, VEHICLE_CYCLE, WTT, scratch
from mc_engine.models.road_fleet.status import NOT_FINITE
from mc_engine.models.road_fleet.supply import HYDROGEN, carrier_factors, electricity_intensity
from mc_engine.models.road_fleet.vehicle_cycle import (
    KWH_PER_GWH,
    production_and_end_of_life,
    production_years,
)
from mc_engine.numerics.accelerate import get_num_threads, in_threads, inner, kernel
from mc_engine.numerics.curves import path_values
from mc_engine.numerics.lanes import LANES, broadcast, clear, load, store
from mc_engine.units import HYDROGEN_MJ_PER_KG
from mc_engine.vocabulary.status import OK

MILLIONS, GWH = 1.0 / VEHICLES_PER_MILLION, 1.0 / KWH_PER_GWH


@inner
def region_years(row, static, paths, work):
    """Write what all classes share: people, economy, grid, carriers (D-1, D-4, F, V)."""
    demand, last = static.demand, static.years.last_observed
    population(demand.population, load(row, demand.population_position), work.region.people)
    path_values(paths, demand.economy, row, last, work.points, work.region.economy)
    electricity_intensity(row, static, paths, work)
    carrier_factors(row, static, paths, work)
    production_years(row, static, paths, work)


@inner
def _plug_in_share(years, powertrains, observed, share, plug_in_share):
    """Write the share of plug-in vehicles in sales: float64[output year, lane] (A-1).

    ``observed`` is float64[year]; ``share`` float64[powertrain, year, lane], after it.
    """
    first, last = years.first_output, years.last_observed
    for year in range(first, share.shape[1]):
        plug_in = broadcast(0.0)
        if year <= last:
            plug_in = broadcast(observed[year])
        for powertrain in range(share.shape[0]):
            if year > last and powertrains[powertrain].plug_in:
                plug_in = plug_in + load(share, powertrain, year)
        store(plug_in, plug_in_share, year - first)


@inner
def _write_vehicles(static, vehicle_class, first, last, work, out):
    """Write stock, sales, scrapped and plug-in shares of a class (T-3, T-5, T-6, A-1)."""
    begin, of_class = static.years.first_output, work.of_class
    stock, sales = work.fleet.stock[vehicle_class], work.fleet.sales[vehicle_class]
    scrapped(stock, sales, begin, of_class.scrapped)
    _plug_in_share(static.years, static.powertrains, static.adoption.plug_in_share[vehicle_class],
                   work.forks.share, of_class.plug_in_share)  # fmt: skip
    write_years(stock[begin:], MILLIONS, out.stock[first:last, vehicle_class])
    write_years(sales[begin:], MILLIONS, out.sales[first:last, vehicle_class])
    write_years(of_class.scrapped, MILLIONS, out.scrapped[first:last, vehicle_class])
    write_years(of_class.plug_in_share, 1.0, out.plug_in_sales_share[first:last, vehicle_class])
    for draw in range(first, last):
        out.survival_scale[draw, vehicle_class] = work.weibull.scale[draw - first]


@inner
def _compare_stock(row, first, official, stock, gap):
    """Write modelled minus official stock, vehicles: float64[output year, lane] (T-1)."""
    out_of_scope = load(row, official.out_of_scope)
    for index in range(gap.shape[0]):
        modelled = out_of_scope
        for vehicle_class in range(stock.shape[0]):
            modelled = modelled + load(stock, vehicle_class, first + index)
        store(modelled - official.by_year[first + index], gap, index)


@inner
def _close_balance(row, first, removals, totals, status):
    """Sum emissions over stages, and grant removals (B-1, B-2)."""
    for index in range(totals.gross.shape[0]):
        of_use = load(totals.emissions, TTW, index) + load(totals.emissions, WTT, index)
        store(of_use + load(totals.emissions, VEHICLE_CYCLE, index), totals.gross, index)
    grant_removals(totals.gross, row[removals.share], removals.base_year - first,
                   removals.start - first, totals.granted, totals.net)  # fmt: skip
    for stage in range(totals.emissions.shape[0]):
        mark_not_finite(totals.emissions[stage], NOT_FINITE, status)
    mark_not_finite(totals.net, NOT_FINITE, status)


@inner
def _write_totals(fuels, first, last, totals, out):
    """Write what is summed over classes (B-1, B-2, T-1)."""
    write_years(totals.stock_gap, MILLIONS, out.stock_gap[first:last])
    for stage in range(out.emissions.shape[1]):
        write_years(totals.emissions[stage], 1.0, out.emissions[first:last, stage])
    write_years(totals.granted, 1.0, out.removals[first:last])
    write_years(totals.net, 1.0, out.net_emissions[first:last])
    write_years(totals.co2, 1.0, out.ttw_co2[first:last])
    write_years(totals.plug_in_stock, MILLIONS, out.plug_in_stock[first:last])
    write_years(totals.battery_demand, GWH, out.battery_demand[first:last])
    write_years(totals.battery_retirements, GWH, out.battery_retirements[first:last])
    out.hydrogen_demand[first:last] = 0.0
    for carrier in range(out.energy.shape[1]):
        energy = totals.energy[carrier]
        if fuels.of_carrier[carrier].role == HYDROGEN:
            write_years(energy, 1.0 / HYDROGEN_MJ_PER_KG, out.hydrogen_demand[first:last])
        write_years(energy, 1.0, out.energy[first:last, carrier])


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
    read_block(draws, first, work.row)
    store(OK, work.status)
    store(0.0, work.vintages.clipped)
    for stage in range(work.totals.emissions.shape[0]):
        clear(work.totals.emissions[stage])
    for carrier in range(work.totals.energy.shape[0]):
        clear(work.totals.energy[carrier])
    clear(work.totals.co2)
    clear(work.totals.plug_in_stock)
    clear(work.totals.battery_demand)
    clear(work.totals.battery_retirements)
    region_years(work.row, static, paths, work)


@inner
def class_of_block(first, last, vehicle_class, static, paths, work, out):
    """Evaluate one class of a block, the classes it needs having been evaluated.

    Parameters as in ``begin_block`` and ``evaluate_blocks``; ``last`` is one past the last draw.
    """
    stock_turnover(work.row, static, paths, vehicle_class, work)
    _write_vehicles(static, vehicle_class, first, last, work, out)
    energy_and_emissions(work.row, static, paths, vehicle_class, work)
    production_and_end_of_life(work.row, static, paths, vehicle_class, work)
    write_years(work.of_class.emitted, 1.0, out.emissions_by_class[first:last, vehicle_class])


@inner
def end_block(first, last, static, work, out, status):
    """Write what is summed over classes, and how each draw of a block ended."""
    _compare_stock(work.row, static.years.first_output, static.official, work.fleet.stock,
                   work.totals.stock_gap)  # fmt: skip
    _close_balance(work.row, static.years.first_output, static.removals, work.totals, work.status)
    _write_totals(static.fuels, first, last, work.totals, out)
    _end(first, last, work.status, work.vintages.clipped, out, status)


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
        for vehicle_class in static.order:
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
